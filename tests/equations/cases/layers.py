"""Cells, in float64, called step by step on one sequence."""

from types import SimpleNamespace

import keras
import numpy as np
from keras import ops
from numpy.testing import assert_allclose

import rnnkit
from rnnkit.layers import (
    GREFF_VARIANTS,
    CFNCell,
    CTRNNCell,
    DeepRNNCell,
    EchoStateCell,
    ElmanCell,
    Gate,
    GRUCell,
    JordanCell,
    MemoryBlocksCell,
    NARXCell,
    OutputFeedbackCell,
    PeepholeLSTMCell,
)
from tests.equations.cases import case
from tests.layers.test_lstm_variants import FLAGS, MISSING, named_weights
from tests.oracles import continuous_time, gated, lstm_variants, recurrent, reservoirs

T, M, N, J = 3, 4, 3, 2
L = "rnnkit.layers"


def random_cell(kind, *args, seed=0, **settings):
    """A cell with all its weights random."""
    cell = kind(*args, dtype="float64", **settings)
    cell.build((None, M))
    cell.built = True
    rng = np.random.default_rng(seed)
    for weight in cell.weights:
        if weight.dtype == "float64":
            weight.assign(rng.normal(size=weight.shape))
    return cell


def run(cell, x, states):
    """Outputs, and states after each step, of a sequence (T, M) from states without the batch's axis."""
    states, outputs, seen = [ops.convert_to_tensor(np.array(s)[None]) for s in states], [], []
    for row in x:
        y, states = cell(ops.convert_to_tensor(row[None]), states)
        outputs.append(ops.convert_to_numpy(y)[0])
        seen.append([ops.convert_to_numpy(s)[0] for s in states])
    return np.array(outputs), seen


def inputs(seed=1):
    rng = np.random.default_rng(seed)
    return rng, rng.normal(size=(T, M))


def matrix(value):
    return ops.convert_to_numpy(value)


def with_ones(bias, *matrices):
    """The lecture's v or ω: the bias is the first row."""
    return np.concatenate([matrix(bias)[None], *(matrix(part) for part in matrices)])


@case(f"{L}.elman.ElmanCell", f"{L}.jordan.JordanCell")
def elman_and_jordan():
    rng, x = inputs()
    settings = dict(activation="tanh", output_activation="sigmoid")
    cell = random_cell(ElmanCell, N, J, **settings)
    v, omega = with_ones(cell.bias, cell.kernel, cell.recurrent_kernel), with_ones(cell.output_bias, cell.output_kernel)
    f = rng.normal(size=N)
    expected, hidden = recurrent.elman(x, v, omega, np.tanh, recurrent.sigmoid, f)
    found, states = run(cell, x, [f])
    assert_allclose(found, expected, atol=1e-12)
    assert_allclose([state for (state,) in states], hidden, atol=1e-12)
    cell = random_cell(JordanCell, N, J, decay=0.4, **settings)
    v, omega = with_ones(cell.bias, cell.kernel, cell.recurrent_kernel), with_ones(cell.output_bias, cell.output_kernel)
    s = rng.normal(size=J)
    expected, _, contexts = recurrent.jordan(x, v, omega, np.tanh, recurrent.sigmoid, 0.4, s)
    found, states = run(cell, x, [np.zeros(J), s])
    assert_allclose(found, expected, atol=1e-12)
    assert_allclose([state[1] for state in states], contexts, atol=1e-12)


@case(f"{L}.output_feedback.OutputFeedbackCell")
def output_feedback():
    rng, x = inputs()
    cell = random_cell(OutputFeedbackCell, N, J, activation="tanh", output_activation="sigmoid")
    y, h = rng.normal(size=J), rng.normal(size=N)
    v, omega = matrix(cell.v), matrix(cell.omega)
    expected, _ = recurrent.output_feedback(x, v, omega, np.tanh, recurrent.sigmoid, y, h)
    assert_allclose(run(cell, x, [y, h])[0], expected, atol=1e-12)


@case(f"{L}.narx.NARXCell")
def narx():
    _, x = inputs()
    cell = random_cell(NARXCell, N, J, input_delays=1, output_delays=2)
    weights = {w.name: matrix(w) for w in cell.weights}
    found, _ = run(cell, x, [np.zeros(2 * J), np.zeros(M)])
    assert_allclose(found, recurrent.narx(x, None, weights, 1, 2), atol=1e-12)


@case(f"{L}.memory_blocks.MemoryBlocksCell")
def memory_blocks():
    _, x = inputs()
    cell = random_cell(MemoryBlocksCell, 2, 3)
    weights = {w.name: matrix(w) for w in cell.weights}
    found, _ = run(cell, x, [np.zeros(size) for size in cell.state_size])
    assert_allclose(found, recurrent.memory_blocks(x, weights, 2, 3), atol=1e-12)


@case(f"{L}.deep.DeepRNNCell")
def deep():
    _, x = inputs()
    C = [[1, 0, 1, 0], [1, 1, 1, 1], [0, 1, 1, 0], [1, 1, 0, 1]]
    plain = [keras.layers.SimpleRNNCell(size, dtype="float64") for size in (4, 2, 5)]
    cell = random_cell(DeepRNNCell, plain, C)
    states, outputs = cell.get_initial_state(batch_size=1), []
    for row in x:
        y, states = cell(ops.convert_to_tensor(row[None]), states)
        outputs.append(matrix(y)[0])
    assert_allclose(outputs, recurrent.deep_tanh(x, [c.get_weights() for c in plain], C), atol=1e-12)


@case(f"{L}.peephole_lstm.PeepholeLSTMCell")
def peephole_lstm():
    rng, x = inputs()
    cell = random_cell(PeepholeLSTMCell, 2)
    y, c = rng.normal(size=2), rng.normal(size=2)
    expected, cells = recurrent.peephole_lstm(x, named_weights(cell, "ifo"), y, c)
    found, states = run(cell, x, [y, c])
    assert_allclose(found, expected, atol=1e-12)
    assert_allclose([state[1] for state in states], cells, atol=1e-12)


@case(f"{L}.peephole_lstm.PeepholeLSTMCell")
def lstm_variants_of_greff():
    for name in GREFF_VARIANTS:
        rng, x = inputs()
        gates = "".join(g for g in "ifo" if g != MISSING.get(name))
        cell = random_cell(PeepholeLSTMCell, 2, **GREFF_VARIANTS[name])
        start = [rng.normal(size=2) for _ in cell.state_size]
        before = dict(zip(gates, start[2:], strict=True)) if len(start) > 2 else None
        expected, cells, _ = lstm_variants.lstm(x, named_weights(cell, gates), *start[:2], before, **FLAGS[name])
        found, states = run(cell, x, start)
        assert_allclose(found, expected, atol=1e-12)
        assert_allclose([state[1] for state in states], cells, atol=1e-12)


@case(f"{L}.gru.GRUCell")
def gru():
    rng, x = inputs()
    cell = random_cell(GRUCell, N)
    kernel, recurrent_kernel, bias = (matrix(w) for w in (cell.kernel, cell.recurrent_kernel, cell.bias))
    (w_i, w_f, w_y), (u_i, u_f, u_y), (b_i, b_f, b_y) = (
        np.split(part.T, 3) for part in (kernel, recurrent_kernel, bias)
    )
    w = {"W_i_i": w_i, "W_f_i": w_f, "W_y_i": w_y, "W_i_o": u_i, "W_f_o": u_f, "W_y_y": u_y}
    y = rng.normal(size=N)
    expected, _, _ = gated.gru(x, {**w, "b_i": b_i, "b_f": b_f, "b_y": b_y}, y)
    assert_allclose(run(cell, x, [y])[0], expected, atol=1e-12)


@case(f"{L}.cfn.CFNCell")
def cfn():
    rng, x = inputs()
    cell = random_cell(CFNCell, N)
    V_theta, V_eta, W = np.split(matrix(cell.kernel).T, 3)
    (U_theta, U_eta), (b_theta, b_eta) = np.split(matrix(cell.recurrent_kernel).T, 2), np.split(matrix(cell.bias), 2)
    w = {
        "V_theta": V_theta,
        "V_eta": V_eta,
        "W": W,
        "U_theta": U_theta,
        "U_eta": U_eta,
        "b_theta": b_theta,
        "b_eta": b_eta,
    }
    h = rng.normal(size=N)
    assert_allclose(run(cell, x, [h])[0], gated.cfn(x, w, h)[0], atol=1e-12)


@case(f"{L}.gate.Gate")
def gate():
    layer, x = Gate(dtype="float64"), np.random.default_rng(2).normal(size=(2, M))
    layer(x)
    rng = np.random.default_rng(3)
    layer.set_weights([rng.normal(size=w.shape) for w in layer.get_weights()])
    A, b = layer.get_weights()
    assert_allclose(matrix(layer(x)), [gated.gate(row, A.T, b)[0] for row in x], atol=1e-12)


@case(f"{L}.ctrnn.CTRNNCell")
def ctrnn():
    rng, u = inputs()
    tau, x = [0.7, 1.0, 1.9], rng.normal(size=N)
    for method in ("euler", "rk4"):
        cell = random_cell(CTRNNCell, N, dt=0.6, tau=tau, method=method, substeps=2, activation="tanh")
        weights = matrix(cell.recurrent_kernel).T, matrix(cell.kernel).T, matrix(cell.bias)
        expected = continuous_time.ctrnn(u, weights, x, tau, 0.6, method, 2)
        assert_allclose(run(cell, u, [x])[0], expected, atol=1e-12)


@case(f"{L}.echo_state.EchoStateCell")
def echo_state():
    _, u = inputs()
    cell = random_cell(EchoStateCell, N, J, leak=0.6, feedback=True, output_activation=ops.arctan)
    names = ("kernel", "recurrent_kernel", "bias", "output_kernel", "output_bias", "feedback_kernel")
    w = SimpleNamespace(**{name: matrix(getattr(cell, name)) for name in names})
    expected = reservoirs.echo_state_network(
        u, w.kernel, w.recurrent_kernel, w.bias, 0.6, w.output_kernel, w.output_bias, w.feedback_kernel
    )
    assert_allclose(run(cell, u, [np.zeros(N), np.zeros(J)])[0], expected, atol=1e-12)


def fast(kind, *args, **settings):
    """Output, and gradients by inputs and weights, of a layer's compiled loop and of its plain one."""
    import tensorflow as tf

    results = []
    for fused in (True, False):
        layer = kind(*args, fused=fused, dtype="float64", return_sequences=True, **settings)
        layer.build((None, T, M))
        rng = np.random.default_rng(4)
        layer.set_weights([rng.normal(size=w.shape) for w in layer.get_weights()])
        x, weight = tf.constant(rng.normal(size=(2, T, M))), rng.normal(size=(2, T, layer.cell.output_size))

        @tf.function
        def both(x, layer=layer, weight=weight):
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = layer(x)
                loss = tf.reduce_sum(y * weight)
            return [y, *tape.gradient(loss, [x, *(w.value for w in layer.trainable_weights)])]

        results.append([value.numpy() for value in both(x)])
    for found, expected in zip(*results, strict=True):
        assert_allclose(found, expected, atol=1e-10)


@case(f"{L}.jordan.JordanCell")
def fast_jordan():
    for decay in (0.4, 0.0):
        fast(rnnkit.Jordan, N, J, decay=decay, activation="tanh")


@case(f"{L}.peephole_lstm.PeepholeLSTMCell")
def fast_lstm():
    fast(rnnkit.PeepholeLSTM, N)


@case(f"{L}.output_feedback.OutputFeedbackCell")
def fast_output_feedback():
    fast(rnnkit.OutputFeedback, N, J, activation="tanh")


@case(f"{L}.memory_blocks.MemoryBlocksCell")
def fast_memory_blocks():
    fast(rnnkit.MemoryBlocks, 2, 3)


@case(f"{L}.ctrnn.CTRNNCell")
def fast_ctrnn():
    fast(rnnkit.CTRNN, N, tau=np.linspace(1.0, 2.0, N), dt=0.5, activation="tanh")


@case(f"{L}.gru.GRUCell")
def fast_gru():
    fast(rnnkit.GRU, N)


@case(f"{L}.cfn.CFNCell")
def fast_cfn():
    fast(rnnkit.CFN, N)
