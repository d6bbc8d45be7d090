"""Keras 3 recurrent layers of the lectures. Each file holds a cell and the thin layer around it."""

from typing import TYPE_CHECKING

from rnnkit import _lazy

if TYPE_CHECKING:  # what type checkers see, and what marking reads; tests/test_import.py holds it to the table
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

_HOME_OF_NAME = {
    "GREFF_VARIANTS": "_lstm_variants",
    "CFN": "cfn",
    "CFNCell": "cfn",
    "CTRNN": "ctrnn",
    "CTRNNCell": "ctrnn",
    "DeepRNN": "deep",
    "DeepRNNCell": "deep",
    "EchoState": "echo_state",
    "EchoStateCell": "echo_state",
    "fit_readout": "echo_state_conversion",
    "from_layer": "echo_state_conversion",
    "Elman": "elman",
    "ElmanCell": "elman",
    "Gate": "gate",
    "GRU": "gru",
    "GRUCell": "gru",
    "gru_from_keras": "gru_conversion",
    "gru_to_keras": "gru_conversion",
    "gru_with_swapped_update": "gru_conversion",
    "Jordan": "jordan",
    "JordanCell": "jordan",
    "MemoryBlocks": "memory_blocks",
    "MemoryBlocksCell": "memory_blocks",
    "NARX": "narx",
    "NARXCell": "narx",
    "OutputFeedback": "output_feedback",
    "OutputFeedbackCell": "output_feedback",
    "PeepholeLSTM": "peephole_lstm",
    "PeepholeLSTMCell": "peephole_lstm",
}

if not TYPE_CHECKING:
    __getattr__ = _lazy.names_of(__name__, _HOME_OF_NAME)


def __dir__() -> list[str]:
    return sorted(__all__)
