r"""Deep recurrent networks: stacked, with skip connections, or wired by a connection matrix."""

import inspect
from collections.abc import Iterable
from typing import Any, Unpack

import keras
import numpy as np
from keras import ops, tree

from rnnkit._keras import DropoutRNNCell
from rnnkit.dynamics.trajectory import readout
from rnnkit.layers.arguments import DeepRNNArguments, KerasArguments
from rnnkit.layers.base import RecurrentCell, RecurrentLayer, register
from rnnkit.layers.fused.stated import FastStack


@register
class DeepRNNCell(RecurrentCell):
    r"""One time step of L recurrent cells, wired by a connection matrix.

    With $y^0_t$ the input, $y^\ell_t$ the output and $s^\ell_t$ the states of layer ℓ, and C the connection matrix with
    rows for the layers 1…L and the output and columns for the input and the layers 1…L:

    $$x^\ell_t = \big[\, y^m_t : C_{\ell m} = 1,\ m < \ell \;;\;
        y^m_{t-1} : C_{\ell m} = 1,\ m \ge \ell \,\big] \tag{1}$$
    $$y^\ell_t,\, s^\ell_t = \mathrm{cell}_\ell(x^\ell_t,\, s^\ell_{t-1}) \tag{2}$$
    $$y_t = \big[\, y^m_t : C_{L+1,m} = 1 \,\big] \tag{3}$$

    where […] joins vectors in the order of m. A connection upwards acts within the step, one sideways or downwards
    from the step before. Joining the sources and multiplying by one kernel is the same as giving each source a matrix
    of its own and adding up, which is how Graves writes it.

    - "stacked" is the identity matrix: each layer sees the one below, and the output is the last layer's.
    - "skip" is Graves's: the input feeds all layers, and all layers feed the output.

    Args:
        cells: list of L rnnkit or Keras cells.
        connections: "stacked", "skip", or C as an array of zeros and ones, shape (L + 1, L + 1).
        dtype: where given, also that of the cells that have neither weights yet nor another dtype of their own.

    Call arguments:
        sequence: shape (batch, N), the inputs of this time step.
        states: the list of each cell's list of states, followed by the previous output of each layer that C feeds
            sideways or downwards.
        training: passed to the cells.

    Returns:
        The output, shape (batch, sum of the sizes of its sources), and the new states.

    Raises:
        ValueError: no cells, something else than a cell, a cell that returns more than its output, connections of
            another shape or with other entries, a layer or an output without a source.

    Source:
        N. Mohajerin, ME 780 lecture 5 (2017), the slides on deep RNNs, which draw the matrix without equations; A.
        Graves, Generating Sequences with Recurrent Neural Networks (2013), equations (1)-(3) for "skip".

    Example:
        >>> import keras, numpy as np
        >>> cell = DeepRNNCell([keras.layers.GRUCell(3), keras.layers.LSTMCell(2)], connections="skip")
        >>> y, states = cell(np.ones((5, 4)), cell.get_initial_state(5))
        >>> tuple(y.shape), [[tuple(s.shape) for s in own] for own in states]
        ((5, 5), [[(5, 3)], [(5, 2), (5, 2)]])
    """

    def __init__(self, cells: list[Any], connections: Any = "stacked", **kwargs: Unpack[KerasArguments]) -> None:
        cells = _checked_cells(cells)
        matrix = connection_matrix(connections, len(cells))
        named = connections if isinstance(connections, str) else matrix.astype(int).tolist()
        super().__init__(cells=cells, connections=named, **kwargs)
        self._arguments = ("cells", "connections")
        if kwargs.get("dtype") is not None:
            self._share_dtype()
        self._sources = [np.flatnonzero(row).tolist() for row in matrix]
        # Layers that are seen by themselves or by a layer below: their output is kept for the next step.
        self._kept = sorted({m for layer, row in enumerate(self._sources[:-1], 1) for m in row if m >= layer})
        self._input_size: int | None = None

    def _share_dtype(self) -> None:
        """A dtype that was asked for is that of the cells too, but for those with one of their own, or with weights."""
        usual = keras.config.dtype_policy().name
        for cell in self.cells:
            if not cell.built and cell.dtype_policy.name == usual:
                cell.dtype_policy = self.dtype_policy

    @property
    def state_size(self) -> list[Any]:
        own = [_as_list(cell.state_size) for cell in self.cells]
        return [*own, *(self._width(layer) for layer in self._kept)]

    @property
    def output_size(self) -> int:
        return sum(self._width(source) for source in self._sources[-1])

    def _width(self, source: int) -> int:
        if source == 0:
            if self._input_size is None:
                raise ValueError("connections: the input feeds the output, whose size is not known before `build`.")
            return self._input_size
        cell = self.cells[source - 1]
        size = getattr(cell, "output_size", None)
        return _as_list(cell.state_size)[0] if size is None else size

    def get_initial_state(self, batch_size: int | None = None) -> list[Any]:
        own = [_as_list(cell.get_initial_state(batch_size=batch_size)) for cell in self.cells]
        kept = [ops.zeros((batch_size, self._width(layer)), dtype=self.compute_dtype) for layer in self._kept]
        return [*own, *kept]

    def build(self, input_shape: Any) -> None:
        self._input_size = input_shape[-1]
        for cell, sources in zip(self.cells, self._sources[:-1], strict=True):
            if not cell.built:
                cell.build((input_shape[0], sum(self._width(source) for source in sources)))
                cell.built = True

    def call(self, sequence: Any, states: Any, training: bool = False) -> tuple[Any, list[Any]]:
        before = dict(zip(self._kept, states[len(self.cells) :], strict=True))
        now, new = {0: sequence}, []
        for layer, (cell, own) in enumerate(zip(self.cells, states, strict=False), 1):
            x = _joined([now[m] if m in now else before[m] for m in self._sources[layer - 1]])  # (1)
            now[layer], own = self._cast(cell(x, list(own), **_if_taken(cell, training)))  # (2)
            new.append(_as_list(own))
        y = _joined([now[m] for m in self._sources[-1]])  # (3)
        return y, [*new, *(now[m] for m in self._kept)]

    def _cast(self, results: Any) -> Any:
        # A cell may have another dtype than the layer, whose loop needs states of one type.
        return tree.map_structure(lambda x: ops.cast(x, self.compute_dtype), results)

    def readout(self, states: Any) -> Any:
        """The output that belongs to a state, given as the flat list of its tensors.

        Raises:
            ValueError: the input feeds the output, which is then no function of the state.
        """
        if 0 in self._sources[-1]:
            raise ValueError("connections: expected no connection from input to output, which no state tells.")
        outputs, rest = [], tree.flatten(states)
        for cell in self.cells:
            count = len(_as_list(cell.state_size))
            outputs.append(readout(cell, rest[:count]))
            rest = rest[count:]
        return _joined([outputs[m - 1] for m in self._sources[-1]])

    def fast_loop(self) -> FastStack:
        """What the fast loop needs; on TensorFlow."""
        needs = {
            "connections: upwards only": not self._kept,
            "connections: none from input to output": 0 not in self._sources[-1],
            f"cells of dtype {self.compute_dtype!r}": all(
                own.compute_dtype == self.compute_dtype for own in self.cells
            ),
            "cells without input_dim": not any(getattr(own, "input_dim", None) for own in self.cells),
        }
        return FastStack(self.cells, self._sources, needs)

    # Keras has dropout masks drawn before its loop and cleared after it, by these four names.

    def get_dropout_mask(self, step_input: Any) -> None:
        batch = ops.shape(step_input)[0]
        for cell, sources in zip(self._with_dropout(), self._sources[:-1], strict=True):
            if cell is not None:
                cell.get_dropout_mask(ops.zeros((batch, sum(map(self._width, sources))), dtype=self.compute_dtype))
                cell.get_recurrent_dropout_mask(_as_list(cell.get_initial_state(batch_size=batch))[0])

    def get_recurrent_dropout_mask(self, step_input: Any) -> None:
        pass

    def reset_dropout_mask(self) -> None:
        for cell in filter(None, self._with_dropout()):
            cell.reset_dropout_mask()

    def reset_recurrent_dropout_mask(self) -> None:
        for cell in filter(None, self._with_dropout()):
            cell.reset_recurrent_dropout_mask()

    def _with_dropout(self) -> list[Any]:
        return [cell if isinstance(cell, DropoutRNNCell) else None for cell in self.cells]

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        return {**config, "cells": [keras.saving.serialize_keras_object(cell) for cell in self.cells]}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> "DeepRNNCell":
        return cls(**_with_cells(config, custom_objects))


@register
class DeepRNN(RecurrentLayer):
    """A deep recurrent network over a sequence. See `DeepRNNCell` for the equations and the arguments.

    Args: those of `DeepRNNCell`, then
        fused: "auto" for the compiled loop, on TensorFlow, in `fit` and other graphs, where connections go upwards and
            the cells have it too; False for the readable loop, which second derivatives need; True for a ValueError
            where the compiled one does not apply.
        return_sequences, return_state, go_backwards, stateful, unroll, zero_output_for_mask, activity_regularizer,
            name, dtype, trainable: as in `keras.layers.RNN`. The cells keep their own dtype.

    Call arguments:
        sequences: shape (batch, time, N).
        initial_state: nested as the states of `DeepRNNCell`. The cells' own initial states by default.
        mask: shape (batch, time), booleans; steps that are False are skipped.
        training: passed to the cells.

    Returns:
        The output, shape (batch, J), or (batch, time, J) with `return_sequences`; with `return_state` followed by the
        last states, a list for each cell.

    Example:
        >>> import numpy as np, rnnkit
        >>> layer = DeepRNN([rnnkit.PeepholeLSTMCell(3), rnnkit.PeepholeLSTMCell(2)], "skip", return_sequences=True)
        >>> tuple(layer(np.ones((5, 7, 4))).shape)
        (5, 7, 5)
    """

    cell_class = DeepRNNCell

    def __init__(self, cells: list[Any], connections: Any = "stacked", **arguments: Unpack[DeepRNNArguments]) -> None:
        super().__init__(cells, connections, **arguments)

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> "DeepRNN":
        return cls(**_with_cells(config, custom_objects))


def connection_matrix(connections: Any, layers: int) -> np.ndarray:
    """The connection matrix of `DeepRNNCell` as booleans, shape (layers + 1, layers + 1)."""
    if isinstance(connections, str):
        if connections not in ("stacked", "skip"):
            raise ValueError(f"connections: expected 'stacked', 'skip' or a matrix, received {connections!r}.")
        matrix = np.eye(layers + 1, dtype=bool)
        if connections == "skip":
            matrix[:-1, 0] = matrix[-1, 1:] = True
        return matrix
    matrix = np.asarray(connections)
    if matrix.shape != (layers + 1, layers + 1) or not np.isin(matrix, (0, 1)).all():
        raise ValueError(
            f"connections: expected zeros and ones of shape {(layers + 1, layers + 1)}, a row for each layer and the "
            f"output and a column for the input and each layer, received {connections!r}."
        )
    without = np.flatnonzero(~matrix.astype(bool).any(axis=1))
    if without.size:
        which = "the output" if without[0] == layers else f"layer {without[0] + 1}"
        raise ValueError(f"connections: expected a source in each row, received none for {which}.")
    return matrix.astype(bool)


def _checked_cells(cells: Any) -> list[Any]:
    if not isinstance(cells, list | tuple) or not cells:
        raise ValueError(f"cells: expected a list of at least one recurrent cell, received {cells!r}.")
    for cell in cells:
        if not hasattr(cell, "state_size") or isinstance(cell, keras.layers.RNN | keras.layers.StackedRNNCells):
            raise ValueError(
                f"cells: expected recurrent cells such as keras.layers.LSTMCell(8), received {cell!r}. Pass the cells "
                "of a layer or of StackedRNNCells one by one."
            )
        if getattr(cell, "extras", None):
            raise ValueError(f"cells: expected a cell that returns its output only, received extras of {cell.name!r}.")
    return list(cells)


def _with_cells(config: dict[str, Any], custom_objects: dict[str, Any] | None) -> dict[str, Any]:
    cells = [keras.saving.deserialize_keras_object(cell, custom_objects=custom_objects) for cell in config["cells"]]
    return {**config, "cells": cells}


def _as_list(states: Any) -> list[Any]:
    return list(states) if isinstance(states, Iterable) and tree.is_nested(states) else [states]


def _if_taken(cell: Any, training: bool) -> dict[str, bool]:
    return {"training": training} if "training" in inspect.signature(cell.call).parameters else {}


def _joined(parts: list[Any]) -> Any:
    return parts[0] if len(parts) == 1 else ops.concatenate(parts, axis=-1)
