"""Plausible wrong hand-ins of unit 01: solution cells replaced, and the checks that they lose, by grade_id."""

WRONG = {
    "ones_last": (
        {
            "elman_step": """
def elman_step(x, f, v, omega):
    ones = np.ones((len(x), 1))
    f = 1 / (1 + np.exp(-np.concatenate([x, f, ones], axis=1) @ v))
    g = 1 / (1 + np.exp(-np.concatenate([f, ones], axis=1) @ omega))
    return f, g
"""
        },
        ("check_elman_step",),
    ),
    "context_forgets_and_no_root": (
        {
            "jordan_step": """
def jordan_step(x, s, v, omega, decay=0.0):
    ones = np.ones((len(x), 1))
    f = 1 / (1 + np.exp(-np.concatenate([ones, x, s], axis=1) @ v))
    g = 1 / (1 + np.exp(-np.concatenate([ones, f], axis=1) @ omega))
    return g, g
""",
            "error_by_phase": """
def error_by_phase(errors, first=1):
    positions = (np.arange(errors.shape[1]) + first) % 3
    return np.array([np.mean(errors[:, positions == p] ** 2) for p in range(3)])
""",
        },
        ("check_jordan_step", "check_error_by_phase"),
    ),
}
