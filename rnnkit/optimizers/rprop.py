r"""Rprop, which looks at the gradient's signs only."""

import warnings
from typing import Any

import keras
from keras import ops

from rnnkit._checks import fraction, number, one_of, positive_number
from rnnkit._keras import batches_of_running_fit

VARIANTS = ("rprop-", "rprop+", "irprop-", "irprop+", "lecture")
UNDOING = ("rprop+", "irprop+")


@keras.saving.register_keras_serializable(package="rnnkit")
class Rprop(keras.optimizers.Optimizer):
    r"""Resilient propagation: each weight has a step size of its own, which the gradient's signs lengthen or shorten.

    With g the gradient, s its sign and Δ the step of one weight:

    $$v \leftarrow v - s\,\Delta \tag{29}$$
    $$\Delta \leftarrow \begin{cases} \eta_p\,\Delta & \text{if } s_{previous}\,s_{current} > 0 \\
        \eta_n\,\Delta & \text{if } s_{previous}\,s_{current} < 0 \\
        \Delta & \text{otherwise} \end{cases} \tag{30, 31}$$

    and Δ stays within `step_min` and `step_max`. Where the sign has just changed, the variants differ:

    - "rprop-": nothing more; (29) applies as always.
    - "rprop+": the last step is taken back instead, and the sign counts as 0 in the next step.
    - "irprop-": no step is taken, and the sign counts as 0 in the next step (torch.optim.Rprop does this).
    - "irprop+": the last step is taken back, but only if the loss has risen; no other step is taken, and the sign
      counts as 0 in the next step.
    - "lecture": the lecture's (30) to the letter, which compares s with the previous s and has no third case; the
      sign before the first step counts as 0, so that the first step shrinks Δ.

    iRprop+ must know the loss at which the gradient was taken. Keras hands it to `scale_loss` just before it asks for
    the gradient, in `fit` and `train_on_batch` on every backend, and there iRprop+ takes note of it. A training loop of
    your own does the same, as Keras's guides have it: `loss = optimizer.scale_loss(loss)` before each `apply`.

    Rprop needs the gradient of the whole training set at each step: in `fit` set `batch_size=len(x)`, or let Keras add
    up the batches with `gradient_accumulation_steps` (not with iRprop+, which would see the last batch's loss only).
    With smaller batches the signs are noise, and Rprop warns once.

    Args:
        learning_rate: Δ at the start, the same for all weights. Changing it later has no effect.
        eta_plus: η_p, above 1.
        eta_minus: η_n, between 0 and 1.
        step_min, step_max: bounds of Δ.
        variant: one of the names above.
        The others: as in `keras.optimizers.Optimizer`.

    Raises:
        ValueError: a number outside the ranges above, a learning-rate schedule, an unknown variant; for iRprop+,
            accumulated gradients, or a step before which the loss was not told.

    Source:
        J. Y. Jun, Feedback Neural Networks (2019), equations (29)-(31), without the case of a zero product and bounds;
        M. Riedmiller and H. Braun (1993); C. Igel and M. Hüsken, Empirical evaluation of the improved Rprop
        learning algorithms (2003), for the variants.

    Example:
        >>> import keras, numpy as np
        >>> weight = keras.Variable(np.array([3.0, -2.0]))
        >>> optimizer = Rprop(learning_rate=0.1)
        >>> for _ in range(3):
        ...     optimizer.apply([weight * 2.0], [weight])  # the gradient of the sum of squares
        >>> [round(float(w), 4) for w in weight.numpy()]
        [2.636, -1.636]
    """

    first_step: float
    eta_plus: float
    eta_minus: float
    step_min: float
    step_max: float
    variant: str
    _warned: bool
    _told_loss: Any

    def __init__(
        self,
        learning_rate: float = 0.001,
        eta_plus: float = 1.2,
        eta_minus: float = 0.5,
        step_min: float = 1e-6,
        step_max: float = 50.0,
        variant: str = "rprop-",
        name: str = "rprop",
        **kwargs: Any,
    ) -> None:
        number(
            "learning_rate",
            learning_rate,
            expected="a number, Δ at the start",
            remedy="Rprop adapts its steps by itself, so it takes no schedule.",
        )
        number("eta_plus", eta_plus, above=1.0, expected="a number above 1")
        fraction("eta_minus", eta_minus, zero=False, one=False, expected="a number between 0 and 1")
        positive_number("step_min", step_min)
        number("step_max", step_max, least=step_min, expected=f"at least step_min = {step_min:g}")
        within = f"within {step_min:g} and {step_max:g}"
        number("learning_rate", learning_rate, least=step_min, most=step_max, expected=within)
        _check_variant(variant, kwargs.get("gradient_accumulation_steps"))
        super().__init__(learning_rate=learning_rate, name=name, **kwargs)
        self.first_step = float(learning_rate)
        self.eta_plus = eta_plus
        self.eta_minus = eta_minus
        self.step_min = step_min
        self.step_max = step_max
        self.variant = variant
        self._warned = False
        self._told_loss = None

    def build(self, var_list: list[Any]) -> None:
        if self.built:
            return
        super().build(var_list)

        # keras.initializers.Constant would round Δ to single precision.
        def start(shape: Any, dtype: Any = None) -> Any:
            return ops.full(shape, self.first_step, dtype=dtype)

        self._steps = self.add_optimizer_variables(var_list, "step", start)
        self._signs = self.add_optimizer_variables(var_list, "sign")
        self._moves = self.add_optimizer_variables(var_list, "move") if self.variant in UNDOING else []
        if self.variant == "irprop+":
            # The losses of the last two steps; none has risen before the first.
            self._losses = self.add_variable((2,), "zeros", var_list[0].dtype, name="losses")
            self._losses.assign(ops.full((2,), float("inf"), dtype=var_list[0].dtype))

    def scale_loss(self, loss: Any) -> Any:
        """As in Keras; iRprop+ takes note of the loss for the step that follows."""
        if self.variant == "irprop+":
            # What leaves the function under JAX's differentiation must be no part of it.
            self._told_loss = ops.stop_gradient(ops.convert_to_tensor(loss))
        return super().scale_loss(loss)

    def apply(self, grads: list[Any], trainable_variables: list[Any] | None = None) -> None:
        self._warn_of_mini_batches()
        if self.variant == "irprop+":
            self._take_loss(trainable_variables)
        super().apply(grads, trainable_variables)

    def _take_loss(self, variables: list[Any] | None) -> None:
        if self._told_loss is None:
            raise ValueError(
                "loss: expected iRprop+ to be told the loss before each step, received none. In a training loop of "
                "your own, call optimizer.scale_loss(loss) before optimizer.apply."
            )
        if not self.built:
            self.build(variables or [])
        told, self._told_loss = self._told_loss, None
        self.assign(self._losses, ops.stack([self._losses[1], ops.cast(told, self._losses.dtype)]))

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        index = self._get_variable_index(variable)
        step, previous = self._steps[index], self._signs[index]
        sign = ops.sign(ops.cast(gradient, variable.dtype))
        product = sign * previous
        if self.variant == "lecture":
            product = ops.where(ops.equal(sign, previous), 1.0, -1.0)
        turned = product < 0

        grow, shrink, keep = (ops.full((), eta, dtype=step.dtype) for eta in (self.eta_plus, self.eta_minus, 1.0))
        factor = ops.where(product > 0, grow, ops.where(turned, shrink, keep))
        new_step = ops.clip(step * factor, self.step_min, self.step_max)  # (30), (31)
        move = -sign * new_step  # (29)
        if self.variant in ("rprop+", "irprop-", "irprop+"):
            move = ops.where(turned, self._move_where_turned(index, move), move)
            sign = ops.where(turned, ops.zeros_like(sign), sign)
        if self.variant in UNDOING:
            self.assign(self._moves[index], move)
        self.assign(step, new_step)
        self.assign(previous, sign)
        self.assign_add(variable, move)

    def _move_where_turned(self, index: int, move: Any) -> Any:
        if self.variant == "irprop-":
            return ops.zeros_like(move)
        back = -self._moves[index]
        if self.variant == "rprop+":
            return back
        return ops.where(self._losses[1] > self._losses[0], back, ops.zeros_like(move))

    def _warn_of_mini_batches(self) -> None:
        batches = None if self._warned else batches_of_running_fit()
        if batches is not None and batches > (self.gradient_accumulation_steps or 1):
            self._warned = True
            warnings.warn(
                f"Rprop needs the gradient of the whole training set, but fit runs {batches} batches an epoch. Pass "
                f"batch_size=len(x) to fit, or gradient_accumulation_steps={batches} to Rprop.",
                stacklevel=3,
            )

    def get_config(self) -> dict[str, Any]:
        names = ("eta_plus", "eta_minus", "step_min", "step_max", "variant")
        own = {name: getattr(self, name) for name in names}
        return {**super().get_config(), **own, "learning_rate": self.first_step}


def _check_variant(variant: str, accumulated: int | None) -> None:
    one_of("variant", variant, VARIANTS)
    if variant == "irprop+" and accumulated:
        raise ValueError(
            "gradient_accumulation_steps: expected None with irprop+, which would see the loss of the last batch only, "
            f"received {accumulated!r}. Use one batch, or variant='irprop-'."
        )
