"""What a kernel finds when it imports: of the installed packages and of rnnkit only what an exercise may use.

One process cannot refuse itself anything for certain, so the file system decides. In place of the folders of installed
packages such a kernel sees the distributions that are named, with what they require, and single modules of rnnkit.
"""

import ast
import os
import re
import site
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution, packages_distributions
from importlib.util import cache_from_source
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

# What answers the checker inside the kernel, and the checks' own functions: in every kernel. What the agent imports for
# Keras's objects is there where an exercise may use it, and is not needed elsewhere.
AGENT = tuple(f"rnnkit.course.grading.verdicts.{name}" for name in ("agent", "models", "wire"))
CHECKS = "rnnkit.course.teaching"
REGISTRY = "rnnkit._registration"  # it asks for Keras where Keras was loaded already
KERNEL = ("ipykernel", "numpy")
# Imported where they are there: Keras's other backends, and what shows a notebook's pictures.
WHERE_THERE = {"IPython", "ipywidgets", "jax", "matplotlib", "tensorflow", "torch"}
# In no kernel, whatever names them: they hold the course's own answers.
NEVER = "rnnkit.course.experiments"


@lru_cache(maxsize=64)
def packages_for(uses: tuple[str, ...]) -> tuple[Path, ...]:
    """Files and folders that are there for code which may use `uses`, and nothing else of what is installed.

    Args:
        uses: as a unit's form says: packages and dotted names, those of Python itself among them.

    Raises:
        ValueError: a name that is none of Python's, of an installed distribution's or of rnnkit's.
    """
    files, needed = _modules((CHECKS, *(name for name in uses if name.startswith("rnnkit."))))
    named = {name.partition(".")[0] for name in uses} | {*KERNEL, *needed}
    if "keras" in named:
        named.add(os.environ.get("KERAS_BACKEND", "tensorflow"))
    named -= {"rnnkit", *sys.stdlib_module_names}
    entries = {entry for found in _closure(sorted(named)) for entry in _entries(found)}
    return (*sorted(entries), *files)


def package_folders() -> tuple[Path, ...]:
    """The folders that distributions are installed in, of this interpreter and of all that are in sight beside it."""
    paths = sysconfig.get_paths()
    folders = {Path(paths["purelib"]), Path(paths["platlib"])}
    for prefix in (sys.base_prefix, sys.base_exec_prefix, "/usr", "/usr/local"):
        # Those of other interpreters too: what is written in Python can be imported from them, or read.
        for name in ("site-packages", "dist-packages"):
            folders |= set((Path(prefix) / "lib").glob(f"python3*/{name}"))
        copies = {Path(prefix) / name for name in ("pkgs", "envs")}  # conda's; not where this interpreter is one
        folders |= {folder for folder in copies if not Path(sys.prefix).is_relative_to(folder)}
    folders |= {Path(path) for path in site.getsitepackages()}
    return tuple(sorted({folder.resolve() for folder in folders if folder.is_dir()}))


def package() -> Path:
    """The folder of rnnkit."""
    import rnnkit

    return Path(rnnkit.__file__).resolve().parent


def _closure(names: Iterable[str]) -> Iterator[Distribution]:
    """Distributions with all that they require, each once."""
    waiting = [_distribution(name) for name in names]
    seen: set[str] = set()
    while waiting:
        found = waiting.pop()
        name = _normal(found.metadata["Name"])
        if name in seen or name == "rnnkit":
            continue
        seen.add(name)
        yield found
        for text in found.requires or ():
            try:
                required = Requirement(text)
                if required.marker is None or required.marker.evaluate({"extra": ""}):
                    waiting.append(distribution(required.name))
            except (InvalidRequirement, PackageNotFoundError):  # what is not there cannot be needed
                continue


def _distribution(name: str) -> Distribution:
    """The distribution that is called so, or the one that a module of this name is in."""
    try:
        return distribution(name)
    except PackageNotFoundError:
        homes = packages_distributions().get(name)
    if not homes:
        raise ValueError(f"uses: expected the name of an installed package, received {name!r}.")
    return distribution(homes[0])


def _entries(found: Distribution) -> Iterator[Path]:
    """What a distribution has put into the folder of packages, each file or folder at its top once."""
    folder = Path(str(found.locate_file(""))).resolve()
    tops = {Path(str(file)).parts[0] for file in found.files or ()} - {"..", "__pycache__", "/"}
    yield from (folder / top for top in tops if (folder / top).exists() and not top.endswith(".pth"))


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _modules(names: Iterable[str]) -> tuple[list[Path], set[str]]:
    """The files of rnnkit's modules that hold `names`, with all that these import; and the packages that they need."""
    root = package()
    waiting = [*AGENT, *(module for name in names for module in _homes(root, name))]
    kept: dict[str, Path] = {}
    needed: set[str] = set()
    while waiting:
        module = waiting.pop()
        path = _file(root, module)
        if module in kept or path is None or f"{module}.".startswith(f"{NEVER}."):
            continue
        kept[module] = path
        if "." in module:
            waiting.append(module.rpartition(".")[0])
        for other in _imported(root, path) if module not in (*AGENT, REGISTRY) else ():
            if other.partition(".")[0] == "rnnkit":
                waiting.append(other)
            else:
                needed.add(other.partition(".")[0])
    compiled = [Path(cache_from_source(str(path))) for path in kept.values()]
    compiled += root.joinpath(*CHECKS.split(".")[1:]).glob("*.json")  # what checks say
    return sorted([*kept.values(), *(path for path in compiled if path.exists())]), needed - WHERE_THERE


def _homes(root: Path, name: str) -> list[str]:
    """The module that a dotted name is, or is in; of a package that loads its names on first use, all their modules."""
    package, _, last = name.rpartition(".")
    if _file(root, name) is not None:
        named = _on_first_use(root, name) if package else {}
        return [name, *sorted({home for other in named for home in _homes(root, f"{named[other]}.{other}")})]
    known = _on_first_use(root, package)
    if last in known:
        return _homes(root, f"{known[last]}.{last}")
    if known or not package:
        raise ValueError(f"uses: expected a name of rnnkit, received {name!r}.")
    return _homes(root, package)


def _on_first_use(root: Path, package: str) -> dict[str, str]:
    """The names that a package loads on first use → where they are from; it says them to type checkers."""
    path = _file(root, package)
    if path is None or path.name != "__init__.py":
        return {}
    shown = (node for node in ast.parse(path.read_text(encoding="utf-8")).body if _for_type_checkers(node))
    found = [node for block in shown for node in ast.walk(block) if isinstance(node, ast.ImportFrom) and node.module]
    return {alias.name: str(node.module) for node in found for alias in node.names}


def _imported(root: Path, path: Path) -> Iterator[str]:
    """The modules that a module imports, in functions too, but not those for type checkers."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    unseen = {id(n) for node in ast.walk(tree) if _for_type_checkers(node) for n in ast.walk(node)}
    for node in ast.walk(tree):
        if id(node) in unseen:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            if _file(root, node.module) is not None:
                known = _on_first_use(root, node.module)
                names = [f"{node.module}.{alias.name}" for alias in node.names]
                yield from (name for name in names if _file(root, name) is not None)
                yield from (
                    home
                    for a, name in zip(node.names, names, strict=True)
                    if a.name in known
                    for home in _homes(root, name)
                )


def _for_type_checkers(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _file(root: Path, module: str) -> Path | None:
    first, *parts = module.split(".")
    if first != "rnnkit":
        return None
    folder = root.joinpath(*parts)
    choices = (folder / "__init__.py", folder.with_suffix(".py") if parts else folder / "__init__.py")
    return next((path for path in choices if path.is_file()), None)
