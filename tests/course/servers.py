"""Servers for a real browser: Jupyter's, as a command starts it, and one of plain files."""

import functools
import http.server
import os
import re
import subprocess
import threading
import time
from contextlib import contextmanager


@contextmanager
def jupyter(command, environment, log, page):
    """Start a command that starts a Jupyter server, and end both; gives the server's address and its token.

    Args:
        command, environment: as for subprocess.
        log: file that takes what it prints.
        page: path of the page whose address is printed.
    """
    with open(log, "w") as output:
        server = subprocess.Popen(
            command, env=environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        yield _address_in(log, server, page)
    finally:
        if server.poll() is None:
            os.killpg(server.pid, 15)  # the command and the server that it started
        server.wait(30)


def _address_in(log, server, page):
    for _ in range(600):
        text = log.read_text()
        found = re.search(rf"(http://127\.0\.0\.1:\d+)/{page}\?token=(\w+)", text)
        if found:
            return found.groups()
        assert server.poll() is None, text
        time.sleep(0.2)
    raise AssertionError(text)


class _Server(http.server.ThreadingHTTPServer):
    request_queue_size = 64  # a browser asks for many files at once


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@contextmanager
def files(folder):
    """Serve a folder on this computer; gives the address."""
    with _Server(("127.0.0.1", 0), functools.partial(_Quiet, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
