"""Old public names work, and say the new ones."""

import importlib
import sys
import warnings

import numpy as np
import pytest
from sklearn.base import clone

import rnnkit
from rnnkit import _moved, energy, identification

SPINS = np.array([[1.0, -1.0, 1.0], [1.0, 1.0, -1.0]])


def test_the_estimator_narx_is_narx_model():
    with pytest.warns(
        DeprecationWarning, match=r"identification\.NARX is now rnnkit\.identification\.NARXModel"
    ) as seen:
        assert identification.NARX is identification.NARXModel
    assert seen[0].filename == __file__
    with pytest.warns(DeprecationWarning, match="goes with rnnkit 0.3"):
        from rnnkit.identification.narx import NARX
    assert NARX is identification.NARXModel and NARX is not rnnkit.NARX


def test_an_unknown_name_of_a_module_with_old_names_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'rnnkit.identification' has no attribute 'NARY'"):
        identification.NARY  # noqa: B018


@pytest.mark.parametrize(
    ("module", "old"), [(module, old) for module in _moved.RENAMED for old in _moved.RENAMED[module]]
)
def test_an_old_name_gives_what_has_the_new_one(module, old):
    new = _moved.RENAMED[module][old]
    with pytest.warns(DeprecationWarning, match=f"{module}.{old} is now {new}; the old one goes with rnnkit 0.3"):
        found = getattr(importlib.import_module(module), old)
    home, _, name = new.rpartition(".")
    assert found is getattr(importlib.import_module(home), name)


@pytest.mark.parametrize(
    ("estimator", "old", "value"), [("Hopfield", "storage", "pseudo-inverse"), ("BoltzmannMachine", "method", "gibbs")]
)
def test_the_rule_that_fit_learns_by_is_learning(estimator, old, value):
    cls = getattr(energy, estimator)
    with pytest.warns(DeprecationWarning, match=rf"{estimator}\({old}=\) is now {estimator}\(learning=\)") as seen:
        model = cls(**{old: value})
    assert seen[0].filename == __file__
    with pytest.warns(DeprecationWarning, match=rf"{estimator}\.{old} is now {estimator}\.learning") as seen:
        assert getattr(model, old) == value
    assert seen[0].filename == __file__
    default = cls().learning
    with pytest.warns(DeprecationWarning, match="set_params"):
        model.set_params(**{old: default})
    assert model.learning == default
    with pytest.warns(DeprecationWarning):
        setattr(model, old, value)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert clone(model).learning == model.learning == value
        assert "learning" in model.get_params() and old not in model.get_params()
    with pytest.raises(ValueError, match=f"learning: expected it alone, received {old}"):
        cls(learning=value, **{old: value})


def test_the_old_argument_of_the_capacity_curve_does_what_the_new_one_does():
    with pytest.warns(DeprecationWarning, match=r"capacity_curve\(storage=\) is now capacity_curve\(learning=\)"):
        old = energy.capacity_curve(60, [0.4], storage="pseudo-inverse")
    assert old == energy.capacity_curve(60, [0.4], learning="pseudo-inverse")
    assert old > energy.capacity_curve(60, [0.4])


@pytest.mark.parametrize("old", [old for old, new in _moved.MOVED.items() if not new.startswith("rnnkit.course")])
def test_an_old_module_path_gives_the_module_at_the_new_one(old):
    sys.modules.pop(old, None)
    with pytest.warns(DeprecationWarning, match=f"{old} is now {_moved.MOVED[old]}"):
        module = importlib.import_module(old)
    assert module is importlib.import_module(_moved.MOVED[old])
