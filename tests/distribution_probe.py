"""Run by test_distribution.py: trains layers on two devices and on one, and writes the weights of both as an .npz."""

import contextlib
import sys

import keras
import numpy as np

import rnnkit

B, T, N = 8, 5, 3
LAYERS = {
    "elman": lambda: rnnkit.Elman(5, 2, "tanh"),
    "peephole_lstm": lambda: rnnkit.PeepholeLSTM(2, peephole_initializer="ones"),
}


def data():
    rng = np.random.default_rng(3)
    return rng.normal(size=(B, T, N)).astype("float32"), rng.normal(size=(B, 2)).astype("float32")


def trained(make, scope):
    """The weights after three steps of gradient descent from drawn ones, on the whole batch."""
    with scope:
        model = keras.Sequential([keras.Input((T, N)), make()])
        model.compile(keras.optimizers.SGD(0.5), "mse")
    rng = np.random.default_rng(4)
    model.set_weights([rng.normal(size=w.shape) for w in model.get_weights()])
    x, y = data()
    model.fit(x, y, batch_size=B, epochs=3, shuffle=False, verbose=0)
    return model.get_weights()


def mirrored():
    """TensorFlow: two logical processors of one CPU under MirroredStrategy."""
    import tensorflow as tf

    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    return strategy.scope, strategy.num_replicas_in_sync


def data_parallel():
    """JAX: two devices of the host, each with half of the batch."""
    distribution = keras.distribution.DataParallel(devices=keras.distribution.list_devices())

    @contextlib.contextmanager
    def scope():
        keras.distribution.set_distribution(distribution)
        yield

    return scope, len(keras.distribution.list_devices())


def main(path):
    scope, devices = mirrored() if keras.backend.backend() == "tensorflow" else data_parallel()
    found = {"devices": np.array(devices)}
    for kind, place in (("one", contextlib.nullcontext), ("two", scope)):
        for name, make in LAYERS.items():
            for number, weight in enumerate(trained(make, place())):
                found[f"{kind} {name} {number}"] = weight
    np.savez(path, **found)


if __name__ == "__main__":
    main(sys.argv[1])
