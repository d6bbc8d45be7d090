"""The names that a cell binds and reads, without running it."""

from symtable import SymbolTable, symtable


def names_bound(source: str) -> set[str]:
    """The names that a cell's top level binds.

    Example:
        >>> sorted(names_bound("import numpy as np\\ndef f(x):\\n    y = 1\\na, b = f(2), [c for c in y]"))
        ['a', 'b', 'f', 'np']
    """
    symbols = symtable(source, "cell", "exec").get_symbols()
    return {s.get_name() for s in symbols if s.is_assigned() or s.is_imported() or s.is_namespace()}


def names_read(source: str) -> set[str]:
    """The names of the notebook that a cell reads, at its top level or in its functions.

    Example:
        >>> sorted(names_read("def f(x):\\n    y = x + z\\n    return y\\na = [c for c in b]"))
        ['b', 'z']
    """

    def of(table: SymbolTable) -> set[str]:
        inside = table.get_type() != "module"
        own = {s.get_name() for s in table.get_symbols() if s.is_referenced() and (s.is_global() or not inside)}
        return own.union(*(of(child) for child in table.get_children()))

    return of(symtable(source, "cell", "exec"))
