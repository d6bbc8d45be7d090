"""Mackey-Glass against SciPy's integrator by the method of steps, NARMA against its equation and a published error."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from rnnkit.datasets import mackey_glass, narma


def by_steps(tau, until, start):
    """The delay equation solved interval by interval of τ, each an ordinary one, by DOP853 with dense output."""
    pieces = [lambda t: start]
    times, now = [0.0], start
    while times[-1] < until:
        left, before = times[-1], pieces[-1]
        solved = solve_ivp(
            lambda t, y, before=before: 0.2 * before(t - tau) / (1 + before(t - tau) ** 10) - 0.1 * y,
            (left, left + tau),
            [now],
            method="DOP853",
            rtol=1e-12,
            atol=1e-13,
            dense_output=True,
        )
        pieces.append(lambda t, solution=solved.sol: solution(t)[0])
        now = solved.y[0, -1]
        times.append(left + tau)
    return np.array([pieces[int(np.searchsorted(times, t - 1e-9))](t) for t in np.arange(1.0, until + 0.5)])


@pytest.mark.parametrize("tau", [17.0, 30.0])
def test_mackey_glass_is_the_delay_equations_solution(tau):
    exact = by_steps(tau, 200, 1.2)
    errors = [np.abs(mackey_glass(200, tau, discard=0, substeps=n, start=1.2) - exact).max() for n in (5, 10, 20)]
    assert errors[1] < 2e-5
    assert 10 < errors[0] / errors[1] < 26 and 10 < errors[1] / errors[2] < 26  # the fourth power of 2 is 16


def test_mackey_glass_by_seed():
    one, again, other = mackey_glass(300, seed=4), mackey_glass(300, seed=4), mackey_glass(300, seed=5)
    np.testing.assert_array_equal(one, again)
    assert np.abs(one - other).max() > 0.1
    np.testing.assert_array_equal(mackey_glass(100, seed=4, discard=1200), mackey_glass(300, seed=4)[200:])


def test_narma_is_its_equation():
    """Atiya and Parlos's (86), y(k+1) of y(k) ... y(k−n+1), u(k) and u(k−n+1); all is 0 before the start."""
    u = np.random.default_rng(0).uniform(0.0, 0.5, 40)
    y = {k: 0.0 for k in range(-4, 1)}
    for k in range(39):
        past = sum(y[k - i] for i in range(4))
        product = u[k] * (u[k - 3] if k >= 3 else 0.0)
        y[k + 1] = 0.3 * y[k] + 0.05 * y[k] * past + 1.5 * product + 0.1
    np.testing.assert_allclose(narma(u, order=4), [y[k] for k in range(40)], rtol=1e-12)


def test_a_linear_model_of_narma_has_the_published_error():
    """Appeltant et al. (2011) give 0.16 of the variance for a shift register."""
    lab = pytest.importorskip("rnnkit.course.experiments.reservoirs")
    assert 0.15 < np.mean([lab.shift_register_nmse(20, seed) for seed in range(3)]) < 0.18


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mackey_glass(10, tau=0.55), "tau: expected a positive multiple of 1 / substeps = 0.1, received 0.55"),
        (lambda: mackey_glass(10, discard=-1), "discard: expected 0 or more, received -1"),
        (lambda: narma(np.zeros((3, 1))), r"inputs: expected shape \(steps,\), received \(3, 1\)"),
        (lambda: narma(np.full(200, 0.9)), "inputs: the system runs away with them at step"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()
