"""Dynamics."""

import keras
import numpy as np
from keras import ops
from numpy.testing import assert_allclose

from rnnkit.dynamics import Map, basins, spectral_radii, spectrum_of_jacobians, state_gradients, state_jacobians
from rnnkit.dynamics.fixed_points import _search
from tests.equations.cases import case
from tests.oracles import dynamics as oracle

D = "rnnkit.dynamics"


def tanh_network(n=3, m=2, T=4):
    """A cell in float64, inputs (1, T, m), states, A."""
    rng = np.random.default_rng(0)
    cell = keras.layers.SimpleRNNCell(n, dtype="float64")
    cell.build((None, m))
    B, A, b = rng.normal(size=(n, m)), rng.normal(size=(n, n)), rng.normal(size=n)
    cell.set_weights([B.T, A.T, b])
    u, x, states = rng.normal(size=(1, T, m)), np.zeros(n), []
    for step in u[0]:
        x = np.tanh(A @ x + B @ step + b)
        states.append(x)
    return cell, u, states, A


@case(f"{D}.jacobian.state_jacobians", f"{D}.jacobian.state_gradients", f"{D}.lyapunov.spectral_radii")
def jacobians():
    cell, u, states, A = tanh_network()
    expected = oracle.jacobians(states, A)
    assert_allclose(ops.convert_to_numpy(state_jacobians(cell, u))[0], expected, atol=1e-10)
    assert_allclose(spectral_radii(cell, u)[0], oracle.spectral_radii(np.array(expected)), atol=1e-10)
    weight = np.random.default_rng(1).normal(size=(4, 3))
    _, (found,) = state_gradients(cell, u, lambda outputs: ops.sum(outputs[0] * weight))
    assert_allclose(ops.convert_to_numpy(found)[0], oracle.gradients(states, A, weight), atol=1e-10)


@case(f"{D}.maps.Map")
def orbit():
    found = Map(lambda x: np.tanh(-2 * x), lambda x: x[:, :, None]).orbit([[0.3, 0.7]], 5)[0]
    assert_allclose(found, oracle.orbit(lambda x: np.tanh(-2 * x), np.array([0.3, 0.7]), 5), atol=1e-12)


@case(f"{D}.basins.basins")
def periods():
    for r in (2.8, 3.2, 3.5, 3.9):
        system = Map(lambda x, r=r: r * x * (1 - x), lambda x, r=r: (r - 2 * r * x)[:, :, None])
        (found,) = basins(system, [[0.3]], steps=600, tail=80, max_period=8).attractors
        end = system.orbit([[0.3]], 680)[0, 600:]
        assert (found.period or 0) == oracle.period(end, 8, 1e-7)


@case(f"{D}.fixed_points.fixed_points")
def search():
    """After each number of steps; the second map has no fixed point, so that the search gets stuck and goes on."""
    W = np.random.default_rng(2).normal(size=(3, 3)) * 1.5
    net = (lambda x: np.tanh(W @ x), lambda x: (1 - np.tanh(W @ x) ** 2)[:, None] * W, np.array([0.9, -0.4, 0.3]))
    none = (lambda x: x + x**2 + 0.5, lambda x: np.array([[1 + 2 * x[0]]]), np.array([0.7]))
    for (step, slope, start), counts in ((net, (1, 2, 3, 4)), (none, (3, 9, 18))):
        system = Map(
            lambda x, step=step: np.stack([step(row) for row in x]),
            lambda x, slope=slope: np.stack([slope(row) for row in x]),
        )
        for count in counts:
            found, _ = _search(system, start[None], 1, 1e-10, count)
            assert_allclose(found[0], oracle.search(step, slope, start, 1e-10, count), atol=1e-9)


@case(f"{D}.lyapunov.spectrum_of_jacobians")
def exponents():
    jacobians = np.random.default_rng(3).normal(size=(2, 6, 3, 3))
    found = spectrum_of_jacobians(jacobians)
    assert_allclose(found, [oracle.exponents(J) for J in jacobians], atol=1e-10)
