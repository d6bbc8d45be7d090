"""Attractors, chaos and an oscillator that is learnt, each figure beside what it must be: a section of RESULTS.md.

Run it with `make benchmarks`.
"""

import argparse
from typing import Any

import keras
import numpy as np
from report import machine, row, table, versions, write_section
from scipy.integrate import solve_ivp
from scipy.optimize import root

from rnnkit import CTRNNCell
from rnnkit.course.experiments import attractors as lab
from rnnkit.dynamics import (
    Map,
    as_map,
    basins,
    fit_basin_network,
    fixed_points,
    lyapunov_spectrum,
    period_and_amplitude,
)

HENON = Map(
    lambda x: np.stack([1 - 1.4 * x[:, 0] ** 2 + x[:, 1], 0.3 * x[:, 0]], axis=1),
    lambda x: np.stack(
        [np.stack([-2.8 * x[:, 0], np.ones(len(x))], axis=1), np.tile([0.3, 0.0], (len(x), 1))],
        axis=1,
    ),
)

CELLS = {
    "SimpleRNN": lambda: keras.layers.SimpleRNNCell(4, dtype="float64"),
    "CTRNN": lambda: CTRNNCell(4, dt=0.3, method="rk4", dtype="float64"),
}


def henon(seed: int) -> dict[str, float]:
    """Largest exponent and sum of 50 orbits of 20,000 steps."""
    starts = np.random.default_rng(seed).uniform(-0.1, 0.1, (50, 2))
    found = lyapunov_spectrum(HENON, starts, 20_000)
    return {"largest": float(found[:, 0].mean()), "sum": float(np.abs(found.sum(axis=1) - np.log(0.3)).max())}


def gated(name: str, seed: int) -> float:
    """Largest exponent of the published cell: 200 orbits from the unit square, 300 steps after 150."""
    starts = np.random.default_rng(seed).uniform(size=(200, 4 if name == "LSTM" else 2))
    return float(lyapunov_spectrum(lab.laurent_von_brecht(name), starts, 300, transient=150)[:, 0].mean())


def asleep(seed: int) -> float:
    """The largest |h| of 200 starts of the CFN after 200 steps without input."""
    starts = np.random.default_rng(seed).uniform(size=(200, 2))
    return float(np.abs(as_map(lab.laurent_von_brecht("CFN")).orbit(starts, 200)[:, -1]).max())


def random_cell(kind: str, seed: int) -> Any:
    """A cell with random weights, large enough for several fixed points."""
    cell = CELLS[kind]()
    cell.build((None, 2))
    rng = np.random.default_rng(seed)
    cell.set_weights([(3.0 if w.name == "recurrent_kernel" else 0.1) * rng.normal(size=w.shape) for w in cell.weights])
    return cell


def against_root(kind: str, seed: int) -> dict[str, Any]:
    """Our fixed points, what SciPy makes of them, and whether SciPy finds any that we have not."""
    cell, rng = random_cell(kind, seed), np.random.default_rng([seed, 1])
    inputs, starts = rng.normal(size=2), rng.uniform(-2, 2, (300, 4))
    ours, step = fixed_points(cell, starts, inputs), as_map(cell, inputs).step

    def solve(start: np.ndarray) -> Any:
        return root(lambda x: step(x[None])[0] - x, start, tol=1e-12)

    moved = max((float(np.abs(solve(x + 1e-4).x - x).max()) for x in ours.points), default=0.0)
    theirs = [found.x for found in map(solve, starts[:12]) if found.success]
    missed = sum(float(np.linalg.norm(ours.points - x, axis=1).min()) > 1e-6 for x in theirs)
    return {"points": len(ours.points), "kinds": ours.kinds, "moved": moved, "theirs": len(theirs), "missed": missed}


def learnt(seed: int) -> dict[str, float]:
    """Held-out share of starts whose attractor the feed-forward net knows; the cycles' own periods."""
    net, rng = lab.tanh_map(*lab.THREE_UNITS), np.random.default_rng(seed)
    starts = rng.uniform(-1, 1, (6000, 3))
    found = basins(net, starts, steps=600, tail=100)
    network = fit_basin_network(starts[:4000], found.labels[:4000], seed=seed)
    test = np.flatnonzero(found.labels[4000:] >= 0) + 4000
    return {
        "right": float(network.score(starts[test], found.labels[test])),
        "largest basin": float(np.bincount(found.labels[test]).max() / len(test)),
        "periods": [one.period for one in found.attractors],
    }


def order(method: str, seed: int) -> float:
    """By which power of the step the error falls, from steps of 1/32 to 1/64, against SciPy to 1e-13."""
    rng = np.random.default_rng(seed)
    tau, x0, W, b = rng.uniform(0.3, 0.8, 4), rng.normal(size=4), rng.normal(size=(4, 4)), rng.normal(size=4)

    def slope(t: float, x: np.ndarray) -> np.ndarray:
        return (-x + np.tanh(x) @ W + b) / tau

    exact, errors = solve_ivp(slope, (0.0, 1.0), x0, "DOP853", rtol=1e-13, atol=1e-13).y[:, -1], []
    for substeps in (32, 64):
        cell = CTRNNCell(4, tau=tau, dt=1.0, method=method, substeps=substeps, dtype="float64")
        cell.build((None, 1))
        cell.set_weights([np.zeros((1, 4)), W, b])
        errors.append(np.linalg.norm(as_map(cell).step(x0[None])[0] - exact))
    return float(np.log2(errors[0] / errors[1]))


def oscillator(seed: int) -> dict[str, float]:
    """Period and amplitude of a network of 100 units that has seen the whole plane, its error and its distance."""
    start, dt, steps = [0.1, 0.0], 0.1, 1000
    y, truth = lab.fit_plane(100, seed).follow(start, steps, dt)[0], lab.oscillation(start, steps, dt)
    cycle = lab.oscillation(truth[-1], 7000, 0.001)
    error = np.linalg.norm(y - truth, axis=1)
    period, amplitude = period_and_amplitude(y[300:, 0], dt)
    return {
        "period": period,
        "amplitude": amplitude,
        "error": float(error.max()),
        "off": float(lab.distance_to(cycle, y[300:]).max()),
    }


def drift(seed: int) -> float:
    """A network of 60 units that has seen the whole plane: its largest error up to t = 100 over that up to t = 10."""
    start, dt = [0.1, 0.0], 0.1
    error = np.linalg.norm(
        lab.fit_plane(60, seed).follow(start, 1000, dt)[0] - lab.oscillation(start, 1000, dt), axis=1
    )
    return float(error.max() / error[:100].max())


def finite(seed: int) -> dict[str, float]:
    """A network of 20 units that has seen one trajectory up to t = 5: largest error until then, and until t = 50."""
    start, dt = [0.1, 0.0], 0.05
    y, truth = lab.fit_trajectory(start, 5.0, 20, seed).follow(start, 1000, dt)[0], lab.oscillation(start, 1000, dt)
    error = np.linalg.norm(y - truth, axis=1)
    period, amplitude = period_and_amplitude(y[600:, 0], dt)
    return {"within": float(error[:100].max()), "after": float(np.nanmax(error[100:])), "period": period}


def _met(truth: bool) -> str:
    return "yes" if truth else "NO"


def _all(values: Any, form: str) -> str:
    return " ".join(format(value, form) for value in values)


def chaos_rows(get: Any, seeds: range) -> list[list[str]]:
    runs = [get(f"henon-{s}", lambda s=s: henon(s)) for s in seeds]
    largest, off = [run["largest"] for run in runs], max(run["sum"] for run in runs)
    rows = [
        ["Hénon map, largest exponent", f"{np.mean(largest):.4f}", "0.419 ± 0.001"]
        + [_met(abs(np.mean(largest) - 0.419) < 1e-3), _all(largest, ".4f")],
        ["Hénon map, sum of exponents less ln 0.3", f"{off:.0e}", "< 1e-12", _met(off < 1e-12), "largest of all"],
    ]
    for name in ("GRU", "LSTM"):
        found = [get(f"gated-{name}-{s}", lambda n=name, s=s: gated(n, s)) for s in seeds]
        rows.append([f"{name}, published weights, largest exponent a step", f"{np.mean(found):.3f}"])
        rows[-1] += ["> 0.15 (reference 0.22)", _met(min(found) > 0.15), _all(found, ".3f")]
    found = [get(f"asleep-{s}", lambda s=s: asleep(s)) for s in seeds]
    return [
        *rows,
        [
            "CFN, zero input, largest modulus of h after 200 steps",
            f"{max(found):.0e}",
            "< 1e-10",
            _met(max(found) < 1e-10),
        ]
        + [_all(found, ".0e")],
    ]


def rest_rows(get: Any, seeds: range) -> list[list[str]]:
    rows = []
    for kind in CELLS:
        runs = [get(f"root-{kind}-{s}", lambda k=kind, s=s: against_root(k, s)) for s in seeds]
        moved, missed = max(run["moved"] for run in runs), sum(run["missed"] for run in runs)
        rows.append([f"{kind}, fixed points: scipy.optimize.root ends off ours by", f"{moved:.0e}", "< 1e-8"])
        rows[-1] += [_met(moved < 1e-8), f"points {_all([run['points'] for run in runs], 'd')}"]
        rows.append([f"{kind}, solutions of root that ours lack", str(missed), "0", _met(missed == 0)])
        rows[-1] += [f"root found {_all([run['theirs'] for run in runs], 'd')}"]
    runs = [get(f"learnt-{s}", lambda s=s: learnt(s)) for s in seeds]
    right, most = [run["right"] for run in runs], max(run["largest basin"] for run in runs)
    periods = sorted({tuple(run["periods"]) for run in runs})
    return [
        *rows,
        ["basins of 3 tanh units: periods of the attractors", str(periods[0]), "the same from all starts"]
        + [_met(len(periods) == 1), f"{len(runs)} sets of 6,000 starts"],
        ["basins learnt by a feed-forward net, held-out share right", f"{np.mean(right):.3f}"]
        + [f"> {most:.2f} (the largest basin)", _met(min(right) > most), _all(right, ".3f")],
    ]


def oscillator_rows(get: Any, seeds: range) -> list[list[str]]:
    runs = [get(f"oscillator-{s}", lambda s=s: oscillator(s)) for s in seeds]
    rows = []
    for method, true in (("euler", 1), ("rk4", 4)):
        found = [get(f"order-{method}-{s}", lambda m=method, s=s: order(m, s)) for s in seeds]
        off = np.abs(np.subtract(found, true)).max()
        rows.append([f"CTRNN by {method}, order of convergence", f"{np.mean(found):.2f}", f"{true} ± 0.15 (SciPy)"])
        rows[-1] += [_met(off < 0.15), _all(found, ".2f")]
    for key, true in (("period", lab.PERIOD), ("amplitude", lab.AMPLITUDE)):
        found = [run[key] for run in runs]
        off = np.abs(np.divide(found, true) - 1).max()
        rows.append([f"van der Pol, CTRNN of 100 units, {key}", f"{np.mean(found):.4f}", f"{true} within 2 %"])
        rows[-1] += [_met(off < 0.02), _all(found, ".4f")]
    grown = [get(f"drift-{s}", lambda s=s: drift(s)) for s in seeds]
    rows.append(
        ["60 units, error up to t = 100 over that up to t = 10", f"{np.mean(grown):.1f}", "> 1: the phase drifts"]
    )
    rows[-1] += [_met(min(grown) > 1), _all(grown, ".1f")]
    off = [run["off"] for run in runs]
    rows.append(["100 units, distance from the cycle, t from 30 to 100", f"{max(off):.0e}", "< 0.04 (2 % of 2)"])
    rows[-1] += [_met(max(off) < 0.04), _all(off, ".0e")]
    runs = [get(f"finite-{s}", lambda s=s: finite(s)) for s in seeds]
    within, after = [run["within"] for run in runs], [run["after"] for run in runs]
    return [
        *rows,
        ["fitted to one trajectory, t ≤ 5: error until then", f"{max(within):.0e}", "< 1e-2", _met(max(within) < 1e-2)]
        + [_all(within, ".0e")],
        ["the same, error from then to t = 50", f"{min(after):.1f}", "> 1: nothing is promised", _met(min(after) > 1)]
        + [_all(after, ".1f")],
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--again", action="store_true", help="measure rows anew that were measured before")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    made_by = f"{machine()}. {versions('numpy', 'scipy', 'keras', 'tensorflow', 'scikit-learn')}"
    seeds = range(options.seeds)

    def get(name: str, measure: Any) -> Any:
        return row(f"dynamics-{name}", measure, made_by=made_by, again=options.again)

    rows = chaos_rows(get, seeds) + rest_rows(get, seeds) + oscillator_rows(get, seeds)
    note = (
        f"{options.seeds} seeds, float64. Exponents in nats a step, by QR; of the gated cells over 200 orbits of 300 "
        "steps after 150. Fixed points from 300 random starts, of cells with random weights and a constant input."
    )
    head = ["figure", "measured", "expected", "met", "by seed"]
    write_section("dynamics", "\n\n".join(["## Dynamics", f"`make benchmarks` · {made_by}", note, table(head, rows)]))


if __name__ == "__main__":
    main()
