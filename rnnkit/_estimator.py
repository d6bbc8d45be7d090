"""scikit-learn's verbs for models that do not need it: settings that can be read, changed and cloned, tags, R²."""

import inspect
import sys
from typing import Any, Self

import numpy as np
import scipy.sparse as sparse

from rnnkit._checks import finite_array


class Estimator:
    """What scikit-learn's clone, Pipeline and GridSearchCV ask of a regressor; it is loaded only by itself."""

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The constructor's arguments, by name; `deep` is there for scikit-learn and changes nothing."""
        names = list(inspect.signature(type(self)).parameters)
        return {name: getattr(self, name) for name in names}

    def set_params(self, **params: Any) -> Self:
        """Change settings, checked as by the constructor. What was fitted with others is forgotten.

        Raises:
            ValueError: a name that the constructor does not have; values that it refuses.
        """
        if not params:
            return self
        settings = self.get_params()
        for name in params.keys() - settings.keys():
            raise ValueError(f"{name}: expected one of {', '.join(map(repr, settings))}, received another name.")
        fresh = type(self)(**{**settings, **params})
        self.__dict__.clear()
        self.__dict__.update(vars(fresh))
        return self

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.get_params().items())})"

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import InputTags, RegressorTags, Tags, TargetTags

        return Tags(
            estimator_type="regressor",
            target_tags=TargetTags(required=True, multi_output=True, single_output=True),
            regressor_tags=RegressorTags(poor_score=True),
            input_tags=InputTags(),
        )


def columns_of(name: str, values: Any, width: int | None = None) -> np.ndarray:
    """A signal as finite float64 of shape (samples, columns); of rank 1 it is one column."""
    if sparse.issparse(values):
        raise ValueError(f"{name}: sparse data is not supported, expected a dense array. Pass {name}.toarray().")
    x = finite_array(name, values)
    x = x[:, None] if x.ndim == 1 else x
    if x.ndim != 2:
        raise ValueError(f"{name}: expected shape (samples,) or (samples, columns), received {x.shape}.")
    if width is not None and x.shape[1] != width:
        raise ValueError(f"{name}: expected {width} columns, as in fit, received {x.shape[1]}.")
    return x


def not_fitted(message: str) -> ValueError:
    """scikit-learn's NotFittedError, which is a ValueError, where scikit-learn is in use; else a ValueError."""
    exceptions = sys.modules.get("sklearn.exceptions")
    return exceptions.NotFittedError(message) if exceptions else ValueError(message)


def r_squared(y: np.ndarray, said: np.ndarray) -> float:
    """1 − Σ (y − ŷ)² / Σ (y − ȳ)² of rows of columns, the mean over the columns; −∞ for what is not finite.

    A constant column counts as 1 where it is met and as 0 where not, as in `sklearn.metrics.r2_score`.
    """
    y, said = (a.reshape(len(a), -1) for a in (np.asarray(y, dtype=float), np.asarray(said, dtype=float)))
    if not np.isfinite(said).all():
        return -np.inf
    left, all_of_it = np.sum((y - said) ** 2, axis=0), np.sum((y - y.mean(axis=0)) ** 2, axis=0)
    changes = all_of_it > 0
    return float(np.mean(np.where(changes, 1 - left / np.where(changes, all_of_it, 1.0), (left == 0) * 1.0)))
