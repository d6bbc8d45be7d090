"""What looking at the gradients costs: state_gradients and Ω beside an ordinary step. A section of RESULTS.md.

Run it with `make benchmarks`.
"""

import argparse
import os
from collections.abc import Callable
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from race import Times, milliseconds, race, ratio  # noqa: E402
from report import machine, row, table, versions, write_section  # noqa: E402

import rnnkit  # noqa: E402
from rnnkit.dynamics import state_gradients  # noqa: E402

BATCH, STEPS, INPUTS, UNITS = 20, 50, 3, 50
CELLS: dict[str, Callable[[], Any]] = {
    "Elman": lambda: rnnkit.Elman(UNITS, 1, return_sequences=True, fused=False),
    "PeepholeLSTM": lambda: rnnkit.PeepholeLSTM(UNITS, return_sequences=True, fused=False),
    "keras GRU": lambda: keras.layers.GRU(UNITS, return_sequences=True, use_cudnn=False),
}


def data(outputs: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(BATCH, STEPS, INPUTS)).astype("float32")
    return x, rng.normal(size=(BATCH, STEPS, outputs)).astype("float32")


def gradients(layer: Any) -> dict[str, Callable[[], None]]:
    """An ordinary gradient, by the layer's weights, and the one by its states, both as graphs."""
    output_size = layer.compute_output_shape((BATCH, STEPS, INPUTS))[-1]
    x, y = map(tf.constant, data(output_size))
    layer(x)

    def loss(outputs: Any) -> Any:
        return tf.reduce_mean(tf.square(outputs - y))

    @tf.function
    def ordinary() -> Any:
        with tf.GradientTape() as tape:
            value = loss(layer(x, training=True))
        return tape.gradient(value, [w.value for w in layer.trainable_weights])

    @tf.function
    def by_states() -> Any:
        return state_gradients(layer, x, loss)[1]

    return {"ordinary": lambda: ordinary()[0].numpy(), "state_gradients": lambda: by_states()[0].numpy()}


def steps(make: Callable[[], Any], jit: bool) -> dict[str, Callable[[], None]]:
    """A training step without Ω and with each of its gradients, in `train_on_batch`."""
    made = {}
    for kind in ("", "full", "immediate"):
        model = keras.Sequential([keras.Input((STEPS, INPUTS)), make()])
        model.compile(keras.optimizers.SGD(0.01), "mse", jit_compile=jit)
        if kind:
            rnnkit.GradientNormRegularizer(1.0, gradient=kind).attach(model)
        x, y = data(model.output_shape[-1])
        x, y = tf.constant(x), tf.constant(y)
        made[f"Ω, {kind}" if kind else "ordinary"] = lambda model=model, x=x, y=y: model.train_on_batch(x, y)
    return made


def lines(cell: str, how: str, times: Times, targets: dict[str, float]) -> list[list[str]]:
    result = []
    for name in times:
        middle, low, high = ratio(times, name, "ordinary")
        goal = f" (target {targets[name]:g})" if name in targets else ""
        texts = [f"{milliseconds(times, name):.1f}", f"{middle:.2f} [{low:.2f}, {high:.2f}]{goal}"]
        result.append([cell, how, name, *texts])
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--again", action="store_true", help="measure rows anew that were measured before")
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    with_peers = versions("keras", "tensorflow", "numpy")
    made_by = f"{machine()}. {with_peers}"
    rows = []
    for cell, make in CELLS.items():
        whats: dict[str, tuple[Callable[[], dict[str, Callable[[], None]]], dict[str, float]]] = {
            "gradient": (lambda make=make: gradients(make()), {"state_gradients": 1.5}),
            "training step": (lambda make=make: steps(make, False), {"Ω, full": 2.5, "Ω, immediate": 3.0}),
            "training step, XLA": (lambda make=make: steps(make, True), {"Ω, full": 2.5, "Ω, immediate": 3.0}),
        }
        for how, (contenders, targets) in whats.items():
            name = f"gradients-{cell}-{how}".replace(" ", "-").replace(",", "")
            times = row(name, lambda c=contenders: race(c(), options.rounds), made_by=made_by, again=options.again)
            rows += lines(cell, how, times, targets)
    head = ["cell", "what", "", "ms", "× ordinary"]
    text = ["## Gradients by states, tensorflow", f"`make benchmarks` · {machine()} · {with_peers}", NOTE]
    write_section("gradients", "\n\n".join([*text, table(head, rows)]))


NOTE = (
    f"Batch {BATCH}, {STEPS} steps, {INPUTS} inputs, {UNITS} units, in float32, in turn, round after round: medians, "
    "and quartiles over the rounds of the ratio within a round. The ordinary gradient is the one by the weights, "
    "through the same readable implementation (`fused=False`)."
)

if __name__ == "__main__":
    main()
