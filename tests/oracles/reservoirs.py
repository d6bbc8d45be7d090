"""Reservoirs in plain loops over numbers."""

import math

import numpy as np


def echo_state(u, V, W, b, alpha, B=None, fed_back=None, start=None):
    """Oracle of rnnkit.reservoirs.echo_state.EchoStateNetwork: states."""
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
            new.append((1 - alpha) * x[j] + alpha * math.tanh(total))  # (1)
        x = new
        states.append(x)
    return states


def echo_state_output(x, Omega, omega_0):
    """Oracle of rnnkit.reservoirs.echo_state.EchoStateNetwork: y of one x."""
    return [omega_0[j] + sum(x[i] * Omega[i][j] for i in range(len(x))) for j in range(len(omega_0))]  # (2)


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
    """Oracle of rnnkit.reservoirs.lsm.LiquidStateMachine: u_n R_n of a synapse at the times of its spikes."""
    u, R, efficacies = U, 1.0, [U]
    for before, now in zip(times, times[1:], strict=False):
        gap = now - before
        R = 1 + (R - R * u - 1) * math.exp(-gap / D)  # (5)
        u = U + u * (1 - U) * math.exp(-gap / F)  # (4)
        efficacies.append(u * R)
    return efficacies


def spiking(machine, spikes, start, steps):
    """Oracle of rnnkit.reservoirs.lsm.LiquidStateMachine: (step, neuron) of each spike; input spikes by their steps.

    Synapses' currents jump when their spikes arrive, and count from the next step on.
    """
    dt, tau_m, R, N = machine.dt, machine.tau, machine.resistance, machine.units
    v, left, arriving, sent_at, fired = list(start), [0] * N, {}, {}, []
    currents = [[0.0, 0.0] for _ in range(N)]
    for step in range(steps):
        for i in range(N):
            if left[i] == 0:
                a = math.exp(-dt / tau_m)
                v[i] = a * v[i] + (1 - a) * R * machine.background  # (2)
                for tau, current in zip(machine.tau_synapse, currents[i], strict=True):
                    v[i] += tau / (tau - tau_m) * (math.exp(-dt / tau) - a) * R * current
            left[i] = max(left[i] - 1, 0)
            for kind, tau in enumerate(machine.tau_synapse):
                currents[i][kind] *= math.exp(-dt / tau)  # (3)
        spiking_now = [i for i in range(N) if v[i] > machine.threshold]
        lines_now = [line for line, times in enumerate(spikes) if step in times]
        for synapses, senders in ((machine.recurrent, spiking_now), (machine.incoming, lines_now)):
            for s in range(len(synapses)):
                if synapses.source[s] in senders:
                    arriving.setdefault(step + round(synapses.delay[s] / dt), []).append((synapses, s))
        for synapses, s in arriving.pop(step, []):
            times = sent_at.setdefault((id(synapses), s), [])
            times.append(step * dt)
            efficacy = 1.0
            if synapses.u is not None:
                efficacy = short_term_efficacies(times, synapses.u[s], synapses.d[s], synapses.f[s])[-1]
            amount = synapses.weight[s] * efficacy  # (6)
            currents[synapses.target[s]][int(amount < 0)] += amount
        for i in spiking_now:
            v[i], left[i] = machine.reset, max(round(machine.refractory[i] / dt) - 1, 0)
            fired.append((step, i))
    return fired


def filtered_spikes(when, who, units, at, tau):
    """Oracle of rnnkit.reservoirs.lsm.filtered_spikes."""
    spikes = list(zip(when, who, strict=True))
    return [
        [sum(math.exp(-(t - s) / tau) for s, n in spikes if n == i and s <= t) for i in range(units)] for t in at
    ]  # (7)


def connection_probability(positions, inhibits, reach):
    """Oracle of rnnkit.reservoirs.distances.connection_probability."""
    C = {(False, False): 0.3, (False, True): 0.2, (True, False): 0.4, (True, True): 0.1}
    p = np.zeros((len(positions), len(positions)))
    for i, a in enumerate(positions):
        for j, b in enumerate(positions):
            if i != j:
                p[i, j] = C[inhibits[i], inhibits[j]] * math.exp(-((math.dist(a, b) / reach) ** 2))  # (1)
    return p


def jacobian_at_rest(W, alpha):
    """Oracle of rnnkit.reservoirs.matrices.jacobian_at_rest."""
    n = len(W)
    return [[(1 - alpha) * (i == j) + alpha * W[j][i] for j in range(n)] for i in range(n)]  # (1)


def least_scale(eigenvalues, rho, alpha):
    """Oracle of rnnkit.reservoirs.matrices.with_spectral_radius: by halving where the first eigenvalue arrives."""
    low, high = 0.0, 1.0
    while max(abs(1 - alpha + alpha * high * value) for value in eigenvalues) < rho:
        high *= 2
    for _ in range(100):
        s = (low + high) / 2  # (3)
        reached = max(abs(1 - alpha + alpha * s * value) for value in eigenvalues) >= rho
        low, high = (low, s) if reached else (s, high)
    return high


def ridge(x, d, beta):
    """Oracle of rnnkit.reservoirs.readout.ridge."""
    x, d = np.array(x), np.array(d)
    T, N, J = len(x), x.shape[1], d.shape[1]
    x_bar, d_bar = [sum(x[:, i]) / T for i in range(N)], [sum(d[:, j]) / T for j in range(J)]
    X, D = x - x_bar, d - d_bar
    Omega = np.linalg.solve(X.T @ X + beta * np.eye(N), X.T @ D)  # (2)
    omega_0 = [d_bar[j] - sum(x_bar[i] * Omega[i, j] for i in range(N)) for j in range(J)]  # (3)
    return Omega, np.array(omega_0)


def memory_capacity(states, u, most, first, middle):
    """Oracle of rnnkit.reservoirs.readout.memory_capacity: fitted on the steps first…middle, scored on those after."""
    by_delay = []
    for d in range(1, most + 1):
        wanted = [u[k - d] for k in range(first, len(u))]
        held = middle - first
        Omega, omega_0 = ridge(states[first:middle], [[w] for w in wanted[:held]], 0.0)
        said = [omega_0[0] + sum(x[i] * Omega[i, 0] for i in range(len(x))) for x in states[middle:]]
        by_delay.append(float(np.corrcoef(said, wanted[held:])[0, 1] ** 2))  # (4)
    return sum(by_delay), by_delay  # (5)


def recursive_least_squares(xs, ds, beta, lam):
    """Oracle of rnnkit.reservoirs.online.RecursiveLeastSquares: Ω, ω₀ and the errors before each step."""
    N, J = range(len(xs[0])), range(len(ds[0]))
    Omega, P = [[0.0 for _ in J] for _ in N], [[(i == j) / beta for j in N] for i in N]
    n, x_mean, d_mean, errors = 0.0, [0.0 for _ in N], [0.0 for _ in J], []
    for x, d in zip(xs, ds, strict=True):
        w, delta = lam * n / (lam * n + 1), [x[i] - x_mean[i] for i in N]  # (1)
        e = [d[j] - d_mean[j] - sum(delta[i] * Omega[i][j] for i in N) for j in J]  # (2)
        Pd = [sum(P[i][m] * delta[m] for m in N) for i in N]
        g = [0.0 if w == 0 else Pd[i] / (lam / w + sum(delta[m] * Pd[m] for m in N)) for i in N]  # (3)
        Omega = [[Omega[i][j] + g[i] * e[j] for j in J] for i in N]  # (4)
        P = [[(P[i][m] - g[i] * Pd[m]) / lam for m in N] for i in N]
        n = lam * n + 1  # (5)
        x_mean = [x_mean[i] + delta[i] / n for i in N]  # (6)
        d_mean = [d_mean[j] + (d[j] - d_mean[j]) / n for j in J]
        errors.append(e)
    return Omega, [d_mean[j] - sum(x_mean[i] * Omega[i][j] for i in N) for j in J], errors  # (7)


def intrinsic_plasticity(vs, kind, mu, sigma, eta):
    """Oracle of rnnkit.reservoirs.plasticity.intrinsic_plasticity: gain and bias of a unit that hears vs."""
    a, c = 1.0, 0.0
    for v in vs:
        y = math.tanh(a * v + c) if kind == "normal" else 1 / (1 + math.exp(-(a * v + c)))
        if kind == "normal":
            change = -eta * (-mu / sigma**2 + (y / sigma**2) * (2 * sigma**2 + 1 - y**2 + mu * y))  # (1)
        else:
            change = eta * (1 - (2 + 1 / mu) * y + y**2 / mu)  # (2)
        a, c = a + (eta / a + v * change), c + change  # (3)
    return a, c
