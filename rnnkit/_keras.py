"""Every hook into Keras's and TensorFlow's inside: names they do not promise, and methods replaced on their objects.

Nothing else in rnnkit touches what is not public there. tests/test_keras_hooks.py tries each, and says which has moved.
"""

import sys
from collections.abc import Callable, Iterator
from types import MethodType
from typing import Any

import keras

# Keras's RNN layer prepares and clears dropout masks for cells of this class, which has no public name of its own.
DropoutRNNCell: Any = next(base for base in keras.layers.SimpleRNNCell.__mro__ if base.__name__ == "DropoutRNNCell")


def layers_of(model: Any) -> list[Any]:
    """All layers of a model, those inside of others too: `model.layers` stops at the outermost."""
    return list(model._flatten_layers())


def own_loop(layer: Any) -> Callable[..., Any]:
    """The loop over time that a recurrent layer runs: a function of sequences, initial_state, mask and training.

    Keras's RNN calls `inner_loop` from its `call`, after masks and states are prepared: the one place where another
    loop can stand.
    """
    return layer.inner_loop


def replace_loop(layer: Any, loop: Callable[..., Any]) -> None:
    """Let one recurrent layer run another loop over time, with the arguments of `own_loop`."""
    layer.inner_loop = loop


def restore_loop(layer: Any) -> None:
    """Give a layer its class's loop back; nothing where it was not replaced."""
    layer.__dict__.pop("inner_loop", None)


def without_autocast(variable: Any) -> None:
    """Let mixed precision not read a variable as a copy: on PyTorch an assignment within a call goes to the copy.

    Weights need no such thing; the states of a stateful layer do, which are assigned in its call.
    """
    variable._autocast = False


def replace_loss(model: Any, loss: Callable[..., Any]) -> Callable[..., Any]:
    """Let `fit` and `train_on_batch` minimize another loss; gives the one they had.

    Keras's training step asks `model.compute_loss` for it, on every backend. Both are functions of x, y, y_pred,
    sample_weight and training, the new one also of the model before them.
    """
    plain = model.compute_loss
    model.compute_loss = MethodType(loss, model)
    return plain


def restore_loss(model: Any) -> None:
    """Give a model its class's loss back."""
    del model.compute_loss


def forget_traced_step(model: Any) -> None:
    """Have `fit` trace its training step anew, since the one it keeps would not know what was replaced meanwhile."""
    model.train_function = None


def batches_of_running_fit() -> int | None:
    """Batches an epoch of the `fit` that called, if any. Keras does not tell its optimizers, so the stack is walked."""
    for frame in _callers():
        iterator = frame.f_locals.get("epoch_iterator")
        if frame.f_code.co_name == "fit" and iterator is not None:
            return iterator.steps_per_epoch or iterator.num_batches
    return None


def exporting() -> bool:
    """Whether `model.export` builds the graph that it writes. Keras does not tell layers, so the stack is walked."""
    return any(frame.f_globals.get("__name__", "").startswith("keras.src.export") for frame in _callers())


def _callers() -> Iterator[Any]:
    """The frames of all functions that are running, from the innermost outwards."""
    frame: Any = sys._getframe(1)
    while frame is not None:
        yield frame
        frame = frame.f_back


def inside_xla() -> bool:
    """Whether TensorFlow is building a graph that XLA compiles as a whole; it has no public question for that."""
    import tensorflow as tf
    from tensorflow.python.ops.control_flow_util import GraphOrParentsInXlaContext

    return bool(GraphOrParentsInXlaContext(tf.compat.v1.get_default_graph()))
