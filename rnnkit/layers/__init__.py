"""Keras 3 recurrent layers of the lectures. Each file holds a cell and the thin layer around it."""

from rnnkit.layers.elman import Elman, ElmanCell
from rnnkit.layers.jordan import Jordan, JordanCell
from rnnkit.layers.peephole_lstm import PeepholeLSTM, PeepholeLSTMCell

__all__ = ["Elman", "ElmanCell", "Jordan", "JordanCell", "PeepholeLSTM", "PeepholeLSTMCell"]
