"""Jupyter's kernel provisioner that starts a kernel in the sandbox; named in the kernelspec `rnnkit-sandbox`."""

import contextlib
import os
import secrets
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import psutil
from jupyter_client.connect import KernelConnectionInfo, port_names
from jupyter_client.provisioning import LocalProvisioner

from rnnkit.course.grading.sandbox.bubblewrap import Limits, Place, bounded, command, require
from rnnkit.course.grading.sandbox.control_group import ControlGroup
from rnnkit.course.grading.sandbox.sockets import Sockets

KERNELS = Path(__file__).parent / "jupyter"  # a Jupyter data folder: set JUPYTER_PATH to it, and the kernel is known
KERNEL_NAME = "rnnkit-sandbox"
FOLDERS = "rk-{pid}-"  # of a grader's kernels, in /tmp; by the number it is known whether the grader is still there
CONNECTION = "/tmp/connection.json"  # inside


class SandboxProvisioner(LocalProvisioner):
    """Starts the kernel in a sandbox, and talks to it through sockets in the sandbox's own file system.

    The kernel has no network, so Jupyter's transport is `ipc`. It can write nowhere outside; of the host it gets the
    connection file's content. Limits are the kernel manager's `limits`, if it has any; `packages` are what it finds
    when it imports, if the manager says so.
    """

    group: ControlGroup | None = None
    folder: Path | None = None
    sockets: Sockets | None = None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Name the sockets as the kernel will see them, and put the sandbox around the command.

        Raises:
            SandboxMissing: there is no sandbox on this host.
        """
        require()
        manager: Any = self.parent
        limits = getattr(manager, "limits", Limits())
        sweep()
        # Short: a socket's path has at most 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix=FOLDERS.format(pid=os.getpid()), dir="/tmp"))
        inside = f"/tmp/k{secrets.token_hex(8)}"
        manager.transport, manager.ip = "ipc", inside
        manager.connection_file = str(self.folder / "connection.json")
        kwargs = await super().pre_launch(**kwargs)
        information: dict[str, Any] = {**self.connection_info}
        numbers = [information[name] for name in port_names]
        self.sockets = Sockets(self.folder, inside, numbers)
        self._content = _in_memory(Path(manager.connection_file))
        self.group = ControlGroup(limits.memory, limits.processes)
        words = [CONNECTION if word == manager.connection_file else word for word in kwargs["cmd"][1:]]
        inner = bounded([sys.executable, *words], limits)
        place = Place(files={CONNECTION: self._content}, packages=getattr(manager, "packages", None))
        kwargs["cmd"] = [*self.group.prefix, *command(inner, limits, place)]
        kwargs["pass_fds"] = [self._content]
        kwargs["env"] = {"PATH": "/usr/bin:/bin"}
        kwargs["cwd"] = "/"
        # What it writes past Jupyter would reach the instructor's terminal, escape codes and all.
        kwargs["stdout"] = kwargs["stderr"] = subprocess.DEVNULL
        return kwargs

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start it, and open its sockets before it is asked to run anything.

        Raises:
            RuntimeError: it does not come up.
        """
        try:
            await super().launch_kernel(cmd, **kwargs)
        finally:
            os.close(self._content)
        process = self.process
        assert self.sockets and self.pid and process
        await self.sockets.open(self.pid, lambda: process.poll() is None)
        # Where we reach them; the kernel has read its own names.
        self.connection_info["ip"] = str(self.sockets.prefix)
        return self.connection_info

    async def post_launch(self, **kwargs: Any) -> None:
        """Leave no key on the disk: the manager has written the connection file once more."""
        await super().post_launch(**kwargs)
        manager: Any = self.parent
        Path(manager.connection_file).unlink(missing_ok=True)

    async def cleanup(self, restart: bool = False) -> None:
        """Leave no process, control group or folder."""
        await super().cleanup(restart)
        if self.group:
            self.group.remove()
            self.group = None
        if self.sockets:
            self.sockets.close()
            self.sockets = None
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = None

    def exceeded(self) -> str | None:
        """Which limit the kernel has passed, in words, or None."""
        return self.group.exceeded(self.pid) if self.group is not None and self.pid else None


def sweep(where: Path = Path("/tmp")) -> None:
    """Remove the folders of this user's graders that were killed; a connection file with its key may be in them."""
    for folder in where.glob(FOLDERS.format(pid="*") + "*"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            number = int(folder.name.split("-")[1])
            found = folder.lstat()
            ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
            if ours and not psutil.pid_exists(number):
                shutil.rmtree(folder, ignore_errors=True)


def _in_memory(path: Path) -> int:
    """A descriptor of a file's content; the file is gone."""
    descriptor = os.memfd_create(path.name)
    os.write(descriptor, path.read_bytes())
    os.lseek(descriptor, 0, os.SEEK_SET)
    path.unlink()
    return descriptor
