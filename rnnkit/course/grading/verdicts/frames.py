"""Messages through a pipe: eight bytes of length, then so many bytes. Nothing is read ahead: processes take turns."""

import os

MOST = 512 * 2**20


def write_frame(descriptor: int, data: bytes) -> None:
    """Write one message whole."""
    view = memoryview(len(data).to_bytes(8, "big") + data)
    while view:
        view = view[os.write(descriptor, view) :]


def read_frame(descriptor: int) -> bytes:
    """Read one message whole.

    Raises:
        EOFError: the other end is closed.
        ValueError: a length beyond all reason.
    """
    length = int.from_bytes(_exactly(descriptor, 8), "big")
    if length > MOST:
        raise ValueError(f"expected a message of at most {MOST >> 20} MB, received {length >> 20} MB")
    return _exactly(descriptor, length)


def _exactly(descriptor: int, count: int) -> bytes:
    parts = []
    while count:
        part = os.read(descriptor, min(count, 2**20))
        if not part:
            raise EOFError("the other end is closed")
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
