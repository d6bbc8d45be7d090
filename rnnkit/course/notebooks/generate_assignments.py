"""nbgrader's generate_assignment for several units: `python -m rnnkit.course.notebooks.generate_assignments UNIT…`.

nbgrader's own command takes one unit, and spends ten times as long on being loaded as on the unit. Options go to each.
It ends, as nbgrader does, with an error at the first unit that is refused.
"""

import sys
from collections.abc import Sequence

from nbgrader.apps import GenerateAssignmentApp


def generate_assignments(units: Sequence[str], options: Sequence[str] = ()) -> None:
    """Release units of the course in the current folder, each by an application of its own.

    Args:
        units: folders of `source`.
        options: of `nbgrader generate_assignment`.

    Raises:
        SystemExit: nbgrader refused a unit; it has logged why.
    """
    for unit in units:
        app = GenerateAssignmentApp()  # none is the process's one: settings of one unit do not reach the next
        app.initialize([unit, *options])
        app.start()


def main() -> None:
    """Units, then options for nbgrader, from the command line."""
    arguments = sys.argv[1:]
    first = next((i for i, argument in enumerate(arguments) if argument.startswith("-")), len(arguments))
    generate_assignments(arguments[:first], arguments[first:])


if __name__ == "__main__":
    main()
