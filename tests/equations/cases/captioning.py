"""The sequence classifier and Show and Tell."""

import keras
import numpy as np
from keras import ops
from numpy.testing import assert_allclose

from rnnkit.applications import ReadStates, ShowAndTell
from rnnkit.applications.captioning import _of_sentences
from tests.equations.cases import case
from tests.oracles import captioning as oracle

A = "rnnkit.applications"


@case(f"{A}.classification.ReadStates")
def read_out():
    rng = np.random.default_rng(0)
    h = rng.normal(size=(3, 5, 4)).astype("float32")
    m = np.array([[1, 1, 1, 0, 0], [0, 1, 0, 1, 0], [0, 0, 1, 1, 1]], bool)
    for how, so_far in (("last", False), ("mean", False), ("mean", True)):
        found = ops.convert_to_numpy(ReadStates(how, so_far=so_far)([h, m]))
        expected = [oracle.read(h[i].tolist(), m[i], how, so_far) for i in range(3)]
        assert_allclose(found, expected, atol=1e-6)


@case(f"{A}.captioning.ShowAndTell")
def show_and_tell():
    rng = np.random.default_rng(1)
    F, E, K, words, longest = 5, 3, 4, ("a", "red", "square", "dot"), 3
    image_model = keras.Sequential([keras.Input((F,)), keras.layers.Activation("linear")])
    model = ShowAndTell(image_model, keras.layers.SimpleRNNCell(K), words, longest, E)
    parts = (model.image_embedding, model.word_embedding, model.cell, model.output_layer)
    weights = [rng.normal(size=w.shape) * 0.7 for part in parts for w in part.weights]
    for variable, value in zip([w for part in parts for w in part.weights], weights, strict=True):
        variable.assign(value)
    images, texts = rng.normal(size=(3, F)).astype("float32"), ["a red dot", "square", "dot a"]
    numbers = model.encode(texts)
    log_p, L = oracle.told(images.tolist(), [[n for n in row[0] if n >= 0] for row in numbers], weights, 5, longest)
    found = model([images, numbers])
    assert_allclose(ops.convert_to_numpy(_of_sentences(found, numbers))[:, 0], log_p, atol=1e-5)
    assert_allclose(ops.convert_to_numpy(model.compute_loss(None, numbers, found)), L, atol=1e-5)
