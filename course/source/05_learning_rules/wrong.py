# %% of="forward" name="sources_in_another_order" loses=["check_forward", "check_bptt_gradient"]
# The sources stand in another order than the columns of W: first the 1 of the bias, then the inputs, then the units.
def forward(x, w):
    v = np.zeros((1 + len(x), len(w)))
    for n in range(len(x)):
        u = np.concatenate([x[n], v[n], [1.0]])
        v[n + 1] = 1 / (1 + np.exp(-w @ u))
    return v


# %% of="forward" name="one_unit_after_the_other" loses=["check_forward", "check_bptt_gradient"]
# A unit hears those before it as they are after the step: in (1) all units move at once, from the state before.
def forward(x, w):
    v = np.zeros((1 + len(x), len(w)))
    for n in range(len(x)):
        v[n + 1] = v[n]
        for i in range(len(w)):
            v[n + 1, i] = 1 / (1 + np.exp(-w[i] @ np.concatenate([[1.0], x[n], v[n + 1]])))
    return v


# %% of="forward" name="without_the_first_row" loses=["check_forward", "check_bptt_gradient"]
# The state before the first input, v(0) = 0, is missing: T inputs have T + 1 states.
def forward(x, w):
    v = np.zeros((1 + len(x), len(w)))
    for n in range(len(x)):
        v[n + 1] = 1 / (1 + np.exp(-w @ np.concatenate([[1.0], x[n], v[n]])))
    return v[1:]


# %% of="forward" name="tanh_in_place_of_the_logistic" loses=["check_forward", "check_bptt_gradient"]
# The units are tanh units, with values from -1 to 1: f in (1) is the logistic function.
def forward(x, w):
    v = np.zeros((1 + len(x), len(w)))
    for n in range(len(x)):
        v[n + 1] = np.tanh(w @ np.concatenate([[1.0], x[n], v[n]]))
    return v


# %% of="bptt_gradient" name="recurrent_weights_not_transposed" loses=["check_bptt_gradient"]
# The error signal goes to whom the unit hears rather than to whom it talks: the recurrent columns are to be transposed.
def bptt_gradient(x, d, w):
    v = forward(x, w)
    steps, outputs = d.shape
    recurrent = w[:, 1 + x.shape[1] :]
    delta, gradient, later = np.zeros((steps, len(w))), np.zeros(w.shape), np.zeros(len(w))
    for n in range(steps - 1, -1, -1):
        arriving = recurrent @ later
        arriving[:outputs] += v[n + 1, :outputs] - d[n]
        later = delta[n] = v[n + 1] * (1 - v[n + 1]) * arriving
        gradient += np.outer(later, np.concatenate([[1.0], x[n], v[n]]))
    return delta, gradient


# %% of="bptt_gradient" name="error_of_the_step_alone" loses=["check_bptt_gradient"]
# Each step sees its own error only: the signal of the step after comes back too, as the sum in (3).
def bptt_gradient(x, d, w):
    v = forward(x, w)
    e = np.zeros((len(x), len(w)))
    e[:, : d.shape[1]] = v[1:, : d.shape[1]] - d
    delta = v[1:] * (1 - v[1:]) * e
    return delta, delta.T @ np.concatenate([np.ones((len(x), 1)), x, v[:-1]], axis=1)


# %% of="bptt_gradient" name="gradient_sign_reversed" loses=["check_bptt_gradient"]
# The sign is reversed: with (2) the error of a step is output minus target.
def bptt_gradient(x, d, w):
    v = forward(x, w)
    steps, outputs = d.shape
    recurrent = w[:, 1 + x.shape[1] :]
    delta, gradient, later = np.zeros((steps, len(w))), np.zeros(w.shape), np.zeros(len(w))
    for n in range(steps - 1, -1, -1):
        arriving = recurrent.T @ later
        arriving[:outputs] += d[n] - v[n + 1, :outputs]
        later = delta[n] = v[n + 1] * (1 - v[n + 1]) * arriving
        gradient += np.outer(later, np.concatenate([[1.0], x[n], v[n]]))
    return delta, gradient


# %% of="bptt_gradient" name="sources_of_the_next_step" loses=["check_bptt_gradient"]
# The signals meet the state that they belong to: by (4) it is the state before, from which the step was made.
def bptt_gradient(x, d, w):
    v = forward(x, w)
    steps, outputs = d.shape
    recurrent = w[:, 1 + x.shape[1] :]
    delta, gradient, later = np.zeros((steps, len(w))), np.zeros(w.shape), np.zeros(len(w))
    for n in range(steps - 1, -1, -1):
        arriving = recurrent.T @ later
        arriving[:outputs] += v[n + 1, :outputs] - d[n]
        later = delta[n] = v[n + 1] * (1 - v[n + 1]) * arriving
        gradient += np.outer(later, np.concatenate([[1.0], x[n], v[n + 1]]))
    return delta, gradient


# %% of="bptt_gradient" name="targets_changed_in_place" loses=["check_bptt_gradient"]
# The gradient is right, but the errors have been written over the targets: make a new array.
def bptt_gradient(x, d, w):
    v = forward(x, w)
    steps, outputs = d.shape
    d -= v[1:, :outputs]
    recurrent = w[:, 1 + x.shape[1] :]
    delta, gradient, later = np.zeros((steps, len(w))), np.zeros(w.shape), np.zeros(len(w))
    for n in range(steps - 1, -1, -1):
        arriving = recurrent.T @ later
        arriving[:outputs] -= d[n]
        later = delta[n] = v[n + 1] * (1 - v[n + 1]) * arriving
        gradient += np.outer(later, np.concatenate([[1.0], x[n], v[n]]))
    return delta, gradient


# %% of="rtrl_step" name="delta_ip_missing" loses=["check_rtrl_step", "check_rtrl_gradient"]
# All derivatives stay 0: the sources, with δ_ip, are what puts something into (5).
def rtrl_step(u, dv, w):
    v = 1 / (1 + np.exp(-w @ u))
    total = np.tensordot(w[:, -len(w) :], dv, axes=1)
    return v, (v * (1 - v))[:, None, None] * total


# %% of="rtrl_step" name="w_transposed" loses=["check_rtrl_step", "check_rtrl_gradient"]
# The weights are transposed: going forwards, the sum over j in (5) runs along a row of W.
def rtrl_step(u, dv, w):
    units = len(w)
    v = 1 / (1 + np.exp(-w @ u))
    total = np.tensordot(w[:, -units:].T, dv, axes=1)
    total[np.arange(units), np.arange(units)] += u
    return v, (v * (1 - v))[:, None, None] * total


# %% of="rtrl_step" name="slope_of_the_state_before" loses=["check_rtrl_step", "check_rtrl_gradient"]
# The slope is that of the state before the step: f' in (5) belongs to the sum that makes the new state.
def rtrl_step(u, dv, w):
    units = len(w)
    total = np.tensordot(w[:, -units:], dv, axes=1)
    total[np.arange(units), np.arange(units)] += u
    before = u[-units:]
    return 1 / (1 + np.exp(-w @ u)), (before * (1 - before))[:, None, None] * total


# %% of="rtrl_step" name="derivatives_changed_in_place" loses=["check_rtrl_step"]
# The step is right, but the derivatives handed in were overwritten: return a new array.
def rtrl_step(u, dv, w):
    units = len(w)
    v = 1 / (1 + np.exp(-w @ u))
    dv[:] = np.tensordot(w[:, -units:], dv, axes=1)
    dv[np.arange(units), np.arange(units)] += u
    dv *= (v - v**2)[:, None, None]
    return v, dv


# %% of="rtrl_gradient" name="error_of_the_last_step_alone" loses=["check_rtrl_gradient"]
# Only the last step's error counts: (6) adds up what all steps give.
def rtrl_gradient(x, d, w):
    outputs = d.shape[1]
    v, dv = np.zeros(len(w)), np.zeros((len(w), *w.shape))
    for one in x:
        v, dv = rtrl_step(np.concatenate([[1.0], one, v]), dv, w)
    return np.tensordot(v[:outputs] - d[-1], dv[:outputs], axes=1)


# %% of="rtrl_gradient" name="target_minus_output" loses=["check_rtrl_gradient"]
# The sum points downhill: the error in (6) is output minus target, and the minus of descent comes later.
def rtrl_gradient(x, d, w):
    outputs = d.shape[1]
    v, dv, gradient = np.zeros(len(w)), np.zeros((len(w), *w.shape)), np.zeros(w.shape)
    for n in range(len(x)):
        v, dv = rtrl_step(np.concatenate([[1.0], x[n], v]), dv, w)
        gradient += np.tensordot(d[n] - v[:outputs], dv[:outputs], axes=1)
    return gradient


# %% of="rtrl_gradient" name="derivatives_of_the_step_before" loses=["check_rtrl_gradient"]
# The error of a step meets the derivatives of the step before: in (6) both are of the same n.
def rtrl_gradient(x, d, w):
    outputs = d.shape[1]
    v, dv, gradient = np.zeros(len(w)), np.zeros((len(w), *w.shape)), np.zeros(w.shape)
    for n in range(len(x)):
        before = dv
        v, dv = rtrl_step(np.concatenate([[1.0], x[n], v]), dv, w)
        gradient += np.tensordot(v[:outputs] - d[n], before[:outputs], axes=1)
    return gradient


# %% of="ekf_step" name="away_from_the_target" loses=["check_ekf_step"]
# The weights move away from the target: with ξ = d - y (10) adds.
def ekf_step(w, p, h, error, r, q):
    k = p @ h.T @ np.linalg.inv(r + h @ p @ h.T)
    return w - k @ error, p - k @ h @ p + q


# %% of="ekf_step" name="without_q" loses=["check_ekf_step"]
# Q is missing in (11): without it the filter trusts its weights more at each step, and stops learning.
def ekf_step(w, p, h, error, r, q):
    k = p @ h.T @ np.linalg.inv(r + h @ p @ h.T)
    return w + k @ error, p - k @ h @ p


# %% of="ekf_step" name="without_the_noise" loses=["check_ekf_step"]
# R is missing in (8): each target is then believed entirely, as if it had no noise.
def ekf_step(w, p, h, error, r, q):
    k = p @ h.T @ np.linalg.inv(h @ p @ h.T)
    return w + k @ error, p - k @ h @ p + q


# %% of="ekf_step" name="p_before_the_gain" loses=["check_ekf_step"]
# The gain is made with the new P: (9) and (10) come before (11).
def ekf_step(w, p, h, error, r, q):
    a = np.linalg.inv(r + h @ p @ h.T)
    p = p - p @ h.T @ a @ h @ p + q
    return w + p @ h.T @ a @ error, p


# %% of="ekf_step" name="weights_and_p_changed_in_place" loses=["check_ekf_step"]
# The numbers are right, but the old weights and the old P are gone: return new arrays.
def ekf_step(w, p, h, error, r, q):
    k = p @ h.T @ np.linalg.inv(r + h @ p @ h.T)
    w += k @ error
    p -= k @ h @ p
    p += q
    return w, p


# %% of="build_filter" name="one_filter_for_all_weights" loses=["check_build_filter"]
# There is one P for all weights: the decoupled filter has one for each unit's incoming weights.
def build_filter(v, omega):
    elman = rnnkit.Elman(2, 1, return_sequences=True)
    elman.build((None, None, 1))
    elman.set_matrices(v, omega)
    return elman, EKFTrainer(elman, p0=50.0, r=2.0, q=0.001)


# %% of="build_filter" name="r_and_q_exchanged" loses=["check_build_filter"]
# R and Q have changed places: R, the noise of the targets, is 2, and Q, what is added to P, is 0.001.
def build_filter(v, omega):
    elman = rnnkit.Elman(2, 1, return_sequences=True)
    elman.build((None, None, 1))
    elman.set_matrices(v, omega)
    return elman, EKFTrainer(elman, decoupled=True, p0=50.0, r=0.001, q=2.0)


# %% of="build_filter" name="hidden_units_of_tanh" loses=["check_build_filter"]
# The hidden units are tanh units: both layers are logistic here.
def build_filter(v, omega):
    elman = rnnkit.Elman(2, 1, activation="tanh", return_sequences=True)
    elman.build((None, None, 1))
    elman.set_matrices(v, omega)
    return elman, EKFTrainer(elman, decoupled=True, p0=50.0, r=2.0, q=0.001)
