# %% of="keep_bit" name="gate_the_wrong_way_round" loses=["check_keep_bit"]
# The gate works the wrong way round: in (2) an open gate lets the input in, and a closed one keeps what is stored.
def keep_bit(x, w, a, b):
    g = 1 / (1 + np.exp(-(a * w + b)))
    c, states = np.zeros(len(x)), np.zeros(x.shape)
    for k in range(x.shape[1]):
        c = g[:, k] * c + (1 - g[:, k]) * x[:, k]
        states[:, k] = c
    return states


# %% of="keep_bit" name="states_before_the_step" loses=["check_keep_bit"]
# Each state comes one step late: c(k) is what is stored after the input of step k.
def keep_bit(x, w, a, b):
    g = 1 / (1 + np.exp(-(a * w + b)))
    c, states = np.zeros(len(x)), np.zeros(x.shape)
    for k in range(x.shape[1]):
        states[:, k] = c
        c = (1 - g[:, k]) * c + g[:, k] * x[:, k]
    return states


# %% of="keep_bit" name="nothing_is_overwritten" loses=["check_keep_bit"]
# What is new is added to what is old: with an open gate the self-weight is 0, so that the old bit goes.
def keep_bit(x, w, a, b):
    g = 1 / (1 + np.exp(-(a * w + b)))
    return np.cumsum(g * x, axis=1)


# %% of="read_states" name="padding_in_the_mean" loses=["check_read_states"]
# The mean is divided by all steps, padding too: divide by how many steps are known.
def read_states(h, known):
    last = np.max(np.arange(h.shape[1]) * known, axis=1)
    return h[np.arange(len(h)), last], np.mean(known[:, :, None] * h, axis=1)


# %% of="read_states" name="the_last_place_of_the_array" loses=["check_read_states"]
# The last state is that of the array's last place, which may be padding: take the last known step of each sequence.
def read_states(h, known):
    m = known[:, :, None]
    return h[:, -1], np.sum(m * h, axis=1) / np.sum(m, axis=1)


# %% of="read_states" name="counted_from_the_front" loses=["check_read_states"]
# The last step is taken for as far from the front as steps are known, which is right only where padding comes behind.
def read_states(h, known):
    count = np.sum(known, axis=1)
    m = known[:, :, None]
    return h[np.arange(len(h)), count - 1], np.sum(m * h, axis=1) / count[:, None]


# %% of="step_loss" name="softmax_over_time" loses=["check_step_loss"]
# The softmax runs over the time steps: by (5) the probabilities of the classes add up to 1 at each step.
def step_loss(o, y, known):
    o = o - o.max(axis=1, keepdims=True)
    log_p = o - np.log(np.exp(o).sum(axis=1, keepdims=True))
    m = known[:, :, None]
    target = y[:, :, None] == np.arange(o.shape[2])
    return -np.sum(log_p[m & target]), m * (np.exp(log_p) - target)


# %% of="step_loss" name="padding_in_the_gradient" loses=["check_step_loss"]
# Padded steps still have a gradient: by (7) it is 0 there.
def step_loss(o, y, known):
    o = o - o.max(axis=2, keepdims=True)
    log_p = o - np.log(np.exp(o).sum(axis=2, keepdims=True))
    target = (y[:, :, None] == np.arange(o.shape[2])) & known[:, :, None]
    return -np.sum(log_p[target]), np.exp(log_p) - target


# %% of="step_loss" name="mean_over_the_steps" loses=["check_step_loss"]
# Loss and gradient are divided by the number of steps: (6) is their sum.
def step_loss(o, y, known):
    o = o - o.max(axis=2, keepdims=True)
    log_p = o - np.log(np.exp(o).sum(axis=2, keepdims=True))
    m = known[:, :, None]
    target = y[:, :, None] == np.arange(o.shape[2])
    count = np.sum(known)
    return -np.sum(log_p[m & target]) / count, m * (np.exp(log_p) - target) / count


# %% of="step_loss" name="sign_of_the_gradient" loses=["check_step_loss"]
# The sign of the gradient is reversed: by (7) it is what was said minus what is right.
def step_loss(o, y, known):
    o = o - o.max(axis=2, keepdims=True)
    log_p = o - np.log(np.exp(o).sum(axis=2, keepdims=True))
    m = known[:, :, None]
    target = y[:, :, None] == np.arange(o.shape[2])
    return -np.sum(log_p[m & target]), m * (target - np.exp(log_p))


# %% of="step_loss" name="the_exponential_overflows" loses=["check_step_loss"]
# At a score of 1,000 the exponential overflows: take the largest score of a step off all of them first.
def step_loss(o, y, known):
    with np.errstate(all="ignore"):
        p = np.exp(o) / np.exp(o).sum(axis=2, keepdims=True)
        m = known[:, :, None]
        target = y[:, :, None] == np.arange(o.shape[2])
        return -np.sum(np.log(p)[m & target]), m * (p - target)


# %% of="sliding_layer" name="matrices_in_reverse" loses=["check_sliding_layer"]
# The matrices are in reverse: the last of them belongs to the present step, the first to the oldest.
def sliding_layer(x, W, beta):
    length, n = x.shape[1], len(W)
    padded = np.pad(x, ((0, 0), (n - 1, 0), (0, 0)))
    return np.tanh(beta + sum(padded[:, i : i + length] @ W[n - 1 - i] for i in range(n)))


# %% of="sliding_layer" name="looks_ahead" loses=["check_sliding_layer"]
# The layer looks ahead: the zeros stand before the sequence, so that step k sees itself and what came before it.
def sliding_layer(x, W, beta):
    length, n = x.shape[1], len(W)
    padded = np.pad(x, ((0, 0), (0, n - 1), (0, 0)))
    return np.tanh(beta + sum(padded[:, i : i + length] @ W[i] for i in range(n)))


# %% of="sliding_layer" name="begins_with_the_first_whole_window" loses=["check_sliding_layer"]
# The first steps are missing: before the sequence stand zeros, so that each of its steps has a window.
def sliding_layer(x, W, beta):
    n = len(W)
    length = max(0, x.shape[1] - n + 1)
    return np.tanh(beta + sum(x[:, i : i + length] @ W[i] for i in range(n)))


# %% of="people_folds" name="windows_split" loses=["check_people_folds"]
# The windows are split instead of the people, so that windows of the same person are on both sides.
def people_folds(people, size, rng):
    count = -(-len(np.unique(people)) // size)
    fold = rng.permutation(len(people)) % count
    return fold == np.arange(count)[:, None]


# %% of="people_folds" name="not_drawn" loses=["check_people_folds"]
# The people come in the order of their numbers, whatever the generator: draw their order from it.
def people_folds(people, size, rng):
    order = np.unique(people)
    return np.array([np.isin(people, order[i : i + size]) for i in range(0, len(order), size)])


# %% of="people_folds" name="training_instead_of_tested" loses=["check_people_folds"]
# True marks the windows that are trained on: a fold marks those that it tests.
def people_folds(people, size, rng):
    order = rng.permutation(np.unique(people))
    return np.array([~np.isin(people, order[i : i + size]) for i in range(0, len(order), size)])


# %% of="people_folds" name="the_rest_is_forgotten" loses=["check_people_folds"]
# The people who are left over are never tested: the last fold may have fewer of them than the others.
def people_folds(people, size, rng):
    order = rng.permutation(np.unique(people))
    whole = len(order) // size
    return np.array([np.isin(people, order[i * size : (i + 1) * size]) for i in range(whole)])


# %% of="name_recordings" name="mean_of_probabilities" loses=["check_name_recordings"]
# The probabilities are averaged before the logarithm is taken: by (9) it is the logarithms that are averaged.
def name_recordings(p, recording):
    s = np.array([np.log(np.maximum(p[recording == r].mean(axis=0), 1e-9)) for r in np.unique(recording)])
    return s, s.argmax(axis=1)


# %% of="name_recordings" name="sum_instead_of_mean" loses=["check_name_recordings"]
# The scores are sums, which grow with the length of the recording: divide by its number of windows.
def name_recordings(p, recording):
    log_p = np.log(np.maximum(p, 1e-9))
    s = np.array([log_p[recording == r].sum(axis=0) for r in np.unique(recording)])
    return s, s.argmax(axis=1)


# %% of="name_recordings" name="majority_of_the_windows" loses=["check_name_recordings"]
# The labels are those that most windows have, however sure they are: take the largest score of (9).
def name_recordings(p, recording):
    log_p = np.log(np.maximum(p, 1e-9))
    numbers = np.unique(recording)
    s = np.array([log_p[recording == r].mean(axis=0) for r in numbers])
    votes = [np.bincount(p[recording == r].argmax(axis=1), minlength=p.shape[1]) for r in numbers]
    return s, np.argmax(votes, axis=1)
