"""Token ids beside one-hot codes, time and memory of a training step: a section of RESULTS.md.

Run it with `make benchmarks`. Each measurement is a process of its own, since a process keeps what memory it once had.
"""

import argparse
import ctypes
import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras  # noqa: E402
import numpy as np  # noqa: E402
from report import machine, row, table, versions, write_section  # noqa: E402
from steps import keras_step  # noqa: E402

import rnnkit  # noqa: E402

TOKENS, BATCH, STEPS, UNITS, OUTPUTS = 5000, 32, 50, 64, 10
LAYERS = {
    "PeepholeLSTM": (lambda **k: rnnkit.PeepholeLSTM(UNITS, return_sequences=True, **k), UNITS),
    "Elman": (lambda **k: rnnkit.Elman(UNITS, OUTPUTS, return_sequences=True, **k), OUTPUTS),
}
BACKEND = keras.backend.backend()


def measure(kind: str, how: str) -> dict[str, float]:
    """Median seconds of a step, the input's bytes, and the bytes that a step takes while it runs."""
    make, outputs = LAYERS[kind]
    rng = np.random.default_rng(0)
    ids = rng.integers(0, TOKENS, (BATCH, STEPS)).astype("int32")
    y = rng.normal(size=(BATCH, STEPS, outputs)).astype("float32")
    x = ids if how == "ids" else np.eye(TOKENS, dtype="float32")[ids]
    step = keras_step(make(input_dim=TOKENS) if how == "ids" else make(), x, y)
    times, grown = [], []
    for _ in range(30):
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    for _ in range(5):
        grown.append(_growth(step))
    return {"seconds": statistics.median(times), "input": x.nbytes, "step": statistics.median(grown)}


def _growth(step: Callable[[], None]) -> int:
    """By how much a step's peak is above the memory before it, after what is free has gone back to the system."""
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from now
    before = _resident("VmRSS")
    step()
    return _resident("VmHWM") - before


def _resident(what: str) -> int:
    return 1024 * int(re.search(rf"{what}:\s*(\d+)", Path("/proc/self/status").read_text())[1])


def in_turn(kind: str, rounds: int) -> dict[str, list[dict[str, float]]]:
    """Both inputs in turn, each in a process of its own."""
    found: dict[str, list[dict[str, float]]] = {"ids": [], "one-hot": []}
    for done in range(rounds):
        for how, measured in found.items():
            command = [sys.executable, __file__, "--one", kind, how]
            result = subprocess.run(command, capture_output=True, text=True, check=True)
            measured.append(json.loads(result.stdout.splitlines()[-1]))
        print(f"  {kind}: round {done + 1} of {rounds}", flush=True)
    return found


def line(kind: str, found: dict[str, list[dict[str, float]]]) -> list[list[str]]:
    middle = {how: {k: statistics.median(m[k] for m in own) for k in own[0]} for how, own in found.items()}
    result = []
    for how, own in middle.items():
        texts = [f"{1e3 * own['seconds']:.1f}", f"{own['input'] / 1e6:.3f}", f"{own['step'] / 1e6:.1f}"]
        result.append([kind, how, *texts])
    gains = [middle["one-hot"][k] / middle["ids"][k] for k in ("seconds", "input", "step")]
    return [*result, [kind, "one-hot / ids", *(f"{gain:,.1f} ×" for gain in gains)]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--again", action="store_true", help="measure rows anew that were measured before")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measure(*arguments.one)))
        return
    with_peers = versions("keras", "tensorflow", "jax", "torch", "numpy")
    made_by = f"{machine()}. {with_peers}"
    rows: list[list[str]] = []
    for kind in LAYERS:
        name = f"token-ids-{BACKEND}-{kind}"
        measured: Any = row(name, lambda k=kind: in_turn(k, arguments.rounds), made_by=made_by, again=arguments.again)
        rows += line(kind, measured)
    title = f"## Token ids beside one-hot codes, {BACKEND}"
    sizes = f"`make benchmarks` · {machine()} · {with_peers}"
    head = ["layer", "input", "ms a step", "input, MB", "a step takes besides, MB"]
    write_section(f"token-ids-{BACKEND}", "\n\n".join([title, sizes, NOTE, table(head, rows)]))


NOTE = (
    f"Training step at batch {BATCH}, {STEPS} steps, V = {TOKENS:,} tokens, {UNITS} units, in float32. Medians over "
    "processes that take turns. What a step takes besides is how far the process's resident memory rises in it; the "
    "gradient of the kernel, a row for each token in the batch or for each of the V, is in it. Linux only."
)

if __name__ == "__main__":
    main()
