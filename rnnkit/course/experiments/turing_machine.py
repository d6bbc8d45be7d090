"""Unit 14: sequences of random bits to be copied, and the machines that are trained to do so."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from rnnkit._checks import positive_integer
from rnnkit.applications import NTM
from rnnkit.course.teaching.profiles import profile

BITS, LONGEST, BATCH = 8, 10, 16
UNITS, ROWS, ROW_SIZE = 64, 64, 16
SOLVED = 0.005  # bits of loss a bit, the mean of LATELY updates
LATELY = 50
# A head that reads and one that writes, with both ways to find a row and with one of them taken away.
MACHINES: dict[str, dict[str, Any]] = {
    "content and shift": {},
    "shift alone": {"content": False},
    "content alone": {"shifts": 0},
}


@dataclass(frozen=True)
class Copies:
    """Sequences of bits, each followed by a delimiter and by as many steps in which it is to be repeated.

    Attributes:
        inputs: shape (sequences, 2 * longest + 1, bits + 1): bits, and in the last column the delimiter.
        targets: shape (sequences, 2 * longest + 1, bits); 0 where nothing is asked.
        asked: shape (sequences, 2 * longest + 1), 1 in the steps that count.
    """

    inputs: np.ndarray
    targets: np.ndarray
    asked: np.ndarray


def copy_task(sequences: int, shortest: int, longest: int, bits: int = BITS, seed: Any = 0) -> Copies:
    """Random bits of random lengths, uniform from the shortest to the longest.

    Short ones are padded at their end with steps that do not count, so that all batches have one shape.

    Raises:
        ValueError: a longest that is shorter than the shortest.
    """
    if longest < positive_integer("shortest", shortest):
        raise ValueError(f"longest: expected at least {shortest}, the shortest, received {longest}.")
    rng = np.random.default_rng(seed)
    lengths = rng.integers(shortest, longest + 1, sequences)
    inputs = np.zeros((sequences, 2 * longest + 1, bits + 1), np.float32)
    targets, asked = np.zeros(inputs[..., :-1].shape, np.float32), np.zeros(inputs.shape[:2], np.float32)
    for i, length in enumerate(lengths):
        drawn = rng.integers(0, 2, (length, bits))
        inputs[i, :length, :-1], inputs[i, length, -1] = drawn, 1
        targets[i, length + 1 : 2 * length + 1], asked[i, length + 1 : 2 * length + 1] = drawn, 1
    return Copies(inputs, targets, asked)


def machine(kind: str, updates: int, seed: int) -> keras.Model:
    """A model that is to copy, compiled: one of MACHINES, or "LSTM" of 128 units.

    Args:
        kind: its name.
        updates: that are to follow, over which the rate falls to nothing.
        seed: of the weights.

    Raises:
        ValueError: an unknown kind.
    """
    if kind not in (*MACHINES, "LSTM"):
        raise ValueError(f"kind: expected one of {', '.join(MACHINES)}, LSTM, received {kind!r}.")
    keras.utils.set_random_seed(seed)
    inputs = keras.Input((None, BITS + 1))
    if kind == "LSTM":
        states = keras.layers.LSTM(128, return_sequences=True)(inputs)
        outputs = keras.layers.Dense(BITS, activation="sigmoid")(states)
    else:
        controller = keras.layers.SimpleRNNCell(UNITS)
        layer = NTM(
            controller,
            BITS,
            ROWS,
            ROW_SIZE,
            return_sequences=True,
            return_weightings=True,
            name="ntm",
            **MACHINES[kind],
        )
        outputs, _ = layer(inputs)
    model = keras.Model(inputs, outputs)
    rate = keras.optimizers.schedules.CosineDecay(3e-3, positive_integer("updates", updates))
    optimizer = keras.optimizers.Adam(rate, global_clipnorm=1.0)
    model.compile(optimizer, "binary_crossentropy", jit_compile=updates >= 100)  # it takes seconds to compile
    return model


def train(model: keras.Model, updates: int, longest: int = LONGEST, seed: int = 0) -> np.ndarray:
    """Train on sequences of 1 to `longest` vectors.

    Returns:
        The loss of each update in bits a bit, over the steps that count; 1 is a guess.
    """
    losses = np.zeros(updates)
    for i in range(updates):
        data = copy_task(BATCH, 1, longest, seed=[seed, i])
        weight = data.asked * (data.asked.size / data.asked.sum())
        losses[i] = float(np.ravel(model.train_on_batch(data.inputs, data.targets, weight))[0]) / np.log(2)
    return losses


def trained_from(
    kind: str, updates: int, seeds: Iterable[int], longest: int = LONGEST
) -> Iterator[tuple[int, keras.Model, np.ndarray]]:
    """Train from several starts on 1 to `longest` vectors, with one model that is compiled only once.

    Yields:
        The seed of weights and sequences, the model trained from it, the same object each time, and its losses.
    """
    model = None
    for seed in seeds:
        fresh = machine(kind, updates, seed)
        if model is None:
            model = fresh
        else:
            model.set_weights(fresh.get_weights())
            for variable in model.optimizer.variables:
                variable.assign(np.zeros(variable.shape))
        yield seed, model, train(model, updates, longest, seed)


def solved_at(losses: np.ndarray) -> int | None:
    """After how many updates the mean of the last LATELY losses is less than SOLVED; None if it never is."""
    if len(losses) < LATELY:
        return None
    mean = np.convolve(losses, np.full(LATELY, 1 / LATELY), mode="valid")
    return int(np.argmax(mean < SOLVED)) + LATELY if (mean < SOLVED).any() else None


def lengthened(model: keras.Model, rows: int = 256) -> keras.Model:
    """A copy of a model with its weights as they are; a machine's has a longer tape, and says where its heads are.

    Returns:
        Of a machine, a model of two outputs: what it says, and for each of "read" and "write" a list of weightings.
    """
    if "ntm" not in [layer.name for layer in model.layers]:
        copy = keras.models.clone_model(model)
        copy.set_weights(model.get_weights())
        return copy
    return shown(model.get_layer("ntm").with_rows(rows), model.input_shape[-1])


def shown(layer: NTM, features: int) -> keras.Model:
    """A machine as a model of two outputs, as `lengthened` gives; called by predict, its loop is a graph, and fast."""
    inputs = keras.Input((None, features))
    return keras.Model(inputs, layer(inputs))


def answers(model: keras.Model, inputs: np.ndarray) -> Any:
    """What a model predicts. TensorFlow warns of graphs that are made for a few calls; here they are meant to be."""
    log = logging.getLogger("tensorflow")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        return model.predict_on_batch(inputs)
    finally:
        log.setLevel(level)


def keep(model: keras.Model, build: Path) -> Path:
    """Keep a trained machine, that the site shows at work: as `models/machine-<profile>.keras` of the build folder."""
    path = build / "models" / f"machine-{profile()}.keras"
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"part-{path.name}")
    model.save(part)
    part.replace(path)
    return path


def kept(build: Path) -> NTM | None:
    """The layer of the best machine that was kept, of the profile full, else quick, else check, if there is one."""
    paths = (build / "models" / f"machine-{name}.keras" for name in ("full", "quick", "check"))
    path = next((path for path in paths if path.is_file()), None)
    return None if path is None else _machine_in(keras.saving.load_model(path, compile=False))


def _machine_in(model: keras.Model) -> NTM:
    return next(layer for layer in model.layers if isinstance(layer, NTM))


def wrong_bits(model: keras.Model, length: int, sequences: int = 64, seed: int = 1000) -> float:
    """The share of wrong bits in copies of one length, of a model that `lengthened` gives."""
    data = copy_task(sequences, length, length, seed=[seed, length])
    said = answers(model, data.inputs)
    bits = said if isinstance(said, np.ndarray) else said[0]
    return float(((bits > 0.5) != (data.targets > 0.5))[data.asked > 0].mean())


def run_program(program: list[dict[str, Any]], memory: np.ndarray) -> dict[str, np.ndarray]:
    """What one head does that is told each of its steps: from row 0, it moves, writes and reads, in this order.

    Args:
        program: an instruction a step. Of its parts, what is left out is as here: `{"key": 0, "strength": 0, "gate": 0,
            "shift": 0, "sharpness": 1, "erase": 0, "add": 0}`. The shift is a whole number of rows.
        memory: the tape, shape (rows, row_size); it is not changed.

    Returns:
        "weightings", shape (steps, rows); "read", shape (steps, row_size); and "memory", the tape after each step,
        shape (steps, rows, row_size).
    """
    memory, w = np.array(memory, dtype=float), np.eye(len(memory))[0]
    kept: dict[str, list[np.ndarray]] = {"weightings": [], "read": [], "memory": []}
    for told in program:
        key = np.broadcast_to(told.get("key", 0.0), memory.shape[1])
        norms = np.sqrt((key @ key + 1e-7) * (np.sum(memory**2, axis=1) + 1e-7))
        match = told.get("strength", 0.0) * (memory @ key) / norms
        looked = np.exp(match - match.max())
        gate = told.get("gate", 0.0)
        w = np.roll(gate * looked / looked.sum() + (1 - gate) * w, told.get("shift", 0))
        w = (w / w.max()) ** told.get("sharpness", 1.0)
        w = w / w.sum()
        memory = memory - w[:, None] * memory * told.get("erase", 0.0) + w[:, None] * told.get("add", 0.0)
        for name, value in (("weightings", w), ("read", w @ memory), ("memory", memory)):
            kept[name].append(value)
    return {name: np.array(values) for name, values in kept.items()}


def moves(weightings: np.ndarray) -> np.ndarray:
    """By how many rows a head moved from each step to the next, shape (steps - 1,); its place is its heaviest row."""
    rows = weightings.argmax(axis=-1)
    size = weightings.shape[-1]
    return (np.diff(rows) + size // 2) % size - size // 2
