"""A fixture for tests in double precision on every backend."""

import importlib

import keras
import pytest


@pytest.fixture
def double_precision(monkeypatch):
    """float64 as the default.

    On JAX and PyTorch, Keras computes products of float64 in float32, as JAX does unless told otherwise, and has no
    switch for it; there, its table of formats is changed for the time of a test.
    """
    before, policy = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    formats = importlib.import_module("keras.src.backend.common.dtypes")
    if not hasattr(formats, "BIT64_TO_BIT32_DTYPE"):
        pytest.skip("this Keras has another table of formats")
    monkeypatch.setitem(formats.BIT64_TO_BIT32_DTYPE, "float64", "float64")
    if keras.backend.backend() == "jax":
        import jax

        wide = jax.config.jax_enable_x64
        jax.config.update("jax_enable_x64", True)
    yield
    keras.config.set_floatx(before)
    keras.config.set_dtype_policy(policy)
    if keras.backend.backend() == "jax":
        jax.config.update("jax_enable_x64", wide)
