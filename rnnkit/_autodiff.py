"""The only module that knows how TensorFlow, JAX and PyTorch differentiate. All results can be differentiated again."""

from collections.abc import Callable
from typing import Any

import keras


def value_and_gradients(
    function: Callable[[list[Any]], tuple[Any, Any]], arguments: list[Any]
) -> tuple[tuple[Any, Any], list[Any]]:
    """A scalar function's value and its gradient with respect to each argument.

    Args:
        function: takes the list of arguments, returns a scalar and anything else that is wanted with it.
        arguments: list of float tensors.

    Returns:
        What the function returned, and the list of gradients, each of its argument's shape; zeros for an argument on
        which the result does not depend.
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        with tf.GradientTape() as tape:
            tape.watch(arguments)
            result = function(arguments)
        return result, tape.gradient(result[0], arguments, unconnected_gradients="zero")
    if backend == "jax":
        import jax

        return jax.value_and_grad(function, has_aux=True)(arguments)
    if backend == "torch":
        import torch

        with torch.enable_grad():
            watched = _torch_watched(arguments)
            result = function(watched)
            return result, _torch_gradients([result[0]], watched, None)
    raise _unknown(backend)


def vector_jacobian(function: Callable[[list[Any]], list[Any]], arguments: list[Any], vectors: list[Any]) -> list[Any]:
    """The products vᵀ ∂function/∂argument, for all arguments at once.

    Args:
        function: takes the list of arguments, returns a list of tensors.
        arguments: list of float tensors.
        vectors: one tensor for each of the function's results, of its shape.

    Returns:
        The products, one tensor of each argument's shape; zeros as above.
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        with tf.GradientTape() as tape:
            tape.watch(arguments)
            results = function(arguments)
        return tape.gradient(results, arguments, output_gradients=vectors, unconnected_gradients="zero")
    if backend == "jax":
        import jax

        return jax.vjp(function, arguments)[1](vectors)[0]
    if backend == "torch":
        import torch

        with torch.enable_grad():
            watched = _torch_watched(arguments)
            return _torch_gradients(function(watched), watched, vectors)
    raise _unknown(backend)


def _torch_watched(arguments: list[Any]) -> list[Any]:
    # A tensor that is already part of a graph stays in it, so that second derivatives reach through it.
    return [a if a.requires_grad else a.detach().requires_grad_() for a in arguments]


def _torch_gradients(results: list[Any], watched: list[Any], vectors: list[Any] | None) -> list[Any]:
    """Those of the results that depend on something: PyTorch raises for a result that does not."""
    import torch

    pairs = [(r, v) for r, v in zip(results, vectors or [None] * len(results), strict=True) if r.requires_grad]
    if not pairs:
        return [torch.zeros_like(a) for a in watched]
    outputs, weights = zip(*pairs, strict=True)
    return list(torch.autograd.grad(outputs, watched, weights, create_graph=True, materialize_grads=True))


def _unknown(backend: str) -> ValueError:
    return ValueError(f"Keras backend: expected tensorflow, jax or torch, received {backend!r}. Set KERAS_BACKEND.")
