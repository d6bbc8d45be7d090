"""Cut the README's picture out of the notebook that `make run` has executed: python docs/picture.py"""

import base64
from pathlib import Path

import nbformat

from rnnkit._files import write_beside_then_rename
from rnnkit.course.paths import build_dir, project_root

UNIT, CODE = "02_bit_counting", "paths = {"


def picture(path: Path) -> bytes:
    """The PNG that the notebook's cell with `CODE` in it shows."""
    for cell in nbformat.read(path, as_version=4).cells:
        if CODE in cell.source:
            for output in cell.outputs:
                if "image/png" in output.get("data", {}):
                    return base64.b64decode(output.data["image/png"])
    raise FileNotFoundError(f"no picture in {path}; run: make run")


if __name__ == "__main__":
    write_beside_then_rename(project_root() / "docs" / "ways_down.png", picture(build_dir() / "run" / f"{UNIT}.ipynb"))
