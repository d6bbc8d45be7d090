"""The sequence classifier and Show and Tell."""

import numpy as np
from keras import ops
from numpy.testing import assert_allclose

from rnnkit.applications import ReadStates
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
