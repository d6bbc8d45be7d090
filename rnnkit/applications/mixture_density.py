"""The layer that gives the density of a pen's next point, and the loss that trains it."""

from typing import Any

import keras
from keras import ops

from rnnkit._checks import positive_integer
from rnnkit.applications import bivariate_mixture
from rnnkit.layers.base import register


@register
class MixtureDensity(keras.layers.Layer):
    r"""A layer whose output is a mixture of correlated normals in the plane with a coin for lifting the pen.

    $$\hat y = h W + b \tag{1}$$

    What the 6 M + 1 numbers ŷ stand for is told in `rnnkit.applications.bivariate_mixture`.

    Args:
        components: M.
        kernel_initializer, bias_initializer: of W, shape (features, 6 M + 1), and b.
        name, dtype, trainable: as in every Keras layer.

    Call arguments:
        features: h, shape (..., features).

    Returns:
        ŷ, shape (..., 6 M + 1), for `mixture`, `log_prob`, `gradient` and `sample` of this layer, and for the loss
        `MixtureLoss`.

    Raises:
        ValueError: components that are not a positive integer.

    Source:
        A. Graves, Generating Sequences With Recurrent Neural Networks (2013), arXiv 1308.0850, section 4.1; after
        C. M. Bishop, Mixture Density Networks (1994).

    Example:
        >>> import numpy as np
        >>> layer = MixtureDensity(components=3)
        >>> y_hat = layer(np.ones((2, 5, 4)))
        >>> tuple(y_hat.shape), tuple(layer.log_prob(y_hat, np.zeros((2, 5, 3))).shape)
        ((2, 5, 19), (2, 5))
        >>> tuple(layer.sample(y_hat, bias=0.5, seed=1).shape)
        (2, 5, 3)
    """

    mixture = staticmethod(bivariate_mixture.mixture)
    log_prob = staticmethod(bivariate_mixture.log_prob)
    gradient = staticmethod(bivariate_mixture.gradient)
    sample = staticmethod(bivariate_mixture.sample)

    def __init__(
        self,
        components: int,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.components = positive_integer("components", components, "the number of components, at least 1")
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        size = 6 * self.components + 1
        self.kernel = self.add_weight(name="kernel", shape=(input_shape[-1], size), initializer=self.kernel_initializer)
        self.bias = self.add_weight(name="bias", shape=(size,), initializer=self.bias_initializer)

    def call(self, features: Any) -> Any:
        return ops.matmul(features, self.kernel) + self.bias  # (1)

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        return (*input_shape[:-1], 6 * self.components + 1)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "components": self.components,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
        }


@register
class MixtureLoss(keras.losses.Loss):
    """Nats a point: the mean of −log Pr(x) over the points that are there.

    A sequence that is shorter than the longest of its batch is filled up with points whose third number is −1, which
    are no points: they do not count, neither in the sum nor in the number that it is divided by.

    Args:
        reduction: as in every Keras loss; "mean_with_sample_weight" divides by the number of points, or by the sum of
            the weights given.
        name, dtype: likewise.

    Example:
        >>> import numpy as np
        >>> points, y_hat = np.zeros((1, 4, 3), "float32"), np.zeros((1, 4, 7), "float32")
        >>> round(float(MixtureLoss()(points, y_hat)), 4)
        2.531
        >>> points[:, 2:] = [9.0, 9.0, -1.0]                  # two points only
        >>> round(float(MixtureLoss()(points, y_hat)), 4)
        2.531
    """

    def __init__(
        self, reduction: str = "mean_with_sample_weight", name: str = "mixture_loss", dtype: Any = None
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        y_true = ops.convert_to_tensor(y_true)
        there = ops.cast(y_true[..., 2] >= 0, keras.backend.standardize_dtype(y_pred.dtype))
        if sample_weight is not None:
            weight = ops.cast(sample_weight, there.dtype)
            for _ in range(len(there.shape) - len(weight.shape)):
                weight = ops.expand_dims(weight, -1)
            there = there * weight
        # What stands in the other rows must not even be looked at: 0 times infinity is not 0.
        y_true = ops.where(y_true[..., 2:] >= 0, y_true, ops.zeros_like(y_true))
        return super().__call__(y_true, y_pred, sample_weight=there)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return -bivariate_mixture.log_prob(y_pred, y_true)

    def get_config(self) -> dict[str, Any]:
        return {"reduction": self.reduction, "name": self.name, "dtype": keras.backend.standardize_dtype(self.dtype)}
