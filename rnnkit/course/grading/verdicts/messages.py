"""Messages through a pipe: bytes of a bounded length, framed by `multiprocessing.connection`, and never pickled.

`Connection.recv` would run what the other side wishes; only `recv_bytes` and `send_bytes` are used. Nothing is read
ahead: processes that share a pipe take turns.
"""

from multiprocessing.connection import Connection

MOST = 512 * 2**20


def receive(connection: Connection) -> bytes:
    """The next message, whole.

    Raises:
        EOFError: the other end is closed, or this one is since a message was too long.
        ValueError: a message beyond all reason. The conversation ends with it: the connection is closed.
    """
    if connection.closed:
        raise EOFError("the conversation has ended")
    try:
        return connection.recv_bytes(MOST)
    except (EOFError, OSError):
        if connection.closed:  # by `recv_bytes`: the rest of the message still lies in the pipe
            raise ValueError(f"expected a message of at most {MOST >> 20} MB, received a longer one") from None
        raise EOFError("the other end is closed") from None
