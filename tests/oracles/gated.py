"""Gates, GRU and chaos-free network in plain loops over units, written from the equations; matrices act on columns."""

import numpy as np


def sigmoid(a):
    return 1.0 / (1.0 + np.exp(-a))


def _net(matrix, vector, k):
    return sum(matrix[k, m] * value for m, value in enumerate(vector))


def gate(x, a, b):
    """Oracle of rnnkit.layers.gate.Gate for one vector: g(x) and the gate."""
    gates = [sigmoid(_net(a, x, k) + b[k]) for k in range(len(x))]  # (1)
    g = [x[k] * gates[k] for k in range(len(x))]  # (2)
    return np.array(g), np.array(gates)


def gru(u, w, y):
    """Oracle of rnnkit.layers.gru.GRUCell for one sequence: outputs, reset gates, update gates.

    w by name: W_f_i, ..., b_f, b_i, b_y.
    """
    outputs, resets, updates = [], [], []
    n = len(y)
    for step in u:
        g_f = [sigmoid(_net(w["W_f_i"], step, k) + _net(w["W_f_o"], y, k) + w["b_f"][k]) for k in range(n)]  # (1)
        g_i = [sigmoid(_net(w["W_i_i"], step, k) + _net(w["W_i_o"], y, k) + w["b_i"][k]) for k in range(n)]  # (2)
        reset = [g_f[k] * y[k] for k in range(n)]
        m = [np.tanh(_net(w["W_y_i"], step, k) + _net(w["W_y_y"], reset, k) + w["b_y"][k]) for k in range(n)]  # (3)
        y = np.array([g_i[k] * y[k] + (1 - g_i[k]) * m[k] for k in range(n)])  # (4)
        outputs.append(y)
        resets.append(g_f)
        updates.append(g_i)
    return np.array(outputs), np.array(resets), np.array(updates)


def gru_of_chung(x, w, h):
    """Chung and others (2014), equations (5)-(8): h = (1 − z) h₋ + z h̃. w by name: W, U, W_z, U_z, W_r, U_r."""
    outputs = []
    n = len(h)
    for step in x:
        z = [sigmoid(_net(w["W_z"], step, j) + _net(w["U_z"], h, j)) for j in range(n)]
        r = [sigmoid(_net(w["W_r"], step, j) + _net(w["U_r"], h, j)) for j in range(n)]
        candidate = [np.tanh(_net(w["W"], step, j) + _net(w["U"], np.multiply(r, h), j)) for j in range(n)]
        h = np.array([(1 - z[j]) * h[j] + z[j] * candidate[j] for j in range(n)])
        outputs.append(h)
    return np.array(outputs)


def cfn(x, w, h):
    """Oracle of rnnkit.layers.cfn.CFNCell for one sequence: states, forget gates θ, input gates η."""
    states, thetas, etas = [], [], []
    n = len(h)
    for step in x:
        gates = [
            [sigmoid(_net(w[f"U_{g}"], h, k) + _net(w[f"V_{g}"], step, k) + w[f"b_{g}"][k]) for k in range(n)]  # (2)
            for g in ("theta", "eta")
        ]
        theta, eta = gates
        h = np.array([theta[k] * np.tanh(h[k]) + eta[k] * np.tanh(_net(w["W"], step, k)) for k in range(n)])  # (1)
        states.append(h)
        thetas.append(theta)
        etas.append(eta)
    return np.array(states), np.array(thetas), np.array(etas)
