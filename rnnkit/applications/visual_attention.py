r"""Recurrent visual attention: a network that looks at an image a few times, and learns where."""

from typing import Any

import keras
from keras import ops

from rnnkit._checks import number, one_of, positive_integer, positive_number
from rnnkit.applications.glimpse_sensor import GlimpseSensor
from rnnkit.applications.reinforce import log_density, reinforce_losses, rewards
from rnnkit.layers.base import register

POLICIES = ("learned", "random")
STARTS = ("centre", "random")
SEEN = ("drawn", "locations", "means", "probabilities", "baselines")


@register
class RecurrentAttention(keras.Model):
    r"""A classifier that sees T glimpses of an image, one after the other, and chooses where to look next.

    With the retina ρ of `GlimpseSensor`, ReLU ⌈·⌉, and for t = 1, …, T:

    $$g_t = \big\lceil W_\rho \lceil V_\rho\, \rho(x, l_t) \rceil + W_l \lceil V_l\, l_t \rceil \big\rceil \tag{1}$$
    $$h_t = \mathrm{core}(g_t, h_{t-1}) \tag{2}$$
    $$\mu_{t+1} = \tanh\big(W_\mu \lceil V_\mu\, h_t \rceil\big) \tag{3}$$
    $$l_{t+1} = \mu_{t+1} + \sigma\, \varepsilon_{t+1}, \quad \varepsilon \sim N(0, I) \tag{4}$$
    $$p_t = \mathrm{softmax}(W_p\, h_t) \tag{5}$$
    $$b_{t+1} = w_b\, h_t \tag{6}$$

    Every product has a bias. The answer is $p_T$. In training, the reward R is 1 if the answer is right and 0
    otherwise, for the last step alone; minimized are the compiled loss of $p_T$ and the two of `reinforce_losses`:

    $$L = L(y, p_T) + w\, L_\pi + L_b \tag{7}$$

    The compiled loss teaches (1), (2) and (5), $L_\pi$ the locator (3), $L_b$ the baseline (6): none of them reaches
    into the others' weights, as locator and baseline see h without a gradient back, and l is a constant of (1). Outside
    of training the noise ε is 0: the net looks at the means, and gives the same answer each time.

    Args:
        classes: answers to choose from.
        glimpses: T.
        size, scales, factor, pixels_per_unit: of the `GlimpseSensor`.
        units: of the core, and of g.
        cell: the core, any Keras or rnnkit cell whose output is a vector. By default
            `keras.layers.SimpleRNNCell(units, "relu")`, as in the paper.
        glimpse_units, location_units, locator_units: of the hidden layers $V_\rho$, $V_l$ and $V_\mu$.
        sigma: σ in (4), in units of the location.
        policy: "learned", or "random": locations uniform from −1 to 1, in training and afterwards, for comparison.
        start: the first location: "centre", or "random", uniform in training and the centre afterwards.
        policy_weight: w in (7).
        seed: of the draws.

    Call arguments:
        images: shape (batch, H, W, channels). H and W may differ from call to call.
        training: whether locations are drawn.

    Returns:
        $p_T$, shape (batch, classes). In training with a learned policy a dict, of which `fit` makes (7):
        "probabilities", and "log_policy" and "baselines", each (batch, T − 1).

    Raises:
        ValueError: a size that is not a positive integer, σ not above 0, an unknown policy or start, a single glimpse
            with a learned policy; at the call, images of another rank, number of channels, or smaller than a glimpse.

    Source:
        V. Mnih, N. Heess, A. Graves, K. Kavukcuoglu, Recurrent Models of Visual Attention (2014), sections 3 and 4.
        There the locator is linear; here it has a hidden layer, and tanh keeps the mean on the canvas. Equation (2)
        there would send the gradient of $L_\pi$ into the core too; here only the answers teach it. Baseline as there.

    Example:
        >>> import numpy as np
        >>> model = RecurrentAttention(classes=3, glimpses=4, size=4, scales=2, units=16)
        >>> model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        >>> images, labels = np.ones((8, 20, 20, 1)), np.zeros(8, int)
        >>> history = model.fit(images, labels, verbose=0)
        >>> model.predict(images, verbose=0).shape, model.look(images)["locations"].shape
        ((8, 3), (8, 4, 2))
    """

    def __init__(
        self,
        classes: int,
        glimpses: int = 6,
        size: int = 8,
        scales: int = 3,
        factor: int = 2,
        pixels_per_unit: float | None = None,
        units: int = 128,
        cell: Any = None,
        glimpse_units: int = 96,
        location_units: int = 32,
        locator_units: int = 64,
        sigma: float = 0.15,
        policy: str = "learned",
        start: str = "centre",
        policy_weight: float = 1.0,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        sizes = {"classes": classes, "glimpses": glimpses, "units": units, "glimpse_units": glimpse_units}
        sizes |= {"location_units": location_units, "locator_units": locator_units}
        for name, value in sizes.items():
            setattr(self, name, positive_integer(name, value))
        self.sigma = positive_number("sigma", sigma)
        self.policy, self.start = one_of("policy", policy, POLICIES), one_of("start", start, STARTS)
        if self.glimpses == 1 and policy == "learned":
            raise ValueError("glimpses: expected at least 2 for a learned policy, received 1. Take policy='random'.")
        self.policy_weight = number("policy_weight", policy_weight, least=0.0)
        self.seed, self.seed_generator = seed, keras.random.SeedGenerator(seed)
        self.sensor = GlimpseSensor(size, scales, factor, pixels_per_unit=pixels_per_unit, dtype=self.dtype_policy)
        self._make_networks(cell)

    def _make_networks(self, cell: Any) -> None:
        def dense(name: str, units: int, activation: str | None = None) -> Any:
            return keras.layers.Dense(units, activation, name=name, dtype=self.dtype_policy)

        self.see, self.what = dense("see", self.glimpse_units, "relu"), dense("what", self.units)
        self.place, self.where = dense("place", self.location_units, "relu"), dense("where", self.units)
        core = keras.layers.SimpleRNNCell(self.units, "relu", dtype=self.dtype_policy)
        self.cell = core if cell is None else cell
        self.locator_hidden = dense("locator_hidden", self.locator_units, "relu")
        self.locator = dense("locator", 2, "tanh")
        self.answer, self.expect = dense("answer", self.classes, "softmax"), dense("expect", 1)
        for layer in (self.locator_hidden, self.locator, self.expect):
            layer.trainable = self.policy == "learned"

    def build(self, input_shape: Any) -> None:
        self.sensor.build(input_shape)
        pixels = self.sensor.size**2 * self.sensor.scales * input_shape[3]
        widths = (pixels, 2, self.glimpse_units, self.location_units)
        for layer, width in zip((self.see, self.place, self.what, self.where), widths, strict=True):
            layer.build((None, width))
        if not self.cell.built:
            self.cell.build((None, self.units))
            self.cell.built = True
        width = getattr(self.cell, "output_size", None) or keras.tree.flatten(self.cell.state_size)[0]
        for layer in (self.locator_hidden, self.answer, self.expect):
            layer.build((None, width))
        self.locator.build((None, self.locator_units))
        self.channels = input_shape[3]
        self.built = True

    def call(self, images: Any, training: bool = False) -> Any:
        seen = self._look(images, self.glimpses, training)
        if not training or self.policy == "random":
            return seen["probabilities"][-1]
        chosen = zip(seen["drawn"][1:], seen["means"][:-1], strict=True)
        return {
            "probabilities": seen["probabilities"][-1],
            "log_policy": ops.stack([log_density(drawn, mean, self.sigma) for drawn, mean in chosen], axis=1),
            "baselines": ops.concatenate(seen["baselines"][:-1], axis=1),
        }

    def _look(self, images: Any, glimpses: int, training: bool) -> dict[str, list[Any]]:
        self._refuse_other(images.shape)
        batch = ops.shape(images)[0]
        states: Any = self.cell.get_initial_state(batch_size=batch)
        states = list(states) if isinstance(states, list | tuple) else [states]
        l = self._first(batch, training)  # noqa: E741
        seen: dict[str, list[Any]] = {name: [] for name in SEEN}
        for _ in range(glimpses):
            seen["drawn"].append(l)
            l = ops.stop_gradient(ops.clip(l, -1.0, 1.0))  # noqa: E741
            seen["locations"].append(l)
            rho = ops.reshape(self.sensor(images, l), (batch, -1))
            g = ops.relu(self.what(self.see(rho)) + self.where(self.place(l)))  # (1)
            h, states = self.cell(g, states, training=training)  # (2)
            constant = ops.stop_gradient(h)
            mu = self.locator(self.locator_hidden(constant))  # (3)
            l = self._next(mu, training)  # noqa: E741
            seen["means"].append(mu)
            seen["probabilities"].append(self.answer(h))  # (5)
            seen["baselines"].append(self.expect(constant))  # (6)
        return seen

    def _first(self, batch: Any, training: bool) -> Any:
        if self.policy == "random" or (self.start == "random" and training):
            return keras.random.uniform((batch, 2), -1.0, 1.0, dtype=self.compute_dtype, seed=self.seed_generator)
        return ops.zeros((batch, 2), dtype=self.compute_dtype)

    def _next(self, mu: Any, training: bool) -> Any:
        if self.policy == "random":
            return keras.random.uniform(ops.shape(mu), -1.0, 1.0, dtype=mu.dtype, seed=self.seed_generator)
        if not training:
            return mu
        epsilon = keras.random.normal(ops.shape(mu), dtype=mu.dtype, seed=self.seed_generator)
        return mu + self.sigma * epsilon  # (4)

    def look(self, images: Any, glimpses: int | None = None, batch_size: int = 256) -> dict[str, Any]:
        """Where the net looks, and what it would answer after each glimpse; without noise.

        Args:
            images: shape (N, H, W, channels).
            glimpses: T, by default as in training.
            batch_size: images at a time.

        Returns:
            NumPy arrays by name: "locations", shape (N, T, 2), and "probabilities", shape (N, T, classes).

        Raises:
            ValueError: as for a call.
        """
        glimpses = self.glimpses if glimpses is None else positive_integer("glimpses", glimpses)
        batch_size = positive_integer("batch_size", batch_size)
        if not self.built:
            self.build(images.shape)
        parts: dict[str, list[Any]] = {"locations": [], "probabilities": []}
        for start in range(0, len(images), batch_size):
            batch = ops.convert_to_tensor(images[start : start + batch_size], dtype=self.compute_dtype)
            seen = self._look(batch, glimpses, False)
            for name, found in parts.items():
                found.append(ops.convert_to_numpy(ops.stack(seen[name], axis=1)))
        return {name: ops.convert_to_numpy(ops.concatenate(found)) for name, found in parts.items()}

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        if not isinstance(y_pred, dict):
            return super().compute_loss(x, y, y_pred, sample_weight, training)
        p = y_pred["probabilities"]
        answer_loss = super().compute_loss(x, y, p, sample_weight, training)
        found = reinforce_losses(y_pred["log_policy"], rewards(y, p), y_pred["baselines"])
        policy_loss, baseline_loss = (ops.cast(loss, answer_loss.dtype) for loss in found)
        return answer_loss + self.policy_weight * policy_loss + baseline_loss  # (7)

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        probabilities = y_pred["probabilities"] if isinstance(y_pred, dict) else y_pred
        return super().compute_metrics(x, y, probabilities, sample_weight)

    def _refuse_other(self, shape: Any) -> None:
        self.sensor.refuse_other(shape)
        if shape[3] != self.channels:
            raise ValueError(f"images: expected {self.channels} channels, received {shape[3]} in {tuple(shape)}.")

    def get_config(self) -> dict[str, Any]:
        names = ("classes", "glimpses", "units", "glimpse_units", "location_units", "locator_units", "sigma", "policy")
        of_sensor = ("size", "scales", "factor", "pixels_per_unit")
        return {
            **{"name": self.name, "dtype": keras.saving.serialize_keras_object(self.dtype_policy)},
            **{name: getattr(self, name) for name in (*names, "start", "policy_weight", "seed")},
            **{name: getattr(self.sensor, name) for name in of_sensor},
            "cell": keras.saving.serialize_keras_object(self.cell),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> "RecurrentAttention":
        cell = keras.saving.deserialize_keras_object(config["cell"], custom_objects=custom_objects)
        return cls(**{**config, "cell": cell})
