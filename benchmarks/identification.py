"""System identification: lags and dimensions of known systems, known linear systems found again, a published plant.

Run it with `make benchmarks`. Writes a section of RESULTS.md, each figure beside what is expected of it.
"""

import argparse
import os
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

# Before NumPy is loaded: on a machine that others use too, BLAS's threads wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from report import machine, row, table, versions, write_section

from rnnkit import identification
from rnnkit.course.experiments import identification as lab
from rnnkit.datasets import mackey_glass

STARTS, EVALUATIONS = 3, 300


def embedding(name: str) -> dict[str, Any]:
    """Lag, shares of false neighbours and dimension of a system, by seed or start."""
    rng = np.random.default_rng(0)
    if name == "Hénon":
        series = [(lab.henon(5000, start=tuple(rng.uniform(-0.1, 0.1, 2))), 1) for _ in range(3)]
    elif name == "Lorenz":
        runs = [lab.lorenz(10000, start=rng.uniform(-5, 5, 3))[:, 0] for _ in range(3)]
        series = [(run, identification.choose_lag(run)) for run in runs]
    else:
        runs = [mackey_glass(6000, seed=seed) for seed in range(3)]
        series = [(run, identification.choose_lag(run)) for run in runs]
    shares = [identification.false_neighbours(run, lag, 5).tolist() for run, lag in series]
    found = [identification.choose_dimension(run, lag, 5) for run, lag in series]
    return {"lags": [lag for _, lag in series], "shares": shares, "dimensions": found}


def gaussian(seed: int) -> dict[str, float]:
    """I(1) of an AR(1) series of correlation 0.8, less what counting adds, and the closed form −½ ln(1 − 0.8²)."""
    rng, bins, T = np.random.default_rng(seed), 32, 200_000
    s = np.empty(T)
    s[0] = rng.normal()
    for k, e in enumerate(rng.normal(0.0, 0.6, T - 1)):
        s[k + 1] = 0.8 * s[k] + e
    return {"counted": float(identification.mutual_information(s, 1, bins)[1] - (bins - 1) ** 2 / (2 * T))}


def known_arx(seed: int) -> float:
    """The largest error of the weights of a random stable system of 2 inputs and 2 outputs, found from 300 steps."""
    rng = np.random.default_rng(seed)
    B, A, c = rng.normal(size=(2, 2, 2)), 0.3 * rng.uniform(-1, 1, (2, 2, 2)), rng.normal(size=2)
    u, y = rng.normal(size=(300, 2)), np.zeros((300, 2))
    for k in range(2, 300):
        y[k] = c + sum(B[d] @ u[k - d] for d in (0, 1)) + sum(A[d - 1] @ y[k - d] for d in (1, 2))
    model = identification.ARX(1, 2).fit(u[2:], y[2:])
    found = (model.input_weights_ - B, model.output_weights_ - A, model.bias_ - c)
    return float(max(np.abs(part).max() for part in found))


def plant(units: int, seed: int) -> dict[str, float]:
    """The published plant: RMSE on the test, one step ahead and running freely; processor seconds to fit."""
    start = time.process_time()
    model = identification.NARXModel(units, 0, 2, EVALUATIONS, STARTS, seed).fit(*lab.plant_data(seed))
    seconds = time.process_time() - start
    result = lab.scored(model, *lab.plant_test())
    return {name: float(result[name]["rmse"]) for name in result} | {"seconds": seconds}


def comparison(name: str, seed: int) -> dict[str, float]:
    """One of the models of `lab.models` on the plant."""
    result = lab.scored(lab.models(seed)[name]().fit(*lab.plant_data(seed)), *lab.plant_test())
    return {kind: float(result[kind]["rmse"]) for kind in result}


def motor(seed: int) -> dict[str, list[float]]:
    """Free runs of current and speed of a motor from its CSV file, by ARX and by NARX, on its second half."""
    with TemporaryDirectory() as folder:
        path = lab.write_motor_csv(Path(folder) / "motor.csv", 2000, seed)
        whole = identification.read_csv(path, inputs="voltage", outputs=("current", "speed"))
    training, test = whole[:1000], whole[1000:]
    makers = {
        "ARX": identification.ARX(1, 2),
        "NARX": identification.NARXModel(8, 1, 2, 200, STARTS, seed),
    }
    fitted = {name: model.fit(training.u, training.y) for name, model in makers.items()}
    return {
        name: np.ravel(lab.scored(model, test.u, test.y)["free"]["rmse"]).tolist() for name, model in fitted.items()
    }


def spread(values: Any, form: str = ".3f") -> str:
    return " ".join(f"{value:{form}}" for value in values)


def yes(condition: Any) -> str:
    return "yes" if condition else "NO"


def proofs(get: Any) -> list[list[str]]:
    """Rows of lags, dimensions, mutual information and a known system."""
    rows = []
    for name, expected in (("Hénon", 2), ("Lorenz", 3), ("Mackey-Glass", 0)):
        found = get(f"embedding-{name}", lambda name=name: embedding(name))
        shares = "; ".join(spread(one, ".4f") for one in found["shares"])
        met = yes(set(found["dimensions"]) == {expected}) if expected else "-"
        rows.append(
            [
                f"dimension of {name}",
                spread(found["dimensions"], "d"),
                str(expected or "none (its attractor's dimension is about 2.1)"),
                met,
                f"lags {spread(found['lags'], 'd')}; false neighbours from m = 1 on: {shares}",
            ]
        )
    exact = -0.5 * np.log(1 - 0.8**2)
    counted = [get(f"gaussian-{seed}", lambda seed=seed: gaussian(seed))["counted"] for seed in range(3)]
    rows.append(
        [
            "mutual information of a Gaussian pair, correlation 0.8",
            f"{np.mean(counted):.4f}",
            f"{exact:.4f}, less up to 0.02 for 32 classes",
            yes(all(exact - 0.02 < value < exact + 0.005 for value in counted)),
            spread(counted, ".4f"),
        ]
    )
    errors = [get(f"arx-{seed}", lambda seed=seed: known_arx(seed)) for seed in range(5)]
    rows.append(
        [
            "ARX, 2 inputs, 2 outputs: error of its weights",
            f"{max(errors):.0e}",
            "< 1e-10",
            yes(max(errors) < 1e-10),
            spread(errors, ".0e"),
        ]
    )
    return rows


def plant_rows(get: Any, seeds: int) -> list[list[str]]:
    """Rows of the published plant, by hidden units."""
    rows = []
    for units, expected, limit in (
        (5, "none (0.24)", None),
        (10, "none (0.026)", None),
        (20, "< 0.02 (0.005)", 0.02),
    ):
        runs = [get(f"plant-{units}-{seed}", lambda u=units, s=seed: plant(u, s)) for seed in range(seeds)]
        free, one = ([run[kind] for run in runs] for kind in ("free", "one step"))
        met = "-" if limit is None else f"{sum(value < limit for value in free)} of {len(free)} seeds"
        seconds = np.median([run["seconds"] for run in runs])
        line = [f"{units}", f"{np.median(free):.4f}", expected, met, spread(free, ".4f"), spread(one, ".4f")]
        rows.append([*line, f"{seconds:.1f}"])
    return rows


def comparison_rows(get: Any, seeds: int) -> list[list[str]]:
    """Rows of all models on the plant."""
    rows = []
    for name in lab.models(0):
        if name.startswith("NARX"):  # with 20 units, as above
            runs = [get(f"plant-20-{seed}", lambda s=seed: plant(20, s)) for seed in range(seeds)]
        else:
            runs = [get(f"models-{name}-{seed}", lambda n=name, s=seed: comparison(n, s)) for seed in range(seeds)]
        cells = [[run[kind] for run in runs] for kind in ("one step", "free")]
        rows.append([name, *(f"{np.median(cell):.3f} ({min(cell):.3f} to {max(cell):.3f})" for cell in cells)])
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--again", action="store_true", help="measure rows anew that were measured before")
    parser.add_argument("--seeds", type=int, default=5, help="of the plant with each number of units")
    options = parser.parse_args()
    made_by = f"{machine()}. {versions('numpy', 'scipy')}"

    def get(name: str, measure: Any) -> Any:
        return row(f"identification-{name}", measure, made_by=made_by, again=options.again)

    motors = [get(f"motor-{seed}", lambda seed=seed: motor(seed)) for seed in range(3)]
    free = {name: np.array([run[name] for run in motors]) for name in motors[0]}
    text = [
        "## System identification",
        f"`make benchmarks` · {made_by}",
        "Lag by the first minimum of the mutual information (16 classes; 1 for a map), dimension by false neighbours "
        "(at most 1 %), 5,000, 10,000 and 6,000 samples, 3 starts.",
        table(["figure", "measured", "expected", "met", "by seed"], proofs(get)),
        "Narendra and Parthasarathy's example 2: 1,000 points, inputs random in [−2, 2]; NARX of one tanh layer, "
        f"Levenberg and Marquardt with exact derivatives, series-parallel, the best of {STARTS} starts of at most "
        f"{EVALUATIONS} evaluations by its training error; RMSE on sin(2πk/25), steps {lab.SKIP} to 499 (median, "
        "then by seed). In brackets what one run elsewhere reached.",
        table(
            ["units", "free run", "expected", "met", "free run by seed", "one step ahead by seed", "CPU s a fit"],
            plant_rows(get, options.seeds),
        ),
        "All models on the same plant and test, RMSE (median and range of 3 seeds):",
        table(["model", "one step ahead", "free run"], comparison_rows(get, 3)),
        "A motor with dry friction from a CSV file with units, 1,000 samples to fit, 1,000 to test, free run, seeds 0 "
        "to 2. Noise 0.05 A and 0.3 rad/s. Expected: NARX below ARX.",
        table(
            ["model", "current, RMSE (A)", "speed, RMSE (rad/s)"],
            [[name, spread(values[:, 0]), spread(values[:, 1])] for name, values in free.items()],
        ),
        f"met: {yes((free['NARX'] < free['ARX']).all())}",
    ]
    write_section("identification", "\n\n".join(text))


if __name__ == "__main__":
    main()
