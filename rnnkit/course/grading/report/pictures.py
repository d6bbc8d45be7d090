"""Pictures for a page: drawn on an Axes by what is in `plots`, kept as PNG in the page itself."""

import base64
import io
from collections.abc import Callable
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

DOTS_PER_INCH = 160


@dataclass(frozen=True)
class Image:
    """A PNG in base64, its width on the page in CSS pixels, and what it shows in words."""

    data: str
    width: int
    alt: str


def image(draw: Callable[[Axes], object], size: tuple[float, float], alt: str) -> Image:
    """Draw a picture.

    Args:
        draw: draws on the Axes that it is given.
        size: width and height in inches.
        alt: what the picture shows, for those who do not see it.

    Returns:
        The picture, always the same for the same data.
    """
    figure = Figure(figsize=size, layout="constrained")  # without pyplot: nothing is left open
    draw(figure.subplots())
    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=DOTS_PER_INCH, metadata={"Software": None})
    return Image(base64.b64encode(png.getvalue()).decode(), round(96 * size[0]), alt)
