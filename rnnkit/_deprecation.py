"""Old names of arguments, for one version: they work, and a DeprecationWarning gives the new ones."""

import functools
import warnings
from collections.abc import Callable
from typing import Any, TypeVar

_Class = TypeVar("_Class", bound=type)

LAST = "rnnkit 0.3"  # the version that no longer has them


def warn_of(old: str, new: str, stacklevel: int = 3) -> None:
    """Say that a name has changed, to who used it: by default the caller of the function that calls this one."""
    warnings.warn(f"{old} is now {new}; the old one goes with {LAST}.", DeprecationWarning, stacklevel=stacklevel)


def renamed_argument(old: str, new: str) -> Callable[[_Class], _Class]:
    """Decorates an estimator, as scikit-learn's are, one of whose arguments has a new name.

    The old one is taken as a keyword, in `set_params` and as an attribute. The signature, and so `get_params` and
    `clone`, know the new one only.
    """

    def decorate(decorated: _Class) -> _Class:
        cls: Any = decorated

        def get(self: Any) -> Any:
            warn_of(f"{cls.__name__}.{old}", f"{cls.__name__}.{new}")
            return getattr(self, new)

        def put(self: Any, value: Any) -> None:
            warn_of(f"{cls.__name__}.{old}", f"{cls.__name__}.{new}")
            setattr(self, new, value)

        cls.__init__ = _renaming(cls.__init__, cls.__name__, old, new)
        cls.set_params = _renaming(cls.set_params, f"{cls.__name__}.set_params", old, new)
        setattr(cls, old, property(get, put))
        return decorated

    return decorate


def _renaming(function: Callable[..., Any], where: str, old: str, new: str) -> Callable[..., Any]:
    @functools.wraps(function)
    def renamed(*args: Any, **settings: Any) -> Any:
        if old in settings:
            if new in settings:
                raise ValueError(f"{new}: expected it alone, received {old}, its old name, as well. Drop {old}.")
            warn_of(f"{where}({old}=)", f"{where}({new}=)")
            settings[new] = settings.pop(old)
        return function(*args, **settings)

    return renamed
