"""Unit 06 and the benchmark: which of two symbols came first, learned by descent, by clipping, and with Ω."""

from collections.abc import Iterator
from typing import Any

import keras

from rnnkit.datasets import Sequences, temporal_order
from rnnkit.layers import Elman
from rnnkit.regularizers import GradientNormRegularizer

METHODS = ("SGD", "SGD + clip", "SGD + clip + Ω")
UNITS, BATCH, RATE, CLIP, STRENGTH = 50, 20, 0.01, 1.0, 4.0  # the paper's
BLOCK = 500  # updates between two tests; each block has sequences of its own
TEST = 10_000
TEST_SEED = 10**6


def network(method: str, seed: int, form: str = "code", gradient: str = "immediate", strength: Any = STRENGTH) -> Any:
    """The compiled net of 50 tanh units, all weights from N(0, 0.1), biases 0.

    Args:
        method: one of METHODS.
        seed: of the weights.
        form, gradient, strength: of Ω, as `GradientNormRegularizer` takes them; the paper's program by default.

    Returns:
        A Keras model from (batch, time, 6) to the probabilities of four classes. XLA compiles its steps.

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
    jit = keras.backend.backend() != "torch" and (method != METHODS[2] or gradient == "immediate")
    model.compile(
        keras.optimizers.SGD(RATE, global_clipnorm=clip), "categorical_crossentropy", ["accuracy"], jit_compile=jit
    )
    if method == METHODS[2]:
        GradientNormRegularizer(strength, form=form, gradient=gradient).attach(model)
    return model


def test_set(length: int, count: int = TEST) -> Sequences:
    """Sequences that no block has: what a run is tested on."""
    return temporal_order(count, length, TEST_SEED, form="2013")


def train_block(model: Any, length: int, seed: int, block: int) -> None:
    """The updates of one block, 0 the first, with fresh sequences."""
    data = temporal_order(BLOCK * BATCH, length, 1000 * seed + block, form="2013")
    model.fit(data.x, data.y, batch_size=BATCH, shuffle=False, verbose=0)


def wrong_share(model: Any, test: Sequences) -> float:
    """The share of sequences whose class is not the likeliest; solved is below 0.01."""
    return 1.0 - float(model.evaluate(test.x, test.y, batch_size=1000, verbose=0, return_dict=True)["accuracy"])


def learning_curve(method: str, length: int, seed: int, most: int, test: Sequences) -> Iterator[tuple[int, float, Any]]:
    """Train block by block until the task is solved or `most` updates are done.

    Yields:
        Updates so far, the share of wrong test sequences, the model.
    """
    model = network(method, seed)
    for block in range(most // BLOCK):
        train_block(model, length, seed, block)
        wrong = wrong_share(model, test)
        yield (block + 1) * BLOCK, wrong, model
        if wrong < 0.01:
            return
