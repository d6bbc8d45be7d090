"""docs/from_torch.md: each row gives torch's numbers with torch's weights."""

import keras
import numpy as np
import pytest

import rnnkit

torch = pytest.importorskip("torch")
B, T, M, H = 4, 7, 3, 5
X = np.random.default_rng(8).normal(size=(B, T, M)).astype("float32")


def weights(peer, layer=0, way=""):
    """Of one layer and direction, as Keras has them."""
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    w, r, b, c = (getattr(peer, f"{name}_l{layer}{way}").detach().numpy() for name in names)
    return [w.T, r.T, b + c]


def lstm(**options):
    torch.manual_seed(3)
    return torch.nn.LSTM(M, H, batch_first=True, **options)


def layer(**options):
    return rnnkit.PeepholeLSTM(H, peepholes=False, return_sequences=True, **options)


def same(here, there):
    np.testing.assert_allclose(keras.ops.convert_to_numpy(here), there.detach().numpy(), rtol=1e-5, atol=1e-6)


def loaded(one, values):
    one.build((None, None, M))
    one.set_weights(values)
    return one


def test_outputs_and_states():
    peer = lstm()
    output, (h, c) = peer(torch.tensor(X))
    here = loaded(layer(return_state=True), weights(peer))(X)
    for one, other in zip(here, (output, h[0], c[0]), strict=True):
        same(one, other)


def test_initial_state_and_the_other_order():
    peer = lstm()
    start = np.random.default_rng(9).normal(size=(2, B, H)).astype("float32")
    peer.batch_first = False
    output, _ = peer(torch.tensor(X.swapaxes(0, 1)), tuple(torch.tensor(start)[:, None]))
    same(loaded(layer(), weights(peer))(X, initial_state=list(start)), output.transpose(0, 1))


def test_two_layers():
    peer = lstm(num_layers=2)
    cells = [rnnkit.PeepholeLSTMCell(H, peepholes=False) for _ in range(2)]
    deep = rnnkit.DeepRNN(cells, return_sequences=True)
    same(loaded(deep, weights(peer) + weights(peer, 1))(X), peer(torch.tensor(X))[0])


def test_both_directions():
    peer = lstm(bidirectional=True)
    both = keras.layers.Bidirectional(layer())
    same(loaded(both, weights(peer) + weights(peer, 0, "_reverse"))(X), peer(torch.tensor(X))[0])


def test_packed_sequences():
    peer, lengths = lstm(), np.array([7, 2, 5, 1])
    packed = torch.nn.utils.rnn.pack_padded_sequence(torch.tensor(X), lengths, batch_first=True, enforce_sorted=False)
    _, (h, c) = peer(packed)
    masked = rnnkit.PeepholeLSTM(H, peepholes=False, return_state=True)
    output, *states = loaded(masked, weights(peer))(X, mask=np.arange(T) < lengths[:, None])
    for one, other in zip((output, *states), (h[0], h[0], c[0]), strict=True):
        same(one, other)


def test_the_simple_and_the_gated_one():
    torch.manual_seed(4)
    peer = torch.nn.RNN(M, H, batch_first=True)
    same(loaded(keras.layers.SimpleRNN(H, return_sequences=True), weights(peer))(X), peer(torch.tensor(X))[0])
    peer = torch.nn.GRU(M, H, batch_first=True)
    w, r = (getattr(peer, f"weight_{name}_l0").detach().numpy().reshape(3, H, -1) for name in ("ih", "hh"))
    b = np.stack([getattr(peer, f"bias_{name}_l0").detach().numpy().reshape(3, H) for name in ("ih", "hh")])
    order = [1, 0, 2]  # Keras has the update gate first
    values = [np.concatenate(m[order]).T for m in (w, r)] + [b[:, order].reshape(2, -1)]
    same(loaded(keras.layers.GRU(H, return_sequences=True), values)(X), peer(torch.tensor(X))[0])
