"""Training steps of rnnkit's layers beside Keras's, torch's and tf_keras's: a section of RESULTS.md.

Run it with `make benchmarks`. With KERAS_BACKEND=jax or torch, which use a graphics card where there is one, it writes
a section of absolute times. Rows that were measured are kept, so that it can be interrupted; --again measures all anew.
"""

import argparse
import contextlib
import os
from collections.abc import Callable
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
with contextlib.suppress(ImportError):
    import triton  # noqa: F401  PyTorch loads it late where it is there, and after TensorFlow that crashes the process

import keras  # noqa: E402
from race import Times, milliseconds, race, ratio  # noqa: E402
from report import OTHERS, cores, machine, row, table, versions, write_section  # noqa: E402
from steps import Step, data, keras_step, matrix_rate, tf_keras_step, torch_step  # noqa: E402

import rnnkit  # noqa: E402

SHAPES = [(32, 100, 64, 128), (128, 50, 128, 256), (64, 25, 100, 100), (64, 1000, 2, 64)]
TARGETS = {
    **{name: (0.75,) * 4 for name in ("PeepholeLSTM", "GRU", "CFN", "Elman, 10 outputs", "Jordan, 10 outputs")},
    **{name: (0.90,) * 4 for name in ("CTRNN", "NARX, 10 outputs", "OutputFeedback, 10 outputs", "MemoryBlocks")},
}
FEW = 10  # outputs of Elman's and Jordan's nets, beside as many as hidden units
BACKEND = keras.backend.backend()


def lstms(b: int, t: int, n: int, u: int) -> dict[str, Callable[[], Step]]:
    """Contenders, each made when its turn comes."""
    x, y = data(b, t, n, u)
    ours: dict[str, Callable[[], Step]] = {
        "PeepholeLSTM": lambda: keras_step(rnnkit.PeepholeLSTM(u, return_sequences=True), x, y),
        "MemoryBlocks": lambda: keras_step(rnnkit.MemoryBlocks(u, return_sequences=True), x, y),
        "keras LSTM": lambda: keras_step(keras.layers.LSTM(u, return_sequences=True), x, y),
    }
    if BACKEND == "tensorflow":
        ours["PeepholeLSTM, fused=False"] = lambda: keras_step(
            rnnkit.PeepholeLSTM(u, return_sequences=True, fused=False), x, y
        )
        ours["keras LSTM, jit"] = lambda: keras_step(keras.layers.LSTM(u, return_sequences=True), x, y, jit=True)
        ours["tf_keras peephole cell"] = lambda: tf_keras_step(_legacy(u), x, y)
    if BACKEND != "jax":
        ours["torch.nn.LSTM"] = lambda: torch_step(_torch().LSTM(n, u, batch_first=True), x, y)
    return ours


def grus(b: int, t: int, n: int, u: int) -> dict[str, Callable[[], Step]]:
    x, y = data(b, t, n, u)
    own: dict[str, Callable[[], Step]] = {
        "GRU": lambda: keras_step(rnnkit.GRU(u, return_sequences=True), x, y),
        "CFN": lambda: keras_step(rnnkit.CFN(u, return_sequences=True), x, y),
        "keras GRU": lambda: keras_step(keras.layers.GRU(u, return_sequences=True), x, y),
    }
    if BACKEND == "tensorflow":
        own["GRU, fused=False"] = lambda: keras_step(rnnkit.GRU(u, return_sequences=True, fused=False), x, y)
        own["keras GRU, jit"] = lambda: keras_step(keras.layers.GRU(u, return_sequences=True), x, y, jit=True)
    if BACKEND != "jax":
        own["torch.nn.GRU"] = lambda: torch_step(_torch().GRU(n, u, batch_first=True), x, y)
    return own


def simple(b: int, t: int, n: int, u: int) -> dict[str, Callable[[], Step]]:
    x, y = data(b, t, n, u)
    few = y[:, :, :FEW]
    own: dict[str, Callable[[], Step]] = {
        f"Elman, {FEW} outputs": lambda: keras_step(rnnkit.Elman(u, FEW, return_sequences=True), x, few),
        "Elman": lambda: keras_step(rnnkit.Elman(u, u, return_sequences=True), x, y),
        f"Jordan, {FEW} outputs": lambda: keras_step(rnnkit.Jordan(u, FEW, return_sequences=True), x, few),
        "Jordan": lambda: keras_step(rnnkit.Jordan(u, u, return_sequences=True), x, y),
        "CTRNN": lambda: keras_step(rnnkit.CTRNN(u, dt=0.5, return_sequences=True), x, y),
        f"NARX, {FEW} outputs": lambda: keras_step(rnnkit.NARX(u, FEW, return_sequences=True), x, few),
        f"OutputFeedback, {FEW} outputs": lambda: keras_step(
            rnnkit.OutputFeedback(u, FEW, return_sequences=True), x, few
        ),
        "SimpleRNN": lambda: keras_step(keras.layers.SimpleRNN(u, return_sequences=True), x, y),
    }
    if BACKEND == "tensorflow":
        own["SimpleRNN, jit"] = lambda: keras_step(keras.layers.SimpleRNN(u, return_sequences=True), x, y, jit=True)
    if BACKEND != "jax":
        own["torch.nn.RNN"] = lambda: torch_step(_torch().RNN(n, u, batch_first=True), x, y)
    return own


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


def measure(contenders: dict[str, Callable[[], Step]], rounds: int) -> Times:
    made = {}
    for name, make in contenders.items():
        print(f"  {name}")
        made[name] = make()
    if BACKEND == "tensorflow":
        made["products"], amount = matrix_rate()
        times = race(made, rounds)
        times["products"] = [seconds / amount for seconds in times["products"]]
        return times
    return race(made, rounds)


def lines(times: Times, gates: int, shape: tuple[int, ...], prefix: str, index: int) -> list[list[str]]:
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
        target = TARGETS.get(name)
        goal = f" (target {target[index]:.2f})" if target and BACKEND == "tensorflow" else ""
        result.append(
            [str(shape), name, f"{milliseconds(times, name):.1f}", f"{middle:.2f} [{low:.2f}, {high:.2f}]{goal}"]
        )
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--again", action="store_true", help="measure rows anew that were measured before")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--shapes", type=int, nargs="*", default=list(range(len(SHAPES))), help="0 to 3")
    arguments = parser.parse_args()
    with_peers = versions("keras", "tensorflow", "tf_keras", "torch", "jax", "numpy")
    made_by = f"{machine()}. {with_peers}"
    text = [f"## Training step, {BACKEND}", f"`make benchmarks` · {machine()} · {with_peers}", NOTE]
    families = (
        ("LSTM", lstms, 4, "keras LSTM"),
        ("GRU", grus, 3, "keras GRU"),
        ("Simple", simple, 1, "SimpleRNN"),
    )
    for title, family, gates, prefix in families:
        rows = []
        for index in arguments.shapes:
            shape = SHAPES[index]
            name = f"speed-{BACKEND}-{title.lower()}-{'x'.join(map(str, shape))}"
            times = row(
                name, lambda f=family, s=shape: measure(f(*s), arguments.rounds), made_by=made_by, again=arguments.again
            )
            rows += lines(times, gates, shape, prefix, index)
        text.append(table(["(B, T, N, U)", title, "ms", f"× the better {prefix}"], rows))
    write_section(f"speed-{BACKEND}", "\n\n".join(text))


NOTE = (
    "Forward pass, mean squared error over all outputs, backward pass and SGD update, in float32; batch B, T steps, N "
    "inputs, U units. The contenders of a row run in turn, round after round, in one process: medians, and quartiles "
    f"over the rounds of the ratio within a round. Elman's and Jordan's nets have U outputs, or {FEW}: the output "
    "layer is work that SimpleRNN and torch.nn.RNN do not do. The products alone: what the matrix products of a layer "
    "without peepholes or output layer take at the best rate of a large product in the same run. No row was kept "
    f"during which other programs kept more than {OTHERS} cores busy."
)

if __name__ == "__main__":
    main()
