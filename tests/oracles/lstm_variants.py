"""The LSTM variants of Greff and others (2017) in plain loops, one flag each, written from the paper's equations."""

import numpy as np

from tests.oracles.recurrent import sigmoid


def lstm(
    x,
    weights,
    y,
    c,
    gates=None,
    *,
    nig=False,
    nfg=False,
    nog=False,
    niaf=False,
    noaf=False,
    cifg=False,
    np_=False,
    fgr=False,
):
    """Oracle of rnnkit.layers.peephole_lstm.PeepholeLSTMCell, for one sequence (T, M).

    Gives outputs, cells, and gates by letter, each (T, N).

    Weights by name: W_z (N, M), R_z (N, N), b_z (N,), p_i (N,), ...; for full gate recurrence R_fi (N, N), from f to i,
    and so on; `gates` are those before the first step.
    """
    n = len(c)
    g = (lambda a: a) if niaf else np.tanh
    h = (lambda a: a) if noaf else np.tanh
    before = gates
    outputs, cells, seen = [], [], {letter: [] for letter in "ifo"}

    def net(letter, k, step, y):
        total = weights[f"b_{letter}"][k]
        for m, value in enumerate(step):
            total += weights[f"W_{letter}"][k, m] * value
        for m, value in enumerate(y):
            total += weights[f"R_{letter}"][k, m] * value
        return total

    def gate(letter, k, step, y, cell):
        total = net(letter, k, step, y)
        if not np_:
            total += weights[f"p_{letter}"][k] * cell[k]
        if fgr:
            for source in before:
                for m, value in enumerate(before[source]):
                    total += weights[f"R_{source}{letter}"][k, m] * value
        return sigmoid(total)

    for step in x:
        z = [g(net("z", k, step, y)) for k in range(n)]  # (1)
        i = [1.0 if nig else gate("i", k, step, y, c) for k in range(n)]  # (2)
        f = [1.0 - i[k] if cifg else 1.0 if nfg else gate("f", k, step, y, c) for k in range(n)]  # (3)
        c = [z[k] * i[k] + c[k] * f[k] for k in range(n)]  # (4)
        o = [1.0 if nog else gate("o", k, step, y, c) for k in range(n)]  # (5)
        y = [h(c[k]) * o[k] for k in range(n)]  # (6)
        if fgr:
            before = {letter: {"i": i, "f": f, "o": o}[letter] for letter in before}
        outputs.append(y)
        cells.append(c)
        for letter, values in (("i", i), ("f", f), ("o", o)):
            seen[letter].append(values)
    return np.array(outputs), np.array(cells), {letter: np.array(values) for letter, values in seen.items()}
