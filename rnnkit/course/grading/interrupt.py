"""Ctrl-C where it does no harm: between two steps, and not in the middle of starting a process or of a transaction."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def interrupted_between_steps() -> Iterator[Callable[[], None]]:
    """Hold Ctrl-C back; what is given raises it, where it is called. A second Ctrl-C is not held back.

    In any other thread than the main one, where no handler can be set, nothing is held back.

    Raises:
        KeyboardInterrupt: Ctrl-C came, from what is given or at the end.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return
    came = False

    def note(*_: object) -> None:
        nonlocal came
        if came:
            raise KeyboardInterrupt
        came = True

    def step() -> None:
        if came:
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, note)
    try:
        yield step
    finally:
        signal.signal(signal.SIGINT, before)
    step()
