"""What `inspect.signature` shows of a cell's or a layer's class, and what is said of keywords that are not in it."""

import inspect
from collections.abc import Callable, Iterable
from typing import Any, Unpack, get_origin

from rnnkit import _spelling

FUSED = inspect.Parameter("fused", inspect.Parameter.KEYWORD_ONLY, default="auto", annotation=bool | str)

_VARIABLE = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)

# Of Keras 2, of Keras's other layers, and of many a text.
_OLD = {
    "implementation": "rnnkit has one implementation; leave it out",
    "use_cudnn": "no layer here runs on cuDNN; leave it out. Some have fused=True instead",
    "input_shape": "leave it out, and begin the model with keras.Input((None, features))",
}


class Shown:
    """`__signature__` of a class, worked out when asked for. Not of its instances, whose call is another thing."""

    def __init__(self, of: Callable[[Any], inspect.Signature]) -> None:
        self._of = of

    def __get__(self, instance: Any, owner: Any) -> inspect.Signature:
        if instance is not None:
            raise AttributeError("__signature__")
        return self._of(owner)


def cell_signature(cell_class: Any, base: Any) -> inspect.Signature:
    """All arguments that the constructors below `base` name, where one passes keywords on to the next."""
    named: dict[str, inspect.Parameter] = {}
    for constructor in _constructors(cell_class, base) or [base.__init__]:
        parameters = inspect.signature(constructor).parameters
        named.update({name: p for name, p in parameters.items() if name != "self" and p.kind not in _VARIABLE})
    # An argument that only some constructor lower down takes by position comes first all the same.
    return inspect.Signature(sorted(named.values(), key=lambda p: p.kind))


def layer_signature(layer_class: Any, base: Any) -> inspect.Signature:
    """The cell's arguments, Keras's, which the constructor of `base` names, and where there is a fast loop `fused`."""
    own = [p for p in inspect.signature(base.__init__).parameters.values() if p.kind is p.KEYWORD_ONLY]
    cell_class = layer_class.cell_class
    fused = [FUSED] if hasattr(cell_class, "fast_loop") else []
    return inspect.Signature([*inspect.signature(cell_class).parameters.values(), *own, *fused])


def refuse_unbound(layer_class: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Raise a TypeError, of one line, for arguments that are not the layer's, or are missing."""
    signature = inspect.signature(layer_class)
    if not any(p.kind is p.VAR_KEYWORD for p in signature.parameters.values()):
        refuse_unknown(layer_class, kwargs, signature.parameters)
    try:
        signature.bind(*args, **kwargs)
    except TypeError as error:
        raise TypeError(f"{layer_class.__name__}: {error}") from None


def refuse_unknown_of_cell(cell_class: Any, base: Any, kwargs: dict[str, Any]) -> None:
    """Raise a TypeError for unknown keywords, if every constructor that passes keywords on has typed them."""
    for constructor in _constructors(cell_class, base):
        for parameter in inspect.signature(constructor).parameters.values():
            if parameter.kind is parameter.VAR_KEYWORD and get_origin(parameter.annotation) is not Unpack:
                return
    own = [p.name for p in inspect.signature(base.__init__).parameters.values() if p.kind is p.KEYWORD_ONLY]
    refuse_unknown(cell_class, kwargs, [*inspect.signature(cell_class).parameters, *own])


def _constructors(kind: Any, base: Any) -> list[Any]:
    below = kind.__mro__[: kind.__mro__.index(base)]
    return [vars(one)["__init__"] for one in reversed(below) if "__init__" in vars(one)]


def refuse_unknown(kind: Any, kwargs: Iterable[str], known: Iterable[str]) -> None:
    """Raise a TypeError, of one line, for the first keyword that is not known."""
    known = list(known)
    for name in kwargs:
        if name not in known:
            what = f"; {_OLD[name]}." if name in _OLD else _spelling.guess(name, known)
            raise TypeError(f"{kind.__name__} got an unexpected keyword argument {name!r}{what}")
