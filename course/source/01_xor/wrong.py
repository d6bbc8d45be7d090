# %% of="xor_stream" name="or_for_xor" loses=["check_xor_stream"]
# The third bit is the inclusive or: of two ones the exclusive or is 0.
def xor_stream(a, b):
    return np.stack([a, b, a | b], axis=1).reshape(-1)


# %% of="xor_stream" name="sum_for_xor" loses=["check_xor_stream"]
# The third bit is the sum of the other two: of two ones it would be 2, which is no bit.
def xor_stream(a, b):
    return np.stack([a, b, a + b], axis=1).reshape(-1)


# %% of="xor_stream" name="triples_transposed" loses=["check_xor_stream"]
# All first bits come before all second ones: the stream has to go through one triple after another.
def xor_stream(a, b):
    return np.stack([a, b, a ^ b], axis=0).reshape(-1)


# %% of="elman_step" name="ones_last" loses=["check_elman_step"]
# The ones stand in the last column: in (2) and (5) they come first, and the first row of each matrix holds the biases.
def elman_step(x, f, v, omega):
    ones = np.ones((len(x), 1))
    f = 1 / (1 + np.exp(-np.concatenate([x, f, ones], axis=1) @ v))
    g = 1 / (1 + np.exp(-np.concatenate([f, ones], axis=1) @ omega))
    return f, g


# %% of="elman_step" name="feedback_before_inputs" loses=["check_elman_step"]
# Feedback and inputs have changed places: in (2) the inputs follow the ones, and the feedback comes last.
def elman_step(x, f, v, omega):
    ones = np.ones((len(x), 1))
    f = 1 / (1 + np.exp(-np.concatenate([ones, f, x], axis=1) @ v))
    g = 1 / (1 + np.exp(-np.concatenate([ones, f], axis=1) @ omega))
    return f, g


# %% of="elman_step" name="output_one_step_late" loses=["check_elman_step"]
# The output sees the hidden layer one step before: in (5) it is the new one.
def elman_step(x, f, v, omega):
    ones = np.ones((len(x), 1))
    new = 1 / (1 + np.exp(-np.concatenate([ones, x, f], axis=1) @ v))
    g = 1 / (1 + np.exp(-np.concatenate([ones, f], axis=1) @ omega))
    return new, g


# %% of="elman_step" name="sign_of_the_exponent" loses=["check_elman_step"]
# The exponent has the wrong sign: the logistic function has to grow with what goes in.
def elman_step(x, f, v, omega):
    ones = np.ones((len(x), 1))
    f = 1 / (1 + np.exp(np.concatenate([ones, x, f], axis=1) @ v))
    g = 1 / (1 + np.exp(np.concatenate([ones, f], axis=1) @ omega))
    return f, g


# %% of="elman_step" name="old_hidden_layer_overwritten" loses=["check_elman_step"]
# The new hidden layer is written over the old one, which belongs to the caller: make a new array.
def elman_step(x, f, v, omega):
    ones = np.ones((len(x), 1))
    f[...] = 1 / (1 + np.exp(-np.concatenate([ones, x, f], axis=1) @ v))
    g = 1 / (1 + np.exp(-np.concatenate([ones, f], axis=1) @ omega))
    return f, g


# %% of="jordan_step" name="context_forgets" loses=["check_jordan_step"]
# The context is the output alone: what is left of the old context, times the decay, is missing.
def jordan_step(x, s, v, omega, decay=0.0):
    ones = np.ones((len(x), 1))
    f = 1 / (1 + np.exp(-np.concatenate([ones, x, s], axis=1) @ v))
    g = 1 / (1 + np.exp(-np.concatenate([ones, f], axis=1) @ omega))
    return g, g


# %% of="jordan_step" name="output_decays" loses=["check_jordan_step"]
# The decay is on the output: it belongs to the old context, and the new output is added whole.
def jordan_step(x, s, v, omega, decay=0.0):
    ones = np.ones((len(x), 1))
    f = 1 / (1 + np.exp(-np.concatenate([ones, x, s], axis=1) @ v))
    g = 1 / (1 + np.exp(-np.concatenate([ones, f], axis=1) @ omega))
    return g, s + decay * g


# %% of="jordan_step" name="decays_before_it_is_read" loses=["check_jordan_step"]
# The context decays before the hidden layer has read it: in (9) it is the one of the step before, as it is.
def jordan_step(x, s, v, omega, decay=0.0):
    ones, left = np.ones((len(x), 1)), decay * s
    f = 1 / (1 + np.exp(-np.concatenate([ones, x, left], axis=1) @ v))
    g = 1 / (1 + np.exp(-np.concatenate([ones, f], axis=1) @ omega))
    return g, left + g


# %% of="jordan_step" name="context_changed_in_place" loses=["check_jordan_step"]
# The old context is changed in place: the caller still has it, so make a new array.
def jordan_step(x, s, v, omega, decay=0.0):
    ones = np.ones((len(x), 1))
    f = 1 / (1 + np.exp(-np.concatenate([ones, x, s], axis=1) @ v))
    g = 1 / (1 + np.exp(-np.concatenate([ones, f], axis=1) @ omega))
    s *= decay
    s += g
    return g, s


# %% of="build_model" name="last_output_only" loses=["check_build_model"]
# The model gives the last output only: it is to predict at every step.
def build_model(units):
    elman = rnnkit.Elman(units, 1, activation="tanh", output_activation="sigmoid")
    model = keras.Sequential([keras.Input((None, 1)), elman])
    model.compile(keras.optimizers.Adam(0.05), "mse")
    return model


# %% of="build_model" name="logistic_hidden_layer" loses=["check_build_model"]
# The hidden layer has the layer's own activation, the logistic function: it is to be tanh.
def build_model(units):
    elman = rnnkit.Elman(units, 1, output_activation="sigmoid", return_sequences=True)
    model = keras.Sequential([keras.Input((None, 1)), elman])
    model.compile(keras.optimizers.Adam(0.05), "mse")
    return model


# %% of="build_model" name="no_probabilities" loses=["check_build_model"]
# The output has no activation, so it is no probability: it is to be the logistic function.
def build_model(units):
    elman = rnnkit.Elman(units, 1, activation="tanh", output_activation=None, return_sequences=True)
    model = keras.Sequential([keras.Input((None, 1)), elman])
    model.compile(keras.optimizers.Adam(0.05), "mse")
    return model


# %% of="build_model" name="crossentropy_for_squares" loses=["check_build_model"]
# The loss is the cross-entropy: it is to be the mean squared error, which Elman measured.
def build_model(units):
    elman = rnnkit.Elman(units, 1, activation="tanh", output_activation="sigmoid", return_sequences=True)
    model = keras.Sequential([keras.Input((None, 1)), elman])
    model.compile(keras.optimizers.Adam(0.05), "binary_crossentropy")
    return model


# %% of="error_by_phase" name="no_root" loses=["check_error_by_phase"]
# The root is missing: a mean square is not yet a root mean square.
def error_by_phase(errors, first=1):
    positions = (np.arange(errors.shape[1]) + first) % 3
    return np.array([np.mean(errors[:, positions == p] ** 2) for p in range(3)])


# %% of="error_by_phase" name="first_left_out" loses=["check_error_by_phase"]
# The first column is always taken for the first bit of a triple: its position is the argument first.
def error_by_phase(errors, first=1):
    positions = np.arange(errors.shape[1]) % 3
    return np.array([np.sqrt(np.mean(errors[:, positions == p] ** 2)) for p in range(3)])


# %% of="error_by_phase" name="counted_backwards" loses=["check_error_by_phase"]
# The position of the first column is subtracted: it has to be added, since later columns lie further on.
def error_by_phase(errors, first=1):
    positions = (np.arange(errors.shape[1]) - first) % 3
    return np.array([np.sqrt(np.mean(errors[:, positions == p] ** 2)) for p in range(3)])


# %% of="error_by_phase" name="mean_of_sizes" loses=["check_error_by_phase"]
# The mean of the errors' sizes is taken: square first, and take the root after the mean.
def error_by_phase(errors, first=1):
    positions = (np.arange(errors.shape[1]) + first) % 3
    return np.array([np.mean(np.abs(errors[:, positions == p])) for p in range(3)])
