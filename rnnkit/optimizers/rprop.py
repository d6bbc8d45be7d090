r"""Rprop, which looks at the gradient's signs only."""

import sys
import warnings
from numbers import Real
from typing import Any

import keras
from keras import ops

VARIANTS = ("rprop-", "rprop+", "irprop-", "lecture")


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
    - "lecture": the lecture's (30) to the letter, which compares s with the previous s and has no third case; the
      sign before the first step counts as 0, so that the first step shrinks Δ.

    iRprop+ needs to know whether the loss rose, which a Keras optimizer is not told. Rprop needs the gradient of the
    whole training set at each step: in `fit` set `batch_size=len(x)`, or let Keras add up the batches with
    `gradient_accumulation_steps`. With smaller batches the signs are noise, and Rprop warns once.

    Args:
        learning_rate: Δ at the start, the same for all weights. Changing it later has no effect.
        eta_plus: η_p, above 1.
        eta_minus: η_n, between 0 and 1.
        step_min, step_max: bounds of Δ.
        variant: one of the names above.
        The others: as in `keras.optimizers.Optimizer`.

    Raises:
        ValueError: a number outside the ranges above, a learning-rate schedule, an unknown variant.

    Source:
        J. Y. Jun, Feedback Neural Networks (2019), equations (29)-(31), where the case of a zero product and the bounds
        are missing; M. Riedmiller and H. Braun (1993); C. Igel and M. Hüsken (2003) for the variants' names.

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
        if isinstance(learning_rate, bool) or not isinstance(learning_rate, Real):
            raise ValueError(
                f"learning_rate: expected a number, Δ at the start, received {learning_rate!r}. "
                "Rprop adapts its steps by itself, so it takes no schedule."
            )
        for argument, holds, meaning in (
            ("eta_plus", eta_plus > 1, "a number above 1"),
            ("eta_minus", 0 < eta_minus < 1, "a number between 0 and 1"),
            ("step_min", step_min > 0, "a positive number"),
            ("step_max", step_max >= step_min, f"at least step_min = {step_min:g}"),
            ("learning_rate", step_min <= learning_rate <= step_max, f"within {step_min:g} and {step_max:g}"),
        ):
            if not holds:
                raise ValueError(f"{argument}: expected {meaning}, received {locals()[argument]!r}.")
        if variant not in VARIANTS:
            raise ValueError(f"variant: expected one of {', '.join(VARIANTS)}, received {variant!r}.")
        super().__init__(learning_rate=learning_rate, name=name, **kwargs)
        self.first_step = float(learning_rate)
        self.eta_plus = eta_plus
        self.eta_minus = eta_minus
        self.step_min = step_min
        self.step_max = step_max
        self.variant = variant
        self._warned = False

    def build(self, var_list: list[Any]) -> None:
        if self.built:
            return
        super().build(var_list)

        # keras.initializers.Constant would round Δ to single precision.
        def start(shape: Any, dtype: Any = None) -> Any:
            return ops.full(shape, self.first_step, dtype=dtype)

        self._steps = self.add_optimizer_variables(var_list, "step", start)
        self._signs = self.add_optimizer_variables(var_list, "sign")
        self._moves = self.add_optimizer_variables(var_list, "move") if self.variant == "rprop+" else []

    def apply(self, grads: list[Any], trainable_variables: list[Any] | None = None) -> None:
        self._warn_of_mini_batches()
        super().apply(grads, trainable_variables)

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
        if self.variant in ("rprop+", "irprop-"):
            back = -self._moves[index] if self.variant == "rprop+" else ops.zeros_like(move)
            move = ops.where(turned, back, move)
            sign = ops.where(turned, ops.zeros_like(sign), sign)
        if self.variant == "rprop+":
            self.assign(self._moves[index], move)
        self.assign(step, new_step)
        self.assign(previous, sign)
        self.assign_add(variable, move)

    def _warn_of_mini_batches(self) -> None:
        batches = None if self._warned else _batches_of_running_fit()
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


def _batches_of_running_fit() -> int | None:
    """Batches an epoch of the `fit` that called, if any: Keras does not tell its optimizers."""
    frame = sys._getframe(1)
    while frame is not None:
        iterator = frame.f_locals.get("epoch_iterator")
        if frame.f_code.co_name == "fit" and iterator is not None:
            return iterator.steps_per_epoch or iterator.num_batches
        frame = frame.f_back  # type: ignore[assignment]
    return None
