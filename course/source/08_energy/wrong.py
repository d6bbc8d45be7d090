# %% of="hebb" name="diagonal_kept" loses=["check_hebb"]
# Each unit is coupled with itself: in (1) the diagonal of J is 0.
def hebb(patterns):
    return patterns.T @ patterns / patterns.shape[1]


# %% of="hebb" name="divided_by_the_patterns" loses=["check_hebb"]
# The sum is divided by the number of patterns M: in (1) it is divided by the number of units n.
def hebb(patterns):
    J = patterns.T @ patterns / patterns.shape[0]
    J[np.diag_indices_from(J)] = 0.0
    return J


# %% of="hebb" name="patterns_by_patterns" loses=["check_hebb"]
# These are products of patterns with patterns, shape (M, M): (1) multiplies units with units and sums over the patterns.
def hebb(patterns):
    J = patterns @ patterns.T / patterns.shape[1]
    J[np.diag_indices_from(J)] = 0.0
    return J


# %% of="hebb" name="patterns_scaled_in_place" loses=["check_hebb"]
# The patterns that were handed in are changed: divide the product, not the patterns themselves.
def hebb(patterns):
    n = patterns.shape[1]
    patterns /= np.sqrt(n)
    J = patterns.T @ patterns
    J[np.diag_indices_from(J)] = 0.0
    return J


# %% of="sweep" name="all_units_at_once" loses=["check_sweep"]
# All fields are those of the first state: by (3) each unit sees what the units before it have become.
def energy(x, J):
    return -0.5 * x @ J @ x


def sweep(x, J, order):
    fields = J @ x
    x, states = x.copy(), []
    for i in order:
        if fields[i] != 0:
            x[i] = np.sign(fields[i])
        states.append(x.copy())
    return np.array(states)


# %% of="sweep" name="a_field_of_zero" loses=["check_sweep"]
# A unit whose field is 0 gets the value 0: by (3) it stays as it is.
def energy(x, J):
    return -0.5 * x @ J @ x


def sweep(x, J, order):
    x, states = x.copy(), []
    for i in order:
        x[i] = np.sign(J[i] @ x)
        states.append(x.copy())
    return np.array(states)


# %% of="sweep" name="one_array_many_times" loses=["check_sweep"]
# All rows are the last state, and the argument has been changed: take a copy of x, and one for each row.
def energy(x, J):
    return -0.5 * x @ J @ x


def sweep(x, J, order):
    states = []
    for i in order:
        field = J[i] @ x
        if field != 0:
            x[i] = np.sign(field)
        states.append(x)
    return np.array(states)


# %% of="sweep" name="states_before_the_updates" loses=["check_sweep"]
# Each row comes one update too early: row t is the state after the update of unit order[t].
def energy(x, J):
    return -0.5 * x @ J @ x


def sweep(x, J, order):
    x, states = x.copy(), []
    for i in order:
        states.append(x.copy())
        field = J[i] @ x
        if field != 0:
            x[i] = np.sign(field)
    return np.array(states)


# %% of="sweep" name="each_pair_twice" loses=["check_sweep"]
# The energy is twice as large as it should be: the sum over i and k meets each pair twice, hence the half in (2).
def energy(x, J):
    return -x @ J @ x


def sweep(x, J, order):
    x, states = x.copy(), []
    for i in order:
        field = J[i] @ x
        if field != 0:
            x[i] = np.sign(field)
        states.append(x.copy())
    return np.array(states)


# %% of="sweep" name="whole_numbers" loses=["check_sweep"]
# Energies are cut to whole numbers: an energy is any real number.
def energy(x, J):
    return int(-0.5 * x @ J @ x)


def sweep(x, J, order):
    x, states = x.copy(), []
    for i in order:
        field = J[i] @ x
        if field != 0:
            x[i] = np.sign(field)
        states.append(x.copy())
    return np.array(states)


# %% of="log_likelihood" name="exponentials_that_overflow" loses=["check_log_likelihood"]
# Large energies overflow: take the largest term out of the sum before the exponential function.
def log_likelihood(x, J, b):
    everything = np.array(list(itertools.product([-1.0, 1.0], repeat=len(b))))
    with np.errstate(all="ignore"):
        z = np.sum(np.exp(0.5 * np.sum(everything @ J * everything, axis=1) + everything @ b))
        return 0.5 * np.sum(x @ J * x, axis=1) + x @ b - np.log(z)


# %% of="log_likelihood" name="states_of_zero_and_one" loses=["check_log_likelihood"]
# Z is summed over states of 0 and 1: the units of this machine are -1 or +1.
def log_likelihood(x, J, b):
    everything = np.array(list(itertools.product([0.0, 1.0], repeat=len(b))))
    weights = 0.5 * np.sum(everything @ J * everything, axis=1) + everything @ b
    log_z = weights.max() + np.log(np.sum(np.exp(weights - weights.max())))
    return 0.5 * np.sum(x @ J * x, axis=1) + x @ b - log_z


# %% of="log_likelihood" name="sign_of_the_energy" loses=["check_log_likelihood"]
# States of high energy come out as the likely ones: the exponent in (5) is -H, which has the couplings with a plus.
def log_likelihood(x, J, b):
    everything = np.array(list(itertools.product([-1.0, 1.0], repeat=len(b))))
    weights = -0.5 * np.sum(everything @ J * everything, axis=1) - everything @ b
    log_z = weights.max() + np.log(np.sum(np.exp(weights - weights.max())))
    return -0.5 * np.sum(x @ J * x, axis=1) - x @ b - log_z


# %% of="log_likelihood" name="sum_over_the_given_states" loses=["check_log_likelihood"]
# Z is summed over the given states alone: it has all 2^n of them, whichever are asked about.
def log_likelihood(x, J, b):
    weights = 0.5 * np.sum(x @ J * x, axis=1) + x @ b
    return weights - weights.max() - np.log(np.sum(np.exp(weights - weights.max())))


# %% of="rbm" name="free_energy_without_a" loses=["check_rbm"]
# The visible biases are missing in F: (8) begins with them.
def hidden_means(v, W, b):
    return 1 / (1 + np.exp(-(v @ W.T + b)))


def visible_means(h, W, a):
    return 1 / (1 + np.exp(-(h @ W + a)))


def free_energy(v, W, a, b):
    return -np.logaddexp(0, v @ W.T + b).sum(axis=1)


# %% of="rbm" name="fields_of_spins" loses=["check_rbm", "check_contrastive"]
# The field counts twice, as in (4): that is for units of -1 and +1, and these are 0 or 1.
def hidden_means(v, W, b):
    return 1 / (1 + np.exp(-2 * (v @ W.T + b)))


def visible_means(h, W, a):
    return 1 / (1 + np.exp(-2 * (h @ W + a)))


def free_energy(v, W, a, b):
    return -v @ a - np.logaddexp(0, v @ W.T + b).sum(axis=1)


# %% of="rbm" name="sign_of_the_field" loses=["check_rbm", "check_contrastive"]
# A large field turns the units off: in σ the exponent has a minus, so that σ of a large field is near 1.
def hidden_means(v, W, b):
    return 1 / (1 + np.exp(v @ W.T + b))


def visible_means(h, W, a):
    return 1 / (1 + np.exp(h @ W + a))


def free_energy(v, W, a, b):
    return -v @ a - np.logaddexp(0, v @ W.T + b).sum(axis=1)


# %% of="rbm" name="means_in_place_of_the_sum" loses=["check_rbm"]
# F has the energy at the hidden units' means: (8) sums over all of their states, which gives a logarithm for each unit.
def hidden_means(v, W, b):
    return 1 / (1 + np.exp(-(v @ W.T + b)))


def visible_means(h, W, a):
    return 1 / (1 + np.exp(-(h @ W + a)))


def free_energy(v, W, a, b):
    fields = v @ W.T + b
    return -v @ a - np.sum(fields / (1 + np.exp(-fields)), axis=1)


# %% of="rbm" name="large_weights_overflow" loses=["check_rbm"]
# F is infinite for large weights: ln(1 + exp(f)) is f there, but exp(f) has no number; look for a function that knows both.
def hidden_means(v, W, b):
    return 1 / (1 + np.exp(-(v @ W.T + b)))


def visible_means(h, W, a):
    return 1 / (1 + np.exp(-(h @ W + a)))


def free_energy(v, W, a, b):
    with np.errstate(all="ignore"):
        return -v @ a - np.log(1 + np.exp(v @ W.T + b)).sum(axis=1)


# %% of="contrastive" name="drawn_hidden_units" loses=["check_contrastive"]
# The first product has the drawn hidden units: (10) takes their probabilities; what is drawn serves only to draw v'.
def contrastive_divergence(v, W, a, b, u_hidden, u_visible):
    h = (u_hidden < hidden_means(v, W, b)).astype(float)
    again = (u_visible < visible_means(h, W, a)).astype(float)
    return (h.T @ v - hidden_means(again, W, b).T @ again) / len(v)


# %% of="contrastive" name="away_from_the_data" loses=["check_contrastive"]
# The step goes away from the data: in (10) the data's product has the plus.
def contrastive_divergence(v, W, a, b, u_hidden, u_visible):
    on = hidden_means(v, W, b)
    h = (u_hidden < on).astype(float)
    again = (u_visible < visible_means(h, W, a)).astype(float)
    return (hidden_means(again, W, b).T @ again - on.T @ v) / len(v)


# %% of="contrastive" name="sum_over_the_examples" loses=["check_contrastive"]
# The examples are summed: (10) has their mean, so that the step does not grow with their number.
def contrastive_divergence(v, W, a, b, u_hidden, u_visible):
    on = hidden_means(v, W, b)
    h = (u_hidden < on).astype(float)
    again = (u_visible < visible_means(h, W, a)).astype(float)
    return on.T @ v - hidden_means(again, W, b).T @ again


# %% of="contrastive" name="visible_by_hidden" loses=["check_contrastive"]
# The step has a row for each visible unit: W has one for each hidden unit, shape (m, n), and so has its step.
def contrastive_divergence(v, W, a, b, u_hidden, u_visible):
    on = hidden_means(v, W, b)
    h = (u_hidden < on).astype(float)
    again = (u_visible < visible_means(h, W, a)).astype(float)
    return (v.T @ on - again.T @ hidden_means(again, W, b)) / len(v)


# %% of="contrastive" name="pictures_not_drawn" loses=["check_contrastive"]
# v' has probabilities instead of zeros and ones: draw the visible units as well.
def contrastive_divergence(v, W, a, b, u_hidden, u_visible):
    on = hidden_means(v, W, b)
    h = (u_hidden < on).astype(float)
    again = visible_means(h, W, a)
    return (on.T @ v - hidden_means(again, W, b).T @ again) / len(v)


# %% of="contrastive" name="on_where_it_is_unlikely" loses=["check_contrastive"]
# Units are drawn the wrong way round: a uniform number is less than p with the probability p, so that is where the unit is 1.
def contrastive_divergence(v, W, a, b, u_hidden, u_visible):
    on = hidden_means(v, W, b)
    h = (u_hidden > on).astype(float)
    again = (u_visible > visible_means(h, W, a)).astype(float)
    return (on.T @ v - hidden_means(again, W, b).T @ again) / len(v)


# %% of="hubbard" name="absolute_eigenvalues" loses=["check_hubbard"]
# The shift is missing: the absolute value of a negative eigenvalue gives other squares; (12) adds s to all eigenvalues.
def hidden_weights(J):
    eigenvalues, U = np.linalg.eigh(J)
    return np.sqrt(np.abs(eigenvalues))[:, None] * U.T


def free_energy_of_continuous(x, W, b):
    return -x @ b - 0.5 * np.sum((x @ W.T) ** 2, axis=1)


# %% of="hubbard" name="eigenvectors_in_rows" loses=["check_hubbard"]
# Rows of U are taken for eigenvectors: they are the columns, so W has them transposed.
def hidden_weights(J):
    eigenvalues, U = np.linalg.eigh(J)
    return np.sqrt(eigenvalues + max(0.0, -eigenvalues.min()))[:, None] * U


def free_energy_of_continuous(x, W, b):
    return -x @ b - 0.5 * np.sum((x @ W.T) ** 2, axis=1)


# %% of="hubbard" name="shifted_in_any_case" loses=["check_hubbard"]
# A J without negative eigenvalues is shifted too, downwards: s is never negative.
def hidden_weights(J):
    eigenvalues, U = np.linalg.eigh(J)
    return np.sqrt(eigenvalues - eigenvalues.min())[:, None] * U.T


def free_energy_of_continuous(x, W, b):
    return -x @ b - 0.5 * np.sum((x @ W.T) ** 2, axis=1)


# %% of="hubbard" name="no_square_root" loses=["check_hubbard"]
# The rows are as long as the eigenvalues: W is squared in the energy, so (12) takes the root.
def hidden_weights(J):
    eigenvalues, U = np.linalg.eigh(J)
    return (eigenvalues + max(0.0, -eigenvalues.min()))[:, None] * U.T


def free_energy_of_continuous(x, W, b):
    return -x @ b - 0.5 * np.sum((x @ W.T) ** 2, axis=1)


# %% of="hubbard" name="free_energy_upside_down" loses=["check_hubbard"]
# The squares have the wrong sign in F: by (11) a hidden unit multiplies exp(-F) by exp(y²/2), which makes F smaller.
def hidden_weights(J):
    eigenvalues, U = np.linalg.eigh(J)
    return np.sqrt(eigenvalues + max(0.0, -eigenvalues.min()))[:, None] * U.T


def free_energy_of_continuous(x, W, b):
    return -x @ b + 0.5 * np.sum((x @ W.T) ** 2, axis=1)
