"""Training in plain loops; derivatives by a step in the imaginary direction, which is exact to all digits."""

import numpy as np


def outputs(x, w, feeds, alpha=0.0, start=0.0):
    """Oracle of rnnkit.training.rtrl.RTRLTrainer: of one sequence; w: the matrices V, R, b, U, c of a tanh net.

    feeds: "h", the hidden layer (Elman), or "s", the outputs' decaying sum (Jordan).
    """
    V, R, b, U, c = w
    fed, found = np.zeros(len(R)) + start, []
    for row in x:
        z = [b[k] + sum(row * V[:, k]) + sum(fed * R[:, k]) for k in range(len(b))]  # (1)
        h = np.tanh(z)  # (2)
        y = np.tanh([c[j] + sum(h * U[:, j]) for j in range(len(c))])
        fed = h if feeds == "h" else alpha * fed + y  # (4)
        found.append(y)
    return np.array(found)


def slopes(function, w):
    """Oracle of rnnkit.training.rtrl.RTRLTrainer: the derivatives of a function of a net's weights by each of them."""
    found = []
    for i, matrix in enumerate(w):
        by_matrix = []
        for p in range(matrix.size):
            nudged = [part.astype(complex) for part in w]
            nudged[i].flat[p] += 1e-30j
            by_matrix.append(np.imag(function(nudged)) / 1e-30)  # (3), (5), (6)
        found.append(np.moveaxis(by_matrix, 0, -1).reshape(*np.shape(by_matrix[0]), *matrix.shape))
    return found


def descent(w, by_w, eta):
    """Oracle of rnnkit.training.rtrl.RTRLTrainer."""
    return [matrix - eta * slope for matrix, slope in zip(w, by_w, strict=True)]  # (7)


def kalman_step(d, y, ws, Ps, Hs, r, q):
    """Oracle of rnnkit.training.ekf.EKFTrainer: new weights and P of each group, with H (outputs, weights)."""
    xi = np.array([target - output for target, output in zip(d, y, strict=True)])  # (1)
    explained = [H @ P @ H.T for H, P in zip(Hs, Ps, strict=True)]
    A = np.linalg.inv(r * np.eye(len(xi)) + sum(explained))  # (2)
    new_ws, new_Ps = [], []
    for w, P, H, own in zip(ws, Ps, Hs, explained, strict=True):
        K = P @ H.T @ A  # (3)
        new_ws.append(w + K @ xi)  # (4)
        I_KH, Q = np.eye(len(w)) - K @ H, q * np.eye(len(w))
        new_Ps.append(I_KH @ P @ I_KH.T + K @ (np.linalg.inv(A) - own) @ K.T + Q)  # (6)
    return new_ws, new_Ps


def teacher_forced(step, u, targets, coins, s):
    """Oracle of rnnkit.training.teacher_forcing.TeacherForcedCell: outputs of one sequence, s what is fed back.

    step: from u(k) and s to y(k) and the new s, to which y(k) was added.
    """
    found = []
    for row, target, coin in zip(u, targets, coins, strict=True):
        y, s = step(row, s)  # (1)
        s = s - y + target if coin else s  # (2)
        found.append(y)
    return np.array(found)


def windows(T, k1, k2):
    """Oracle of rnnkit.training.truncated_bptt.TruncatedBPTT: (first step, weights of the errors) of each update."""
    found, n = [], 0
    while (t_n := k2 + n * k1) <= T:
        steps = range(t_n - k2 + 1, t_n + 1)
        found.append((t_n - k2, [k2 / k1 * (t >= t_n - k1 + 1) if n else 1.0 for t in steps]))  # (1)
        n += 1
    return found
