"""Jupyter's kernel provisioner that starts a kernel in the sandbox; named in the kernelspec `rnnkit-sandbox`."""

import contextlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from jupyter_client.provisioning import LocalProvisioner

from rnnkit.course.grading.sandbox.bubblewrap import Limits, Place, bounded, command, require
from rnnkit.course.grading.sandbox.control_group import ControlGroup

KERNELS = Path(__file__).parent / "jupyter"  # a Jupyter data folder: set JUPYTER_PATH to it, and the kernel is known
KERNEL_NAME = "rnnkit-sandbox"
# What a kernel may write where its sockets are, which is all that it shares with the host.
FOLDER_MOST, ENTRIES_MOST = 2**20, 100


class SandboxProvisioner(LocalProvisioner):
    """Starts the kernel in a sandbox, and talks to it through sockets in a private folder.

    The kernel has no network, so Jupyter's transport is `ipc`. Limits are the kernel manager's `limits`, if it has any.
    """

    group: ControlGroup | None = None
    folder: Path | None = None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Put the connection into the private folder, and the sandbox around the command.

        Raises:
            SandboxMissing: there is no sandbox on this host.
        """
        require()
        manager: Any = self.parent
        limits = getattr(manager, "limits", Limits())
        # Short: a socket's path has at most 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="rk-", dir="/tmp"))
        manager.transport, manager.ip = "ipc", str(self.folder / "k")
        manager.connection_file = str(self.folder / "connection.json")
        kwargs = await super().pre_launch(**kwargs)
        self.group = ControlGroup(limits.memory, limits.processes)
        inner = bounded([sys.executable, *kwargs["cmd"][1:]], limits)
        kwargs["cmd"] = [*self.group.prefix, *command(inner, limits, Place(writable=[self.folder]))]
        kwargs["env"] = {"PATH": "/usr/bin:/bin"}
        kwargs["cwd"] = "/"
        # What it writes past Jupyter would reach the instructor's terminal, escape codes and all.
        kwargs["stdout"] = kwargs["stderr"] = subprocess.DEVNULL
        return kwargs

    async def cleanup(self, restart: bool = False) -> None:
        """Leave no process, control group or folder."""
        await super().cleanup(restart)
        if self.group:
            self.group.remove()
            self.group = None
        if self.folder:
            # Not shutil.rmtree: it fails on folders nested so deep that Python's recursion ends.
            for remove in (["chmod", "-R", "u+rwX"], ["rm", "-rf"]):
                subprocess.run([*remove, "--", str(self.folder)], stderr=subprocess.DEVNULL, check=False)
            self.folder = None

    def exceeded(self) -> str | None:
        """Which limit the kernel has passed, in words, or None."""
        if self.folder is not None:
            if _holds_more(self.folder):
                return "it wrote where only its sockets belong"
        return self.group.exceeded(self.pid) if self.group is not None and self.pid else None


def _holds_more(folder: Path) -> bool:
    """Whether a folder holds more than is allowed. It may change meanwhile, and no link is followed."""
    entries, size = 0, 0
    for here, folders, files in os.walk(folder):
        for name in (*folders, *files):
            with contextlib.suppress(OSError):
                size += os.lstat(os.path.join(here, name)).st_size
            entries += 1
            if entries > ENTRIES_MOST or size > FOLDER_MOST:
                return True
    return False
