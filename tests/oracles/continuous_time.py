"""The continuous-time network in plain loops over units, and the van der Pol oscillator it is to imitate."""

import numpy as np


def ctrnn(u, weights, x, tau, dt, method, substeps):
    """Oracle of rnnkit.layers.ctrnn.CTRNNCell for one sequence of inputs (T, M): x after each interval.

    weights: W, U, b, on columns.
    """
    w, from_input, b = weights
    n, delta = len(x), dt / substeps
    states = []
    for sample in u:
        h = [sum(from_input[k, m] * value for m, value in enumerate(sample)) + b[k] for k in range(n)]  # (1)

        def slope(x, h=h):
            drive = [sum(w[k, j] * np.tanh(x[j]) for j in range(n)) for k in range(n)]
            return np.array([(-x[k] + drive[k] + h[k]) / tau[k] for k in range(n)])  # (2)

        for _ in range(substeps):
            if method == "euler":
                x = x + delta * slope(x)  # (3)
            else:
                first = slope(x)  # (4)
                second = slope(x + delta * first / 2)  # (5)
                third = slope(x + delta * second / 2)  # (6)
                fourth = slope(x + delta * third)  # (7)
                x = x + delta * (first / 6 + second / 3 + third / 3 + fourth / 6)  # (8)
        states.append(x)
    return np.array(states)
