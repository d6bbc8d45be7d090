"""Plausible wrong hand-ins of unit 03: solution cells replaced, and the checks that they lose, by grade_id."""

LEAKING_SPLIT = '''
def split_windows(starts, span, boundary, gap):
    """Splits where windows begin and forgets how long they are, so that training windows reach into the test set."""
    starts = np.asarray(starts)
    return np.flatnonzero(starts < boundary), np.flatnonzero(starts >= boundary)
'''

OVERLAPPING_TARGET = '''
def make_windows(signal, n_step, n_input, hop, stride):
    """Moves the target by one hop, like one more frame, so that the last frame already holds most of it."""
    starts = range(0, len(signal) - n_step * hop - n_input + 1, stride)
    frames = [[signal[w + k * hop : w + k * hop + n_input] for k in range(n_step)] for w in starts]
    targets = [signal[w + n_step * hop : w + n_step * hop + n_input] for w in starts]
    return np.array(frames), np.array(targets)
'''

EXTRA_SIGMA_STEP = '''
def lstm_step(x, y, c, W, R, p, b):
    """The lecture's first LSTM page to the letter: a sigma on the cell."""
    sigma = lambda a: 1 / (1 + np.exp(-a))
    z, i, f, o = np.split(x @ W + y @ R + b, 4, axis=1)
    c_new = sigma(np.tanh(z) * sigma(i + p[0] * c) + c * sigma(f + p[1] * c))
    return np.tanh(c_new) * sigma(o + p[2] * c_new), c_new
'''

OLD_CELL_STEP = '''
def lstm_step(x, y, c, W, R, p, b):
    """The output gate's peephole sees the old cell instead of the new one."""
    sigma = lambda a: 1 / (1 + np.exp(-a))
    z, i, f, o = np.split(x @ W + y @ R + b, 4, axis=1)
    c_new = np.tanh(z) * sigma(i + p[0] * c) + c * sigma(f + p[1] * c)
    return np.tanh(c_new) * sigma(o + p[2] * c), c_new
'''

RE_READING_FORECAST = '''
def free_running(predict, signal, start, n_past, n_frames):
    """Reads the measured signal again before every frame: one-step predictions in a row."""
    frames, at = [], start
    for _ in range(n_frames):
        frame = predict(np.array(signal[at - n_past : at]))
        frames.append(frame)
        at += len(frame)
    return np.concatenate(frames)
'''

WRONG = {
    "windows that leak the test set": ({"split_windows": LEAKING_SPLIT}, ("check_split_windows",)),
    "a target that lies in the last frame": ({"make_windows": OVERLAPPING_TARGET}, ("check_make_windows",)),
    "an extra sigma and a forecast that re-reads the truth": (
        {"lstm_step": EXTRA_SIGMA_STEP, "free_running": RE_READING_FORECAST},
        ("check_lstm_step", "check_free_running"),
    ),
    "the output gate sees the old cell": ({"lstm_step": OLD_CELL_STEP}, ("check_lstm_step",)),
}
