"""Plausible wrong hand-ins of unit 05: solution cells replaced, and the checks that they lose, by grade_id."""

WRONG = {
    # The error signal goes to whom the unit hears rather than to whom it talks.
    "recurrent_weights_not_transposed": (
        {
            "bptt_gradient": """
def bptt_gradient(x, d, w):
    v = forward(x, w)
    steps, outputs = d.shape
    recurrent = w[:, 1 + x.shape[1] :]
    delta, gradient, later = np.zeros((steps, len(w))), np.zeros(w.shape), np.zeros(len(w))
    for n in range(steps - 1, -1, -1):
        by_v = recurrent @ later
        by_v[:outputs] += v[n + 1, :outputs] - d[n]
        later = delta[n] = v[n + 1] * (1 - v[n + 1]) * by_v
        gradient += np.outer(later, np.concatenate([[1.0], x[n], v[n]]))
    return delta, gradient
"""
        },
        ("check_bptt_gradient",),
    ),
    # A gradient truncated to one step, and a filter that trusts its own weights more at each step.
    "error_of_the_step_alone_and_no_q": (
        {
            "bptt_gradient": """
def bptt_gradient(x, d, w):
    v = forward(x, w)
    outputs = d.shape[1]
    e = np.zeros((len(x), len(w)))
    e[:, :outputs] = v[1:, :outputs] - d
    delta = v[1:] * (1 - v[1:]) * e
    u = np.concatenate([np.ones((len(x), 1)), x, v[:-1]], axis=1)
    return delta, delta.T @ u
""",
            "ekf_step": """
def ekf_step(w, p, h, error, r, q):
    k = p @ h.T @ np.linalg.inv(r + h @ p @ h.T)
    return w + k @ error, p - k @ h @ p
""",
        },
        ("check_bptt_gradient", "check_ekf_step"),
    ),
    # δ_ip left out of (5): all derivatives stay 0, and so does the gradient of exercise 4, which uses them.
    "delta_ip_missing": (
        {
            "rtrl_step": """
def rtrl_step(u, dv, w):
    v = 1 / (1 + np.exp(-w @ u))
    total = np.tensordot(w[:, -len(w):], dv, axes=1)
    return v, (v * (1 - v))[:, None, None] * total
"""
        },
        ("check_rtrl_step", "check_rtrl_gradient"),
    ),
    # The sum of (5) over the wrong index of w; the update of (10) away from the target; one group for all weights.
    "w_transposed_and_ekf_sign_and_global": (
        {
            "rtrl_step": """
def rtrl_step(u, dv, w):
    units = len(w)
    v = 1 / (1 + np.exp(-w @ u))
    total = np.tensordot(w[:, -units:].T, dv, axes=1)
    total[np.arange(units), np.arange(units)] += u
    return v, (v * (1 - v))[:, None, None] * total
""",
            "ekf_step": """
def ekf_step(w, p, h, error, r, q):
    k = p @ h.T @ np.linalg.inv(r + h @ p @ h.T)
    return w - k @ error, p - k @ h @ p + q
""",
            "build_filter": """
def build_filter(v, omega):
    layer = rnnkit.Elman(2, 1, return_sequences=True)
    layer.build((None, None, 1))
    layer.set_matrices(v, omega)
    return layer, EKFTrainer(layer, p0=50.0, r=2.0, q=0.001)
""",
        },
        ("check_rtrl_step", "check_rtrl_gradient", "check_ekf_step", "check_build_filter"),
    ),
}
