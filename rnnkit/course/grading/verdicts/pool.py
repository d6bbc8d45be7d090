"""Executions side by side: in processes of this machine, which talk through pipes alone, or on a Dask cluster.

An execution depends on its arguments alone, so one whose worker was lost is simply made again, by another.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from typing import Any, Protocol

from rnnkit.course.grading.sandbox.bubblewrap import Limits
from rnnkit.course.grading.verdicts.checks import Checks
from rnnkit.course.grading.verdicts.execute import Runner
from rnnkit.course.grading.verdicts.executed import Executed
from rnnkit.course.grading.verdicts.workers import end_with_parent, interrupts_held_back

BUSY = 8  # processes that want a processor at a time; with more a submission takes its neighbours' time
MOMENT = 0.5  # seconds between two looks whether to go on
FAILURES = 1  # a submission may take its worker with it once, by bad luck; the second time it is the submission
_runners: dict[
    tuple[str, str, bool, bool], Runner
] = {}  # of this worker: a checker is started once for many submissions


@dataclass(frozen=True)
class Task:
    """All that an execution needs, as text: a worker needs neither the course nor a shared disk."""

    student: str
    notebook: str
    checks: str
    limits: dict[str, Any]
    sandboxed: bool
    experiments: bool = False


def execute(task: Task) -> str:
    """Execute one submission in this process, and return what came of it as JSON."""
    key = (task.checks, repr(task.limits), task.sandboxed, task.experiments)
    if key not in _runners:
        for old in _runners.values():
            old.close()
        _runners.clear()
        checks, limits = Checks.from_json(task.checks), Limits(**task.limits)
        _runners[key] = Runner(checks, limits, task.sandboxed, task.experiments)
    return _runners[key].run(task.notebook).as_json()


def task_of(
    student: str, notebook: str, checks: Checks, limits: Limits, sandboxed: bool, experiments: bool = False
) -> Task:
    """An execution to be made."""
    return Task(student, notebook, checks.as_json(), asdict(limits), sandboxed, experiments)


class WorkerLost(Exception):
    """The process that executed a submission ended."""


class Workers(Protocol):
    """What executes tasks."""

    count: int  # of tasks that they are handed at a time
    again: bool  # whether a task whose worker was lost has to be handed out again

    def submit(self, task: Task) -> Any:
        """A future of the result."""

    def finished(self, futures: Iterable[Any]) -> set[Any]:
        """Those futures that are done; waits for one, and no longer than `MOMENT`."""

    def result(self, future: Any) -> str:
        """What came of it.

        Raises:
            WorkerLost: its worker ended.
        """

    def close(self) -> None:
        """End all workers."""


class Local:
    """Processes of this machine. Nothing listens: tasks and results go through pipes that only they have."""

    again = True

    def __init__(self, count: int) -> None:
        self.count = count
        self._executors: list[ProcessPoolExecutor] = []
        self._running: dict[Future[str], ProcessPoolExecutor] = {}

    def submit(self, task: Task) -> Future[str]:
        # One process an executor: what ends a worker ends one submission, not all that run beside it.
        free = [executor for executor in self._executors if executor not in self._running.values()]
        executor = free[0] if free else self._start()
        with interrupts_held_back():
            try:
                future = executor.submit(execute, task)
            except BrokenProcessPool:  # it ended while it had nothing to do
                self._executors.remove(executor)
                executor = self._start()
                future = executor.submit(execute, task)
        self._running[future] = executor
        return future

    def finished(self, futures: Iterable[Future[str]]) -> set[Future[str]]:
        return wait(futures, MOMENT, FIRST_COMPLETED).done

    def result(self, future: Future[str]) -> str:
        executor = self._running.pop(future)
        try:
            return future.result()
        except BrokenProcessPool as error:
            self._executors.remove(executor)
            executor.shutdown(wait=False)
            raise WorkerLost from error

    def close(self) -> None:
        for executor in self._executors:
            for process in list((executor._processes or {}).values()) if self._running else []:
                process.terminate()  # what it runs is no longer wanted; its sandbox ends with it
            executor.shutdown(wait=True, cancel_futures=True)
        self._executors, self._running = [], {}

    def _start(self) -> ProcessPoolExecutor:
        self._executors.append(ProcessPoolExecutor(1, get_context("spawn"), end_with_parent))
        return self._executors[-1]


class Pool:
    """Hands tasks to workers, and gives back what came of them.

    Args:
        workers: that execute.
        step: called again and again while they do; what it raises ends them.
    """

    def __init__(self, workers: Workers, step: Callable[[], None] = lambda: None) -> None:
        self._workers, self._step = workers, step

    def __enter__(self) -> "Pool":
        return self

    def __exit__(self, *_: object) -> None:
        self._workers.close()

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[str, Executed | str]]:
        """Execute the tasks; each student's result as soon as it is there, in no order.

        In place of a result stands the reason why there is none, where that is not the submission's fault.

        Only as many tasks are handed out as keep the workers busy, so that the memory does not grow with the class.
        """
        waiting = iter(tasks)
        running: dict[Any, tuple[Task, int]] = {}  # the task, and how many workers it has lost
        beside: dict[str, set[str]] = {}  # who ran at the same time, by student
        late: list[tuple[Task, Executed]] = []
        greedy: set[str] = set()

        def hand_out() -> None:
            for task in waiting:
                others = {other.student for other, _ in running.values()}
                beside[task.student] = others
                for other in others:
                    beside[other].add(task.student)
                running[self._workers.submit(task)] = task, 0
                return

        for _ in range(self._workers.count):
            hand_out()
        while running:
            self._step()
            for future in self._workers.finished(running):
                task, lost = running.pop(future)
                try:
                    executed = Executed.from_json(self._workers.result(future))
                    if executed.busiest > BUSY:
                        greedy.add(task.student)
                    if executed.status == "timed out":
                        late.append((task, executed))  # whose fault it was is known when its neighbours are done
                    else:
                        yield task.student, executed
                except WorkerLost:
                    if self._workers.again and lost < FAILURES:
                        running[self._workers.submit(task)] = task, lost + 1
                        continue
                    yield task.student, _failed("it ended its worker twice")
                except Exception as error:
                    yield task.student, f"{type(error).__name__}: {error}"[:500]
                hand_out()
        for task, executed in late:
            yield task.student, self._alone(task) or executed if beside[task.student] & greedy else executed

    def _alone(self, task: Task) -> Executed | None:
        """Once more with nobody beside it: a neighbour had started so much that its time may have been theirs."""
        future = self._workers.submit(task)
        while not self._workers.finished([future]):
            self._step()
        try:
            return Executed.from_json(self._workers.result(future))
        except Exception:  # then the first result stands
            return None


def _failed(reason: str) -> Executed:
    empty = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
    return Executed("died", reason, empty, {})
