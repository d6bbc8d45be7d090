"""Keras 3 recurrent layers of the lectures. Each file holds a cell and the thin layer around it."""

from rnnkit.layers.deep import DeepRNN, DeepRNNCell
from rnnkit.layers.elman import Elman, ElmanCell
from rnnkit.layers.jordan import Jordan, JordanCell
from rnnkit.layers.output_feedback import OutputFeedback, OutputFeedbackCell
from rnnkit.layers.peephole_lstm import PeepholeLSTM, PeepholeLSTMCell

__all__ = [
    "DeepRNN",
    "DeepRNNCell",
    "OutputFeedback",
    "OutputFeedbackCell",
    "Elman",
    "ElmanCell",
    "Jordan",
    "JordanCell",
    "PeepholeLSTM",
    "PeepholeLSTMCell",
]
