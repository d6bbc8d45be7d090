"""What a check says in Jupyter, in a line or two: what it has established, what is wrong, what is not written yet;
and which package of the course is not there.

Elsewhere a failed check is an AssertionError with the same words, and nothing else happens.
"""

import hashlib
import json
import re
import sys
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any

LABEL = re.compile(r"^# Check: (?P<title>.+) \((?P<points>[\d.]+) points?\)$", re.MULTILINE)
CAUSES = Path(__file__).with_name("likely_causes.json")
COURSE_PACKAGES = {"IPython", "keras", "matplotlib", "scipy", "sklearn", "tensorflow"}  # that the units import
_MOST = 6  # comparisons that are named
_GREEN, _RED, _YELLOW, _PLAIN = "\x1b[32m", "\x1b[31m", "\x1b[33m", "\x1b[0m"
_agreed: list[str] = []  # in the cell that runs


class CheckFailed(AssertionError):
    """A check's reason in words, and in a second line its likeliest cause where that is known.

    Attributes:
        reason: the first part, alone.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        cause = likely_causes().get(fingerprint(reason))
        super().__init__(f"{reason}\nLikely: {cause}" if cause else reason)

    def _render_traceback_(self) -> list[str]:
        """IPython shows this in place of a traceback through the check's own code."""
        return [f"{_RED}✗{_PLAIN} {self}"]


def fingerprint(reason: str) -> str:
    """What stands for a reason in the file of likely causes, so that the file tells nobody what is wrong with what."""
    return hashlib.sha256(reason.encode()).hexdigest()[:16]


@cache
def likely_causes() -> dict[str, str]:
    """The sentence for each reason that a plausible wrong solution brings about."""
    return json.loads(CAUSES.read_text(encoding="utf-8")) if CAUSES.exists() else {}


def agreed(name: str) -> None:
    """Note that a comparison of the cell that runs has come out right."""
    if name not in _agreed[-1000:]:
        _agreed.append(name)


def speak_in(shell: Any) -> None:
    """Let checks speak in an IPython shell: once, however often it is asked for."""
    if getattr(shell, "_rnnkit_speaks", False):
        return
    shell._rnnkit_speaks = True
    shell.set_custom_exc((NotImplementedError, ModuleNotFoundError), _in_a_line)
    shell.events.register("pre_run_cell", lambda *_: _agreed.clear())
    shell.events.register("post_run_cell", _passed)


def speak_in_jupyter() -> None:
    """Let checks speak where this is imported in a notebook."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is not None:
        speak_in(shell)


def _passed(result: Any) -> None:
    if not result.success or not _agreed:
        return
    label = LABEL.search(result.info.raw_cell)
    print(f"{_GREEN}✓{_PLAIN} {label['title'] if label else 'Right'}")
    more = [f"and {len(_agreed) - _MOST} more"] if len(_agreed) > _MOST else []
    print(*(f"  · {name}" for name in [*_agreed[:_MOST], *more]), sep="\n")
    if label:
        print(f"  {label['points']} points, if it is right for the inputs too that are tried when it is marked")


def _in_a_line(
    shell: Any, kind: type[BaseException], error: BaseException, traceback: TracebackType, tb_offset: int | None = None
) -> None:
    """A blank exercise in one line, and a missing package of the course; all else is shown as any error is."""
    if isinstance(error, ModuleNotFoundError):
        line = _missing(error)
    else:
        line = _not_written(error, traceback)
    if line:
        error._render_traceback_ = lambda: [line]  # type: ignore[attr-defined]
    shell.showtraceback((kind, error, traceback), tb_offset=tb_offset)


def _missing(error: ModuleNotFoundError) -> str:
    package = (error.name or "").partition(".")[0]
    if package not in COURSE_PACKAGES:
        return ""
    return f"{_RED}✗{_PLAIN} {package} is not installed; this notebook needs: pip install 'rnnkit[course]'"


def _not_written(error: BaseException, traceback: TracebackType) -> str:
    """What a student raised with words of its own gets none."""
    innermost: Any = traceback
    while innermost.tb_next is not None:
        innermost = innermost.tb_next
    if str(error):
        return ""
    name = innermost.tb_frame.f_code.co_name
    what = "This exercise" if name == "<module>" else f"`{name}`"
    return f"{_YELLOW}✎{_PLAIN} {what} is not written yet: its cell still says `raise NotImplementedError`."
