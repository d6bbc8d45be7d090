"""The lectures' recurrent networks in plain loops over examples and units: slow, and written from the equations."""

import numpy as np


def sigmoid(a):
    return 1.0 / (1.0 + np.exp(-a))


def product(row, matrix):
    """The row times each column of the matrix, number by number."""
    return [sum(row[n] * matrix[n, k] for n in range(len(row))) for k in range(matrix.shape[1])]


def elman(x, v, omega, hidden=sigmoid, output=sigmoid, f=None):
    """Oracle of rnnkit.layers.elman.ElmanCell for one sequence (T, N): outputs (T, J) and hidden layers (T, K)."""
    f = np.zeros(v.shape[1]) if f is None else f
    outputs, states = [], []
    for step in x:
        x_bar = [1.0, *step, *f]  # (2)
        x_bar_v = product(x_bar, v)  # (3)
        f = np.array([hidden(a) for a in x_bar_v])  # (4)
        f_bar = [1.0, *f]  # (5)
        f_bar_omega = product(f_bar, omega)  # (6)
        g = np.array([output(a) for a in f_bar_omega])  # (7)
        outputs.append(g)
        states.append(f)
    return np.array(outputs), np.array(states)


def jordan(x, v, omega, hidden=sigmoid, output=sigmoid, decay=0.0, s=None):
    """Oracle of rnnkit.layers.jordan.JordanCell for one sequence: outputs (T, J), hidden layers, contexts."""
    s = np.zeros(omega.shape[1]) if s is None else s
    outputs, states, contexts = [], [], []
    for step in x:
        x_bar = [1.0, *step, *s]  # (9)
        x_bar_v = product(x_bar, v)  # (10)
        f = np.array([hidden(a) for a in x_bar_v])  # (11)
        f_bar = [1.0, *f]  # (12)
        f_bar_omega = product(f_bar, omega)  # (13)
        g = np.array([output(a) for a in f_bar_omega])  # (14)
        s = np.array([decay * s[j] + g[j] for j in range(len(g))])  # (15)
        outputs.append(g)
        states.append(f)
        contexts.append(s)
    return np.array(outputs), np.array(states), np.array(contexts)


def peephole_lstm(x, weights, y, c):
    """Oracle of rnnkit.layers.peephole_lstm.PeepholeLSTMCell for one sequence: outputs (T, N) and cells (T, N).

    Weights by name: W_z, R_z, b_z, p_i, ...
    """
    outputs, cells = [], []
    n, w = range(len(c)), weights
    for step in x:
        W = {gate: product(step, w[f"W_{gate}"].T) for gate in "zifo"}
        R = {gate: product(y, w[f"R_{gate}"].T) for gate in "zifo"}
        z = [np.tanh(W["z"][k] + R["z"][k] + w["b_z"][k]) for k in n]  # (1)
        i = [sigmoid(W["i"][k] + R["i"][k] + w["p_i"][k] * c[k] + w["b_i"][k]) for k in n]  # (2)
        f = [sigmoid(W["f"][k] + R["f"][k] + w["p_f"][k] * c[k] + w["b_f"][k]) for k in n]  # (3)
        c = [z[k] * i[k] + c[k] * f[k] for k in n]  # (4)
        o = [sigmoid(W["o"][k] + R["o"][k] + w["p_o"][k] * c[k] + w["b_o"][k]) for k in n]  # (5)
        y = [np.tanh(c[k]) * o[k] for k in n]  # (6)
        outputs.append(y)
        cells.append(c)
    return np.array(outputs), np.array(cells)


def output_feedback(x, v, omega, hidden=sigmoid, output=sigmoid, y=None, h=None):
    """Oracle of rnnkit.layers.output_feedback.OutputFeedbackCell for one sequence (T, N): outputs and hidden layers.

    Rows of v and ω: 1, x, h, y.
    """
    y = np.zeros(omega.shape[1]) if y is None else y
    h = np.zeros(v.shape[1]) if h is None else h
    outputs, states = [], []
    for step in x:
        h = [hidden(a) for a in product([1.0, *step, *h, *y], v)]  # (1)
        y = [output(a) for a in product([1.0, *step, *h, *y], omega)]  # (2)
        outputs.append(y)
        states.append(h)
    return np.array(outputs), np.array(states)


def narx(u, y_known, weights, d_x, d_y):
    """Oracle of rnnkit.layers.narx.NARXCell for one sequence.

    y_known gives past outputs from outside, None for the net's own.
    """
    w, r, b, v, c = (weights[name] for name in ("kernel", "recurrent_kernel", "bias", "output_kernel", "output_bias"))
    W, outputs = np.concatenate([w, r]), []
    for k in range(len(u)):
        own = outputs if y_known is None else y_known
        now = [value for d in range(d_x + 1) for value in (u[k - d] if k >= d else np.zeros(u.shape[1]))]
        past = [value for d in range(1, d_y + 1) for value in (own[k - d] if k >= d else np.zeros(len(c)))]
        phi = [*now, *past]  # (1)
        h = [np.tanh(a + b[j]) for j, a in enumerate(product(phi, W))]  # (2)
        y = [a + c[j] for j, a in enumerate(product(h, v))]  # (3)
        outputs.append(np.array(y))
    return np.array(outputs)


def memory_blocks(x, weights, blocks, size):
    """Oracle of rnnkit.layers.memory_blocks.MemoryBlocksCell for one sequence.

    H units in the order input gates, output gates, cells.
    """
    w, r = weights["kernel"], weights["recurrent_kernel"]
    b = np.concatenate([weights["gate_bias"], weights["cell_bias"]])
    u, s, outputs = np.zeros(len(r)), np.zeros(blocks * size), []
    gates, cells = range(blocks), range(blocks * size)
    for step in x:
        W, R = product(step, w), product(u, r)
        y_in = [sigmoid(W[j] + R[j] + b[j]) for j in gates]  # (1)
        y_out = [sigmoid(W[k] + R[k] + b[k]) for k in (blocks + j for j in gates)]  # (2)
        k = 2 * blocks  # where the cells begin
        s = [s[v] + y_in[v // size] * (4 * sigmoid(W[k + v] + R[k + v] + b[k + v]) - 2) for v in cells]  # (3)
        y_c = [y_out[v // size] * (2 * sigmoid(s[v]) - 1) for v in cells]  # (4)
        u = [*y_in, *y_out, *y_c]  # (5)
        outputs.append(y_c)
    return np.array(outputs)


def deep_tanh(x, weights, C):
    """Oracle of rnnkit.layers.deep.DeepRNNCell for one sequence.

    Layers h = tanh(x W + h U + b), their weights by layer.
    """
    L, outputs = len(weights), []
    y = [None, *(np.zeros(len(b)) for _, _, b in weights)]
    for step in x:
        y[0] = step
        for layer in range(1, L + 1):
            W, U, b = weights[layer - 1]
            # Layers below have been written over in this step; the others still hold the step before.
            seen = [value for m in range(L + 1) if C[layer - 1][m] for value in y[m]]  # (1)
            total = zip(product(seen, W), product(y[layer], U), b, strict=True)
            y[layer] = np.array([np.tanh(a + c + d) for a, c, d in total])  # (2)
        outputs.append([value for m in range(L + 1) if C[L][m] for value in y[m]])  # (3)
    return np.array(outputs)
