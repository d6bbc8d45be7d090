"""Keep libraries' start-up logs out of a notebook."""

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet() -> Iterator[None]:
    """Drop what is written to stderr inside the `with`, by C++ libraries too. Exceptions still come through.

    TensorFlow logs a line or two while it is imported, whatever TF_CPP_MIN_LOG_LEVEL says.
    """
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
