"""Hopfield's capacity, exact likelihoods of Boltzmann machines, and BernoulliRBM side by side: a section of RESULTS.md.

Run it with `make benchmarks`.
"""

import argparse
import itertools
import time
from typing import Any

import numpy as np
from report import machine, row, table, versions, write_section
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.neural_network import BernoulliRBM, MLPClassifier

from rnnkit.datasets import bars_and_stripes
from rnnkit.energy import (
    DBN,
    RBM,
    BoltzmannMachine,
    DBNClassifier,
    Hopfield,
    all_states,
    annealed_log_partition,
    capacity_curve,
    exact_log_partition,
    hubbard_stratonovich,
)

# Load: what is expected of the overlap, and the reference run's value.
LOADS = {0.10: ("", 0.998), 0.13: ("> 0.95", None), 0.138: ("", 0.986), 0.15: ("", 0.967), 0.17: ("< 0.7", 0.52)}
# Learning: settings and the reference run's mean log-likelihood.
LEARNING = {
    "CD-1": ({"learning": "cd"}, -3.20),
    "PCD": ({"learning": "pcd", "n_chains": 100}, -2.73),
    "CD-10": ({"learning": "cd", "n_steps": 10}, -2.73),
}
RATES = (0.05, 0.0005)  # of the first and the last update
KINDS = [("boolean", "boolean"), ("boolean", "continuous"), ("continuous", "boolean"), ("continuous", "continuous")]
PASSES = (2, 5, 10, 20)


def energy_steps(seed: int) -> dict[str, float]:
    """The largest change of the energy at a flip, over 40 recalls by a net of 300 units and 60 patterns."""
    rng = np.random.default_rng(seed)
    memory = Hopfield(random_state=seed).fit(rng.choice([-1.0, 1.0], size=(60, 300)))
    start = rng.choice([-1.0, 1.0], size=(40, 300))
    before, x_before, largest, flips = memory.energy(start), start.copy(), -np.inf, 0
    for _, x, _ in memory.flips(start):
        now, moved = memory.energy(x), (x != x_before).any(axis=1)
        if moved.any():
            largest, flips = max(largest, float((now - before)[moved].max())), flips + int(moved.sum())
        before, x_before = now, x.copy()
    return {"largest": largest, "flips": flips}


def bars_run(name: str, seed: int, updates: int) -> dict[str, float]:
    """Exact mean log-likelihood of the 14 pictures, and processor seconds."""
    x, start = bars_and_stripes(3), time.process_time()
    rbm = RBM(8, batch_size=14, n_iter=updates, learning_rate=RATES, random_state=seed, **LEARNING[name][0])
    return {"score": rbm.fit(x).score(x), "seconds": time.process_time() - start}


def marginal_error(kind: str, n: int, seed: int) -> float:
    """The largest difference in probability between a Boltzmann machine and the RBM made of it."""
    rng = np.random.default_rng([seed, n])
    J = np.triu(rng.normal(0.0, 0.7, (n, n)), 1)
    made = BoltzmannMachine.from_parameters(J + J.T, rng.normal(0.0, 0.7, n), kind=kind)
    x = all_states(n, (-1.0, 1.0) if kind == "spin" else (0.0, 1.0))
    return float(np.abs(np.exp(made.score_samples(x)) - np.exp(hubbard_stratonovich(made).score_samples(x))).max())


def annealing(visible: str, hidden: str, seed: int) -> dict[str, float]:
    """AIS less the exact ln Z, of 16 visible and 12 hidden units with random weights."""
    rng = np.random.default_rng(seed)
    scale = 0.08 if visible == hidden == "continuous" else 0.15 if "continuous" in (visible, hidden) else 0.8
    W, a, b = (rng.normal(0.0, scale, shape) for shape in ((12, 16), 16, 12))
    rbm = RBM.from_parameters(W, a, b, visible=visible, hidden=hidden)
    found = annealed_log_partition(rbm, random_state=seed)
    return {"error": found.log_partition - exact_log_partition(rbm), "standard": found.standard_error}


def peers(hidden: int, batch: int, rounds: int) -> list[dict[str, Any]]:
    """Seconds and held-out pseudo-likelihood of the two, in turn, round after round, on digits in black and white."""
    x = (load_digits().data > 7.5).astype(float)
    seen, test = train_test_split(x, test_size=0.25, random_state=0)
    found = []
    for turn, passes in itertools.product(range(rounds), PASSES):
        settings = {"learning_rate": 0.1, "batch_size": batch, "n_iter": passes, "random_state": turn}
        pair = {"ours": RBM(hidden, **settings), "theirs": BernoulliRBM(hidden, **settings)}
        one: dict[str, Any] = {"passes": passes}
        for name in sorted(pair, reverse=bool(turn % 2)):
            start = time.perf_counter()
            made = pair[name].fit(seen)
            one[f"{name} s"] = time.perf_counter() - start
            weights = (made.components_, made.intercept_visible_, made.intercept_hidden_)
            one[f"{name} pl"] = float(RBM.from_parameters(*weights).pseudo_likelihood(test).mean())
        found.append(one)
    return found


def stack(seed: int) -> dict[str, float]:
    """Exact likelihood of the first layer, and the exact bound with a second one, on bars and stripes."""
    x = bars_and_stripes(3)
    settings = {"learning": "cd", "n_iter": 3000, "batch_size": 14, "learning_rate": (0.2, 0.005)}
    dbn = DBN((6, 9), random_state=seed, **settings).fit(x)
    return {"first": dbn.rbms_[0].score(x), "second": float(dbn.bound(x, n_samples=None).mean())}


def labels(seed: int, few: int) -> dict[str, float]:
    """Held-out accuracy on digits from so many labels; the DBN also sees all 1,000 pictures without them."""
    digits = load_digits()
    x, test, y, y_test = train_test_split(
        digits.data / 16, digits.target, train_size=1000, random_state=seed, stratify=digits.target
    )
    dbn = DBN((200, 200), learning="cd", n_steps=3, n_iter=50, random_state=seed).fit(x)
    tuned = DBNClassifier(n_iter=60, random_state=seed).fit_from(dbn, x[:few], y[:few])
    plain = MLPClassifier((200, 200), "logistic", max_iter=500, random_state=seed).fit(x[:few], y[:few])
    pixels = LogisticRegression(max_iter=5000).fit(x[:few], y[:few])
    rivals = {"DBN": tuned, "MLPClassifier": plain, "LogisticRegression": pixels}
    return {name: float(rival.score(test, y_test)) for name, rival in rivals.items()}


def _meets(value: float, gate: str) -> bool:
    sign, limit = gate.split()
    return value > float(limit) if sign == ">" else value < float(limit)


def spread(values: Any, digits: int = 3) -> str:
    return f"{np.mean(values):.{digits}f} ({np.min(values):.{digits}f} to {np.max(values):.{digits}f})"


def capacity_text(get: Any, seeds: int) -> str:
    rows = []
    for load, (gate, reference) in LOADS.items():
        found = [
            get(f"hopfield-{load}-{s}", lambda a=load, s=s: float(capacity_curve(1000, [a], seed=s)[0, 0]))
            for s in range(seeds)
        ]
        met = "" if not gate else "yes" if _meets(np.mean(found), gate) else "NO"
        rows.append([f"{load:g}", spread(found), f"{reference or 'none'}", gate or "none", met])
    steps = [get(f"hopfield-steps-{s}", lambda s=s: energy_steps(s)) for s in range(seeds)]
    highest = max(s["largest"] for s in steps)
    note = (
        f"Hopfield, Hebb's rule, N = 1,000, {seeds} nets: overlap of the patterns with what they run into. The "
        f"energy at {sum(s['flips'] for s in steps):,} flips of units changed by at most {highest:+.2g} "
        "(expected: below 0)."
    )
    return note + "\n\n" + table(["load", "overlap, mean (range)", "reference", "expected", "met"], rows)


def likelihood_text(get: Any, seeds: int, updates: int) -> str:
    rows, means = [], {}
    for name, (_, reference) in LEARNING.items():
        runs = [
            get(f"bars-{name}-{RATES[0]}-{updates}-{s}", lambda n=name, s=s: bars_run(n, s, updates))
            for s in range(seeds)
        ]
        means[name] = np.mean([run["score"] for run in runs])
        seconds = np.mean([run["seconds"] for run in runs])
        rows.append([name, spread([run["score"] for run in runs]), f"{reference:.2f}", f"{seconds:.0f}"])
    lead = means["PCD"] - means["CD-1"]
    note = (
        f"RBM, bars and stripes 3 × 3, 8 hidden units, {updates:,} updates with all 14 pictures, rate falling from "
        f"{RATES[0]:g} to {RATES[1]:g}, PCD with 100 chains, {seeds} seeds: exact mean log-likelihood in nats; "
        "−ln 14 = −2.639 is the most there can be. "
        f"PCD less CD-1: {lead:+.3f} (expected > 0.2): {'met' if lead > 0.2 else 'NOT met'}."
    )
    return note + "\n\n" + table(["learning", "ln p, mean (range)", "reference", "s a run"], rows)


def exact_text(get: Any) -> str:
    errors = {
        f"{kind} {n}": get(f"marginal-{kind}-{n}", lambda k=kind, n=n: max(marginal_error(k, n, s) for s in range(5)))
        for kind in ("spin", "boolean")
        for n in (2, 5, 10, 14)
    }
    worst = max(errors.values())
    rows = []
    for visible, hidden in KINDS:
        runs = [
            get(f"ais-{visible}-{hidden}-{s}", lambda v=visible, h=hidden, s=s: annealing(v, h, s)) for s in range(5)
        ]
        middle = np.median([run["standard"] for run in runs])
        rows.append([f"{visible}, {hidden}", spread([run["error"] for run in runs]), f"{middle:.3f}"])
    note = (
        "Hubbard-Stratonovich: largest difference in the probability of a state between Boltzmann machines of 2, 5, 10 "
        f"and 14 units (spins and booleans, 5 each) and their RBMs: {worst:.1g} (expected < 1e-12): "
        f"{'met' if worst < 1e-12 else 'NOT met'}. Annealed importance sampling, 100 chains, 1,000 temperatures, 16 "
        "visible and 12 hidden units, 5 RBMs of each kind:"
    )
    return note + "\n\n" + table(["visible, hidden", "ln Z less the exact one", "its own error, median"], rows)


def peer_text(get: Any, rounds: int) -> str:
    rows = []
    for hidden, batch in ((100, 10), (256, 10), (100, 100), (256, 100)):
        found = get(f"peer-{hidden}-{batch}-{rounds}", lambda h=hidden, b=batch: peers(h, b, rounds))
        ratio = np.array([one["ours s"] / one["theirs s"] for one in found])
        curve = {}
        for name in ("ours", "theirs"):
            parts = [[one for one in found if one["passes"] == passes] for passes in PASSES]
            seconds = [np.median([one[f"{name} s"] for one in part]) for part in parts]
            curve[name] = (seconds, [np.mean([one[f"{name} pl"] for one in part]) for part in parts])
        budget = curve["theirs"][0][2]
        at = {name: np.interp(np.log(budget), np.log(seconds), pl) for name, (seconds, pl) in curve.items()}
        quartiles = np.percentile(ratio, [25, 50, 75])
        rows.append(
            [f"{hidden}, {batch}", f"{quartiles[1]:.2f} [{quartiles[0]:.2f}, {quartiles[2]:.2f}]", f"{budget:.2f}"]
            + [f"{at['theirs']:.2f}", f"{at['ours']:.2f}", "yes" if at["ours"] >= at["theirs"] else "NO"]
        )
    note = (
        f"scikit-learn's BernoulliRBM, in turn, {rounds} rounds of 2, 5, 10 and 20 passes over 1,347 digits in black "
        "and white, PCD, rate 0.1, float64; exact pseudo-likelihood in nats a picture of 450 held-out ones. At equal "
        "seconds: those of BernoulliRBM's 10 passes, ours between its passes by interpolation. "
        "Expected: the same or better."
    )
    head = ["hidden, batch", "seconds, ours / theirs", "seconds", "theirs", "ours", "same or better"]
    return note + "\n\n" + table(head, rows)


def stack_text(get: Any, seeds: int) -> str:
    bounds = [get(f"stack-{s}", lambda s=s: stack(s)) for s in range(seeds)]
    first, second = (spread([bound[key] for bound in bounds]) for key in ("first", "second"))
    rows = []
    for few in (100, 1000):
        runs = [get(f"labels-{few}-{s}", lambda s=s, few=few: labels(s, few)) for s in range(min(seeds, 3))]
        rows.append([str(few), *(spread([run[name] for run in runs]) for name in runs[0])])
    note = (
        f"DBN 9-6-9 on bars and stripes, {seeds} seeds: exact likelihood of the first layer {first}, exact bound with "
        f"the second {second} (expected: higher). Digits 8 × 8, DBN 64-200-200 learnt on 1,000 pictures without labels "
        "and fine-tuned with some, beside a net of the same size from random weights: share of 797 held-out ones "
        "told right."
    )
    head = ["labels", "DBN, fine-tuned", "MLPClassifier", "LogisticRegression"]
    return note + "\n\n" + table(head, rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--again", action="store_true", help="measure rows anew that were measured before")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--updates", type=int, default=20_000)
    options = parser.parse_args()
    made_by = f"{machine()}. {versions('numpy', 'scipy', 'scikit-learn')}"

    def get(name: str, measure: Any) -> Any:
        return row(f"energy-{name}", measure, made_by=made_by, again=options.again)

    text = [
        "## Energy models",
        f"`make benchmarks` · {made_by}",
        peer_text(get, options.seeds),
        capacity_text(get, options.seeds),
        likelihood_text(get, options.seeds, options.updates),
        exact_text(get),
        stack_text(get, options.seeds),
    ]
    write_section("energy", "\n\n".join(text))


if __name__ == "__main__":
    main()
