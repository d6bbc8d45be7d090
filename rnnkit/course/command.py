"""Where the command `rnnkit` begins: it says what to install where the library alone is."""

import sys

from rnnkit import __version__


def main() -> None:
    """Run the command line, or name what it needs and what is not there."""
    if sys.argv[1:] == ["--version"]:
        print(f"rnnkit {__version__}")
        return
    try:
        from rnnkit.course.cli import app
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("rnnkit"):
            raise
        sys.exit(f"rnnkit: {error.name} is not installed. The command is the course's: pip install 'rnnkit[course]'")
    app()
