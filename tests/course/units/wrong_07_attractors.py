"""Plausible wrong hand-ins of unit 07: solution cells replaced, and the checks that they lose, by grade_id."""

WRONG = {
    "slope_on_the_wrong_side_and_newton_without_the_identity": (
        {
            "jacobian": """
def next_state(x, W, b):
    return np.tanh(W @ x + b)


def state_jacobian(x, W, b):
    return W * (1 - np.tanh(W @ x + b) ** 2)
""",
            "newton": """
def newton_step(x, f, J):
    return x - np.linalg.solve(J, f - x)
""",
        },
        ("check_jacobian", "check_newton"),
    ),
    "eigenvalues_as_in_continuous_time_and_a_period_of_the_last_state_alone": (
        {
            "kind": """
def kind_of(J):
    growing = np.linalg.eigvals(J).real > 1
    return "unstable" if growing.all() else "saddle" if growing.any() else "stable"
""",
            "period": """
def period_of(orbit, longest, epsilon):
    for p in range(1, longest + 1):
        if np.linalg.norm(orbit[-1] - orbit[-1 - p]) <= epsilon:
            return p
    return 0
""",
        },
        ("check_kind", "check_period"),
    ),
    "eigenvalues_in_place_of_the_diagonal_and_one_tau_for_all": (
        {
            "qr_step": """
def qr_step(Q, J):
    return np.linalg.qr(J @ Q)[0], np.log(np.abs(np.linalg.eigvals(J)))
""",
            "euler": """
def euler_step(x, W, h, tau, delta):
    return x + delta / np.mean(tau) * (-x + W @ np.tanh(x) + h)
""",
        },
        ("check_qr_step", "check_euler"),
    ),
    "frame_not_made_orthogonal": (
        {
            "qr_step": """
def qr_step(Q, J):
    M = J @ Q
    lengths = np.linalg.norm(M, axis=0)
    return M / lengths, np.log(lengths)
"""
        },
        ("check_qr_step",),
    ),
}
