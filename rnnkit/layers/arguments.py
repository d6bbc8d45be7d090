"""Names and types of the arguments that constructors share (PEP 692): where several take them, they stand here once.

A constructor takes them as `**arguments: Unpack[...]`, which type checkers read. The defaults are those of the
constructors that the arguments are passed on to; tests/test_typing.py compares the names with what these take.
"""

from typing import Any, TypedDict


class KerasArguments(TypedDict, total=False):
    """What every Keras layer takes, cells too."""

    name: str | None
    dtype: Any
    trainable: bool


class LayerArguments(KerasArguments, total=False):
    """What `keras.layers.RNN` takes beside its cell."""

    return_sequences: bool
    return_state: bool
    go_backwards: bool
    stateful: bool
    unroll: bool
    zero_output_for_mask: bool
    activity_regularizer: Any


class DropoutArguments(TypedDict, total=False):
    """What has to do with chance."""

    dropout: float
    recurrent_dropout: float
    seed: int | None


class WeightArguments(DropoutArguments, total=False):
    """The usual weights: kernel, recurrent kernel and bias."""

    kernel_initializer: Any
    recurrent_initializer: Any
    bias_initializer: Any
    kernel_regularizer: Any
    recurrent_regularizer: Any
    bias_regularizer: Any
    kernel_constraint: Any
    recurrent_constraint: Any
    bias_constraint: Any


class GateArguments(WeightArguments, total=False):
    """Cells with gates."""

    activation: Any
    recurrent_activation: Any
    use_bias: bool
    return_gates: bool


class OutputLayerArguments(WeightArguments, total=False):
    """Cells with a hidden layer and an output layer."""

    use_bias: bool
    output_initializer: Any
    output_regularizer: Any
    output_constraint: Any
    return_hidden: bool


class OutputLayerCellArguments(OutputLayerArguments, KerasArguments, total=False):
    """The same, of the cell itself; the activations aside, which the NARX cell has others of."""


class BesideOutputLayerArguments(KerasArguments, total=False):
    """What cells with an output layer have of their own, and their base keeps for them."""

    input_dim: int | None
    decay: float
    input_delays: int
    output_delays: int


class OutputFeedbackArguments(OutputLayerArguments, LayerArguments, total=False):
    """Of the layer `OutputFeedback`."""

    activation: Any
    output_activation: Any
    fused: bool | str


class ElmanArguments(OutputFeedbackArguments, total=False):
    """Of the layer `Elman`."""

    input_dim: int | None


class JordanArguments(ElmanArguments, total=False):
    """Of the layer `Jordan`."""

    decay: float


class NARXArguments(OutputFeedbackArguments, total=False):
    """Of the layer `NARX`."""

    input_delays: int
    output_delays: int


class GRUArguments(GateArguments, LayerArguments, total=False):
    """Of the layer `GRU`."""

    fused: bool | str


class CFNArguments(GRUArguments, total=False):
    """Of the layer `CFN`."""

    unit_gate_bias: bool


class PeepholeLSTMArguments(GRUArguments, total=False):
    """Of the layer `PeepholeLSTM`."""

    unit_forget_bias: bool
    peephole_initializer: Any
    peephole_regularizer: Any
    peephole_constraint: Any
    input_gate: bool
    forget_gate: bool
    output_gate: bool
    coupled_gates: bool
    peepholes: bool
    output_activation: Any
    full_gate_recurrence: bool
    input_dim: int | None


class CTRNNArguments(WeightArguments, LayerArguments, total=False):
    """Of the layer `CTRNN`."""

    activation: Any
    use_bias: bool
    tau: Any
    dt: float
    method: str
    substeps: int
    trainable_tau: bool
    fused: bool | str


class MemoryBlocksArguments(WeightArguments, LayerArguments, total=False):
    """Of the layer `MemoryBlocks`."""

    activation: Any
    block_size: int
    output_activation: Any
    recurrent_activation: Any
    bias: str
    output_gates: bool
    recurrent: bool
    truncated_gradient: bool
    fused: bool | str


class EchoStateArguments(DropoutArguments, LayerArguments, total=False):
    """Of the layer `EchoState`."""

    leak: float
    spectral_radius: float | None
    connections: int | None
    feedback: bool
    activation: Any
    output_activation: Any
    use_bias: bool
    kernel_initializer: Any
    recurrent_initializer: Any
    feedback_initializer: Any
    bias_initializer: Any
    output_initializer: Any
    output_regularizer: Any
    output_constraint: Any
    return_hidden: bool


class DeepRNNArguments(LayerArguments, total=False):
    """Of the layer `DeepRNN`."""

    fused: bool | str


class NTMArguments(LayerArguments, total=False):
    """Of the layer `NTM`."""

    rows: int
    row_size: int
    read_heads: int
    write_heads: int
    shifts: int
    content: bool
    output_activation: Any
    kernel_initializer: Any
    bias_initializer: Any
    memory_initializer: Any
    return_weightings: bool
