"""Reservoirs: published tests of echo state networks, speed beside reservoirpy, spike times beside brian2.

Run it with `make benchmarks`. Writes a section of RESULTS.md, each figure beside what is expected of it.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

# Before NumPy is loaded: on a machine that others use too, BLAS's threads wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from race import milliseconds, race, ratio
from report import machine, row, table, versions, write_section

from rnnkit.course.experiments.reservoirs import capacity, narma_nrmse, nrmse_84, shift_register_nmse, tell_apart
from rnnkit.reservoirs import EchoStateNetwork, LiquidStateMachine, random_matrix, with_spectral_radius

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

STEPS = {100: 2000, 1000: 400, 5000: 20}


def against_reservoirpy(units: int, kind: str) -> dict[str, Any]:
    """Times of a step, in turn, and the largest difference of the states, with the same matrices."""
    from reservoirpy.nodes import Reservoir

    rng = np.random.default_rng(units)
    connections = None if kind == "dense" else max(1, units // 10)
    W = random_matrix(units, connections, rng)
    if units <= 1000:
        W = with_spectral_radius(W, 0.9)
    else:  # the circular law: the radius of independent entries of variance s² is near s √N; here s² per row
        W = W * (0.9 / np.sqrt(connections or units))
    V, b = rng.uniform(-1, 1, (3, units)), rng.uniform(-0.1, 0.1, units)
    u = rng.uniform(-1, 1, (STEPS[units], 3))
    ours = EchoStateNetwork(V, W, b, leak=0.4)
    matrix: Any = W.T.copy()
    if connections:  # with the indices that reservoirpy's own matrices have
        matrix = W.T.tocsr()
        matrix.indices, matrix.indptr = matrix.indices.astype("int32"), matrix.indptr.astype("int32")
    theirs = Reservoir(W=matrix, Win=np.ascontiguousarray(V.T), bias=b, lr=0.4)
    difference = float(np.abs(ours.states(u) - theirs.run(u)).max())

    def step_theirs() -> None:
        theirs.reset()
        theirs.run(u)

    times = race({"rnnkit": lambda: ours.states(u), "reservoirpy": step_theirs}, rounds=15)
    each = {name: 1e3 * milliseconds(times, name) / len(u) for name in times}
    return {"difference": difference, "us": each, "ratio": ratio(times, "rnnkit", "reservoirpy")}


def against_brian2(seed: int, dynamic: bool) -> dict[str, Any]:
    """Whether all spikes fall on the same steps, how many there are, and seconds of both."""
    from tests.reservoirs import brian

    net = LiquidStateMachine.random(lines=4, dynamic=dynamic, scale=1.0 if dynamic else 0.3, seed=seed)
    rng = np.random.default_rng(seed)
    spikes = [0.1 * np.sort(rng.choice(np.arange(1, 5000), 10, replace=False)) for _ in range(4)]
    start, found, seconds = rng.uniform(13.5, 15.0, net.units), [], []
    for run in (net.run, lambda s, d, start: brian.spikes_of(net, s, d, start)):
        begin = time.perf_counter()
        when, who = run(spikes, 500.0, start=start)
        seconds.append(time.perf_counter() - begin)
        found.append(sorted(zip(np.round(when / 0.1).astype(int).tolist(), np.asarray(who).tolist(), strict=True)))
    return {"equal": found[0] == found[1], "spikes": len(found[0]), "seconds": seconds}


def spread(values: Any, form: str = ".3f") -> str:
    return " ".join(f"{value:{form}}" for value in np.ravel(values))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--again", action="store_true", help="measure rows anew that were measured before")
    options = parser.parse_args()
    made_by = f"{machine()}. {versions('numpy', 'scipy', 'reservoirpy', 'brian2')}"

    def kept(name: str, measure: Callable[[], Any]) -> Any:
        return row(f"reservoirs-{name}", measure, made_by=made_by, again=options.again)

    text = ["## Reservoirs", f"`make benchmarks` · {made_by}", *figures(kept), *speed(kept), *spikes(kept)]
    write_section("reservoirs", "\n\n".join(text))


def figures(kept: Any) -> list[str]:
    """The published tests."""
    rows = []

    def add(what: str, values: Any, figure: float, expected: str, met: bool, form: str = ".3f") -> None:
        rows.append([what, f"{figure:{form}}", expected, "yes" if met else "NO", spread(values, form)])

    errors = kept("mackey-glass", lambda: [nrmse_84(seed) for seed in range(9)])
    three, nine = float(np.median(errors[:3])), float(np.median(errors))
    add("Mackey-Glass NRMSE₈₄, N = 400, median of 3", errors[:3], three, "< 1e-3 (Jaeger 2.8e-4)", three < 1e-3, ".1e")
    add("the same, median of 9", errors, nine, "< 1e-3", nine < 1e-3, ".1e")
    penalised = kept("mackey-glass-ridge", lambda: [nrmse_84(seed, penalty=1e-9) for seed in range(3)])
    middle = float(np.median(penalised))
    add("the same, ridge 1e-9", penalised, middle, "worse: 0.9e-3 to 1.7e-3", middle > three, ".1e")
    linear = kept("shift", lambda: [shift_register_nmse(20, seed) for seed in range(5)])
    mean = float(np.mean(linear))
    add("NARMA-10, linear, 20 inputs: NMSE", linear, mean, "0.15 to 0.18 (published 0.16)", 0.15 < mean < 0.18)
    for units, bound, known in ((50, np.inf, "0.41"), (200, 0.25, "0.21"), (400, np.inf, "0.16")):
        found = kept(f"narma-{units}", lambda n=units: [narma_nrmse(n, seed) for seed in range(5)])
        mean = float(np.mean(found))
        wanted = f"{'< 0.25' if units == 200 else 'none'} (reference {known})"
        add(f"NARMA-10, N = {units}: NRMSE", found, mean, wanted, max(found) < bound)
    for units, known in ((20, "18.9; 13"), (50, "45.5; 23"), (100, "72; 33")):
        for linear_units, kind, reference in zip((True, False), ("linear", "tanh"), known.split("; "), strict=True):
            found = kept(
                f"memory-{units}-{kind}",
                lambda n=units, flag=linear_units: [capacity(n, seed, linear=flag)[0] for seed in range(3)],
            )
            mean = float(np.mean(found))
            add(
                f"memory capacity, N = {units}, {kind}", found, mean, f"≤ {units} (reference {reference})",
                max(found) <= units, ".1f",
            )  # fmt: skip
    head = ["figure", "measured", "expected", "met", "by seed"]
    return [FIGURES, table(head, rows)]


def speed(kept: Any) -> list[str]:
    """Beside reservoirpy."""
    rows = []
    for units in STEPS:
        for kind in ("sparse", "dense"):
            found = kept(f"speed-{units}-{kind}", lambda n=units, k=kind: against_reservoirpy(n, k))
            middle, low, high = found["ratio"]
            rows.append(
                [
                    f"N = {units:,}, {kind}",
                    f"{found['us']['rnnkit']:,.1f}",
                    f"{found['us']['reservoirpy']:,.1f}",
                    f"{middle:.2f} ({low:.2f} to {high:.2f})",
                    "≤ 1",
                    "yes" if middle <= 1 else "NO",
                    f"{found['difference']:.0e}",
                ]
            )
    head = ["net", "rnnkit, µs a step", "reservoirpy", "ratio (quartiles)", "expected", "met", "states differ by"]
    return [SPEED, table(head, rows)]


def spikes(kept: Any) -> list[str]:
    """Beside brian2, and the two patterns."""
    rows = []
    for dynamic in (False, True):
        found = [kept(f"brian-{dynamic}-{seed}", lambda s=seed, d=dynamic: against_brian2(s, d)) for seed in range(3)]
        equal = all(each["equal"] for each in found)
        rows.append(
            [
                "short-term" if dynamic else "static",
                " ".join(str(each["spikes"]) for each in found),
                "all" if equal else "NOT ALL",
                "all",
                spread([each["seconds"][0] for each in found], ".1f"),
                spread([each["seconds"][1] for each in found], ".1f"),
            ]
        )
    head = ["synapses", "spikes, 3 nets", "on brian2's steps", "expected", "seconds", "brian2's, with its set-up"]
    accuracy = np.array(kept("patterns", lambda: [tell_apart(seed).tolist() for seed in range(5)]))
    liquid, direct = accuracy.mean(axis=0)
    after = (0, 50, 100, 150)
    lines = [
        [
            f"{t} ms",
            f"{liquid[i]:.2f}",
            spread(accuracy[:, 0, i], ".2f"),
            f"{direct[i]:.2f}",
            (">= 0.95" if t == 0 else "above the inputs'") if t <= 50 else "none",
            ("yes" if (liquid[i] >= 0.95 if t == 0 else liquid[i] > direct[i]) else "NO") if t <= 50 else "",
        ]
        for i, t in enumerate(after)
    ]
    of_patterns = ["after the pattern", "liquid", "by seed", "inputs alone", "expected of the liquid", "met"]
    return [SPIKES, table(head, rows), PATTERNS, table(of_patterns, lines)]


FIGURES = (
    "Mackey-Glass (τ = 17): 3,000 samples after 1,000 that do not count, least squares, 20 free runs of 84 steps "
    "after another 1,000 teacher-forced ones; root mean square error of the last step over the series' standard "
    "deviation, in its own coordinates. NARMA-10: 2,000 steps to fit, 2,000 held out. Memory capacity on held-out "
    "steps. References in brackets are of other programs."
)
SPEED = (
    "Speed: the same matrices, one sequence, float64, BLAS on one thread, both in turn in one process, 15 rounds; "
    "sparse is a tenth of all "
    "connections."
)
SPIKES = "Spikes: columns of 135 neurons, 4 lines, 500 ms in steps of 0.1 ms, delays, refractory times, inhibition."
PATTERNS = (
    "Two patterns of 150 ms on 4 lines, spikes moved by 4 ms, then noise on the same lines; 60 examples to fit, 60 "
    "held out, 5 machines. Fraction right of a linear readout of filtered spikes (30 ms), of the neurons or of the "
    "lines."
)

if __name__ == "__main__":
    main()
