"""Mixtures, windows and stacks in plain loops."""

import numpy as np


def density(y_hat, x, b=0.0):
    """Oracle of rnnkit.applications.bivariate_mixture: of one point, the parts, log Pr and the slopes of −log Pr."""
    M = (len(y_hat) - 1) // 6
    hat = dict(zip(("pi", "mu1", "mu2", "s1", "s2", "rho"), np.reshape(y_hat[1:], (6, M)), strict=True))
    e = 1 / (1 + np.exp(-y_hat[0]))  # (1)
    pi = np.array([np.exp((1 + b) * p) for p in hat["pi"]]) / sum(np.exp((1 + b) * p) for p in hat["pi"])  # (2)
    mu = np.array([hat["mu1"], hat["mu2"]])  # (3)
    sigma = np.exp([hat["s1"] - b, hat["s2"] - b])  # (4)
    rho = np.tanh(hat["rho"])  # (5)
    plane, N, slopes = 0.0, np.zeros(M), np.zeros((6, M))
    for j in range(M):
        u, v = (x[0] - mu[0, j]) / sigma[0, j], (x[1] - mu[1, j]) / sigma[1, j]  # (6)
        D = (u - rho[j] * v) ** 2 / (1 - rho[j] ** 2) + v**2  # (7)
        N[j] = np.exp(-D / 2) / (2 * np.pi * sigma[0, j] * sigma[1, j] * np.sqrt(1 - rho[j] ** 2))  # (8)
        plane += pi[j] * N[j]
        c = 1 / (1 - rho[j] ** 2)
        slopes[1, j] = c / sigma[0, j] * (u - rho[j] * v)  # (14)
        slopes[2, j] = c / sigma[1, j] * (v - rho[j] * u)  # (15)
        slopes[3, j] = c * u * (u - rho[j] * v) - 1  # (16)
        slopes[4, j] = c * v * (v - rho[j] * u) - 1  # (17)
        slopes[5, j] = u * v + rho[j] * (1 - D)  # (18)
    log_plane = np.log(plane)  # (9)
    log_p = log_plane + np.log(e if x[2] == 1 else 1 - e)  # (10)
    gamma = pi * N / plane  # (11)
    slopes *= -gamma
    slopes[0] = pi - gamma  # (13)
    by_e = e - x[2]  # (12)
    return (e, pi, mu, sigma, rho), log_p, np.array([by_e, *slopes.ravel()])


def affine(h, W, b):
    """Oracle of rnnkit.applications.mixture_density.MixtureDensity."""
    return np.array([sum(h[i] * W[i, j] for i in range(len(h))) + b[j] for j in range(len(b))])  # (1)


def window(h, W, b, kappa, text):
    """Oracle of rnnkit.applications.soft_window.SoftWindow: w, κ and φ."""
    K, w = len(kappa), np.zeros(text.shape[1])
    hats = np.array([sum(h[i] * W[i, j] for i in range(len(h))) + b[j] for j in range(3 * K)])  # (1)
    alpha, beta = np.exp(hats[:K]), np.exp(hats[K : 2 * K])  # (2)
    kappa = np.array([kappa[k] + np.exp(hats[2 * K + k]) for k in range(K)])  # (3)
    phi = np.zeros(len(text))
    for u in range(1, len(text) + 1):
        phi[u - 1] = sum(alpha[k] * np.exp(-beta[k] * (kappa[k] - u) ** 2) for k in range(K))  # (4)
        w += phi[u - 1] * text[u - 1]  # (5)
    return w, kappa, phi


def windowed(xs, f_1, look, f_2, s_1, s_2, kappa, w, text):
    """Oracle of rnnkit.applications.windowed_cell.WindowedCell: outputs of one sequence.

    f_1, f_2: from input and state to output and state; look: from h and κ to w and κ.
    """
    found = []
    for x in xs:
        h_1, s_1 = f_1(np.concatenate([x, w]), s_1)  # (1)
        w, kappa = look(h_1, kappa, text)  # (2)
        h_2, s_2 = f_2(np.concatenate([x, h_1, w]), s_2)  # (3)
        found.append(np.concatenate([h_1, h_2]))  # (4)
    return np.array(found)
