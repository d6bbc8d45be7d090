r"""A feed-forward network that says at once where a recurrent one would run to."""

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


def fit_basin_network(
    starts: Any,
    labels: Any,
    hidden: tuple[int, ...] = (32, 32),
    *,
    alpha: float = 1e-5,
    iterations: int = 500,
    seed: int | None = None,
) -> "Pipeline":
    r"""Teach a feed-forward network the basins of attraction.

    L5 reads a recurrent network in two ways as a feed-forward one: unfolded, infinitely many layers that are all F; or
    as any network that divides the state space as the basins do,

    $$N(x) = \text{the attractor that } F(F(\dots F(x))) \text{ runs into}$$

    whose layers need not be alike. This is the second reading: a common classifier, fitted to examples of N. It
    needs none of the steps, and works for limit cycles and chaos, where unfolding has no end; it knows only what the
    examples show, and is worst where basins are thin.

    Args:
        starts: shape (starts, n).
        labels: as `basins` returns them, shape (starts,). Starts with −1 reach nothing and are left out.
        hidden: sizes of the tanh layers.
        alpha: penalty on the weights' squares.
        iterations: of L-BFGS, at most.
        seed: for the initial weights.

    Returns:
        A fitted scikit-learn pipeline: `predict(starts)` gives numbers of attractors, `score(starts, labels)` the
        share that is right.

    Raises:
        ValueError: fewer than two attractors among the labels, or another number of labels than of starts.

    Source:
        M. Smart, Introduction to Recurrent Neural Nets (2020), Viewing RNNs as FFNNs.

    Example:
        >>> import numpy as np
        >>> x = np.random.default_rng(0).normal(size=(200, 2))
        >>> network = fit_basin_network(x, (x[:, 0] > 0).astype(int), (8,), seed=0)
        >>> network.predict([[-2.0, 0.3], [2.0, 0.3]]).tolist()
        [0, 1]
    """
    # Not above: the layers and the training stand on this package, and scikit-learn takes a second to load.
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    x, labels = np.asarray(starts, dtype=float), np.asarray(labels)
    if x.ndim != 2 or labels.shape != (len(x),):
        raise ValueError(
            "labels: expected one for each of the starts, shape (starts, n), "
            f"received shapes {labels.shape} and {x.shape}."
        )
    known = labels >= 0
    if len(np.unique(labels[known])) < 2:
        raise ValueError(
            f"labels: expected two attractors or more, received {len(np.unique(labels[known]))}. Take other starts."
        )
    network = MLPClassifier(hidden, "tanh", solver="lbfgs", alpha=alpha, max_iter=iterations, random_state=seed)
    with warnings.catch_warnings():
        # Borders can be as fine as one likes, so that the fit need not come to an end of its own.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return make_pipeline(StandardScaler(), network).fit(x[known], labels[known])
