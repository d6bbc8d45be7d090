"""The neural Turing machine in plain loops, after Graves and others (2014)."""

import numpy as np

from tests.oracles.recurrent import sigmoid


def softplus(a):
    return np.log(1 + np.exp(a))


def softmax(a):
    powers = [np.exp(value) for value in a]
    return [power / sum(powers) for power in powers]


def ntm(x, controller, head_weights, output_weights, row, rows, readers, writers, shifts, content, epsilon):
    """Oracle of rnnkit.applications.ntm.NTMCell, for one sequence (T, features), with a simple tanh controller.

    controller: W (features + R·m, K), U (K, K), b (K,). head_weights: W_h, b_h. output_weights: W_y, b_y; linear.
    Gives outputs (T, J), weightings (T, heads, N) and the last memory (N, m).
    """
    (W, U, b), (W_h, b_h), (W_y, b_y) = controller, head_weights, output_weights
    m, units, h = len(row), len(b), np.zeros(len(b))
    memory = [list(row) for _ in range(rows)]
    w = [[float(i == 0) for i in range(rows)] for _ in range(readers + writers)]
    r, outputs, weightings = [list(row) for _ in range(readers)], [], []

    def told(h):
        raw = iter([sum(h[k] * W_h[k, p] for k in range(units)) + b_h[p] for p in range(len(b_h))])
        for head in range(readers + writers):
            sizes = [m, 1, 1] if content else [0, 0, 0]
            sizes += [2 * shifts + 1 if shifts else 0, 1, *([m, m] if head >= readers else [0, 0])]
            k, beta, g, s, gamma, e, a = ([next(raw) for _ in range(size)] for size in sizes)
            squashed = [map(softplus, beta), map(sigmoid, g), softmax(s), (1 + softplus(v) for v in gamma)]
            yield k, *(list(part) for part in squashed), [sigmoid(v) for v in e], a  # (2)

    def cos(k, other):
        norms = (sum(v * v for v in k) + epsilon) * (sum(v * v for v in other) + epsilon)
        return sum(p * q for p, q in zip(k, other, strict=True)) / np.sqrt(norms)

    def address(before, k, beta, g, s, gamma):
        w_g = w_s = before
        if content:
            w_c = softmax([beta[0] * cos(k, memory[i]) for i in range(rows)])  # (3)
            w_g = w_s = [g[0] * w_c[i] + (1 - g[0]) * before[i] for i in range(rows)]  # (4)
        if shifts:
            moves = range(-shifts, shifts + 1)
            w_s = [sum(w_g[(i - j) % rows] * s[j + shifts] for j in moves) for i in range(rows)]  # (5)
        return [w_s[i] ** gamma[0] / sum(v ** gamma[0] for v in w_s) for i in range(rows)]  # (6)

    for step in x:
        seen = [*step, *(v for part in r for v in part)]
        h = np.tanh(
            [sum(seen[n] * W[n, k] for n in range(len(seen))) + sum(h * U[:, k]) + b[k] for k in range(units)]
        )  # (1)
        heads = list(told(h))
        for i in range(readers, readers + writers):
            w[i] = address(w[i], *heads[i][:5])
        erased = [
            [memory[n][c] * np.prod([1 - w[i][n] * heads[i][5][c] for i in range(readers, len(w))]) for c in range(m)]
            for n in range(rows)
        ]
        memory = [
            [erased[n][c] + sum(w[i][n] * heads[i][6][c] for i in range(readers, len(w))) for c in range(m)]
            for n in range(rows)
        ]  # (7)
        for i in range(readers):
            w[i] = address(w[i], *heads[i][:5])
        r = [[sum(w[i][n] * memory[n][c] for n in range(rows)) for c in range(m)] for i in range(readers)]  # (8)
        hr = [*h, *(v for part in r for v in part)]
        outputs.append([sum(hr[n] * W_y[n, j] for n in range(len(hr))) + b_y[j] for j in range(len(b_y))])  # (9)
        weightings.append([list(part) for part in w])
    return np.array(outputs), np.array(weightings), np.array(memory)
