"""What all models of a system with inputs and outputs share: one interface, checks, and units."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from rnnkit._estimator import Estimator, not_fitted, r_squared
from rnnkit.identification._columns import Scale, columns_of


class Model(Estimator, ABC):
    """A model that is fitted on inputs u and measured outputs y, predicts one step ahead, and runs freely.

    Signals are rows, one a step: u of shape (T, M), y of shape (T, J), or (T,) for a single one; then outputs come back
    as (T,) too. Everything goes in and comes out in the units of the data; inside, columns have mean 0 and standard
    deviation 1. A model that looks at past steps says nothing of the first `past_` steps, for which the data hold no
    past: what it returns belongs to the rows from `past_` on, and is to be compared with y[model.past_:].

    Settings are read, changed and cloned as scikit-learn's are, so that GridSearchCV finds delays and units. Its folds
    have to be stretches of time, `TimeSeriesSplit` for one: rows of a recording are no examples that can be shuffled.

    Attributes:
        past_: steps that are needed before the first one a model speaks of.
        n_features_in_: M.
    """

    _scale_u: Scale | None = None
    _scale_y: Scale | None = None
    _one_output = False

    @property
    def past_(self) -> int:
        """Steps that are needed before the first one the model speaks of."""
        return 0

    def fit(self, u: Any, y: Any) -> Any:
        """Fit the model.

        Args:
            u: inputs, shape (T, M) or (T,). A series without inputs has u of shape (T, 0).
            y: outputs, shape (T, J) or (T,).

        Returns:
            The model itself.

        Raises:
            ValueError: shapes that do not fit, numbers that are not finite, a constant column, too few steps for the
                weights.
        """
        if y is None:
            raise ValueError(
                "y: expected the measured outputs, received none; fit requires y to be passed, "
                "but the target y is None."
            )
        y_columns, u_columns = columns_of("y", y), columns_of("u", u)
        _same_length(u_columns, y_columns)
        if not y_columns.shape[1]:
            raise ValueError(f"y: expected at least one output, received shape {y_columns.shape}.")
        J, M = y_columns.shape[1], u_columns.shape[1]
        rows, weights = len(u_columns) - self.past_, self._number_of_weights(M, J)
        if rows * J < weights or rows < 2:
            raise ValueError(
                f"u, y: expected at least {max(2, -(-weights // J)) + self.past_} steps for {weights} weights, "
                f"received {len(u_columns)}. Take a longer recording or a smaller model."
            )
        scale_u, scale_y = self._scale_of("u", u_columns), self._scale_of("y", y_columns)
        self._fit(scale_u.to(u_columns), scale_y.to(y_columns))
        self._scale_u, self._scale_y = scale_u, scale_y
        self._one_output, self.n_features_in_ = np.asarray(y).ndim == 1, M
        return self

    def predict(self, u: Any, y: Any = None) -> np.ndarray:
        """Predict each output one step ahead, from the measured outputs before it.

        Args:
            u, y: as in `fit`. A model without delayed outputs needs no y.

        Returns:
            ŷ of the rows from `past_` on, shape (T − past_, J), or (T − past_,) where y was so in `fit`.

        Raises:
            ValueError: a model that is not fitted, shapes that do not fit, numbers that are not finite, no step more
                than `past_`.
        """
        u, y = self._scaled(u, y, "predict")
        return self._out(self._predict(u, y))

    def simulate(self, u: Any, y0: Any = None) -> np.ndarray:
        """Run freely: from the inputs and the first outputs alone, the model lives on its own outputs.

        Args:
            u: inputs, shape (T, M) or (T,).
            y0: outputs of the first `past_` steps, y[:model.past_]. A model without delayed outputs needs none.

        Returns:
            ŷ of the rows from `past_` on, as in `predict`. An unstable model ends at infinity.

        Raises:
            ValueError: as `predict`; y0 of another length.
        """
        u, start = self._scaled(u, y0, "simulate")
        with np.errstate(over="ignore", invalid="ignore"):
            return self._out(self._simulate(u, start))

    def score(self, u: Any, y: Any, free_run: bool = False) -> float:
        r"""R² of what the model says of the rows from `past_` on; of several outputs, their mean.

        $$R^2 = 1 - \sum_k (y(k) - \hat y(k))^2 \big/ \sum_k (y(k) - \bar y)^2$$

        Args:
            u, y: as in `fit`.
            free_run: whether ŷ is that of `simulate`, started from y's first steps, rather than of `predict`.

        Returns:
            1 for a perfect model, 0 for one that says the mean; −∞ for a free run that leaves the numbers.
        """
        y_rows = columns_of("y", y)
        said = self.simulate(u, y_rows[: self.past_]) if free_run else self.predict(u, y)
        return r_squared(y_rows[self.past_ :], said)

    def _scaled(self, u: Any, y: Any, verb: str) -> tuple[np.ndarray, np.ndarray]:
        scale_u, scale_y = self._scales(verb)
        u = columns_of("u", u, len(scale_u.mean))
        if len(u) <= self.past_:
            raise ValueError(f"u: expected more than {self.past_} steps, the model's past, received {len(u)}.")
        J = len(scale_y.mean)
        if verb == "predict" and (y is not None or self._looks_at_outputs()):
            if y is None:
                raise ValueError("y: expected the measured outputs, received none. To go on without them: simulate.")
            y = columns_of("y", y, J)
            _same_length(u, y)
        elif verb == "predict":
            y = np.zeros((len(u), J))
        else:
            y = self._first_outputs(y, J)
        return scale_u.to(u), scale_y.to(y)

    def _scales(self, verb: str) -> tuple[Scale, Scale]:
        if self._scale_u is None or self._scale_y is None:
            raise not_fitted(f"{verb}: expected a fitted model, received one that is not. Call fit(u, y) first.")
        return self._scale_u, self._scale_y

    def _first_outputs(self, y0: Any, J: int) -> np.ndarray:
        if y0 is None and not self._looks_at_outputs():
            return np.zeros((self.past_, J))
        if y0 is not None:
            y0 = columns_of("y0", y0, J)
        if y0 is None or len(y0) != self.past_:
            received = "none" if y0 is None else f"{len(y0)}"
            raise ValueError(
                f"y0: expected the outputs of the first {self.past_} steps, received {received}. Pass y[:model.past_]."
            )
        return y0

    def _out(self, y: np.ndarray) -> np.ndarray:
        assert self._scale_y is not None
        y = self._scale_y.back(y)
        return y[:, 0] if self._one_output else y

    def _looks_at_outputs(self) -> bool:
        return True

    def _scale_of(self, name: str, x: np.ndarray) -> Scale:
        return Scale.of(name, x)

    @abstractmethod
    def _number_of_weights(self, M: int, J: int) -> int:
        """Weights of a model with M inputs and J outputs."""

    @abstractmethod
    def _fit(self, u: np.ndarray, y: np.ndarray) -> None:
        """Fit on scaled columns."""

    @abstractmethod
    def _predict(self, u: np.ndarray, y: np.ndarray) -> np.ndarray:
        """One step ahead, scaled columns, shape (T − past_, J)."""

    @abstractmethod
    def _simulate(self, u: np.ndarray, y0: np.ndarray) -> np.ndarray:
        """Free run, scaled columns, shape (T − past_, J)."""


def rmse(y: Any, said: Any) -> Any:
    """Root mean square error of what a model said of the last steps of y, one number an output.

    Args:
        y: measured, shape (T, J) or (T,).
        said: of the last rows of y, shape (T − past, J) or (T − past,).

    Returns:
        In the units of y: shape (J,), or a number for a single output.

    Raises:
        ValueError: shapes that do not fit.

    Example:
        >>> rmse([7.0, 1.0, 2.0], [1.0, 4.0]).round(3).item()
        1.414
    """
    y, said = columns_of("y", y), np.asarray(said, dtype=float)
    columns = said[:, None] if said.ndim == 1 else said
    if columns.ndim != 2 or columns.shape[1] != y.shape[1] or not 0 < len(columns) <= len(y):
        raise ValueError(f"said: expected up to {len(y)} rows of {y.shape[1]} columns, received shape {said.shape}.")
    errors = np.sqrt(np.mean((columns - y[len(y) - len(columns) :]) ** 2, axis=0))
    return errors[0] if said.ndim == 1 else errors


def built_with(layer: Any, features: int, weights: dict[str, np.ndarray]) -> Any:
    """The layer, built for so many inputs, with the weights of these names; others stay as they were built."""
    layer.build((None, None, features))
    for weight in layer.weights:
        if weight.name in weights:
            weight.assign(weights[weight.name])
    return layer


def _same_length(u: np.ndarray, y: np.ndarray) -> None:
    if len(u) != len(y):
        raise ValueError(f"u, y: expected the same number of steps, received {len(u)} and {len(y)}.")
