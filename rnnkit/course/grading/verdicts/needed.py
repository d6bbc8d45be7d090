"""Of cells that set up, the statements that a check needs: what none needs, Keras for one, is not loaded for it."""

import ast
from collections.abc import Sequence

from rnnkit.course.notebooks.names import names_bound, names_read


def needed_alone(cells: Sequence[tuple[str, bool]]) -> list[str]:
    """The sources of cells, of which some are whole and of the others only that is left which a later cell needs.

    Imports, functions, classes, assignments to names and what prints go where nobody reads what they bind; whatever
    else a cell does stays.

    Args:
        cells: their sources in their order, and whether one stays whole.

    Example:
        >>> needed_alone([("import keras, math\\na = math.pi\\nprint(a)\\nb = 1", False), ("assert a > 3", True)])
        ['import keras, math\\na = math.pi', 'assert a > 3']
    """
    read: set[str] = set()
    left: list[str] = []
    for source, whole in reversed(cells):
        if whole:
            read |= names_read(source)
            left.append(source)
            continue
        kept: list[ast.stmt] = []
        for statement in reversed(ast.parse(source).body):
            text = ast.unparse(statement)
            if not _binds_alone(statement) or names_bound(text) & read:
                read |= names_read(text)
                kept.insert(0, statement)
        left.append(ast.unparse(ast.Module(kept, [])))
    return left[::-1]


_BLOCKS = ast.stmt, ast.ExceptHandler


def _binds_alone(statement: ast.AST) -> bool:
    """Whether all that a statement does is to bind names, to print, or to say what is wrong with a name."""
    if isinstance(statement, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef | ast.Raise):
        return True
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        parts = [node for target in targets for node in ast.walk(target)]
        return all(isinstance(node, ast.Name | ast.Tuple | ast.Starred | ast.expr_context) for node in parts)
    if isinstance(statement, ast.With | ast.For | ast.If | ast.Try | ast.ExceptHandler):
        return all(map(_binds_alone, (n for n in ast.iter_child_nodes(statement) if isinstance(n, _BLOCKS))))
    if isinstance(statement, ast.Expr):
        called = statement.value.func if isinstance(statement.value, ast.Call) else None
        return isinstance(statement.value, ast.Constant) or (isinstance(called, ast.Name) and called.id == "print")
    return False
