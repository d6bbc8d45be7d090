"""Dynamics in plain loops: a tanh network x(k) = tanh(A x(k−1) + B u(k)), maps, their points and their exponents."""

import numpy as np


def orbit(step, x, steps):
    """Oracle of rnnkit.dynamics.maps.Map."""
    states = []
    for _ in range(steps):
        x = step(x)  # (1)
        states.append(x)
    return states


def jacobians(states, A):
    """Oracle of rnnkit.dynamics.jacobian.state_jacobians, of a tanh network along its states."""
    n = len(A)
    return [[[(1 - x[i] ** 2) * A[i][j] for j in range(n)] for i in range(n)] for x in states]  # (1)


def gradients(states, A, by_output):
    """Oracle of rnnkit.dynamics.jacobian.state_gradients: back from the last step; by_output: L's slope at each x."""
    n, T = len(A), len(states)
    found = [[0.0] * n for _ in range(T + 1)]
    J = [*jacobians(states, A), np.zeros((n, n))]
    for k in reversed(range(T)):
        for i in range(n):
            found[k][i] = by_output[k][i] + sum(found[k + 1][j] * J[k + 1][j][i] for j in range(n))  # (2)
    return found[:T]


def period(points, most, eps):
    """Oracle of rnnkit.dynamics.basins.basins: of an orbit's end; 0 for none."""
    for p in range(1, most + 1):
        pairs = zip(points[p:], points[:-p], strict=True)
        if all(np.sqrt(sum((a - b) ** 2 for a, b in zip(*pair, strict=True))) <= eps for pair in pairs):  # (1)
            return p
    return 0


def search(step, slope, x, tolerance, iterations):
    """Oracle of rnnkit.dynamics.fixed_points.fixed_points: where the search is after so many steps."""
    mu, n = 1e-2, len(x)
    for _ in range(iterations):
        r = step(x) - x  # (1)
        A = [[slope(x)[i][j] - (i == j) for j in range(n)] for i in range(n)]  # (2)
        length, stuck = np.sqrt(sum(v * v for v in r)), mu > 1e6
        if length < (tolerance if stuck else 1e-3 * tolerance):
            break
        normal = [[sum(A[k][i] * A[k][j] for k in range(n)) + mu * (i == j) for j in range(n)] for i in range(n)]
        d = np.linalg.solve(normal, [-sum(A[k][i] * r[k] for k in range(n)) for i in range(n)])  # (3)
        if stuck:
            d = r  # (4)
        better = np.linalg.norm(step(x + d) - (x + d)) < length
        if better or stuck:
            x = x + d
        mu = 1e-2 if stuck else max(mu / 10, 1e-10) if better else 10 * mu  # (5)
    return x


def exponents(jacobians):
    """Oracle of rnnkit.dynamics.lyapunov.spectrum_of_jacobians: Gram and Schmidt's method, one trajectory."""
    n, T = len(jacobians[0]), len(jacobians)
    Q, total = np.eye(n), [0.0] * n
    for J in jacobians:
        columns = []
        for i in range(n):
            column = J @ Q[:, i]
            for known in columns:
                column = column - sum(known * column) * known
            R_ii = np.sqrt(sum(column**2))  # (1)
            total[i] += np.log(R_ii) / T  # (2)
            columns.append(column / R_ii)
        Q = np.array(columns).T
    return sorted(total, reverse=True)


def spectral_radii(jacobians):
    """Oracle of rnnkit.dynamics.lyapunov.spectral_radii."""
    return [max(abs(value) for value in np.linalg.eigvals(J)) for J in jacobians]  # (1)
