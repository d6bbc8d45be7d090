"""What all commands of `rnnkit` share: the console, and errors in one line."""

import typer
from rich.console import Console
from rich.markup import escape

console = Console()


class errors_in_one_line:
    """Show what the user can mend as one line, not as a traceback."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type | None, error: BaseException | None, _: object) -> None:
        if isinstance(error, ModuleNotFoundError):
            message = f"{error.name} is not installed; install the course with: pip install 'rnnkit[course]'"
        elif isinstance(error, ValueError | FileNotFoundError | RuntimeError):
            message = str(error)
        else:
            return
        console.print("[red]Error:[/]", escape(message), highlight=False, soft_wrap=True)
        raise typer.Exit(2)
