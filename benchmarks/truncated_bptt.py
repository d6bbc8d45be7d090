"""Memory that truncated BPTT needs for streams of 1,000 and of 100,000 steps: a section of RESULTS.md.

Run it with `make benchmarks`. Full BPTT is beside it. Each row is measured in a process of its own.
"""

import argparse
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator

from report import machine, row, table, versions, write_section

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


def in_its_own_process(kind: str, steps: int) -> list[float]:
    command = [sys.executable, __file__, "--row", kind, str(steps)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [float(word) for word in output.split()[-2:]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--again", action="store_true", help="measure rows anew that were measured before")
    parser.add_argument("--row", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.row:
        measure(options.row[0], int(options.row[1]))
        return
    made_by = f"{machine()}. {versions('keras', 'tensorflow', 'numpy')}"
    rows, growth = [], {}
    for kind, steps in ROWS:
        growth[kind, steps], seconds = row(
            f"bptt-{kind}-{steps}",
            lambda k=kind, s=steps: in_its_own_process(k, s),
            made_by=made_by,
            again=options.again,
        )
        name = f"({K1}, {K2})" if kind == "truncated" else "full"
        expected = f"that of 1,000 steps ± {TOLERANCE:.0f}" if kind == "truncated" else "grows with the steps"
        rows.append([name, f"{steps:,}", f"{growth[kind, steps]:.1f}", expected, f"{seconds:.1f}"])
    flat = abs(growth["truncated", 100_000] - growth["truncated", 1_000]) <= TOLERANCE
    head = ["BPTT", "steps", "growth of peak memory, MiB", "expected", "s"]
    verdict = f"Memory of truncated BPTT flat from 1,000 to 100,000 steps: {'yes' if flat else 'NO'}."
    text = ["## Truncated BPTT", f"`make benchmarks` · {made_by}", NOTE, table(head, rows), verdict]
    write_section("truncated-bptt", "\n\n".join(text))


NOTE = (
    f"BPTT(k1 = {K1}, k2 = {K2}) in `fit` on a stream, an Elman net of {UNITS} units, batch {BATCH}. Growth of a "
    "process's peak resident memory from the end of a short warm-up, with everything built and traced, to the end of "
    "training."
)

if __name__ == "__main__":
    main()
