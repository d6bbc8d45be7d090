"""Data sets by their equations, number by number."""

import math


def adding_problem(p, pieces=4000):
    """Oracle of rnnkit.datasets.long_lags.adding_problem_baseline: on a grid of X₁ and X₂."""
    grid = [-1 + (2 * k + 1) / pieces for k in range(pieces)]
    square = sum(x * x for x in grid) / pieces
    # Of x₁, the share of x₂ in [−1, 1] that lies within 0.16 of −x₁.
    near = sum(max(0.0, min(1, 0.16 - x) - max(-1, -0.16 - x)) / 2 for x in grid) / pieces
    near_alone = sum(abs(x) < 0.16 for x in grid) / pieces
    mse = ((1 - p) * 2 * square + p * square) / 16  # (1)
    share = (1 - p) * near + p * near_alone  # (2)
    return mse, share


def mackey_glass(steps, tau, start, substeps):
    """Oracle of rnnkit.datasets.mackey_glass.mackey_glass: by Euler's method, with many short steps."""
    lag, y = round(tau * substeps), [start] * (round(tau * substeps) + 1)
    for _ in range(steps * substeps):
        delayed = y[-1 - lag]
        y.append(y[-1] + (0.2 * delayed / (1 + delayed**10) - 0.1 * y[-1]) / substeps)  # (1)
    return [y[lag + k * substeps] for k in range(1, steps + 1)]


def narma(u, n):
    """Oracle of rnnkit.datasets.narma.narma."""
    y = {k: 0.0 for k in range(-n, 1)}
    for k in range(1, len(u)):
        far = u[k - n] if k >= n else 0.0
        past = sum(y[k - i] for i in range(1, n + 1))
        y[k] = 0.3 * y[k - 1] + 0.05 * y[k - 1] * past + 1.5 * u[k - 1] * far + 0.1  # (1)
    return [y[k] for k in range(len(u))]


def narendra_parthasarathy(u):
    """Oracle of rnnkit.datasets.narendra_parthasarathy.narendra_parthasarathy."""
    y = {-2: 0.0, -1: 0.0}
    for k, value in enumerate(u):
        a, b = y[k - 1], y[k - 2]
        y[k] = (a * a * b + 2.5 * a * b) / (1 + a * a + b * b) + value  # (1)
    return [y[k] for k in range(len(u))]


def rotating_machine(t, n_0, s, P, phases, amplitudes, psis, impulses, B, omega, zeta, noise):
    """Oracle of rnnkit.datasets.rotating_machine.rotating_machine: n, r and a at one time, r by the midpoint rule."""
    golden = (1 + math.sqrt(5)) / 2

    def n(t):
        slow, fast = math.sin(2 * math.pi * t / P + phases[0]), math.sin(2 * math.pi * golden * t / P + phases[1])
        return n_0 * (1 + s * (0.6 * slow + 0.4 * fast))  # (1)

    pieces = 400
    r = sum(n((k + 0.5) * t / pieces) for k in range(pieces)) * t / pieces  # (2)
    h = 0.0
    for k, (A, psi) in enumerate(zip(amplitudes, psis, strict=True), start=1):
        h += A * n(t) ** 2 / n_0**2 * math.cos(2 * math.pi * k * r + psi)  # (3)
    g = 0.0
    for since in [t - t_j for t_j in impulses if t_j <= t]:
        g += math.exp(-zeta * omega * since) * math.sin(omega * math.sqrt(1 - zeta**2) * since)  # (4)
    return n(t), r, h + B * g + noise  # (5)
