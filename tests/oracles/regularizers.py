"""Regularizers in plain loops over examples and steps."""

import math


def rho(v, J):
    """Oracle of rnnkit.regularizers.gradient_norm.GradientNormRegularizer: v is ∇L by x(k), J = ∂x(k)/∂x(k−1)."""
    n = len(v)
    product = [sum(v[i] * J[i][j] for i in range(n)) for j in range(n)]
    return math.sqrt(sum(p * p for p in product)) / math.sqrt(sum(a * a for a in v))  # (1)


def omega(vs, Js, form):
    """Oracle of rnnkit.regularizers.gradient_norm.GradientNormRegularizer: of v and J by example and step."""
    rhos = [[rho(v, J) for v, J in zip(*pair, strict=True)] for pair in zip(vs, Js, strict=True)]
    if form == "equation 9":
        return sum((r - 1) ** 2 for row in rhos for r in row) / len(rhos)  # (2)
    return sum((r * r - 1) ** 2 for row in rhos for r in row) / sum(len(row) for row in rhos)  # (3)
