r"""NARX whose nonlinearity is a polynomial of few terms, which are chosen by what each takes of the error."""

from itertools import combinations_with_replacement
from typing import Any

import numpy as np

from rnnkit._checks import positive_integer
from rnnkit.identification._columns import Scale
from rnnkit.identification.frols import frols
from rnnkit.identification.regression import Regression

_POWERS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


class PolynomialNARX(Regression):
    r"""Nonlinear autoregression whose F is a sum of products of past values, few of them, found by `frols`.

    $$p_m(k) = \prod_{i} \varphi_i(k)^{n_{mi}}, \qquad \sum_i n_{mi} \le \ell \tag{1}$$
    $$\hat y(k) = \sum_{m} \theta_m\,p_m(k) \tag{2}$$

    with φ of `regressors`. The candidates are all products of up to ℓ of its entries, 1 among them; for each output
    `frols` orders them by their error reduction ratio, and so many are kept as BIC finds worth it, or as one asks for.
    θ is least squares' on the kept. Unlike in the other models nothing is scaled: in the units of the data a physical
    law has few terms, in others many.

    Args:
        degree: ℓ, 1 or more.
        input_delays, output_delays: d_x and d_y, 0 or more, as in `regressors`.
        n_terms: how many terms an output has; None for the least BIC.
        max_terms: of how many at most, where BIC chooses.

    Attributes:
        terms_: in words, a list an output, the most explaining first: "u0(k-1) y0(k-2)²".
        exponents_: n, an array an output, shape (terms, entries of φ).
        theta_: θ, an array an output.
        err_: the error reduction ratio of each term, an array an output.

    Raises:
        ValueError: numbers that are not integers of these ranges.

    Source:
        S. A. Billings, Nonlinear System Identification (2013), chapter 3.

    Example:
        >>> u, y = np.random.default_rng(0).uniform(-1, 1, 200), np.zeros(200)
        >>> for k in range(1, 200):
        ...     y[k] = 0.5 * y[k - 1] + u[k] - 0.3 * u[k - 1] * y[k - 1]
        >>> model = PolynomialNARX(degree=2).fit(u, y)
        >>> sorted(zip(model.terms_[0], model.theta_[0].round(6).tolist()))
        [('u0(k)', 1.0), ('u0(k-1) y0(k-1)', -0.3), ('y0(k-1)', 0.5)]
    """

    def __init__(
        self,
        degree: int = 2,
        input_delays: int = 1,
        output_delays: int = 1,
        n_terms: int | None = None,
        max_terms: int = 20,
    ) -> None:
        super().__init__(input_delays, output_delays)
        self.degree = positive_integer("degree", degree)
        self.n_terms = None if n_terms is None else positive_integer("n_terms", n_terms)
        self.max_terms = positive_integer("max_terms", max_terms)

    def _scale_of(self, name: str, x: np.ndarray) -> Scale:
        checked = Scale.of(name, x)
        return Scale(np.zeros_like(checked.mean), np.ones_like(checked.deviation))

    def _number_of_weights(self, M: int, J: int) -> int:
        self._number_of_regressors(M, J)
        return (self.n_terms or 1) * J

    def _fit_regression(self, phi: np.ndarray, y: np.ndarray) -> None:
        every = exponents(phi.shape[1], self.degree)
        P, J = products(phi, every), y.shape[1]
        names = _names((phi.shape[1] - self.output_delays * J) // (self.input_delays + 1), J, self)
        self.exponents_, self.theta_, self.err_, self.terms_ = [], [], [], []
        for column in y.T:
            found = frols(P, column, self.n_terms or min(self.max_terms, max(1, len(y) - 1)))
            kept = len(found.order) if self.n_terms else int(np.argmin(found.bic)) + 1
            chosen = found.order[:kept]
            size = np.linalg.norm(P[:, chosen], axis=0)
            self.theta_.append(np.linalg.lstsq(P[:, chosen] / size, column, rcond=None)[0] / size)
            self.exponents_.append(every[chosen])
            self.err_.append(found.err[:kept])
            self.terms_.append([_in_words(powers, names) for powers in every[chosen]])

    def _F(self, phi: np.ndarray) -> np.ndarray:
        pairs = zip(self.exponents_, self.theta_, strict=True)
        return np.stack([products(phi, powers) @ theta for powers, theta in pairs], axis=1)  # (2)


def exponents(entries: int, degree: int) -> np.ndarray:
    """n of all products of up to `degree` of so many entries, shape (products, entries); the constant first.

    Example:
        >>> exponents(2, 2).tolist()
        [[0, 0], [1, 0], [0, 1], [2, 0], [1, 1], [0, 2]]
    """
    chosen = [c for d in range(degree + 1) for c in combinations_with_replacement(range(entries), d)]
    return np.array([np.bincount(np.array(c, dtype=int), minlength=entries) for c in chosen])


def products(phi: np.ndarray, powers: np.ndarray) -> np.ndarray:
    """p_m of each row of φ, shape (rows, products)."""
    return np.stack([np.prod(phi**n, axis=1) for n in powers], axis=1)  # (1)


def _names(M: int, J: int, model: Any) -> list[str]:
    inputs = [f"u{m}(k{f'-{d}' if d else ''})" for d in range(model.input_delays + 1) for m in range(M)]
    return inputs + [f"y{j}(k-{d})" for d in range(1, model.output_delays + 1) for j in range(J)]


def _in_words(powers: np.ndarray, names: list[str]) -> str:
    factors = [name + (str(n).translate(_POWERS) if n > 1 else "") for name, n in zip(names, powers, strict=True) if n]
    return " ".join(factors) or "1"
