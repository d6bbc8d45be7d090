"""What layers, Ω and Rprop give for the same weights and data. test_backends.py runs it on each backend, as an .npz."""

import sys

import keras
import numpy as np
from keras import ops

import rnnkit

B, T, N = 4, 7, 3

LAYERS = {
    "elman": lambda: rnnkit.Elman(5, 2, "tanh", return_sequences=True),
    "jordan": lambda: rnnkit.Jordan(5, 2, decay=0.4, return_sequences=True),
    "peephole": lambda: rnnkit.PeepholeLSTM(2, return_sequences=True, go_backwards=True),
    "gru": lambda: keras.layers.GRU(2, use_cudnn=False, return_sequences=True),
    "stacked": lambda: keras.layers.RNN([keras.layers.LSTMCell(4), rnnkit.PeepholeLSTMCell(4)], return_sequences=True),
}


def measured(names=tuple(LAYERS)):
    """What the named layers give, by name."""
    found = {}
    for name in names:
        make = LAYERS[name]
        rng = np.random.default_rng(3)
        x, y = rng.normal(size=(B, T, N)).astype("float32"), rng.normal(size=(B, T, 2)).astype("float32")
        x[:, 2] = 0.0  # masked
        y = y if name != "stacked" else np.tile(y, 2)
        model = keras.Sequential([keras.Input((T, N)), keras.layers.Masking(), make()])
        model.set_weights([rng.normal(size=w.shape).astype("float32") for w in model.get_weights()])
        model.compile(keras.optimizers.SGD(0.1), "mse")
        found[f"{name} output"] = ops.convert_to_numpy(model(x))
        omega = rnnkit.GradientNormRegularizer(0.5).attach(model)
        found[f"{name} omega"] = ops.convert_to_numpy(omega(x, y))
        found[f"{name} norms"] = next(iter(omega.norms(x, y).values()))
        model.fit(x, y, batch_size=B, epochs=2, verbose=0)
        for i, weight in enumerate(model.get_weights()):
            found[f"{name} weight {i} trained"] = weight
        model.compile(rnnkit.Rprop(0.01), "mse")
        omega.detach()
        model.fit(x, y, batch_size=B, epochs=3, verbose=0)
        for i, weight in enumerate(model.get_weights()):
            found[f"{name} weight {i} after Rprop"] = weight
    return found


if __name__ == "__main__":
    np.savez(sys.argv[1], **measured(sys.argv[2:]))
