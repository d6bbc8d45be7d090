"""Energy models as plain loops over units and states."""

import itertools
import math


def energy(x, J, b):
    """H of one state, with a sum over pairs."""
    n = len(x)
    pairs = sum(J[i][k] * x[i] * x[k] for i in range(n) for k in range(i + 1, n))
    return -pairs - sum(b[i] * x[i] for i in range(n))


def distribution(J, b, values):
    """The probability of every state, as a dict of tuples."""
    weights = {x: math.exp(-energy(x, J, b)) for x in itertools.product(values, repeat=len(b))}
    total = sum(weights.values())
    return {x: weight / total for x, weight in weights.items()}


def rbm_energy(v, h, W, a, b, square_v=False, square_h=False):
    """E of one joint state of an RBM; W[j][i] couples hidden unit j with visible unit i."""
    value = -sum(W[j][i] * h[j] * v[i] for j in range(len(h)) for i in range(len(v)))
    value -= sum(a[i] * v[i] for i in range(len(v))) + sum(b[j] * h[j] for j in range(len(h)))
    value += 0.5 * sum(x * x for x in v) if square_v else 0.0
    value += 0.5 * sum(x * x for x in h) if square_h else 0.0
    return value
