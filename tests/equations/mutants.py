"""Each term of each numbered line, dropped in turn: which of the cases notice.

A line's terms are the operands of every + and − in it and the entries of every list. The line's function gets the code
of the changed source in place of its own, for as long as the cases of that file run.
"""

import ast
import contextlib
import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any

import numpy as np

from tests.equations import table
from tests.equations.cases import every_case
from tests.equations.lines import Line, Module, library, lines_of, owners


@dataclass(frozen=True)
class Mutant:
    """A numbered line without one of its terms, given by its number in the order of the line."""

    module: str
    unit: str
    row: int
    equations: tuple[int, ...]
    number: int
    term: str

    @property
    def name(self) -> str:
        return f"{self.module}.{self.unit}: {self.term}"

    @property
    def place(self) -> tuple[str, int, str]:
        """Function, equation and term, as `table.EQUIVALENT` has them."""
        return f"{self.module}:{self.unit}", self.equations[0], self.term


class _Dropper(ast.NodeTransformer):
    """Counts the terms of a statement, and drops the one with the number, if any."""

    def __init__(self, drop: int = -1) -> None:
        self.drop, self.terms = drop, list[str]()

    def _is_it(self, term: ast.AST) -> bool:
        self.terms.append(ast.unparse(term))
        return len(self.terms) - 1 == self.drop

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        if not isinstance(node.op, ast.Add | ast.Sub):
            return self.generic_visit(node)
        # The left side of a chain a + b + c is a chain itself, whose own terms are counted below.
        chain = isinstance(node.left, ast.BinOp) and isinstance(node.left.op, ast.Add | ast.Sub)
        without_left = not chain and self._is_it(node.left)
        without_right = self._is_it(node.right)
        left, right = self.visit(node.left), self.visit(node.right)
        if without_right:
            return left
        if without_left:
            return right if isinstance(node.op, ast.Add) else ast.UnaryOp(ast.USub(), right)
        return ast.BinOp(left, node.op, right)

    def visit_List(self, node: ast.List) -> ast.AST:
        kept = [item for item in node.elts if not self._is_it(item)]
        return ast.List([self.visit(item) for item in kept], node.ctx)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        without = isinstance(node.op, ast.Add | ast.Sub) and self._is_it(node.value)
        node.value = self.visit(node.value)
        return ast.Pass() if without else node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        node.value = self.visit(node.value)  # numbers of places are no terms
        return node

    def visit_arguments(self, node: ast.arguments) -> ast.AST:
        return node


class _At(ast.NodeTransformer):
    """Applies a dropper to the statement, or part of one, that ends in a row."""

    def __init__(self, row: int, dropper: _Dropper) -> None:
        self.row, self.dropper, self.done = row, dropper, False

    def visit(self, node: ast.AST) -> Any:
        simple = isinstance(node, ast.Assign | ast.AugAssign | ast.Return | ast.Expr)
        if simple and node.lineno <= self.row <= (node.end_lineno or 0) and not self.done:
            self.done = True
            if node.end_lineno == self.row:
                return self.dropper.visit(node)
            return _Inside(self.row, self.dropper).visit(node)  # a line of a longer statement
        return self.generic_visit(node)


class _Inside(ast.NodeTransformer):
    """Applies a dropper to the largest expression that lies within a row."""

    def __init__(self, row: int, dropper: _Dropper) -> None:
        self.row, self.dropper = row, dropper

    def visit(self, node: ast.AST) -> Any:
        if isinstance(node, ast.expr) and node.lineno == node.end_lineno == self.row:
            return self.dropper.visit(node)
        return self.generic_visit(node)


def _changed(module: Module, row: int, number: int) -> tuple[ast.Module, list[str]]:
    dropper = _Dropper(number)
    tree = _At(row, dropper).visit(ast.parse(module.source))
    return ast.fix_missing_locations(tree), dropper.terms


def mutants_of(line: Line, module: Module) -> list[Mutant]:
    """One for each term of a line."""
    _, terms = _changed(module, line.row, -1)
    return [Mutant(line.module, line.unit, line.row, line.numbers, number, term) for number, term in enumerate(terms)]


def all_mutants() -> list[Mutant]:
    modules = library()
    return [m for module in modules.values() for line in module.lines for m in mutants_of(line, module)]


def cases_by_module() -> dict[str, list[str]]:
    """The cases that run a file's numbered lines."""
    modules = library()
    numbered = owners(modules)
    found: dict[str, list[str]] = {}
    for name, (compared, _) in every_case().items():
        for owner in compared:
            places = {line.module for line in lines_of(owner, modules)} | {
                place.partition(":")[0] for place, first in table.REPEATS.items() if first == owner
            }
            assert owner in numbered
            for place in places:
                found.setdefault(place, []).append(name)
    return {place: sorted(set(names), key=lambda n: "fast" in n) for place, names in found.items()}


@contextlib.contextmanager
def planted(mutant: Mutant, module: Module) -> Iterator[None]:
    """The mutant's function without the term, for a while."""
    tree, _ = _changed(module, mutant.row, mutant.number)
    loaded = importlib.import_module(mutant.module)
    code = _code_of(compile(tree, loaded.__file__ or "", "exec"), mutant.unit)
    function = _function(loaded, mutant.unit)
    own, function.__code__ = function.__code__, code
    try:
        yield
    finally:
        function.__code__ = own


def _code_of(code: CodeType, unit: str) -> CodeType:
    for part in unit.split("."):
        code = next(c for c in code.co_consts if isinstance(c, CodeType) and c.co_name == part)
    return code


def _function(loaded: Any, unit: str) -> FunctionType:
    owner, _, method = unit.partition(".")
    found = vars(vars(loaded)[owner])[method] if method else vars(loaded)[owner]
    found = found.__func__ if isinstance(found, staticmethod | classmethod) else found
    found = found.fget if isinstance(found, property) else found
    return found.__wrapped__ if hasattr(found, "__wrapped__") else found


def survives(mutant: Mutant, module: Module, names: list[str]) -> bool:
    """Whether all the cases pass as if nothing had changed."""
    cases = every_case()
    with planted(mutant, module), np.errstate(all="ignore"):  # a root of a negative number, for one
        for name in names:
            try:
                cases[name][1]()
            except Exception:  # noqa: BLE001  an error tells it as well as a wrong number
                return False
    return True
