"""The density of the next point: against SciPy, quadrature, finite differences and autodiff; far out too."""

import keras
import numpy as np
import pytest
from keras import ops
from numpy.testing import assert_allclose
from scipy import integrate, stats
from scipy.optimize import approx_fprime

from rnnkit._autodiff import value_and_gradients
from rnnkit.applications import MixtureDensity, MixtureLoss, bivariate_mixture
from tests.double_precision import double_precision  # noqa: F401

pytestmark = pytest.mark.usefixtures("double_precision")


def numbers(value):
    return ops.convert_to_numpy(value)


def y_hat_of(e, pi, mu, sigma, rho):
    """ŷ of a mixture given by its meaning; mu and sigma (2, M)."""
    return np.concatenate([[np.log(e / (1 - e))], np.log(pi), *mu, *np.log(sigma), np.arctanh(rho)])


def random_mixture(rng, components=3):
    return dict(
        e=rng.uniform(0.1, 0.9),
        pi=rng.dirichlet(np.ones(components)),
        mu=rng.normal(size=(2, components)),
        sigma=rng.uniform(0.3, 1.5, size=(2, components)),
        rho=rng.uniform(-0.9, 0.9, components),
    )


def normals(density):
    for j, rho in enumerate(density["rho"]):
        s_1, s_2 = density["sigma"][:, j]
        yield stats.multivariate_normal(density["mu"][:, j], [[s_1**2, rho * s_1 * s_2], [rho * s_1 * s_2, s_2**2]])


@pytest.mark.parametrize("components", [1, 3])
def test_it_is_scipys(components):
    rng = np.random.default_rng(components)
    density = random_mixture(rng, components)
    points = np.concatenate([rng.normal(size=(11, 2)), rng.integers(0, 2, size=(11, 1))], axis=1)
    plane = sum(p * n.pdf(points[:, :2]) for p, n in zip(density["pi"], normals(density), strict=True))
    pen = np.where(points[:, 2] == 1, density["e"], 1 - density["e"])
    found = bivariate_mixture.log_prob(np.tile(y_hat_of(**density), (11, 1)), points)
    assert_allclose(numbers(found), np.log(plane * pen), atol=1e-10)


def test_it_integrates_to_1():
    density = random_mixture(np.random.default_rng(5)) | {"rho": np.array([-0.8, 0.3, 0.6])}
    axis = np.linspace(-14, 14, 701)
    grid = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1)
    total = 0.0
    for lifted in (0.0, 1.0):
        points = np.concatenate([grid, np.full((*grid.shape[:2], 1), lifted)], axis=-1)
        value = np.exp(numbers(bivariate_mixture.log_prob(y_hat_of(**density)[None, None], points)))
        total += integrate.simpson(integrate.simpson(value, x=axis), x=axis)
    assert_allclose(total, 1, atol=1e-9)


def test_the_responsibilities_give_the_slopes():
    """The paper's slopes are those of finite differences and of automatic differentiation."""
    rng = np.random.default_rng(7)
    y_hat, points = rng.normal(size=(4, 19)), rng.normal(size=(4, 3))
    points[:, 2] = [0, 1, 1, 0]
    slopes = numbers(bivariate_mixture.gradient(y_hat, points))

    def loss(row, point):
        return -float(numbers(bivariate_mixture.log_prob(row[None], point[None]))[0])

    differences = [approx_fprime(row, loss, 1e-7, point) for row, point in zip(y_hat, points, strict=True)]
    assert_allclose(slopes, differences, atol=1e-5)
    _, (automatic,) = value_and_gradients(
        lambda arguments: (-ops.sum(bivariate_mixture.log_prob(arguments[0], points)), None),
        [ops.convert_to_tensor(y_hat)],
    )
    assert_allclose(numbers(automatic), slopes, atol=1e-10)


@pytest.mark.parametrize("s", [0.01, 51.4])
def test_a_change_of_units_moves_it_by_minus_2_log_s(s):
    density = random_mixture(np.random.default_rng(8))
    points = np.random.default_rng(9).normal(size=(6, 3))
    points[:, 2] = 1
    scaled = {**density, "mu": s * density["mu"], "sigma": s * density["sigma"]}
    before = bivariate_mixture.log_prob(np.tile(y_hat_of(**density), (6, 1)), points)
    after = bivariate_mixture.log_prob(np.tile(y_hat_of(**scaled), (6, 1)), points * [s, s, 1])
    assert_allclose(numbers(after) - numbers(before), -2 * np.log(s), atol=1e-9)


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_small_densities_stay_finite(dtype):
    """A density of 1e-300 is 0 in single precision; its logarithm and slopes are ordinary numbers."""
    y_hat = np.zeros((3, 13), dtype)
    y_hat[1, 0], y_hat[2, 11:] = 200.0, 20.0  # a sure pen; 1 − ρ² of 1e-17
    points = np.array([[26.3, 26.3, 1.0], [26.3, 26.3, 0.0], [3.0, 3.0, 1.0]], "float32")
    found = numbers(bivariate_mixture.log_prob(y_hat, points))
    assert found.dtype == "float32"
    plane = -np.log(2 * np.pi) - 26.3**2
    correlated = -np.log(2 * np.pi) + 20 - np.log(2) - 9 / 2
    assert_allclose(found, [plane - np.log(2), plane - 200, correlated - np.log(2)], rtol=1e-4)
    assert np.exp(found[0]) == 0 and np.isclose(found[0] / np.log(10), -301, atol=1)
    assert np.isfinite(numbers(bivariate_mixture.gradient(y_hat, points))).all()


def test_bias_narrows_and_prefers():
    density = random_mixture(np.random.default_rng(10))
    y_hat = y_hat_of(**density)[None]
    for b in (0.0, 0.5, 3.0):
        found = bivariate_mixture.mixture(y_hat, b)
        assert_allclose(numbers(found.sigma)[0], density["sigma"] * np.exp(-b))
        assert_allclose(numbers(found.pi)[0], density["pi"] ** (1 + b) / (density["pi"] ** (1 + b)).sum())
        assert_allclose(numbers(found.rho)[0], density["rho"])
        assert_allclose(numbers(found.e)[0], density["e"])
    drawn = numbers(bivariate_mixture.sample(np.tile(y_hat, (40, 1)), 60.0, seed=1))
    assert_allclose(drawn[:, :2], np.tile(density["mu"][:, density["pi"].argmax()], (40, 1)), atol=1e-6)


def test_samples_have_the_moments():
    density = random_mixture(np.random.default_rng(11))
    drawn = numbers(bivariate_mixture.sample(np.tile(y_hat_of(**density), (200, 200, 1)), seed=2)).reshape(-1, 3)
    means = density["mu"].T
    mean = density["pi"] @ means
    second = sum(p * (n.cov + np.outer(m, m)) for p, n, m in zip(density["pi"], normals(density), means, strict=True))
    cov = second - np.outer(mean, mean)
    sd = np.sqrt(np.diag(cov))
    assert (np.abs(drawn[:, :2].mean(axis=0) - mean) < 4 * sd / 200).all()
    assert_allclose(np.cov(drawn[:, :2].T) / np.outer(sd, sd), cov / np.outer(sd, sd), atol=0.03)
    assert abs(drawn[:, 2].mean() - density["e"]) < 4 * 0.5 / 200


def test_the_same_seed_draws_the_same_and_a_generator_goes_on():
    y_hat = np.random.default_rng(0).normal(size=(4, 13))
    first, again = (numbers(bivariate_mixture.sample(y_hat, seed=3)) for _ in range(2))
    assert (first == again).all()
    seed = keras.random.SeedGenerator(3)
    assert (numbers(bivariate_mixture.sample(y_hat, seed=seed)) == first).all()
    assert (numbers(bivariate_mixture.sample(y_hat, seed=seed)) != first).any()


@pytest.mark.parametrize("size", [1, 6, 12])
def test_other_sizes_are_refused(size):
    with pytest.raises(ValueError, match=rf"y_hat: expected a last axis of 6 M \+ 1 numbers .* received {size}"):
        bivariate_mixture.log_prob(np.zeros((2, size)), np.zeros((2, 3)))
    with pytest.raises(ValueError, match=r"points: expected shape \(..., 3\)"):
        bivariate_mixture.log_prob(np.zeros((2, 7)), np.zeros((2, 2)))
    with pytest.raises(ValueError, match="components: expected the number of components, at least 1, received 0"):
        MixtureDensity(0)


def test_padding_is_not_counted():
    """The loss of sequences filled up is the mean over the points that are there, whatever stands in the padding."""
    rng = np.random.default_rng(12)
    y_hat, points = rng.normal(size=(2, 5, 13)), rng.normal(size=(2, 5, 3))
    points[..., 2] = rng.integers(0, 2, size=(2, 5))
    value = -numbers(bivariate_mixture.log_prob(y_hat, points))
    points[1, 2:] = [1e30, np.inf, -1]
    expected = (value[0].sum() + value[1, :2].sum()) / 7
    assert_allclose(float(MixtureLoss()(points, y_hat)), expected)
    weighted = (3 * value[0].sum() + 2 * value[1, :2].sum()) / (3 * 5 + 2 * 2)
    assert_allclose(float(MixtureLoss()(points, y_hat, sample_weight=np.array([3.0, 2.0]))), weighted)
    _, (slopes,) = value_and_gradients(
        lambda arguments: (MixtureLoss()(points, arguments[0]), None), [ops.convert_to_tensor(y_hat)]
    )
    assert np.isfinite(numbers(slopes)).all() and (numbers(slopes)[1, 2:] == 0).all()
