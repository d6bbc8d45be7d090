"""The checker from outside: started once, asked for each submission, ended when it takes too long."""

import asyncio
import json
import math
import os
import signal
import subprocess
import sys
from multiprocessing.connection import Connection, Pipe
from typing import Any

from rnnkit.course.grading.sandbox.bubblewrap import Limits, Place, command, environment
from rnnkit.course.grading.sandbox.control_group import ControlGroup
from rnnkit.course.grading.verdicts.checks import Checks
from rnnkit.course.grading.verdicts.messages import receive

START = 120.0  # seconds for loading libraries, on a busy machine


class CheckerProcess:
    """A running checker. It takes one submission at a time.

    Args:
        checks: of the unit.
        limits: as for the student's kernel.
        sandboxed: whether it runs in a sandbox of its own.
    """

    def __init__(self, checks: Checks, limits: Limits, sandboxed: bool = True) -> None:
        self._checks, self._limits, self._sandboxed = checks, limits, sandboxed
        self._process: subprocess.Popen[bytes] | None = None
        self._to: Connection | None = None  # its standard input
        self._from: Connection | None = None  # its standard output
        self._group: ControlGroup | None = None
        self._busy = False

    async def begin(self, visible: bool = False) -> None:
        """Make ready for a submission; forget the one before.

        Args:
            visible: whether the checks end where their hidden parts begin.

        Raises:
            TimeoutError, EOFError: it does not start, which is no submission's fault.
        """
        if self._busy or self._process is None or self._process.poll() is not None:
            self.end()
            self._start()
            await self._receive(START)
        self._busy = True
        await self.send({"begin": self._checks.as_json(), "visible": visible})
        await self._receive(START)

    async def send(self, message: Any) -> None:
        await self.pass_on(json.dumps(message))

    async def pass_on(self, text: str) -> None:
        """Send what came from the notebook, unread: only the checker, whose memory is bounded, makes values of it."""
        assert self._to
        await asyncio.to_thread(self._to.send_bytes, text.encode(errors="replace"))

    async def receive(self, left: float = math.inf) -> Any:
        """The next message.

        Args:
            left: seconds that the whole submission has left.

        Raises:
            TimeoutError: none came within the time of a cell, and that of loading libraries.
            EOFError: the checker has ended.
        """
        return await self._receive(max(1.0, min(left, self._limits.cell_seconds + START)))

    async def finish(self) -> None:
        """The submission is done."""
        try:
            await self.send({"end": True})
            ended = await self._receive(10)
            self._busy = "ended" not in ended
        except (OSError, EOFError, TimeoutError, ValueError):
            self.end()

    def end(self) -> None:
        """End the process, whatever it does."""
        if self._process is not None:
            self._kill()
            self._process.wait()
            self._process = None
        for connection in (self._to, self._from):
            if connection is not None:
                connection.close()
        self._to = self._from = None
        if self._group is not None:
            self._group.remove()
            self._group = None
        self._busy = False

    async def _receive(self, seconds: float) -> Any:
        assert self._process and self._from
        reading = asyncio.to_thread(receive, self._from)
        try:
            return json.loads(await asyncio.wait_for(reading, seconds))
        except TimeoutError:
            self._kill()
            raise TimeoutError(f"the check took more than {seconds:g} s") from None

    def _kill(self) -> None:
        assert self._process
        if self._sandboxed:
            self._process.kill()  # and the sandbox with all that is in it
        elif self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)  # its fork too, which holds the other end of the pipe

    def _start(self) -> None:
        inner = [sys.executable, "-m", "rnnkit.course.grading.verdicts.checker", *self._checks.imports()]
        settings = None
        if self._sandboxed:
            # Not bounded in time: it serves many submissions, and ends when its input does.
            self._group = ControlGroup(self._limits.memory, self._limits.processes)
            inner = [*self._group.prefix, *command(inner, self._limits, Place())]
        else:
            settings = {**environment(self._limits), "RNNKIT_BUILD": "/tmp"}
        its_input, self._to = Pipe(duplex=False)
        self._from, its_output = Pipe(duplex=False)
        with its_input, its_output:
            self._process = subprocess.Popen(
                inner,
                stdin=its_input.fileno(),
                stdout=its_output.fileno(),
                stderr=subprocess.DEVNULL,
                env=settings,
                start_new_session=not self._sandboxed,
            )
