"""Models of systems as scikit-learn's estimators: its own checks, clones, pipelines and searches."""

import subprocess
import sys

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import parametrize_with_checks

from rnnkit.identification import ARX, FIR, NARXModel, PolynomialNARX, SlidingPredictor, StateSpaceRNN
from tests.expected_failures import (
    EVALUATIONS,
    MANY_WEIGHTS,
    OF_ORDER,
    OF_PREDICTION,
    OUTPUTS,
    PAST,
    SERIES,
    SYSTEM,
    because,
)

WITH_OUTPUTS = SYSTEM | because(
    (OUTPUTS, OF_PREDICTION + OF_ORDER), (MANY_WEIGHTS, ["check_regressors_no_decision_function"])
)
EXPECTED = {
    "no delay": SYSTEM,
    "FIR": SYSTEM
    | because((PAST, ["check_regressors_train"]), (MANY_WEIGHTS, ["check_regressor_multioutput"]), (SERIES, OF_ORDER)),
    "ARX": WITH_OUTPUTS,
    "PolynomialNARX": SYSTEM | because((OUTPUTS, OF_PREDICTION + OF_ORDER)),
    "NARXModel": WITH_OUTPUTS
    | because((EVALUATIONS, ["check_non_transformer_estimators_n_iter"]), (MANY_WEIGHTS, ["check_estimators_nan_inf"])),
    "StateSpaceRNN": SYSTEM | because((SERIES, OF_ORDER), (EVALUATIONS, ["check_non_transformer_estimators_n_iter"])),
}
FAST = {"max_iter": 20, "random_state": 0}
CHECKED = [
    (ARX(0, 0), "no delay"),
    (FIR(0), "no delay"),
    (FIR(1), "FIR"),
    (ARX(), "ARX"),
    (NARXModel(2, **FAST), "NARXModel"),
    (StateSpaceRNN(1, "linear", **FAST), "StateSpaceRNN"),
    (PolynomialNARX(2, 0, 0), "no delay"),
    (PolynomialNARX(2), "PolynomialNARX"),
]


@parametrize_with_checks(
    [model for model, _ in CHECKED],
    expected_failed_checks=lambda model: next(EXPECTED[kind] for one, kind in CHECKED if one is model),
    xfail_strict=True,
)
def test_scikit_learns_own_checks(estimator, check):
    check(estimator)


def recording(steps=200):
    rng = np.random.default_rng(5)
    u, y = rng.normal(size=(steps, 2)), np.zeros(steps)
    for k in range(2, steps):
        y[k] = 0.9 * y[k - 1] - 0.5 * y[k - 2] + u[k, 0] - 0.4 * u[k - 1, 1] + 0.05 * rng.normal()
    return u, y


MODELS = [
    (ARX(), "output_delays", [1, 2]),
    (FIR(1), "width", [0, 4]),
    (NARXModel(2, input_delays=1, **FAST), "output_delays", [1, 2]),
    (SlidingPredictor(2, 1, **FAST), "width", [0, 4]),
    (PolynomialNARX(1, 1, 1), "output_delays", [1, 2]),
    (StateSpaceRNN(1, "linear", max_iter=60, random_state=0), "units", [1, 2]),
]


@pytest.mark.parametrize(("model", "setting", "values"), MODELS, ids=lambda value: type(value).__name__)
def test_search_pipeline_and_clone(model, setting, values):
    u, y = recording()
    before = model.get_params()
    pipeline = make_pipeline(FunctionTransformer(), model)
    search = GridSearchCV(
        pipeline, {f"{type(model).__name__.lower()}__{setting}": values}, cv=TimeSeriesSplit(2), error_score="raise"
    ).fit(u, y)
    best = search.best_estimator_[-1]
    assert best.get_params()[setting] == values[1]  # two past outputs, or a longer memory in their place
    assert search.score(u, y) == best.score(u, y) == pytest.approx(r2_score(y[best.past_ :], best.predict(u, y)))
    again = clone(best)
    assert again.get_params() == best.get_params() and model.get_params() == before
    with pytest.raises(NotFittedError):
        again.predict(u, y)
    # MINPACK adds in an order that depends on where its arrays lie; what has converged differs by the rounding alone.
    np.testing.assert_allclose(again.fit(u, y).predict(u, y), best.predict(u, y), atol=1e-6)


def test_without_delays_arx_is_linear_regression():
    u, y = recording()
    peer = LinearRegression().fit(u, y)
    assert ARX(0, 0).fit(u, y).score(u, y) == pytest.approx(peer.score(u, y), rel=1e-12)


def test_scores_of_free_runs_and_of_several_outputs():
    u, y = recording()
    both = np.stack([y, u[:, 0] + 0.1 * y], axis=1)
    model = ARX(1, 2).fit(u, both)
    said = model.simulate(u, both[:2])
    assert model.score(u, both, free_run=True) == pytest.approx(r2_score(both[2:], said), rel=1e-12)
    wild = ARX(0, 1).fit(*recording())
    wild._linear.weights[-1] = 1e3
    assert wild.score(u, y, free_run=True) == -np.inf


def test_settings_that_change_forget_the_fit():
    u, y = recording()
    model = ARX().fit(u, y)
    assert model.set_params() is model and model.predict(u, y).shape == (199,)
    assert model.set_params(output_delays=3).past_ == 3
    with pytest.raises(NotFittedError, match="Call fit"):
        model.predict(u, y)
    with pytest.raises(ValueError, match="delays: expected one of 'input_delays', 'output_delays', 'ridge', received"):
        model.set_params(delays=2)
    with pytest.raises(ValueError, match="output_delays: expected an integer of at least 0, received -1"):
        model.set_params(output_delays=-1)
    assert model.output_delays == 3
    with pytest.raises(ValueError, match="y: expected the measured outputs, received none"):
        model.fit(u, y).predict(u)


def test_scikit_learn_is_not_needed():
    code = "import sys, rnnkit.identification as i, rnnkit.reservoirs; i.ARX().set_params(ridge=1.0); "
    code += "\ntry: i.ARX().predict([1.0], [1.0])\nexcept ValueError: assert 'sklearn' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
