"""What is to be checked in a unit, taken from its solved notebook: data that can be sent to where the checks run."""

import ast
import hashlib
import json
from dataclasses import asdict, dataclass

from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution

BEGIN, END = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"
SEED = 2019  # of the kernel and of the checker alike, at the start of each submission


@dataclass(frozen=True)
class Step:
    """A cell of the instructor's that is run beside the student's notebook: one that sets up, or one that checks.

    `names` are the student's names in it. For a cell that sets up `points` is 0 and `hidden` empty.
    """

    grade_id: str | None
    visible: str
    hidden: str
    points: float
    names: tuple[str, ...]


@dataclass(frozen=True)
class Checks:
    """The steps of a unit in their order."""

    unit: str
    steps: tuple[Step, ...]

    def as_json(self) -> str:
        return json.dumps(asdict(self))

    @staticmethod
    def from_json(text: str) -> "Checks":
        data = json.loads(text)
        return Checks(data["unit"], tuple(Step(**{**s, "names": tuple(s["names"])}) for s in data["steps"]))

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.as_json().encode()).hexdigest()


def checks_of(unit: str, source: NotebookNode) -> Checks:
    """The checks of a unit's solved notebook.

    Cells that check are those that nbgrader marks by itself. Cells that are neither exercises nor tagged "experiment"
    set up names for them, unless they use names that are not there: the student's, which the solutions define at their
    top level, or those of cells left out.

    Raises:
        ValueError: a hidden part that does not end, or ends before it begins.
    """
    steps: list[Step] = []
    students: set[str] = set()
    absent: set[str] = set()
    for cell in source.cells:
        if cell.cell_type != "code":
            continue
        defined = defined_names(cell.source)
        if is_solution(cell):
            students |= defined
            absent |= defined
        elif is_grade(cell):
            visible, hidden = split_hidden(cell.source)
            names = tuple(sorted(students & used_names(cell.source)))
            info = cell.metadata.nbgrader
            steps.append(Step(info.grade_id, visible, hidden, float(info.points), names))
            absent -= defined - students
        elif "experiment" in cell.metadata.get("tags", []) or absent & (used_names(cell.source) - defined):
            absent |= defined
        else:
            steps.append(Step(None, without_magics(cell.source), "", 0.0, ()))
            absent -= defined - students
    return Checks(unit, tuple(steps))


def split_hidden(source: str) -> tuple[str, str]:
    """A check's visible and hidden lines. Each part keeps its place, so that an error names the right line.

    Example:
        >>> split_hidden("a = 1\\n### BEGIN HIDDEN TESTS\\nassert a\\n### END HIDDEN TESTS")
        ('a = 1\\n\\n\\n', '\\n\\nassert a\\n')
    """
    visible, hidden, inside = [], [], False
    for line in source.split("\n"):
        if line.strip() in (BEGIN, END):
            if inside is (line.strip() == BEGIN):
                raise ValueError(f"a check has {line.strip()!r} where the other mark was expected")
            inside = not inside
            line = ""
        visible.append("" if inside else line)
        hidden.append(line if inside else "")
    if inside:
        raise ValueError(f"a check has {BEGIN!r} without {END!r}")
    return "\n".join(visible), "\n".join(hidden)


def without_magics(source: str) -> str:
    """The source without IPython's lines, which are none of Python's."""
    return "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in source.split("\n"))


def defined_names(source: str) -> set[str]:
    """Names that a cell binds at its top level: functions, classes, imports, assignments."""
    try:
        tree = ast.parse(without_magics(source))
    except SyntaxError:
        return set()
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        else:
            names |= {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return names


def used_names(source: str) -> set[str]:
    """All names that a cell reads."""
    tree = ast.parse(without_magics(source))
    return {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
