"""Spectral radii against all eigenvalues by LAPACK, dense and sparse."""

import numpy as np
import pytest
import scipy.sparse as sparse

import rnnkit
from rnnkit.dynamics import state_jacobians
from rnnkit.reservoirs import jacobian_at_rest, matrices, random_matrix, spectral_radius, wiring, with_spectral_radius


def modulus(matrix):
    return np.abs(np.linalg.eigvals(matrix.toarray() if sparse.issparse(matrix) else matrix)).max()


@pytest.mark.parametrize("leak", [1.0, 0.3])
@pytest.mark.parametrize("connections", [None, 7])
@pytest.mark.parametrize("arnoldi", [False, True])
def test_the_jacobian_has_the_radius_asked_for(leak, connections, arnoldi, monkeypatch):
    monkeypatch.setattr(matrices, "_DENSE_UNITS", 20 if arnoldi else 1000)
    W = random_matrix(230, connections, seed=3)
    scaled = with_spectral_radius(W, 0.9, leak)
    dense = scaled.toarray() if connections else scaled
    assert modulus((1 - leak) * np.eye(230) + leak * dense.T) == pytest.approx(0.9, abs=1e-6)
    assert spectral_radius(jacobian_at_rest(scaled, leak)) == pytest.approx(0.9, abs=1e-6)
    original = W.toarray() if connections else W
    ratio = dense[original != 0] / original[original != 0]
    np.testing.assert_allclose(ratio, ratio[0])
    assert ratio[0] > 0


def test_the_least_scale_is_taken():
    W = np.diag([-4.0, 1.0])  # with α = 1/2 the outermost of J is not that of W
    scaled = with_spectral_radius(W, 0.75, leak=0.5)
    np.testing.assert_allclose(np.diag(scaled), [-2.0, 0.5])


def test_units_heard_are_distinct_and_counted():
    heard = wiring(40, 9, seed=1)
    assert heard.shape == (9, 40)
    assert all(len(set(column)) == 9 for column in heard.T)
    assert len(np.unique(heard)) == 40
    W = random_matrix(40, 9, seed=1)
    np.testing.assert_array_equal((W.toarray() != 0).sum(axis=0), 9)


@pytest.mark.parametrize("connections", [None, 6])
def test_the_keras_cells_jacobian_at_rest_by_autodiff(connections):
    """The lecture's ∂x(k)/∂x(k−1), differentiated by the backend, has the radius that the layer was asked for."""
    layer = rnnkit.EchoState(33, 2, leak=0.4, spectral_radius=0.97, connections=connections, dtype="float64", seed=5)
    layer.build((None, None, 3))
    jacobian = np.asarray(state_jacobians(layer, np.zeros((1, 1, 3))))[0, 0]
    assert modulus(jacobian) == pytest.approx(0.97, abs=1e-5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: with_spectral_radius(np.eye(3), 0.5, 0.4), r"radius: expected a finite number above 1 - leak = 0.6"),
        (lambda: with_spectral_radius(np.eye(3), 0.5, 1.4), "leak: expected a number above 0, up to 1, received 1.4"),
        (lambda: with_spectral_radius(np.eye(3)[:2], 0.5), r"matrix: expected a square one, received shape \(2, 3\)"),
        (lambda: with_spectral_radius(np.triu(np.ones((4, 4)), 1), 0.5), "matrix: expected one with an eigenvalue"),
        (lambda: with_spectral_radius(np.full((2, 2), np.nan), 0.5), "matrix: expected finite entries"),
        (lambda: random_matrix(4, 5), "connections: expected at most units=4, received 5"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()
