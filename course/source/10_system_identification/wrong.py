# %% of="embed" name="oldest_first" loses=["check_embed"]
# The columns are in the wrong order: column 0 holds s(k), the newest.
def embed(s, tau, m):
    T = len(s) - (m - 1) * tau
    return np.stack([s[d * tau : d * tau + T] for d in range(m)], axis=1)


# %% of="embed" name="coordinates_as_rows" loses=["check_embed"]
# The points stand in columns: each row is one point, each column one coordinate.
def embed(s, tau, m):
    k = np.arange((m - 1) * tau, len(s))
    return np.stack([s[k - d * tau] for d in range(m)])


# %% of="embed" name="first_point_missing" loses=["check_embed"]
# The series begins too late: m coordinates reach back by (m - 1) lags, not by m.
def embed(s, tau, m):
    k = np.arange(m * tau, len(s))
    return np.stack([s[k - d * tau] for d in range(m)], axis=1)


# %% of="embed" name="lag_left_out" loses=["check_embed"]
# The coordinates are neighbouring samples: they lie τ samples apart.
def embed(s, tau, m):
    k = np.arange((m - 1) * tau, len(s))
    return np.stack([s[k - d] for d in range(m)], axis=1)


# %% of="embed" name="wrapped_round_the_end" loses=["check_embed"]
# The first points have the end of the series for their past: leave out the steps that have no past.
def embed(s, tau, m):
    return np.stack([np.roll(s, d * tau) for d in range(m)], axis=1)


# %% of="lag_information" name="entropy_of_the_pairs" loses=["check_lag_information"]
# This is the entropy of the pairs: (2) compares their frequencies with those that they had if the two knew nothing of each other.
def lag_information(classes, tau, n):
    a, b = classes[: len(classes) - tau], classes[tau:]
    p = np.zeros((n, n))
    np.add.at(p, (a, b), 1 / len(a))
    p = p[p > 0]
    return float(-np.sum(p * np.log(p)))


# %% of="lag_information" name="in_bits" loses=["check_lag_information"]
# The information comes in bits: nats have the natural logarithm.
def lag_information(classes, tau, n):
    a, b = classes[: len(classes) - tau], classes[tau:]
    p = np.zeros((n, n))
    np.add.at(p, (a, b), 1 / len(a))
    by_chance = np.outer(p.sum(axis=1), p.sum(axis=0))
    there = p > 0
    return float(np.sum(p[there] * np.log2(p[there] / by_chance[there])))


# %% of="lag_information" name="nothing_times_infinity" loses=["check_lag_information"]
# Pairs that never occur make the sum no number: leave them out before the logarithm.
def lag_information(classes, tau, n):
    a, b = classes[: len(classes) - tau], classes[tau:]
    p = np.zeros((n, n))
    np.add.at(p, (a, b), 1 / len(a))
    with np.errstate(all="ignore"):
        return float(np.sum(p * np.log(p / np.outer(p.sum(axis=1), p.sum(axis=0)))))


# %% of="lag_information" name="divided_by_all_steps" loses=["check_lag_information"]
# The frequencies do not have the sum 1: with a lag there are τ pairs fewer than steps.
def lag_information(classes, tau, n):
    a, b = classes[: len(classes) - tau], classes[tau:]
    p = np.zeros((n, n))
    np.add.at(p, (a, b), 1 / len(classes))
    by_chance = np.outer(p.sum(axis=1), p.sum(axis=0))
    there = p > 0
    return float(np.sum(p[there] * np.log(p[there] / by_chance[there])))


# %% of="lag_information" name="each_pair_counted_once" loses=["check_lag_information"]
# A pair that occurs often counts once: with indices that repeat, adding in place adds only one of them.
def lag_information(classes, tau, n):
    a, b = classes[: len(classes) - tau], classes[tau:]
    p = np.zeros((n, n))
    p[a, b] += 1 / len(a)
    by_chance = np.outer(p.sum(axis=1), p.sum(axis=0))
    there = p > 0
    return float(np.sum(p[there] * np.log(p[there] / by_chance[there])))


# %% of="regressor_matrix" name="present_output" loses=["check_regressor_matrix"]
# The present output is among the regressors: the model would be given what it is to say. The outputs begin with y(k-1).
def regressor_matrix(u, y, d_x, d_y):
    k = np.arange(max(d_x, d_y), len(u))
    return np.stack([*(u[k - d] for d in range(d_x + 1)), *(y[k - d] for d in range(d_y))], axis=1)


# %% of="regressor_matrix" name="present_input_missing" loses=["check_regressor_matrix"]
# The present input is missing: in (3) the inputs begin with u(k), so there are one more of them than delays.
def regressor_matrix(u, y, d_x, d_y):
    k = np.arange(max(d_x, d_y), len(u))
    return np.stack([*(u[k - d] for d in range(1, d_x + 1)), *(y[k - d] for d in range(1, d_y + 1))], axis=1)


# %% of="regressor_matrix" name="old_before_new" loses=["check_regressor_matrix"]
# The oldest values come first: φ begins with the newest of each.
def regressor_matrix(u, y, d_x, d_y):
    k = np.arange(max(d_x, d_y), len(u))
    inputs = [u[k - d] for d in range(d_x, -1, -1)]
    return np.stack([*inputs, *(y[k - d] for d in range(d_y, 0, -1))], axis=1)


# %% of="regressor_matrix" name="one_row_too_few" loses=["check_regressor_matrix"]
# The first row is missing: step max(d_x, d_y) has all of its past already.
def regressor_matrix(u, y, d_x, d_y):
    k = np.arange(max(d_x, d_y) + 1, len(u))
    return np.stack([*(u[k - d] for d in range(d_x + 1)), *(y[k - d] for d in range(1, d_y + 1))], axis=1)


# %% of="least_squares" name="a_ridge" loses=["check_least_squares"]
# There is a penalty on theta that nobody has asked for: (4) has none.
def least_squares(Phi, y):
    theta = np.linalg.solve(Phi.T @ Phi + 0.1 * np.eye(Phi.shape[1]), Phi.T @ y)
    return theta, float(np.sqrt(np.mean((y - Phi @ theta) ** 2)))


# %% of="least_squares" name="mean_absolute_error" loses=["check_least_squares"]
# The error is the mean absolute one: square the errors, take their mean, and then the root.
def least_squares(Phi, y):
    theta = np.linalg.lstsq(Phi, y, rcond=None)[0]
    return theta, float(np.mean(np.abs(y - Phi @ theta)))


# %% of="least_squares" name="root_forgotten" loses=["check_least_squares"]
# The error is the mean square: its root has the unit of y.
def least_squares(Phi, y):
    theta = np.linalg.lstsq(Phi, y, rcond=None)[0]
    return theta, float(np.mean((y - Phi @ theta) ** 2))


# %% of="least_squares" name="root_of_the_sum" loses=["check_least_squares"]
# The error grows with the number of steps: divide the sum of squares by it.
def least_squares(Phi, y):
    theta = np.linalg.lstsq(Phi, y, rcond=None)[0]
    return theta, float(np.linalg.norm(y - Phi @ theta))


# %% of="least_squares" name="targets_overwritten" loses=["check_least_squares"]
# The outputs that were handed in have become the errors: subtract into a new array.
def least_squares(Phi, y):
    theta = np.linalg.lstsq(Phi, y, rcond=None)[0]
    y -= Phi @ theta
    return theta, float(np.sqrt(np.mean(y**2)))


# %% of="free_run" name="only_the_given_outputs" loses=["check_free_run"]
# The model sees the given outputs for ever: in (6) its own outputs take their place.
def free_run(F, u, y0, d_x, d_y):
    y = np.zeros(len(u))
    y[: len(y0)] = y0
    for k in range(len(y0), len(u)):
        past = y[len(y0) - d_y : len(y0)][::-1]
        y[k] = F(np.concatenate([u[k - d_x : k + 1][::-1], past]))
    return y


# %% of="free_run" name="past_in_the_wrong_order" loses=["check_free_run"]
# The past outputs are handed over with the oldest first: φ has the newest first, as in (3).
def free_run(F, u, y0, d_x, d_y):
    y = list(y0)
    for k in range(len(y0), len(u)):
        past = [y[k - d] for d in range(d_y, 0, -1)]
        y.append(float(F(np.array([u[k - d] for d in range(d_x + 1)] + past))))
    return np.array(y)


# %% of="free_run" name="without_the_given_outputs" loses=["check_free_run"]
# What is returned begins after the given outputs: they are the first part of it.
def free_run(F, u, y0, d_x, d_y):
    y = list(y0)
    for k in range(len(y0), len(u)):
        past = [y[k - d] for d in range(1, d_y + 1)]
        y.append(float(F(np.array([u[k - d] for d in range(d_x + 1)] + past))))
    return np.array(y[len(y0) :])


# %% of="free_run" name="input_one_step_late" loses=["check_free_run"]
# The inputs come one step late: φ(k) begins with u(k), and the machine reacts to it in the same step.
def free_run(F, u, y0, d_x, d_y):
    y = list(y0)
    for k in range(len(y0), len(u)):
        past = [y[k - d] for d in range(1, d_y + 1)]
        y.append(float(F(np.array([u[k - d - 1] for d in range(d_x + 1)] + past))))
    return np.array(y)


# %% of="free_run" name="moved_along_in_place" loses=["check_free_run"]
# The outputs that were handed in are overwritten: copy them before you move them along.
def free_run(F, u, y0, d_x, d_y):
    out, window = list(y0), y0
    for k in range(len(window), len(u)):
        past = window[::-1][:d_y]
        out.append(float(F(np.concatenate([u[k - d_x : k + 1][::-1], past]))))
        window[:-1] = window[1:].copy()
        window[-1] = out[-1]
    return np.array(out)


# %% of="free_run" name="whole_numbers_only" loses=["check_free_run"]
# The outputs are cut to whole numbers: an array that begins with whole numbers keeps to them.
def free_run(F, u, y0, d_x, d_y):
    y = np.zeros(len(u), dtype=int)
    y[: len(y0)] = y0
    for k in range(len(y0), len(u)):
        past = [y[k - d] for d in range(1, d_y + 1)]
        y[k] = F(np.array([u[k - d] for d in range(d_x + 1)] + past, dtype=float))
    return y


# %% of="state_space" name="state_before_the_step" loses=["check_state_space"]
# The output is that of the state before the step: y(k) belongs to x(k), which has seen u(k).
def state_space(u, A, B, b_x, C, b_y, x0):
    x, y = x0, []
    for row in u:
        y.append(C @ x + b_y)
        x = np.tanh(A @ x + B @ row + b_x)
    return np.array(y)


# %% of="state_space" name="state_on_the_left" loses=["check_state_space"]
# A is transposed: on the slide the state is a column, and stands on the right of A.
def state_space(u, A, B, b_x, C, b_y, x0):
    x, y = x0, []
    for row in u:
        x = np.tanh(x @ A + B @ row + b_x)
        y.append(C @ x + b_y)
    return np.array(y)


# %% of="state_space" name="output_squashed" loses=["check_state_space"]
# The output goes through tanh as well: in (7) it is linear in the state, and may be of any size.
def state_space(u, A, B, b_x, C, b_y, x0):
    x, y = x0, []
    for row in u:
        x = np.tanh(A @ x + B @ row + b_x)
        y.append(np.tanh(C @ x + b_y))
    return np.array(y)


# %% of="state_space" name="linear_state" loses=["check_state_space"]
# The state is linear: (7) has a tanh around the sum.
def state_space(u, A, B, b_x, C, b_y, x0):
    x, y = x0, []
    for row in u:
        x = A @ x + B @ row + b_x
        y.append(C @ x + b_y)
    return np.array(y)


# %% of="state_space" name="first_state_overwritten" loses=["check_state_space"]
# The first state that was handed in is overwritten: make a new array for each state.
def state_space(u, A, B, b_x, C, b_y, x0):
    y = []
    for row in u:
        x0[:] = np.tanh(A @ x0 + B @ row + b_x)
        y.append(C @ x0 + b_y)
    return np.array(y)
