r"""The neural Turing machine: a recurrent cell with a memory beside it, which heads read and write."""

from typing import Any, Unpack

import keras
from keras import ops, tree

from rnnkit._checks import boolean, integer, positive_integer
from rnnkit._keras import DropoutRNNCell
from rnnkit.applications._ntm_addressing import addressed, head_sizes, read, written
from rnnkit.layers.arguments import KerasArguments, NTMArguments
from rnnkit.layers.base import RecurrentCell, RecurrentLayer, register, resolved


@register
class NTMCell(RecurrentCell):
    r"""One time step of a neural Turing machine: controller, write heads, memory, read heads, output.

    The memory M has N rows of m numbers. From what was read a step before, the controller makes h, and h tells each
    head where to look: a key k, its strength β, how far content counts, g, a shift s, and a sharpness γ.

    $$h,\, c = \mathrm{controller}([x,\, {}^{(t-1)}r^1 \dots {}^{(t-1)}r^R],\, {}^{(t-1)}c) \tag{1}$$
    $$[k, \beta, g, s, \gamma, e, a] = [k', \mathrm{softplus}\,\beta', \mathrm{sigm}\,g', \mathrm{softmax}\,s',
        1 + \mathrm{softplus}\,\gamma', \mathrm{sigm}\,e', a'], \quad [k', \beta', \dots] = hW_h + b_h \tag{2}$$
    $$w_c(i) = \mathrm{softmax}_i\big(\beta\, \cos(k, M(i))\big) \tag{3}$$
    $$w_g = g\, w_c + (1 - g)\; {}^{(t-1)}w \tag{4}$$
    $$w_s(i) = \sum_j w_g(i - j)\, s(j) \tag{5}$$
    $$w(i) = w_s(i)^\gamma \Big/ \sum_n w_s(n)^\gamma \tag{6}$$
    $$M(i) = {}^{(t-1)}M(i) \odot \prod_{\text{write}} (1 - w(i)\, e) + \sum_{\text{write}} w(i)\, a \tag{7}$$
    $$r = \sum_i w(i)\, M(i) \tag{8}$$
    $$y = \sigma([h,\, r^1 \dots r^R]\, W_y + b_y) \tag{9}$$

    Rows count in a circle: i − j in (5) is taken modulo N. Write heads look for content (3) in the memory of the step
    before, read heads in the one just written. All rows begin with the same learned `initial_row`, and all heads on
    row 0, so no weight depends on N: `NTM.with_rows` gives a machine with the same weights and a longer tape.

    Differences from the source, which leaves them open: the order of writing and reading, the functions of (2), and
    an output (9) that sees what was read in the same step. In (3) the squared norms have Keras's epsilon added.

    Args:
        controller: an rnnkit or Keras cell, such as `keras.layers.LSTMCell(100)`.
        output_units: J, outputs.
        rows: N, rows of the memory.
        row_size: m, numbers in a row.
        read_heads, write_heads: R and how many write.
        shifts: the farthest a head moves in a step, so that s has 2·shifts + 1 entries; 0 leaves out (5).
        content: whether heads look for content; False leaves out (3) and (4).
        output_activation: σ in (9).
        kernel_initializer, bias_initializer: for W_h, W_y and b_h, b_y.
        memory_initializer: for the row that the memory begins with; 1e-6 by default (Collier and Beel 2018).
        return_weightings: the output is followed by the heads' weightings; the layer `NTM` takes them apart.

    Call arguments:
        sequence: shape (batch, features), the inputs x of this time step.
        states: M, shape (batch, N·m), row after row; the weightings of read, then write heads, (batch, heads·N);
            what was read, (batch, R·m); the list of the controller's states c.
        training: passed to the controller.

    Returns:
        y, shape (batch, J), and the new states.

    Raises:
        ValueError: a size out of range, a controller that is no cell or returns more than its output, more shifts
            than rows, heads that neither shift nor look for content.

    Source:
        A. Graves, G. Wayne, I. Danihelka, Neural Turing Machines (2014): (3) is its (5) and (6), (4)-(6) its (7)-(9),
        (7) its (3) and (4), (8) its (2).

    Example:
        >>> import keras, numpy as np
        >>> cell = NTMCell(keras.layers.LSTMCell(7), output_units=2, rows=6, row_size=3)
        >>> cell.build((None, 4))
        >>> y, [memory, weightings, read, controller] = cell(np.ones((5, 4)), cell.get_initial_state(5))
        >>> tuple(y.shape), tuple(memory.shape), tuple(weightings.shape), tuple(read.shape), len(controller)
        ((5, 2), (5, 18), (5, 12), (5, 3), 2)
    """

    def __init__(
        self,
        controller: Any,
        output_units: int,
        rows: int = 128,
        row_size: int = 20,
        read_heads: int = 1,
        write_heads: int = 1,
        shifts: int = 1,
        content: bool = True,
        output_activation: Any = "sigmoid",
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        memory_initializer: Any = None,
        return_weightings: bool = False,
        **kwargs: Unpack[KerasArguments],
    ) -> None:
        _check_controller(controller)
        memory_initializer = keras.initializers.Constant(1e-6) if memory_initializer is None else memory_initializer
        super().__init__(**kwargs)
        self.controller = controller
        self.output_units = positive_integer("output_units", output_units)
        self.rows, self.row_size = positive_integer("rows", rows), positive_integer("row_size", row_size)
        self.read_heads = positive_integer("read_heads", read_heads)
        self.write_heads = positive_integer("write_heads", write_heads)
        self.shifts, self.content = integer("shifts", shifts, 0), boolean("content", content)
        self.return_weightings = boolean("return_weightings", return_weightings)
        self.output_activation = resolved("output_activation", output_activation)
        self.kernel_initializer = resolved("kernel_initializer", kernel_initializer)
        self.bias_initializer = resolved("bias_initializer", bias_initializer)
        self.memory_initializer = resolved("memory_initializer", memory_initializer)
        self._arguments = _ARGUMENTS
        if 2 * self.shifts + 1 > self.rows:
            raise ValueError(
                f"shifts: expected at most {(self.rows - 1) // 2} with {self.rows} rows, so that no two shifts are the "
                f"same, received {shifts}. Give the memory more rows."
            )
        if not self.content and not self.shifts:
            raise ValueError("content: expected True where shifts is 0, received False: no head could ever move.")

    @property
    def heads(self) -> int:
        return self.read_heads + self.write_heads

    @property
    def state_size(self) -> list[Any]:
        own = [self.rows * self.row_size, self.heads * self.rows, self.read_heads * self.row_size]
        return [*own, _as_list(self.controller.state_size)]

    @property
    def extras(self) -> list[Any]:
        sizes = {"read": [self.rows] * self.read_heads, "write": [self.rows] * self.write_heads}
        return [sizes] if self.return_weightings else []

    @property
    def output_size(self) -> int:
        return self.output_units + self.return_weightings * self.heads * self.rows

    @property
    def _hidden(self) -> int:
        size = getattr(self.controller, "output_size", None)
        return _as_list(self.controller.state_size)[0] if size is None else size

    @property
    def head_sizes(self) -> list[tuple[str, int]]:
        """What the columns of `head_kernel` are, head after head, read heads first: name and width of each part."""
        sizes = [head_sizes(self.row_size, self.shifts, self.content, writes=h >= self.read_heads) for h in self._all]
        return [part for head in sizes for part in head.items()]

    @property
    def _all(self) -> range:
        return range(self.heads)

    def build(self, input_shape: Any) -> None:
        self._controller_inputs = input_shape[-1] + self.read_heads * self.row_size
        if not self.controller.built:
            self.controller.build((input_shape[0], self._controller_inputs))
            self.controller.built = True
        of_heads = sum(size for _, size in self.head_sizes)
        seen = self._hidden + self.read_heads * self.row_size
        kernel, bias = self.kernel_initializer, self.bias_initializer
        self.head_kernel = self.add_weight(name="head_kernel", shape=(self._hidden, of_heads), initializer=kernel)
        self.head_bias = self.add_weight(name="head_bias", shape=(of_heads,), initializer=bias)
        self.output_kernel = self.add_weight(name="output_kernel", shape=(seen, self.output_units), initializer=kernel)
        self.output_bias = self.add_weight(name="output_bias", shape=(self.output_units,), initializer=bias)
        row = (self.row_size,)
        self.initial_row = self.add_weight(name="initial_row", shape=row, initializer=self.memory_initializer)

    def get_initial_state(self, batch_size: int | None = None) -> list[Any]:
        if not hasattr(self, "initial_row"):
            raise ValueError(f"{self.name}: expected a built cell, whose memory begins with a learned row. Build it.")
        row = ops.cast(self.initial_row, self.compute_dtype)[None]
        at_0 = ops.cast(ops.arange(self.rows) == 0, self.compute_dtype)[None]
        alike = ops.ones((batch_size, 1), dtype=self.compute_dtype)
        memory, weightings, seen = (
            alike * ops.tile(part, (1, times))
            for part, times in ((row, self.rows), (at_0, self.heads), (row, self.read_heads))
        )
        return [memory, weightings, seen, self._cast(_as_list(self.controller.get_initial_state(batch_size)))]

    def call(self, sequence: Any, states: Any, training: bool = False) -> tuple[Any, list[Any]]:
        memory, before, seen, c = states
        memory = ops.reshape(memory, (-1, self.rows, self.row_size))
        before = ops.reshape(before, (-1, self.heads, self.rows))
        taken = {"training": training} if getattr(self.controller, "_call_has_training_arg", False) else {}

        h, c = self._cast(self.controller(ops.concatenate([sequence, seen], axis=-1), list(c), **taken))  # (1)
        heads = self._instructions(h)  # (2)
        writers, readers = range(self.read_heads, self.heads), range(self.read_heads)
        w = {i: addressed(memory, before[:, i], heads[i]) for i in writers}  # (3)-(6)
        memory = written(memory, [(w[i], heads[i]["erase"], heads[i]["add"]) for i in writers])  # (7)
        w |= {i: addressed(memory, before[:, i], heads[i]) for i in readers}  # (3)-(6)
        seen = ops.concatenate([read(memory, w[i]) for i in readers], axis=-1)  # (8)
        hr = ops.concatenate([h, seen], axis=-1)
        y = self.output_activation(ops.matmul(hr, self.output_kernel) + self.output_bias)  # (9)

        weightings = ops.concatenate([w[i] for i in self._all], axis=-1)
        flat = ops.reshape(memory, (-1, self.rows * self.row_size))
        output = ops.concatenate([y, weightings], axis=-1) if self.return_weightings else y
        return output, [flat, weightings, seen, _as_list(c)]

    def _instructions(self, h: Any) -> list[dict[str, Any]]:
        """What h tells each head, by name."""
        raw, heads, at = ops.matmul(h, self.head_kernel) + self.head_bias, [], 0
        for head in self._all:
            told = {}
            for name, size in head_sizes(self.row_size, self.shifts, self.content, head >= self.read_heads).items():
                told[name] = _SQUASHED.get(name, lambda x: x)(raw[:, at : at + size])
                at += size
            heads.append(told)
        return heads

    def _cast(self, results: Any) -> Any:
        # The controller may have another dtype than the layer, whose loop needs states of one type.
        return tree.map_structure(lambda x: ops.cast(x, self.compute_dtype), results)

    # Keras has dropout masks drawn before its loop and cleared after it, by these four names.

    def get_dropout_mask(self, step_input: Any) -> None:
        if isinstance(self.controller, DropoutRNNCell):
            batch = ops.shape(step_input)[0]
            self.controller.get_dropout_mask(ops.zeros((batch, self._controller_inputs), dtype=self.compute_dtype))
            state = tree.flatten(self.controller.get_initial_state(batch_size=batch))[0]
            self.controller.get_recurrent_dropout_mask(state)

    def get_recurrent_dropout_mask(self, step_input: Any) -> None:
        pass

    def reset_dropout_mask(self) -> None:
        if isinstance(self.controller, DropoutRNNCell):
            self.controller.reset_dropout_mask()

    def reset_recurrent_dropout_mask(self) -> None:
        if isinstance(self.controller, DropoutRNNCell):
            self.controller.reset_recurrent_dropout_mask()

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "controller": keras.saving.serialize_keras_object(self.controller)}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> "NTMCell":
        return cls(**_with_controller(config, custom_objects))


@register
class NTM(RecurrentLayer):
    """A neural Turing machine over a sequence. See `NTMCell` for the equations and the arguments.

    Args: those of `NTMCell`, then
        return_weightings: return {"read": [...], "write": [...]} after the output, for each head its w in (6).
        return_sequences, return_state, go_backwards, stateful, unroll, zero_output_for_mask, activity_regularizer,
            name, dtype, trainable: as in `keras.layers.RNN`. The controller keeps its own dtype. A stateful layer
            keeps the learned start that it was built with until `reset_state()`: call that after weights are loaded.

    Call arguments:
        sequences: shape (batch, time, features).
        initial_state: nested as the states of `NTMCell`. By default the learned start.
        mask: shape (batch, time), booleans; steps that are False are skipped.
        training: passed to the controller.

    Returns:
        y, shape (batch, J), or (batch, time, J) with `return_sequences`; with `return_weightings` followed by the
        weightings, each (batch, N) or (batch, time, N); with `return_state` followed by the last states.

    Example:
        >>> import keras, numpy as np
        >>> layer = NTM(keras.layers.LSTMCell(7), 2, rows=6, row_size=3, return_sequences=True, return_weightings=True)
        >>> y, weightings = layer(np.ones((5, 9, 4)))
        >>> tuple(y.shape), tuple(weightings["read"][0].shape), tuple(layer.with_rows(50)(np.ones((5, 9, 4)))[0].shape)
        ((5, 9, 2), (5, 9, 6), (5, 9, 2))
    """

    cell_class = NTMCell

    def __init__(self, controller: Any, output_units: int, *args: Any, **arguments: Unpack[NTMArguments]) -> None:
        super().__init__(controller, output_units, *args, **arguments)

    def with_rows(self, rows: int) -> "NTM":
        """A layer with the same arguments and a copy of the weights, and a memory of so many rows.

        Raises:
            ValueError: a layer that is not built, or fewer rows than the shifts need.
        """
        if not self.built:
            raise ValueError(f"{self.name}: expected a built layer, whose weights can be copied. Call it first.")
        config = self.get_config()
        other = type(self).from_config({**config, "rows": positive_integer("rows", rows)})
        features = self.cell._controller_inputs - self.cell.read_heads * self.cell.row_size
        other.build((None, None, features))
        other.set_weights(self.get_weights())
        return other

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> "NTM":
        return cls(**_with_controller(config, custom_objects))


_ARGUMENTS = (
    *("controller", "output_units", "rows", "row_size", "read_heads", "write_heads", "shifts", "content"),
    *("output_activation", "kernel_initializer", "bias_initializer", "memory_initializer", "return_weightings"),
)
_SQUASHED = {
    "strength": ops.softplus,
    "gate": ops.sigmoid,
    "shift": ops.softmax,
    "sharpness": lambda x: 1 + ops.softplus(x),
    "erase": ops.sigmoid,
}


def _check_controller(controller: Any) -> None:
    if not hasattr(controller, "state_size") or isinstance(controller, keras.layers.RNN):
        raise ValueError(
            f"controller: expected a recurrent cell such as keras.layers.LSTMCell(100), received {controller!r}. "
            "Pass the cell of a layer."
        )
    if getattr(controller, "extras", None):
        raise ValueError(
            f"controller: expected a cell that returns its output only, received extras of {controller.name!r}."
        )


def _with_controller(config: dict[str, Any], custom_objects: dict[str, Any] | None) -> dict[str, Any]:
    controller = keras.saving.deserialize_keras_object(config["controller"], custom_objects=custom_objects)
    return {**config, "controller": controller}


def _as_list(states: Any) -> list[Any]:
    return list(states) if isinstance(states, list | tuple) else [states]
