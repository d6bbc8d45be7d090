"""Scheduled sampling: from teacher forcing to free running, epoch by epoch."""

import math
from collections.abc import Callable
from typing import Any

import keras

from rnnkit._keras import layers_of
from rnnkit.training.teacher_forcing import TeacherForcing


class ScheduledSampling(keras.callbacks.Callback):
    """Sets the probability of every `TeacherForcing` layer of a model at the start of each epoch.

    Args:
        schedule: from the number of epochs done, 0 at first, to a probability: `linear_decay`, `exponential_decay`,
            `inverse_sigmoid_decay`, a `keras.optimizers.schedules.LearningRateSchedule`, or any function.

    Raises:
        ValueError: from `fit`, a model without such a layer, or a value that is no probability.

    Source:
        S. Bengio and others (2015), section 2.4, where the schedule counts minibatches rather than epochs.

    Example:
        >>> import rnnkit
        >>> sampling = ScheduledSampling(inverse_sigmoid_decay(5.0))
        >>> [round(sampling.schedule(epoch), 2) for epoch in (0, 5, 20)]
        [0.83, 0.65, 0.08]
    """

    def __init__(self, schedule: Callable[[int], Any]) -> None:
        super().__init__()
        self.schedule = schedule

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        layers = [layer for layer in layers_of(self.model) if isinstance(layer, TeacherForcing)]
        if not layers:
            raise ValueError(f"model: expected a TeacherForcing layer, received none in {self.model.name!r}.")
        for layer in layers:
            layer.probability = float(self.schedule(epoch))


def linear_decay(start: float, step: float, smallest: float = 0.0) -> Callable[[int], float]:
    """max(smallest, start − step · i)."""
    return lambda i: max(smallest, start - step * i)


def exponential_decay(base: float) -> Callable[[int], float]:
    """base^i, base below 1."""
    return lambda i: base**i


def inverse_sigmoid_decay(speed: float) -> Callable[[int], float]:
    """speed / (speed + exp(i / speed)), speed at least 1."""

    def probability(i: int) -> float:
        fading = speed * math.exp(-i / speed)  # the other way round, exp would leave the range of floats
        return fading / (fading + 1.0)

    return probability
