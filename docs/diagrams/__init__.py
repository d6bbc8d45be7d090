"""The course's diagrams. `make diagrams` draws them beside this file; a test fails when they have drifted."""

from pathlib import Path

from diagrams import applications, deep, energy, lstm, narx, reservoir, simple, units
from diagrams.draw import Diagram

FOLDER = Path(__file__).parent


def all_diagrams() -> list[Diagram]:
    """Every diagram, in the order of the lectures."""
    groups = (simple, lstm, deep, reservoir, narx, energy, applications, units)
    return [make() for group in groups for make in group.DIAGRAMS]
