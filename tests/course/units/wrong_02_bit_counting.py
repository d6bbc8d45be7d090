"""Plausible wrong hand-ins of unit 02: solution cells replaced, and the checks that they lose, by grade_id."""

WRONG = {
    "gradient_sign_reversed": (
        {
            "gradients": """
def gradients(x, y, v_x, v_f):
    f = forward(x, v_x, v_f)
    df = np.zeros(x.shape)
    df[:, -1] = y - f[:, -1]
    for t in range(x.shape[1] - 2, -1, -1):
        df[:, t] = df[:, t + 1] * v_f
    return df, np.sum(df * x), np.sum(df * f[:, :-1])
"""
        },
        ("check_gradients",),
    ),
    "sums_too_early_and_rprop_moves_before_delta": (
        {
            "gradients": """
def gradients(x, y, v_x, v_f):
    f = forward(x, v_x, v_f)
    power = v_f ** np.arange(x.shape[1] - 1, -1, -1)
    df = np.sum(f[:, -1] - y) * power
    return df, np.sum(df * x), np.sum(df * f[:, :-1])
""",
            "rprop_step": """
def rprop_step(v, gradient, previous_sign, delta, eta_p=1.2, eta_n=0.5):
    sign = np.sign(gradient)
    new = np.clip(np.where(sign == previous_sign, delta * eta_p, delta * eta_n), 1e-6, 50)
    return v - sign * delta, sign, new
""",
        },
        ("check_gradients", "check_rprop_step"),
    ),
}
