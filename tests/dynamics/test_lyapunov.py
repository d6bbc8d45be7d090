"""Lyapunov exponents and spectral radii against closed forms and published figures."""

import keras
import numpy as np
import pytest
from scipy.linalg import expm

import rnnkit
from rnnkit.dynamics import Map, lyapunov_spectrum, spectral_radii, spectrum_of_jacobians, state_jacobians
from tests.double_precision import double_precision  # noqa: F401
from tests.dynamics.test_fixed_points import henon

pytestmark = pytest.mark.usefixtures("double_precision")


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_henon_map_has_its_published_exponents(seed):
    found = lyapunov_spectrum(henon(), np.random.default_rng(seed).uniform(-0.1, 0.1, size=(50, 2)), 2000)
    assert found[:, 0].mean() == pytest.approx(0.419, abs=0.003)
    np.testing.assert_allclose(found.sum(axis=1), np.log(0.3), rtol=1e-12)  # areas shrink by b at every step


def test_tent_map_doubles_every_distance():
    tent = Map(lambda x: np.where(x < 0.5, 2 * x, 2 - 2 * x), lambda x: np.where(x < 0.5, 2.0, -2.0)[:, :, None])
    found = lyapunov_spectrum(tent, np.random.default_rng(0).random((9, 1)), 20, transient=0)
    np.testing.assert_allclose(found, np.log(2), rtol=1e-12)


def test_a_single_step_grows_by_the_derivative_where_it_starts():
    """x² at 3: the derivative is 6 there, and 18 where the step ends."""
    square = Map(lambda x: x**2, lambda x: 2 * x[:, :, None])
    found = lyapunov_spectrum(square, np.array([[3.0], [0.5]]), 1, transient=0)
    np.testing.assert_allclose(found[:, 0], np.log([6.0, 1.0]), atol=1e-12)
    two = lyapunov_spectrum(square, np.array([[3.0], [0.5]]), 2, transient=0, block=1)
    np.testing.assert_allclose(two[:, 0], np.log([6.0 * 18, 0.5]) / 2, atol=1e-12)


def test_blocks_and_transient_change_nothing_but_the_start():
    starts = np.random.default_rng(3).uniform(-0.1, 0.1, size=(4, 2))
    whole = lyapunov_spectrum(henon(), starts, 300, transient=7)
    parts = lyapunov_spectrum(henon(), henon().orbit(starts, 7)[:, -1], 300, transient=0, block=41)
    np.testing.assert_allclose(parts, whole, rtol=1e-10)


def test_linear_network_in_continuous_time_has_the_real_parts_of_its_matrix():
    """σ linear: the exponents a unit of time are the real parts of the eigenvalues of (W − I)/τ."""
    dt, cell = 0.1, rnnkit.CTRNNCell(4, tau=0.8, dt=0.1, method="rk4", activation="linear", dtype="float64")
    cell.build((None, 3))
    W = np.random.default_rng(1).normal(size=(4, 4))
    cell.set_weights([np.zeros((3, 4)), W.T, np.zeros(4)])
    A = (W - np.eye(4)) / 0.8
    found = lyapunov_spectrum(cell, np.zeros((1, 4)), 1000, transient=0)[0] / dt
    np.testing.assert_allclose(found, np.sort(np.linalg.eigvals(A).real)[::-1], atol=0.03)
    jacobian = np.asarray(state_jacobians(cell, np.zeros((1, 1, 3))))[0, 0]
    np.testing.assert_allclose(jacobian, expm(dt * A), atol=1e-5)


def test_exponents_of_a_driven_network_are_those_of_the_product_of_its_jacobians():
    """The largest by the plain product, short enough not to overflow; their sum by the determinants."""
    layer = keras.layers.SimpleRNN(5, dtype="float64")
    layer.build((None, None, 3))
    rng = np.random.default_rng(2)
    layer.set_weights([rng.normal(size=w.shape) for w in layer.weights])
    jacobians = np.asarray(state_jacobians(layer, rng.normal(size=(2, 60, 3))))
    found = spectrum_of_jacobians(jacobians)
    for i in range(2):
        product = np.linalg.multi_dot(jacobians[i, ::-1])
        assert found[i].sum() == pytest.approx(np.linalg.slogdet(jacobians[i])[1].mean(), rel=1e-6)
        frame = product[:, 0]  # where the first direction of the frame ends
        assert np.log(np.linalg.norm(frame)) / 60 == pytest.approx(found[i, 0], rel=1e-6)


def test_spectral_radii_are_the_eigenvalues_of_each_jacobian():
    """A linear net has one Jacobian, Wᵀ of the kernel; a masked step has the identity."""
    layer = keras.layers.SimpleRNN(5, activation="linear", dtype="float64")
    layer.build((None, None, 3))
    x, mask = np.random.default_rng(4).normal(size=(2, 6, 3)), np.ones((2, 6), bool)
    layer.set_weights([np.random.default_rng(5).normal(size=w.shape) for w in layer.weights])
    mask[1, 2] = False
    expected = np.full((2, 6), np.abs(np.linalg.eigvals(layer.get_weights()[1])).max())
    expected[1, 2] = 1.0
    np.testing.assert_allclose(spectral_radii(layer, x, mask=mask), expected, rtol=1e-9)


def test_errors_name_what_is_wrong():
    with pytest.raises(ValueError, match="steps: expected a positive integer, received 0"):
        lyapunov_spectrum(henon(), np.zeros((1, 2)), 0)
    with pytest.raises(ValueError, match=r"jacobians: expected shape \(batch, time, n, n\), received \(5, 2, 3\)"):
        spectrum_of_jacobians(np.zeros((5, 2, 3)))
