"""A net that writes texts of digits: trained once, kept in a folder, drawn from then on.

`python -m rnnkit.course.experiments.writing` trains it. Stopped and started again, it goes on where it was.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from rnnkit._files import write_beside_then_rename
from rnnkit.course.experiments.handwriting import ALPHABET, new_model, strokes_of, train, writing_task
from rnnkit.course.experiments.handwriting_comparison import digits_or_generated
from rnnkit.course.paths import build_dir
from rnnkit.course.teaching.profiles import choose, profile
from rnnkit.datasets import pen_points

REMEDY = "Train one: python -m rnnkit.course.experiments.writing"


def default_folder(build: Path) -> Path:
    """Folder of the best trained net: of the profile full, else quick, else check."""
    folders = [build / "models" / f"handwriting-{name}" for name in ("full", "quick", "check")]
    return next((folder for folder in folders if folder.is_dir()), folders[1])


def train_and_save(build: Path) -> Path:
    """Train the net of the profile in force, with a line for each part, and return the folder it is saved in."""
    folder = build / "models" / f"handwriting-{profile()}"
    digits = digits_or_generated()
    updates = choose(check=20, quick=1300, full=20000)
    task = writing_task(
        digits, train=choose(check=200, quick=6000, full=20000), test=choose(check=20, quick=500, full=500)
    )
    units, layers = choose(check=16, quick=96, full=400), choose(check=2, quick=2, full=3)
    model = new_model(updates=updates, units=units, layers=layers, alphabet=ALPHABET)
    print(f"source: {digits.source}")
    train(model, task.train, build / "backup", updates=updates, report="net")
    nats = model.log_prob(task.test.strokes, task.test.texts).mean()
    print(f"digits held out: {nats:.3f} nats a point; saved in {folder}")
    return save(model, task.train.scale, build)


def save(model: Any, scale: np.ndarray, build: Path) -> Path:
    """Keep a trained net, for `rnnkit write` and the site: in `models/handwriting-<profile>` of the build folder.

    Args:
        model: a `Handwriting`.
        scale: what an offset of 1 is in 1/100 of a digit's box, shape (2,).
        build: the build folder.
    """
    folder = build / "models" / f"handwriting-{profile()}"
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / "part.keras"
    model.save(part)
    part.replace(folder / "model.keras")
    write_beside_then_rename(folder / "pen.json", json.dumps({"scale": np.asarray(scale).tolist()}))
    return folder


def load(folder: Path) -> tuple[Any, np.ndarray]:
    """The net in a folder, and what an offset of 1 is in 1/100 of a digit's box.

    Raises:
        FileNotFoundError: a file is missing; the message says how to train a net.
    """
    for file in (folder / "model.keras", folder / "pen.json"):
        if not file.is_file():
            raise FileNotFoundError(f"model: expected a net that writes, with {file}, which is missing. {REMEDY}")
    import keras

    scale = np.array(json.loads((folder / "pen.json").read_text())["scale"])
    return keras.saving.load_model(folder / "model.keras", compile=False), scale


def draw(text: str, folder: Path, output: Path, bias: float = 1.0, seed: int = 0) -> tuple[Path, Path]:
    """Write a text and draw it: a picture, output.svg, and a film, output.gif, whose paths are returned.

    Raises:
        FileNotFoundError: no net in the folder.
        ValueError: an empty text, a character that the net does not know, a bias below 0.
    """
    from matplotlib.figure import Figure

    from rnnkit.plots.pen_path import pen_path
    from rnnkit.plots.writing_animation import writing_animation

    model, scale = load(folder)
    [writing] = model.write([text], bias=bias, seed=seed)
    size = (1 + 0.7 * len(text), 2.0)
    figure = Figure(figsize=size)
    pen_path(figure.subplots(), strokes_of(writing.strokes, scale))
    picture, film = output.with_suffix(".svg"), output.with_suffix(".gif")
    picture.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(picture, bbox_inches="tight")
    points, lifts = pen_points(writing.strokes, scale), writing.strokes[:, 2] > 0.5
    writing_animation(Figure(figsize=(size[0], 3.0)), film, points, lifts, writing.phi, text)
    return picture, film


if __name__ == "__main__":
    train_and_save(build_dir())
