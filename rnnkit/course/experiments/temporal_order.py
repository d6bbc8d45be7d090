"""Unit 06 and the benchmark: which of two symbols came first, learned by descent, by clipping, and with Ω."""

from typing import Any

import keras
import numpy as np

from rnnkit.datasets import Sequences, temporal_order
from rnnkit.layers import Elman
from rnnkit.regularizers import GradientNormRegularizer

METHODS = ("SGD", "SGD + clip", "SGD + clip + Ω")
UNITS, BATCH, RATE, CLIP, STRENGTH = 50, 20, 0.01, 1.0, 4.0  # the paper's
BLOCK = 500  # updates between two tests; each block has sequences of its own
TEST = 10_000
SOLVED = 0.01  # is a share of wrong sequences below this
TEST_SEED = 10**6


def network(
    method: str,
    seed: int,
    form: str = "code",
    gradient: str = "immediate",
    strength: Any = STRENGTH,
    jit_compile: bool = True,
) -> Any:
    """The compiled net of 50 tanh units, all weights from N(0, 0.1), biases 0.

    Args:
        method: one of METHODS.
        seed: of the weights.
        form, gradient, strength: of Ω, as `GradientNormRegularizer` takes them; the paper's program by default.
        jit_compile: whether XLA compiles the steps, which takes seconds and pays in long runs.

    Returns:
        A Keras model from (batch, time, 6) to the probabilities of four classes.

    Source:
        R. Pascanu, T. Mikolov, Y. Bengio (2013), section 4.1, and their program.
    """
    keras.utils.set_random_seed(seed)
    small = [keras.initializers.RandomNormal(stddev=0.1, seed=10 * seed + i) for i in range(3)]
    layer = Elman(
        UNITS,
        4,
        activation="tanh",
        output_activation="softmax",
        kernel_initializer=small[0],
        recurrent_initializer=small[1],
        output_initializer=small[2],
        name="elman",
    )
    model = keras.Sequential([keras.Input((None, 6)), layer])
    clip = None if method == "SGD" else CLIP
    jit = jit_compile and keras.backend.backend() != "torch" and (method != METHODS[2] or gradient == "immediate")
    model.compile(
        keras.optimizers.SGD(RATE, global_clipnorm=clip),
        "categorical_crossentropy",
        metrics=["accuracy"],
        jit_compile=jit,
    )
    if method == METHODS[2]:
        GradientNormRegularizer(strength, form=form, gradient=gradient).attach(model)
    return model


def test_set(length: int, count: int = TEST) -> Sequences:
    """Sequences that no block has: what a run is tested on."""
    return temporal_order(count, length, TEST_SEED, form="2013")


def train_block(model: Any, length: int, seed: int, block: int, updates: int = BLOCK) -> None:
    """The updates of one block, 0 the first, with fresh sequences."""
    data = temporal_order(updates * BATCH, length, 1000 * seed + block, form="2013")
    model.fit(data.x, data.y, batch_size=BATCH, shuffle=False, verbose=0)


def wrong_share(model: Any, test: Sequences) -> float:
    """The share of sequences whose class is not the likeliest."""
    return 1.0 - float(model.evaluate(test.x, test.y, batch_size=1000, verbose=0, return_dict=True)["accuracy"])


def learning_curve(model: Any, length: int, seed: int, most: int, test: Sequences, block: int = BLOCK) -> np.ndarray:
    """Train block by block until the task is solved or `most` updates are done.

    Args:
        model: compiled, from (batch, time, 6) to four classes, with accuracy as its metric.
        length: T, of all sequences.
        seed: of the training sequences.
        most: updates at most.
        test: what is tested after each block.
        block: updates of a block.

    Returns:
        Shape (tests, 2): updates so far, and the share of wrong test sequences. The first test is before training.
    """
    curve = [(0, wrong_share(model, test))]
    while curve[-1][1] >= SOLVED and curve[-1][0] < most:
        train_block(model, length, seed, len(curve) - 1, block)
        curve.append((curve[-1][0] + block, wrong_share(model, test)))
    return np.array(curve)
