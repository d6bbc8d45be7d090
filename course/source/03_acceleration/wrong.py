# %% of="make_windows" name="target_one_hop_on" loses=["check_make_windows"]
# The target begins one hop after the last frame, like one more frame, so that the last frame already holds most of it.
def make_windows(signal, n_step, n_input, hop, stride):
    starts = range(0, len(signal) - n_step * hop - n_input + 1, stride)
    frames = [[signal[w + k * hop : w + k * hop + n_input] for k in range(n_step)] for w in starts]
    targets = [signal[w + n_step * hop : w + n_step * hop + n_input] for w in starts]
    return np.array(frames), np.array(targets)


# %% of="make_windows" name="last_window_lost" loses=["check_make_windows"]
# The last window is missing: its target may end with the signal's last sample.
def make_windows(signal, n_step, n_input, hop, stride):
    length = (n_step - 1) * hop + n_input
    starts = range(0, len(signal) - length - n_input, stride)
    frames = [[signal[w + k * hop : w + k * hop + n_input] for k in range(n_step)] for w in starts]
    targets = [signal[w + length : w + length + n_input] for w in starts]
    return np.array(frames), np.array(targets)


# %% of="make_windows" name="frames_end_to_end" loses=["check_make_windows"]
# The frames always stand end to end: each begins one hop after the one before, which may be less than a frame.
def make_windows(signal, n_step, n_input, hop, stride):
    past = n_step * n_input
    starts = range(0, len(signal) - past - n_input + 1, stride)
    frames = [signal[w : w + past].reshape(n_step, n_input) for w in starts]
    targets = [signal[w + past : w + past + n_input] for w in starts]
    return np.array(frames), np.array(targets)


# %% of="make_windows" name="stride_left_out" loses=["check_make_windows"]
# A window begins at every sample: window w is to begin at w times the stride.
def make_windows(signal, n_step, n_input, hop, stride):
    length = (n_step - 1) * hop + n_input
    starts = range(len(signal) - length - n_input + 1)
    frames = [[signal[w + k * hop : w + k * hop + n_input] for k in range(n_step)] for w in starts]
    targets = [signal[w + length : w + length + n_input] for w in starts]
    return np.array(frames), np.array(targets)


# %% of="split_windows" name="span_forgotten" loses=["check_split_windows"]
# Windows are split by where they begin, how long they are is forgotten, so that training windows reach into the test set.
def split_windows(starts, span, boundary, gap):
    starts = np.asarray(starts)
    return np.flatnonzero(starts < boundary), np.flatnonzero(starts >= boundary + gap)


# %% of="split_windows" name="gap_forgotten" loses=["check_split_windows"]
# The test windows begin at the boundary: there is to be a gap before them.
def split_windows(starts, span, boundary, gap):
    starts = np.asarray(starts)
    return np.flatnonzero(starts + span <= boundary), np.flatnonzero(starts >= boundary)


# %% of="split_windows" name="last_training_window_lost" loses=["check_split_windows"]
# A window that ends right before the boundary is left out: its last sample is one less than start and span together.
def split_windows(starts, span, boundary, gap):
    starts = np.asarray(starts)
    return np.flatnonzero(starts + span < boundary), np.flatnonzero(starts >= boundary + gap)


# %% of="split_windows" name="starts_for_numbers" loses=["check_split_windows"]
# The first samples of the windows are returned: it is to be the windows' numbers.
def split_windows(starts, span, boundary, gap):
    starts = np.asarray(starts)
    return starts[starts + span <= boundary], starts[starts >= boundary + gap]


# %% of="lstm_step" name="sigma_around_the_cell" loses=["check_lstm_step"]
# There is a σ around the new cell, as the lecture's first LSTM page misprints it: (4) has none.
def lstm_step(x, y, c, W, R, p, b):
    def sigma(a):
        return 1 / (1 + np.exp(-a))

    z, i, f, o = np.split(x @ W + y @ R + b, 4, axis=1)
    c_new = sigma(np.tanh(z) * sigma(i + p[0] * c) + c * sigma(f + p[1] * c))
    return np.tanh(c_new) * sigma(o + p[2] * c_new), c_new


# %% of="lstm_step" name="output_gate_sees_the_old_cell" loses=["check_lstm_step"]
# The output gate's peephole sees the old cell: by (5) it is the new one.
def lstm_step(x, y, c, W, R, p, b):
    def sigma(a):
        return 1 / (1 + np.exp(-a))

    z, i, f, o = np.split(x @ W + y @ R + b, 4, axis=1)
    c_new = np.tanh(z) * sigma(i + p[0] * c) + c * sigma(f + p[1] * c)
    return np.tanh(c_new) * sigma(o + p[2] * c), c_new


# %% of="lstm_step" name="blocks_in_keras_order" loses=["check_lstm_step"]
# The blocks are taken in Keras's order, input gate first: here the candidate z comes first.
def lstm_step(x, y, c, W, R, p, b):
    def sigma(a):
        return 1 / (1 + np.exp(-a))

    i, f, z, o = np.split(x @ W + y @ R + b, 4, axis=1)
    c_new = np.tanh(z) * sigma(i + p[0] * c) + c * sigma(f + p[1] * c)
    return np.tanh(c_new) * sigma(o + p[2] * c_new), c_new


# %% of="lstm_step" name="cell_overwritten" loses=["check_lstm_step"]
# The old cell is changed in place: it belongs to the caller, so make a new array.
def lstm_step(x, y, c, W, R, p, b):
    def sigma(a):
        return 1 / (1 + np.exp(-a))

    z, i, f, o = np.split(x @ W + y @ R + b, 4, axis=1)
    c[:] = np.tanh(z) * sigma(i + p[0] * c) + c * sigma(f + p[1] * c)
    return np.tanh(c) * sigma(o + p[2] * c), c


# %% of="cell_trace" name="begins_with_c_0" loses=["check_cell_trace"]
# The trace begins with the cell before the first step: it is to begin with the cell after it.
def cell_trace(f, i, candidate, n_steps, extra_sigma):
    cell, trace = 0.0, []
    for _ in range(n_steps):
        trace.append(cell)
        cell = f * cell + i * candidate
        cell = 1 / (1 + np.exp(-cell)) if extra_sigma else cell
    return np.array(trace)


# %% of="cell_trace" name="sigma_not_handed_on" loses=["check_cell_trace"]
# The σ is applied only to what is written down: the squeezed cell is to go into the next step.
def cell_trace(f, i, candidate, n_steps, extra_sigma):
    cell, trace = 0.0, []
    for _ in range(n_steps):
        cell = f * cell + i * candidate
        trace.append(1 / (1 + np.exp(-cell)) if extra_sigma else cell)
    return np.array(trace)


# %% of="cell_trace" name="gates_exchanged" loses=["check_cell_trace"]
# The gates have changed places: the forget gate belongs to the old cell, the input gate to the candidate.
def cell_trace(f, i, candidate, n_steps, extra_sigma):
    cell, trace = 0.0, []
    for _ in range(n_steps):
        cell = i * cell + f * candidate
        cell = 1 / (1 + np.exp(-cell)) if extra_sigma else cell
        trace.append(cell)
    return np.array(trace)


# %% of="build_network" name="biases_at_zero" loses=["check_build_network"]
# The dense layers' biases begin at 0: the lecture draws them like the weights.
def build_network(n_step=25, n_input=100, n_lstm1=100, n_lstm2=100, n_hidden=100, n_output=100, learning_rate=1e-4):
    def normal():
        return keras.initializers.RandomNormal(stddev=0.01)

    stack = keras.Sequential(
        [
            keras.Input((n_step, n_input)),
            keras.layers.LSTM(n_lstm1, return_sequences=True),
            keras.layers.LSTM(n_lstm2),
            keras.layers.Dense(n_hidden, "relu", kernel_initializer=normal()),
            keras.layers.Dense(n_output, kernel_initializer=normal()),
        ]
    )
    stack.compile(optimizer=keras.optimizers.Adam(learning_rate), loss="mse")
    return stack


# %% of="build_network" name="default_learning_rate" loses=["check_build_network"]
# The optimizer has Keras's own learning rate: the argument is not handed on to it.
def build_network(n_step=25, n_input=100, n_lstm1=100, n_lstm2=100, n_hidden=100, n_output=100, learning_rate=1e-4):
    def normal():
        return keras.initializers.RandomNormal(stddev=0.01)

    stack = keras.Sequential(
        [
            keras.Input((n_step, n_input)),
            keras.layers.LSTM(n_lstm1, return_sequences=True),
            keras.layers.LSTM(n_lstm2),
            keras.layers.Dense(n_hidden, "relu", kernel_initializer=normal(), bias_initializer=normal()),
            keras.layers.Dense(n_output, kernel_initializer=normal(), bias_initializer=normal()),
        ]
    )
    stack.compile(optimizer="adam", loss="mse")
    return stack


# %% of="build_network" name="every_step_goes_on" loses=["check_build_network"]
# The second LSTM hands on all its outputs: only that of the last step is to go on.
def build_network(n_step=25, n_input=100, n_lstm1=100, n_lstm2=100, n_hidden=100, n_output=100, learning_rate=1e-4):
    def normal():
        return keras.initializers.RandomNormal(stddev=0.01)

    stack = keras.Sequential(
        [
            keras.Input((n_step, n_input)),
            keras.layers.LSTM(n_lstm1, return_sequences=True),
            keras.layers.LSTM(n_lstm2, return_sequences=True),
            keras.layers.Dense(n_hidden, "relu", kernel_initializer=normal(), bias_initializer=normal()),
            keras.layers.Dense(n_output, kernel_initializer=normal(), bias_initializer=normal()),
        ]
    )
    stack.compile(optimizer=keras.optimizers.Adam(learning_rate), loss="mse")
    return stack


# %% of="baselines" name="first_sample_persists" loses=["check_baselines"]
# Persistence repeats the first sample of each past: it is to be the last.
def persistence(past, n_output):
    return np.repeat(past[:, :1], n_output, axis=1)


def ar_weights(past, targets, ridge):
    P = np.asarray(past)
    return np.linalg.lstsq(P.T @ P + ridge * np.eye(P.shape[1]), P.T @ targets, rcond=None)[0]


# %% of="baselines" name="ridge_squared" loses=["check_baselines"]
# The rows below the data carry λ itself, so that its square counts: they carry its root.
def persistence(past, n_output):
    return np.tile(past[:, [-1]], (1, n_output))


def ar_weights(past, targets, ridge):
    rows = np.concatenate([past, ridge * np.eye(past.shape[1])])
    goals = np.concatenate([targets, np.zeros((past.shape[1], targets.shape[1]))])
    return np.linalg.lstsq(rows, goals, rcond=None)[0]


# %% of="baselines" name="ridge_left_out" loses=["check_baselines"]
# The ridge has no effect: λ is to be added where the past is multiplied by itself.
def persistence(past, n_output):
    return np.tile(past[:, [-1]], (1, n_output))


def ar_weights(past, targets, ridge):
    return np.linalg.lstsq(past, targets, rcond=None)[0]


# %% of="baselines" name="weights_transposed" loses=["check_baselines"]
# The weights are transposed: a row belongs to a sample of the past, a column to one that is to come.
def persistence(past, n_output):
    return np.tile(past[:, [-1]], (1, n_output))


def ar_weights(past, targets, ridge):
    return np.linalg.solve(past.T @ past + ridge * np.eye(past.shape[1]), past.T @ targets).T


# %% of="free_running" name="re_reads_the_truth" loses=["check_free_running"]
# The measured signal is read again before every frame: that is one-step predictions in a row.
def free_running(predict, signal, start, n_past, n_frames):
    frames, at = [], start
    for _ in range(n_frames):
        frame = predict(np.array(signal[at - n_past : at]))
        frames.append(frame)
        at += len(frame)
    return np.concatenate(frames)


# %% of="free_running" name="past_stands_still" loses=["check_free_running"]
# Every frame is predicted from the same past: it has to slide on over what was predicted.
def free_running(predict, signal, start, n_past, n_frames):
    past = np.array(signal[start - n_past : start])
    return np.concatenate([predict(past) for _ in range(n_frames)])


# %% of="free_running" name="one_sample_late" loses=["check_free_running"]
# The past ends with sample number start, which is already the truth that is to be forecast.
def free_running(predict, signal, start, n_past, n_frames):
    history = list(signal[start - n_past + 1 : start + 1])
    for _ in range(n_frames):
        history.extend(predict(np.array(history[-n_past:])))
    return np.array(history[n_past:])


# %% of="free_running" name="past_returned_too" loses=["check_free_running"]
# The true past stands at the beginning of the result: only what was forecast is to be returned.
def free_running(predict, signal, start, n_past, n_frames):
    history = list(signal[start - n_past : start])
    for _ in range(n_frames):
        history.extend(predict(np.array(history[-n_past:])))
    return np.array(history)
