"""Memory that truncated BPTT needs for streams of 1,000 and of 100,000 steps, and full BPTT beside it.

Run with `python benchmarks/truncated_bptt.py`. Each row is measured in a process of its own: the growth of its peak
resident memory from the end of a short warm-up, with everything built and traced, to the end of training.
"""

import argparse
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

BATCH, FEATURES, UNITS = 8, 4, 32
K1, K2 = 10, 50
ROWS = (("truncated", 1_000), ("truncated", 10_000), ("truncated", 100_000), ("full", 1_000), ("full", 10_000))
TOLERANCE = 20.0  # MiB that the growth at 100,000 steps may be above the one at 1,000


def peak() -> float:
    """MiB of memory at most, so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(kind: str, steps: int) -> None:
    """Train on a stream, and print the growth in MiB and the seconds."""
    import keras
    import numpy as np

    import rnnkit

    def stream(steps: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        rng = np.random.default_rng(0)
        for first in range(0, steps, 100):
            x = rng.normal(size=(BATCH, min(100, steps - first), FEATURES)).astype("float32")
            yield x, x[..., :1]

    full = kind == "full"
    recurrent = rnnkit.Elman(UNITS, 1, "tanh", None, return_sequences=True, stateful=not full)
    model = keras.Sequential([keras.Input(batch_shape=(BATCH, None, FEATURES)), recurrent])
    model.compile(keras.optimizers.SGD(1e-3), "mse")
    rule = rnnkit.TruncatedBPTT(K1, K2)

    def train(steps: int) -> None:
        if full:
            x, y = (np.concatenate(parts, axis=1) for parts in zip(*stream(steps), strict=True))
            model.fit(x, y, batch_size=BATCH, verbose=0)
        else:
            model.fit(rule.windows(lambda: stream(steps)), callbacks=[rule], verbose=0)

    train(200)
    before, start = peak(), time.perf_counter()
    train(steps)
    print(peak() - before, time.perf_counter() - start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--row", nargs=2, help="kind and steps, to measure in this process")
    row = parser.parse_args().row
    if row:
        measure(row[0], int(row[1]))
        return
    print(f"| BPTT | steps | growth of peak memory, MiB | expected | s |\n|{'---|' * 5}")
    growth = {}
    for kind, steps in ROWS:
        command = [sys.executable, __file__, "--row", kind, str(steps)]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        growth[kind, steps], seconds = map(float, output.split()[-2:])
        name = f"({K1}, {K2})" if kind == "truncated" else "full"
        expected = f"that of 1,000 steps ± {TOLERANCE:.0f}" if kind == "truncated" else "grows with the steps"
        print(f"| {name} | {steps:,} | {growth[kind, steps]:.1f} | {expected} | {seconds:.1f} |", flush=True)
    flat = abs(growth["truncated", 100_000] - growth["truncated", 1_000]) <= TOLERANCE
    print(f"\nMemory of truncated BPTT flat from 1,000 to 100,000 steps: {'yes' if flat else 'NO'}")


if __name__ == "__main__":
    main()
