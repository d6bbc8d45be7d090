"""How long an experiment may take: `check` (seconds), `quick` (minutes), `full` (the lectures' own sizes)."""

import os
from typing import TypeVar

PROFILES = ("check", "quick", "full")

T = TypeVar("T")


def profile() -> str:
    """The profile in force: RNNKIT_PROFILE, or "quick".

    Raises:
        ValueError: RNNKIT_PROFILE is set to something else.
    """
    name = os.environ.get("RNNKIT_PROFILE", "quick")
    if name not in PROFILES:
        raise ValueError(f"RNNKIT_PROFILE: expected one of {', '.join(PROFILES)}, received {name!r}.")
    return name


def choose(*, check: T, quick: T, full: T) -> T:
    """The value that belongs to the profile in force.

    Example:
        >>> epochs = choose(check=1, quick=20, full=200)
    """
    return {"check": check, "quick": quick, "full": full}[profile()]
