"""Outputs that no notebook can hold are dropped, all others stay what they are; nbformat is the judge."""

import json

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook, new_output

from rnnkit.course.grading.screening.outputs import make_sound, told, writable


def sound(*outputs, count=1):
    notebook = new_notebook(cells=[new_code_cell("x", id="a", execution_count=1)])
    notebook.cells[0].outputs = [NotebookNode(output) for output in outputs]
    notebook.cells[0].execution_count = count
    make_sound(notebook)
    nbformat.validate(notebook)
    nbformat.writes(notebook).encode("utf-8")
    return notebook.cells[0]


def test_sound_outputs_stay():
    outputs = [
        new_output("stream", name="stderr", text="é\n"),
        new_output("display_data", data={"application/json": {"a": [1]}}, metadata={"image/png": {"width": 3}}),
        new_output("execute_result", data={"text/plain": ["a\n", "b"]}, execution_count=4),
        new_output("error", ename="E", evalue="v", traceback=["a", "b"]),
    ]  # fmt: skip
    kept = sound(*outputs).outputs
    assert kept[2].data["text/plain"] == "a\nb"
    kept[2].data["text/plain"] = ["a\n", "b"]
    assert kept == outputs


def nested(depth):
    value: list = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "output",
    [
        {},
        {"output_type": []},
        {"output_type": "stream", "name": "stdin", "text": "x"},
        {"output_type": "stream", "name": 5, "text": "x"},
        {"output_type": "stream", "name": "stdout", "text": {"a": 1}},
        {"output_type": "display_data", "data": ["x"], "metadata": {}},
        {"output_type": "display_data", "data": {"text/plain": 7}, "metadata": {}},
        {"output_type": "display_data", "data": {"application/json": nested(100)}, "metadata": {}},
        {"output_type": "display_data", "data": {"application/json": nested(500)}, "metadata": {}},
        {"output_type": "display_data", "data": {5: "x"}, "metadata": {}},
        {"output_type": "error", "ename": None, "evalue": "", "traceback": []},
        {"output_type": "error", "ename": "", "evalue": "", "traceback": 5},
    ],
)
def test_others_are_dropped(output):
    assert sound(output).outputs == []


def test_halves_of_characters_and_false_counts_are_mended():
    result = {
        "output_type": "execute_result",
        "data": {"text/plain": "a\ud800"},
        "metadata": "x",
        "execution_count": "y",
    }
    cell = sound(result, count={"a": 1})
    assert (cell.outputs[0].data, cell.outputs[0].execution_count, cell.execution_count) == (
        {"text/plain": "a�"},
        None,
        None,
    )


def test_words_in_a_table_turn_nothing_around():
    assert told("a\x1b[31m\u202eb\tc\nd\ud800") == "a�[31m�b\tc\nd�"
    assert json.dumps(writable("x\udfff")) == '"x\\ufffd"'
