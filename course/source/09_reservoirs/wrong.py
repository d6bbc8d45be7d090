# %% of="reservoir_states" name="leak_reversed" loses=["check_reservoir_states"]
# The leak is the wrong way round: in (1) α is the part that is taken up anew, and 1 - α the part that is kept.
def reservoir_states(u, V, W, b, alpha, start):
    x, states = start, []
    for row in u:
        x = alpha * x + (1 - alpha) * np.tanh(row @ V + x @ W + b)
        states.append(x)
    return np.array(states)


# %% of="reservoir_states" name="leak_inside_tanh" loses=["check_reservoir_states"]
# What is kept goes through tanh as well: in (1) it stands outside.
def reservoir_states(u, V, W, b, alpha, start):
    x, states = start, []
    for row in u:
        x = np.tanh((1 - alpha) * x + alpha * (row @ V + x @ W + b))
        states.append(x)
    return np.array(states)


# %% of="reservoir_states" name="one_step_late" loses=["check_reservoir_states"]
# The states come one step late: the first row is x(1), after the first input, and not the start.
def reservoir_states(u, V, W, b, alpha, start):
    x, states = start, []
    for row in u:
        states.append(x)
        x = (1 - alpha) * x + alpha * np.tanh(row @ V + x @ W + b)
    return np.array(states)


# %% of="reservoir_states" name="recurrent_weights_transposed" loses=["check_reservoir_states"]
# W is transposed: x is a row here, so it stands on the left of W.
def reservoir_states(u, V, W, b, alpha, start):
    x, states = start, []
    for row in u:
        x = (1 - alpha) * x + alpha * np.tanh(row @ V + W @ x + b)
        states.append(x)
    return np.array(states)


# %% of="reservoir_states" name="start_overwritten" loses=["check_reservoir_states"]
# The start that was handed in is overwritten: make a new array at each step.
def reservoir_states(u, V, W, b, alpha, start):
    states = []
    for row in u:
        start[:] = (1 - alpha) * start + alpha * np.tanh(row @ V + start @ W + b)
        states.append(start.copy())
    return np.array(states)


# %% of="scale_for" name="radius_of_w_alone" loses=["check_scale_for"]
# The radius of W alone is scaled, as many programs do: what is asked for is that of J, which has the leak in it.
def rest_jacobian(W, alpha):
    return (1 - alpha) * np.eye(len(W)) + alpha * W.T


def scale_for(W, alpha, radius):
    return radius / np.abs(np.linalg.eigvals(W)).max()


# %% of="scale_for" name="jacobian_not_transposed" loses=["check_scale_for"]
# J is transposed: x is multiplied with W from the left, so the derivative of unit i by unit j is W's entry j, i.
def rest_jacobian(W, alpha):
    return (1 - alpha) * np.eye(len(W)) + alpha * W


def scale_for(W, alpha, radius):
    low, high = 0.0, 1.0
    while np.abs(np.linalg.eigvals(rest_jacobian(high * W, alpha))).max() < radius:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        reached = np.abs(np.linalg.eigvals(rest_jacobian(middle * W, alpha))).max()
        low, high = (middle, high) if reached < radius else (low, middle)
    return high


# %% of="scale_for" name="real_parts_for_the_radius" loses=["check_scale_for"]
# The largest real part is taken for the spectral radius: that is the largest absolute value, of complex numbers too.
def rest_jacobian(W, alpha):
    return (1 - alpha) * np.eye(len(W)) + alpha * W.T


def scale_for(W, alpha, radius):
    low, high = 0.0, 1024.0
    for _ in range(70):
        middle = (low + high) / 2
        reached = np.linalg.eigvals(rest_jacobian(middle * W, alpha)).real.max()
        low, high = (middle, high) if reached < radius else (low, middle)
    return high


# %% of="scale_for" name="by_proportion" loses=["check_scale_for"]
# The number is found as if J grew in proportion to W: the part 1 - α of J does not grow.
def rest_jacobian(W, alpha):
    return (1 - alpha) * np.eye(len(W)) + alpha * W.T


def scale_for(W, alpha, radius):
    return radius / np.abs(np.linalg.eigvals(rest_jacobian(W, alpha))).max()


# %% of="solve_readout" name="penalty_on_the_bias" loses=["check_solve_readout"]
# The penalty is on the bias too: a column of ones gets it with all others, but (3) has Ω alone.
def solve_readout(X, D, beta):
    ones = np.concatenate([X, np.ones((len(X), 1))], axis=1)
    both = np.linalg.solve(ones.T @ ones + beta * np.eye(ones.shape[1]), ones.T @ D)
    return both[:-1], both[-1]


# %% of="solve_readout" name="bias_without_the_states" loses=["check_solve_readout"]
# The bias is the targets' mean: what the states' means contribute has to be taken off.
def solve_readout(X, D, beta):
    x_mean, d_mean = X.mean(axis=0), D.mean(axis=0)
    X0, D0 = X - x_mean, D - d_mean
    Omega = np.linalg.solve(X0.T @ X0 + beta * np.eye(X.shape[1]), X0.T @ D0)
    return Omega, d_mean


# %% of="solve_readout" name="means_left_in" loses=["check_solve_readout"]
# The means are not taken off before (4) is solved: they are then explained by Ω, which leaves the bias with the wrong rest.
def solve_readout(X, D, beta):
    Omega = np.linalg.solve(X.T @ X + beta * np.eye(X.shape[1]), X.T @ D)
    return Omega, D.mean(axis=0) - X.mean(axis=0) @ Omega


# %% of="solve_readout" name="penalty_forgotten" loses=["check_solve_readout"]
# The penalty has no effect: β stands in the matrix of (4), on its diagonal.
def solve_readout(X, D, beta):
    x_mean, d_mean = X.mean(axis=0), D.mean(axis=0)
    Omega = np.linalg.lstsq(X - x_mean, D - d_mean, rcond=None)[0]
    return Omega, d_mean - x_mean @ Omega


# %% of="solve_readout" name="penalty_a_step" loses=["check_solve_readout"]
# The penalty grows with the number of steps: (3) has a sum over the steps and not a mean, and β as it is.
def solve_readout(X, D, beta):
    x_mean, d_mean = X.mean(axis=0), D.mean(axis=0)
    X0, D0 = X - x_mean, D - d_mean
    Omega = np.linalg.solve(X0.T @ X0 / len(X) + beta * np.eye(X.shape[1]), X0.T @ D0 / len(X))
    return Omega, d_mean - x_mean @ Omega


# %% of="solve_readout" name="centred_in_place" loses=["check_solve_readout"]
# The states that were handed in have lost their means: subtract into a new array.
def solve_readout(X, D, beta):
    x_mean, d_mean = X.mean(axis=0), D.mean(axis=0)
    X -= x_mean
    Omega = np.linalg.solve(X.T @ X + beta * np.eye(X.shape[1]), X.T @ (D - d_mean))
    return Omega, d_mean - x_mean @ Omega


# %% of="capacity_of" name="correlation_not_squared" loses=["check_capacity_of"]
# The correlation is not squared, so it depends on the sign of what the readout says.
def capacity_of(u, Y):
    D = Y.shape[1]
    return np.array([np.corrcoef(u[D - d : len(u) - d], Y[D:, d - 1])[0, 1] for d in range(1, D + 1)])


# %% of="capacity_of" name="delays_from_zero" loses=["check_capacity_of"]
# The delays begin with 0: column d - 1 of Y says what u was d steps ago.
def capacity_of(u, Y):
    D = Y.shape[1]
    return np.array([np.corrcoef(u[D - d : len(u) - d], Y[D:, d])[0, 1] ** 2 for d in range(D)])


# %% of="capacity_of" name="future_for_past" loses=["check_capacity_of"]
# The outputs are compared with later inputs: u(k - d) came d steps before the output of step k.
def capacity_of(u, Y):
    D = Y.shape[1]
    return np.array([np.corrcoef(u[d:], Y[: len(u) - d, d - 1])[0, 1] ** 2 for d in range(1, D + 1)])


# %% of="capacity_of" name="means_not_taken_off" loses=["check_capacity_of"]
# Variance and covariance are taken about 0: both are about the means.
def capacity_of(u, Y):
    D, result = Y.shape[1], []
    for d in range(1, D + 1):
        past, said = u[D - d : len(u) - d], Y[D:, d - 1]
        result.append(np.sum(past * said) ** 2 / np.sum(past**2) / np.sum(said**2))
    return np.array(result)


# %% of="capacity_of" name="each_delay_its_own_steps" loses=["check_capacity_of"]
# Short delays are judged over more steps than long ones: all are taken over the steps from D on.
def capacity_of(u, Y):
    D = Y.shape[1]
    return np.array([np.corrcoef(u[: len(u) - d], Y[d:, d - 1])[0, 1] ** 2 for d in range(1, D + 1)])


# %% of="free_run" name="output_one_step_late" loses=["check_free_run"]
# The outputs come one step late: the first one is said after the first step, and the output now is no part of them.
def free_run(x, y, steps, W, B, b, alpha, Omega, omega_0):
    outputs = []
    for _ in range(steps):
        outputs.append(y)
        x = (1 - alpha) * x + alpha * np.tanh(x @ W + y @ B + b)
        y = x @ Omega + omega_0
    return np.array(outputs)


# %% of="free_run" name="always_the_first_output" loses=["check_free_run"]
# The network hears the first output for ever: what it has said itself must come back in the next step.
def free_run(x, y, steps, W, B, b, alpha, Omega, omega_0):
    outputs = []
    for _ in range(steps):
        x = (1 - alpha) * x + alpha * np.tanh(x @ W + y @ B + b)
        outputs.append(x @ Omega + omega_0)
    return np.array(outputs)


# %% of="free_run" name="readout_before_the_step" loses=["check_free_run"]
# The output is read from the state before the step: y(k) belongs to x(k).
def free_run(x, y, steps, W, B, b, alpha, Omega, omega_0):
    outputs = []
    for _ in range(steps):
        new = (1 - alpha) * x + alpha * np.tanh(x @ W + y @ B + b)
        y = x @ Omega + omega_0
        x = new
        outputs.append(y)
    return np.array(outputs)


# %% of="free_run" name="no_constant_in_the_output" loses=["check_free_run"]
# The output lacks its constant: the readout has ω₀ beside Ω.
def free_run(x, y, steps, W, B, b, alpha, Omega, omega_0):
    outputs = []
    for _ in range(steps):
        x = (1 - alpha) * x + alpha * np.tanh(x @ W + y @ B + b)
        y = x @ Omega
        outputs.append(y)
    return np.array(outputs)


# %% of="free_run" name="state_moved_in_place" loses=["check_free_run"]
# The state that was handed in has moved on: compute each new state into a new array.
def free_run(x, y, steps, W, B, b, alpha, Omega, omega_0):
    outputs = []
    for _ in range(steps):
        x[:] = (1 - alpha) * x + alpha * np.tanh(x @ W + y @ B + b)
        y = x @ Omega + omega_0
        outputs.append(y)
    return np.array(outputs)


# %% of="spikes_of" name="euler_step" loses=["check_spikes_of"]
# This is Euler's step, which is near to (8) for short steps only: the exact one has the exponential function.
def spikes_of(current, tau, resistance, threshold, reset, step):
    v, fired = 0.0, []
    for k, now in enumerate(current):
        v = v + step / tau * (resistance * now - v)
        if v > threshold:
            fired.append(k)
            v = reset
    return fired


# %% of="spikes_of" name="reset_to_zero" loses=["check_spikes_of"]
# After a spike the voltage is 0: it is set to the reset, which need not be 0.
def spikes_of(current, tau, resistance, threshold, reset, step):
    a, v, fired = np.exp(-step / tau), 0.0, []
    for k, now in enumerate(current):
        v = a * v + (1 - a) * resistance * now
        if v > threshold:
            fired.append(k)
            v = 0.0
    return fired


# %% of="spikes_of" name="one_step_too_late" loses=["check_spikes_of"]
# The neuron fires one step too late: the voltage is compared with the threshold after the step, not before it.
def spikes_of(current, tau, resistance, threshold, reset, step):
    a, v, fired = np.exp(-step / tau), 0.0, []
    for k, now in enumerate(current):
        if v > threshold:
            fired.append(k)
            v = reset
        v = a * v + (1 - a) * resistance * now
    return fired


# %% of="spikes_of" name="counted_from_one" loses=["check_spikes_of"]
# The steps are counted from 1: the first one has the number 0.
def spikes_of(current, tau, resistance, threshold, reset, step):
    a, v, fired = np.exp(-step / tau), 0.0, []
    for k, now in enumerate(current, start=1):
        v = a * v + (1 - a) * resistance * now
        if v > threshold:
            fired.append(k)
            v = reset
    return fired


# %% of="spikes_of" name="current_added_whole" loses=["check_spikes_of"]
# The current is added whole: in (8) its part is 1 - a, so that the voltage settles at R I.
def spikes_of(current, tau, resistance, threshold, reset, step):
    a, v, fired = np.exp(-step / tau), 0.0, []
    for k, now in enumerate(current):
        v = a * v + resistance * now
        if v > threshold:
            fired.append(k)
            v = reset
    return fired
