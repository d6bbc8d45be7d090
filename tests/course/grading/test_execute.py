"""What a notebook's messages can do to the process that runs it: fill no memory, forge no status."""

import asyncio
import json

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from rnnkit.course.grading.sandbox.bubblewrap import Limits
from rnnkit.course.grading.verdicts import checker_process
from rnnkit.course.grading.verdicts.checker_process import CheckerProcess
from rnnkit.course.grading.verdicts.checks import Checks, Step
from rnnkit.course.grading.verdicts.execute import Runner, _kept, _status, _Submission, within_bounds
from rnnkit.course.grading.verdicts.plan import Plan
from rnnkit.course.grading.verdicts.pool import _failed


def submission(output):
    runner = Runner(Checks("u", ()), Limits(output=output), sandboxed=False)
    client = _Submission(
        runner, new_notebook(cells=[new_code_cell("x")]), runner._checker, Plan(runner.checks, None, ())
    )
    client.reset_execution_trackers()
    client.clear_before_next_output = False  # as while a cell runs
    return client


def stream(text):
    content = {"name": "stdout", "text": text}
    return {"msg_type": "stream", "header": {"msg_type": "stream"}, "content": content}


@pytest.mark.parametrize("text", ["x" * 1000, ""], ids=["long", "many"])
def test_what_is_kept_of_the_output_is_bounded(text):
    client, kept = submission(output=100_000), []
    for _ in range(1000):
        client.output(kept, stream(text), None, 0)
        kept[:] = [output.copy() for output in kept]  # as if the kernel had closed each stream
    assert sum(len(output.get("text", "")) for output in kept) < 110_000 and len(kept) < 210
    assert "the rest of the output is left out" in kept[-1]["text"]


def display(kind, size, **transient):
    content = {"data": {"text/plain": "x" * size}, "metadata": {}, "transient": transient}
    return {"msg_type": kind, "header": {"msg_type": kind}, "parent_header": {}, "content": content}


def test_what_is_put_into_outputs_again_is_counted():
    """One update was written into eight displays, past the cap, and clears were free."""
    client = submission(output=100_000)
    cell = client.nb.cells[0]
    for _ in range(8):
        client.process_message(display("display_data", 10, display_id="a"), cell, 0)
    client.process_message(display("update_display_data", 5_000, display_id="a"), cell, 0)
    assert [len(output.data["text/plain"]) for output in cell.outputs] == [5_000] * 8, "there is room for this one"
    for kind in ("update_display_data", "display_data"):
        client.process_message(display(kind, 20_000, display_id="a"), cell, 0)
        assert sum(len(output.data["text/plain"]) for output in cell.outputs[:8]) == 40_000
    assert "left out" in cell.outputs[8].text and len(cell.outputs) == 9


def test_clears_are_counted():
    client = submission(output=10_000)
    cell = client.nb.cells[0]
    for _ in range(100):
        client.process_message({**display("clear_output", 0), "content": {}}, cell, 0)
        client.process_message(display("display_data", 10), cell, 0)
    assert [output.output_type for output in cell.outputs] == ["display_data", "stream"]


def test_a_message_is_counted_before_it_is_read():
    read = within_bounds(json.loads)
    assert read(b'{"a": [1, 2]}') == {"a": [1, 2]}
    text = json.dumps("x" * 5_000_000).encode()
    assert len(read(memoryview(text))) == 5_000_000, "length alone is no fault"
    for many in (b"[" + b"[]," * 10**6 + b"[]]", b"[" + b"0," * 3 * 10**6 + b"0]", b'{"a": {}}' * 10**6):
        assert read(many) == {}
    within_bounds(lambda part: pytest.fail("it was read"))(b"[" + b"[]," * 10**7 + b"[]]")


def test_messages_that_are_none_are_dropped():
    client, kept = submission(output=100_000), []
    for content in ({}, {"name": 3}, {"name": "stdout", "text": None}):
        client.output(kept, {"msg_type": "stream", "header": {"msg_type": "stream"}, "content": content}, None, 0)
    client.output(kept, {"msg_type": "odd", "header": {"msg_type": "odd"}, "content": {}}, None, 0)
    client.handle_comm_msg(kept, {"content": {"comm_id": "x", "data": {"state": {"a": 1}}}}, 0)
    assert all(output.output_type == "stream" for output in kept) and not client.widget_state


@pytest.mark.parametrize(
    "reason, status",
    [
        ("the notebook took longer than 5 s", "timed out"),
        ("out of memory (more than 4096 MB)", "out of memory"),
        ("too many processes (more than 512)", "died"),
        ("it wrote where only its sockets belong", "died"),
    ],
)
def test_why_a_kernel_was_ended(reason, status):
    assert _status(reason) == status


def test_a_submission_that_ends_its_worker_twice_has_died():
    failed = _failed("it ended its worker twice")
    assert (failed.status, failed.reason, failed.points) == ("died", "it ended its worker twice", {})
    assert nbformat.reads(failed.notebook, as_version=4).cells == []


def test_reasons_turn_nothing_around_and_are_cut():
    assert _kept({"a": "", "b": "x\x1b[31m\u202e", "c": "y" * 5000}) == {"b": "x�[31m�", "c": "y" * 1000}


def test_the_checker_serves_one_submission_after_the_other(monkeypatch):
    """Each in a fork of its own; one that takes too long ends the process, and the next has a new one."""
    spoils = "import json\nseen = hasattr(json, 'planted')\njson.planted = True"
    steps = (
        Step(None, spoils, "", 0.0, ()),
        Step("once", "assert not seen", "", 1.0, ()),
        Step("endless", "import time\ntime.sleep(600)", "", 1.0, ()),
    )

    async def verdict(checker, grade_id):
        await checker.send({"check": grade_id})
        message = await checker.receive()
        assert message == {"to kernel": {"names": []}}
        await checker.pass_on('{"value": null, "found": {}}')
        return (await checker.receive())["verdict"]

    async def three():
        checker = CheckerProcess(Checks("u", steps), Limits(cell_seconds=1.0), sandboxed=False)
        for _ in range(2):
            await checker.begin()
            assert await verdict(checker, "once") == {"points": 1.0, "reason": ""}
            await checker.finish()
            first = checker._process
        assert checker._process is first and first.poll() is None
        await checker.begin()
        monkeypatch.setattr(checker_process, "START", 4.0)
        with pytest.raises(TimeoutError, match="took more than 5 s"):
            await verdict(checker, "endless")
        checker.end()
        assert first.poll() is not None and checker._process is None

    asyncio.run(three())
