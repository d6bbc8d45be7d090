"""The machine whose weights are set by hand copies without an error, and does what each line of the program says."""

import keras
import numpy as np
import pytest

import rnnkit


def copied(layer, sequences):
    """Output during recall and before it, and the places of read and write head at each step."""
    batch, length, width = sequences.shape
    x = np.zeros((batch, 2 * length + 1, width + 1))
    x[:, :length, :width] = sequences
    x[:, length, width] = 1
    inputs = keras.Input((None, width + 1))
    output, weightings = keras.Model(inputs, layer(inputs)).predict(x, verbose=0)
    heads = [np.asarray(weightings[kind][0]) for kind in ("read", "write")]
    for w in heads:
        np.testing.assert_allclose(w.max(-1), 1, atol=1e-6)
    return output[:, length + 1 :], output[:, : length + 1], *(w.argmax(-1) for w in heads)


@pytest.mark.parametrize(("length", "width"), [(1, 3), (2, 8), (10, 1), (1000, 8)])
def test_it_copies_random_vectors_without_an_error(length, width):
    sequences = np.random.default_rng(length).normal(size=(3, length, width)).astype("float32")
    recalled, before, _, _ = copied(rnnkit.copying_ntm(width, length + 2), sequences)
    np.testing.assert_array_equal(recalled, sequences)
    np.testing.assert_allclose(before, 0, atol=1e-20)


def test_each_line_of_the_program():
    length = 6
    sequences = np.random.default_rng(0).integers(2, size=(2, length, 4))
    _, _, read, write = copied(rnnkit.copying_ntm(4, 9), sequences)
    assert (write[:, 0] == 1).all()  # a head moves before it writes, and starts on row 0
    assert (np.diff(write[:, :length]) == 1).all()  # increment
    assert (read[:, length] == write[:, 0] - 1).all()  # return to start, one before
    np.testing.assert_array_equal(read[:, length + 1 :], write[:, :length])  # the same rows in the same order


def test_the_read_head_jumps_from_wherever_it_was():
    layer = rnnkit.copying_ntm(3, 9)
    sequence = np.random.default_rng(0).normal(size=(1, 4, 3))
    x = np.zeros((1, 9, 4))
    x[:, :4, :3], x[:, 4, 3] = sequence, 1
    memory, _, seen, c = layer.get_initial_state(1)
    elsewhere = np.concatenate([np.eye(9)[[6]], np.eye(9)[[0]]], axis=-1)
    output, weightings = layer(x, initial_state=[memory, elsewhere.astype("float32"), seen, c])
    np.testing.assert_allclose(keras.ops.convert_to_numpy(output)[:, 5:], sequence, rtol=1e-6)
    read = keras.ops.convert_to_numpy(weightings["read"][0])[0].argmax(-1)
    assert read.tolist() == [6, 6, 6, 6, 0, 1, 2, 3, 4]


def test_the_tape_may_be_exchanged():
    sequences = np.random.default_rng(1).normal(size=(2, 30, 5)).astype("float32")
    recalled, *_ = copied(rnnkit.copying_ntm(5, 4).with_rows(31), sequences)
    np.testing.assert_array_equal(recalled, sequences)


@pytest.mark.parametrize(
    ("arguments", "words"), [((0, 9), "width: expected"), ((3, 0), "rows: expected"), ((3, 2), "shifts")]
)
def test_errors(arguments, words):
    with pytest.raises(ValueError, match=words):
        rnnkit.copying_ntm(*arguments)
