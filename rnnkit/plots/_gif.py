"""Moving pictures as GIF files."""

from collections.abc import Callable, Iterable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from rnnkit._files import write_beside_then_rename


def save_gif(
    figure: Any,
    draw: Callable[[int], Sequence[Any]],
    frames: Iterable[int],
    path: Path,
    *,
    milliseconds: int = 50,
    rests: tuple[int, int] | None = None,
) -> Path:
    """Write a figure's frames and return the path.

    What moves is drawn anew for every frame, what stands still once: axes and their labels take most of the time.

    Args:
        figure: matplotlib Figure.
        draw: changes the figure to what frame k shows, returns the artists that move, always the same.
        frames: the values of k.
        path: of the file; its folder is made, and the file is there whole or not at all.
        milliseconds: how long a frame stays.
        rests: how long the first and the last one stay, if not as long as the others.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    frames = list(frames)
    canvas = FigureCanvasAgg(figure)
    moving = draw(frames[0])
    for artist in moving:
        artist.set_animated(True)
    canvas.draw()
    still = canvas.copy_from_bbox(figure.bbox)
    pages = []
    for k in frames:
        canvas.restore_region(still)
        for artist in draw(k):
            figure.draw_artist(artist)
        pages.append(Image.fromarray(np.array(canvas.buffer_rgba())).convert("RGB").quantize(64))
    durations = [milliseconds] * len(pages)
    if rests is not None:
        durations[0], durations[-1] = rests
    content = BytesIO()
    pages[0].save(content, "GIF", save_all=True, append_images=pages[1:], duration=durations, loop=0)
    write_beside_then_rename(path, content.getvalue())
    return path
