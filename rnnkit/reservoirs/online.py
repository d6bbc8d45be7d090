r"""A linear readout learnt step by step: recursive least squares with what `ridge` would give at each step."""

from typing import Any

import numpy as np

from rnnkit._checks import finite_array, fraction, positive_integer, positive_number


class RecursiveLeastSquares:
    r"""The readout $y = x\,\Omega + \omega_0$ after each step, as if solved for anew on all steps so far.

    For a state x and a target d, with the means $\bar x$, $\bar d$ and the weight n of the steps before:

    $$w = \lambda n / (\lambda n + 1), \qquad \delta = x - \bar x \tag{1}$$
    $$e = d - \bar d - \delta\,\Omega \tag{2}$$
    $$g = \frac{P\,\delta^\top}{\lambda / w + \delta P \delta^\top} \tag{3}$$
    $$\Omega \leftarrow \Omega + g\,e, \qquad P \leftarrow (P - g\,\delta P) / \lambda \tag{4}$$
    $$n \leftarrow \lambda n + 1 \tag{5}$$
    $$\bar x \leftarrow \bar x + \delta / n, \qquad \bar d \leftarrow \bar d + (d - \bar d) / n \tag{6}$$
    $$\omega_0 = \bar d - \bar x\,\Omega \tag{7}$$

    from $P = I / \beta$ and zeros; the first step sets the means alone. With λ = 1, Ω and ω₀ after any number of steps
    are `ridge`'s with the penalty β: the bias carries none. With λ below 1 a step that is k steps old counts by
    $\lambda^k$, and so does β.

    Args:
        units: N.
        outputs: J.
        penalty: β, above 0.
        forgetting: λ, above 0, at most 1.

    Attributes:
        kernel, bias: Ω, shape (N, J), and ω₀, shape (J,).

    Raises:
        ValueError: settings out of their range.

    Source:
        S. Haykin, Adaptive Filter Theory (2002), chapter 9, with the means taken out as B. P. Welford (1962) does.

    Example:
        >>> online = RecursiveLeastSquares(units=1, outputs=1, penalty=1e-9)
        >>> for x in (0.0, 1.0, 2.0):
        ...     error = online.update([x], [2 * x + 1])
        >>> online.kernel.round(6).tolist(), online.bias.round(6).tolist()
        ([[2.0]], [1.0])
    """

    def __init__(self, units: int, outputs: int, penalty: float = 1e-8, forgetting: float = 1.0) -> None:
        N, J = positive_integer("units", units), positive_integer("outputs", outputs)
        self.forgetting = fraction("forgetting", forgetting, zero=False)
        self.kernel = np.zeros((N, J))
        self._P = np.eye(N) / positive_number("penalty", penalty)
        self._n, self._x_mean, self._d_mean = 0.0, np.zeros(N), np.zeros(J)

    @property
    def bias(self) -> np.ndarray:
        """ω₀, shape (J,)."""
        return self._d_mean - self._x_mean @ self.kernel  # (7)

    def __call__(self, states: Any) -> np.ndarray:
        """The outputs of states, shape (..., N) to (..., J)."""
        return np.asarray(states, dtype=float) @ self.kernel + self.bias

    def update(self, state: Any, target: Any) -> np.ndarray:
        """Learn from one step.

        Args:
            state: x, shape (N,).
            target: d, shape (J,).

        Returns:
            The error before the step, d less the readout of x, shape (J,).

        Raises:
            ValueError: other shapes, values that are not finite.
        """
        x, d = finite_array("state", state), finite_array("target", target)
        for name, values, size in (("state", x, len(self.kernel)), ("target", d, self.kernel.shape[1])):
            if values.shape != (size,):
                raise ValueError(f"{name}: expected shape ({size},), received {values.shape}.")
        lam, before = self.forgetting, self.forgetting * self._n
        w, delta = before / (before + 1), x - self._x_mean  # (1)
        e = d - self._d_mean - delta @ self.kernel  # (2)
        P_delta = self._P @ delta
        if w:
            g = P_delta / (lam / w + delta @ P_delta)  # (3)
            self.kernel, self._P = self.kernel + g[:, None] * e, (self._P - g[:, None] * P_delta) / lam  # (4)
        else:
            self._P = self._P / lam
        self._n = n = before + 1  # (5)
        self._x_mean, self._d_mean = self._x_mean + delta / n, self._d_mean + (d - self._d_mean) / n  # (6)
        return e
