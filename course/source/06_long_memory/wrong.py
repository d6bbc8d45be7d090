# %% of="state_jacobians" name="jacobian_transposed" loses=["check_state_jacobians"]
# The matrix is the wrong way round: states are rows, so in (2) the weight from unit j to unit i is W_ji.
def state_jacobians(x, W):
    return (1 - x**2)[:, :, None] * W


# %% of="state_jacobians" name="slopes_on_the_columns" loses=["check_state_jacobians"]
# The slopes multiply the columns: it is the slope of the new state's unit i, and belongs to row i.
def state_jacobians(x, W):
    return (1 - x**2)[:, None, :] * W.T


# %% of="state_jacobians" name="tanh_taken_twice" loses=["check_state_jacobians"]
# The slope is that of tanh at the state: the state is tanh of the sum already, so its own square is what is needed.
def state_jacobians(x, W):
    return (1 - np.tanh(x) ** 2)[:, :, None] * W.T


# %% of="state_jacobians" name="states_changed_in_place" loses=["check_state_jacobians"]
# The Jacobians are right, but the states have been squared in place: make a new array.
def state_jacobians(x, W):
    x *= x
    return (1 - x)[:, :, None] * W.T


# %% of="error_signals" name="signals_from_the_wrong_side" loses=["check_error_signals"]
# The signal stands on the wrong side of the Jacobian: it is a row, and comes from the left.
def error_signals(jacobians, last):
    signals = np.zeros(jacobians.shape[:2])
    signals[-1] = last
    for k in range(len(signals) - 1, 0, -1):
        signals[k - 1] = jacobians[k] @ signals[k]
    return signals


# %% of="error_signals" name="jacobian_of_the_earlier_step" loses=["check_error_signals"]
# Each signal goes through the Jacobian of the step that it arrives at: by (3) it is that of the later one, J(k).
def error_signals(jacobians, last):
    signals = np.zeros(jacobians.shape[:2])
    signals[-1] = last
    for k in range(len(signals) - 1, 0, -1):
        signals[k - 1] = signals[k] @ jacobians[k - 1]
    return signals


# %% of="error_signals" name="jacobians_in_the_order_of_time" loses=["check_error_signals"]
# The product is taken in the order of time: on the way back, the Jacobian of the last step comes first.
def error_signals(jacobians, last):
    signals = np.zeros(jacobians.shape[:2])
    for k in range(len(signals)):
        product = np.eye(len(last))
        for jacobian in jacobians[k + 1 :]:
            product = product @ jacobian
        signals[k] = last @ product
    return signals


# %% of="error_signals" name="last_changed_in_place" loses=["check_error_signals"]
# The signals are right, but the derivative that was handed in is not what it was: copy it before going back.
def error_signals(jacobians, last):
    signals = np.zeros(jacobians.shape[:2])
    for k in range(len(signals) - 1, -1, -1):
        signals[k] = last
        last[:] = last @ jacobians[k]
    return signals


# %% of="with_radius" name="radius_of_real_parts" loses=["check_with_radius"]
# The largest real part is taken for the radius: it is the modulus that counts, of negative and complex eigenvalues too.
def with_radius(W, radius):
    with np.errstate(all="ignore"):
        return W * (radius / np.linalg.eigvals(W).real.max())


# %% of="with_radius" name="longest_stretch" loses=["check_with_radius"]
# The matrix is scaled by its norm, how much it stretches at most: that is never below the spectral radius, and often above.
def with_radius(W, radius):
    return W * (radius / np.linalg.norm(W, 2))


# %% of="with_radius" name="not_divided_by_its_own" loses=["check_with_radius"]
# The matrix is multiplied by the radius wanted, whatever its own was: divide by its own.
def with_radius(W, radius):
    return radius * W


# %% of="with_radius" name="matrix_changed_in_place" loses=["check_with_radius"]
# The matrix that was handed in is scaled itself: return a new one.
def with_radius(W, radius):
    W *= radius / np.abs(np.linalg.eigvals(W)).max()
    return W


# %% of="omega" name="ratio_squared" loses=["check_omega"]
# The ratio is squared before 1 is taken away: that is the form of the paper's program, (4) has the lengths themselves.
def omega(signals, jacobians):
    total = 0.0
    for signal, jacobian in zip(signals, jacobians, strict=True):
        norm = np.linalg.norm(signal)
        if norm > 0:
            total += (np.linalg.norm(signal @ jacobian) ** 2 / norm**2 - 1) ** 2
    return total


# %% of="omega" name="signal_of_zero_divided" loses=["check_omega"]
# A step without a signal gives 0 divided by 0: leave it out.
def omega(signals, jacobians):
    with np.errstate(all="ignore"):
        stretched = np.linalg.norm(np.einsum("ti,tij->tj", signals, jacobians), axis=1)
        return np.sum((stretched / np.linalg.norm(signals, axis=1) - 1) ** 2)


# %% of="omega" name="mean_over_the_steps" loses=["check_omega"]
# The steps are averaged: Ω in (4) is their sum.
def omega(signals, jacobians):
    terms = [0.0]
    for signal, jacobian in zip(signals, jacobians, strict=True):
        if signal.any():
            terms.append((np.linalg.norm(signal @ jacobian) / np.linalg.norm(signal) - 1) ** 2)
    return sum(terms) / len(signals)


# %% of="omega" name="omega_from_the_wrong_side" loses=["check_omega"]
# The Jacobian multiplies the signal from the left, as it would a change of the state: an error signal is a row.
def omega(signals, jacobians):
    total = 0.0
    for signal, jacobian in zip(signals, jacobians, strict=True):
        norm = np.linalg.norm(signal)
        if norm > 0:
            total += (np.linalg.norm(jacobian @ signal) / norm - 1) ** 2
    return total


# %% of="build_model" name="a_model_without_omega" loses=["check_build_model"]
# Ω is missing from the loss: attach it to the compiled model.
def build_model(strength):
    elman = rnnkit.Elman(8, 1, activation="tanh", output_activation="linear")
    net = keras.Sequential([keras.Input((None, 3)), elman])
    net.compile(keras.optimizers.SGD(0.01, global_clipnorm=1.0), "mse")
    return net


# %% of="build_model" name="a_model_without_clipping" loses=["check_build_model"]
# A huge gradient makes a huge step: the optimizer does not clip.
def build_model(strength):
    elman = rnnkit.Elman(8, 1, activation="tanh", output_activation="linear")
    net = keras.Sequential([keras.Input((None, 3)), elman])
    net.compile(keras.optimizers.SGD(0.01), "mse")
    rnnkit.GradientNormRegularizer(strength).attach(net)
    return net


# %% of="build_model" name="each_weight_matrix_clipped" loses=["check_build_model"]
# Each matrix is clipped for itself, which turns the step: the norm to be clipped is that of all weights together.
def build_model(strength):
    elman = rnnkit.Elman(8, 1, activation="tanh", output_activation="linear")
    net = keras.Sequential([keras.Input((None, 3)), elman])
    net.compile(keras.optimizers.SGD(0.01, clipnorm=1.0), "mse")
    rnnkit.GradientNormRegularizer(strength).attach(net)
    return net


# %% of="build_model" name="a_logistic_output" loses=["check_build_model"]
# The output is logistic, so that it can never leave 0 to 1: it should be linear.
def build_model(strength):
    elman = rnnkit.Elman(8, 1, activation="tanh", output_activation="sigmoid")
    net = keras.Sequential([keras.Input((None, 3)), elman])
    net.compile(keras.optimizers.SGD(0.01, global_clipnorm=1.0), "mse")
    rnnkit.GradientNormRegularizer(strength).attach(net)
    return net


# %% of="memory" name="the_gate_of_its_own_step_too" loses=["check_memory"]
# The forget gate of step k itself is in the product: by (6) what came in at step k first meets f(k+1), and the last row is 1.
def memory(f):
    return np.cumprod(f[::-1], axis=0)[::-1]


def forget_bias(steps):
    gate = 0.5 ** (1 / steps)
    return np.log(gate / (1 - gate))


# %% of="memory" name="product_from_the_beginning" loses=["check_memory"]
# The product runs from the first step on: it tells what is left of the start at step k, not of step k at the end.
def memory(f):
    kept = np.ones(f.shape)
    kept[1:] = np.cumprod(f[1:], axis=0)
    return kept


def forget_bias(steps):
    gate = 0.5 ** (1 / steps)
    return np.log(gate / (1 - gate))


# %% of="memory" name="gates_changed_in_place" loses=["check_memory"]
# The factors are right, but they have been written over the gates: fill an array of their own.
def memory(f):
    last = np.ones(f.shape[1])
    for k in range(len(f) - 1, -1, -1):
        gate = f[k].copy()
        f[k] = last
        last = last * gate
    return f


def forget_bias(steps):
    gate = 0.5 ** (1 / steps)
    return np.log(gate / (1 - gate))


# %% of="memory" name="a_half_shared_out_evenly" loses=["check_memory"]
# The half that is lost is shared out evenly over the steps: a gate multiplies, so it is the root of a half.
def memory(f):
    kept = np.ones(f.shape)
    for k in range(len(f) - 1, 0, -1):
        kept[k - 1] = f[k] * kept[k]
    return kept


def forget_bias(steps):
    gate = 1 - 0.5 / steps
    return np.log(gate / (1 - gate))


# %% of="memory" name="gate_in_place_of_its_bias" loses=["check_memory"]
# What is returned is the gate: the bias is what the logistic function makes that gate of.
def memory(f):
    kept = np.ones(f.shape)
    for k in range(len(f) - 1, 0, -1):
        kept[k - 1] = f[k] * kept[k]
    return kept


def forget_bias(steps):
    return 0.5 ** (1 / steps)
