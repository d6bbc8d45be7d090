"""Data of a package, or generated data in its place."""

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def recorded_or_generated(load: Callable[[], T], generate: Callable[[], T]) -> T:
    """What `load` reads; where its package is missing, a line that says so and what `generate` gives."""
    try:
        return load()
    except FileNotFoundError as error:
        print(f"{error} Until then: generated data.")
        return generate()
