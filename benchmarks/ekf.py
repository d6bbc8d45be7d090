"""EKF against plain gradient descent by RTRL on temporal XOR: Elman's 1-2-1 net, 3,000 bits, error at every third bit.

Run with `python benchmarks/ekf.py`. Every figure is printed beside the expected one.
"""

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import rnnkit
from rnnkit.datasets.xor import temporal_xor
from rnnkit.experiments.xor import fresh_errors, rmse_by_position
from rnnkit.training import EKFTrainer, RTRLTrainer

# Name: trainer of a layer; passes; what the mean XOR error should be. The reference run's descent has rate 0.1 on half
# the squared error, which is 0.05 here; the higher rates show how much of its defeat is the rate's.
RULES: dict[str, tuple[Callable[[Any], Any], int, str]] = {
    "EKF, global": (lambda layer: EKFTrainer(layer, p0=100.0, r=(10.0, 0.25), q=1e-4), 10, "< 0.42 (reference 0.37)"),
    "EKF, decoupled": (lambda layer: EKFTrainer(layer, True, p0=100.0, r=(10.0, 0.25), q=1e-4), 10, "none known"),
    "descent, rate 0.05": (lambda layer: RTRLTrainer(layer, "mse", 0.05, "online"), 30, "> EKF (reference 0.48)"),
    "descent, rate 0.1": (lambda layer: RTRLTrainer(layer, "mse", 0.1, "online"), 30, "none known"),
    "descent, rate 0.5": (lambda layer: RTRLTrainer(layer, "mse", 0.5, "online"), 30, "none known"),
}


def net(seed: int) -> tuple[Any, np.ndarray, np.ndarray]:
    """The net with weights uniform in [-1, 1], its stream, and the next bits."""
    layer = rnnkit.Elman(2, 1, return_sequences=True)
    layer.build((None, None, 1))
    rng = np.random.default_rng(seed)
    layer.set_weights([rng.uniform(-1.0, 1.0, weight.shape) for weight in layer.get_weights()])
    stream = temporal_xor(1000, seed)
    return layer, stream[None, :-1, None], stream[None, 1:, None]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--rule", choices=RULES, action="append", help="only these; default all")
    options = parser.parse_args()
    seeds = range(options.seeds)
    print(f"| rule | passes | XOR error by seed | mean | expected | other bits | s a pass |\n|{'---|' * 7}")
    means = {}
    for name, (make, passes, expected) in RULES.items():
        if options.rule and name not in options.rule:
            continue
        errors, start = [], time.process_time()
        for seed in seeds:
            layer, x, y = net(seed)
            make(layer).fit(x, y, epochs=passes)
            errors.append(rmse_by_position(fresh_errors(layer)))
        seconds = (time.process_time() - start) / passes / len(seeds)
        others, means[name] = np.mean(errors, axis=0)[:2], float(np.mean(errors, axis=0)[2])
        each = " ".join(f"{error[2]:.2f}" for error in errors)
        other = " ".join(f"{value:.2f}" for value in others)
        print(f"| {name} | {passes} | {each} | {means[name]:.3f} | {expected} | {other} | {seconds:.2f} |", flush=True)
    if not {"EKF, global", "descent, rate 0.05"} <= set(means):
        return
    ekf, descent = means["EKF, global"], means["descent, rate 0.05"]
    print(f"\nEKF after 10 passes {ekf:.3f}: below 0.42 {ekf < 0.42}, below the reference's descent {ekf < descent}")
    for name, mean in means.items():
        if name.startswith("descent"):
            print(f"{name} after 30 passes: {mean - ekf:+.3f} to EKF")


if __name__ == "__main__":
    main()
