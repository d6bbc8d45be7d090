"""Plausible wrong hand-ins of unit 08: solution cells replaced, and the checks that they lose, by grade_id."""

WRONG = {
    "diagonal_kept_and_all_units_at_once": (
        {
            "hebb": """
def hebb(patterns):
    return patterns.T @ patterns / patterns.shape[1]
""",
            "sweep": """
def energy(x, J):
    return -0.5 * x @ J @ x


def sweep(x, J, order):
    fields = J @ x
    x, states = x.copy(), []
    for i in order:
        if fields[i] != 0:
            x[i] = np.sign(fields[i])
        states.append(x.copy())
    return np.array(states)
""",
        },
        ("check_hebb", "check_sweep"),
    ),
    "likelihood_that_overflows_and_weights_without_the_shift": (
        {
            "log_likelihood": """
def log_likelihood(x, J, b):
    everything = np.array(list(itertools.product([-1.0, 1.0], repeat=len(b))))
    z = np.sum(np.exp(0.5 * np.sum(everything @ J * everything, axis=1) + everything @ b))
    return 0.5 * np.sum(x @ J * x, axis=1) + x @ b - np.log(z)
""",
            "hubbard": """
def hidden_weights(J):
    eigenvalues, U = np.linalg.eigh(J)
    return np.sqrt(np.abs(eigenvalues))[:, None] * U.T


def free_energy_of_continuous(x, W, b):
    return -x @ b - 0.5 * np.sum((x @ W.T) ** 2, axis=1)
""",
        },
        ("check_log_likelihood", "check_hubbard"),
    ),
    "free_energy_without_a_and_cd_from_drawn_hidden_units": (
        {
            "rbm": """
def hidden_means(v, W, b):
    return 1 / (1 + np.exp(-(v @ W.T + b)))


def visible_means(h, W, a):
    return 1 / (1 + np.exp(-(h @ W + a)))


def free_energy(v, W, a, b):
    return -np.logaddexp(0, v @ W.T + b).sum(axis=1)
""",
            "contrastive": """
def contrastive_divergence(v, W, a, b, u_hidden, u_visible):
    h = (u_hidden < hidden_means(v, W, b)).astype(float)
    again = (u_visible < visible_means(h, W, a)).astype(float)
    return (h.T @ v - hidden_means(again, W, b).T @ again) / len(v)
""",
        },
        ("check_rbm", "check_contrastive"),
    ),
}
