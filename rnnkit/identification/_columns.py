"""Inputs and outputs as columns of finite numbers, in their own units and scaled."""

from typing import Any, NamedTuple

import numpy as np

from rnnkit._checks import finite_array
from rnnkit._estimator import columns_of as columns_of


def series_of(name: str, values: Any, at_least: int) -> np.ndarray:
    """A series of rank 1 as float64, long enough, finite and not constant, or a ValueError that says what is wrong."""
    s = finite_array(name, values)
    if s.ndim != 1:
        raise ValueError(f"{name}: expected shape (samples,), received {s.shape}. Choose one column.")
    if len(s) < at_least:
        raise ValueError(f"{name}: expected {at_least} samples or more, received {len(s)}. Take a longer series.")
    if s.size > 1 and s.min() == s.max():
        raise ValueError(f"{name}: expected a series that changes, received the constant {s[0]:g}.")
    return s


class Scale(NamedTuple):
    """Mean and standard deviation of each column; models see (x − mean) / deviation."""

    mean: np.ndarray
    deviation: np.ndarray

    @classmethod
    def of(cls, name: str, x: np.ndarray) -> "Scale":
        """That of the columns, or a ValueError where one is constant."""
        deviation = x.std(axis=0)
        for column in np.flatnonzero(deviation <= 1e-12 * np.abs(x).max(axis=0, initial=0.0)):
            raise ValueError(
                f"{name}: expected columns that change, received the constant {x[0, column]:g} in column {column}. "
                "Leave it out."
            )
        return cls(x.mean(axis=0), deviation)

    def to(self, x: np.ndarray) -> np.ndarray:
        """From the data's units."""
        return (x - self.mean) / self.deviation

    def back(self, x: np.ndarray) -> np.ndarray:
        """To the data's units."""
        return self.mean + self.deviation * x
