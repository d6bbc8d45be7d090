"""Terms chosen one after the other: brute force over least squares, sysidentpy's choice, a known law in a free run."""

import itertools

import numpy as np
import pytest
from sklearn.metrics import r2_score
from sklearn.preprocessing import PolynomialFeatures

from rnnkit.identification import ARX, PolynomialNARX, frols
from rnnkit.identification.polynomial import exponents, products


def law(noise=0.02, steps=300):
    """A system of five terms."""
    rng = np.random.default_rng(11)
    u, y = rng.uniform(-1, 1, steps), np.zeros(steps)
    for k in range(2, steps):
        y[k] = 0.5 * y[k - 1] + 0.8 * u[k - 1] + 0.3 * u[k - 2] ** 2 - 0.2 * y[k - 2] * u[k - 1] + 0.1
        y[k] += noise * rng.normal()
    return u, y


def squared_error(P, y):
    return np.sum((y - P @ np.linalg.lstsq(P, y, rcond=None)[0]) ** 2)


def test_each_choice_is_the_one_that_least_squares_over_all_candidates_makes():
    rng = np.random.default_rng(2)
    P = rng.normal(size=(40, 3))
    P = products(P, exponents(3, 3)) * 10.0 ** rng.uniform(-3, 3, 20)
    y = P[:, [1, 7, 15]] @ (1 / np.std(P[:, [1, 7, 15]], axis=0)) + rng.normal(size=40)
    found, chosen, before = frols(P, y, 7), [], y @ y
    for column, ratio in zip(found.order, found.err, strict=True):
        errors = {m: squared_error(P[:, [*chosen, m]], y) for m in range(20) if m not in chosen}
        assert column == min(errors, key=errors.get)
        assert ratio == pytest.approx((before - errors[column]) / (y @ y), rel=1e-8)
        chosen, before = [*chosen, column], errors[column]


def test_of_a_law_without_noise_the_greedy_choice_is_the_best_of_all_subsets():
    u, y = law(noise=0.0, steps=80)
    model = PolynomialNARX(1, 2, 2, n_terms=3).fit(u, y)
    every = exponents(5, 1)
    P = products(np.stack([u[2:], u[1:-1], u[:-2], y[1:-1], y[:-2]], axis=1), every)
    best = min(itertools.combinations(range(6), 3), key=lambda c: squared_error(P[:, list(c)], y[2:]))
    assert sorted(map(tuple, every[list(best)])) == sorted(map(tuple, model.exponents_[0]))


def test_candidates_are_scikit_learns_polynomial_features():
    phi = np.random.default_rng(3).normal(size=(7, 4))
    peer = PolynomialFeatures(3).fit(phi)
    assert np.array_equal(exponents(4, 3), peer.powers_)
    np.testing.assert_allclose(products(phi, exponents(4, 3)), peer.transform(phi), rtol=1e-12)


# sysidentpy 0.9.0: FROLS(ylag=2, xlag=2, Polynomial(degree=2), n_terms=6, LeastSquares()) on law(); it asks for an
# older NumPy than this package's pins, so that its numbers stand here. Its input has no lag 0.
THEIR_TERMS = ["u0(k-1)", "y0(k-1)", "u0(k-2)²", "1", "u0(k-1) y0(k-2)", "y0(k-1)²"]
THEIR_ERR = [0.42388947181042896, 0.4642026863663593, 0.09152789875718248,
             0.011802442056264644, 0.007497446654338514, 2.427886369105656e-05]  # fmt: skip
THEIR_THETA = [0.7963489142360283, 0.4866320251612536, 0.294500134919529,
               0.10182862075729485, -0.2006381823905513, 0.012937751074560744]  # fmt: skip
THEIR_FREE_RUN = [0.8985208722707339, 0.5745288738899752, 0.2598278072287196]
THEIR_ONE_STEP = [0.9140891525725265, 0.5702069435037352, 0.2672409846540303]


def test_choice_ratios_weights_and_free_run_are_sysidentpys():
    u, y = law()
    at_1 = np.concatenate([[0.0], u[:-1]])  # u(k-1) in the place of u(k): the same lags as theirs
    model = PolynomialNARX(2, 1, 2, n_terms=6).fit(at_1, y)
    assert [term.replace("u0(k-1)", "u0(k-2)").replace("u0(k)", "u0(k-1)") for term in model.terms_[0]] == THEIR_TERMS
    np.testing.assert_allclose(model.err_[0], THEIR_ERR, rtol=1e-8)
    np.testing.assert_allclose(model.theta_[0], THEIR_THETA, rtol=1e-8)
    assert len(PolynomialNARX(2, 1, 2).fit(at_1, y).terms_[0]) == 6  # and so with their BIC
    np.testing.assert_allclose(model.predict(at_1, y)[-3:], THEIR_ONE_STEP, rtol=1e-8)
    np.testing.assert_allclose(model.simulate(at_1, y[:2])[-3:], THEIR_FREE_RUN, rtol=1e-8)


def test_bic_finds_the_law_and_runs_alone():
    u, y = law()
    model = PolynomialNARX(2, 2, 2).fit(u[:200], y[:200])
    known = dict(zip(model.terms_[0], model.theta_[0], strict=True))
    # A greedy choice takes y0(k-1)² before the whole law is there, and then leaves it a small weight.
    assert set(known) == {"u0(k-1)", "y0(k-1)", "u0(k-2)²", "1", "u0(k-1) y0(k-2)", "y0(k-1)²"}
    assert abs(known["y0(k-1)²"]) < 0.02
    assert known["y0(k-1)"] == pytest.approx(0.5, abs=0.02) and known["u0(k-2)²"] == pytest.approx(0.3, abs=0.02)
    u, y = u[200:], y[200:]
    alone = model.score(u, y, free_run=True)
    assert alone == pytest.approx(r2_score(y[2:], model.simulate(u, y[:2])), rel=1e-12)
    assert alone > 0.99 > 0.96 > ARX(2, 2).fit(*law()).score(u, y, free_run=True)


def test_several_outputs_have_terms_of_their_own():
    u, y = law()
    both = np.stack([y, 3 * u - y], axis=1)
    model = PolynomialNARX(2, 2, 2, n_terms=3).fit(u, both)
    alone = PolynomialNARX(2, 2, 2, n_terms=3).fit(u, y)
    assert len(model.terms_) == 2 and model.predict(u, both).shape == (298, 2)
    assert alone.err_[0].sum() <= model.err_[0].sum() + 1e-12  # it may use the other output as well
    assert repr(model) == "PolynomialNARX(degree=2, input_delays=2, output_delays=2, n_terms=3, max_terms=20)"


def test_columns_that_depend_on_the_chosen_are_left_out():
    a, b = np.random.default_rng(4).normal(size=(2, 20))
    found = frols(np.stack([a, b, a + b, 2 * a], axis=1), a + 0.1 * b, 4)
    assert len(found.order) == 2 and found.err.sum() == pytest.approx(1.0)


def test_errors_name_what_is_wrong():
    with pytest.raises(ValueError, match="degree: expected a positive integer, received 0"):
        PolynomialNARX(0)
    with pytest.raises(ValueError, match="n_terms: expected a positive integer, received 0"):
        PolynomialNARX(2, n_terms=0)
    with pytest.raises(ValueError, match="y: expected a series that is not zero"):
        frols(np.ones((4, 1)), np.zeros(4), 1)
    with pytest.raises(ValueError, match=r"y: expected shape \(T,\) for candidates"):
        frols(np.ones((4, 1)), np.ones(3), 1)
