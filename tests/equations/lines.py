"""Where the numbered equations stand: in docstrings, in code and in oracles, read from the text without importing it.

A docstring numbers an equation by `\\tag{n}`, or at the end of a line by `(n)` after `\\quad` or four spaces. In the
code the line that computes it ends in `# (n)`; two equations in one line end in `# (n), (m)`. An oracle, a function
of `tests/oracles`, begins its docstring with "Oracle of rnnkit.module.Name" (several joined by "and") and numbers its
lines likewise.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from tests.equations import table

ROOT = Path(__file__).parents[2]
IN_DOCSTRING = re.compile(r"\\tag\{(\d+(?:, \d+)*)[^}]*\}|(?:\\quad|    )\s*\((\d+)\)(?:\$\$)?\s*$", re.MULTILINE)
IN_CODE = re.compile(r"# \(\d+\)(?:, \(\d+\))*")
ORACLE = re.compile(r"Oracle of (rnnkit(?:\.\w+)+(?: and rnnkit(?:\.\w+)+)*)")


@dataclass(frozen=True)
class Line:
    """A line of code that ends in numbers: its place, the function it is in ("Class.method", "function"), and they."""

    module: str
    row: int
    unit: str
    numbers: tuple[int, ...]


@dataclass
class Module:
    """A file, by what is numbered in it."""

    name: str
    source: str
    owners: dict[str, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.tree = ast.parse(self.source)
        for name, node in [("", self.tree), *self.parts.items()]:
            text = ast.get_docstring(node) or ""
            if numbers := numbers_of_docstring(text):
                self.owners[name] = numbers

    @cached_property
    def parts(self) -> dict[str, ast.ClassDef | ast.FunctionDef]:
        """The classes and functions of the file by name."""
        return {node.name: node for node in self.tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef)}

    @cached_property
    def lines(self) -> list[Line]:
        tokens = tokenize.generate_tokens(io.StringIO(self.source).readline)
        comments = [
            (t.start[0], t.string) for t in tokens if t.type == tokenize.COMMENT and IN_CODE.fullmatch(t.string)
        ]
        return [
            Line(self.name, row, self._unit(row), tuple(map(int, re.findall(r"\d+", text)))) for row, text in comments
        ]

    def _unit(self, row: int) -> str:
        for name, node in self.parts.items():
            if node.lineno <= row <= (node.end_lineno or 0):
                for inner in node.body if isinstance(node, ast.ClassDef) else []:
                    if isinstance(inner, ast.FunctionDef) and inner.lineno <= row <= (inner.end_lineno or 0):
                        return f"{name}.{inner.name}"
                return name
        return ""

    def used_by(self, name: str) -> set[str]:
        """Classes and functions of the file that one of them uses, directly or not; for "" all."""
        if not name:
            return set(self.parts)
        found, new = set[str](), {name}
        while new:
            found |= new
            names = {n.id for part in new for n in ast.walk(self.parts[part]) if isinstance(n, ast.Name)}
            tables = {n.id for top in self.tree.body if _defines(top, names) for n in ast.walk(top) if _is_name(n)}
            new = ((names | tables) & set(self.parts)) - found
        return found - {name}


def _defines(top: ast.stmt, names: set[str]) -> bool:
    targets = top.targets if isinstance(top, ast.Assign) else [top.target] if isinstance(top, ast.AnnAssign) else []
    return any(isinstance(target, ast.Name) and target.id in names for target in targets)


def _is_name(node: ast.AST) -> bool:
    return isinstance(node, ast.Name)


def numbers_of_docstring(text: str) -> list[int]:
    return [int(n) for m in IN_DOCSTRING.finditer(text) for n in re.findall(r"\d+", m[1] or m[2])]


def library(root: Path = ROOT) -> dict[str, Module]:
    """The library's files by dotted name."""
    files = [path for path in sorted((root / "rnnkit").rglob("*.py")) if "course" not in path.parts]
    return {_dotted(path, root): Module(_dotted(path, root), path.read_text(encoding="utf-8")) for path in files}


def _dotted(path: Path, root: Path) -> str:
    return ".".join(path.relative_to(root).with_suffix("").parts)


def oracles(root: Path = ROOT) -> dict[str, list[Line]]:
    """By the name of what they are oracles of, the oracles' numbered lines."""
    found: dict[str, list[Line]] = {}
    for path in sorted((root / "tests" / "oracles").glob("*.py")):
        module = Module(_dotted(path, root), path.read_text(encoding="utf-8"))
        for name, node in module.parts.items():
            match = ORACLE.match(ast.get_docstring(node) or "")
            for owner in match[1].split(" and ") if match else []:
                mine = {name, *(part for part in module.used_by(name) if not _is_oracle(module.parts[part]))}
                found.setdefault(owner, []).extend(line for line in module.lines if line.unit.partition(".")[0] in mine)
    return found


def _is_oracle(node: ast.AST) -> bool:
    return bool(ORACLE.match(ast.get_docstring(node) or ""))


def lines_of(owner: str, modules: dict[str, Module]) -> list[Line]:
    """The lines of code that belong to a class, function or file with numbered equations."""
    module, name = split(owner, modules)
    helpers = {part for part in module.used_by(name) if part not in module.owners}
    own = [line for line in module.lines if not name or line.unit.partition(".")[0] in {name, *helpers}]
    away = [
        line
        for place in table.ELSEWHERE.get(owner, ())
        for line in modules[place.partition(":")[0]].lines
        if line.unit.startswith(place.partition(":")[2])
    ]
    return [line for line in own + away if not repeated(line)]


def repeated(line: Line) -> str:
    """The docstring whose equations a second form of them, of which the line is a part, computes; or nothing."""
    place = f"{line.module}:{line.unit}"
    return next((owner for beginning, owner in table.REPEATS.items() if place.startswith(beginning)), "")


def inherited(owner: str, modules: dict[str, Module]) -> list[Line]:
    """The lines of the classes of the same file that a class stands on."""
    module, name = split(owner, modules)
    node = module.parts.get(name)
    bases = [b.id for b in node.bases if isinstance(b, ast.Name)] if isinstance(node, ast.ClassDef) else []
    return [line for line in module.lines if line.unit.partition(".")[0] in bases]


def split(owner: str, modules: dict[str, Module]) -> tuple[Module, str]:
    if owner in modules:
        return modules[owner], ""
    module, _, name = owner.rpartition(".")
    return modules[module], name


def owners(modules: dict[str, Module]) -> dict[str, list[int]]:
    """Dotted name and numbers of every docstring that numbers equations."""
    return {
        f"{module.name}.{name}".rstrip("."): numbers
        for module in modules.values()
        for name, numbers in module.owners.items()
    }


def problems(root: Path = ROOT) -> dict[str, list[str]]:
    """What does not agree, by the name of the docstring's owner."""
    modules = library(root)
    written = oracles(root)
    everyone = owners(modules)
    found = {
        owner: [*_of_code(owner, numbers, modules), *_of_oracle(owner, numbers, written)]
        for owner, numbers in everyone.items()
    }
    claims = {(line, n) for owner, numbers in everyone.items() for line in lines_of(owner, modules) for n in numbers}
    for module in modules.values():
        for line in module.lines:
            found.setdefault(module.name, []).extend(_unclaimed(line, everyone, claims))
    for owner in written:
        if owner not in everyone:
            found.setdefault(owner, []).append("an oracle names it, but it numbers no equations")
    return {owner: said for owner, said in found.items() if said}


def _of_code(owner: str, numbers: list[int], modules: dict[str, Module]) -> Iterator[str]:
    lines = lines_of(owner, modules)
    if len(set(numbers)) != len(numbers):
        yield f"the docstring has a number twice: {numbers}"
    for n in numbers:
        rows = [f"{line.module}:{line.row}" for line in lines if n in line.numbers]
        if not rows:
            rows = [f"{line.module}:{line.row}" for line in inherited(owner, modules) if n in line.numbers]
        expected = table.LINES.get((owner, n), (1, ""))[0]
        if len(rows) != expected:
            yield f"({n}): expected {expected} line of code, found {len(rows)} {rows}"
    for unit in {line.unit for line in lines}:
        order = [n for line in lines if line.unit == unit for n in line.numbers if n in numbers]
        if order != sorted(order, key=numbers.index) and owner not in table.ORDER:
            yield f"{unit} computes {order}, the docstring has {numbers}"


def _of_oracle(owner: str, numbers: list[int], written: dict[str, list[Line]]) -> Iterator[str]:
    expected = (
        {n for n in numbers if table.LINES.get((owner, n), (1, ""))[0]} if owner not in table.WITHOUT_ORACLE else set()
    )
    found = [n for line in written.get(owner, []) for n in line.numbers]
    if set(found) != expected:
        yield f"expected an oracle with the numbers {sorted(expected)}, found {sorted(set(found))}"


def _unclaimed(line: Line, everyone: dict[str, list[int]], claims: set[tuple[Line, int]]) -> Iterator[str]:
    for n in line.numbers:
        if (line, n) not in claims and n not in everyone.get(repeated(line), ()):
            yield f"line {line.row} ends in ({n}), which no docstring has"
