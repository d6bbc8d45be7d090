# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   rnnkit:
#     goals:
#       - cut a signal into pasts and targets that do not overlap, and split it by time so that nothing leaks;
#       - write one step of an LSTM with peepholes, and say why no σ belongs around its cell;
#       - build the lecture's network in Keras, and the simple methods that it has to beat;
#       - let a forecast feed on itself, and read from its error how far ahead anything is known.
#     prerequisites:
#       - NumPy's slices, and products of matrices;
#       - linear least squares;
#       - a recurrent network's step (unit 1), and a first model in Keras.
#     minutes: 180
#     difficulty: medium
#     exercises:
#       make_windows: {title: Frames and windows, difficulty: medium}
#       split_windows: {title: A split by time, difficulty: easy}
#       lstm_step: {title: One step of an LSTM with peepholes, difficulty: medium}
#       cell_trace: {title: A σ too many, difficulty: easy}
#       build_network:
#         title: The lecture's network in Keras
#         difficulty: medium
#         uses: [numpy, keras]
#       baselines: {title: Persistence and linear autoregression, difficulty: medium}
#       free_running: {title: A forecast that feeds on itself, difficulty: hard}
#       question: {title: A picture that looks too good, difficulty: hard}
#     self_test:
#       - question: Five frames of 8 samples begin 3 samples apart. How many samples has the past?
#         choices:
#           - "40"
#           - "23"
#           - "20"
#         answer: c
#         why: The last frame begins 4 · 3 = 12 samples after the first one and is 8 long, which makes 20. 40 would be frames put
#           end to end, and 23 counts one hop too many.
#       - question: Which gate of an LSTM with peepholes sees the cell as it has just become?
#         choices:
#           - the output gate
#           - the forget gate
#           - all three
#         answer: a
#         why: Input and forget gate decide what the new cell will be, so they can only see the old one, in (2) and (3). The
#           output gate comes after (4).
#       - question: A forecast re-reads the measured signal before each frame. What is the error of its tenth frame?
#         choices:
#           - that of a forecast ten frames ahead
#           - about that of its first frame
#           - ten times that of its first frame
#         answer: b
#         why: Each frame starts again from the truth, so it is a row of one-frame predictions. Nothing can be learned from it
#           about the tenth frame ahead.
#     key_points:
#       - A test signal lies later than all training signals, with a gap, and no target reaches into a past that was trained on.
#       - Input and forget gate see the old cell, the output gate the new one; nothing is around the cell itself.
#       - A forecast that is worth its name reads nothing of what it forecasts. Its error grows towards the signal's standard
#         deviation, or beyond.
#       - A network is worth its trouble where simpler methods with the same past are worse. Put them into the same table.
#     sources:
#       - 'S. Lee, Neural Network Architectures for Time-Series, the slides on regression with an LSTM.'
#       - 'M. Smart, Introduction to Recurrent Neural Nets (2020), the formulas of the LSTM with peepholes.'
#       - 'K. Greff and others, LSTM: A Search Space Odyssey (2015), [arXiv 1503.04069](https://arxiv.org/abs/1503.04069).'
# ---

# %% [markdown]
# # 3 · The next piece of an acceleration signal
#
# A sensor has measured an acceleration for a while. **What comes next, and how far ahead can anybody tell?** S. Lee's
# lecture *RNN for time series* answers with an LSTM that reads 25 frames of 100 samples and writes the next 100. A
# picture of such a prediction always looks good. Whether it *is* good shows only when three things are done that are
# easily forgotten: the test signal must be later than, and apart from, everything trained on; a forecast must not look
# at the truth on its way; and simpler methods must be given the same past. You will do all three, on real recordings of a
# wrist and on a simulated rotating machine.
#
# The equations are the lecture's; those of the peephole LSTM are Greff's, as M. Smart's lecture prints them.

# %%
import numpy as np

from rnnkit.course.teaching import check_array, check_equal, choose, profile, quiet, report_result

# %% [markdown]
# The exercises need no more than that, but for the fifth. The experiments do:

# %% tags=["experiment"]
with quiet():  # TensorFlow's start-up log
    import keras

import os

import matplotlib.pyplot as plt

from rnnkit.course.experiments import acceleration as lab
from rnnkit.course.experiments import forecast_networks
from rnnkit.datasets import rotating_machine
from rnnkit.identification import cut_frames, cut_windows, fit_linear_ar, split_by_time
from rnnkit.plots import COLOURS
from rnnkit.plots.forecasts import forecasts
from rnnkit.plots.horizon_error import horizon_error
from rnnkit.plots.signal_split import signal_split

recordings = lab.read_recordings(os.environ.get("RNNKIT_DATA_ACCELERATION"), sampling_rate=50.0)
print(recordings.message)
print(f"Profile {profile()}, Keras {keras.__version__} on {keras.backend.backend()}.")

# %% tags=["experiment"] alt="Two line plots of an acceleration in g over time. The wrist's, over 20 s, swings between -1.0 and about -1.5 in a cycle of 1.3 s, each cycle a little different from the last. The machine's, over half a second, swings between -1 and 1 about 20 times a second, with ripples on it; bars mark the moments, about 70 a second, at which a roller passes the damage."
machine = rotating_machine(60.0, shaft_frequency=20.0, speed_swing=0.15, noise=0.05, seed=0)

figure, (top, bottom) = plt.subplots(2, 1, figsize=(9, 4.6), layout="constrained")
piece = recordings.signals[0][:1000]
top.plot(np.arange(len(piece)) / recordings.sampling_rate, piece, color=COLOURS[0], linewidth=1)
top.set(title=recordings.name, xlabel="time (s)", ylabel=f"acceleration ({recordings.unit})")
bottom.plot(machine.time[:500], machine.acceleration[:500], color=COLOURS[5], linewidth=1)
bottom.plot(passing := machine.impulse_times[machine.impulse_times < 0.5], np.full(len(passing), -1.4), "k|")
bottom.set(title="machine (bars: a roller passes the damage)", xlabel="time (s)", ylabel="acceleration (g)")
for axes in (top, bottom):
    axes.margins(x=0)
plt.show()

# %% [markdown]
# The recordings: ten people with a smart watch do seven shoulder exercises, each 20 times in a row, left and right. One
# axis of the watch is used. (Burns and others, 2018; the data come with the Python package seglearn, BSD licence. The
# package does not name the unit: at rest the three axes' norm is 1.0 to 1.1, so it is g, 9.81 m/s².) To use a recording of
# your own, a CSV or JSON file, set `RNNKIT_DATA_ACCELERATION` to its path before starting, and its sampling rate above.
#
# The machine: a shaft at 20 turns a second, give or take 15 % with the load; its first three harmonics; a bearing with a
# damaged outer ring, where every passing roller rings a resonance at 180 Hz; white noise of 0.05 g. Sampled at 1,000 Hz.

# %% [markdown]
# ## Frames and windows
#
# The lecture's network has `n_step = 25`, `n_input = 100`, `n_output = 100`: at each of 25 steps it reads one *frame* of
# 100 samples, then it writes the 100 samples that follow. Frames put end to end make a past of 2,500 samples. At 1,000 Hz
# that is 2.5 s, and the machine runs for a minute: fine. At 50 Hz it is 50 s, longer than most of the recordings. So
# there we let the frames overlap: each begins `hop = 5` samples after the one before, and the past is
# $24 \cdot 5 + 100 = 220$ samples, 4.4 s. What must **not** overlap is the target: it begins right after the last sample
# of the last frame. Were it moved by one `hop` only, 95 of its 100 samples would already lie in the last frame.
#
# **Exercise 1 (15 points).** Cut a signal into windows. Window $w$ begins at sample $w \cdot$ `stride`.

# %% [markdown] hint="make_windows"
# Begin with the length of a past: where does the last of its frames begin, and where does it end? The target begins
# there.

# %% [markdown] hint="make_windows"
# The last window that counts is the one whose target's last sample is the signal's last: `range` stops before its second
# argument, so add 1. Within a window, frame k begins k hops after the window does.


# %% nbgrader={"grade": false, "grade_id": "make_windows", "locked": false, "schema_version": 3, "solution": true, "task": false}
def make_windows(signal, n_step, n_input, hop, stride):
    """All windows of a signal: pasts cut into frames, and the n_input samples that follow each past.

    signal: shape (samples,).      hop: samples from one frame's start to the next one's.
    stride: samples from one window's start to the next one's.
    Returns frames, shape (windows, n_step, n_input), and targets, shape (windows, n_input).
    The last window is the last one whose target still lies inside the signal.
    """
    ### BEGIN SOLUTION
    n_past = (n_step - 1) * hop + n_input
    starts = range(0, len(signal) - n_past - n_input + 1, stride)
    frames = [[signal[w + k * hop : w + k * hop + n_input] for k in range(n_step)] for w in starts]
    targets = [signal[w + n_past : w + n_past + n_input] for w in starts]
    return np.array(frames), np.array(targets)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_make_windows", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
_frames, _targets = make_windows(np.arange(12.0), n_step=3, n_input=2, hop=2, stride=1)
check_array("frames, end to end", _frames[0], [[0, 1], [2, 3], [4, 5]])
check_array("target, end to end", _targets[0], [6, 7])
check_equal("number of windows of 8 samples in 12", len(_frames), 5)
_frames, _targets = make_windows(np.arange(12.0), n_step=3, n_input=4, hop=1, stride=2)
check_array(
    "overlapping frames",
    _frames,
    [[[0, 1, 2, 3], [1, 2, 3, 4], [2, 3, 4, 5]], [[2, 3, 4, 5], [3, 4, 5, 6], [4, 5, 6, 7]]],
)
check_array(
    "targets after overlapping frames: no sample of them may be in a frame", _targets, [[6, 7, 8, 9], [8, 9, 10, 11]]
)
### BEGIN HIDDEN TESTS
_rng = np.random.default_rng(31)
for _n, _step, _input, _hop, _stride in ((97, 5, 6, 2, 3), (88, 4, 7, 7, 5), (60, 1, 3, 2, 4), (61, 6, 5, 3, 1)):
    _signal = _rng.normal(size=_n)
    _past = (_step - 1) * _hop + _input
    _f, _t, _w = [], [], 0
    while _w + _past + _input <= _n:
        _f.append([[_signal[_w + _k * _hop + _j] for _j in range(_input)] for _k in range(_step)])
        _t.append([_signal[_w + _past + _j] for _j in range(_input)])
        _w += _stride
    _before = _signal.copy()
    _frames, _targets = make_windows(_signal, _step, _input, _hop, _stride)
    check_array(f"frames of {_n} samples", _frames, _f)
    check_array(f"targets of {_n} samples", _targets, _t)
    check_array("the argument, afterwards", _signal, _before, rtol=0, atol=0)
### END HIDDEN TESTS

# %% [markdown]
# `rnnkit.identification` does the same in two steps. A past as one row is what the linear model needs; frames are what
# the networks read:

# %% tags=["experiment", "nbval-check-output"]
windows = cut_windows(np.arange(14), n_past=8, n_output=3, stride=2)
print("pasts", windows.past.tolist())
print("targets", windows.target.tolist())
print("first past as frames", cut_frames(windows.past, n_step=3, n_input=4, hop=2)[0].tolist())

# %% [markdown]
# ## Train early, test late, and leave a gap
#
# Windows whose starts are 10 samples apart share almost everything. Deal them at random into a training and a test set,
# as a script does that circulates with this lecture, and every test window lies between two training windows: the
# network is asked what it has been shown. So the signal is split by **time**. A window belongs to the training set if
# *all* its samples, the target included, lie before a boundary, and to the test set if all of them lie at or after
# boundary + gap. Windows in between belong to neither. The gap keeps the two a little further apart still, since
# neighbouring samples resemble each other.
#
# **Exercise 2 (10 points).** Decide for each window.

# %% [markdown] hint="split_windows"
# A window is known by its first sample. Write down its last sample, the target's, with the help of `span`.

# %% [markdown] hint="split_windows"
# Two comparisons of arrays are enough, one with the last sample, one with the first. `np.flatnonzero` turns a mask into the
# numbers of its windows.


# %% nbgrader={"grade": false, "grade_id": "split_windows", "locked": false, "schema_version": 3, "solution": true, "task": false}
def split_windows(starts, span, boundary, gap):
    """Which windows are for training, which for testing.

    starts: first sample of each window, integers, shape (windows,).
    span: samples of a window, its target included: window w holds samples starts[w], ..., starts[w] + span - 1.
    Training samples are those before `boundary`, test samples those from `boundary + gap` on.
    Returns two integer arrays: the numbers (not the starts) of the training windows and of the test windows.
    """
    ### BEGIN SOLUTION
    starts = np.asarray(starts)
    train = np.flatnonzero(starts + span <= boundary)
    test = np.flatnonzero(starts >= boundary + gap)
    return train, test
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_split_windows", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
_train, _test = split_windows(np.arange(0, 40, 2), span=6, boundary=20, gap=3)
_held = {int(s) for w in _train for s in range(2 * w, 2 * w + 6)}
check_equal("last sample in a training window (boundary 20)", max(_held), 19)
check_equal("training windows", list(map(int, _train)), [0, 1, 2, 3, 4, 5, 6, 7])
check_equal(
    "test windows (boundary 20, gap 3, starts 0, 2, 4, ...)", list(map(int, _test)), [12, 13, 14, 15, 16, 17, 18, 19]
)
### BEGIN HIDDEN TESTS
_rng = np.random.default_rng(32)
for _ in range(5):
    _starts = np.sort(_rng.choice(300, 60, replace=False))
    _span, _boundary, _gap = (int(_rng.integers(a, b)) for a, b in ((5, 20), (120, 160), (1, 30)))
    _samples = [set(range(int(s), int(s) + _span)) for s in _starts]
    _before, _after = set(range(_boundary)), set(range(_boundary + _gap, 400))
    _given = _starts.copy()
    _train, _test = split_windows(_starts, _span, _boundary, _gap)
    check_array("the argument, afterwards", _starts, _given, rtol=0, atol=0)
    check_equal("training windows", list(map(int, _train)), [w for w in range(60) if _samples[w] <= _before])
    check_equal("test windows", list(map(int, _test)), [w for w in range(60) if _samples[w] <= _after])
### END HIDDEN TESTS

# %% [markdown]
# From here on `rnnkit` splits every signal into three parts (training, validation, test) with gaps, and cuts windows
# inside each part. The validation part chooses: when to stop training, how long a past the linear model gets.
#
# One more trap: the machine's windows begin 9 samples apart, not 10. A turn of the shaft takes about 50 samples, so every
# tenth sample would show a steady shaft at five angles only, and a model fitted to these would know nothing of the others.

# %% tags=["experiment", "nbval-check-output"]
print(split_by_time(1000, shares=(0.5, 0.2, 0.3), gap=50))

# %% tags=["experiment"] alt="Two recordings over time, each shaded in three parts with white gaps between them: training, validation and test. Above the signal lie bars for the first and the last window that fit into each part, a black past with its orange target; none crosses an edge. The watch's recording is 52 s long, its training part 25 s, a window 6.4 s. The machine's is 60 s long, drawn as a band from least to greatest; there a past takes 2.5 s, and its target of 0.1 s is hardly to be seen."
n_step, n_input = choose(check=10, quick=25, full=25), 100  # the lecture's are 25 and 100
wrist = lab.forecast_task(
    recordings.name,
    choose(check=recordings.signals[:8], quick=recordings.signals, full=recordings.signals),
    recordings.sampling_rate,
    unit=recordings.unit,
    n_step=n_step,
    n_input=n_input,
    hop=5,
    gap=50,
    stride=choose(check=50, quick=10, full=2),
    test_stride=10,
    n_frames=choose(check=2, quick=3, full=3),
    max_windows=choose(check=4, quick=7_100, full=40_000),
)
motor = lab.forecast_task(
    "machine",
    [machine.acceleration],
    machine.sampling_rate,
    n_step=n_step,
    n_input=n_input,
    hop=100,
    gap=1_000,
    stride=choose(check=51, quick=9, full=7),
    test_stride=23,
    n_frames=choose(check=2, quick=5, full=5),
    shares=(0.6, 0.15, 0.25),
    max_windows=choose(check=4, quick=None, full=None),
)
tasks = [wrist, motor]

figure, axes = plt.subplots(2, 1, figsize=(10, 5), layout="constrained")
for ax, task in zip(axes, tasks, strict=True):
    signal, split = max(zip(task.signals, task.splits, strict=True), key=lambda pair: len(pair[0]))
    span = task.n_past + task.n_input
    fitting = [part for part in split if part.stop - part.start >= span]
    drawn = [(first, task.n_past, task.n_input) for part in fitting for first in (part.start, part.stop - span)]
    signal_split(ax, signal, split, task.sampling_rate, windows=drawn, unit=task.unit)
    sizes = [len(part.starts) for part in (task.training, task.validation, task.test)]
    ax.set_title(f"{task.name}: {sizes[0]:,} training, {sizes[1]:,} validation, {sizes[2]:,} test windows in all")
plt.show()

# %% [markdown]
# Drawn are the longest recording, and the first and the last window that fit into each of its parts. No window crosses an
# edge. (Of the machine's signal the range is drawn; a line through 60,000 samples would be a black band.)

# %% [markdown]
# ## One step of an LSTM, peepholes included
#
# The lecture's LSTM (bias left out there) has an input gate, a forget gate, an output gate and a candidate. With
# *peepholes* the gates also see the memory cell itself. For a row $x_t$ of $M$ inputs and $N$ cells, with
# $\sigma(a) = 1 / (1 + e^{-a})$:
#
# $$z_t = \tanh(x_t W_z + y_{t-1} R_z + b_z) \tag{1}$$
# $$i_t = \sigma(x_t W_i + y_{t-1} R_i + p_i \odot c_{t-1} + b_i) \tag{2}$$
# $$f_t = \sigma(x_t W_f + y_{t-1} R_f + p_f \odot c_{t-1} + b_f) \tag{3}$$
# $$c_t = z_t \odot i_t + c_{t-1} \odot f_t \tag{4}$$
# $$o_t = \sigma(x_t W_o + y_{t-1} R_o + p_o \odot c_t + b_o) \tag{5}$$
# $$y_t = \tanh(c_t) \odot o_t \tag{6}$$
#
# $z$ is the first lecture's $\tilde C$, and $y$ its $h$. (The printed equations keep a bar on $i$ and $f$ after σ; it is
# a slip.) Two things are easy to miss: the input and forget gates see the *old* cell, the output gate sees the *new* one;
# and the peepholes $p$ are vectors, one weight a cell.
#
# ![](diagram:lstm_peepholes)
#
# *Numbers in the picture are those of the equations of `rnnkit.PeepholeLSTM`.*
#
# **Exercise 3 (20 points).** Write the step. The four blocks lie side by side, in the order z, i, f, o.

# %% [markdown] hint="lstm_step"
# All four sums of inputs and outputs are one product for x, one for y, and the bias. `np.split` along the columns cuts
# them into their blocks.

# %% [markdown] hint="lstm_step"
# The peepholes are elementwise: a row of p times the cells. Mind the order, (4) before (5), and make a new array for the new
# cell: the old one belongs to the caller.


# %% nbgrader={"grade": false, "grade_id": "lstm_step", "locked": false, "schema_version": 3, "solution": true, "task": false}
def lstm_step(x, y, c, W, R, p, b):
    """One time step of an LSTM with peepholes, (1)-(6).

    x: inputs, shape (I, M).   y: outputs one step before, shape (I, N).   c: cells one step before, shape (I, N).
    W: [W_z W_i W_f W_o], shape (M, 4N).   R: likewise, shape (N, 4N).   b: likewise, shape (4N,).
    p: rows p_i, p_f, p_o, shape (3, N).
    Returns the new y and the new c, both of shape (I, N).
    """

    ### BEGIN SOLUTION
    def sigma(a):
        return 1 / (1 + np.exp(-a))

    z, i, f, o = np.split(x @ W + y @ R + b, 4, axis=1)
    z = np.tanh(z)  # (1)
    i = sigma(i + p[0] * c)  # (2)
    f = sigma(f + p[1] * c)  # (3)
    c = z * i + c * f  # (4)
    o = sigma(o + p[2] * c)  # (5)
    y = np.tanh(c) * o  # (6)
    return y, c
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_lstm_step", "locked": true, "points": 20, "schema_version": 3, "solution": false, "task": false}
_rng = np.random.default_rng(5)
_x, _y, _c = _rng.normal(size=(4, 3)), _rng.normal(size=(4, 2)), _rng.normal(size=(4, 2))
_W, _R, _p, _b = _rng.normal(size=(3, 8)), _rng.normal(size=(2, 8)), _rng.normal(size=(3, 2)), _rng.normal(size=8)
_y0, _c0 = lstm_step(_x, _y, _c, 0 * _W, 0 * _R, 0 * _p, 0 * _b)
check_array("c with all weights zero (every gate is then 1/2)", _c0, _c / 2)
check_array("y with all weights zero", _y0, np.tanh(_c / 2) / 2)

# one example, one input, one cell; computed with a pocket calculator
_x, _y, _c = np.array([[1.0]]), np.array([[0.5]]), np.array([[2.0]])
_W, _R = np.array([[1.0, 2.0, -1.0, 0.5]]), np.array([[-0.5, 1.0, 0.5, -1.0]])
_b, _p = np.array([0.25, -0.5, 1.0, 0.0]), np.array([[0.5], [-1.0], [2.0]])
_y1, _c1 = lstm_step(_x, _y, _c, _W, _R, 0 * _p, _b)
check_array("c = tanh(1)·σ(2) + 2·σ(0.25), without peepholes", _c1, [[1.7951629089]])
check_array("y = tanh(c)·σ(0), without peepholes", _y1, [[0.4731513954]])
_y2, _c2 = lstm_step(_x, _y, _c, _W, _R, _p, _b)
check_array("c = tanh(1)·σ(2 + 0.5·2) + 2·σ(0.25 - 1·2): i and f see the old c", _c2, [[1.0215692842]])
check_array("y = tanh(c)·σ(0 + 2·c): o sees the new c", _y2, [[0.6820914041]])
check_array("the cells one step before, afterwards", _c, [[2.0]], rtol=0, atol=0)
### BEGIN HIDDEN TESTS
_rng = np.random.default_rng(33)
_I, _M, _N = 2, 5, 3
_x, _y, _c = _rng.normal(size=(_I, _M)), _rng.normal(size=(_I, _N)), _rng.normal(size=(_I, _N))
_W, _R, _p, _b = (_rng.normal(size=s) for s in ((_M, 4 * _N), (_N, 4 * _N), (3, _N), 4 * _N))
_want_y, _want_c = np.zeros((_I, _N)), np.zeros((_I, _N))
for _e in range(_I):
    for _n in range(_N):
        _a = []
        for _g in range(4):
            _k = _g * _N + _n
            _total = _b[_k]
            for _m in range(_M):
                _total += _x[_e, _m] * _W[_m, _k]
            for _m in range(_N):
                _total += _y[_e, _m] * _R[_m, _k]
            _a.append(_total)
        _in = 1 / (1 + np.exp(-(_a[1] + _p[0, _n] * _c[_e, _n])))
        _keep = 1 / (1 + np.exp(-(_a[2] + _p[1, _n] * _c[_e, _n])))
        _want_c[_e, _n] = np.tanh(_a[0]) * _in + _c[_e, _n] * _keep
        _out = 1 / (1 + np.exp(-(_a[3] + _p[2, _n] * _want_c[_e, _n])))
        _want_y[_e, _n] = np.tanh(_want_c[_e, _n]) * _out
_given = [v.copy() for v in (_x, _y, _c, _W, _R, _p, _b)]
_got_y, _got_c = lstm_step(_x, _y, _c, _W, _R, _p, _b)
check_array("c", _got_c, _want_c)
check_array("y", _got_y, _want_y)
for _name, _was, _is in zip("xycWRpb", _given, (_x, _y, _c, _W, _R, _p, _b), strict=True):
    check_array(f"{_name} after the call (a step must not change what it is given)", _is, _was, rtol=0, atol=0)
### END HIDDEN TESTS

# %% [markdown]
# ## A σ too many
#
# The lecture's first LSTM page prints the cell as
#
# $$C_t = \sigma\left(f_t * C_{t-1} + i_t * \tilde C_t\right)$$
#
# and a few pages later, without σ, as $C_t = f_t * C_{t-1} + i_t * \tilde C_t$. The second is right. The first squeezes
# the cell into (0, 1) at every step: it can neither count nor be negative, and it forgets, since the slope of σ is 1/4 at
# most and gradients through the cell shrink at least by that much a step. The lecture itself says what a cell is for, a
# state "that runs through only linear operators".
#
# **Exercise 4 (10 points).** Follow one cell from $C_0 = 0$ with constant gates, with and without the extra σ.

# %% [markdown] hint="cell_trace"
# A loop over the steps with one number, the cell. Each step appends what the cell is **after** it, so $C_0$ is not among the
# results.

# %% [markdown] hint="cell_trace"
# What goes on to the next step is the squeezed cell, where there is a σ: it is applied at every step to the whole right
# side, not once at the end.


# %% nbgrader={"grade": false, "grade_id": "cell_trace", "locked": false, "schema_version": 3, "solution": true, "task": false}
def cell_trace(f, i, candidate, n_steps, extra_sigma):
    """C_1, ..., C_n of one cell that starts at C_0 = 0, with constant forget gate f, input gate i and candidate.

    extra_sigma: whether σ is applied to the cell, as on the lecture's first LSTM page.
    Returns shape (n_steps,).
    """
    ### BEGIN SOLUTION
    cell, trace = 0.0, []
    for _ in range(n_steps):
        cell = f * cell + i * candidate
        if extra_sigma:
            cell = 1 / (1 + np.exp(-cell))
        trace.append(cell)
    return np.array(trace)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_cell_trace", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
check_array("three steps, f = i = 1, candidate 1, no σ", cell_trace(1, 1, 1, 3, False), [1, 2, 3])
check_array("20 steps of candidate 1, no σ", cell_trace(1, 1, 1, 20, False)[-1], 20)
check_array("20 steps of candidate 1, extra σ", cell_trace(1, 1, 1, 20, True)[-1], 0.866, atol=5e-4)
check_array("20 steps of candidate -1, no σ", cell_trace(1, 1, -1, 20, False)[-1], -20)
check_array("20 steps of candidate -1, extra σ", cell_trace(1, 1, -1, 20, True)[-1], 0.341, atol=5e-4)
### BEGIN HIDDEN TESTS
_f, _i, _z = 0.83, 0.61, -0.47
_plain = [_i * _z * (1 - _f ** (_k + 1)) / (1 - _f) for _k in range(13)]
check_array("trace without σ", cell_trace(_f, _i, _z, 13, False), _plain)
_squeezed = [1 / (1 + np.exp(-_i * _z))]
while len(_squeezed) < 7:
    _squeezed.append(1 / (1 + np.exp(-(_f * _squeezed[-1] + _i * _z))))
check_array("trace with σ", cell_trace(_f, _i, _z, 7, True), _squeezed)
### END HIDDEN TESTS

# %% tags=["experiment", "nbval-check-output"]
misprint = {candidate: forecast_networks.misprinted_cell(candidate, 20) for candidate in (1, -1)}
for candidate, (cells, back) in misprint.items():
    print(f"candidate {candidate:+d}, 20 steps: {20 * candidate:+d} without, {cells[-1]:+.3f} with the extra sigma")
    print(f"  the derivative of the last cell by the first: 1 without, {back[1]:.1e} with it")

# %% tags=["experiment"] alt="Three panels over 20 steps, for candidates +1 and -1. As it should be, the cell goes in straight lines to +20 and to -20. With the extra σ both curves bend within three steps to 0.87 and to 0.34, and stay there; neither is ever negative. The gradient on its way back keeps the size 1 without the σ; with it, on a logarithmic axis, it falls in straight lines from 1 at step 20 to about 10 to the power -18 and -12 at step 1."
figure, panels = plt.subplots(1, 3, figsize=(10, 3.3), layout="constrained")
for (candidate, (cells, back)), colour, line in zip(misprint.items(), (COLOURS[0], COLOURS[5]), "-:", strict=True):
    label = f"candidate {candidate:+d}"
    panels[0].plot(candidate * np.arange(21), line, color=colour, linewidth=2, label=label)
    panels[1].plot(cells, line, color=colour, linewidth=2, label=label)
    panels[2].plot(range(1, 21), back[1:], line, color=colour, linewidth=2, label=label + ", extra σ")
panels[2].plot(range(1, 21), np.ones(20), "--", color="0.4", label="no σ, either")
panels[0].set(title="as it should be", ylabel="cell C")
panels[1].set(title="with the extra σ", ylabel="cell C", ylim=(-0.05, 1.05))
panels[2].set(title="the gradient on its way back", ylabel="∂C(20) / ∂C(step)", yscale="log", ylim=(1e-27, 10))
for axes in panels:
    axes.set(xlabel="step", xlim=(0, 20), xticks=range(0, 21, 5))
    axes.legend(frameon=False, fontsize=9)
    axes.grid(alpha=0.3)
plt.show()

# %% [markdown]
# ## The network
#
# The lecture's: LSTM with 100 cells, LSTM with 100 cells, of which only the last step's output goes on; a dense layer of
# 100 with relu; a dense layer of 100 without. Squared loss, Adam with learning rate $10^{-4}$. The weights *and* biases of
# the dense layers are drawn from a normal distribution with mean 0 and standard deviation 0.01.
#
# **Exercise 5 (10 points).** Build and compile it with Keras:

# %%
with quiet():
    import keras

# %% [markdown] hint="build_network"
# Four layers after the input. The first LSTM hands on all its outputs, since the second one reads a sequence.

# %% [markdown] hint="build_network"
# A dense layer of Keras draws its weights by `kernel_initializer` and leaves its biases at 0 unless `bias_initializer` says
# otherwise. The learning rate is an argument of the optimizer.


# %% nbgrader={"grade": false, "grade_id": "build_network", "locked": false, "schema_version": 3, "solution": true, "task": false}
def build_network(n_step=25, n_input=100, n_lstm1=100, n_lstm2=100, n_hidden=100, n_output=100, learning_rate=1e-4):
    """The lecture's network as a compiled keras.Sequential of LSTM, LSTM, Dense, Dense.

    It takes (batch, n_step, n_input) and gives (batch, n_output). Loss "mse", optimizer Adam.
    """

    ### BEGIN SOLUTION
    def normal():
        return keras.initializers.RandomNormal(mean=0.0, stddev=0.01)

    model = keras.Sequential(
        [
            keras.Input((n_step, n_input)),
            keras.layers.LSTM(n_lstm1, return_sequences=True),
            keras.layers.LSTM(n_lstm2),
            keras.layers.Dense(n_hidden, "relu", kernel_initializer=normal(), bias_initializer=normal()),
            keras.layers.Dense(n_output, kernel_initializer=normal(), bias_initializer=normal()),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(learning_rate), loss="mse")
    return model
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_build_network", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
keras.utils.set_random_seed(0)
_model = build_network()
check_equal("kinds of layers", [type(layer).__name__ for layer in _model.layers], ["LSTM", "LSTM", "Dense", "Dense"])
check_equal("input shape", tuple(_model.input_shape), (None, 25, 100))
check_equal("output shape", tuple(_model.output_shape), (None, 100))
check_equal("number of weights: 2 · 4 · (100 + 100 + 1) · 100 + 2 · (100 + 1) · 100", _model.count_params(), 181_000)
check_equal("optimizer", type(_model.optimizer).__name__, "Adam")
check_array("learning rate", float(keras.ops.convert_to_numpy(_model.optimizer.learning_rate)), 1e-4, rtol=1e-3)
check_equal(
    "activations of the dense layers", [layer.activation.__name__ for layer in _model.layers[2:]], ["relu", "linear"]
)
for _number, _layer in enumerate(_model.layers[2:], 1):
    for _values in _layer.get_weights():
        # 100 or more values: their spread is within 30 % of 0.01 but once in ten thousand drawings.
        check_array(
            f"standard deviation of dense layer {_number}'s weights of shape {_values.shape}",
            _values.std(),
            0.01,
            rtol=0.3,
        )
### BEGIN HIDDEN TESTS
_model = build_network(n_step=4, n_input=7, n_lstm1=5, n_lstm2=6, n_hidden=3, n_output=9, learning_rate=0.02)
check_equal(
    "layer output shapes",
    [tuple(layer.output.shape) for layer in _model.layers],
    [(None, 4, 5), (None, 6), (None, 3), (None, 9)],
)
check_equal(
    "number of weights", _model.count_params(), 4 * (7 + 5 + 1) * 5 + 4 * (5 + 6 + 1) * 6 + (6 + 1) * 3 + (3 + 1) * 9
)
check_array("learning rate", float(keras.ops.convert_to_numpy(_model.optimizer.learning_rate)), 0.02, rtol=1e-3)
_x, _t = np.random.default_rng(34).normal(size=(8, 4, 7)), np.random.default_rng(35).normal(size=(8, 9))
_out = keras.ops.convert_to_numpy(_model(_x))
_loss = float(
    _model.compute_loss(x=_x, y=keras.ops.convert_to_tensor(_t, "float32"), y_pred=keras.ops.convert_to_tensor(_out))
)
check_array("loss", _loss, np.mean((_out - _t) ** 2), rtol=1e-4)
### END HIDDEN TESTS

# %% [markdown]
# Now we train. Beside the lecture's network stand the same network with peepholes, and the *sliding predictor* of the
# lecture's opening pages: a one-dimensional convolution over the 25 frames, a finite response without any state. The
# sizes are the lecture's. What differs: `full` keeps the learning rate $10^{-4}$ and trains long; `quick`
# starts at 0.004 and lowers it to almost nothing over a few passes through fewer windows, so that it ends within minutes.
# All networks see the signal minus its mean, divided by its standard deviation, both those of the training part.

# %% tags=["experiment"]
batch_size = choose(check=4, quick=32, full=64)
patience = choose(check=1, quick=3, full=15)
gpu = lab.on_gpu()
# How Keras runs it, not what it computes.
how = {"run_eagerly": True} if profile() == "check" else {"jit_compile": not gpu}


def compiled(name, steps):
    model = forecast_networks.network(name, n_step, n_input, cudnn=gpu)
    decaying = keras.optimizers.schedules.CosineDecay(4e-3, max(steps, 1), alpha=0.05)
    rate = choose(check=1e-3, quick=decaying, full=1e-4)
    model.compile(optimizer=keras.optimizers.Adam(rate), loss="mse", **how)
    return model


keras.utils.set_random_seed(0)
networks, histories = {}, {}
for task, epochs in ((wrist, choose(check=1, quick=3, full=300)), (motor, choose(check=1, quick=5, full=300))):
    steps = epochs * (len(task.training.starts) // batch_size)
    for name in forecast_networks.NAMES:
        model = compiled(name, steps)
        history = lab.train(model, task, epochs=epochs, batch_size=batch_size, patience=patience)
        networks[task.name, name], histories[task.name, name] = model, history
        held_out = history["validation"]
        print(f"{task.name}, {name}: validation RMSE {min(held_out):.3f} {task.unit} after {len(held_out)} passes")

# %% [markdown]
# ## What it is compared with
#
# **Persistence:** the last sample, again and again. **Linear autoregression:** every sample to come is a weighted sum of
# past ones. With the pasts as rows of $P$ (windows × past) and the targets as rows of $Y$, for a signal whose mean has
# been removed, the weights are those that minimise
#
# $$\lVert P A - Y \rVert^2 + \lambda \lVert A \rVert^2 \quad\Longrightarrow\quad (P^\top P + \lambda \mathbf 1) A = P^\top Y$$
#
# The *ridge* $\lambda$ keeps the weights small where the past does not determine them. Do not form an inverse: solve, or
# give `numpy.linalg.lstsq` the matrix $P$ with the rows $\sqrt\lambda\,\mathbf 1$ below it, and $Y$ with zeros below it.
#
# **Exercise 6 (10 points).** Write both.

# %% [markdown] hint="baselines"
# For persistence, keep the last column as a column (a slice, not a number) and repeat it. For the weights, the ridge can be
# written as more rows of data: the matrix given to `lstsq` has `past.shape[1]` rows more.

# %% [markdown] hint="baselines"
# In the square of the norm the factor of those rows is squared, so they carry the root of λ. Their targets are zeros, with as
# many columns as the other targets.


# %% nbgrader={"grade": false, "grade_id": "baselines", "locked": false, "schema_version": 3, "solution": true, "task": false}
def persistence(past, n_output):
    """The last sample of each past, n_output times. past: shape (windows, past). Returns (windows, n_output)."""
    ### BEGIN SOLUTION
    return np.repeat(past[:, -1:], n_output, axis=1)
    ### END SOLUTION


def ar_weights(past, targets, ridge):
    """Weights A, shape (past, n_output), for which past @ A is nearest to the targets; see the formula above.

    past: shape (windows, past).   targets: shape (windows, n_output).   ridge: λ, 0 or more.
    """
    ### BEGIN SOLUTION
    rows = np.concatenate([past, np.sqrt(ridge) * np.eye(past.shape[1])])
    goals = np.concatenate([targets, np.zeros((past.shape[1], targets.shape[1]))])
    return np.linalg.lstsq(rows, goals, rcond=None)[0]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_baselines", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
check_array("persistence", persistence(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), 2), [[3, 3], [6, 6]])
_wave = np.sin(0.3 * np.arange(60) + 1)
_rows = np.stack([_wave[:-2], _wave[1:-1]], axis=1)
check_array(
    "weights of a sine wave: sin(t+1) = 2 cos(0.3) sin(t) - sin(t-1)",
    ar_weights(_rows, _wave[2:, None], 0.0),
    [[-1], [2 * np.cos(0.3)]],
    rtol=1e-5,
)
check_array(
    "weights with ridge 1, one past sample",
    ar_weights(np.array([[1.0], [2.0]]), np.array([[1.0], [1.0]]), 1.0),
    [[3 / 6]],
)
### BEGIN HIDDEN TESTS
_rng = np.random.default_rng(36)
_P, _Y = _rng.normal(size=(23, 6)), _rng.normal(size=(23, 4))
for _ridge in (0.0, 0.7, 40.0):
    _given = _P.copy(), _Y.copy()
    _A = ar_weights(_P, _Y, _ridge)
    check_array("the pasts, afterwards", _P, _given[0], rtol=0, atol=0)
    check_array("the targets, afterwards", _Y, _given[1], rtol=0, atol=0)
    check_array("shape of the weights", np.shape(_A), [6, 4])
    _slope = np.zeros((6, 4))
    for _w in range(23):
        for _h in range(4):
            _error = sum(_P[_w, _k] * _A[_k, _h] for _k in range(6)) - _Y[_w, _h]
            for _k in range(6):
                _slope[_k, _h] += _error * _P[_w, _k]
    check_array(
        f"slope of the squared error with ridge {_ridge} at your weights",
        _slope + _ridge * _A,
        np.zeros((6, 4)),
        atol=1e-6,
    )
_past = _rng.normal(size=(3, 8))
check_array("persistence", persistence(_past, 5), [[_past[_w, 7]] * 5 for _w in range(3)])
### END HIDDEN TESTS

# %% [markdown]
# ## A forecast that feeds on itself
#
# To look further than one frame the network must take its own prediction for the truth: predict a frame, append it, let
# the past slide on, predict again. The script that circulates with this lecture draws a long "prediction" that re-reads
# the true signal before every frame. That is a row of one-step predictions, and it can never go far astray.
#
# **Exercise 7 (10 points).** You are handed the whole signal. Read nothing of it from `start` on.

# %% [markdown] hint="free_running"
# Keep a list that begins with the true past, and let predictions be appended to it. What the model reads is always the end
# of this list.

# %% [markdown] hint="free_running"
# After each prediction, all of its samples are appended; the next past is the last `n_past` entries. At the end the true
# past at the beginning of the list has to be left out.


# %% nbgrader={"grade": false, "grade_id": "free_running", "locked": false, "schema_version": 3, "solution": true, "task": false}
def free_running(predict, signal, start, n_past, n_frames):
    """Forecast n_frames frames from sample `start` on, from the n_past true samples before it.

    predict: a function from a past, shape (n_past,), to the next frame, shape (n_output,).
    signal: shape (samples,); only samples before `start` may be used.
    Returns shape (n_frames * n_output,).
    """
    ### BEGIN SOLUTION
    history = list(signal[start - n_past : start])
    for _ in range(n_frames):
        history.extend(predict(np.array(history[-n_past:])))
    return np.array(history[n_past:])
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check_free_running", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
_forecast = free_running(
    lambda past: past[-1] + np.array([1.0, 2.0]),
    np.array([5.0, 7.0, 9.0, 0.0, 0.0, 0.0]),
    start=3,
    n_past=2,
    n_frames=2,
)
check_array("each frame goes on from the frame before", _forecast, [10, 11, 12, 13])
_wave = np.sin(0.3 * np.arange(60))
_forecast = free_running(
    lambda past: np.array([2 * np.cos(0.3) * past[-1] - past[-2]]), _wave, start=20, n_past=2, n_frames=30
)
check_array("a sine wave goes on by itself", _forecast, _wave[20:50], atol=1e-6)
### BEGIN HIDDEN TESTS
_rng = np.random.default_rng(37)
_A = _rng.normal(size=(7, 3))
_signal = _rng.normal(size=50)
_hidden_future = _signal.copy()
_hidden_future[21:] = np.nan
_before = _signal.copy()
_history = list(_signal[14:21])
for _ in range(4):
    _last = _history[-7:]
    _history += [np.tanh(sum(_last[_k] * _A[_k, _h] for _k in range(7))) for _h in range(3)]
check_array("forecast", free_running(lambda past: np.tanh(past @ _A), _signal, 21, 7, 4), _history[7:])
check_array("the signal, afterwards", _signal, _before, rtol=0, atol=0)
check_array(
    "forecast where the truth from start on is not known",
    free_running(lambda past: np.tanh(past @ _A), _hidden_future, 21, 7, 4),
    _history[7:],
)
### END HIDDEN TESTS

# %% [markdown]
# ## The comparison
#
# Every model gets the same past. The linear model's order and ridge are chosen on the validation part, up to that whole
# past (220 or 2,500 samples); each of its 100 outputs has weights of its own. "Repeat the last frame" is a second kind of
# persistence, fair to a signal that repeats itself.

# %% tags=["experiment"]
scores, chosen = {}, {}
for task in tasks:
    orders = choose(check=(50,), quick=(50, 100, 200, 400, 1000, 2500), full=(50, 100, 200, 400, 1000, 2500))
    chosen[task.name] = linear = lab.linear_ar(task, orders, ridges=(1e-3, 1e-2, 1e-1))
    predictors = {
        "persistence": lab.persistence(task),
        "repeat the last frame": lab.repeat_last_frame(task),
        "linear AR": linear.predict,
    }
    for name in ("sliding predictor", "LSTM", "PeepholeLSTM"):
        predictors[name] = lab.network_predictor(networks[task.name, name], task)
    scores[task.name] = {name: lab.score(task, predict) for name, predict in predictors.items()}
    print(lab.score_table(task, scores[task.name]))
    print(f"  (linear AR of order {linear.order}, ridge {linear.ridge:g})\n")

# %% [markdown]
# One step ahead, on test windows that the LSTM predicts middlingly well (the median of the free-running errors, neither
# the best nor the worst):

# %% tags=["experiment"] alt="Two line plots of a past, of what followed and of three forecasts of 100 samples. On the watch, 2 s: the truth dips, rises to a peak and dips again; the LSTM's forecast is an almost flat line near 0.15 g, linear autoregression draws one slow wave that is partly out of step, persistence a flat line at 0.55 g. On the machine, 0.1 s: LSTM and linear model both follow two turns of the shaft; the LSTM's line is smoother and reaches the second peak, where the linear model is too low."
figure, axes = plt.subplots(2, 1, figsize=(10, 5.6), layout="constrained")
for ax, task in zip(axes, tasks, strict=True):
    which = lab.typical_window(task, scores[task.name]["LSTM"])
    first = {name: scores[task.name][name].forecast[which, :n_input] for name in ("LSTM", "linear AR", "persistence")}
    forecasts(
        ax,
        task.long_test.past[which],
        task.long_test.target[which, :n_input],
        first,
        task.sampling_rate,
        unit=task.unit,
    )
    ax.set_title(f"{task.name}: the next {n_input} samples")
plt.show()

# %% [markdown]
# In the profile `quick` the LSTM's line on the watch is almost flat: it has found the level, by which the recordings differ
# most, but not the wave, and the linear model's wave is out of step. Both errors are called RMSE. Of two models with the same
# RMSE one may still be of no use, so look at the forecasts, too.
#
# The same windows, free-running: after each grey line a model lives on what it has said itself.

# %% tags=["experiment"] alt="The same two windows, forecast for 3 and 5 frames. On the watch, 6 s: the LSTM's forecast stays an almost flat line near 0.15 g while the truth goes through six peaks; linear autoregression draws slow waves that do not keep step. On the machine, 0.5 s: the LSTM keeps up the shaft's swing through all ten turns, falling slightly behind towards the end, while the linear model has died away to small ripples after 0.1 s."
figure, axes = plt.subplots(2, 1, figsize=(10, 5.6), layout="constrained")
for ax, task in zip(axes, tasks, strict=True):
    which = lab.typical_window(task, scores[task.name]["LSTM"])
    whole = {name: scores[task.name][name].forecast[which] for name in ("LSTM", "linear AR", "persistence")}
    forecasts(
        ax,
        task.long_test.past[which],
        task.long_test.target[which],
        whole,
        task.sampling_rate,
        frame=n_input,
        unit=task.unit,
    )
    ax.set_title(f"{task.name}: {task.n_frames} frames, free-running")
plt.show()

# %% [markdown]
# On the machine the LSTM follows the shaft and leaves most of the ringing at 180 Hz out.
#
# How far ahead is anything known? The RMSE of each sample over all test windows that are long enough:

# %% tags=["experiment"] alt="Two plots of the RMSE over the time after the last sample seen, for six models, with the signal's standard deviation as a dashed line. On the watch linear autoregression is best for the first 0.1 s; then LSTM, peephole LSTM and sliding predictor lie together, from 0.25 g to 0.62 g after 6 s, below the linear model until 4.5 s, and all below the dashed line at 0.78 g; persistence swings far above it. On the machine the two LSTMs lie together and lowest, from 0.26 g to 0.49 g after 0.5 s; the sliding predictor reaches the dashed line at 0.51 g after 0.37 s, the linear model after 0.2 s."
figure, axes = plt.subplots(2, 1, figsize=(10, 6.4), layout="constrained")
for ax, task in zip(axes, tasks, strict=True):
    errors = {name: scored.by_horizon for name, scored in scores[task.name].items()}
    horizon_error(ax, errors, task.sampling_rate, frame=n_input, unit=task.unit)
    spread = float(np.std(task.long_test.target))
    ax.axhline(spread, color="black", linewidth=0.8, linestyle="--", label="standard deviation")
    ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False)
    ax.set_title(task.name)
plt.show()

# %% [markdown]
# Three things are worth a look. In the very first samples the linear model is ahead of the networks. On the recordings the
# sliding predictor, which has no state at all, equals the LSTM: there the lesson's network has no advantage over a
# convolution over the same past. (On the machine it has.) And free-running errors tend to the signal's standard deviation,
# where a forecast is worth no more than the mean.
#
# ### When not to use a network
#
# The machine above swings in speed, by 15 %, so what holds now does not hold a second later, and no *fixed* weighted sum
# fits. That is where a network can gain: the swing was chosen to show it. At a constant speed the signal is a sum of
# sinusoids and decaying ones, which obeys a linear recursion exactly, but for the noise and the rollers' slip, and the
# linear model, fitted in a second, does far better than above. Set `speed_swing=0.0` at the top and run the notebook
# again: which model would you take then?

# %% tags=["experiment"]
steady = rotating_machine(
    choose(check=20.0, quick=60.0, full=60.0), shaft_frequency=20.0, speed_swing=0.0, noise=0.05, seed=0
)
early, late = split_by_time(len(steady.acceleration), shares=(0.7, 0.3), gap=1_000)
fit_on = cut_windows(steady.acceleration[early], n_past=100, n_output=n_input, stride=9)
held = cut_windows(steady.acceleration[late], n_past=100, n_output=n_input, stride=23)
steady_ar = fit_linear_ar(fit_on.past, fit_on.target, order=100, ridge=1e-3)
steady_rmse = float(np.sqrt(np.mean((steady_ar.predict(held.past) - held.target) ** 2)))
print(f"Linear AR, next {n_input} samples, at constant speed: {steady_rmse:.3f} g (the noise alone is 0.050 g);")
print(f"at a swinging speed: {scores['machine']['linear AR'].one_step:.3f} g.")

# %% [markdown]
# ## Does the claim hold?
#
# The LSTM should beat both kinds of persistence and the linear model, one frame ahead, on time that nobody was trained on,
# for both signals. That it should beat the sliding predictor is not claimed; its errors stand beside.

# %% tags=["experiment"]
simple = ("persistence", "repeat the last frame", "linear AR")
holds = all(scores[task.name]["LSTM"].one_step < scores[task.name][name].one_step for task in tasks for name in simple)
report_result(
    figure="LSTM, next frame: "
    + ", ".join(f"{task.name} {scores[task.name]['LSTM'].one_step:.2f} {task.unit}" for task in tasks),
    baseline="linear AR "
    + ", ".join(f"{scores[task.name]['linear AR'].one_step:.2f}" for task in tasks)
    + ", sliding predictor "
    + ", ".join(f"{scores[task.name]['sliding predictor'].one_step:.2f}" for task in tasks)
    + ", persistence "
    + ", ".join(f"{scores[task.name]['persistence'].one_step:.2f}" for task in tasks),
    holds=holds,
)

# %% [markdown]
# ## Question (15 points)
#
# A colleague shows you a picture: 2,000 samples of vibration and, lying exactly on them, "the LSTM's prediction". The
# script deals windows into training and test sets at random, and re-reads the measured signal before each frame.
#
# 1. What does each of these two choices do to the error, and which figures would you ask for instead?
# 2. Use the error over the horizon above. Beyond about which horizon does the LSTM know no more than the signal's mean, and
#    what must *any* forecast do there? Why does the persistence curve rise above the signal's standard deviation?
# 3. Name a machine for which you would advise your colleague to use the linear model, and say why.

# %% [markdown] nbgrader={"grade": true, "grade_id": "question", "locked": false, "points": 15, "schema_version": 3, "solution": true, "task": false}
# ### BEGIN SOLUTION
# 1. *(6 points)* Random dealing puts every test window between training windows that share most of its samples, so the
#    test error is hardly more than the training error (it measures memory); re-reading the truth resets the error before
#    every frame, so it never grows with time. Ask for a split by time with a gap, for the one-step and the free-running
#    RMSE with their unit, and for persistence and a linear AR in the same table.
# 2. *(5 points)* Where the LSTM's curve meets the dashed line. There the best forecast in the squared sense is the mean
#    of what can still happen: the forecast flattens out. Persistence adds the last sample's own deviation to the future
#    one's; if the two are uncorrelated their variances add, which gives $\sqrt 2$ times the standard deviation.
# 3. *(4 points)* One at constant speed, with little data, or where every coefficient must be explained: sinusoids and
#    ringing resonances obey a linear recursion exactly, least squares finds its global optimum in seconds, and what is
#    left is noise that no model predicts. A network pays off when the rule itself changes (speed, load, kind of motion).
# ### END SOLUTION
