"""Unit 03: the networks that it compares, and the cell of the lecture's misprint."""

from typing import Any

import keras
import numpy as np

from rnnkit.layers import PeepholeLSTM

NAMES = ("LSTM", "PeepholeLSTM", "sliding predictor")


def network(name: str, n_step: int, n_input: int, *, cudnn: bool = False) -> Any:
    """One of the unit's networks, not compiled: its body, a dense layer with relu, a dense layer.

    Args:
        name: one of NAMES.
        n_step, n_input: frames a past, samples a frame and a target.
        cudnn: whether Keras's LSTM may use the GPU's library.

    Returns:
        A model from (batch, n_step, n_input) to (batch, n_input).
    """
    layers = keras.layers
    bodies = {
        "LSTM": lambda: [
            layers.LSTM(100, return_sequences=True, use_cudnn=cudnn),
            layers.LSTM(100, use_cudnn=cudnn),
        ],
        "PeepholeLSTM": lambda: [PeepholeLSTM(100, return_sequences=True), PeepholeLSTM(100)],
        "sliding predictor": lambda: [
            layers.Conv1D(100, 5, activation="relu"),
            layers.Conv1D(100, 5, activation="relu"),
            layers.Flatten(),
        ],
    }
    return keras.Sequential(
        [keras.Input(shape=(n_step, n_input)), *bodies[name](), _dense(100, "relu"), _dense(n_input)]
    )


def _dense(units: int, activation: str | None = None) -> Any:
    """The lecture draws biases too, all with a standard deviation of 0.01."""

    def normal() -> Any:
        return keras.initializers.RandomNormal(0.0, 0.01)

    return keras.layers.Dense(units, activation, kernel_initializer=normal(), bias_initializer=normal())


def misprinted_cell(candidate: float, n_steps: int) -> tuple[np.ndarray, np.ndarray]:
    """A cell whose gates are 1, with the σ around it that the lecture's first LSTM page prints.

    Args:
        candidate: what comes in at each step.
        n_steps: how many.

    Returns:
        C_0 = 0, C_1, ..., and the derivatives of the last cell by each of them, both of shape (n_steps + 1,).
    """
    cells = [0.0]
    for _ in range(n_steps):
        cells.append(1 / (1 + np.exp(-(cells[-1] + candidate))))
    slopes = [cell * (1 - cell) for cell in cells[1:]]
    back = [float(np.prod(slopes[step:])) for step in range(n_steps + 1)]
    return np.array(cells), np.array(back)
