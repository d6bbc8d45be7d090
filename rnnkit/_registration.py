"""Lets `keras.models.load_model` find this library's classes after `import rnnkit`, which loads neither them nor Keras.

Keras looks a saved class up by its registered name, rnnkit>Elman. As long as Elman's own module is not loaded, a
stand-in has that name; asked to build a layer from its configuration, it loads the module. Keras's registry is filled
as soon as Keras is there, whichever of the two packages was imported first.
"""

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any

# Registered names are an interface: files that were saved with them must load.
REGISTERED = {
    "rnnkit.applications": (
        "GlimpseSensor",
        "Handwriting",
        "KnownSteps",
        "MixtureDensity",
        "MixtureLoss",
        "NTM",
        "NTMCell",
        "ReadStates",
        "RecurrentAttention",
        "ShowAndTell",
        "SoftWindow",
        "WindowedCell",
    ),
    "rnnkit.layers": (
        *("CFN", "CFNCell", "CTRNN", "CTRNNCell", "DeepRNN", "DeepRNNCell", "EchoState", "EchoStateCell", "Elman"),
        *("ElmanCell", "Gate", "GRU", "GRUCell", "Jordan", "JordanCell", "MemoryBlocks", "MemoryBlocksCell", "NARX"),
        *("NARXCell", "OutputFeedback", "OutputFeedbackCell", "PeepholeLSTM", "PeepholeLSTMCell"),
    ),
    "rnnkit.optimizers": ("Rprop",),
    "rnnkit.training.teacher_forcing": ("TeacherForcedCell", "TeacherForcing"),
}


class _StandIn:
    """Takes a class's place in Keras's registry until the class is loaded, and then knows it."""

    def __init__(self, module: str, name: str) -> None:
        self._module, self._name = module, name

    def from_config(self, config: dict[str, Any]) -> Any:
        return getattr(importlib.import_module(self._module), self._name).from_config(config)


def fill_registry() -> None:
    """Give Keras a stand-in for each class that is not loaded."""
    from keras.saving import get_custom_objects

    registry = get_custom_objects()
    for module, names in REGISTERED.items():
        for name in names:
            registry.setdefault(f"rnnkit>{name}", _StandIn(module, name))


class _AfterKeras(MetaPathFinder, Loader):
    """Finds Keras once, as it would be found anyway, and fills its registry when it is loaded."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != "keras":
            return None
        sys.meta_path.remove(self)
        spec = find_spec("keras")
        if spec is not None and spec.loader is not None:
            self._loader, spec.loader = spec.loader, self
        return spec

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        assert module.__spec__ is not None
        module.__loader__ = module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        fill_registry()


def install() -> None:
    """Fill Keras's registry now, or when Keras is loaded. Twice is once."""
    if "keras" in sys.modules:
        fill_registry()
    elif not any(isinstance(finder, _AfterKeras) for finder in sys.meta_path):
        sys.meta_path.insert(0, _AfterKeras())
