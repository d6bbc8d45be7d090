"""The demonstrations of the site: their page, and the weights that the units have trained, rounded to 16 bits.

In the place of a demonstration whose net was not trained here, the page says which command trains it.
"""

import base64
import json
import shutil
import zlib
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
REMEDIES = {
    "handwriting": "Train one: rnnkit run 15_handwriting, then make site.",
    "recipes": "Train one: rnnkit run 04_recipes, then make site.",
    "hopfield": "Install scikit-learn, then make site.",
    "attractor": "",
    "machine": "Train one: rnnkit run 14_turing_machine, then make site.",
}
PLACE = '```{{raw}} html\n<div class="demo" data-demo="{name}"></div>\n```'
MISSING = "```{{note}}\nIt needs a trained net. {remedy}\n```"
SCRIPTS = '\n```{raw} html\n<script src="demos/nets.js"></script>\n<script src="demos/demos.js"></script>\n```\n'


def demonstrations(text: str, shown: Collection[str]) -> str:
    """The page, in Markdown: a place for each demonstration that its text names, or what to do about its weights.

    Args:
        text: with `{{name}}` where a demonstration belongs.
        shown: those whose weights are there.
    """
    for name, remedy in REMEDIES.items():
        place = PLACE.format(name=name) if name in shown else MISSING.format(remedy=remedy)
        text = text.replace(f"{{{{{name}}}}}", place)
    return text + SCRIPTS


def export(build: Path, folder: Path) -> list[str]:
    """Write scripts and weights into a folder of the site.

    Args:
        build: the build folder, where units leave what they train.
        folder: is made.

    Returns:
        The demonstrations whose weights were there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for script in HERE.glob("*.js"):
        shutil.copy(script, folder)
    written = []
    for name, weights in WEIGHTS.items():
        found = weights(build)
        if found is not None:
            text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
            (folder / f"{name}.js").write_text(f"rnnkit.weights.{name} = {text};\n", encoding="utf-8")
            written.append(name)
    return written


def handwriting(build: Path) -> dict[str, Any] | None:
    """Of a net with two layers of Keras's LSTM and skips; of another none."""
    from rnnkit.course.experiments.writing import default_folder, load

    if not (default_folder(build) / "model.keras").is_file():
        return None
    model, scale = load(default_folder(build))
    cells, window, density = model.cells, model.recurrent.cell.window, model.density
    if len(cells) != 2 or model.connections != "skip" or any(type(cell).__name__ != "LSTMCell" for cell in cells):
        return None
    tensors = {"window.kernel": window.kernel, "window.bias": window.bias}
    tensors |= {"density.kernel": density.kernel, "density.bias": density.bias}
    for i, cell in enumerate(cells):
        tensors |= lstm(f"lstm{i}", cell)
    known = {"alphabet": model.alphabet, "bumps": model.bumps, "scale": np.asarray(scale).tolist()}
    return {**known, **packed(tensors)}


def recipes(build: Path) -> dict[str, Any] | None:
    from rnnkit.language.generator import default_folder, load
    from rnnkit.language.vocabulary import END, UNKNOWN

    if not default_folder(build).is_dir():
        return None
    generator = load(default_folder(build))
    embedding, recurrent, dense = generator._chain
    tensors = {"embedding": embedding.embeddings, "dense.kernel": dense.kernel, "dense.bias": dense.bias}
    numbers = {name: int(generator.vocabulary.encode([word])[0]) for name, word in (("end", END), ("unknown", UNKNOWN))}
    tensors |= lstm("lstm", recurrent.cell)
    return {"words": list(generator.vocabulary.words), **numbers, **packed(tensors)}


def hopfield(build: Path) -> dict[str, Any] | None:
    try:
        from rnnkit.course.experiments.energy import digit_pictures
        from rnnkit.energy import Hopfield
    except ImportError:
        return None
    pictures = digit_pictures()
    memory = Hopfield(learning="pseudo-inverse").fit(pictures)
    return {"patterns": pictures.astype(int).tolist(), **packed({"couplings": memory.couplings_})}


def attractor(build: Path) -> dict[str, Any]:
    from rnnkit.course.experiments.attractors import TWO_UNITS

    W, b = TWO_UNITS
    return {"W": W.tolist(), "b": b.tolist()}


def machine(build: Path) -> dict[str, Any] | None:
    from rnnkit.course.experiments.turing_machine import kept

    layer = kept(build)
    if layer is None:
        return None
    cell, controller = layer.cell, layer.cell.controller
    names = ("head_kernel", "head_bias", "output_kernel", "output_bias", "initial_row")
    tensors = {name: getattr(cell, name) for name in names}
    tensors |= {"controller.kernel": controller.kernel, "controller.recurrent": controller.recurrent_kernel}
    tensors["controller.bias"] = controller.bias
    return {"rowSize": cell.row_size, "parts": cell.head_sizes, **packed(tensors)}


def lstm(name: str, cell: Any) -> dict[str, Any]:
    return {f"{name}.kernel": cell.kernel, f"{name}.recurrent": cell.recurrent_kernel, f"{name}.bias": cell.bias}


def packed(tensors: dict[str, Any]) -> dict[str, Any]:
    """Shapes, and all values as 16-bit numbers: their high bytes, then their low ones, compressed, in base64."""
    values = {name: np.asarray(tensor, dtype="<f2") for name, tensor in tensors.items()}
    pairs = np.concatenate([value.ravel() for value in values.values()]).view(np.uint8).reshape(-1, 2)
    planes = zlib.compress(pairs[:, 1].tobytes() + pairs[:, 0].tobytes(), 9)
    shapes = {name: list(value.shape) for name, value in values.items()}
    return {"shapes": shapes, "planes": base64.b64encode(planes).decode()}


WEIGHTS: dict[str, Callable[[Path], dict[str, Any] | None]] = {
    "handwriting": handwriting,
    "recipes": recipes,
    "hopfield": hopfield,
    "attractor": attractor,
    "machine": machine,
}
