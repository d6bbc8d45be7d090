"""Plausible wrong hand-ins of unit 06: solution cells replaced, and the checks that they lose, by grade_id."""

WRONG = {
    "jacobian_transposed": (
        {
            "state_jacobians": """
def state_jacobians(x, W):
    return (1 - x**2)[:, :, None] * W
"""
        },
        ("check_state_jacobians",),
    ),
    "signals_from_the_wrong_side_and_omega_squared": (
        {
            "error_signals": """
def error_signals(jacobians, last):
    signals = np.zeros(jacobians.shape[:2])
    signals[-1] = last
    for k in range(len(signals) - 1, 0, -1):
        signals[k - 1] = jacobians[k] @ signals[k]
    return signals
""",
            "omega": """
def omega(signals, jacobians):
    total = 0.0
    for signal, jacobian in zip(signals, jacobians):
        length = np.linalg.norm(signal)
        if length > 0:
            total += (np.linalg.norm(signal @ jacobian) ** 2 / length**2 - 1) ** 2
    return total
""",
        },
        ("check_error_signals", "check_omega"),
    ),
    "radius_of_real_parts_and_a_model_without_omega": (
        {
            "with_radius": """
def with_radius(W, radius):
    return W * (radius / np.linalg.eigvals(W).real.max())
""",
            "build_model": """
def build_model(strength):
    layer = rnnkit.Elman(8, 1, activation="tanh", output_activation="linear")
    model = keras.Sequential([keras.Input((None, 3)), layer])
    model.compile(keras.optimizers.SGD(0.01, global_clipnorm=1.0), "mse")
    return model
""",
        },
        ("check_with_radius", "check_build_model"),
    ),
}
