"""Keras models, layers, optimizers and this library's trainers as data: their configuration and their weights.

A check looks at a model that was built again from data, so a student's class cannot answer in its place. The data come
from the student: only classes of Keras and rnnkit are built, none that runs code or reads files.
"""

import json
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import Any

import numpy as np

from rnnkit.course.grading.verdicts.wire import BorderError, Objects

_HOMES = re.compile(r"(keras|rnnkit)(\.\w+)*")
_BUILT_IN = {"__tuple__", "__numpy__", "__tensor__", "__keras_tensor__", "__ellipsis__", "__slice__"}
# Run code that comes with the configuration, or read files that it names.
_NEVER = re.compile(
    r"__lambda__|__typespec__|function|Lambda\w*|\w*(TFSM|Jax|Flax|Torch)\w*|\w*(Lookup|Vectorization|Hash)\w*|FeatureSpace|Pipeline"
)
Encode = Callable[[Any], Any]


class KerasObjects(Objects):
    """How Keras's and rnnkit's objects cross the border. An object that crosses twice in one value stays one object."""

    def __init__(self) -> None:
        self._numbers: dict[int, tuple[int, Any]] = {}
        self._built: dict[int, Any] = {}
        self._next = 0

    def start(self) -> None:
        self._numbers.clear()

    def describe(self, value: Any, encode: Encode) -> dict | None:
        kind = _kind_of(value)
        if kind is None:
            return None
        if id(value) in self._numbers:
            return {"kind": "same", "id": self._numbers[id(value)][0]}
        self._next += 1
        self._numbers[id(value)] = (self._next, value)
        return {"kind": kind, "id": self._next, **_DESCRIBE[kind](value, encode)}

    def rebuild(self, data: dict, decode: Callable[[Any], Any]) -> Any:
        kind, number = data.get("kind"), data.get("id")
        if kind == "same" and number in self._built:
            return self._built[number]
        if kind not in _REBUILD:
            raise BorderError(f"expected an object, received one of kind {str(kind)[:40]!r}")
        try:
            value = _REBUILD[kind](data, decode)
        except BorderError:
            raise
        except Exception as error:
            raise BorderError(f"the {kind} cannot be built again from its configuration: {error}"[:500]) from None
        if _kind_of(value) != kind:
            raise BorderError(f"expected a {kind}, received a {type(value).__name__}")
        self._built[number] = value  # type: ignore[index]
        return value


def _kind_of(value: Any) -> str | None:
    # The module's name is asked first: whoever sends no model need not have loaded Keras.
    if not any(str(c.__module__).split(".")[0] in ("keras", "rnnkit") for c in type(value).__mro__):
        return None
    import keras

    if isinstance(value, keras.Model):
        return "model"
    if isinstance(value, keras.layers.Layer):
        return "layer"
    ekf = sys.modules.get("rnnkit.training.ekf")  # where it is not loaded, there is none of its objects
    if ekf is not None and isinstance(value, ekf.EKFTrainer):
        return "EKF trainer"
    parts = keras.optimizers.Optimizer, keras.losses.Loss, keras.metrics.Metric, keras.initializers.Initializer
    return "part" if isinstance(value, (*parts, keras.regularizers.Regularizer, keras.constraints.Constraint)) else None


def _configuration(value: Any) -> str:
    import keras

    return json.dumps(keras.saving.serialize_keras_object(value))


def _weights(value: Any, encode: Encode) -> list:
    import keras

    return [[encode(keras.ops.convert_to_numpy(w)), bool(w.trainable)] for w in value.weights]


def _describe_model(model: Any, encode: Encode) -> dict:
    data: dict[str, Any] = {"config": _configuration(model), "weights": _weights(model, encode)}
    optimizer = getattr(model, "optimizer", None)
    if optimizer is not None and optimizer.built:
        data["optimizer"] = [encode(np.asarray(v)) for v in optimizer.variables]
    attached = getattr(getattr(vars(model).get("compute_loss"), "__func__", None), "__self__", None)
    if attached is not None and hasattr(attached, "strength"):
        names = ("strength", "layers", "form", "gradient")
        data["omega"] = {name: encode(getattr(attached, name)) for name in names}
    return data


def _describe_layer(layer: Any, encode: Encode) -> dict:
    return {"config": _configuration(layer), "weights": _weights(layer, encode)}


def _describe_ekf(trainer: Any, encode: Encode) -> dict:
    return {
        "layer": encode(trainer.layer),
        "decoupled": len(trainer.groups) > 1,
        "r": encode([trainer.first_r, trainer.last_r]),
        "q": encode(trainer.q),
        "covariances": [encode(p) for p in trainer.covariances],
    }


def _from_configuration(text: Any) -> Any:
    import keras

    import rnnkit  # noqa: F401  (its layers are registered when they are loaded)

    for module in ("layers", "optimizers", "regularizers"):
        with suppress(ModuleNotFoundError):  # a kernel has those that an exercise may use
            import_module(f"rnnkit.{module}")
    config = json.loads(text) if isinstance(text, str) else None
    _refuse_foreign(config)
    return keras.saving.deserialize_keras_object(config, safe_mode=True)


def _refuse_foreign(config: Any) -> None:
    if isinstance(config, list):
        for part in config:
            _refuse_foreign(part)
    if not isinstance(config, dict):
        return
    name = config.get("class_name")
    if name is not None:
        home = config.get("module")
        built_in = name in _BUILT_IN and home in (None, "builtins")
        known = isinstance(home, str) and _HOMES.fullmatch(home) and ".saving" not in home and ".utils" not in home
        if not isinstance(name, str) or not (built_in or known) or _NEVER.fullmatch(name):
            raise BorderError(f"{home}.{name} cannot be checked; expected classes of keras and rnnkit that run no code")
        registered = config.get("registered_name")
        if registered not in (None, name) and not re.fullmatch(r"rnnkit>\w+", str(registered)):
            raise BorderError(f"{registered} cannot be checked; expected classes of keras and rnnkit")
    for part in config.values():
        _refuse_foreign(part)


def _put_weights(value: Any, data: dict, decode: Callable[[Any], Any]) -> None:
    given = data.get("weights", [])
    if len(given) != len(value.weights):
        raise BorderError(f"expected {len(value.weights)} weights, received {len(given)}")
    for weight, (array, trainable) in zip(value.weights, given, strict=True):
        weight.assign(decode(array))
        if weight.trainable != bool(trainable):
            weight.trainable = bool(trainable)


def _rebuild_model(data: dict, decode: Callable[[Any], Any]) -> Any:
    model = _from_configuration(data.get("config"))
    _put_weights(model, data, decode)
    if "optimizer" in data:
        model.optimizer.build(model.trainable_variables)
        for variable, array in zip(model.optimizer.variables, data["optimizer"], strict=True):
            variable.assign(decode(array))
    if "omega" in data:
        from rnnkit.regularizers import GradientNormRegularizer

        GradientNormRegularizer(**{name: decode(part) for name, part in data["omega"].items()}).attach(model)
    return model


def _rebuild_layer(data: dict, decode: Callable[[Any], Any]) -> Any:
    layer = _from_configuration(data.get("config"))
    if data.get("weights"):
        _put_weights(layer, data, decode)
    return layer


def _rebuild_ekf(data: dict, decode: Callable[[Any], Any]) -> Any:
    from rnnkit.training import EKFTrainer

    r = tuple(decode(data["r"]))
    trainer = EKFTrainer(decode(data["layer"]), decoupled=bool(data["decoupled"]), p0=min(r), r=r, q=decode(data["q"]))
    given = [decode(p) for p in data["covariances"]]
    if [np.shape(p) for p in given] != [p.shape for p in trainer.covariances]:
        raise BorderError("expected a covariance for each group of weights, received others")
    trainer.covariances = given
    return trainer


_DESCRIBE: dict[str, Callable[[Any, Encode], dict]] = {
    "model": _describe_model,
    "layer": _describe_layer,
    "EKF trainer": _describe_ekf,
    "part": lambda value, encode: {"config": _configuration(value)},
}
_REBUILD: dict[Any, Callable[[dict, Callable[[Any], Any]], Any]] = {
    "model": _rebuild_model,
    "layer": _rebuild_layer,
    "EKF trainer": _rebuild_ekf,
    "part": lambda data, decode: _from_configuration(data.get("config")),
}
