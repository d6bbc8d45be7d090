"""Tasks with long time lags: the adding problem and the temporal order of two or three symbols."""

from dataclasses import dataclass

import numpy as np

from rnnkit._checks import integer, positive_integer


@dataclass(frozen=True)
class Sequences:
    """Sequences of different lengths and what to answer at their last steps.

    Attributes:
        x: float32, shape (sequences, longest, features), zeros after a sequence's end.
        y: float32, shape (sequences, outputs).
        lengths: shape (sequences,).
    """

    x: np.ndarray
    y: np.ndarray
    lengths: np.ndarray

    @property
    def mask(self) -> np.ndarray:
        """True at the steps of a sequence, shape (sequences, longest), as Keras's layers take it."""
        return np.arange(self.x.shape[1]) < self.lengths[:, None]


def adding_problem(count: int, length: int, seed: int, vary: bool = True) -> Sequences:
    """Remember two real numbers, and add them up at the end.

    Each step has a random value in [−1, 1] and a marker. One of the first ten steps is marked by 1, and one of the
    first length/2 − 1 that are not yet marked; the first and the last step have −1, the others 0. A marked first step
    keeps its 1, and its value is 0. The answer is 0.5 + (X₁ + X₂)/4 with X the marked values: in [0, 1], and right if
    it is less than 0.04 off.

    Args:
        count: sequences.
        length: T, the least length, at least 22 so that ten steps and T/2 − 1 can be chosen from; lengths are random
            from T to T + T/10.
        seed: of the random numbers.
        vary: False for sequences that all have the least length.

    Returns:
        The sequences, with 2 features (value, marker) and 1 output.

    Raises:
        ValueError: a count that is not a positive integer, a length below 22.

    Source:
        S. Hochreiter and J. Schmidhuber, Long Short-Term Memory (1997), section 5.4.

    Example:
        >>> data = adding_problem(3, 100, seed=0)
        >>> data.x.shape[2], [float(m) for m in np.unique(data.x[..., 1])]
        (2, [-1.0, 0.0, 1.0])
        >>> marked = (data.x[..., 0] * (data.x[..., 1] == 1)).sum(axis=1)
        >>> bool(np.allclose(data.y[:, 0], 0.5 + marked / 4))
        True
    """
    count, length = positive_integer("count", count), _length(length, 22)
    rng = np.random.default_rng(seed)
    lengths = _lengths(rng, count, length, vary)
    values = rng.uniform(-1.0, 1.0, (count, lengths.max()))
    first = rng.integers(0, 10, count)
    second = rng.integers(0, length // 2 - 1, count)
    second += second >= first  # counted over the steps that are not yet marked
    rows = np.arange(count)
    values[:, 0] = np.where((first == 0) | (second == 0), 0.0, values[:, 0])
    markers = np.zeros_like(values)
    markers[:, 0] = markers[rows, lengths - 1] = -1.0
    markers[rows, first] = markers[rows, second] = 1.0
    y = 0.5 + (values[rows, first] + values[rows, second]) / 4.0
    x = np.stack([values, markers], axis=-1) * (np.arange(lengths.max()) < lengths[:, None])[..., None]
    return Sequences(x.astype("float32"), y[:, None].astype("float32"), lengths)


def adding_problem_baseline(length: int) -> dict[str, float]:
    """What the constant answer 0.5 reaches: mean squared error, and the share of answers less than 0.04 off.

    X₁ and X₂ are independent and uniform in [−1, 1], with variance 1/3, except that one is 0 where the first step is
    marked, with probability p = 1/10 + 9/10 · 1/(T/2 − 1):

    mse = (2 − p) · 1/3 · 1/16    (1)
    share = P(|X₁ + X₂| < 0.16) = (1 − p)(1 − 0.92²) + p · 0.16    (2)

    Example:
        >>> {name: round(value, 4) for name, value in adding_problem_baseline(100).items()}
        {'mse': 0.0392, 'share': 0.1544}
    """
    p = 0.1 + 0.9 / (_length(length, 22) // 2 - 1)
    mse = (2 - p) / 48  # (1)
    share = (1 - p) * (1 - 0.92**2) + p * 0.16  # (2)
    return {"mse": mse, "share": share}


_PLACES = {
    ("1997", 2): ((0.1, 0.2), (0.5, 0.6)),
    ("1997", 3): ((0.1, 0.2), (0.33, 0.43), (0.66, 0.76)),
    ("2013", 2): ((0.1, 0.2), (0.5, 0.6)),
}


def temporal_order(
    count: int, length: int, seed: int, symbols: int = 2, form: str = "1997", vary: bool = True
) -> Sequences:
    """Tell in which order two or three symbols came, with long stretches of others between them.

    Among random distractors a, b, c, d there are two or three symbols that are X or Y; the class is their order. The
    form of 1997 has features a, b, c, d, X, Y, E, B: E at the start, B at the end, lengths random from L to L + L/10,
    and the symbols, with steps counted from 0, at [0.1 L, 0.2 L] and [0.5 L, 0.6 L], or, of three, at [0.1 L, 0.2 L],
    [0.33 L, 0.43 L] and [0.66 L, 0.76 L], ends included (L = 100 in the paper). The form of 2013, for two symbols, has
    features a, b, c, d, X, Y only, lengths L, and the ends of the places excluded.

    Args:
        count: sequences.
        length: L, at least 20.
        seed: of the random numbers.
        symbols: 2 for the paper's task 6a with 4 classes, 3 for 6b with 8.
        form: "1997" or "2013".
        vary: False for sequences of length L in the form of 1997 too.

    Returns:
        The sequences, one-hot, and their classes, one-hot: XX, XY, YX, YY, or XXX, XXY, XYX, … in this order.

    Raises:
        ValueError: a count that is not a positive integer, a length below 20, another form or number of symbols.

    Source:
        S. Hochreiter and J. Schmidhuber (1997), section 5.6; R. Pascanu, T. Mikolov, Y. Bengio (2013) and their
        program, whose places are those above and not the paper's.

    Example:
        >>> data = temporal_order(2, 100, seed=1, form="2013")
        >>> data.x.shape, data.y.tolist()
        ((2, 100, 6), [[0.0, 0.0, 0.0, 1.0], [1.0, 0.0, 0.0, 0.0]])
    """
    if (form, symbols) not in _PLACES:
        known = ", ".join(f"{f!r} with {s}" for f, s in _PLACES)
        raise ValueError(f"form: expected a form and symbols out of {known}, received {form!r} with {symbols!r}.")
    count, length = positive_integer("count", count), _length(length, 20)
    rng = np.random.default_rng(seed)
    framed = form == "1997"
    lengths = _lengths(rng, count, length, vary and framed)
    kinds = rng.integers(0, 4, (count, lengths.max()))
    rows, order = np.arange(count), rng.integers(0, 2, (count, symbols))
    if framed:
        kinds[:, 0], kinds[rows, lengths - 1] = 6, 7
    for i, (low, high) in enumerate(_PLACES[form, symbols]):
        ends = int(np.floor(low * length + 1e-9)), int(np.floor(high * length + 1e-9)) + framed
        kinds[rows, rng.integers(*ends, count)] = 4 + order[:, i]
    x = np.eye(8 if framed else 6, dtype="float32")[kinds]
    x *= (np.arange(lengths.max()) < lengths[:, None])[..., None]
    classes = order @ (2 ** np.arange(symbols)[::-1])
    return Sequences(x, np.eye(2**symbols, dtype="float32")[classes], lengths)


def _length(length: int, least: int) -> int:
    return integer("length", length, least, f"at least {least} steps")


def _lengths(rng: np.random.Generator, count: int, length: int, vary: bool) -> np.ndarray:
    return rng.integers(length, length + length // 10 + 1, count) if vary else np.full(count, length)
