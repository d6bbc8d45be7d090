r"""A window that slides over a text while the pen moves."""

import math
from typing import Any

import keras
import numpy as np
from keras import ops

from rnnkit._checks import positive_integer, positive_number
from rnnkit.layers.base import register


@register
class SoftWindow(keras.layers.Layer):
    r"""One time step of a soft window over a text of U characters, steered by a hidden layer h.

    For K bumps, each with an importance α, a sharpness β and a place κ in the text:

    $$(\hat\alpha, \hat\beta, \hat\kappa) = h W + b \tag{1}$$
    $$\alpha = \exp \hat\alpha, \quad \beta = \exp \hat\beta \tag{2}$$
    $$\kappa(t) = \kappa(t-1) + \exp \hat\kappa \tag{3}$$
    $$\varphi(t, u) = \sum_{k=1}^K \alpha_k \exp\left(-\beta_k (\kappa_k(t) - u)^2\right), \quad u = 1 \dots U \tag{4}$$
    $$w(t) = \sum_{u=1}^U \varphi(t, u)\, c_u \tag{5}$$

    The places never go back. A character whose code c is all zeros, as after the end of a text that is shorter than
    others, gives nothing to w.

    Args:
        bumps: K.
        step: exp κ̂ of an untrained layer, in characters: about the number of characters over the number of points.
        kernel_initializer: of W, shape (features, 3 K).
        name, dtype, trainable: as in every Keras layer.

    Call arguments:
        hidden: h, shape (batch, features).
        kappa: κ(t − 1), shape (batch, K).
        text: c, shape (batch, U, characters).

    Returns:
        w, shape (batch, characters); κ(t), shape (batch, K).

    Raises:
        ValueError: bumps that are not a positive integer, a step not above 0.

    Source:
        A. Graves, Generating Sequences With Recurrent Neural Networks (2013), arXiv 1308.0850, section 5.1.

    Example:
        >>> import numpy as np
        >>> window = SoftWindow(bumps=2)
        >>> w, kappa = window(np.ones((1, 3)), np.zeros((1, 2)), np.ones((1, 6, 4)))
        >>> tuple(w.shape), bool((np.array(kappa) > 0).all())
        ((1, 4), True)
    """

    def __init__(
        self, bumps: int, step: float = 0.125, kernel_initializer: Any = "glorot_uniform", **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.bumps = positive_integer("bumps", bumps, "the number of bumps, at least 1")
        self.step = positive_number("step", step)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, hidden_shape: Any, kappa_shape: Any = None, text_shape: Any = None) -> None:
        features = hidden_shape[-1]
        self.kernel = self.add_weight(
            name="kernel", shape=(features, 3 * self.bumps), initializer=self.kernel_initializer
        )
        start = np.repeat([0.0, 0.0, math.log(self.step)], self.bumps)
        self.bias = self.add_weight(
            name="bias", shape=(3 * self.bumps,), initializer=lambda shape, dtype: ops.cast(start, dtype)
        )

    def parameters(self, hidden: Any, kappa: Any) -> tuple[Any, Any, Any]:
        """α, β and κ(t), each (batch, K)."""
        hats = ops.matmul(hidden, self.kernel) + self.bias  # (1)
        alpha_hat, beta_hat, kappa_hat = ops.split(hats, 3, axis=-1)
        alpha, beta = ops.exp(alpha_hat), ops.exp(beta_hat)  # (2)
        kappa = kappa + ops.exp(kappa_hat)  # (3)
        return alpha, beta, kappa

    @staticmethod
    def phi(alpha: Any, beta: Any, kappa: Any, length: int) -> Any:
        """φ(t, u) for u = 1 … length, shape (batch, length)."""
        u = ops.arange(1, length + 1, dtype=kappa.dtype)
        alpha, beta, kappa = (ops.expand_dims(part, -1) for part in (alpha, beta, kappa))
        return ops.sum(alpha * ops.exp(-beta * ops.square(kappa - u)), axis=-2)  # (4)

    def call(self, hidden: Any, kappa: Any, text: Any) -> tuple[Any, Any]:
        alpha, beta, kappa = self.parameters(hidden, kappa)
        phi = self.phi(alpha, beta, kappa, ops.shape(text)[1])
        w = ops.einsum("bu,buc->bc", phi, text)  # (5)
        return w, kappa

    def get_config(self) -> dict[str, Any]:
        initializer = keras.initializers.serialize(self.kernel_initializer)
        return {**super().get_config(), "bumps": self.bumps, "step": self.step, "kernel_initializer": initializer}
