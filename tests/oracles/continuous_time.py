"""The continuous-time network in plain loops over units, and the van der Pol oscillator it is to imitate."""

import numpy as np


def ctrnn(u, weights, x, tau, dt, method, substeps):
    """Equations (1)-(5) for one sequence of inputs (T, M): x after each interval. weights: W, U, b, on columns."""
    w, from_input, b = weights
    n, delta = len(x), dt / substeps
    states = []
    for sample in u:
        h = [b[k] + sum(from_input[k, m] * value for m, value in enumerate(sample)) for k in range(n)]

        def slope(x, h=h):
            drive = [sum(w[k, j] * np.tanh(x[j]) for j in range(n)) for k in range(n)]
            return np.array([(-x[k] + drive[k] + h[k]) / tau[k] for k in range(n)])

        for _ in range(substeps):
            if method == "euler":
                x = x + delta * slope(x)
            else:
                first = slope(x)
                second = slope(x + delta * first / 2)
                third = slope(x + delta * second / 2)
                fourth = slope(x + delta * third)
                x = x + delta * (first / 6 + second / 3 + third / 3 + fourth / 6)
        states.append(x)
    return np.array(states)
