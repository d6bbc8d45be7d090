"""The networks of Hochreiter and Schmidhuber's experiments with the LSTM, as they describe them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

import rnnkit


@dataclass(frozen=True)
class Architecture:
    """A row of the paper's table 10: what is connected to what, and where the biases are.

    The hidden layer is fully connected: gates and cells see the inputs, all gates and all cells. The output layer sees
    the cells, and with `skip` the inputs. Output units are logistic.

    inputs, blocks, block_size, outputs: sizes.
    bias: which units have one: "all" that are not inputs, "hidden", "gates" or "none".
    scale: weights start between −scale and scale.
    input_gates, output_gates: first values of the gates' biases, block by block; random like the weights if None.
    options: further arguments of `MemoryBlocks`.
    """

    inputs: int
    blocks: int
    block_size: int
    outputs: int
    bias: str
    scale: float = 0.1
    input_gates: Sequence[float] | None = None
    output_gates: Sequence[float] | None = None
    skip: bool = False
    options: tuple[tuple[str, Any], ...] = ()

    def build(self, seed: int = 0, return_sequences: bool = False, truncated_gradient: bool = True) -> keras.Model:
        """The network as a Keras model from (batch, time, inputs) to the outputs, of the last step or of all."""
        uniform = [keras.initializers.RandomUniform(-self.scale, self.scale, seed=seed + i) for i in range(4)]
        blocks = rnnkit.layers.MemoryBlocks(
            self.blocks,
            self.block_size,
            bias="hidden" if self.bias == "all" else self.bias,
            kernel_initializer=uniform[0],
            recurrent_initializer=uniform[1],
            bias_initializer=uniform[2],
            truncated_gradient=truncated_gradient,
            return_sequences=return_sequences,
            **dict(self.options),
        )
        output = keras.layers.Dense(self.outputs, "sigmoid", use_bias=self.bias == "all", kernel_initializer=uniform[3])
        inputs = keras.Input((None, self.inputs))
        seen = blocks(inputs)
        if self.skip:
            now = inputs if return_sequences else inputs[:, -1]
            seen = keras.layers.Concatenate()([seen, now])
        model = keras.Model(inputs, output(seen))
        self._set_gates(blocks.cell)
        return model

    def _set_gates(self, cell: Any) -> None:
        if cell.gate_bias is None:
            return
        values = np.array(cell.gate_bias)
        if self.input_gates is not None:
            values[: self.blocks] = self.input_gates
        if self.output_gates is not None:
            values[self.blocks :] = self.output_gates
        cell.gate_bias.assign(values)


_LINE_2A = (("activation", "sigmoid"), ("output_activation", "linear"), ("output_gates", False), ("recurrent", False))

# By the paper's numbers of the tasks.
ARCHITECTURES = {
    "1, 4 blocks": Architecture(7, 4, 1, 7, "gates", scale=0.2, output_gates=(-1, -2, -3, -4)),
    "1, 3 blocks": Architecture(7, 3, 2, 7, "gates", scale=0.2, output_gates=(-1, -2, -3)),
    "2a": Architecture(101, 1, 1, 101, "none", scale=0.2, skip=True, options=_LINE_2A),
    "2c": Architecture(54, 2, 1, 2, "none", scale=0.2),
    "2c, p = 100": Architecture(104, 2, 1, 2, "none", scale=0.2),
    "2c, p = 1000": Architecture(1004, 2, 1, 2, "none", scale=0.2),
    "3a": Architecture(1, 3, 1, 1, "hidden", input_gates=(-1, -3, -5), output_gates=(-2, -4, -6)),
    "4": Architecture(2, 2, 2, 1, "all", input_gates=(-3, -6)),
    "6a": Architecture(8, 2, 2, 4, "all", input_gates=(-2, -4)),
    "6b": Architecture(8, 3, 2, 8, "all", input_gates=(-2, -4, -6)),
}
