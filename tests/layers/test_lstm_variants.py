"""Greff's variants of the LSTM against plain loops, Keras's LSTM, torchrecurrent's cells, counts and limits."""

import keras
import numpy as np
import pytest
from keras import ops

from rnnkit import PeepholeLSTM
from rnnkit.layers import GREFF_VARIANTS, PeepholeLSTMCell
from tests.oracles import lstm_variants

B, T, M, N = 3, 5, 4, 2
FLAGS = {name: {"np_" if name == "NP" else name.lower(): True} for name in GREFF_VARIANTS if name != "V"} | {"V": {}}
DOUBLE = keras.backend.backend() == "tensorflow"
# Keras 3.15 rounds to single precision on the way, in float64 too: in `matmul` on PyTorch, in `tanh` on JAX.
RTOL, ATOL = (1e-9, 0.0) if DOUBLE else (1e-4, 1e-6)
MISSING = {"NIG": "i", "NFG": "f", "NOG": "o", "CIFG": "f"}


def numpy(value):
    return ops.convert_to_numpy(value)


def close(received, expected):
    np.testing.assert_allclose(numpy(received), numpy(expected), rtol=RTOL, atol=ATOL)


def random_layer(seed=1, **kwargs):
    layer = PeepholeLSTM(N, dtype="float64", return_sequences=True, **kwargs)
    layer.build((None, None, M))
    rng = np.random.default_rng(seed)
    layer.set_weights([rng.normal(size=w.shape) for w in layer.get_weights()])
    return layer


def named_weights(layer, gates):
    """The weights by the paper's names, taken from the layer's in the documented order."""
    weights = {w.name: numpy(w) for w in layer.weights}
    named = {}
    for place, letter in enumerate([k for k in "ifzo" if k in gates + "z"]):
        columns = slice(place * N, (place + 1) * N)
        named[f"W_{letter}"] = weights["kernel"][:, columns].T
        named[f"R_{letter}"] = weights["recurrent_kernel"][:, columns].T
        named[f"b_{letter}"] = weights["bias"][columns]
    for row, letter in enumerate(gates):
        if "peephole_kernel" in weights:
            named[f"p_{letter}"] = weights["peephole_kernel"][row]
        for place, target in enumerate(gates):
            if "gate_recurrent_kernel" in weights:
                block = weights["gate_recurrent_kernel"][row * N : (row + 1) * N, place * N : (place + 1) * N]
                named[f"R_{letter}{target}"] = block.T
    return named


def against_the_oracle(gates, flags, **settings):
    rng = np.random.default_rng(5)
    layer = random_layer(return_state=True, return_gates=True, **settings)
    x = rng.normal(size=(B, T, M))
    start = [rng.normal(size=(B, N)) for _ in layer.state_size]
    y, shown, last_y, last_c, *last_gates = layer(x, initial_state=start)
    for b in range(B):
        before = {letter: state[b] for letter, state in zip(gates, start[2:], strict=False)}
        expected, cells, seen = lstm_variants.lstm(
            x[b], named_weights(layer, gates), start[0][b], start[1][b], before, **flags
        )
        close(y[b], expected)
        close(last_y[b], expected[-1])
        close(last_c[b], cells[-1])
        for name, values in shown.items():
            close(values[b], seen[name[0]])
        for letter, values in zip(gates, last_gates, strict=False):
            close(values[b], seen[letter][-1])
    return shown, last_gates


@pytest.mark.parametrize("name", GREFF_VARIANTS)
def test_equals_the_equations_in_plain_loops(name):
    gates = "ifo".replace(MISSING.get(name, " "), "")
    shown, last_gates = against_the_oracle(gates, FLAGS[name], **GREFF_VARIANTS[name])
    there = gates if name != "CIFG" else "ifo"
    assert [key[0] for key in shown] == sorted(there)
    assert len(last_gates) == (3 if name == "FGR" else 0)


@pytest.mark.parametrize(
    "names", [("CIFG", "FGR"), ("NIG", "FGR", "NP"), ("NFG", "NOG", "NIAF"), ("CIFG", "NOG", "NOAF", "NP")]
)
def test_variants_combine(names):
    settings, flags, gates = {}, {}, "ifo"
    for name in names:
        settings |= GREFF_VARIANTS[name]
        flags |= FLAGS[name]
        gates = gates.replace(MISSING.get(name, " "), "")
    against_the_oracle(gates, flags, **settings)


@pytest.mark.parametrize("name", GREFF_VARIANTS)
@pytest.mark.parametrize("use_bias", [True, False])
def test_weight_count_in_closed_form(name, use_bias):
    layer = PeepholeLSTM(N, use_bias=use_bias, **GREFF_VARIANTS[name])
    layer.build((None, None, M))
    blocks = 3 if name in MISSING else 4
    peepholes = 0 if name == "NP" else blocks - 1
    nine = 9 * N * N if name == "FGR" else 0
    assert layer.count_params() == blocks * (M * N + N * N + use_bias * N) + peepholes * N + nine


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_without_peepholes_it_is_keras_lstm_exactly(activation):
    x = np.random.default_rng(2).normal(size=(B, T, M))
    layer = random_layer(activation=activation, **GREFF_VARIANTS["NP"])
    peer = keras.layers.LSTM(N, activation=activation, return_sequences=True, dtype="float64", use_cudnn=False)
    peer.build((None, None, M))
    peer.set_weights(layer.get_weights())
    close(layer(x), peer(x))
    if DOUBLE:
        np.testing.assert_array_equal(numpy(layer(x)), numpy(peer(x)))


def test_without_either_activation_it_is_keras_linear_lstm():
    x = np.random.default_rng(2).normal(size=(B, T, M))
    settings = GREFF_VARIANTS["NIAF"] | GREFF_VARIANTS["NOAF"] | GREFF_VARIANTS["NP"]
    layer = random_layer(**settings)
    peer = keras.layers.LSTM(N, activation="linear", return_sequences=True, dtype="float64", use_cudnn=False)
    peer.build((None, None, M))
    peer.set_weights(layer.get_weights())
    close(layer(x), peer(x))
    if DOUBLE:
        np.testing.assert_array_equal(numpy(layer(x)), numpy(peer(x)))


@pytest.mark.parametrize("name", ["NIG", "NFG", "NOG"])
def test_a_missing_gate_is_the_limit_of_a_large_bias(name):
    x = np.random.default_rng(3).normal(size=(B, T, M))
    vanilla = random_layer()
    kernel, recurrent, peepholes, bias = vanilla.get_weights()
    place, row = "ifzo".index(MISSING[name]), "ifo".index(MISSING[name])
    columns = np.r_[place * N : (place + 1) * N]
    kernel[:, columns] = recurrent[:, columns] = peepholes[row] = 0.0
    bias[columns] = 1000.0  # σ is 1
    vanilla.set_weights([kernel, recurrent, peepholes, bias])
    layer = random_layer(**GREFF_VARIANTS[name])
    rest = [np.delete(w, columns, axis=-1) for w in (kernel, recurrent, bias)]
    layer.set_weights([rest[0], rest[1], np.delete(peepholes, row, axis=0), rest[2]])
    close(layer(x), vanilla(x))


def test_coupled_gates_are_a_vanilla_lstm_with_opposite_forget_weights():
    """1 − σ(a) = σ(−a)."""
    x = np.random.default_rng(3).normal(size=(B, T, M))
    coupled = random_layer(return_gates=True, **GREFF_VARIANTS["CIFG"])
    kernel, recurrent, peepholes, bias = coupled.get_weights()
    vanilla = random_layer(return_gates=True)
    with_f = [np.concatenate([w[..., :N], -w[..., :N], w[..., N:]], axis=-1) for w in (kernel, recurrent, bias)]
    rows = np.stack([peepholes[0], -peepholes[0], peepholes[1]])
    vanilla.set_weights([with_f[0], with_f[1], rows, with_f[2]])
    (y, gates), (expected, expected_gates) = coupled(x), vanilla(x)
    close(y, expected)
    for name in ("forget_gate", "input_gate", "output_gate"):
        close(gates[name], expected_gates[name])


def _torch_sequence(cell, x):
    torch = pytest.importorskip("torch")
    h, c = (torch.zeros(B, N, dtype=torch.float64) for _ in range(2))
    outputs = []
    with torch.no_grad():
        for step in torch.tensor(x).unbind(1):
            h, c = cell(step, (h, c))
            outputs.append(h.numpy())
    return np.stack(outputs, axis=1)


def _blocks(weights, order):
    """Kernel, recurrent kernel and bias, transposed, in another order of their columns."""
    return [np.concatenate([np.split(w, len(order), axis=-1)[k] for k in order], axis=-1).T for w in weights]


@pytest.mark.parametrize(
    ("peer", "names", "order"),
    [
        ("PeepholeLSTMCell", ("V",), (0, 1, 2, 3)),
        ("OriginalLSTMCell", ("NFG", "NP"), (0, 1, 2)),
        ("JANETCell", ("CIFG", "NOG", "NOAF", "NP"), (0, 1)),
    ],
)
def test_equals_the_cells_of_torchrecurrent(peer, names, order):
    cells, torch = pytest.importorskip("torchrecurrent"), pytest.importorskip("torch")
    x = np.random.default_rng(4).normal(size=(B, T, M))
    settings = {key: value for name in names for key, value in GREFF_VARIANTS[name].items()}
    layer = random_layer(**settings)
    weights = {w.name: numpy(w) for w in layer.weights}
    kernel, recurrent, bias = _blocks([weights[k] for k in ("kernel", "recurrent_kernel", "bias")], order)
    extra = {"beta": 0.0} if peer == "JANETCell" else {}
    cell = getattr(cells, peer)(M, N, dtype=torch.float64, **extra)
    if peer == "JANETCell":  # its gate is the forget gate, ours the input gate: σ(−a) = 1 − σ(a)
        for matrix in (kernel, recurrent, bias):
            matrix[:N] *= -1
    values = {"weight_ih": kernel, "weight_hh": recurrent, "bias_ih": bias, "bias_hh": 0.0 * bias}
    if "peephole_kernel" in weights:
        values["weight_ph"] = weights["peephole_kernel"].reshape(-1)
    with torch.no_grad():
        for name, value in values.items():
            getattr(cell, name).copy_(torch.tensor(np.ascontiguousarray(value)).reshape(getattr(cell, name).shape))
    close(layer(x), _torch_sequence(cell, x))


@pytest.mark.parametrize("name", ["FGR", "CIFG"])
def test_gradients_equal_finite_differences(name):
    from rnnkit._autodiff import value_and_gradients

    if not DOUBLE:
        pytest.skip("finite differences need double precision")
    x = np.random.default_rng(6).normal(size=(2, 4, M))
    layer = random_layer(**GREFF_VARIANTS[name])
    values = [numpy(w).copy() for w in layer.weights]
    direction = np.random.default_rng(7).normal(size=(2, 4, N))

    def loss(weights):
        mapping = [(v, ops.convert_to_tensor(w)) for v, w in zip(layer.trainable_weights, weights, strict=True)]
        with keras.StatelessScope(state_mapping=mapping):
            return ops.sum(layer(x) * direction)

    _, gradients = value_and_gradients(lambda flat: (loss(flat), None), [ops.convert_to_tensor(v) for v in values])
    rng = np.random.default_rng(8)
    for place, value in enumerate(values):
        for _ in range(4):
            index = tuple(rng.integers(size) for size in value.shape)
            ends = []
            for sign in (1, -1):
                moved = [v.copy() for v in values]
                moved[place][index] += sign * 1e-6
                ends.append(float(loss(moved)))
            expected = (ends[0] - ends[1]) / 2e-6
            np.testing.assert_allclose(numpy(gradients[place])[index], expected, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("name", GREFF_VARIANTS)
def test_unit_forget_bias_where_there_is_a_forget_gate(name):
    layer = PeepholeLSTM(N, bias_initializer=keras.initializers.Constant(0.25), **GREFF_VARIANTS[name])
    layer.build((None, None, M))
    columns = [k for k in "ifzo" if k != MISSING.get(name)]
    expected = np.concatenate([np.full(N, 1.0 if k == "f" else 0.25) for k in columns])
    np.testing.assert_array_equal(numpy(layer.cell.bias), expected)


@pytest.mark.parametrize("name", GREFF_VARIANTS)
def test_configuration_saving_masks_and_state(name, tmp_path):
    layer = PeepholeLSTM(N, return_state=True, **GREFF_VARIANTS[name])
    assert PeepholeLSTM.from_config(layer.get_config()).get_config() == layer.get_config()
    x = np.random.default_rng(9).normal(size=(B, T, M))
    mask = np.ones((B, T), bool)
    mask[:, 1] = False
    for masked, short in zip(layer(x, mask=mask), layer(np.delete(x, 1, axis=1)), strict=True):
        close(masked, short)
    whole = layer(x)
    continued = layer(x[:, 3:], initial_state=layer(x[:, :3])[1:])
    close(whole[0], continued[0])
    model = keras.Sequential([keras.Input((T, M)), PeepholeLSTM(N, **GREFF_VARIANTS[name])])
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(numpy(loaded(x)), numpy(model(x)))


def test_same_output_activation_follows_the_activation():
    assert PeepholeLSTMCell(N, activation="relu").output_activation is keras.activations.relu
    assert PeepholeLSTMCell(N, activation="relu", output_activation=None).output_activation is keras.activations.linear


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"coupled_gates": True, "input_gate": False}, "coupled_gates: expected False where input_gate is False"),
        ({"coupled_gates": True, "forget_gate": False}, "coupled_gates: expected False where forget_gate is False"),
        ({"peepholes": "no"}, "peepholes: expected True or False, received 'no'"),
        ({"output_activation": "tanj"}, "output_activation: expected the name of a Keras activation"),
        (
            {"input_gate": False, "forget_gate": False, "output_gate": False, "full_gate_recurrence": True},
            "full_gate_recurrence: expected False for a cell without gates",
        ),
    ],
)
def test_contradictions_are_refused(settings, message):
    for kind in (PeepholeLSTM, PeepholeLSTMCell):
        with pytest.raises(ValueError, match=message):
            kind(N, **settings)
