r"""Training by the extended Kalman filter, which takes the weights for the hidden state of a noisy system."""

from typing import Any

import numpy as np

from rnnkit._checks import number, positive_integer, positive_number
from rnnkit.training._forward import ForwardNet, checked_sequences


class EKFTrainer:
    r"""The extended Kalman filter (EKF), global or decoupled, on Elman, Jordan and output-feedback nets, online.

    The weights w are the state to be estimated, the targets d(n) noisy observations of the outputs y(n). With $H_i(n)
    = \partial y(n) / \partial w_i$ for the weights of group i, carried forward by RTRL, at each time step:

    $$\xi(n) = d(n) - y(n) \tag{1}$$
    $$A(n) = \Big[ R(n) + \textstyle\sum_i H_i(n)\,P_i(n)\,H_i(n)^\top \Big]^{-1} \tag{2}$$
    $$K_i(n) = P_i(n)\,H_i(n)^\top A(n) \tag{3}$$
    $$w_i(n+1) = w_i(n) + K_i(n)\,\xi(n) \tag{4}$$
    $$P_i(n+1) = P_i(n) - K_i(n)\,H_i(n)\,P_i(n) + Q \tag{5}$$

    The global filter has all weights in one group; the decoupled one has a group for each unit, its incoming weights,
    and leaves out the covariances between units: for w weights in g groups its steps cost O(w²/g) rather than O(w²).
    (5) is computed in Joseph's form and made symmetric. An error in K, from an A of nearly equal streams, leaves it
    positive definite, where it makes (5) indefinite:

    $$P_i \leftarrow (I - K_i H_i)\,P_i\,(I - K_i H_i)^\top + K_i\,(A^{-1} - H_i P_i H_i^\top)\,K_i^\top + Q \tag{6}$$

    Sequences run side by side and are observed together, as in Feldkamp and Puskorius's multi-stream training: H and ξ
    have a row for each output of each sequence. RTRL's derivatives are carried on while the weights move. The filter's
    P stays from one call of `fit` to the next.

    Args:
        layer: as in `RTRLTrainer`.
        decoupled: whether each unit is a group of its own.
        p0: P at the start is this multiple of the identity. Large: little is known about the weights.
        r: R is this multiple of the identity, the variance of the noise on the targets. Or a pair, R at the first and
            at the last step of a call of `fit`, with R in between falling by equal ratios. Smaller: larger steps.
        q: Q is this multiple of the identity, at least 0. It keeps P from vanishing, and the filter learning.

    Raises:
        ValueError: a layer that cannot be trained so; p0 or r not positive, q negative, any of them not finite, or p0
            so many times r that float64 cannot hold a P that is positive definite.

    Source:
        Z. Wu, Recurrent Neural Networks (2015) names EKF as the third way of training and gives no formulas. (1)-(5)
        follow G. V. Puskorius and L. A. Feldkamp (1994), who write H for our transpose of it; (6) is the usual remedy
        of P. D. Joseph.

    Example:
        >>> import keras, numpy as np, rnnkit
        >>> keras.utils.set_random_seed(0)  # the layer's weights at the start
        >>> x = np.random.default_rng(0).normal(size=(1, 60, 3))
        >>> layer = rnnkit.Elman(4, 1, output_activation="linear")
        >>> output = layer(x)
        >>> losses = EKFTrainer(layer, r=1.0).fit(x, x[..., :1], epochs=5)
        >>> bool(losses[-1] < 0.05 * losses[0])
        True
    """

    def __init__(self, layer: Any, decoupled: bool = False, p0: float = 100.0, r: Any = 1.0, q: float = 1e-4) -> None:
        self.layer, self.net = layer, ForwardNet(layer)
        first_and_last = r if isinstance(r, tuple | list) else (r, r)
        if len(first_and_last) != 2:
            raise ValueError(f"r: expected a number or a pair of first and last, received {r!r}.")
        self.first_r, self.last_r = (_variance("r", value) for value in first_and_last)
        self.q = _variance("q", q, zero=True)
        p0, least_r = _variance("p0", p0), min(self.first_r, self.last_r)
        if p0 > 1e14 * least_r:
            raise ValueError(
                f"p0: expected at most 1e14 times the least r, {least_r:g}, received {p0:g}: float64 could not keep P "
                "positive definite."
            )
        trained = np.flatnonzero(self.net.trainable)
        if len(trained) == 0:
            raise ValueError("layer: expected one with trainable weights, received one whose weights are all frozen.")
        unit = self.net.unit_of_weight[trained]
        self.groups = [trained[unit == u] for u in np.unique(unit)] if decoupled else [trained]
        self.covariances = [p0 * np.eye(len(group)) for group in self.groups]

    def fit(self, x: Any, y: Any, epochs: int = 1, initial_state: Any = None) -> np.ndarray:
        """Train the layer, with one step of the filter at each time step.

        Args:
            x: inputs, shape (batch, time, N); the sequences of a batch run side by side.
            y: targets, shape (batch, time, J), or (batch, J) where only the last step has a target.
            epochs: how often the sequences are shown, each time from the initial state.
            initial_state: as the layer takes it. Zeros by default.

        Returns:
            The mean squared error of each epoch, shape (epochs,), of the outputs as they were before each step.

        Raises:
            ValueError: shapes other than these, epochs not a positive integer.
        """
        epochs = positive_integer("epochs", epochs)
        x, y = checked_sequences(self.net, x, y)
        self.net.read()
        time = x.shape[1]
        first = 0 if y.ndim == 3 else time - 1
        noise = np.geomspace(self.first_r, self.last_r, epochs * (time - first)).reshape(epochs, -1)
        squares = np.zeros(epochs)
        for epoch in range(epochs):
            self.net.start(len(x), initial_state)
            for n in range(time):
                output = self.net.step(x[:, n])
                if n >= first:
                    xi = (y if y.ndim == 2 else y[:, n]) - output  # (1)
                    squares[epoch] += np.sum(xi**2)
                    self._observe(xi.reshape(-1), noise[epoch, n - first])
            self.net.write()
        return squares / y.size

    def _observe(self, xi: np.ndarray, r: float) -> None:
        by_w, R = self.net.y_by_w.reshape(len(xi), -1), r * np.eye(len(xi))
        Hs = [by_w[:, group] for group in self.groups]
        PHs = [P @ H.T for P, H in zip(self.covariances, Hs, strict=True)]  # P_i H_iᵀ
        HPHs = [H @ PH for H, PH in zip(Hs, PHs, strict=True)]
        A = np.linalg.inv(A_inverse := R + sum(HPHs))  # (2)
        for i, group in enumerate(self.groups):
            K = PHs[i] @ A  # (3)
            self.net.weights[group] += K @ xi  # (4)
            left, Q = self.covariances[i] - K @ PHs[i].T, self.q * np.eye(len(K))  # (I − K H) P
            P = left - (left @ Hs[i].T) @ K.T + K @ (A_inverse - HPHs[i]) @ K.T + Q  # (6)
            self.covariances[i] = 0.5 * (P + P.T)


def _variance(name: str, value: Any, zero: bool = False) -> float:
    if zero:
        return number(name, value, least=0.0, expected="a finite number, at least 0, a variance")
    return positive_number(name, value, "a finite positive number, a variance")
