"""Training steps of rnnkit's layers beside Keras's, torch's and tf_keras's: a section of RESULTS.md.

Run it with `make benchmarks`. With KERAS_BACKEND=jax or torch, which use a graphics card where there is one, it writes
sections of its own. Rows that were measured are kept, so that it can be interrupted; --again measures all anew.
"""

import argparse
import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
with contextlib.suppress(ImportError):
    import triton  # noqa: F401  PyTorch loads it late where it is there, and after TensorFlow that crashes the process

import keras  # noqa: E402
from race import Times, milliseconds, race, ratio  # noqa: E402
from report import OTHERS, cores, machine, row, table, versions, write_section  # noqa: E402
from steps import (  # noqa: E402
    Step,
    data,
    keras_call,
    keras_fit,
    keras_step,
    matrix_rate,
    tf_keras_call,
    tf_keras_step,
    torch_call,
    torch_step,
)

import rnnkit  # noqa: E402

SHAPES = [(32, 100, 64, 128), (128, 50, 128, 256), (64, 25, 100, 100), (64, 1000, 2, 64)]
ONE_TOKEN = (1, 1, 100, 100)
DRY = (4, 5, 3, 12)
TARGETS = {
    **{
        name: 0.75
        for name in ("PeepholeLSTM", "GRU", "CFN", "Elman, 10 outputs", "Jordan, 10 outputs", "DeepRNN of two")
    },
    **{name: 0.90 for name in ("CTRNN", "NARX, 10 outputs", "OutputFeedback, 10 outputs", "MemoryBlocks")},
}
UNROLLED = 25  # steps up to which torch.compile is tried, which takes the loop over time apart
FEW = 10  # outputs of Elman's and Jordan's nets, beside as many as hidden units
BACKEND = keras.backend.backend()
Contenders = dict[str, Callable[[], Step]]


def lstms(how: "How", b: int, t: int, n: int, u: int) -> Contenders:
    """Contenders, each made when its turn comes."""
    x, y = data(b, t, n, u)
    ours = {
        "PeepholeLSTM": lambda: how.keras(rnnkit.PeepholeLSTM(u, return_sequences=True), x, y),
        "MemoryBlocks": lambda: how.keras(rnnkit.MemoryBlocks(u, return_sequences=True), x, y),
        "keras LSTM": lambda: how.keras(keras.layers.LSTM(u, return_sequences=True), x, y),
    }
    if BACKEND == "tensorflow":
        ours["PeepholeLSTM, fused=False"] = lambda: how.keras(
            rnnkit.PeepholeLSTM(u, return_sequences=True, fused=False), x, y
        )
        ours["keras LSTM, jit"] = lambda: how.keras(keras.layers.LSTM(u, return_sequences=True), x, y, jit=True)
        ours["tf_keras peephole cell"] = lambda: how.tf_keras(_legacy(u), x, y)
    if BACKEND == "torch" and t <= UNROLLED and how.keras is keras_step:
        ours["PeepholeLSTM, torch.compile"] = lambda: how.keras(
            rnnkit.PeepholeLSTM(u, return_sequences=True), x, y, jit=True
        )
    if BACKEND != "jax":
        ours["torch.nn.LSTM"] = lambda: how.torch(_torch().LSTM(n, u, batch_first=True), x, y)
    return ours


def stacks(how: "How", b: int, t: int, n: int, u: int) -> Contenders:
    x, y = data(b, t, n, u)

    def ours() -> Step:
        cells = [rnnkit.PeepholeLSTMCell(u), rnnkit.PeepholeLSTMCell(u)]
        return how.keras(rnnkit.DeepRNN(cells, return_sequences=True), x, y)

    def theirs() -> Step:
        return how.keras(keras.Sequential([keras.layers.LSTM(u, return_sequences=True) for _ in range(2)]), x, y)

    both = {"DeepRNN of two": ours, "two keras LSTMs": theirs}
    if BACKEND != "jax":
        both["torch.nn.LSTM, two layers"] = lambda: how.torch(_torch().LSTM(n, u, 2, batch_first=True), x, y)
    return both


def grus(how: "How", b: int, t: int, n: int, u: int) -> Contenders:
    x, y = data(b, t, n, u)
    own = {
        "GRU": lambda: how.keras(rnnkit.GRU(u, return_sequences=True), x, y),
        "CFN": lambda: how.keras(rnnkit.CFN(u, return_sequences=True), x, y),
        "keras GRU": lambda: how.keras(keras.layers.GRU(u, return_sequences=True), x, y),
    }
    if BACKEND == "tensorflow":
        own["GRU, fused=False"] = lambda: how.keras(rnnkit.GRU(u, return_sequences=True, fused=False), x, y)
        own["keras GRU, jit"] = lambda: how.keras(keras.layers.GRU(u, return_sequences=True), x, y, jit=True)
    if BACKEND != "jax":
        own["torch.nn.GRU"] = lambda: how.torch(_torch().GRU(n, u, batch_first=True), x, y)
    return own


def simple(how: "How", b: int, t: int, n: int, u: int) -> Contenders:
    x, y = data(b, t, n, u)
    few = y[:, :, :FEW]
    own = {
        f"Elman, {FEW} outputs": lambda: how.keras(rnnkit.Elman(u, FEW, return_sequences=True), x, few),
        "Elman": lambda: how.keras(rnnkit.Elman(u, u, return_sequences=True), x, y),
        f"Jordan, {FEW} outputs": lambda: how.keras(rnnkit.Jordan(u, FEW, return_sequences=True), x, few),
        "Jordan": lambda: how.keras(rnnkit.Jordan(u, u, return_sequences=True), x, y),
        "CTRNN": lambda: how.keras(rnnkit.CTRNN(u, dt=0.5, return_sequences=True), x, y),
        f"NARX, {FEW} outputs": lambda: how.keras(rnnkit.NARX(u, FEW, return_sequences=True), x, few),
        f"OutputFeedback, {FEW} outputs": lambda: how.keras(
            rnnkit.OutputFeedback(u, FEW, return_sequences=True), x, few
        ),
        "SimpleRNN": lambda: how.keras(keras.layers.SimpleRNN(u, return_sequences=True), x, y),
    }
    if BACKEND == "tensorflow":
        own["SimpleRNN, jit"] = lambda: how.keras(keras.layers.SimpleRNN(u, return_sequences=True), x, y, jit=True)
    if BACKEND != "jax":
        own["torch.nn.RNN"] = lambda: how.torch(_torch().RNN(n, u, batch_first=True), x, y)
    return own


def fits(how: "How", b: int, t: int, n: int, u: int) -> Contenders:
    x, y = data(b, t, n, u)
    layers = {"PeepholeLSTM": rnnkit.PeepholeLSTM, "GRU": rnnkit.GRU, "keras LSTM": keras.layers.LSTM}
    return {
        name: lambda layer=layer: keras_fit(lambda: layer(u, return_sequences=True), x, y)
        for name, layer in layers.items()
    }


@dataclass(frozen=True)
class How:
    """What is timed, in each framework."""

    title: str
    keras: Callable[..., Step]
    tf_keras: Callable[..., Step]
    torch: Callable[..., Step]
    shapes: list[tuple[int, int, int, int]]
    families: tuple[tuple[str, Callable[..., Contenders], int, str], ...]


FAMILIES = (
    ("LSTM", lstms, 4, "keras LSTM"),
    ("GRU", grus, 3, "keras GRU"),
    ("Simple", simple, 1, "SimpleRNN"),
    ("Stack", stacks, 0, "two keras LSTMs"),
)
HOW = {
    "training": How("Training step", keras_step, tf_keras_step, torch_step, SHAPES, FAMILIES),
    "inference": How("Inference", keras_call, tf_keras_call, torch_call, [*SHAPES, ONE_TOKEN], FAMILIES),
    "fit": How(
        "A fit of 20 steps", keras_step, tf_keras_step, torch_step, SHAPES[2:3], (("fit", fits, 0, "keras LSTM"),)
    ),
}


def _legacy(units: int) -> Any:
    import tf_keras
    from tf_keras.src.layers.rnn.legacy_cells import LSTMCell

    return tf_keras.layers.RNN(LSTMCell(units, use_peepholes=True), return_sequences=True)


def _torch() -> Any:
    import torch

    torch.set_num_threads(cores())
    return torch.nn


def products(gates: int, b: int, t: int, n: int, u: int) -> float:
    """Multiplications and additions of a step's matrix products: input and recurrent, forward and twice backward.

    The gradient with respect to the input is nobody's here, so it does not count.
    """
    return 2.0 * b * t * gates * u * (2 * n + 3 * u)


def measure(contenders: Contenders, rounds: int, products: bool) -> Times:
    made = {}
    for name, make in contenders.items():
        print(f"  {name}")
        made[name] = make()
    if products:
        made["products"], amount = matrix_rate()
        times = race(made, rounds)
        times["products"] = [seconds / amount for seconds in times["products"]]
        return times
    return race(made, rounds)


def lines(times: Times, gates: int, shape: tuple[int, ...], prefix: str, limit: float | None) -> list[list[str]]:
    keras_names = [name for name in times if name.startswith(prefix)]
    base = min(keras_names, key=lambda name: milliseconds(times, name))
    result = []
    for name in times:
        if name == "products":
            floor = 1e3 * min(times["products"]) * products(gates, *shape)
            result.append(
                [str(shape), "the products alone", f"{floor:.1f}", f"{floor / milliseconds(times, base):.2f}"]
            )
            continue
        middle, low, high = ratio(times, name, base)
        target = (limit or TARGETS[name]) if name in TARGETS else None
        goal = f" (target {target:.2f})" if target and BACKEND == "tensorflow" else ""
        result.append(
            [str(shape), name, f"{milliseconds(times, name):.1f}", f"{middle:.2f} [{low:.2f}, {high:.2f}]{goal}"]
        )
    return result


def limit(what: str, shape: tuple[int, ...]) -> float | None:
    """The target of all layers where it is not each layer's own."""
    return 1.1 if what == "fit" else 1.0 if shape == ONE_TOKEN else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--again", action="store_true", help="measure rows anew that were measured before")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--shapes", type=int, nargs="*", default=list(range(len(SHAPES) + 1)), help="0 to 4")
    parser.add_argument("--what", nargs="*", default=list(HOW), choices=list(HOW))
    parser.add_argument(
        "--dry", action="store_true", help="one small shape, two rounds, whatever else runs; print only"
    )
    options = parser.parse_args()
    with_peers = versions("keras", "tensorflow", "tf_keras", "torch", "jax", "numpy")
    made_by = f"{machine()}. {with_peers}"
    for what in options.what:
        how = HOW[what]
        text = [f"## {how.title}, {BACKEND}", f"`make benchmarks` · {machine()} · {with_peers}", NOTE]
        for title, family, gates, prefix in how.families:
            rows = []
            for shape in [DRY] if options.dry else [s for k, s in enumerate(how.shapes) if k in options.shapes]:
                floor = bool(what == "training" and gates and BACKEND == "tensorflow")
                rounds = 2 if options.dry else options.rounds

                def timed(
                    f: Any = family, s: Any = shape, floor: bool = floor, rounds: int = rounds, h: How = how
                ) -> Times:
                    return measure(f(h, *s), rounds, floor)

                name = f"speed-{BACKEND}-{what}-{title.lower()}-{'x'.join(map(str, shape))}"
                times = timed() if options.dry else row(name, timed, made_by=made_by, again=options.again)
                rows += lines(times, gates, shape, prefix, limit(what, shape))
            text.append(table(["(B, T, N, U)", title, "ms", f"× the better {prefix}"], rows))
        section = f"speed-{BACKEND}" if what == "training" else f"speed-{BACKEND}-{what}"
        print("\n\n".join(text)) if options.dry else write_section(section, "\n\n".join(text))


NOTE = (
    "A training step is forward pass, mean squared error over all outputs, backward pass and SGD update; inference the "
    "forward pass in a graph; a fit that of a new model by Adam, with tracing; in float32, batch B, T steps, N inputs, "
    "U units. The contenders of a row run in turn, round after round, in one process: medians, and quartiles "
    f"over the rounds of the ratio within a round. Elman's and Jordan's nets have U outputs, or {FEW}: the output "
    "layer is work that SimpleRNN and torch.nn.RNN do not do. The products alone: what the matrix products of a layer "
    "without peepholes or output layer take at the best rate of a large product in the same run. No row was kept "
    f"during which other programs kept more than {OTHERS} cores busy."
)

if __name__ == "__main__":
    main()
