"""Reservoirs in plain loops over numbers."""

import math


def echo_state(u, V, W, b, alpha, B=None, fed_back=None, start=None):
    """States x(1) ... x(T) of x(k) = (1 − α) x(k−1) + α tanh(u(k) V + x(k−1) W + y(k−1) B + b)."""
    n = len(b)
    x = list(start) if start is not None else [0.0] * n
    states = []
    for k in range(len(u)):
        new = []
        for j in range(n):
            total = b[j]
            for m in range(len(u[k])):
                total += u[k][m] * V[m][j]
            for i in range(n):
                total += x[i] * W[i][j]
            if B is not None:
                for o in range(len(B)):
                    total += fed_back[k][o] * B[o][j]
            new.append((1 - alpha) * x[j] + alpha * math.tanh(total))
        x = new
        states.append(x)
    return states


def echo_state_network(u, V, W, b, alpha, Omega, omega_0, B=None):
    """Oracle of rnnkit.layers.echo_state.EchoStateCell: y(1) ... y(T) from rest, its own y fed back; g = arctan."""
    N, J = range(len(b)), range(len(omega_0))
    x, y, outputs = [0.0 for _ in N], [0.0 for _ in J], []
    for now in u:
        uV = [sum(now[m] * V[m][j] for m in range(len(now))) for j in N]
        xW = [sum(x[i] * W[i][j] for i in N) for j in N]
        yB = [0.0 if B is None else sum(y[o] * B[o][j] for o in J) for j in N]
        x = [(1 - alpha) * x[j] + alpha * math.tanh(uV[j] + xW[j] + yB[j] + b[j]) for j in N]  # (1)
        y = [math.atan(sum(x[i] * Omega[i][o] for i in N) + omega_0[o]) for o in J]  # (2)
        outputs.append(y)
    return outputs


def short_term_efficacies(times, U, D, F):
    """u_n R_n of a synapse at the times of its spikes, by the recursion."""
    u, R, efficacies = U, 1.0, [U]
    for before, now in zip(times, times[1:], strict=False):
        gap = now - before
        R = 1 + (R - R * u - 1) * math.exp(-gap / D)
        u = U + u * (1 - U) * math.exp(-gap / F)
        efficacies.append(u * R)
    return efficacies
