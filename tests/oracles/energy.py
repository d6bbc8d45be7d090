"""Energy models as plain loops over units and states."""

import itertools
import math

import numpy as np


def energy(x, J, b):
    """Oracle of rnnkit.energy.boltzmann.BoltzmannMachine: H of one state, with a sum over pairs."""
    n = len(x)
    pairs = sum(J[i][k] * x[i] * x[k] for i in range(n) for k in range(i + 1, n))
    return -pairs - sum(b[i] * x[i] for i in range(n))  # (1)


def distribution(J, b, values):
    """The probability of every state, as a dict of tuples."""
    weights = {x: math.exp(-energy(x, J, b)) for x in itertools.product(values, repeat=len(b))}
    total = sum(weights.values())
    return {x: weight / total for x, weight in weights.items()}


def log_probability(v, J, b, values):
    """Oracle of rnnkit.energy.boltzmann.BoltzmannMachine: ln p of visible units, the first, summed over the others."""
    n, p = len(v), distribution(J, b, values)
    return math.log(sum(p[x] for x in p if x[:n] == tuple(v)))  # (2)


def likelihoods_slope(data, J, b, values):
    """Oracle of rnnkit.energy.boltzmann.BoltzmannMachine: derivatives by b and by J, all units visible."""
    p, n = distribution(J, b, values), len(b)
    by_b, by_J = np.zeros(n), np.zeros((n, n))
    for i in range(n):
        by_b[i] = sum(x[i] for x in data) / len(data) - sum(p[x] * x[i] for x in p)
        for k in range(n):
            by_J[i, k] = sum(x[i] * x[k] for x in data) / len(data) - sum(p[x] * x[i] * x[k] for x in p)  # (3)
    return by_b, by_J


def gibbs_sweep(x, J, b, values, numbers):
    """Oracle of rnnkit.energy.gibbs.gibbs_sweeps: one chain, unit after unit, high where a number is below p."""
    low, high = values
    x = list(x)
    for i in range(len(x)):
        field = b[i] + sum(J[i][k] * x[k] for k in range(len(x)))
        p = 1 / (1 + math.exp(-(high - low) * field))  # (1)
        x[i] = high if numbers[i] < p else low
    return x


def hebb(patterns):
    """Oracle of rnnkit.energy.hopfield.Hopfield."""
    n = len(patterns[0])
    J = [[sum(xi[i] * xi[k] for xi in patterns) / n for k in range(n)] for i in range(n)]  # (1)
    return np.array([[0.0 if i == k else J[i][k] for k in range(n)] for i in range(n)])


def pseudo_inverse(patterns):
    """Oracle of rnnkit.energy.hopfield.Hopfield."""
    Xi = np.array(patterns, dtype=float).T
    J = Xi @ np.linalg.pinv(Xi)  # (2)
    return np.array([[0.0 if i == k else J[i, k] for k in range(len(J))] for i in range(len(J))])


def hopfield_energy(x, J):
    """Oracle of rnnkit.energy.hopfield.Hopfield."""
    return -0.5 * sum(x[i] * J[i][k] * x[k] for i in range(len(x)) for k in range(len(x)))  # (3)


def hopfield_update(x, J, i):
    """Oracle of rnnkit.energy.hopfield.Hopfield: the unit's next value."""
    field = sum(J[i][k] * x[k] for k in range(len(x)))
    return x[i] if field == 0 else math.copysign(1.0, field)  # (4)


def hubbard_stratonovich(J, b, s, boolean):
    """Oracle of rnnkit.energy.hubbard_stratonovich.hubbard_stratonovich: WᵀW, which is J + s I, and a."""
    n = len(b)
    squared = [[J[i][k] + (s if i == k else 0.0) for k in range(n)] for i in range(n)]  # (2)
    a = [b[i] - (0.5 * s if boolean else 0.0) for i in range(n)]  # (3)
    return np.array(squared), np.array(a)


# A grid for integrals over a continuous unit, on which sums of Gaussians are exact to all digits.
GRID = [0.25 * k for k in range(-60, 61)]
STATES = {"boolean": (0.0, 1.0), "spin": (-1.0, 1.0), "continuous": GRID}


def log_partition_of_unit(field, kind):
    """Oracle of rnnkit.energy.units: summed or integrated."""
    step, half = (0.25, 0.5) if kind == "continuous" else (1.0, 0.0)
    return math.log(step * sum(math.exp(x * field - half * x * x) for x in STATES[kind]))  # (1)


def rbm_energy(v, h, W, a, b, square_v=False, square_h=False):
    """Oracle of rnnkit.energy.rbm.RBM: E of one joint state; W[j][i] couples hidden unit j with visible unit i."""
    coupling = sum(W[j][i] * h[j] * v[i] for j in range(len(h)) for i in range(len(v)))
    r = 0.5 * sum(x * x for x in v) * square_v + 0.5 * sum(x * x for x in h) * square_h
    return r - sum(a[i] * v[i] for i in range(len(v))) - sum(b[j] * h[j] for j in range(len(h))) - coupling  # (1)


def _mean(field, kind):
    return {"boolean": lambda f: 1 / (1 + math.exp(-f)), "spin": math.tanh, "continuous": float}[kind](field)


def rbm_means(v, h, W, a, b, visible, hidden):
    """Oracle of rnnkit.energy.rbm.RBM: ⟨h⟩ given v, and ⟨v⟩ given h."""
    m, n = len(b), len(a)
    mean_h = [_mean(b[j] + sum(W[j][i] * v[i] for i in range(n)), hidden) for j in range(m)]  # (2)
    mean_v = [_mean(a[i] + sum(W[j][i] * h[j] for j in range(m)), visible) for i in range(n)]  # (3)
    return np.array(mean_h), np.array(mean_v)


def free_energy(v, W, a, b, visible, hidden):
    """Oracle of rnnkit.energy.rbm.RBM."""
    fields = [b[j] + sum(W[j][i] * v[i] for i in range(len(v))) for j in range(len(b))]
    r = 0.5 * sum(x * x for x in v) if visible == "continuous" else 0.0
    return r - sum(a[i] * v[i] for i in range(len(v))) - sum(log_partition_of_unit(f, hidden) for f in fields)  # (4)


def rbm_partition(W, a, b, visible, hidden):
    """Oracle of rnnkit.energy.partition.exact_log_partition: ln Z from all joint states, on a grid where continuous."""
    n, m = len(a), len(b)
    squares = visible == "continuous", hidden == "continuous"
    cell = 0.25 ** (n * squares[0] + m * squares[1])
    joint = itertools.product(*[STATES[visible]] * n, *[STATES[hidden]] * m)
    Z = sum(math.exp(-rbm_energy(x[:n], x[n:], W, a, b, *squares)) for x in joint) * cell  # (1), (2), (3)
    return math.log(Z)


def rbm_log_probability(v, W, a, b, visible, hidden):
    """Oracle of rnnkit.energy.rbm.RBM."""
    return -free_energy(v, W, a, b, visible, hidden) - rbm_partition(W, a, b, visible, hidden)  # (5)


def rbm_slope(v_data, h_data, v_model, h_model):
    """Oracle of rnnkit.energy.rbm.RBM: from means of each example and each chain; by W, a and b."""
    m, n = len(h_data[0]), len(v_data[0])
    by_W, D, C = np.zeros((m, n)), len(v_data), len(v_model)
    for j, i in itertools.product(range(m), range(n)):
        data = sum(h[j] * v[i] for v, h in zip(v_data, h_data, strict=True)) / D
        model = sum(h[j] * v[i] for v, h in zip(v_model, h_model, strict=True)) / C
        by_W[j, i] = data - model  # (6)
    by_a = [sum(v[i] for v in v_data) / D - sum(v[i] for v in v_model) / C for i in range(n)]
    by_b = [sum(h[j] for h in h_data) / D - sum(h[j] for h in h_model) / C for j in range(m)]
    return by_W, np.array(by_a), np.array(by_b)


def annealed(W, a, b, start, chains, temperatures, rng):
    """Oracle of rnnkit.energy.partition.annealed_log_partition, for boolean units: ln Z, ln w, standard error."""
    n, m = len(a), len(b)

    def draw(means):
        numbers = rng.random((chains, len(means[0])))
        return [[float(u < p) for u, p in zip(*pair, strict=True)] for pair in zip(numbers, means, strict=True)]

    def hidden_fields(v):
        return [b[j] + sum(W[j][i] * v[i] for i in range(n)) for j in range(m)]

    def log_p(beta, v):
        visible = sum(((1 - beta) * start[i] + beta * a[i]) * v[i] for i in range(n))
        return visible + sum(log_partition_of_unit(beta * f, "boolean") for f in hidden_fields(v))  # (1)

    log_Z0 = sum(log_partition_of_unit(f, "boolean") for f in start) + m * math.log(2)  # (2)
    vs, log_w = draw([[_mean(f, "boolean") for f in start]] * chains), [0.0] * chains
    for k in range(1, temperatures + 1):
        beta = k / temperatures
        for c, v in enumerate(vs):
            log_w[c] += log_p(beta, v) - log_p((k - 1) / temperatures, v)  # (3)
        hs = draw([[_mean(beta * f, "boolean") for f in hidden_fields(v)] for v in vs])
        fields = [[a[i] + sum(W[j][i] * h[j] for j in range(m)) for i in range(n)] for h in hs]
        vs = draw([[_mean((1 - beta) * start[i] + beta * f[i], "boolean") for i in range(n)] for f in fields])
    w = [math.exp(x) for x in log_w]
    mean = sum(w) / chains
    spread = math.sqrt(sum((x - mean) ** 2 for x in w) / (chains - 1))
    return log_Z0 + math.log(mean), log_w, spread / mean / math.sqrt(chains)  # (4)


def stack_distribution(rbms):
    """Oracle of rnnkit.energy.dbn.DBN: p of each visible state of two boolean RBMs, given as (W, a, b) from below."""
    (W, a, b), top = rbms
    Z = math.exp(rbm_partition(*top, "boolean", "boolean"))
    states, middle, upper = (list(itertools.product((0.0, 1.0), repeat=len(x))) for x in (a, b, top[2]))
    p_h = {h: sum(math.exp(-rbm_energy(h, g, *top)) for g in upper) / Z for h in middle}

    def p_v(v, h):
        fields = [a[i] + sum(W[j][i] * h[j] for j in range(len(b))) for i in range(len(a))]
        return math.prod(_mean(f if x else -f, "boolean") for x, f in zip(v, fields, strict=True))

    return {v: sum(p_v(v, h) * p_h[h] for h in middle) for v in states}  # (1)


def stack_bound(v, rbms):
    """Oracle of rnnkit.energy.dbn.DBN: the bound on ln p(v) of boolean RBMs, given from below."""
    (W, a, b), *above = rbms
    if not above:
        return rbm_log_probability(v, W, a, b, "boolean", "boolean")
    total = 0.0
    for h in itertools.product((0.0, 1.0), repeat=len(b)):
        means, below = rbm_means(v, h, W, a, b, "boolean", "boolean")
        q = math.prod(p if x else 1 - p for x, p in zip(h, means, strict=True))
        log_p_v = sum(math.log(p if x else 1 - p) for x, p in zip(v, below, strict=True))
        total += q * (stack_bound(h, above) + log_p_v - math.log(q))  # (2)
    return total


def classifier(v, label, weights, penalty):
    """Oracle of rnnkit.energy.dbn_classifier.DBNClassifier: p of one example, and its E; W₁, b₁, …, U, c."""
    *layers, U, c = weights
    x = list(v)
    for W, b in zip(layers[::2], layers[1::2], strict=True):
        x = [_mean(b[j] + sum(W[j][i] * x[i] for i in range(len(x))), "boolean") for j in range(len(b))]  # (1)
    logits = [math.exp(c[k] + sum(U[j][k] * x[j] for j in range(len(x)))) for k in range(len(c))]
    p = [logit / sum(logits) for logit in logits]  # (2)
    squares = sum(w * w for matrix in weights[::2] for row in matrix for w in row)
    E = -math.log(p[label]) + penalty / 2 * squares  # (3)
    return p, E
