"""Echo state networks as scikit-learn's estimators: its own checks, clones, pipelines and searches."""

import numpy as np
import pytest
from sklearn.base import clone, is_regressor
from sklearn.exceptions import NotFittedError
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks
from sklearn.utils.validation import check_is_fitted

from rnnkit.reservoirs import EchoStateNetwork, EchoStateRegressor
from tests.expected_failures import IN_WORDS, OF_ORDER, ONE_INPUT, SERIES, WORDS, because

EXPECTED = because((WORDS, IN_WORDS), (ONE_INPUT, ["check_fit1d"]), (SERIES, OF_ORDER))


@parametrize_with_checks(
    [EchoStateRegressor(5, washout=0, random_state=0)],
    expected_failed_checks=lambda model: EXPECTED,
    xfail_strict=True,
)
def test_scikit_learns_own_checks(estimator, check):
    check(estimator)


def remembered(steps=400):
    rng = np.random.default_rng(7)
    u = rng.uniform(-3, 5, (steps, 2))
    return u, np.stack([np.roll(u[:, 0], 2), np.roll(u[:, 1], 1) + u[:, 0]], axis=1)


def test_search_and_pipeline_over_what_is_drawn():
    u, y = remembered()
    pipeline = make_pipeline(StandardScaler(), EchoStateRegressor(40, input_scale=0.1, washout=20, random_state=0))
    grid = {"echostateregressor__units": [1, 40], "echostateregressor__spectral_radius": [0.5, 0.9]}
    search = GridSearchCV(pipeline, grid, cv=TimeSeriesSplit(2), error_score="raise").fit(u, y)
    best = search.best_estimator_[-1]
    assert best.units == 40 and search.score(u, y) > 0.99
    said = search.predict(u)
    assert search.score(u, y) == pytest.approx(r2_score(y[20:], said[20:]), rel=1e-12)
    again = clone(best)
    with pytest.raises(NotFittedError):
        again.predict(u)
    scaled = search.best_estimator_[0].transform(u)
    np.testing.assert_array_equal(again.fit(scaled, y).predict(scaled), said)


def test_the_regressor_is_the_random_network_with_its_readout():
    u, y = remembered(150)
    model = EchoStateRegressor(
        9, leak=0.6, spectral_radius=0.7, connections=3, input_scale=0.2, bias_scale=0.3, penalty=1e-3, washout=11,
        random_state=5,
    ).fit(u, y)  # fmt: skip
    network = EchoStateNetwork.random(
        9, 2, leak=0.6, spectral_radius=0.7, connections=3, input_scale=0.2, bias_scale=0.3, seed=5
    ).fit(u, y, penalty=1e-3, washout=11)
    np.testing.assert_array_equal(model.predict(u), network.predict(u))
    assert model.score(u, y) == network.score(u, y, washout=11)
    np.testing.assert_allclose(model.fit(u, y[:, 0]).predict(u), network.predict(u)[:, 0], atol=1e-9)


@pytest.mark.parametrize("outputs", [None, 2])
def test_a_network_with_its_weights_is_cloned_scored_and_searched(outputs):
    u, y = remembered()
    network = EchoStateNetwork.random(40, 2, outputs, connections=10, input_scale=0.02, feedback_scale=0.01, seed=3)
    assert repr(network).startswith("EchoStateNetwork(units=40, features=2, ") and is_regressor(network)
    with pytest.raises(NotFittedError):
        check_is_fitted(network)
    before = None if outputs is None else np.concatenate([0 * y[:1], y[:-1]])
    network.fit(u, y, washout=30)
    check_is_fitted(network)
    assert network.score(u, y, washout=30) == pytest.approx(r2_score(y[30:], network.predict(u, before)[30:]))
    again = clone(network)
    assert again.output_kernel is None
    np.testing.assert_array_equal(again.fit(u, y, washout=30).predict(u, before), network.predict(u, before))
    search = GridSearchCV(again, {"leak": [0.02, 1.0]}, cv=TimeSeriesSplit(2), error_score="raise")
    assert search.fit(u, y, washout=5).best_params_ == {"leak": 1.0}
    assert network.set_params(leak=0.5).leak == 0.5 and network.output_kernel is None
    assert make_pipeline(StandardScaler(), again).fit(u, y).score(u, y) < 1


def test_errors_name_what_is_wrong():
    u, y = remembered(50)
    with pytest.raises(ValueError, match="u, y: expected as many steps of each, 102 or more, received 50 and 50"):
        EchoStateRegressor().fit(u, y)
    with pytest.raises(ValueError, match="units: expected a positive integer, received 0"):
        EchoStateRegressor(0, washout=1).fit(u, y)
    with pytest.raises(ValueError, match="radius: expected a finite number above"):
        EchoStateRegressor(3, spectral_radius=0.2, leak=0.5, washout=1).fit(u, y)
    with pytest.raises(ValueError, match="washout=10, received 10"):
        EchoStateRegressor(3, washout=10).fit(u, y).score(u[:10], y[:10])
