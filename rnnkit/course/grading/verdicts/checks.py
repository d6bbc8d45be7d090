"""What is to be checked in a unit, taken from its solved notebook: data that can be sent to where the checks run."""

import ast
import hashlib
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution

from rnnkit.course.grading.verdicts.needed import needed_alone

BEGIN, END = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"
SEED = 2019  # of the kernel and of the checker alike, at the start of each submission


@dataclass(frozen=True)
class Step:
    """A cell of the instructor's that is run beside the student's notebook: one that sets up, or one that checks.

    `names` are the student's names in it, `uses` what the exercise may use; None is all that is installed. For a cell
    that sets up `points` is 0 and `hidden` empty.
    """

    grade_id: str | None
    visible: str
    hidden: str
    points: float
    names: tuple[str, ...]
    uses: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Checks:
    """The steps of a unit in their order.

    `released` and `experiments` are digests of the unit's code cells that are neither exercises nor checks.
    """

    unit: str
    steps: tuple[Step, ...]
    released: tuple[str, ...] = ()
    experiments: tuple[str, ...] = ()

    def as_json(self) -> str:
        return json.dumps(asdict(self))

    @staticmethod
    def from_json(text: str) -> "Checks":
        data = json.loads(text)
        lists = tuple(tuple(data[name]) for name in ("released", "experiments"))
        return Checks(data["unit"], tuple(_step(step) for step in data["steps"]), *lists)

    def grade_ids(self) -> list[str]:
        """Of all checks, in their order."""
        return [step.grade_id for step in self.steps if step.grade_id]

    def kernels(self) -> dict[tuple[str, ...] | None, tuple[str, ...]]:
        """What has to be installed → the grade_ids of the checks in whose kernel that, and nothing else, is there."""
        kernels: dict[tuple[str, ...] | None, tuple[str, ...]] = {}
        for step in self.steps:
            if step.grade_id:
                installed = None if step.uses is None else tuple(sorted({*filter(_installed, step.uses)}))
                kernels[installed] = (*kernels.get(installed, ()), step.grade_id)
        return kernels or {None: ()}

    def imports(self) -> list[str]:
        """What the cells which set up import: modules, and names that may be modules."""
        found: set[str] = set()
        for step in self.steps:
            for node in ast.walk(ast.parse(step.visible)) if step.grade_id is None else ():
                if isinstance(node, ast.Import):
                    found |= {alias.name for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module:
                    found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        return sorted(found)

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.as_json().encode()).hexdigest()


def _installed(name: str) -> bool:
    return name.partition(".")[0] not in sys.stdlib_module_names


def _step(data: dict) -> Step:
    uses = None if data["uses"] is None else tuple(data["uses"])
    return Step(**{**data, "names": tuple(data["names"]), "uses": uses})


def checks_of(unit: str, source: NotebookNode, uses: Mapping[str, tuple[str, ...]] | None = None) -> Checks:
    """The checks of a unit's solved notebook.

    Cells that check are those that nbgrader marks by itself. Cells that are neither exercises nor tagged "experiment"
    set up names for them, unless they use names that are not there: the student's, which the solutions define at their
    top level, or those of cells left out. Of what they set up, that is kept which a check needs.

    Args:
        unit: its name.
        source: the notebook.
        uses: what the exercises may use, by their checks' grade_ids.

    Raises:
        ValueError: a hidden part that does not end, or ends before it begins.
    """
    steps: list[Step] = []
    released: dict[bool, list[str]] = {False: [], True: []}
    students: set[str] = set()
    absent: set[str] = set()
    for cell in source.cells:
        if cell.cell_type != "code":
            continue
        defined, experiment = defined_names(cell.source), "experiment" in cell.metadata.get("tags", [])
        if is_solution(cell):
            students |= defined
            absent |= defined
            continue
        if is_grade(cell):
            visible, hidden = split_hidden(cell.source)
            names = tuple(sorted(students & used_names(cell.source)))
            info = cell.metadata.nbgrader
            allowed = None if uses is None else tuple(uses[info.grade_id])
            steps.append(Step(info.grade_id, visible, hidden, float(info.points), names, allowed))
            absent -= defined - students
            continue
        released[experiment].append(digest_of(cell.source))
        if experiment or absent & (used_names(cell.source) - defined):
            absent |= defined
        else:
            steps.append(Step(None, without_magics(cell.source), "", 0.0, ()))
            absent -= defined - students
    texts = needed_alone([(f"{step.visible}\n{step.hidden}", step.grade_id is not None) for step in steps])
    steps = [step if step.grade_id else replace(step, visible=text) for step, text in zip(steps, texts, strict=True)]
    return Checks(unit, tuple(steps), tuple(released[False]), tuple(released[True]))


def digest_of(source: str) -> str:
    """By which a cell's text is known again."""
    return hashlib.sha256(source.strip().encode(errors="replace")).hexdigest()


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
