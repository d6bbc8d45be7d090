"""Free-running forecasts: a model that lives on its own predictions."""

from collections.abc import Callable

import numpy as np

from rnnkit._checks import positive_integer


def free_run(predict: Callable[[np.ndarray], np.ndarray], past: np.ndarray, n_frames: int) -> np.ndarray:
    """Predict a frame, append it to the past, drop the oldest samples, predict again.

    After the given past no true sample is seen any more.

    Args:
        predict: from pasts (windows, past samples) to the next samples (windows, n_output).
        past: true samples to start from, shape (windows, past samples).
        n_frames: how many times to predict.

    Returns:
        Forecasts of shape (windows, n_frames · n_output).

    Raises:
        ValueError: n_frames below 1, a past that is not of rank 2, or a prediction of another number of windows.

    Example:
        >>> free_run(lambda past: past[:, -1:] + 1, np.array([[1, 2, 3]]), n_frames=4).tolist()
        [[4, 5, 6, 7]]
    """
    positive_integer("n_frames", n_frames, "1 or more")
    past = np.asarray(past)
    if past.ndim != 2:
        raise ValueError(f"past: expected shape (windows, past samples), received {past.shape}.")
    history = past
    for _ in range(n_frames):
        frame = np.asarray(predict(history[:, -past.shape[1] :]))
        if frame.ndim != 2 or len(frame) != len(past):
            raise ValueError(f"predict: expected it to return shape ({len(past)}, n_output), received {frame.shape}.")
        history = np.concatenate([history, frame], axis=1)
    return history[:, past.shape[1] :]
