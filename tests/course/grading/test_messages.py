"""Messages between the processes that check: whole, bounded, and never unpickled."""

import os
import pickle
import struct
import threading
from multiprocessing.connection import Pipe

import pytest

from rnnkit.course.grading.verdicts import messages
from rnnkit.course.grading.verdicts.messages import MOST, receive


@pytest.fixture
def ends():
    reader, writer = Pipe(duplex=False)
    yield reader, writer
    reader.close(), writer.close()


def test_messages_come_whole_and_in_order(ends):
    reader, writer = ends
    sent = [b"", b"a", b"\0" * 16384, os.urandom(3_000_000), b"last"]
    sender = threading.Thread(target=lambda: [writer.send_bytes(message) for message in sent])
    sender.start()
    assert [receive(reader) for _ in sent] == sent
    sender.join()


def test_a_message_that_is_too_long_ends_the_conversation(ends, monkeypatch):
    monkeypatch.setattr(messages, "MOST", 1 << 20)
    reader, writer = ends
    os.write(writer.fileno(), struct.pack("!i", (1 << 20) + 1) + b"x" * 100)
    with pytest.raises(ValueError, match="expected a message of at most 1 MB, received a longer one"):
        receive(reader)
    with pytest.raises(EOFError, match="has ended"):
        receive(reader)
    with pytest.raises(BrokenPipeError):
        writer.send_bytes(b"more")


@pytest.mark.parametrize("header", [struct.pack("!i", MOST + 1), struct.pack("!iQ", -1, 1 << 60)])
def test_no_length_is_believed(ends, header):
    reader, writer = ends
    os.write(writer.fileno(), header)
    writer.close()  # who waits for so many bytes is told that none come
    with pytest.raises(ValueError, match="at most 512 MB"):
        receive(reader)


@pytest.mark.parametrize("start", [b"", b"\0", struct.pack("!i", 10) + b"half"])
def test_an_end_within_a_message_is_an_end(ends, start):
    reader, writer = ends
    os.write(writer.fileno(), start)
    writer.close()
    with pytest.raises(EOFError, match="the other end is closed"):
        receive(reader)


class Planted:
    """Makes a folder where it is unpickled."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


def test_what_comes_is_not_unpickled(ends, tmp_path):
    reader, writer = ends
    writer.send(Planted(tmp_path / "planted"))
    message = receive(reader)
    assert isinstance(message, bytes) and not (tmp_path / "planted").exists()
    pickle.loads(message)  # so that it was one
    assert (tmp_path / "planted").exists()
