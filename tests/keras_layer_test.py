"""Keras's own test of a layer, which ships in its wheel under a private name: the one place that imports it."""

import importlib
from typing import Any


def run_layer_test(layer: type, **arguments: Any) -> None:
    """Keras's `run_layer_test`; raises AssertionError where the layer fails it, RuntimeError where Keras lacks it."""
    try:
        case = importlib.import_module("keras.src.testing.test_case").TestCase("run_layer_test")
    except (ImportError, AttributeError) as error:
        raise RuntimeError(
            "This version of Keras has no keras.src.testing. See where run_layer_test is now."
        ) from error
    case.run_layer_test(layer, **arguments)
