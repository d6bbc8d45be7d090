"""Keras 3 recurrent layers of the lectures. Each file holds a cell and the thin layer around it."""

from rnnkit.layers._lstm_variants import GREFF_VARIANTS
from rnnkit.layers.cfn import CFN, CFNCell
from rnnkit.layers.ctrnn import CTRNN, CTRNNCell
from rnnkit.layers.deep import DeepRNN, DeepRNNCell
from rnnkit.layers.echo_state import EchoState, EchoStateCell
from rnnkit.layers.echo_state_conversion import fit_readout, from_layer
from rnnkit.layers.elman import Elman, ElmanCell
from rnnkit.layers.gate import Gate
from rnnkit.layers.gru import GRU, GRUCell
from rnnkit.layers.gru_conversion import gru_from_keras, gru_to_keras, gru_with_swapped_update
from rnnkit.layers.jordan import Jordan, JordanCell
from rnnkit.layers.memory_blocks import MemoryBlocks, MemoryBlocksCell
from rnnkit.layers.narx import NARX, NARXCell
from rnnkit.layers.output_feedback import OutputFeedback, OutputFeedbackCell
from rnnkit.layers.peephole_lstm import PeepholeLSTM, PeepholeLSTMCell

__all__ = [
    "GREFF_VARIANTS",
    "CFN",
    "CFNCell",
    "CTRNN",
    "CTRNNCell",
    "DeepRNN",
    "DeepRNNCell",
    "EchoState",
    "EchoStateCell",
    "OutputFeedback",
    "OutputFeedbackCell",
    "Elman",
    "ElmanCell",
    "GRU",
    "GRUCell",
    "Gate",
    "Jordan",
    "JordanCell",
    "MemoryBlocks",
    "MemoryBlocksCell",
    "NARX",
    "NARXCell",
    "PeepholeLSTM",
    "PeepholeLSTMCell",
    "fit_readout",
    "from_layer",
    "gru_from_keras",
    "gru_to_keras",
    "gru_with_swapped_update",
]
