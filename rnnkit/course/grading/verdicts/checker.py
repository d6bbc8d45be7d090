"""The process in which verdicts are formed: the instructor's cells run here, the student's functions elsewhere.

It is started once for many submissions: `python -m rnnkit.course.grading.verdicts.checker <modules>` loads the modules,
then forks for each submission, so that none finds anything of the one before. It talks over its standard input and
output, and is itself run without network and without sight of any file.
"""

import ast
import io
import json
import math
import os
import re
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout, suppress
from importlib import import_module
from itertools import groupby, zip_longest
from multiprocessing.connection import Connection
from typing import Any

from rnnkit.course.grading.verdicts.changes import Changes
from rnnkit.course.grading.verdicts.checks import SEED, Checks, Step
from rnnkit.course.grading.verdicts.messages import receive as receive_bytes
from rnnkit.course.grading.verdicts.models import KerasObjects
from rnnkit.course.grading.verdicts.wire import BorderError, Peer

# Where a message begins to tell what was expected; and numbers that may be it.
_EXPECTED = re.compile(r"(?i):?\s*\b(?:expected|received|wanted|should|must|instead)\b")
_DECIMAL = re.compile(r"-?\d*\.\d+(?:e[-+]?\d+)?")
_PLACE = re.compile(r"\[\d+(?:, \d+)*\]$")  # of the first wrong value


class Session:
    """One submission's checks.

    Args:
        checks: of the unit.
        send, receive: to and from the student's kernel.
        visible: whether a check ends where its hidden part begins.

    `hidden` says whether a hidden part has been run: from then on the student's code may know what is asked there.
    `untold` says whether the last reason may hold words of that code which knew it.
    """

    def __init__(self, checks: Checks, send: Any, receive: Any, visible: bool = False) -> None:
        self.hidden, self.untold, self._visible = False, False, visible
        self._changes = Changes()
        self._peer = Peer(send, receive, KerasObjects(), self._changes.note, self._changes.now)
        self._steps = list(checks.steps)
        self._namespace: dict[str, Any] = {"__name__": "__main__"}
        self._done = 0

    def verdict(self, grade_id: str) -> dict:
        """Run the cells that set up, then the check; what comes out is its points, and why not all of them."""
        while self._done < len(self._steps):
            step = self._steps[self._done]
            self._done += 1
            if step.grade_id is None:
                _run(ast.parse(step.visible, "set-up"), self._namespace)
            elif step.grade_id == grade_id:
                return self._check(step)
        return _verdict(0.0, "this check is none of the unit's, or was made before")

    def _check(self, step: Step) -> dict:
        missing = self._fetch(step.names)
        self.untold = self.hidden
        if missing:
            return _verdict(0.0, missing)
        self._changes.shown(self._namespace)
        value, where = None, "visible"
        try:
            for part, place in in_order(step):
                if place == "hidden" and self._visible:
                    break
                self.hidden = self.hidden or place == "hidden"
                where = place  # as it is told where one fails
                self.untold = self.hidden and place == "visible"
                value = _run(part, self._namespace)
        except (Exception, SystemExit) as error:
            return _verdict(0.0, in_words(error, where))
        self.untold = self.hidden
        if value is not None and not 0 <= value <= step.points:
            return _verdict(0.0, f"the check gave {value} points")
        return _verdict(step.points if value is None else value)

    def _fetch(self, names: tuple[str, ...]) -> str:
        """Bind the student's names, and say what is wrong with them, if anything."""
        try:
            found = self._peer.request({"names": list(names)}).get("found", {})
            for name in names:
                if "value" not in found[name]:
                    return str(found[name]["error"]["message"])[:500]
                self._namespace[name] = self._peer.decode(found[name]["value"])
        except Exception as error:  # the answer can hold anything, errors of any class included
            return f"{', '.join(names)}: {error}"[:500]
        return ""


def _verdict(points: float, reason: str = "") -> dict:
    return {"points": points, "reason": reason}


def in_words(error: BaseException, where: str) -> str:
    """Why a check failed. Of a hidden check only what it looks at is told: neither what it expects nor what came."""
    message = str(error).strip() or type(error).__name__
    if where == "hidden" and getattr(error, "from_there", False):
        # The student's words can hold all that the check has handed in.
        return f"hidden check failed: your code raised {type(error).__name__}"
    if where == "hidden" and isinstance(error, BorderError):
        return "hidden check failed: what your code gave back cannot be checked"
    if where == "hidden" and not isinstance(error, AssertionError):
        return f"hidden check failed: {type(error).__name__}"  # NumPy's words hold the shape of what it received
    if where == "hidden":
        message = message.split("\n")[0][:200]  # NumPy's further lines hold the expected values
        what, colon, more = _EXPECTED.split(message)[0].partition(":")
        return f"hidden check failed: {_PLACE.sub('', what)}{colon}{_DECIMAL.sub('…', more)}".rstrip(": ")
    kind = "" if isinstance(error, AssertionError | BorderError) else f"{type(error).__name__}: "
    return f"{where} check failed: {kind}{message[:1000]}"


def in_order(step: Step) -> Iterator[tuple[ast.Module, str]]:
    """A check's statements in the cell's order, as far as they are all visible, or all hidden."""
    visible, hidden = step.visible.split("\n"), step.hidden.split("\n")
    if any(v.strip() and h.strip() for v, h in zip(visible, hidden, strict=False)):  # parts of no one cell
        hidden = [""] * len(visible) + hidden
    secret = {number for number, line in enumerate(hidden, start=1) if line.strip()}
    lines = [h if h.strip() else v for v, h in zip_longest(visible, hidden, fillvalue="")]

    def where(statement: ast.stmt) -> str:
        end = statement.end_lineno or statement.lineno
        return "visible" if secret.isdisjoint(range(statement.lineno, end + 1)) else "hidden"

    tree = ast.parse("\n".join(lines), str(step.grade_id))
    for place, statements in groupby(tree.body, where):
        yield ast.Module(list(statements), []), place


def _run(tree: ast.Module, namespace: dict[str, Any]) -> float | None:
    """Execute statements. If they end in a number, as nbgrader's partial credit does, return it."""
    last: Any = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        exec(compile(tree, "the check", "exec"), namespace)
        value = eval(compile(ast.Expression(last.value), "the check", "eval"), namespace) if last else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else -1.0


def from_kernel(message: bytes) -> Any:
    """The data in a message that the student's kernel sent.

    Raises:
        BorderError: there are none.
    """
    try:
        return json.loads(message)
    except (ValueError, RecursionError):
        raise BorderError("the notebook's answer is no data") from None


def _submission(first: dict, receive: Any, send: Any, answer: Any) -> None:
    import random

    import numpy as np

    random.seed(SEED)
    np.random.seed(SEED)
    if "keras" in sys.modules:
        sys.modules["keras"].utils.set_random_seed(SEED)
    checks = Checks.from_json(first["begin"])
    session = Session(checks, lambda m: send({"to kernel": m}), answer, bool(first.get("visible")))
    send({"begun": True})
    while (message := receive()) != {"end": True}:
        try:
            verdict = session.verdict(message["check"])
        except EOFError:
            return
        except Exception as error:
            verdict = _verdict(0.0, f"the instructor's own cell failed: {error}")
        send({"verdict": verdict, "hidden": session.hidden, "untold": session.untold})


def main() -> None:
    """Serve submissions until the input ends."""
    incoming = Connection(os.dup(0), writable=False)
    outgoing = Connection(os.dup(1), readable=False)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)  # whatever prints does not disturb the messages

    def receive() -> Any:
        return json.loads(receive_bytes(incoming))

    def send(message: Any) -> None:
        outgoing.send_bytes(json.dumps(message).encode())

    # Loaded, not used: the libraries' threads start with their first computation, after the fork.
    for module in sys.argv[1:]:
        with suppress(Exception):  # the cell that imports it says so
            import_module(module)
    if "keras" in sys.modules:
        from rnnkit import layers, optimizers, regularizers, training

        for package in (layers, optimizers, regularizers, training):
            for name in package.__all__:
                getattr(package, name)
    send({"ready": True})
    while True:
        try:
            first = receive()
        except EOFError:
            return
        child = os.fork()
        if child == 0:
            try:
                _submission(first, receive, send, lambda: from_kernel(receive_bytes(incoming)))
            except EOFError:
                pass
            finally:
                os._exit(0)
        _, status = os.waitpid(child, 0)
        send({"ended": status})


if __name__ == "__main__":
    main()
