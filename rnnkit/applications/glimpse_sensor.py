r"""A retina of limited bandwidth: square crops around a place, coarser the wider they are."""

from typing import Any

import keras
from keras import ops

from rnnkit._checks import integer, number, positive_integer
from rnnkit.layers.base import register


@register
class GlimpseSensor(keras.layers.Layer):
    r"""Crops of an image around a location, each wider than the last and averaged down to the same number of pixels.

    A location $l = (l_1, l_2)$ is row and column, −1 at the upper and left border of an image of H × W pixels x and 1
    at the lower and right one. Crop k = 0, 1, … is $s_k$ pixels wide and begins in row r and column c; pixel (i, j) of
    the glimpse is an average over $f^k \times f^k$ pixels:

    $$s_k = s\, f^k \tag{1}$$
    $$(r, c) = \Big\lfloor \tfrac{1}{2} (l + 1) \cdot (H, W) - \tfrac{1}{2} s_k + \tfrac{1}{2} \Big\rfloor \tag{2}$$
    $$P_{mn} = \begin{cases} x_{r+m,\, c+n} & \text{inside of the image} \\ \text{padding} & \text{outside} \end{cases}
        \tag{3}$$
    $$\rho_{ijk} = \frac{1}{f^{2k}} \sum_{m < f^k} \sum_{n < f^k} P_{i f^k + m,\, j f^k + n} \tag{4}$$

    Because of the rounding in (2), no gradient goes back into the location. The cost depends on s and the number of
    scales, not on the image.

    Args:
        size: s, the side of the glimpse in pixels.
        scales: number of crops.
        factor: f, by which a crop is wider than the one before.
        padding: value of pixels outside of the image.
        pixels_per_unit: a location's unit in pixels, counted from the image's centre: a locator that has learnt on one
            canvas then means the same distances on another. By default half the image's height and width, as above.

    Call arguments:
        images: shape (batch, H, W, channels).
        locations: shape (batch, 2): row and column.

    Returns:
        ρ, shape (batch, size, size, scales · channels), the finest scale's channels first.

    Raises:
        ValueError: a size that is not a positive integer, a factor below 2, a padding or unit that is not a number; at
            the call, images or locations of another rank, or an image smaller than the finest crop.

    Source:
        V. Mnih, N. Heess, A. Graves, K. Kavukcuoglu, Recurrent Models of Visual Attention (2014), section 3.1 and
        figure 1. Rounding and padding are not said there.

    Example:
        >>> import numpy as np
        >>> image = np.arange(36.0).reshape(1, 6, 6, 1)
        >>> glimpse = GlimpseSensor(size=2, scales=2)(image, np.zeros((1, 2)))
        >>> np.asarray(glimpse[0, :, :, 0]).tolist()  # rows and columns 2 and 3
        [[14.0, 15.0], [20.0, 21.0]]
        >>> np.asarray(glimpse[0, :, :, 1]).tolist()  # rows and columns 1 to 4, two by two
        [[10.5, 12.5], [22.5, 24.5]]
    """

    def __init__(
        self,
        size: int,
        scales: int = 1,
        factor: int = 2,
        padding: float = 0.0,
        pixels_per_unit: float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.size = positive_integer("size", size)
        self.scales = positive_integer("scales", scales)
        self.factor = integer("factor", factor, 2)
        self.padding = number("padding", padding)
        self.pixels_per_unit = (
            None if pixels_per_unit is None else number("pixels_per_unit", pixels_per_unit, above=0.0)
        )

    def build(self, images_shape: Any, locations_shape: Any = None) -> None:
        self.refuse_other(images_shape, locations_shape)
        self.built = True

    def refuse_other(self, images_shape: Any, locations_shape: Any = None) -> None:
        """Raise a ValueError for shapes of images and locations that the sensor cannot take."""
        if len(images_shape) != 4:
            raise ValueError(
                f"images: expected shape (batch, height, width, channels), received {tuple(images_shape)}. Grey images "
                "get their channel by images[..., None]."
            )
        if any(side is not None and side < self.size for side in images_shape[1:3]):
            raise ValueError(
                f"images: expected at least {self.size} × {self.size} pixels, the size of the finest crop, received "
                f"{tuple(images_shape)}. Take a smaller size, or larger images."
            )
        if locations_shape is not None and (len(locations_shape) != 2 or locations_shape[1] != 2):
            raise ValueError(f"locations: expected shape (batch, 2), received {tuple(locations_shape)}.")

    def call(self, images: Any, locations: Any) -> Any:
        self.refuse_other(images.shape, locations.shape)
        return ops.concatenate([self._crop(images, locations, k) for k in range(self.scales)], axis=-1)

    def _crop(self, images: Any, locations: Any, k: int) -> Any:
        x, f = images, self.factor
        batch, height, width, channels = ops.shape(x)
        s = self.size * f**k  # (1)
        sides = ops.cast(ops.stack([height, width]), "float32")
        half = 0.5 * sides if self.pixels_per_unit is None else self.pixels_per_unit
        centre = ops.cast(locations, "float32") * half + 0.5 * sides
        corner = ops.cast(ops.floor(centre - 0.5 * s + 0.5), "int32")  # (2)
        rows, columns = (corner[:, axis, None] + ops.arange(s, dtype="int32") for axis in (0, 1))
        inside = _between(rows, height)[:, :, None] & _between(columns, width)[:, None, :]
        at = ops.clip(rows, 0, height - 1)[:, :, None] * width + ops.clip(columns, 0, width - 1)[:, None, :]
        pixels = ops.take_along_axis(ops.reshape(x, (batch, -1, channels)), ops.reshape(at, (batch, s * s, 1)), axis=1)
        p = ops.where(
            ops.reshape(inside, (batch, s * s, 1)), pixels, ops.convert_to_tensor(self.padding, x.dtype)
        )  # (3)
        blocks = ops.reshape(p, (batch, self.size, f**k, self.size, f**k, channels))
        return ops.mean(blocks, axis=(2, 4))  # (4)

    def compute_output_shape(self, images_shape: Any, locations_shape: Any = None) -> tuple[Any, ...]:
        self.refuse_other(images_shape, locations_shape)
        channels = None if images_shape[3] is None else images_shape[3] * self.scales
        return images_shape[0], self.size, self.size, channels

    def get_config(self) -> dict[str, Any]:
        names = ("size", "scales", "factor", "padding", "pixels_per_unit")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def _between(index: Any, end: Any) -> Any:
    return (index >= 0) & (index < end)
