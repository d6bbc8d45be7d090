"""Where the course, the derived notebooks and the build folder are."""

import os
from pathlib import Path

UNITS = (
    "01_xor",
    "02_bit_counting",
    "03_acceleration",
    "04_recipes",
    "05_learning_rules",
    "06_long_memory",
    "07_attractors",
    "08_energy",
    "09_reservoirs",
    "10_system_identification",
    "11_classification",
    "12_captions",
    "13_attention",
    "14_turing_machine",
    "15_handwriting",
)


def project_root() -> Path:
    """Folder that holds `course/source`: RNNKIT_ROOT, this folder or one above it, or the package's checkout.

    Where there is none, as in an unpacked archive for students: the one that holds `notebooks` with the units.

    Raises:
        FileNotFoundError: no such folder; the library alone was installed, without the course.
    """
    named = os.environ.get("RNNKIT_ROOT")
    here = Path.cwd().resolve()
    candidates = [Path(named)] if named else [here, *here.parents, Path(__file__).resolve().parents[2]]
    for mark in (Path("course", "source"), Path("notebooks", f"{UNITS[0]}.ipynb")):
        for folder in candidates:
            if (folder / mark).exists():
                return folder
    raise FileNotFoundError(
        f"no folder course/source and no notebooks/{UNITS[0]}.ipynb found; looked in {candidates[0]}"
        f"{' and above' if not named else ' (from RNNKIT_ROOT)'}. "
        "Run from inside a checkout of the project or the unpacked archive, or set RNNKIT_ROOT to it."
    )


def build_dir() -> Path:
    """Folder for everything that is generated: RNNKIT_BUILD, or `build/` of the project or the current folder."""
    named = os.environ.get("RNNKIT_BUILD")
    if named:
        return Path(named)
    try:
        root = project_root()
    except FileNotFoundError:
        root = Path.cwd()
    return root / "build"
