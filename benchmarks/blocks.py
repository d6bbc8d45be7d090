"""Long training runs in blocks of updates: weights and log are kept after each, and a run that was stopped goes on."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
from rich.progress import Progress

from rnnkit._files import write_beside_then_rename
from rnnkit.course.paths import build_dir

State = dict[str, Any]


def run(
    name: str,
    make: Callable[[], keras.Model],
    train: Callable[[keras.Model, int], None],
    test: Callable[[keras.Model], State],
    blocks: int,
    progress: Progress,
) -> State:
    """Train from where an earlier run of this name stopped, until the task is solved or all blocks are done.

    Args:
        name: of the run, also of its folder under `build/benchmarks/runs`; what it depends on must be part of it.
        make: returns the compiled model as it is at the start.
        train: does the updates of one block, given the model and the block's number; the same whenever it is called.
        test: returns what is to be told, with "solved", given the model.
        blocks: at most.
        progress: where the bar goes.

    Returns:
        What the last test returned, with "blocks" and "seconds".
    """
    folder = _folder(name)
    folder.mkdir(parents=True, exist_ok=True)
    state = _kept(name)
    bar = progress.add_task(name, total=blocks, completed=state["blocks"])
    model = None
    while not state["solved"] and state["blocks"] < blocks:
        model = model or _resumed(make(), folder / f"{state['blocks']}.weights.h5", state["blocks"])
        start = time.perf_counter()
        train(model, state["blocks"])
        found = test(model)
        seconds = state["seconds"] + time.perf_counter() - start
        state = {**found, "blocks": state["blocks"] + 1, "seconds": seconds}
        model.save_weights(folder / f"{state['blocks']}.weights.h5")
        write_beside_then_rename(folder / "log.json", json.dumps(state))
        (folder / f"{state['blocks'] - 1}.weights.h5").unlink(missing_ok=True)
        progress.update(bar, completed=state["blocks"], description=f"{name}: {_told(found)}")
    progress.remove_task(bar)
    return state


def finished(name: str, blocks: int) -> State | None:
    """What the last test of a run returned, or None if it has not solved its task nor done all its blocks."""
    state = _kept(name)
    return state if state["solved"] or state["blocks"] >= blocks else None


def _kept(name: str) -> State:
    log = _folder(name) / "log.json"
    return json.loads(log.read_text()) if log.exists() else {"blocks": 0, "solved": False, "seconds": 0.0}


def _folder(name: str) -> Path:
    return build_dir() / "benchmarks" / "runs" / name.replace(" ", "_").replace("+", "and")


def _resumed(model: keras.Model, weights: Path, blocks: int) -> keras.Model:
    if blocks:
        model.optimizer.build(model.trainable_variables)
        model.load_weights(weights)
    return model


def _told(found: State) -> str:
    return ", ".join(f"{name} {value:.4g}" for name, value in found.items() if not isinstance(value, bool))
