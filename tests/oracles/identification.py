"""Models of systems in plain loops over steps, outputs and weights."""

import numpy as np


def regressors(u, y, d_x, d_y):
    """Oracle of rnnkit.identification.regression.regressors."""
    rows = []
    for k in range(max(d_x, d_y), len(u)):
        row = []
        for d in range(d_x + 1):
            row.extend(u[k - d])
        for d in range(1, d_y + 1):
            row.extend(y[k - d])
        rows.append(row)  # (1)
    return rows


def arx(u, y, B, A, c):
    """Oracle of rnnkit.identification.arx.ARX: predictions."""
    said = []
    for k in range(max(len(B) - 1, len(A)), len(u)):
        said.append([])
        for j in range(len(c)):
            from_u = sum(B[d][j][m] * u[k - d][m] for d in range(len(B)) for m in range(len(u[0])))
            from_y = sum(A[d - 1][j][i] * y[k - d][i] for d in range(1, len(A) + 1) for i in range(len(c)))
            said[-1].append(from_u + from_y + c[j])  # (1)
    return said


def fir(u, B, c):
    """Oracle of rnnkit.identification.arx.FIR: predictions."""

    def one(k, j):
        return c[j] + sum(B[d][j][m] * u[k - d][m] for d in range(len(B)) for m in range(len(u[0])))  # (1)

    return [[one(k, j) for j in range(len(c))] for k in range(len(B) - 1, len(u))]


def squared_error(said, y):
    """Oracle of rnnkit.identification.arx.ARX."""
    return sum((s - t) ** 2 for pair in zip(said, y, strict=True) for s, t in zip(*pair, strict=True))  # (2)


def linear_ar(past, A, b):
    """Oracle of rnnkit.identification.linear_ar.fit_linear_ar: of one window."""
    p, P = len(A), len(past)
    return [sum(A[k][h] * past[P - p + k] for k in range(p)) + b[h] for h in range(len(b))]  # (1)


def linear_ar_loss(past, target, A, b, ridge):
    """Oracle of rnnkit.identification.linear_ar.fit_linear_ar."""
    said = [linear_ar(window, A, b) for window in past]
    return squared_error(said, target) / len(past) + ridge * sum(a * a for row in A for a in row)  # (2)


def delay_embedding(s, lag, m):
    """Oracle of rnnkit.identification.delay_embedding.delay_embedding."""
    return [[s[k - i * lag] for i in range(m)] for k in range((m - 1) * lag, len(s))]  # (1)


def mutual_information(s, lag, bins):
    """Oracle of rnnkit.identification.delay_embedding.mutual_information."""
    order = np.quantile(s, [k / bins for k in range(1, bins)])
    classes = [sum(value >= edge for edge in order) for value in s]
    pairs = list(zip(classes[: len(s) - lag], classes[lag:], strict=True))
    total = 0.0
    for a, b in set(pairs):
        p_ab = pairs.count((a, b)) / len(pairs)
        p_a, p_b = (sum(pair[i] == value for pair in pairs) / len(pairs) for i, value in ((0, a), (1, b)))
        total += p_ab * np.log(p_ab / (p_a * p_b))  # (2)
    return total


def false_neighbours(s, lag, m, ratio, size):
    """Oracle of rnnkit.identification.delay_embedding.false_neighbours: pair by pair, one dimension."""
    n, false = len(s) - m * lag, 0
    for k in range(n):
        nearest, R = None, np.inf
        for j in range(n):
            distance = np.sqrt(sum((s[k + d * lag] - s[j + d * lag]) ** 2 for d in range(m)))
            if j != k and distance < R:
                nearest, R = j, distance
        extra = abs(s[k + m * lag] - s[nearest + m * lag])
        torn = extra / R > ratio  # (3)
        far = np.sqrt(R**2 + extra**2) / np.std(s) > size  # (4)
        false += torn or far
    return false / n


def mlp(phi, W, b, V, c):
    """Oracle of rnnkit.identification.mlp.MLP: y of one φ, and its derivatives by W, b, V and c."""
    N, K, J = len(phi), len(b), len(c)
    h = [np.tanh(b[k] + sum(W[k][n] * phi[n] for n in range(N))) for k in range(K)]  # (1)
    y = [c[j] + sum(V[j][k] * h[k] for k in range(K)) for j in range(J)]  # (2)
    by_W, by_b, by_V, by_c = (np.zeros((J, *np.shape(w))) for w in (W, b, V, c))
    for j in range(J):
        for k in range(K):
            by_V[j, j, k] = h[k]  # (3)
            by_b[j, k] = V[j][k] * (1 - h[k] ** 2)  # (5)
            for n in range(N):
                by_W[j, k, n] = V[j][k] * (1 - h[k] ** 2) * phi[n]  # (6)
        by_c[j, j] = 1.0  # (4)
    return y, [by_W, by_b, by_V, by_c]


def narx(u, y, d_x, d_y, net):
    """Oracle of rnnkit.identification.narx.NARXModel and rnnkit.identification.narx.SlidingPredictor: one step each."""
    return [mlp(phi, *net)[0] for phi in regressors(u, y, d_x, d_y)]  # (1)


def narx_error(u, y, d_x, d_y, net):
    """Oracle of rnnkit.identification.narx.NARXModel."""
    return squared_error(narx(u, y, d_x, d_y, net), y[max(d_x, d_y) :])  # (2)


def state_space(u, theta, s, J):
    """Oracle of rnnkit.identification.state_space.StateSpaceRNN: outputs of a free run with f = tanh."""
    M = len(u[0])
    A, B, b_x, C, b_y = _unpacked(theta, [(s, s), (s, M), (s,), (J, s), (J,)])
    x, outputs = np.zeros(s), []
    for row in u:
        x = np.array([np.tanh(sum(A[i] * x) + sum(B[i] * row) + b_x[i]) for i in range(s)])  # (1)
        outputs.append([sum(C[j] * x) + b_y[j] for j in range(J)])  # (2)
    return np.array(outputs)


def state_space_loss(u, y_t, theta, s):
    """Oracle of rnnkit.identification.state_space.StateSpaceRNN."""
    e = state_space(u, theta, s, len(y_t[0])) - y_t
    return 0.5 * sum(sum(row * row) for row in e)  # (3)


def state_space_slopes(u, theta, s, J):
    """Oracle of rnnkit.identification.state_space.StateSpaceRNN: by θ, by a step in the imaginary direction."""
    slopes = []
    for p in range(len(theta)):
        nudged = np.array(theta, dtype=complex)
        nudged[p] += 1e-30j
        slopes.append(state_space(u, nudged, s, J).imag / 1e-30)  # (4), (5)
    return np.moveaxis(slopes, 0, -1)


def _unpacked(theta, shapes):
    parts, first = [], 0
    for shape in shapes:
        size = int(np.prod(shape))
        parts.append(np.reshape(theta[first : first + size], shape))
        first += size
    return parts


def frols(P, y, n_terms):
    """Oracle of rnnkit.identification.frols.frols: order, ERR, BIC; each candidate is made orthogonal anew."""
    T, order, err, bic, ws = len(y), [], [], [], []
    dot = lambda a, b: sum(s * t for s, t in zip(a, b, strict=True))  # noqa: E731
    for _ in range(n_terms):
        ratios, parts = {}, {}
        for m in range(len(P[0])):
            if m in order:
                continue
            w = [row[m] for row in P]
            for one in ws:
                share = dot(one, w) / dot(one, one)
                w = [w[k] - share * one[k] for k in range(T)]  # (2)
            ratios[m], parts[m] = dot(w, y) ** 2 / (dot(w, w) * dot(y, y)), w  # (1)
        best = max(ratios, key=ratios.get)
        order.append(best)
        err.append(ratios[best])
        ws.append(parts[best])
        bic.append(T * np.log(1 - sum(err)) + len(err) * np.log(T))  # (3)
    return order, err, bic


def polynomial_narx(rows, powers, theta):
    """Oracle of rnnkit.identification.polynomial.PolynomialNARX: of rows of φ."""
    said = []
    for row in rows:
        p = [np.prod([value**n for value, n in zip(row, one, strict=True)]) for one in powers]  # (1)
        said.append(sum(theta[m] * p[m] for m in range(len(p))))  # (2)
    return said


def residual_correlation(e, u, tau):
    """Oracle of rnnkit.identification.residuals.residual_correlation: r of one lag, and the bound."""
    e, u = [v - sum(e) / len(e) for v in e], [v - sum(u) / len(u) for v in u]
    products = [e[k] * u[k - tau] for k in range(len(e)) if 0 <= k - tau < len(u)]
    r = sum(products) / (sum(v * v for v in e) * sum(v * v for v in u)) ** 0.5  # (1)
    return r, 1.96 / len(e) ** 0.5  # (2)
