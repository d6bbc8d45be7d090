"""EKF against plain gradient descent by RTRL on temporal XOR: a section of RESULTS.md.

Run it with `make benchmarks`. Elman's 1-2-1 net, 3,000 bits, error at every third bit.
"""

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from report import machine, row, table, versions, write_section

import rnnkit
from rnnkit.course.experiments.xor import fresh_errors, rmse_by_position
from rnnkit.datasets.xor import temporal_xor
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


def one(name: str, seed: int) -> dict[str, Any]:
    """RMSE on fresh bits at each position of a triple, and processor seconds a pass."""
    make, passes, _ = RULES[name]
    layer, x, y = net(seed)
    start = time.process_time()
    make(layer).fit(x, y, epochs=passes)
    seconds = (time.process_time() - start) / passes
    return {"rmse": rmse_by_position(fresh_errors(layer)).tolist(), "seconds": seconds}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--again", action="store_true", help="measure rows anew that were measured before")
    parser.add_argument("--seeds", type=int, default=6)
    options = parser.parse_args()
    made_by = f"{machine()}. {versions('keras', 'tensorflow', 'numpy')}"
    rows, means = [], {}
    for name, (_, passes, expected) in RULES.items():
        found = [
            row(
                f"ekf-{name}-{seed}".replace(" ", "-"),
                lambda n=name, s=seed: one(n, s),
                made_by=made_by,
                again=options.again,
            )
            for seed in range(options.seeds)
        ]
        errors = np.array([each["rmse"] for each in found])
        means[name] = float(errors[:, 2].mean())
        by_seed = " ".join(f"{error:.2f}" for error in errors[:, 2])
        others = " ".join(f"{error:.2f}" for error in errors[:, :2].mean(axis=0))
        seconds = np.mean([each["seconds"] for each in found])
        rows.append([name, str(passes), by_seed, f"{means[name]:.3f}", expected, others, f"{seconds:.2f}"])
    ekf = means["EKF, global"]
    leads = ", ".join(f"{mean - ekf:+.3f} ({name})" for name, mean in means.items() if name.startswith("descent"))
    verdict = f"EKF's mean is below 0.42: {'yes' if ekf < 0.42 else 'NO'}. Descent's means, less EKF's: {leads}."
    head = ["rule", "passes", "XOR bit's RMSE by seed", "mean", "expected", "other bits", "s a pass"]
    text = ["## Extended Kalman filter", f"`make benchmarks` · {made_by}", NOTE, table(head, rows), verdict]
    write_section("ekf", "\n\n".join(text))


NOTE = (
    "Temporal XOR, 3,000 bits a pass, Elman's 1-2-1 net with weights uniform in [-1, 1]; root mean square error on "
    "fresh bits, a guess has 0.50. Descent is RTRL's online update on the squared error; the reference's rate 0.1, on "
    "half of it, is 0.05 here. Seconds are of the processor."
)

if __name__ == "__main__":
    main()
