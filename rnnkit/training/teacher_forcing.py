r"""Teacher forcing, free running and scheduled sampling: what a net with output feedback sees as its past outputs."""

from dataclasses import dataclass
from typing import Any, Unpack

import keras
from keras import ops, tree

from rnnkit._checks import fraction, integer
from rnnkit.layers.base import KerasArguments, LayerArguments, RecurrentCell, RecurrentLayer, register
from rnnkit.layers.jordan import JordanCell
from rnnkit.layers.output_feedback import OutputFeedbackCell

_NAMED = {"teacher": 1.0, "free": 0.0}


def feedback_probability(name: str, feedback: Any) -> float:
    """The probability that a target is fed back: "teacher" is 1, "free" 0; or a ValueError that names the argument."""
    if isinstance(feedback, str) and feedback in _NAMED:
        return _NAMED[feedback]
    return fraction(name, feedback, expected="'teacher', 'free' or a probability from 0 to 1")


def with_feedback(cell: Any, states: Any, value: Any) -> list[Any]:
    """A cell's states after a step, with another value in the place of the output that will be fed back.

    Args:
        cell: a Jordan, output-feedback or NARX cell, or one with a method `with_feedback(states, value)`.
        states: as the cell returned them.
        value: shape (batch, J).

    Returns:
        The states, as if the cell's output had been the value.

    Raises:
        ValueError: another kind of cell.
    """
    if hasattr(cell, "with_feedback"):
        return cell.with_feedback(states, value)
    if isinstance(cell, OutputFeedbackCell):
        return [value, states[1]]
    if isinstance(cell, JordanCell):
        return [value, states[1] - states[0] + value] if cell.decay else [value]
    raise ValueError(
        f"cell: expected a cell that feeds its output back (Jordan, output feedback, NARX), received "
        f"{type(cell).__name__}. Give it a method with_feedback(states, value)."
    )


@register
class TeacherForcedCell(RecurrentCell):
    r"""One time step of a cell with output feedback, after which its target may take the place of its output.

    With y(k) and s(k) the cell's output and states, $y_t(k)$ the target and c(k) the coin of each example and step:

    $$y(k),\, s(k) = \mathrm{cell}\big(u(k),\, s'(k-1)\big) \tag{1}$$
    $$s'(k) = \begin{cases} s(k) \text{ with } y_t(k) \text{ in the place of } y(k) & c(k) = 1 \\
        s(k) & c(k) = 0 \end{cases} \tag{2}$$

    Args:
        inner_cell: the cell; see `with_feedback` for the kinds.

    Call arguments:
        sequence: shape (batch, N + J + 1): u, y_t and c, side by side.
        states: the cell's.
        training: passed to the cell.

    Returns:
        The cell's output, and the states of (2).

    Raises:
        ValueError: a cell that does not feed its output back.

    Example:
        >>> import numpy as np, rnnkit
        >>> cell = TeacherForcedCell(rnnkit.JordanCell(3, 1))
        >>> output, [fed_back] = cell(np.array([[5.0, 0.25, 1.0]]), [np.zeros((1, 1))])
        >>> float(fed_back[0, 0])
        0.25
    """

    def __init__(self, inner_cell: Any, **kwargs: Unpack[KerasArguments]) -> None:
        if not hasattr(inner_cell, "with_feedback") and not isinstance(inner_cell, JordanCell | OutputFeedbackCell):
            with_feedback(inner_cell, [], None)  # says what is expected
        super().__init__(inner_cell=inner_cell, **kwargs)
        self._arguments = ("inner_cell",)
        self.output_units = inner_cell.output_units

    @property
    def state_size(self) -> Any:
        return self.inner_cell.state_size

    @property
    def output_size(self) -> int:
        return self.inner_cell.output_size

    @property
    def extras(self) -> list[Any]:
        return self.inner_cell.extras

    def get_initial_state(self, batch_size: int | None = None) -> list[Any]:
        return self.inner_cell.get_initial_state(batch_size=batch_size)

    def build(self, input_shape: Any) -> None:
        if not self.inner_cell.built:
            self.inner_cell.build((input_shape[0], input_shape[-1] - self.output_units - 1))
            self.inner_cell.built = True

    def call(self, sequence: Any, states: Any, training: bool = False) -> tuple[Any, list[Any]]:
        inputs = sequence.shape[-1] - self.output_units - 1
        u, target, coin = ops.split(sequence, [inputs, inputs + self.output_units], axis=-1)
        y, states = self.inner_cell(u, states, training=training)  # (1)
        forced = with_feedback(self.inner_cell, states, target)
        return y, [ops.where(coin > 0, a, b) for a, b in zip(forced, states, strict=True)]  # (2)

    def readout(self, states: Any) -> Any:
        """The output that belongs to the cell's states; where a target took its place, the target."""
        return self.inner_cell.readout(states)

    # Keras has dropout masks drawn before its loop and cleared after it, by these four names.

    def get_dropout_mask(self, step_input: Any) -> Any:
        return self.inner_cell.get_dropout_mask(step_input[:, : step_input.shape[-1] - self.output_units - 1])

    def get_recurrent_dropout_mask(self, step_input: Any) -> Any:
        return self.inner_cell.get_recurrent_dropout_mask(step_input)

    def reset_dropout_mask(self) -> None:
        self.inner_cell.reset_dropout_mask()

    def reset_recurrent_dropout_mask(self) -> None:
        self.inner_cell.reset_recurrent_dropout_mask()

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "inner_cell": keras.saving.serialize_keras_object(self.inner_cell)}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> "TeacherForcedCell":
        return cls(**_with_cell(config, custom_objects))


@register
class TeacherForcing(RecurrentLayer):
    r"""A net with output feedback, whose fed-back output is the target, its own output, or now one and now the other.

    At each step k and for each example, the target $y_t(k)$ takes the place of the output y(k) where it is fed back

    - in the first `warm_up` steps: always;
    - afterwards with a probability p, drawn anew for each example and step: "teacher" is p = 1, "free" is p = 0, any
      p in between is scheduled sampling.

    With "teacher" the net is a feed-forward one that predicts a single step from u and past targets; with "free" it is
    the plain layer; with "free" and a warm-up of w steps it forecasts, from w known steps on. What is returned is
    always the net's own output. Where a target is fed back, no gradient goes back through the output.

    Args:
        inner_cell: a Jordan, output-feedback or NARX cell.
        feedback: in training: "teacher", "free" or p. `ScheduledSampling` lowers p from epoch to epoch.
        warm_up: steps at the start of each call.
        inference_feedback: the same as `feedback`, outside of training. "free" by default.
        seed: of the draws.
        return_sequences, return_state, go_backwards, stateful, unroll, zero_output_for_mask, activity_regularizer,
            name, dtype, trainable: as in `keras.layers.RNN`. The cell keeps its own dtype.

    Call arguments:
        sequences: shape (batch, time, N).
        targets: shape (batch, time, J); target k belongs to output k. Not needed to run freely from the start, nor is
            what it holds where it is not fed back (but it must be finite).
        initial_state, mask, training: as in `keras.layers.RNN`.

    Returns:
        As the cell's own layer.

    Raises:
        ValueError: a cell without output feedback, a feedback that is neither a name nor a probability, a negative
            warm-up; at the call, missing targets.

    Source:
        N. Mohajerin, ME 780 lecture 5 (2017), the slide on teacher forcing; R. J. Williams and D. Zipser (1989); S.
        Bengio and others, Scheduled Sampling for Sequence Prediction with Recurrent Neural Networks (2015).

    Example:
        >>> import keras, numpy as np, rnnkit
        >>> from rnnkit.training import ScheduledSampling, linear_decay
        >>> u, y = keras.Input((None, 3)), keras.Input((None, 2))
        >>> forced = TeacherForcing(rnnkit.JordanCell(4, 2), feedback="teacher", warm_up=5, return_sequences=True)
        >>> model = keras.Model([u, y], forced(u, targets=y))
        >>> model.compile("sgd", "mse")
        >>> x, t = np.ones((6, 9, 3)), np.ones((6, 9, 2))
        >>> history = model.fit([x, t], t, epochs=2, callbacks=[ScheduledSampling(linear_decay(1.0, 0.1))], verbose=0)
        >>> round(forced.probability, 3), model.predict([x, t], verbose=0).shape  # 5 steps known, 4 forecast
        (0.9, (6, 9, 2))
    """

    cell_class = TeacherForcedCell
    __signature__ = None  # the constructor's own, rather than the cell's arguments

    def __init__(
        self,
        inner_cell: Any,
        feedback: Any = "teacher",
        warm_up: int = 0,
        inference_feedback: Any = "free",
        seed: int | None = None,
        **kwargs: Unpack[LayerArguments],
    ) -> None:
        warm_up = integer("warm_up", warm_up, 0, "a number of steps, 0 or more")
        super().__init__(inner_cell, **kwargs)
        self.feedback, self.inference_feedback, self.warm_up, self.seed = feedback, inference_feedback, warm_up, seed
        self._at_inference = feedback_probability("inference_feedback", inference_feedback)
        self.seed_generator = keras.random.SeedGenerator(seed)
        p = feedback_probability("feedback", feedback)
        # In a container that Keras does not look into: no weight of the net.
        self._held = _Held(keras.Variable(p, dtype="float32", trainable=False, name="probability"))

    @property
    def variables(self) -> list[Any]:
        return [*super().variables, self._held.probability]

    @property
    def probability(self) -> float:
        """p of training, which can be set."""
        return float(ops.convert_to_numpy(self._held.probability))

    @probability.setter
    def probability(self, value: Any) -> None:
        self._held.probability.assign(feedback_probability("probability", value))

    def build(self, sequences_shape: Any, initial_state_shape: Any = None, targets_shape: Any = None) -> None:
        width = sequences_shape[-1] + self.cell.output_units + 1
        super().build((*sequences_shape[:2], width), initial_state_shape)
        self.input_spec = keras.layers.InputSpec(ndim=3, axes={-1: sequences_shape[-1]})
        self.state_size = tree.flatten(self.cell.state_size)  # a NARX cell knows it once it is built

    def call(
        self, sequences: Any, initial_state: Any = None, mask: Any = None, training: bool = False, targets: Any = None
    ) -> Any:
        if targets is None:
            if self.warm_up or (self.feedback != "free" if training else self.inference_feedback != "free"):
                raise ValueError(
                    "targets: expected shape (batch, time, outputs), received None. Only 'free' needs none."
                )
            targets = ops.zeros((*ops.shape(sequences)[:2], self.cell.output_units), dtype=self.compute_dtype)
        mask = mask[0] if isinstance(mask, list | tuple) else mask
        together = ops.concatenate(
            [sequences, ops.cast(targets, sequences.dtype), self._coins(sequences, training)], axis=-1
        )
        return super().call(together, initial_state=initial_state, mask=mask, training=training)

    def _coins(self, sequences: Any, training: bool) -> Any:
        """1 where the target is fed back, 0 where the output is: (batch, time, 1)."""
        batch, time = ops.shape(sequences)[:2]
        steps = ops.arange(time)
        if self.go_backwards:
            steps = ops.flip(steps)
        known = ops.broadcast_to((steps < self.warm_up)[None, :, None], (batch, time, 1))
        if training:
            drawn = keras.random.uniform((batch, time, 1), dtype="float32", seed=self.seed_generator)
            known = ops.logical_or(known, drawn < self._held.probability)
        elif self._at_inference:
            drawn = keras.random.uniform((batch, time, 1), dtype="float32", seed=self.seed_generator)
            known = ops.logical_or(known, drawn < self._at_inference)
        return ops.cast(known, sequences.dtype)

    def compute_output_shape(
        self, sequences_shape: Any, initial_state_shape: Any = None, targets_shape: Any = None
    ) -> Any:
        return super().compute_output_shape(sequences_shape, initial_state_shape)

    def get_config(self) -> dict[str, Any]:
        names = ("feedback", "warm_up", "inference_feedback", "seed")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> "TeacherForcing":
        return cls(**_with_cell(config, custom_objects))


@dataclass
class _Held:
    probability: Any


def _with_cell(config: dict[str, Any], custom_objects: dict[str, Any] | None) -> dict[str, Any]:
    cell = keras.saving.deserialize_keras_object(config["inner_cell"], custom_objects=custom_objects)
    return {**config, "inner_cell": cell}
