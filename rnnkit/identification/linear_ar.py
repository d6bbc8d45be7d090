"""Linear autoregression: the next samples as a weighted sum of the last ones."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnnkit._checks import number


@dataclass(frozen=True)
class LinearAR:
    """A linear prediction of the next n_output samples from the last `order` ones.

    Attributes:
        weights: shape (order, n_output).
        bias: shape (n_output,).
        ridge: the penalty it was fitted with.
    """

    weights: np.ndarray
    bias: np.ndarray
    ridge: float

    @property
    def order(self) -> int:
        """How many of the last samples it looks at."""
        return len(self.weights)

    def predict(self, past: np.ndarray) -> np.ndarray:
        """Predict from pasts of shape (windows, order or more); returns (windows, n_output).

        Raises:
            ValueError: a past shorter than the order.
        """
        past = np.asarray(past)
        if past.ndim != 2 or past.shape[1] < self.order:
            raise ValueError(f"past: expected shape (windows, {self.order} or more), received {past.shape}.")
        return past[:, past.shape[1] - self.order :] @ self.weights + self.bias  # (1)


def fit_linear_ar(past: np.ndarray, target: np.ndarray, order: int, ridge: float = 0.0) -> LinearAR:
    r"""Fit all coefficients at once by least squares.

    $$\hat y_{w,h} = \sum_{k=1}^{p} A_{k,h}\, x_{w,\,P-p+k} + b_h \quad (1)$$
    $$\min_{A, b}\ \frac{1}{W} \sum_{w,h} (\hat y_{w,h} - y_{w,h})^2 + \lambda \sum_{k,h} A_{k,h}^2 \quad (2)$$

    Each of the next samples has coefficients of its own ("direct" forecasts), so that with λ = 0 no other linear
    predictor with the same past has a smaller error on the training windows. The bias is not penalised.

    Args:
        past: shape (windows, past samples), in time order; only the last `order` samples are used.
        target: shape (windows, n_output).
        order: p, from 1 to the number of past samples.
        ridge: λ, in the unit of the signal squared; 0 is plain least squares (the smallest solution if there are many).

    Returns:
        The fitted model.

    Raises:
        ValueError: shapes that do not fit, an order out of range, a negative ridge, or no windows.

    Example:
        >>> t = np.arange(50)
        >>> wave = np.sin(0.3 * t)
        >>> model = fit_linear_ar(np.stack([wave[:-2], wave[1:-1]], axis=1), wave[2:, None], order=2)
        >>> model.weights[:, 0].round(4).tolist(), (2 * np.cos(0.3)).round(4).item()
        ([-1.0, 1.9107], 1.9107)
    """
    past, target = _check(past, target, order, ridge)
    recent = past[:, past.shape[1] - order :]
    mean_x, mean_y = recent.mean(axis=0), target.mean(axis=0)
    x, y = recent - mean_x, target - mean_y
    if ridge:
        weights = _solve(x.T @ x / len(x), x.T @ y / len(x), ridge)
    else:
        weights = np.linalg.lstsq(x, y, rcond=None)[0]  # of many solutions the smallest, which λ → 0 leads to
    return LinearAR(weights, mean_y - mean_x @ weights, float(ridge))


def choose_linear_ar(
    train: tuple[np.ndarray, np.ndarray],
    validation: tuple[np.ndarray, np.ndarray],
    orders: Sequence[int],
    ridges: Sequence[float],
) -> LinearAR:
    """Fit every order with every ridge, and keep the one with the smallest error on the validation windows.

    Args:
        train, validation: past (windows, past samples) and target (windows, n_output).
        orders: as in `fit_linear_ar`.
        ridges: as in `fit_linear_ar`, all above 0.

    Returns:
        The best model, fitted on the training windows alone.

    Raises:
        ValueError: as `fit_linear_ar`; a ridge of 0; nothing to choose from.
    """
    if not len(orders) or not len(ridges) or min(ridges) <= 0:
        raise ValueError(f"orders, ridges: expected one or more each, ridges above 0, received {orders} and {ridges}.")
    past, target = _check(*train, max(orders), 1.0)
    held_past, held_target = _check(*validation, max(orders), 1.0)
    longest = past[:, past.shape[1] - max(orders) :]
    mean_x, mean_y = longest.mean(axis=0), target.mean(axis=0)
    x = longest - mean_x
    covariance, cross = x.T @ x / len(x), x.T @ (target - mean_y) / len(x)
    best, best_error = None, np.inf
    for order in orders:
        for ridge in ridges:
            # The last samples' covariance is a corner of the longest past's.
            weights = _solve(covariance[-order:, -order:], cross[-order:], ridge)
            model = LinearAR(weights, mean_y - mean_x[-order:] @ weights, float(ridge))
            error = float(np.mean((model.predict(held_past) - held_target) ** 2))
            if error < best_error:
                best, best_error = model, error
    if best is None:
        raise ValueError("train, validation: expected finite numbers, received values that give no finite error.")
    return best


def _solve(covariance: np.ndarray, cross: np.ndarray, ridge: float) -> np.ndarray:
    return np.linalg.solve(covariance + ridge * np.eye(len(covariance)), cross)  # (2)


def _check(past: np.ndarray, target: np.ndarray, order: int, ridge: float) -> tuple[np.ndarray, np.ndarray]:
    past, target = np.asarray(past, dtype=np.float64), np.asarray(target, dtype=np.float64)
    if past.ndim != 2 or target.ndim != 2 or len(past) != len(target) or not len(past):
        raise ValueError(
            "past, target: expected shapes (windows, past samples) and (windows, n_output) with the same number of "
            f"windows, at least 1, received {past.shape} and {target.shape}."
        )
    if not 1 <= order <= past.shape[1]:
        raise ValueError(f"order: expected 1 to {past.shape[1]}, the samples of a past, received {order}.")
    number("ridge", ridge, least=0.0, expected="0 or more")
    return past, target
