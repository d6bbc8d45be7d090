"""Recurrent networks of five university lectures, as Keras 3 layers, optimizers and graded notebooks.

Names are loaded on first use (PEP 562), so `import rnnkit` loads neither Keras nor TensorFlow.

Example:
    >>> import rnnkit
    >>> layer = rnnkit.Elman(units=4, output_units=1)
    >>> layer.units
    4
"""

import importlib
from typing import Any

from rnnkit import _moved, _registration

__version__ = "0.2.0"

_HOME_OF_NAME = {
    "CFN": "layers",
    "CFNCell": "layers",
    "CTRNN": "layers",
    "CTRNNCell": "layers",
    "DeepRNN": "layers",
    "DeepRNNCell": "layers",
    "EchoState": "layers",
    "EchoStateCell": "layers",
    "Elman": "layers",
    "ElmanCell": "layers",
    "Gate": "layers",
    "GRU": "layers",
    "gru_from_keras": "layers",
    "gru_to_keras": "layers",
    "gru_with_swapped_update": "layers",
    "GRUCell": "layers",
    "Jordan": "layers",
    "JordanCell": "layers",
    "MemoryBlocks": "layers",
    "MemoryBlocksCell": "layers",
    "NARX": "layers",
    "NARXCell": "layers",
    "OutputFeedback": "layers",
    "OutputFeedbackCell": "layers",
    "PeepholeLSTM": "layers",
    "PeepholeLSTMCell": "layers",
    "GradientNormRegularizer": "regularizers",
    "Rprop": "optimizers",
    "ScheduledSampling": "training",
    "TeacherForcing": "training",
    "TruncatedBPTT": "training",
    "EKFTrainer": "training",
    "RTRLTrainer": "training",
    "BoltzmannMachine": "energy",
    "DBN": "energy",
    "DBNClassifier": "energy",
    "Hopfield": "energy",
    "RBM": "energy",
    "GlimpseSensor": "applications",
    "RecurrentAttention": "applications",
}
_MODULES = (
    "applications",
    "course",
    "datasets",
    "dynamics",
    "energy",
    "identification",
    "language",
    "layers",
    "optimizers",
    "plots",
    "regularizers",
    "reservoirs",
    "training",
)

__all__ = ["__version__", *_HOME_OF_NAME, *_MODULES]


def __getattr__(name: str) -> Any:
    if name in _HOME_OF_NAME:
        value = getattr(importlib.import_module(f"rnnkit.{_HOME_OF_NAME[name]}"), name)
        globals()[name] = value
        return value
    if name in _MODULES or f"rnnkit.{name}" in _moved.MOVED:
        return importlib.import_module(f"rnnkit.{name}")
    raise AttributeError(f"module 'rnnkit' has no attribute {name!r}; it has {', '.join(__all__)}")


_moved.install()
_registration.install()


def __dir__() -> list[str]:
    return sorted(__all__)
