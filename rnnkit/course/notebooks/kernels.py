"""Kernels that execute notebooks: with how many threads, alone with a unit, and ended with what has started them."""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode

from rnnkit._cores import cores
from rnnkit._files import locked
from rnnkit.course.notebooks.page import describe_pictures
from rnnkit.course.paths import project_root


class _Client(NotebookClient):
    """nbclient's, whose kernel ends with the task that it runs in; nbclient itself ends one of several on Ctrl-C."""

    @asynccontextmanager
    async def async_setup_kernel(self, **kwargs: Any) -> AsyncIterator[None]:
        self.create_kernel_manager()
        try:
            await self.async_start_new_kernel(**kwargs)
            await self.async_start_new_kernel_client()
            yield
        except (asyncio.CancelledError, DeadKernelError) as error:
            self.shutdown_kernel = "immediate"  # one that computes does not listen
            task = asyncio.current_task()
            if task and task.cancelling():  # nbclient takes that for a kernel that has died
                raise asyncio.CancelledError from None
            raise error
        finally:
            if self.km is not None:
                await self._async_cleanup_kernel()


def execute(notebook: NotebookNode, on_cell: Callable[[], object] = lambda: None) -> None:
    """Run all cells of a notebook in place, going on after errors as nbgrader does."""
    asyncio.run(execute_beside_others(notebook, on_cell))


async def execute_beside_others(
    notebook: NotebookNode, on_cell: Callable[[], object] = lambda: None, kernels: int = 1
) -> None:
    """As `execute`, in an event loop.

    Args:
        notebook: it is changed.
        on_cell: called after each code cell.
        kernels: how many run at once and share the processor's cores.
    """
    client = _Client(
        notebook,
        timeout=None,
        allow_errors=True,
        kernel_name="python3",
        resources={"metadata": {"path": str(project_root())}},
        on_cell_executed=lambda **_: on_cell(),
    )
    await client.async_execute(env=environment(kernels), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    describe_pictures(notebook)


def environment(kernels: int = 1) -> dict[str, str]:
    """The environment of a kernel: this process's, whose own settings of threads hold.

    The units' matrices are small: a second thread of BLAS mostly waits for the first. TensorFlow's threads share the
    cores.
    """
    share = str(max(1, cores() // kernels))
    return {
        "TF_CPP_MIN_LOG_LEVEL": "3",
        **{f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")},
        "TF_NUM_INTRAOP_THREADS": share,
        "TF_NUM_INTEROP_THREADS": share,
        **({"TF_FORCE_GPU_ALLOW_GROWTH": "true"} if kernels > 1 else {}),  # else the first one takes all of its memory
        **os.environ,
        "RNNKIT_SLIDERS": "0",  # a page has nobody behind it who answers
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",  # pictures into the page, whatever the shell says
    }


@asynccontextmanager
async def alone(lock: Path, waits: Callable[[], object], seconds: float = 0.5) -> AsyncIterator[None]:
    """Hold a lock file, so that two processes do not write to one unit's folders at once.

    Args:
        lock: the file, made if need be.
        waits: called once if another process holds it.
        seconds: between two tries.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a") as file:
        told = False
        while not locked(file):
            if not told:
                waits()
                told = True
            await asyncio.sleep(seconds)
        yield
