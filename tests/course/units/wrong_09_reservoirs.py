"""Plausible wrong hand-ins of unit 09: solution cells replaced, and the checks that they lose, by grade_id."""

WRONG = {
    "leak_the_wrong_way_round": (
        {
            "reservoir_states": """
def reservoir_states(u, V, W, b, alpha, start):
    x, states = start, []
    for row in u:
        x = alpha * x + (1 - alpha) * np.tanh(row @ V + x @ W + b)
        states.append(x)
    return np.array(states)
"""
        },
        ("check_reservoir_states",),
    ),
    "radius_of_w_alone_and_a_penalty_on_the_bias": (
        {
            "scale_for": """
def rest_jacobian(W, alpha):
    return (1 - alpha) * np.eye(len(W)) + alpha * W.T


def scale_for(W, alpha, radius):
    return radius / np.abs(np.linalg.eigvals(W)).max()
""",
            "solve_readout": """
def solve_readout(X, D, beta):
    ones = np.concatenate([X, np.ones((len(X), 1))], axis=1)
    both = np.linalg.solve(ones.T @ ones + beta * np.eye(ones.shape[1]), ones.T @ D)
    return both[:-1], both[-1]
""",
        },
        ("check_scale_for", "check_solve_readout"),
    ),
    "correlation_not_squared_and_an_output_one_step_late": (
        {
            "capacity_of": """
def capacity_of(u, Y):
    D = Y.shape[1]
    return np.array([np.corrcoef(u[D - d : len(u) - d], Y[D:, d - 1])[0, 1] for d in range(1, D + 1)])
""",
            "free_run": """
def free_run(x, y, steps, W, B, b, alpha, Omega, omega_0):
    outputs = []
    for _ in range(steps):
        outputs.append(y)
        x = (1 - alpha) * x + alpha * np.tanh(x @ W + y @ B + b)
        y = x @ Omega + omega_0
    return np.array(outputs)
""",
        },
        ("check_capacity_of", "check_free_run"),
    ),
    "euler_in_place_of_the_exact_step": (
        {
            "spikes_of": """
def spikes_of(current, tau, resistance, threshold, reset, step):
    v, fired = 0.0, []
    for k, now in enumerate(current):
        v = v + step / tau * (resistance * now - v)
        if v > threshold:
            fired.append(k)
            v = reset
    return fired
"""
        },
        ("check_spikes_of",),
    ),
}
