"""What answers in the student's kernel: one name at a time, until the other side has no more questions."""

import ast
import json

import numpy as np
import pytest

from rnnkit.course.grading.verdicts import agent
from rnnkit.course.grading.verdicts.agent import GoingOn, serve
from rnnkit.course.grading.verdicts.wire import Peer


def asked(namespace, *messages):
    """The agent's answers to messages of the checker's, after which it must have ended."""
    waiting, answers = [*messages, {"done": True}], []

    def ask(text):
        answers.append(json.loads(text))
        return json.dumps(waiting.pop(0))

    serve(namespace, ask)
    assert not waiting
    return answers


def test_it_says_that_it_is_there_and_ends_when_told():
    assert asked({}) == [{"ready": True}]


def test_names_stand_for_their_values():
    _, answer = asked({"a": np.arange(3.0), "b": [1, "x"], "c": 5}, {"names": ["a", "b"]})
    peer = Peer(None, None)
    assert set(answer["found"]) == {"a", "b"}
    assert peer.decode(answer["found"]["a"]["value"]).tolist() == [0, 1, 2]
    assert peer.decode(answer["found"]["b"]["value"]) == [1, "x"]


def test_a_name_that_is_missing_or_cannot_cross_is_an_error_of_its_own():
    _, answer = asked({"a": 1, "odd": object()}, {"names": ["a", "none", "odd"]})
    assert answer["found"]["a"] == {"value": 1}
    assert answer["found"]["none"]["error"] == {"classes": ["NameError"], "message": "name 'none' is not defined"}
    assert answer["found"]["odd"]["error"]["message"].startswith("odd: a value of type object cannot be checked")


def test_functions_are_called_where_they_are():
    peer = Peer(None, None)
    arguments = [peer.encode(np.array([1.0, 2.0]))]
    names = {"names": ["double"]}
    _, _, answer, wrong = asked(
        {"double": lambda x: 2 * x},
        names,
        {"call": 0, "arguments": arguments, "named": {}},
        {"call": 7, "arguments": [], "named": {}},
    )
    assert peer.decode(answer["value"]).tolist() == [2, 4]
    assert wrong["error"]["message"] == "there is no function number 7"


def run(source, namespace):
    exec(compile(GoingOn().visit(ast.parse(source)), "cell", "exec"), namespace)


def test_a_cell_goes_on_where_a_module_is_missing(monkeypatch, capsys):
    monkeypatch.setattr(agent, "_missing", [])
    first = "from __future__ import annotations\nimport math\nimport not_there as n\na = n.b\nc = math.pi\nc"
    names = {}
    run(first, names)
    assert names["c"] > 3 and "a" not in names
    said, shown = capsys.readouterr().err, capsys.readouterr()
    assert "No module named 'not_there'" in said and "name 'n' is not defined" in said and not shown.err
    with pytest.raises(ZeroDivisionError):  # which nothing that is missing explains
        run("1 / 0\nd = 1", names)
    assert "d" not in names


def test_a_cell_ends_at_a_name_where_no_module_is_missing(monkeypatch):
    monkeypatch.setattr(agent, "_missing", [])
    with pytest.raises(NameError, match="not_bound"):
        run("not_bound\na = 1", {})


def test_the_last_value_of_a_cell_is_shown(monkeypatch):
    shown = []
    monkeypatch.setattr("sys.displayhook", shown.append)
    run("a = 2\na\na + 1", {})
    assert shown == [3]
