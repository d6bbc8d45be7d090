"""Glimpses, REINFORCE and recurrent attention in plain loops."""

import math

import numpy as np


def glimpse(x, l, s, K, f, padding=0.0, unit=None):  # noqa: E741
    """Oracle of rnnkit.applications.glimpse_sensor.GlimpseSensor: of one image (H, W, channels) at l; K scales.

    unit: of the location in pixels; None for half the image.
    """
    H, W, channels = x.shape
    found = np.zeros((s, s, K * channels))
    for k in range(K):
        wide = s * f**k  # (1)
        half = (H / 2, W / 2) if unit is None else (unit, unit)
        centre = [side / 2 + where * u for side, where, u in zip((H, W), l, half, strict=True)]
        r, c = (math.floor(at - wide / 2 + 1 / 2) for at in centre)  # (2)
        for i in range(s):
            for j in range(s):
                for channel in range(channels):
                    total = 0.0
                    for m in range(f**k):
                        for n in range(f**k):
                            row, column = r + i * f**k + m, c + j * f**k + n
                            inside = 0 <= row < H and 0 <= column < W
                            total += x[row, column, channel] if inside else padding  # (3)
                    found[i, j, k * channels + channel] = total / f ** (2 * k)  # (4)
    return found


def log_normal(l, mu, sigma):  # noqa: E741
    """Oracle of rnnkit.applications.reinforce.log_density: of one place, by the product of its densities."""
    density = 1.0
    for place, mean in zip(l, mu, strict=True):
        density *= math.exp(-0.5 * ((place - mean) / sigma) ** 2) / (sigma * math.sqrt(2 * math.pi))
    return math.log(density)  # (1)


def losses(log_pi, R, b):
    """Oracle of rnnkit.applications.reinforce.reinforce_losses: of log π (I, T), R (I,) and b (I, T)."""
    policy = baseline = 0.0
    for i in range(len(R)):
        for t in range(log_pi.shape[1]):
            A = R[i] - b[i, t]  # (1)
            policy -= A * log_pi[i, t] / len(R)  # (2)
            baseline += A * A / len(R)  # (3)
    return policy, baseline


def look(x, w, draws, sizes, sigma):
    """Oracle of rnnkit.applications.visual_attention.RecurrentAttention: one image, answers and choices by step.

    w: kernels and biases by name, "core" with its recurrent kernel; draws: ε_2, ε_3, …, of which there are T − 1.
    sizes: s, K and f of the glimpses.
    """
    l, h = np.zeros(2), np.zeros(len(w["core"][2]))  # noqa: E741
    answers, log_pi, baselines = [], [], []
    for epsilon in [*draws, np.zeros(2)]:
        rho = glimpse(x, l, *sizes).reshape(-1)
        g = _relu(
            _dense(_relu(_dense(rho, w["see"])), w["what"]) + _dense(_relu(_dense(l, w["place"])), w["where"])
        )  # (1)
        h = _relu(_dense(g, (w["core"][0], w["core"][2])) + h @ w["core"][1])  # (2)
        mu = np.tanh(_dense(_relu(_dense(h, w["locator_hidden"])), w["locator"]))  # (3)
        drawn = mu + sigma * epsilon  # (4)
        scores = np.exp(_dense(h, w["answer"]))
        answers.append(scores / scores.sum())  # (5)
        baselines.append(_dense(h, w["expect"])[0])  # (6)
        log_pi.append(log_normal(drawn, mu, sigma))
        l = np.clip(drawn, -1.0, 1.0)  # noqa: E741
    return answers, log_pi[:-1], baselines[:-1]


def objective(answers, log_pi, baselines, y, weight):
    """Oracle of rnnkit.applications.visual_attention.RecurrentAttention: of a batch, with its last answers."""
    cross_entropy = -np.mean([math.log(p[label]) for p, label in zip(answers, y, strict=True)])
    R = [float(np.argmax(p) == label) for p, label in zip(answers, y, strict=True)]
    policy, baseline = losses(log_pi, R, baselines)
    return cross_entropy + weight * policy + baseline  # (7)


def _dense(x, w):
    kernel, bias = w
    return np.array([bias[k] + sum(x * kernel[:, k]) for k in range(len(bias))])


def _relu(z):
    return np.where(z > 0, z, 0.0)
