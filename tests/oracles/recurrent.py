"""The lectures' recurrent networks in plain loops over examples and units: slow, and written from the equations."""

import numpy as np


def sigmoid(a):
    return 1.0 / (1.0 + np.exp(-a))


def _layer(inputs, matrix, function):
    """function(Σ inputs · column) for each column of a matrix whose first row belongs to the constant 1."""
    return np.array(
        [
            function(matrix[0, k] + sum(value * matrix[1 + n, k] for n, value in enumerate(inputs)))
            for k in range(matrix.shape[1])
        ]
    )


def elman(x, v, omega, hidden=sigmoid, output=sigmoid, f=None):
    """Equations (1)-(7) for one sequence (T, N): outputs (T, J) and hidden layers (T, K)."""
    f = np.zeros(v.shape[1]) if f is None else f
    outputs, states = [], []
    for step in x:
        f = _layer([*step, *f], v, hidden)
        outputs.append(_layer(f, omega, output))
        states.append(f)
    return np.array(outputs), np.array(states)


def jordan(x, v, omega, hidden=sigmoid, output=sigmoid, decay=0.0, s=None):
    """Equations (8)-(14) and the context's decay for one sequence: outputs (T, J), hidden layers, contexts."""
    s = np.zeros(omega.shape[1]) if s is None else s
    outputs, states, contexts = [], [], []
    for step in x:
        f = _layer([*step, *s], v, hidden)
        g = _layer(f, omega, output)
        s = np.array([decay * old + new for old, new in zip(s, g, strict=True)])
        outputs.append(g)
        states.append(f)
        contexts.append(s)
    return np.array(outputs), np.array(states), np.array(contexts)


def peephole_lstm(x, weights, y, c):
    """Greff's equations for one sequence: outputs (T, N) and cells (T, N). Weights by name: W_z, R_z, b_z, p_i, ..."""
    outputs, cells = [], []
    n = len(c)
    for step in x:

        def net(gate, k, step=step, y=y):
            total = weights[f"b_{gate}"][k]
            total += sum(value * weights[f"W_{gate}"][k, m] for m, value in enumerate(step))
            return total + sum(value * weights[f"R_{gate}"][k, m] for m, value in enumerate(y))

        z = [np.tanh(net("z", k)) for k in range(n)]
        i = [sigmoid(net("i", k) + weights["p_i"][k] * c[k]) for k in range(n)]
        f = [sigmoid(net("f", k) + weights["p_f"][k] * c[k]) for k in range(n)]
        c = np.array([z[k] * i[k] + c[k] * f[k] for k in range(n)])
        o = [sigmoid(net("o", k) + weights["p_o"][k] * c[k]) for k in range(n)]
        y = np.array([np.tanh(c[k]) * o[k] for k in range(n)])
        outputs.append(y)
        cells.append(c)
    return np.array(outputs), np.array(cells)


def output_feedback(x, v, omega, hidden=sigmoid, output=sigmoid, y=None, h=None):
    """Wu's sums for one sequence (T, N): outputs (T, J) and hidden layers (T, K). Rows of v and ω: 1, x, h, y."""
    y = np.zeros(omega.shape[1]) if y is None else y
    h = np.zeros(v.shape[1]) if h is None else h
    outputs, states = [], []
    for step in x:
        h = _layer([*step, *h, *y], v, hidden)
        y = _layer([*step, *h, *y], omega, output)
        outputs.append(y)
        states.append(h)
    return np.array(outputs), np.array(states)
