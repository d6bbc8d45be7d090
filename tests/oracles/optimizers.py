"""Optimizers in plain loops over weights and steps."""


def rprop(v, gradients, delta, eta_p, eta_n, least, most):
    """Oracle of rnnkit.optimizers.rprop.Rprop: of one weight; its variant "rprop-"."""
    before = 0
    for gradient in gradients:
        s = 1 if gradient > 0 else -1 if gradient < 0 else 0
        delta = delta * (eta_p if before * s > 0 else eta_n if before * s < 0 else 1)  # (30), (31)
        delta = min(max(delta, least), most)
        v = v - s * delta  # (29)
        before = s
    return v
