"""Jupyter's kernel provisioner that starts a kernel in the sandbox; named in the kernelspec `rnnkit-sandbox`."""

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from jupyter_client.provisioning import LocalProvisioner

from rnnkit.grading.control_group import ControlGroup
from rnnkit.grading.sandbox import Limits, Place, command, require

KERNELS = Path(__file__).parent / "jupyter"  # a Jupyter data folder: set JUPYTER_PATH to it, and the kernel is known
KERNEL_NAME = "rnnkit-sandbox"
FOLDER_MOST = 2**20  # of what a kernel may write where its sockets are, which is all that it shares with the host


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
        inner = [sys.executable, *kwargs["cmd"][1:]]
        kwargs["cmd"] = [*self.group.prefix, *command(inner, limits, Place(writable=[self.folder]))]
        kwargs["env"] = {"PATH": "/usr/bin:/bin"}
        kwargs["cwd"] = "/"
        return kwargs

    async def cleanup(self, restart: bool = False) -> None:
        """Leave no process, control group or folder."""
        await super().cleanup(restart)
        if self.group:
            self.group.remove()
            self.group = None
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = None

    def exceeded(self) -> str | None:
        """Which limit the kernel has passed, in words, or None."""
        if self.folder is not None:
            files = list(self.folder.glob("*"))
            if len(files) > 100 or sum(f.lstat().st_size for f in files if f.exists()) > FOLDER_MOST:
                return "it wrote outside its private file system"
        return self.group.exceeded(self.pid) if self.group is not None and self.pid else None
