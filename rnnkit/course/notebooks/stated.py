"""What an author has stated in YAML or in a cell's metadata, of the kind that it must be, or an error that names it."""

from collections.abc import Iterable
from typing import Any

DIFFICULTIES = ("easy", "medium", "hard")


def mapping(value: Any, where: str, keys: Iterable[str]) -> dict[str, Any]:
    """A mapping with exactly the given keys: a misspelt one is an error, not a part that is missing in silence."""
    keys = list(keys)
    received = list(typed(value, where, dict, "a mapping"))
    if sorted(received) != sorted(keys):
        raise ValueError(f"{where}: expected {', '.join(keys)}, received {', '.join(map(str, received)) or 'nothing'}.")
    return dict(value)


def difficulty(value: Any, where: str) -> str:
    """One of the three difficulties."""
    if value not in DIFFICULTIES:
        raise ValueError(f"{where}: expected one of {', '.join(DIFFICULTIES)}, received {value!r}.")
    return value


def texts(value: Any, where: str) -> tuple[str, ...]:
    """A list of texts, without the white space around them."""
    return tuple(typed(text, where, str, "texts").strip() for text in typed(value, where, list, "a list"))


def typed(value: Any, where: str, kind: type, words: str) -> Any:
    """The value if it is of this kind; else a ValueError that says so in the words given."""
    if not isinstance(value, kind) or isinstance(value, bool):
        remedy = " In YAML a text with a colon and a space in it stands in quotes." if kind is str else ""
        raise ValueError(f"{where}: expected {words}, received {value!r}.{remedy}")
    return value
