"""What a name was meant to be: the end of an error's line on a name that does not exist."""

from collections.abc import Iterable


def guess(name: str, known: Iterable[str]) -> str:
    """ "; did you mean 'units'?", or, where nothing is near, all the names there are."""
    # On first use: difflib is read only where something is wrong, not on `import rnnkit`.
    from difflib import get_close_matches

    known = list(known)
    by_lower_case = {other.lower(): other for other in known}
    near = get_close_matches(name.lower(), by_lower_case, n=1, cutoff=0.7)
    return f"; did you mean {by_lower_case[near[0]]!r}?" if near else f"; it has {', '.join(known)}."
