"""What a time step of RTRL costs as the net grows, beside the theory's n⁴: a section of RESULTS.md.

Run it with `make benchmarks`.
"""

import argparse
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # more threads for larger nets would bend the curve
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import time  # noqa: E402
from collections.abc import Sequence  # noqa: E402

import numpy as np  # noqa: E402
from report import machine, row, table, versions, write_section  # noqa: E402

import rnnkit  # noqa: E402
from rnnkit.training._forward import ForwardNet  # noqa: E402

SIZES: tuple[int, ...] = (4, 8, 16, 32, 64, 128)
SMALL = 32  # up to here Python's own time a step counts more than the multiplications


def seconds_a_step(n: int, repetitions: int = 5) -> float:
    layer = rnnkit.Elman(n, 1)
    layer.build((None, None, n))
    net, x = ForwardNet(layer), np.random.default_rng(0).normal(size=(1, n))
    steps = max(2, int(3e7 / multiplications(n)))
    steps = min(steps, 2000)
    measured = []
    for _ in range(repetitions):
        net.start(1)
        start = time.process_time()
        for _ in range(steps):
            net.step(x)
        measured.append((time.process_time() - start) / steps)
    return min(measured)


def multiplications(n: int) -> int:
    """Of the sum over j in (2), for all units i and all weights: n · n for hidden units and n for the output."""
    weights = n * (1 + n + n) + (1 + n)
    return (n * n + n) * weights


def power(sizes: Sequence[int], costs: Sequence[float]) -> float:
    """The slope of log cost over log size."""
    return float(np.polyfit(np.log(sizes), np.log(costs), 1)[0])


def power_above_constant(sizes: Sequence[int], costs: Sequence[float]) -> tuple[float, float]:
    """p and a of the cost a + b nᵖ with the least relative errors: a is what a step costs whatever its size."""
    best = (np.inf, 0.0, 0.0)
    for p in np.linspace(1.0, 6.0, 501):
        terms = np.stack([np.ones(len(sizes)), np.power(sizes, p)], axis=1) / np.array(costs)[:, None]
        found, error, *_ = np.linalg.lstsq(terms, np.ones(len(sizes)), rcond=None)
        best = min(best, (float(error[0]), float(p), float(found[0])))
    return best[1:]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--again", action="store_true", help="measure rows anew that were measured before")
    again = parser.parse_args().again
    made_by = f"{machine()}. {versions('numpy')}"
    seconds = [row(f"rtrl-{n}", lambda n=n: seconds_a_step(n), made_by=made_by, again=again) for n in SIZES]
    counts = [multiplications(n) for n in SIZES]
    rows = []
    for i, (n, count, each) in enumerate(zip(SIZES, counts, seconds, strict=True)):
        local = f"{power(SIZES[i - 1 : i + 1], seconds[i - 1 : i + 1]):.2f}" if i else ""
        rows.append([str(n), f"{n * (1 + 2 * n) + 1 + n:,}", f"{count:,}", f"{1e6 * each:,.1f}", local])
    small = SIZES.index(SMALL) + 1
    fits = []
    for name, part in ((f"n = 4…{SMALL}", slice(0, small)), (f"n = {SMALL}…{SIZES[-1]}", slice(small - 1, len(SIZES)))):
        fits.append([name, f"{power(SIZES[part], counts[part]):.2f}", f"{power(SIZES[part], seconds[part]):.2f}", "4"])
    exponent, constant = power_above_constant(SIZES, seconds)
    fits.append([f"all, above {1e6 * constant:.0f} µs that every step costs", "", f"{exponent:.2f}", "4"])
    tables = [
        table(["n", "weights", "multiplications", "µs a step", "power from the row above"], rows),
        table(["power fitted to", "multiplications", "seconds", "theory"], fits),
    ]
    write_section("rtrl", "\n\n".join(["## RTRL's cost", f"`make benchmarks` · {made_by}", NOTE, *tables]))


NOTE = (
    "A step of an Elman net with n inputs, n hidden units and one output: multiplications counted, processor time on "
    "one thread measured, the least of five repetitions."
)

if __name__ == "__main__":
    main()
