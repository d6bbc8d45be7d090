r"""ln Z of a restricted Boltzmann machine: exact where that is possible, by annealed importance sampling elsewhere."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import logsumexp

from rnnkit._checks import positive_integer, random_generator
from rnnkit.energy.enumeration import MOST, log_sum
from rnnkit.energy.units import kind_of

UNSTABLE = (
    "visible and hidden units are both continuous, so that E(v, h) is a quadratic form, and exp(−E) has a finite "
    "integral only while the largest singular value of W is below 1; here it is {norm:.6g}, and along that direction "
    "probability runs off to infinity"
)


def enumerable(rbm: Any) -> bool:
    """Whether ln Z can be had exactly: at most 20 two-valued units on one side, or continuous units on both."""
    visible, hidden, (m, n) = kind_of("visible", rbm.visible), kind_of("hidden", rbm.hidden), rbm.components_.shape
    sizes = [size for kind, size in ((visible, n), (hidden, m)) if kind.values is not None]
    return not sizes or min(sizes) <= MOST


def exact_log_partition(rbm: Any) -> float:
    r"""ln Z, summed over the states of one side with the other side summed or integrated in closed form.

    $$Z = \sum_h e^{b^\top h} \prod_i e^{\ell_v(a_i + (W^\top h)_i)} \tag{1}$$
    $$Z = \sum_v e^{a^\top v} \prod_j e^{\ell_h(b_j + (W v)_j)} \tag{2}$$

    With continuous units on both sides it is a Gaussian integral, of $P = \begin{pmatrix} I & -W^\top \\ -W & I
    \end{pmatrix}$ and $c = (a, b)$ over n visible and m hidden units:

    $$\ln Z = \tfrac{n+m}{2} \ln 2\pi - \tfrac12 \ln\det P + \tfrac12\, c^\top P^{-1} c \tag{3}$$

    Raises:
        ValueError: more than 20 two-valued units on each side; an unstable RBM, which has no finite Z.

    Example:
        >>> from rnnkit.energy import RBM
        >>> round(exact_log_partition(RBM.from_parameters(np.zeros((2, 3)))), 6)  # 5 ln 2
        3.465736
    """
    visible, hidden = kind_of("visible", rbm.visible), kind_of("hidden", rbm.hidden)
    W, a, b = (np.asarray(w, dtype=float) for w in (rbm.components_, rbm.intercept_visible_, rbm.intercept_hidden_))
    m, n = W.shape
    if hidden.values is not None and (visible.values is None or m <= n):
        return log_sum(m, hidden.values, lambda h: h @ b + visible.log_partition(a + h @ W).sum(axis=1))  # (1)
    if visible.values is not None:
        return log_sum(n, visible.values, lambda v: v @ a + hidden.log_partition(b + v @ W.T).sum(axis=1))  # (2)
    norm = np.linalg.norm(W, 2)
    if norm >= 1:
        raise ValueError(f"rbm: expected a finite Z, received none: {UNSTABLE.format(norm=norm)}.")
    P = np.block([[np.eye(n), -W.T], [-W, np.eye(m)]])
    c = np.concatenate([a, b])
    return float(0.5 * ((n + m) * np.log(2 * np.pi) - np.linalg.slogdet(P)[1] + c @ np.linalg.solve(P, c)))  # (3)


@dataclass
class AnnealedEstimate:
    """What annealed importance sampling found.

    Attributes:
        log_partition: the estimate of ln Z.
        standard_error: of it, from the spread of the chains; too small while chains miss whole modes.
        log_weights: of the chains, shape (n_chains,).
    """

    log_partition: float
    standard_error: float
    log_weights: np.ndarray


def annealed_log_partition(
    rbm: Any, n_chains: int = 100, n_temperatures: int = 1000, random_state: Any = None
) -> AnnealedEstimate:
    r"""Estimate ln Z on the way from an RBM without weights, whose Z is known, to the given one.

    With $0 = \beta_0 < \dots < \beta_K = 1$ and the biases $a^0$ of the start, which fit the mean of the training data,

    $$p^*_\beta(v) = e^{-r(v) + ((1-\beta) a^0 + \beta a)^\top v} \prod_j e^{\ell_h(\beta (b_j + (Wv)_j))} \tag{1}$$
    $$\ln Z_0 = \sum_i \ell_v(a^0_i) + m\, \ell_h(0) \tag{2}$$
    $$\ln w = \sum_{k=1}^K \ln p^*_{\beta_k}(v_{k-1}) - \ln p^*_{\beta_{k-1}}(v_{k-1}) \tag{3}$$
    $$\ln Z \approx \ln Z_0 + \ln \frac1C \sum_{c=1}^C w_c \tag{4}$$

    where $v_0$ is drawn from the start and $v_k$ by a step of Gibbs sampling at $\beta_k$ from $v_{k-1}$. The mean
    weight is unbiased for Z/Z₀ whatever K; more temperatures make its spread smaller.

    Args:
        rbm: of any kind.
        n_chains: C.
        n_temperatures: K, evenly spaced.
        random_state: seed.

    Source:
        R. M. Neal (2001); for RBMs R. Salakhutdinov and I. Murray (2008).

    Example:
        >>> from rnnkit.energy import RBM
        >>> rbm = RBM.from_parameters(np.random.default_rng(0).normal(size=(5, 7)))
        >>> bool(abs(annealed_log_partition(rbm, random_state=0).log_partition - exact_log_partition(rbm)) < 0.05)
        True
    """
    C, K = positive_integer("n_chains", n_chains), positive_integer("n_temperatures", n_temperatures)
    visible, hidden = kind_of("visible", rbm.visible), kind_of("hidden", rbm.hidden)
    rng = random_generator(random_state)
    W, a, b = (np.asarray(w, dtype=float) for w in (rbm.components_, rbm.intercept_visible_, rbm.intercept_hidden_))
    start = np.asarray(rbm.base_intercept_, dtype=float)
    log_z0 = visible.log_partition(start).sum() + len(b) * float(hidden.log_partition(np.zeros(())))  # (2)
    v = visible.draw(visible.mean(np.tile(start, (C, 1))), rng)
    log_weights, betas = np.zeros(C), np.linspace(0.0, 1.0, K + 1)

    for before, beta in zip(betas[:-1], betas[1:], strict=True):
        field = b + v @ W.T
        log_weights += _log_p(beta, v, field, start, a, hidden) - _log_p(before, v, field, start, a, hidden)  # (3)
        h = hidden.draw(hidden.mean(beta * field), rng)
        v = visible.draw(visible.mean((1 - beta) * start + beta * (a + h @ W)), rng)
    mean = logsumexp(log_weights) - np.log(C)
    spread = np.std(np.exp(log_weights - mean), ddof=1) if C > 1 else np.nan
    log_z = log_z0 + mean  # (4)
    return AnnealedEstimate(float(log_z), float(spread / np.sqrt(C)), log_weights)


def _log_p(beta: float, v: np.ndarray, field: np.ndarray, start: np.ndarray, a: np.ndarray, hidden: Any) -> np.ndarray:
    """ln p* at one temperature but for r(v), which is the same at all."""
    return v @ ((1 - beta) * start + beta * a) + hidden.log_partition(beta * field).sum(axis=1)  # (1)
