"""Gradients with respect to what a result does not depend on are zeros on every backend."""

import importlib.util
import os
import subprocess
import sys

import pytest

# b is in no result, a in all but the last; the gradient of a gradient reaches through both.
PROGRAM = """
import numpy as np
from keras import ops
from rnnkit._autodiff import value_and_gradients, vector_jacobian

def numbers(tensors):
    return [np.array(ops.convert_to_numpy(t)).tolist() for t in tensors]

a, b = ops.convert_to_tensor([1.0, 2.0]), ops.convert_to_tensor([[3.0]])
(value, more), found = value_and_gradients(lambda xs: (ops.sum(xs[0] ** 2), "more"), [a, b])
assert (float(value), more, numbers(found)) == (5.0, "more", [[2.0, 4.0], [[0.0]]]), found
_, found = value_and_gradients(lambda xs: (ops.convert_to_tensor(7.0), None), [a, b])
assert numbers(found) == [[0.0, 0.0], [[0.0]]], found
vectors = [a, ops.convert_to_tensor([5.0])]
found = vector_jacobian(lambda xs: [3.0 * xs[0], ops.convert_to_tensor([7.0])], [a, b], vectors)
assert numbers(found) == [[3.0, 6.0], [[0.0]]], found

def of_gradients(xs):
    _, (by_a, by_b) = value_and_gradients(lambda ys: (ops.sum(ys[0] ** 3), None), xs)
    return ops.sum(by_a) + ops.sum(by_b), None

assert numbers(value_and_gradients(of_gradients, [a, b])[1]) == [[6.0, 12.0], [[0.0]]]
"""


@pytest.mark.parametrize("backend", ["tensorflow", "torch", pytest.param("jax", marks=pytest.mark.long)])
def test_what_a_result_does_not_depend_on_has_a_gradient_of_zeros(backend):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed; it is in the extra [peers]")
    environment = {**os.environ, "KERAS_BACKEND": backend}
    result = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr[-2000:]
