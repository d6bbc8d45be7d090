"""Executions side by side, on this machine or a cluster, on one code path: Dask's distributed scheduler.

An execution depends on its arguments alone, so one whose worker was lost is simply made again, by another.
"""

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import dask
from distributed import Client, LocalCluster, as_completed
from distributed.scheduler import KilledWorker

from rnnkit.course.grading.sandbox.bubblewrap import Limits
from rnnkit.course.grading.verdicts.checks import Checks
from rnnkit.course.grading.verdicts.execute import Executed, Runner

_runners: dict[tuple[str, str, bool], Runner] = {}  # of this worker: a checker is started once for many submissions


@dataclass(frozen=True)
class Task:
    """All that an execution needs, as text: a worker needs neither the course nor a shared disk."""

    student: str
    notebook: str
    checks: str
    limits: dict[str, Any]
    sandboxed: bool


def execute(task: Task) -> str:
    """Execute one submission in this process, and return what came of it as JSON."""
    key = (task.checks, repr(task.limits), task.sandboxed)
    if key not in _runners:
        for old in _runners.values():
            old.close()
        _runners.clear()
        _runners[key] = Runner(Checks.from_json(task.checks), Limits(**task.limits), task.sandboxed)
    return _runners[key].run(task.notebook).as_json()


def task_of(student: str, notebook: str, checks: Checks, limits: Limits, sandboxed: bool) -> Task:
    """An execution to be made."""
    return Task(student, notebook, checks.as_json(), asdict(limits), sandboxed)


class Pool:
    """Workers.

    Args:
        workers: how many to start on this machine, where no scheduler is given.
        scheduler: address of a running Dask scheduler, such as "tcp://10.0.0.1:8786".
    """

    def __init__(self, workers: int = 1, scheduler: str | None = None) -> None:
        # A submission may take its worker with it once, by bad luck; the second time it is the submission.
        dask.config.set({"distributed.scheduler.allowed-failures": 1, "distributed.worker.daemon": False})
        self._cluster = None
        if scheduler is None:
            self._cluster = LocalCluster(
                n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None, memory_limit=None,
                silence_logs=50,
            )  # fmt: skip
        self._client = Client(scheduler or self._cluster, timeout=30)
        self.workers = workers if scheduler is None else max(1, len(self._client.scheduler_info()["workers"]))

    def __enter__(self) -> "Pool":
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(Exception):
            self._client.close(timeout=10)
        if self._cluster is not None:
            with contextlib.suppress(Exception):
                self._cluster.close(timeout=10)

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[str, Executed | str]]:
        """Execute the tasks; each student's result as soon as it is there, in no order.

        In place of a result stands the reason why there is none, where that is not the submission's fault.

        Only as many tasks are handed out as keep the workers busy, so that the memory does not grow with the class.
        """
        waiting = iter(tasks)
        students: dict[Any, str] = {}
        running = as_completed()

        def hand_out() -> None:
            for task in waiting:
                future = self._client.submit(execute, task, pure=False)
                students[future] = task.student
                running.add(future)
                return

        for _ in range(2 * self.workers):
            hand_out()
        for future in running:
            student = students.pop(future)
            error = future.exception()
            if error is None:
                yield student, Executed.from_json(future.result())
            elif isinstance(error, KilledWorker):
                yield student, _failed("it ended its worker twice")
            else:
                yield student, f"{type(error).__name__}: {error}"[:500]
            future.release()
            hand_out()


def _failed(reason: str) -> Executed:
    empty = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
    return Executed("died", reason, empty, {})
