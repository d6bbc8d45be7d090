"""One training step of a recurrent layer, forward, loss, backward and SGD update, in each framework."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

RATE = 0.01
Step = Callable[[], None]


def data(batch: int, steps: int, inputs: int, outputs: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(batch, steps, inputs)).astype("float32")
    return x, rng.normal(size=(batch, steps, outputs)).astype("float32")


def keras_step(layer: Any, x: Any, y: Any, jit: bool = False) -> Step:
    """A step of a Keras layer, on whichever backend Keras runs."""
    layer.build(x.shape)
    return {"tensorflow": _tensorflow, "jax": _jax, "torch": _keras_on_torch}[keras.backend.backend()](layer, x, y, jit)


def tf_keras_step(layer: Any, x: Any, y: Any) -> Step:
    layer.build(x.shape)
    return _tensorflow(layer, x, y, jit=False)


def _tensorflow(layer: Any, x: Any, y: Any, jit: bool) -> Step:
    import tensorflow as tf

    x, y = tf.constant(x), tf.constant(y)
    variables = [v.value if isinstance(v, keras.Variable) else v for v in layer.trainable_variables]

    @tf.function(jit_compile=jit)
    def step() -> Any:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(layer(x, training=True) - y))
        for variable, gradient in zip(variables, tape.gradient(loss, variables), strict=True):
            if isinstance(gradient, tf.IndexedSlices):
                variable.scatter_sub(tf.IndexedSlices(RATE * gradient.values, gradient.indices))
            else:
                variable.assign_sub(RATE * gradient)
        return loss

    with compiled_soon():
        step()
    return lambda: step().numpy()


@contextmanager
def compiled_soon() -> Iterator[None]:
    """Have the fast loop of graphs traced herein compiled at a size's second step, so that nothing waits for it."""
    from rnnkit.layers.fused import sizes

    usual, sizes.OFTEN = sizes.OFTEN, 1
    try:
        yield
    finally:
        sizes.OFTEN = usual


def keras_call(layer: Any, x: Any, y: Any, jit: bool = False) -> Step:
    """Inference by a Keras layer, compiled as `predict` compiles it, on whichever backend Keras runs."""
    layer.build(x.shape)
    backend = keras.backend.backend()
    if backend == "torch":
        return torch_call(lambda x: layer(x, training=False), x, y)
    if backend == "jax":
        import jax

        x, weights = jax.numpy.asarray(x), [v.value for v in layer.trainable_variables]
        rest = [v.value for v in layer.non_trainable_variables]
        run = jax.jit(lambda w, x: layer.stateless_call(w, rest, x, training=False)[0])
        return lambda: jax.block_until_ready(run(weights, x))
    return tf_keras_call(layer, x, y, jit)


def tf_keras_call(layer: Any, x: Any, y: Any, jit: bool = False) -> Step:
    import tensorflow as tf

    x = tf.constant(x)
    run = tf.function(lambda x: layer(x, training=False), jit_compile=jit, autograph=False)
    with compiled_soon():
        run(x)
    return lambda: run(x).numpy()


def torch_call(module: Any, x: Any, y: Any) -> Step:
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    module, x = module.to(device) if isinstance(module, torch.nn.Module) else module, torch.tensor(x, device=device)

    def run() -> None:
        with torch.no_grad():
            module(x)
        if device == "cuda":
            torch.cuda.synchronize()

    return run


def keras_fit(make: Callable[[], Any], x: Any, y: Any, steps: int = 20) -> Step:
    """`fit` of so many steps of a new model, by Adam, building and tracing included."""
    x, y = (np.concatenate([part] * steps) for part in (x, y))

    def run() -> None:
        model = keras.Sequential([keras.Input(x.shape[1:]), make()])
        model.compile("adam", "mse")
        model.fit(x, y, batch_size=len(x) // steps, verbose=0)

    return run


def _jax(layer: Any, x: Any, y: Any, jit: bool) -> Step:
    import jax
    import jax.numpy as jnp

    x, y = jnp.asarray(x), jnp.asarray(y)
    rest = [v.value for v in layer.non_trainable_variables]

    def loss(weights: Any) -> Any:
        return jnp.mean(jnp.square(layer.stateless_call(weights, rest, x, training=True)[0] - y))

    @jax.jit
    def update(weights: Any) -> Any:
        return jax.tree.map(lambda w, g: w - RATE * g, weights, jax.grad(loss)(weights))

    weights = [[v.value for v in layer.trainable_variables]]

    def step() -> None:
        weights[0] = jax.block_until_ready(update(weights[0]))

    return step


def _keras_on_torch(layer: Any, x: Any, y: Any, jit: bool) -> Step:
    import torch

    def forward(x: Any) -> Any:
        return layer(x, training=True)

    return _torch(torch.compile(forward) if jit else forward, [v.value for v in layer.trainable_variables], x, y)


def torch_step(module: Any, x: Any, y: Any) -> Step:
    import torch

    module = module.to("cuda" if torch.cuda.is_available() else "cpu")
    return _torch(lambda x: module(x)[0], list(module.parameters()), x, y)


def _torch(forward: Callable[[Any], Any], parameters: list[Any], x: Any, y: Any) -> Step:
    import torch

    device = parameters[0].device
    x, y = torch.tensor(x, device=device), torch.tensor(y, device=device)

    def step() -> None:
        loss = torch.mean(torch.square(forward(x) - y))
        gradients = torch.autograd.grad(loss, parameters)
        with torch.no_grad():
            for parameter, gradient in zip(parameters, gradients, strict=True):
                parameter -= RATE * gradient
        if device.type == "cuda":
            torch.cuda.synchronize()

    return step


def matrix_rate() -> tuple[Step, float]:
    """A large matrix product, and how many multiplications and additions it is."""
    import tensorflow as tf

    size = 1536
    a = tf.random.normal((size, size))
    product = tf.function(lambda: tf.matmul(a, a)[0, 0])
    return lambda: product().numpy(), 2.0 * size**3
