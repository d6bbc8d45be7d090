"""Build the static site in build/site, for `make site`: python docs/build_site.py

Units are shown as students get them, with the outputs that `rnnkit run` has left in build/run; nothing is run here.
"""

import base64
import importlib
import inspect
import json
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

sys.path.insert(0, str(Path(__file__).parent))
from benchmark_plots import with_plots  # noqa: E402
from demos.export import demonstrations, export  # noqa: E402
from where import table_and_pages  # noqa: E402

from rnnkit.course.notebooks.derive import script_of
from rnnkit.course.notebooks.form import form_in
from rnnkit.course.notebooks.page import PICTURES
from rnnkit.course.paths import UNITS, build_dir, project_root
from rnnkit.course.teaching.results import RESULT_MIME

# Files of the project and their pages.
PAGES = {
    "docs/index.md": "index.md",
    "docs/errata.md": "errata.md",
    "docs/semester.md": "semester.md",
    "docs/unit_form.md": "unit_form.md",
    "docs/cluster.md": "cluster.md",
    "docs/equations.md": "equations.md",
    "docs/data.md": "data.md",
    "docs/library.md": "library.md",
    "docs/instructors.md": "instructors.md",
    "docs/from_torch.md": "from_torch.md",
    "docs/lectures.md": "lectures.md",
    "docs/remedies.md": "remedies.md",
    "docs/glossary.md": "glossary.md",
    "docs/notation.md": "notation.md",
    "docs/platforms.md": "platforms.md",
    "docs/lms.md": "lms.md",
    "benchmarks/RESULTS.md": "benchmarks.md",
    "docs/demos/index.md": "demonstrations.md",
}
MENU = {
    "Course": tuple("lectures units demonstrations glossary notation errata data platforms remedies".split()),
    "Library": ("library", "from_torch", "equations", "benchmarks"),
    "Teaching": ("semester", "instructors", "lms", "cluster", "unit_form"),
}
PACKAGES = (
    "layers applications regularizers optimizers training dynamics energy reservoirs identification language datasets "
    "plots"
).split()


def build(units: Sequence[str] = UNITS, packages: Sequence[str] = PACKAGES, strict: bool = False) -> Path:
    """Gather the pages, of these units and packages, and let Sphinx write the site. Returns its folder.

    With `strict` a warning of Sphinx's ends it.
    """
    from sphinx.cmd.build import main

    source, site = build_dir() / "site-source", build_dir() / "site"
    for old in (source, site):
        shutil.rmtree(old, ignore_errors=True)
    gather(source, units, packages)
    options = ["-q", "-b", "html", "-d", str(source / ".doctrees"), "-c", str(project_root() / "docs")]
    options += ["-D", f"html_extra_path={source / 'files'}", *(["-W"] if strict else [])]
    if status := main([*options, str(source), str(site)]):
        sys.exit(status)
    return site


def gather(folder: Path, units: Sequence[str], packages: Sequence[str]) -> None:
    """Write Sphinx's source of the site: Markdown, notebooks, and stubs for the reference."""
    root = project_root()
    for part in ("units", "library", "code", "pictures", "files/pictures", "files/notebooks", "docs/diagrams"):
        (folder / part).mkdir(parents=True)
    modules = {package: dict(documented(package)) for package in packages}
    targets = {
        **PAGES,
        **{f"notebooks/{unit}.ipynb": f"units/{unit}.ipynb" for unit in units},
        **{f"course/source/{unit}/{unit}.py": f"units/{unit}.ipynb" for unit in units},
        **{f"rnnkit/{p}/{m}.py": f"library/{p}.{m}.rst" for p in packages for m in modules[p]},
    }
    for picture in (*root.glob("docs/*.png"), *root.glob("docs/diagrams/*.svg")):
        shutil.copy(picture, folder / picture.relative_to(root))
    pages = {page: linked((root / file).read_text(encoding="utf-8"), file, targets) for file, page in PAGES.items()}
    pages["index.md"] += "".join(menu(MENU[caption], caption) for caption in MENU)
    pages["library.md"] += "\n## Reference\n" + menu(f"library/{package}" for package in packages)
    found = {f"rnnkit.{p}.{m}": f"library/{p}.{m}.rst" for p in packages for m in modules[p]}
    table, code = table_and_pages({unit: script_of(unit).read_text(encoding="utf-8") for unit in units}, found)
    pages["equations.md"] += table
    pages |= code
    pages["benchmarks.md"] = with_plots(pages["benchmarks.md"], folder / "pictures")
    pages["units.md"] = units_page(units) + menu(f"units/{unit}" for unit in units)
    shown = export(build_dir(), folder / "files" / "demos")
    pages["demonstrations.md"] = demonstrations(pages["demonstrations.md"], shown)
    print(f"demonstrations with a trained net: {', '.join(shown)}")
    for page, text in pages.items():
        (folder / page).write_text(text, encoding="utf-8")
    for package, found in modules.items():
        for name, text in reference(package, found):
            (folder / "library" / f"{name}.rst").write_text(text, encoding="utf-8")
    for unit in units:
        shutil.copy(root / "notebooks" / f"{unit}.ipynb", folder / "files" / "notebooks")
        notebook = unit_page(unit, folder / "files" / "pictures")
        nbformat.write(notebook, folder / "units" / f"{unit}.ipynb")


def linked(text: str, file: str, targets: dict[str, str]) -> str:
    """Markdown whose links to the project's files lead to their pages; where there is none, the words stay."""
    root, folder = project_root(), (project_root() / file).parent

    def link(match: re.Match) -> str:
        target, _, anchor = match["target"].partition("#")
        path = (folder / target).resolve().relative_to(root.resolve()).as_posix() if target else file
        if match["picture"]:
            return f"![{match['text']}]({path})"
        anchor = f"#{anchor}" if anchor else ""
        if page := targets.get(path + anchor):
            return f"[{match['text']}]({page})"
        return f"[{match['text']}]({targets[path]}{anchor})" if path in targets else match["text"]

    return re.sub(r"(?P<picture>!?)\[(?P<text>[^\]]*)\]\((?P<target>(?!\w+:)[^)\s]+)\)", link, text)


def menu(pages: Iterable[str], caption: str = "") -> str:
    """A table of contents, which is in the menu only."""
    options = [":hidden:", *([f":caption: {caption}"] if caption else [])]
    return "\n".join(["", "```{toctree}", *options, *pages, "```", ""])


def documented(package: str) -> Iterator[tuple[str, list[str]]]:
    """The public names of a package by the file that defines them, in alphabetical order of files."""
    home = importlib.import_module(f"rnnkit.{package}")
    files: dict[str, list[str]] = {}
    for name in home.__all__:
        thing = getattr(home, name)
        if inspect.isclass(thing) or inspect.isfunction(thing):
            files.setdefault(thing.__module__.rpartition(".")[2], []).append(name)
    yield from sorted(files.items())


def reference(package: str, modules: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
    """The stubs of a package's reference, from which autodoc makes pages: its own and one for each file."""
    home = importlib.import_module(f"rnnkit.{package}")
    here = f".. currentmodule:: rnnkit.{package}\n"
    for module, names in modules.items():
        of_kind = {name: "class" if inspect.isclass(getattr(home, name)) else "function" for name in names}
        shown = (f".. auto{kind}:: {name}\n{'   :members:' * (kind == 'class')}\n" for name, kind in of_kind.items())
        yield f"{package}.{module}", "\n".join([*heading(", ".join(names)), here, *shown])
    about = f".. automodule:: rnnkit.{package}\n   :no-members:\n   :no-index:\n"
    contents = [".. toctree::", "   :titlesonly:", "", *(f"   {package}.{module}" for module in modules), ""]
    yield package, "\n".join([*heading(f"rnnkit.{package}"), about, *contents])


def heading(title: str) -> tuple[str, str, str]:
    """A title in reStructuredText."""
    return title, "=" * len(title), ""


def units_page(units: Sequence[str]) -> str:
    """All units in a table, with what the last run found."""
    lines = ["# The units", "", "Figures are those of the last run.", ""]
    lines += ["| unit | minutes | figure | compared with |", "|:--|--:|:--|:--|"]
    for unit in units:
        form, outcome = form_in(jupytext.read(script_of(unit)), unit), outcome_of(unit)
        found = (outcome["figure"], outcome["baseline"]) if outcome else ("not run yet", "")
        cells = (f"[]({f'units/{unit}.ipynb'})", str(form.minutes) if form else "", *found)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join([*lines, ""])


def outcome_of(unit: str) -> dict:
    """What the last run kept of a unit that it went through without errors; nothing if there is no such run."""
    file = build_dir() / "run" / f"{unit}.json"
    outcome = json.loads(file.read_text(encoding="utf-8"))["outcome"] if file.is_file() else {}
    return {} if outcome.get("errors") else outcome


def unit_page(unit: str, pictures: Path) -> NotebookNode:
    """The students' notebook with the outputs of the last run, if that was of the same text.

    Cells that are marked or to be filled in get none: their outputs may tell of solutions and hidden checks.
    """
    page = nbformat.read(project_root() / "notebooks" / f"{unit}.ipynb", as_version=4)
    outcome = outcome_of(unit)
    executed = nbformat.read(build_dir() / "run" / f"{unit}.ipynb", as_version=4) if outcome else None
    shown = executed is not None and same_text(page, executed)
    if shown:
        for cell, done in zip(page.cells, executed.cells, strict=True):
            if cell.cell_type == "code" and "nbgrader" not in cell.metadata:
                cell.outputs = [output for output in done.outputs if RESULT_MIME not in output.get("data", {})]
                for number, output in enumerate(cell.outputs):
                    put_aside(output, pictures / f"{unit}-{cell.id}-{number}")
    get = f'<a href="../notebooks/{unit}.ipynb" download>Download the notebook</a>'
    note = (
        f"*The last run: {outcome['figure']}; compared with {outcome['baseline']}.*"
        if shown
        else "**This unit has not been run since its text last changed, so this page has no outputs.** "
        f"`rnnkit run {unit}` runs it."
    )
    page.cells.insert(1, new_markdown_cell(f"{note} {get}.", id="about"))
    return page


def same_text(page: NotebookNode, executed: NotebookNode) -> bool:
    """Whether two notebooks are of the same unit and text, but for what students do not get."""
    pairs = zip(page.cells, executed.cells, strict=False)
    return len(page.cells) == len(executed.cells) and all(
        "nbgrader" in ours.metadata or ours.source == theirs.source for ours, theirs in pairs
    )


def put_aside(output: NotebookNode, file: Path) -> None:
    """Write an output's picture to a file of its own, and leave a reference with what describes it."""
    for mime in PICTURES & set(output.get("data", {})):
        path = file.with_suffix(f".{mime.partition('/')[2]}")
        path.write_bytes(base64.b64decode(output.data[mime]))
        alt = output.metadata.get(mime, {}).get("alt", "") or "what the code above draws"
        output.data = NotebookNode({"text/html": f'<img alt="{escape(alt)}" src="../pictures/{path.name}">'})
        return


if __name__ == "__main__":
    print(build() / "index.html")
