"""Unit 01: train a model on the temporal XOR stream, and its error on a fresh stream."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from rnnkit.datasets.xor import next_bit_windows, temporal_xor
from rnnkit.layers import Elman, Jordan

LENGTH = 60  # time steps of a training sequence
NAMES = ("Elman", "Jordan", "SimpleRNN + Dense")


def network(name: str, *, jit_compile: bool = False) -> Any:
    """One of the unit's networks with eight hidden units, compiled with Adam, whose rate falls, and the squared error.

    Args:
        name: one of NAMES.
        jit_compile: how Keras runs it.

    Returns:
        A model from bits (batch, time, 1) to probabilities of the next bit (batch, time, 1).
    """
    bodies = {
        "Elman": lambda: [Elman(8, 1, activation="tanh", return_sequences=True)],
        "Jordan": lambda: [Jordan(8, 1, activation="tanh", return_sequences=True)],
        "SimpleRNN + Dense": lambda: [
            keras.layers.SimpleRNN(8, return_sequences=True),
            keras.layers.Dense(1, activation="sigmoid"),
        ],
    }
    model = keras.Sequential([keras.Input(shape=(None, 1)), *bodies[name]()])
    rate = keras.optimizers.schedules.ExponentialDecay(0.05, decay_steps=100, decay_rate=0.7)
    model.compile(keras.optimizers.Adam(rate), loss="mse", jit_compile=jit_compile)
    return model


def train(build: Callable[[], Any], seed: int, *, passes: int, triples: int = 1000) -> Any:
    """Train a fresh model to predict the next bit.

    Args:
        build: returns a compiled model for sequences (batch, time, 1).
        seed: of the weights and of the stream.
        passes: how often the stream is shown.
        triples: its length; Elman's stream of 3,000 bits has 1,000.

    Returns:
        The trained model.
    """
    keras.utils.set_random_seed(seed)
    model = build()
    x, y = next_bit_windows(temporal_xor(triples, seed), LENGTH)
    # Each epoch of fit has a fixed cost, so one epoch shows the stream several times.
    shown = max(1, min(passes, 10))
    x, y = np.tile(x, (shown, 1, 1)), np.tile(y, (shown, 1, 1))
    model.fit(x, y, batch_size=10, epochs=max(1, passes // shown), verbose=0)
    return model


def fresh_errors(model: Any, *, seed: int = 10_000, sequences: int = 60, warm_up: int = 12) -> np.ndarray:
    """Errors on a stream that the model has not seen.

    Args:
        model: takes and gives (batch, time, 1).
        seed: of the stream.
        sequences: how many, of 60 steps each after the warm-up.
        warm_up: steps left out at the start of each, a multiple of 3.

    Returns:
        Prediction minus target, shape (sequences, 60); the first column belongs to the second bit of a triple.
    """
    length = LENGTH + warm_up
    x, y = next_bit_windows(temporal_xor(sequences * length // 3 + 1, seed), length)
    prediction = keras.ops.convert_to_numpy(model(x))
    return (prediction - y)[:, warm_up:, 0]


def rmse_by_position(errors: np.ndarray, period: int = 3, first: int = 1) -> np.ndarray:
    """Root mean square error at each position of a cycle.

    Args:
        errors: shape (sequences, time).
        period: positions of the cycle.
        first: the position that the first column belongs to.

    Returns:
        Shape (period,).
    """
    positions = (np.arange(errors.shape[1]) + first) % period
    return np.array([np.sqrt(np.mean(errors[:, positions == p] ** 2)) for p in range(period)])


def explained_variance(states: np.ndarray, kinds: np.ndarray) -> np.ndarray:
    """How much of each unit's variance is told by the kind of step: 0 nothing, 1 all of it.

    Args:
        states: shape (time, units).
        kinds: any labels, shape (time,).

    Returns:
        Shape (units,).
    """
    means = np.zeros_like(states)
    for kind in np.unique(kinds):
        means[kinds == kind] = states[kinds == kind].mean(axis=0)
    return means.var(axis=0) / states.var(axis=0)


def kinds_of_steps(stream: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two labels for each bit of a stream of whole triples: its position, and the position with the bits read so far.

    Args:
        stream: bits, shape (3n,).

    Returns:
        Positions 0, 1, 2, and labels that differ where the position or the bits of the triple do, both (3n,).
    """
    positions = np.arange(len(stream)) % 3
    a, b = stream.reshape(-1, 3)[:, :2].astype(int).T
    with_bits = np.stack([a, 2 + 2 * a + b, 6 + 2 * a + b], axis=1).reshape(-1)
    return positions, with_bits
