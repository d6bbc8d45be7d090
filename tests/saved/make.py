"""Saved one small model a layer with rnnkit 0.1.0, whose files later versions must load.

`python tests/saved/make.py FOLDER` with the version to be kept checked out. What is there is never written again.
"""

import sys
from pathlib import Path

import keras
import numpy as np

import rnnkit

X = np.random.default_rng(3).normal(size=(3, 5, 4)).astype("float32")
TOKENS = np.random.default_rng(4).integers(0, 9, (3, 5))


def layers():
    yield "elman", rnnkit.Elman(6, 2, return_sequences=True)
    yield "elman_trained", rnnkit.Elman(6, 2)
    yield "jordan", rnnkit.Jordan(6, 2, decay=0.5)
    yield "output_feedback", rnnkit.OutputFeedback(6, 2)
    yield "narx", rnnkit.NARX(6, 2, input_delays=3, output_delays=2)
    yield "gate", rnnkit.Gate()
    yield "gru", rnnkit.GRU(6, return_sequences=True)
    yield "peephole_lstm", rnnkit.PeepholeLSTM(6, dropout=0.1, seed=5)
    yield "peephole_lstm_coupled", rnnkit.PeepholeLSTM(6, coupled_gates=True, return_gates=True)
    yield "peephole_lstm_full_gate_recurrence", rnnkit.PeepholeLSTM(6, full_gate_recurrence=True, fused=False)
    yield "peephole_lstm_tokens", rnnkit.PeepholeLSTM(6, input_dim=9)
    yield "memory_blocks", rnnkit.MemoryBlocks(2, 3)
    yield "cfn", rnnkit.CFN(6)
    yield "ctrnn", rnnkit.CTRNN(6)
    yield "echo_state", rnnkit.EchoState(12, 2, seed=7)
    yield "deep_rnn", rnnkit.DeepRNN([rnnkit.GRUCell(6), rnnkit.PeepholeLSTMCell(3)], "skip")
    yield "deep_rnn_of_keras", rnnkit.DeepRNN([keras.layers.LSTMCell(6), rnnkit.ElmanCell(3, 2)])
    yield "keras_rnn_around_our_cell", keras.layers.RNN(rnnkit.CFNCell(6))
    yield "bidirectional", keras.layers.Bidirectional(rnnkit.Elman(6, 2))


def make(folder):
    for number, (name, layer) in enumerate(layers()):
        keras.utils.set_random_seed(number)
        x = TOKENS if name.endswith("tokens") else X
        inputs = keras.Input(x.shape[1:], dtype="int32" if x is TOKENS else None)
        outputs = layer(inputs)
        model = keras.Model(inputs, outputs)
        for weight in model.trainable_weights:
            weight.assign(np.random.default_rng(number).normal(0, 0.5, weight.shape))
        if name == "elman_trained":
            model = keras.Sequential([keras.Input(x.shape[1:]), layer, keras.layers.Dense(1)])
            model.compile(rnnkit.Rprop(0.01), "mse")
            model.fit(x, np.ones((3, 1)), epochs=2, verbose=0)
        expected = keras.tree.flatten(model.predict(x, verbose=0))
        model.save(folder / f"{name}.keras")
        np.savez(folder / f"{name}.npz", *expected, x=x)


if __name__ == "__main__":
    destination = Path(sys.argv[1])
    if any(destination.glob("*.keras")):
        raise SystemExit(f"{destination}: expected no models there, and there are some.")
    make(destination)
