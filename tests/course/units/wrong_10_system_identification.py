"""Plausible wrong hand-ins of unit 10: solution cells replaced, and the checks that they lose, by grade_id."""

WRONG = {
    "oldest_first_and_a_free_run_that_is_none": (
        {
            "embed": """
def embed(s, tau, m):
    T = len(s) - (m - 1) * tau
    return np.stack([s[d * tau : d * tau + T] for d in range(m)], axis=1)
""",
            "free_run": """
def free_run(F, u, y0, d_x, d_y):
    y = np.zeros(len(u))
    y[: len(y0)] = y0
    for k in range(len(y0), len(u)):
        past = y[len(y0) - d_y : len(y0)][::-1]
        y[k] = F(np.concatenate([u[k - d_x : k + 1][::-1], past]))
    return y
""",
        },
        ("check_embed", "check_free_run"),
    ),
    "present_output_among_the_regressors_and_entropy_for_information": (
        {
            "regressor_matrix": """
def regressor_matrix(u, y, d_x, d_y):
    k = np.arange(max(d_x, d_y), len(u))
    return np.stack([*(u[k - d] for d in range(d_x + 1)), *(y[k - d] for d in range(d_y))], axis=1)
""",
            "lag_information": """
def lag_information(classes, tau, n):
    a, b = classes[: len(classes) - tau], classes[tau:]
    p = np.zeros((n, n))
    np.add.at(p, (a, b), 1 / len(a))
    p = p[p > 0]
    return float(-np.sum(p * np.log(p)))
""",
        },
        ("check_regressor_matrix", "check_lag_information"),
    ),
    "a_ridge_that_nobody_asked_for_and_the_state_before_the_step": (
        {
            "least_squares": """
def least_squares(Phi, y):
    theta = np.linalg.solve(Phi.T @ Phi + 0.1 * np.eye(Phi.shape[1]), Phi.T @ y)
    return theta, float(np.sqrt(np.mean((y - Phi @ theta) ** 2)))
""",
            "state_space": """
def state_space(u, A, B, b_x, C, b_y, x0):
    x, y = x0, []
    for row in u:
        y.append(C @ x + b_y)
        x = np.tanh(A @ x + B @ row + b_x)
    return np.array(y)
""",
        },
        ("check_least_squares", "check_state_space"),
    ),
}
