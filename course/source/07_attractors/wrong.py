# %% of="jacobian" name="slope_on_the_wrong_side" loses=["check_jacobian"]
# The slopes multiply the columns of W: it is the slope of the new state's unit i, and belongs to row i.
def next_state(x, W, b):
    return np.tanh(b + W @ x)


def state_jacobian(x, W, b):
    return W * (1 - np.tanh(b + W @ x) ** 2)


# %% of="jacobian" name="state_as_a_row" loses=["check_jacobian"]
# The state stands on the left of W, as a row: it is a column here, so W comes first.
def next_state(x, W, b):
    return np.tanh(x @ W + b)


def state_jacobian(x, W, b):
    return (1 - np.tanh(x @ W + b) ** 2)[:, None] * W.T


# %% of="jacobian" name="slope_at_the_old_state" loses=["check_jacobian"]
# The slope is made from the state before the step: by (2) it is 1 minus the square of F(x), the state after it.
def next_state(x, W, b):
    return np.tanh(b + W @ x)


def state_jacobian(x, W, b):
    return (1 - x**2)[:, None] * W


# %% of="jacobian" name="slope_without_the_square" loses=["check_jacobian"]
# The square is missing in the slope of tanh, which is 1 minus the square of its value.
def next_state(x, W, b):
    return np.tanh(b + W @ x)


def state_jacobian(x, W, b):
    return (1 - np.tanh(b + W @ x))[:, None] * W


# %% of="newton" name="newton_without_the_identity" loses=["check_newton"]
# The identity is missing: what should become 0 is F(x) - x, and its Jacobian is J - I.
def newton_step(x, f, J):
    return x - np.linalg.solve(J, f - x)


# %% of="newton" name="away_from_the_fixed_point" loses=["check_newton"]
# The step goes the wrong way: the right side of (3) has a minus.
def newton_step(x, f, J):
    return np.linalg.solve(J - np.eye(len(x)), f - x) + x


# %% of="newton" name="a_zero_of_the_network" loses=["check_newton"]
# The step looks for a point where F is 0: at rest F(x) is x, so it is their difference that should become 0.
def newton_step(x, f, J):
    return x - np.linalg.solve(J - np.eye(len(x)), f)


# %% of="newton" name="the_guess_changed_in_place" loses=["check_newton"]
# The new guess is right, but it has been written over the old one: return a new array.
def newton_step(x, f, J):
    x -= np.linalg.solve(J - np.eye(len(x)), f - x)
    return x


# %% of="kind" name="eigenvalues_as_in_continuous_time" loses=["check_kind"]
# The real part is compared with 1: in steps of time it is the modulus that counts, of negative and complex eigenvalues too.
def kind_of(J):
    growing = np.linalg.eigvals(J).real > 1
    return "unstable" if growing.all() else "saddle" if growing.any() else "stable"


# %% of="kind" name="longest_stretch_for_growth" loses=["check_kind"]
# Singular values are taken for eigenvalues: they tell how much J stretches at most in one step, not what many steps do.
def kind_of(J):
    growing = np.linalg.svd(J, compute_uv=False) > 1
    return "unstable" if growing.all() else "saddle" if growing.any() else "stable"


# %% of="kind" name="one_that_grows_is_enough" loses=["check_kind"]
# A point with one growing direction is called unstable: as long as another shrinks, it is a saddle.
def kind_of(J):
    growing = np.abs(np.linalg.eigvals(J)) > 1
    return "saddle" if growing.all() else "unstable" if growing.any() else "stable"


# %% of="period" name="last_state_alone" loses=["check_period"]
# Only the last state is compared: by (4) all that are known must come back.
def period_of(orbit, longest, epsilon):
    for p in range(1, longest + 1):
        if np.linalg.norm(orbit[-1] - orbit[-1 - p]) <= epsilon:
            return p
    return 0


# %% of="period" name="differences_that_cancel" loses=["check_period"]
# The differences of the units are added with their signs, so that they can cancel: take the length of their vector.
def period_of(orbit, longest, epsilon):
    for p in range(1, longest + 1):
        if np.abs(np.sum(orbit[p:] - orbit[:-p], axis=1)).max() <= epsilon:
            return p
    return 0


# %% of="period" name="the_longest_first" loses=["check_period"]
# A multiple of the period is found: what comes back after p steps comes back after 2 p as well, so try the smallest first.
def period_of(orbit, longest, epsilon):
    for p in range(longest, 0, -1):
        if np.linalg.norm(orbit[p:] - orbit[:-p], axis=1).max() <= epsilon:
            return p
    return 0


# %% of="period" name="the_longest_left_out" loses=["check_period"]
# The longest period is never tried: Python's range ends before its last number.
def period_of(orbit, longest, epsilon):
    for p in range(1, longest):
        if np.linalg.norm(orbit[p:] - orbit[:-p], axis=1).max() <= epsilon:
            return p
    return 0


# %% of="qr_step" name="eigenvalues_in_place_of_the_diagonal" loses=["check_qr_step"]
# The growth is read off the eigenvalues of J: what has grown are the directions in Q, and the diagonal of R tells how much.
def qr_step(Q, J):
    return np.linalg.qr(J @ Q)[0], np.log(np.abs(np.linalg.eigvals(J)))


# %% of="qr_step" name="frame_not_made_orthogonal" loses=["check_qr_step"]
# The directions get the length 1 again, but stay slanted: they must be made orthogonal, or all turn to the fastest.
def qr_step(Q, J):
    M = J @ Q
    lengths = np.linalg.norm(M, axis=0)
    return M / lengths, np.log(lengths)


# %% of="qr_step" name="directions_before_the_jacobian" loses=["check_qr_step"]
# The product is in the wrong order: the directions are columns, and J turns them from the left.
def qr_step(Q, J):
    Q, R = np.linalg.qr(Q @ J)
    return Q, np.log(np.abs(R.diagonal()))


# %% of="qr_step" name="logarithm_of_a_negative_number" loses=["check_qr_step"]
# The logarithm of a negative number is taken: the signs on the diagonal of R say nothing of growth, its moduli do.
def qr_step(Q, J):
    with np.errstate(all="ignore"):
        Q, R = np.linalg.qr(J @ Q)
        return Q, np.log(R.diagonal())


# %% of="euler" name="one_tau_for_all" loses=["check_euler"]
# All units have the mean time constant: each has its own.
def euler_step(x, W, h, tau, delta):
    return x + delta / np.mean(tau) * (W @ np.tanh(x) + h - x)


# %% of="euler" name="multiplied_by_tau" loses=["check_euler"]
# A slow unit is made a fast one: the slope is divided by τ.
def euler_step(x, W, h, tau, delta):
    return x + delta * tau * (W @ np.tanh(x) + h - x)


# %% of="euler" name="tanh_of_the_sum" loses=["check_euler"]
# Tanh is taken of the sum: in (6) it comes before the product with W.
def euler_step(x, W, h, tau, delta):
    return x + delta / tau * (np.tanh(W @ x) + h - x)


# %% of="euler" name="without_the_leak" loses=["check_euler"]
# The leak is missing: without −x in the slope nothing is ever forgotten.
def euler_step(x, W, h, tau, delta):
    return x + delta / tau * (W @ np.tanh(x) + h)


# %% of="euler" name="the_state_moved_in_place" loses=["check_euler"]
# The new state is right, but it has been written over the old one: make a new array for it.
def euler_step(x, W, h, tau, delta):
    x += delta / tau * (W @ np.tanh(x) + h - x)
    return x
