# %% of="forward" name="weights_exchanged" loses=["check_forward", "check_gradients"]
# The two weights have changed places: in (16) v_f belongs to the state before, and v_x to the bit.
def forward(x, v_x, v_f):
    f = np.zeros((x.shape[0], x.shape[1] + 1))
    for t in range(x.shape[1]):
        f[:, t + 1] = f[:, t] * v_x + x[:, t] * v_f
    return f


# %% of="forward" name="without_the_first_state" loses=["check_forward", "check_gradients"]
# The state before the first bit, f_0 = 0, is missing: T bits have T + 1 states.
def forward(x, v_x, v_f):
    f = np.zeros((x.shape[0], x.shape[1] + 1))
    for t in range(x.shape[1]):
        f[:, t + 1] = f[:, t] * v_f + x[:, t] * v_x
    return f[:, 1:]


# %% of="forward" name="the_weight_on_the_sum" loses=["check_forward", "check_gradients"]
# The recurrent weight is applied to the bit as well: a bit counts with v_x when it comes in, and with v_f only later.
def forward(x, v_x, v_f):
    f = np.zeros((x.shape[0], x.shape[1] + 1))
    for t in range(x.shape[1]):
        f[:, t + 1] = (f[:, t] + x[:, t] * v_x) * v_f
    return f


# %% of="gradients" name="gradient_sign_reversed" loses=["check_gradients"]
# The sign is reversed: with (17) the error signal of the last step is output minus target.
def gradients(x, y, v_x, v_f):
    f = forward(x, v_x, v_f)
    df = np.zeros(x.shape)
    df[:, -1] = y - f[:, -1]
    for t in range(x.shape[1] - 2, -1, -1):
        df[:, t] = df[:, t + 1] * v_f
    return df, np.sum(df * x), np.sum(df * f[:, :-1])


# %% of="gradients" name="sums_too_early" loses=["check_gradients"]
# The error signal is summed over the examples before it meets their inputs: keep one row an example (see the erratum).
def gradients(x, y, v_x, v_f):
    f = forward(x, v_x, v_f)
    power = v_f ** np.arange(x.shape[1] - 1, -1, -1)
    df = np.sum(f[:, -1] - y) * power
    return df, np.sum(df * x), np.sum(df * f[:, :-1])


# %% of="gradients" name="state_of_the_same_step" loses=["check_gradients"]
# The derivative by v_f takes the state of its own step: by (25) it is the one before.
def gradients(x, y, v_x, v_f):
    f = forward(x, v_x, v_f)
    df = np.zeros(x.shape)
    df[:, -1] = f[:, -1] - y
    for t in range(x.shape[1] - 2, -1, -1):
        df[:, t] = df[:, t + 1] * v_f
    return df, np.sum(df * x), np.sum(df * f[:, 1:])


# %% of="gradients" name="mean_instead_of_sum" loses=["check_gradients"]
# The gradients are averaged over the examples: the error (17) is their sum.
def gradients(x, y, v_x, v_f):
    f = forward(x, v_x, v_f)
    df = np.zeros(x.shape)
    df[:, -1] = f[:, -1] - y
    for t in range(x.shape[1] - 2, -1, -1):
        df[:, t] = df[:, t + 1] * v_f
    return df, np.sum(df * x) / len(x), np.sum(df * f[:, :-1]) / len(x)


# %% of="numerical_gradient" name="one_sided" loses=["check_numerical_gradient"]
# The difference is one-sided: move each weight up and down, and divide by the distance of the two.
def numerical_gradient(function, v, h=1e-6):
    result = np.zeros(len(v))
    for j in range(len(v)):
        move = np.zeros(len(v))
        move[j] = h
        result[j] = (function(v + move) - function(v)) / h
    return result


# %% of="numerical_gradient" name="divided_by_one_step" loses=["check_numerical_gradient"]
# The result is twice as large as it should be: the two points are 2h apart.
def numerical_gradient(function, v, h=1e-6):
    result = np.zeros(len(v))
    for j in range(len(v)):
        move = np.zeros(len(v))
        move[j] = h
        result[j] = (function(v + move) - function(v - move)) / h
    return result


# %% of="numerical_gradient" name="all_weights_moved_at_once" loses=["check_numerical_gradient"]
# All weights are moved at once, so that every entry is the sum of all: move one at a time.
def numerical_gradient(function, v, h=1e-6):
    return np.array([(function(v + h) - function(v - h)) / (2 * h) for _ in v])


# %% of="clip_gradient" name="always_shortened" loses=["check_clip_gradient"]
# Every gradient gets the threshold's length, short ones too: only what is longer is shortened.
def clip_gradient(gradient, threshold):
    return gradient * threshold / np.linalg.norm(gradient)


# %% of="clip_gradient" name="each_component_clipped" loses=["check_clip_gradient"]
# Each component is cut off for itself, which turns the direction: shorten the vector as a whole.
def clip_gradient(gradient, threshold):
    return np.clip(gradient, -threshold, threshold)


# %% of="clip_gradient" name="divided_by_the_squared_length" loses=["check_clip_gradient"]
# The gradient is divided by its squared length: the length is the root of the sum of squares.
def clip_gradient(gradient, threshold):
    square = np.sum(gradient**2)
    return gradient * threshold / square if square > threshold**2 else gradient


# %% of="rprop_step" name="moves_before_delta" loses=["check_rprop_step"]
# The weight moves by the old Δ: update Δ first.
def rprop_step(v, gradient, previous_sign, delta, eta_p=1.2, eta_n=0.5):
    sign = np.sign(gradient)
    new = np.clip(np.where(sign == previous_sign, delta * eta_p, delta * eta_n), 1e-6, 50)
    return v - sign * delta, sign, new


# %% of="rprop_step" name="factors_exchanged" loses=["check_rprop_step"]
# The two factors have changed places: Δ grows while the sign stays, and shrinks when it turns.
def rprop_step(v, gradient, previous_sign, delta, eta_p=1.2, eta_n=0.5):
    sign = np.sign(gradient)
    new = np.clip(np.where(sign == previous_sign, delta * eta_n, delta * eta_p), 1e-6, 50)
    return v - sign * new, sign, new


# %% of="rprop_step" name="without_bounds" loses=["check_rprop_step"]
# Δ leaves its bounds: it stays between 1e-6 and 50.
def rprop_step(v, gradient, previous_sign, delta, eta_p=1.2, eta_n=0.5):
    sign = np.sign(gradient)
    new = np.where(sign == previous_sign, delta * eta_p, delta * eta_n)
    return v - sign * new, sign, new


# %% of="rprop_step" name="moves_by_the_gradient" loses=["check_rprop_step"]
# The step still depends on the gradient's size: Rprop takes its sign alone, times Δ.
def rprop_step(v, gradient, previous_sign, delta, eta_p=1.2, eta_n=0.5):
    sign = np.sign(gradient)
    new = np.clip(np.where(sign == previous_sign, delta * eta_p, delta * eta_n), 1e-6, 50)
    return v - gradient * new, sign, new


# %% of="build_counter" name="output_weight_trained" loses=["check_build_counter"]
# The output weight ω is trained too: it must stay 1, so that two weights are trained.
def build_counter(v_x, v_f):
    layer = rnnkit.Elman(1, 1, activation=None, output_activation=None, use_bias=False, dtype="float64")
    model = keras.Sequential([keras.Input((None, 1), dtype="float64"), layer])
    layer.set_matrices(np.array([[v_x], [v_f]]), np.array([[1.0]]))
    model.compile(rnnkit.Rprop(learning_rate=0.001, variant="lecture"), keras.losses.MeanSquaredError(dtype="float64"))
    return model


# %% of="build_counter" name="another_variant_of_rprop" loses=["check_build_counter"]
# The first step is not halved: Rprop is not in the lecture's variant.
def build_counter(v_x, v_f):
    layer = rnnkit.Elman(1, 1, activation=None, output_activation=None, use_bias=False, dtype="float64")
    model = keras.Sequential([keras.Input((None, 1), dtype="float64"), layer])
    layer.set_matrices(np.array([[v_x], [v_f]]), np.array([[1.0]]))
    layer.cell.output_kernel.trainable = False
    model.compile(rnnkit.Rprop(learning_rate=0.001), keras.losses.MeanSquaredError(dtype="float64"))
    return model


# %% of="build_counter" name="an_activation_is_left" loses=["check_build_counter"]
# The hidden unit still has an activation, so it cannot count beyond 1: both activations are the identity, None in Keras.
def build_counter(v_x, v_f):
    layer = rnnkit.Elman(1, 1, output_activation=None, use_bias=False, dtype="float64")
    model = keras.Sequential([keras.Input((None, 1), dtype="float64"), layer])
    layer.set_matrices(np.array([[v_x], [v_f]]), np.array([[1.0]]))
    layer.cell.output_kernel.trainable = False
    model.compile(rnnkit.Rprop(learning_rate=0.001, variant="lecture"), keras.losses.MeanSquaredError(dtype="float64"))
    return model
