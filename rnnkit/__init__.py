"""Recurrent networks of five university lectures, as Keras 3 layers, optimizers and graded notebooks.

Names are loaded on first use (PEP 562), so `import rnnkit` loads neither Keras nor TensorFlow.

Example:
    >>> import rnnkit
    >>> layer = rnnkit.Elman(units=4, output_units=1)
    >>> layer.units
    4
"""

from typing import TYPE_CHECKING

from rnnkit import _lazy, _moved, _registration

if TYPE_CHECKING:  # what type checkers see, who do not run `__getattr__`; tests/test_import.py holds it to the table
    from rnnkit import (
        applications,
        course,
        datasets,
        dynamics,
        energy,
        identification,
        language,
        layers,
        optimizers,
        plots,
        regularizers,
        reservoirs,
        training,
    )
    from rnnkit.applications import (
        NTM,
        GlimpseSensor,
        Handwriting,
        MixtureDensity,
        MixtureLoss,
        NTMCell,
        RecurrentAttention,
        ShowAndTell,
        SoftWindow,
        WindowedCell,
        copying_ntm,
        sequence_classifier,
    )
    from rnnkit.energy import DBN, RBM, BoltzmannMachine, DBNClassifier, Hopfield
    from rnnkit.layers import (
        CFN,
        CTRNN,
        GRU,
        NARX,
        CFNCell,
        CTRNNCell,
        DeepRNN,
        DeepRNNCell,
        EchoState,
        EchoStateCell,
        Elman,
        ElmanCell,
        Gate,
        GRUCell,
        Jordan,
        JordanCell,
        MemoryBlocks,
        MemoryBlocksCell,
        NARXCell,
        OutputFeedback,
        OutputFeedbackCell,
        PeepholeLSTM,
        PeepholeLSTMCell,
        gru_from_keras,
        gru_to_keras,
        gru_with_swapped_update,
    )
    from rnnkit.optimizers import Rprop
    from rnnkit.regularizers import GradientNormRegularizer
    from rnnkit.training import EKFTrainer, RTRLTrainer, ScheduledSampling, TeacherForcing, TruncatedBPTT

__version__ = "0.2.0"

# Literal, as type checkers read it.
__all__ = [
    "__version__",
    "CFN",
    "CFNCell",
    "CTRNN",
    "CTRNNCell",
    "DeepRNN",
    "DeepRNNCell",
    "EchoState",
    "EchoStateCell",
    "Elman",
    "ElmanCell",
    "Gate",
    "GRU",
    "gru_from_keras",
    "gru_to_keras",
    "gru_with_swapped_update",
    "GRUCell",
    "Jordan",
    "JordanCell",
    "MemoryBlocks",
    "MemoryBlocksCell",
    "NARX",
    "NARXCell",
    "OutputFeedback",
    "OutputFeedbackCell",
    "PeepholeLSTM",
    "PeepholeLSTMCell",
    "GradientNormRegularizer",
    "Rprop",
    "ScheduledSampling",
    "TeacherForcing",
    "TruncatedBPTT",
    "EKFTrainer",
    "RTRLTrainer",
    "BoltzmannMachine",
    "DBN",
    "DBNClassifier",
    "Hopfield",
    "RBM",
    "GlimpseSensor",
    "Handwriting",
    "MixtureDensity",
    "MixtureLoss",
    "NTM",
    "NTMCell",
    "RecurrentAttention",
    "ShowAndTell",
    "SoftWindow",
    "WindowedCell",
    "copying_ntm",
    "sequence_classifier",
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
]

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
    "Handwriting": "applications",
    "MixtureDensity": "applications",
    "MixtureLoss": "applications",
    "NTM": "applications",
    "NTMCell": "applications",
    "RecurrentAttention": "applications",
    "ShowAndTell": "applications",
    "SoftWindow": "applications",
    "WindowedCell": "applications",
    "copying_ntm": "applications",
    "sequence_classifier": "applications",
}
_MODULES = [name for name in __all__ if name not in _HOME_OF_NAME and name != "__version__"]


if not TYPE_CHECKING:  # to a type checker, it would make every misspelt name an Any
    _OLD = [name.removeprefix("rnnkit.") for name in _moved.MOVED]
    __getattr__ = _lazy.names_of(__name__, _HOME_OF_NAME, {*_MODULES, *_OLD})


_moved.install()
_registration.install()


def __dir__() -> list[str]:
    return sorted(__all__)
