"""The fast loop against the readable one: any cell, size, mask, state, dtype and option, outputs and gradients."""

import random
from functools import cache

import keras
import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")
pytest.importorskip("hypothesis")
from hypothesis import HealthCheck, given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

import rnnkit  # noqa: E402

if keras.backend.backend() != "tensorflow":
    pytest.skip("the fast path is TensorFlow's", allow_module_level=True)
from rnnkit.layers import GREFF_VARIANTS  # noqa: E402
from rnnkit.layers.fused import sizes  # noqa: E402

N, WORDS, STATEFUL_BATCH = 3, 7, 3


def _cells(dtype):
    return [rnnkit.PeepholeLSTMCell(4, dtype=dtype), rnnkit.GRUCell(3, dtype=dtype)]


KINDS = {
    "lstm": lambda **k: rnnkit.PeepholeLSTM(5, **k),
    "lstm, tokens": lambda **k: rnnkit.PeepholeLSTM(5, input_dim=WORDS, **k),
    "lstm, gates": lambda **k: rnnkit.PeepholeLSTM(5, return_gates=True, **k),
    **{
        f"lstm, {name}": lambda own=own, **k: rnnkit.PeepholeLSTM(5, **own, **k)
        for name, own in GREFF_VARIANTS.items()
        if own
    },
    "elman": lambda **k: rnnkit.Elman(5, 2, **k),
    "elman, tokens": lambda **k: rnnkit.Elman(5, 2, input_dim=WORDS, **k),
    "elman, hidden": lambda **k: rnnkit.Elman(5, 2, return_hidden=True, **k),
    "jordan": lambda **k: rnnkit.Jordan(5, 2, **k),
    "jordan, decay": lambda **k: rnnkit.Jordan(5, 2, decay=0.3, **k),
    "gru": lambda **k: rnnkit.GRU(5, **k),
    "gru, gates": lambda **k: rnnkit.GRU(5, return_gates=True, **k),
    "cfn": lambda **k: rnnkit.CFN(5, **k),
    "cfn, gates": lambda **k: rnnkit.CFN(5, return_gates=True, **k),
    "ctrnn": lambda **k: rnnkit.CTRNN(5, tau=[1.0, 2.0, 3.0, 4.0, 5.0], dt=0.5, trainable_tau=True, **k),
    "feedback": lambda **k: rnnkit.OutputFeedback(5, 2, **k),
    "feedback, hidden": lambda **k: rnnkit.OutputFeedback(5, 2, return_hidden=True, **k),
    "narx": lambda **k: rnnkit.NARX(5, 2, input_delays=1, output_delays=2, **k),
    "blocks": lambda **k: rnnkit.MemoryBlocks(2, 3, **k),
    "deep": lambda dtype, **k: rnnkit.layers.DeepRNN(_cells(dtype), dtype=dtype, **k),
    "deep, skip": lambda dtype, **k: rnnkit.layers.DeepRNN(_cells(dtype), "skip", dtype=dtype, **k),
}
OPTIONS = ("go_backwards", "return_sequences", "return_state", "stateful", "zero_output_for_mask")


def _configurations():
    """Each kind with every option on or off by chance, and float64 for every other."""
    rng = random.Random(0)
    for number, kind in enumerate(KINDS):
        options = {name: rng.random() < (0.15 if name == "stateful" else 0.5) for name in OPTIONS}
        dtype = ("float32", "float64")[number % 2]
        yield kind, dtype, options, rng.random() < 0.7, rng.random() < 0.6


CONFIGURATIONS = list(_configurations())


class Twins:
    """A fast and a readable layer with the same weights, each in one graph for all sizes."""

    def __init__(self, kind, dtype, options, masked, stated):
        self.dtype, self.masked, self.stateful = dtype, masked, options["stateful"]
        self.tokens = "tokens" in kind
        self.stated = stated and not self.stateful
        batch = STATEFUL_BATCH if self.stateful else None
        shape = (batch, None) if self.tokens else (batch, None, N)
        self.layers = [KINDS[kind](fused=fused, dtype=dtype, **options) for fused in ("auto", False)]
        for layer in self.layers:
            layer.build(shape)
            draws = [np.random.default_rng(k).normal(size=w.shape) for k, w in enumerate(layer.weights)]
            keep = [w.name == "tau" for w in layer.weights]
            layer.set_weights([w if k else 0.4 * d for w, d, k in zip(layer.get_weights(), draws, keep, strict=True)])
        self.structure = self.layers[0].state_size
        self.sizes = np.atleast_1d(tf.nest.flatten(self.structure)).tolist()
        signature = [tf.TensorSpec(shape, "int32" if self.tokens else dtype), tf.TensorSpec((batch, None), "bool")]
        signature += [tf.TensorSpec((batch, size), dtype) for size in self.sizes]
        self.graphs = [tf.function(self._of(layer), input_signature=signature) for layer in self.layers]

    def _of(self, layer):
        weights = [w.value for w in layer.trainable_weights]

        def compute(x, mask, *states):
            by = [*([] if self.tokens else [x]), *(states if self.stated else ()), *weights]
            with tf.GradientTape() as tape:
                tape.watch(by)
                own = {"initial_state": self._nested(states)} if self.stated else {}
                outputs = tf.nest.flatten(layer(x, mask=mask if self.masked else None, training=True, **own))
                loss = sum(tf.reduce_sum(tf.sin((k + 1.0) * y)) for k, y in enumerate(outputs))
            return outputs, tape.gradient(loss, by, unconnected_gradients="zero")

        return compute

    def _nested(self, states):
        return (
            tf.nest.pack_sequence_as(self.structure, list(states))
            if tf.nest.is_nested(self.structure)
            else list(states)
        )

    def compare(self, batch, steps, mask, seed):
        rng = np.random.default_rng(seed)
        batch = STATEFUL_BATCH if self.stateful else batch
        shape = (batch, steps) if self.tokens else (batch, steps, N)
        x = rng.integers(WORDS, size=shape).astype("int32") if self.tokens else rng.normal(size=shape)
        states = [rng.uniform(0.1, 0.9, size=(batch, size)) for size in self.sizes]
        counts = MASKS[mask](batch, steps, rng)
        results = []
        for layer, graph in zip(self.layers, self.graphs, strict=True):
            if self.stateful:
                layer.set_states(self._nested([state.astype(self.dtype) for state in states]))
            arguments = [tf.constant(x, None if self.tokens else self.dtype), tf.constant(counts)]
            got = tf.nest.flatten(graph(*arguments, *(tf.constant(state, self.dtype) for state in states)))
            results.append([*got, *(tf.nest.flatten(layer.get_states()) if self.stateful else ())])
        tolerance = {"float32": 1e-5, "float64": 1e-12}[self.dtype]
        for ours, theirs in zip(*map(tf.nest.flatten, results), strict=True):
            size = max(1.0, np.max(np.abs(theirs), initial=0.0))
            np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance * size)


@cache
def twins(number):
    return Twins(*CONFIGURATIONS[number])


MASKS = {
    "all": lambda b, t, r: np.ones((b, t), bool),
    "none": lambda b, t, r: np.zeros((b, t), bool),
    "any": lambda b, t, r: r.random((b, t)) < 0.5,
    "seldom": lambda b, t, r: r.random((b, t)) < 0.1,
    "padded": lambda b, t, r: np.arange(t) < r.integers(0, t + 1, size=(b, 1)),
    "padded before": lambda b, t, r: np.arange(t) >= r.integers(0, t + 1, size=(b, 1)),
}
# One size comes often, so that XLA compiles it.
SIZES = st.one_of(st.just((2, 3)), st.tuples(st.integers(0, 9), st.integers(1, 9)))


@pytest.mark.long
def test_equals_the_readable_loop(monkeypatch):
    monkeypatch.setattr(sizes, "OFTEN", 3)
    ran = []

    @settings(max_examples=300, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(st.integers(0, len(CONFIGURATIONS) - 1), SIZES, st.sampled_from(sorted(MASKS)), st.integers(0, 2**32 - 1))
    def equal(number, size, mask, seed):
        pair = twins(number)
        pair.compare(*size, mask, seed)
        fast, readable = (layer.fast_path for layer in pair.layers)
        assert readable == "readable loop: fused=False."
        ran.append(fast.startswith("fast loop"))

    equal()
    assert len(ran) >= 300
    assert np.mean(ran) >= 0.8  # all of them may take it
    told = [twins(number).layers[0].fast_path for number in range(len(CONFIGURATIONS))]
    assert sum("steps of none" not in sentence for sentence in told) >= 5
