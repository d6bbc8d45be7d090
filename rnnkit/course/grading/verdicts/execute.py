"""One submission: run its notebook in the sandbox, and form the verdict on each check outside of it."""

import asyncio
import itertools
import json
import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from queue import Empty
from typing import Any

import nbformat
import zmq.asyncio
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from rnnkit.course.grading.sandbox.bubblewrap import Limits, require
from rnnkit.course.grading.sandbox.control_group import runnable
from rnnkit.course.grading.sandbox.library import packages_for
from rnnkit.course.grading.sandbox.provisioner import KERNEL_NAME, KERNELS, SandboxProvisioner
from rnnkit.course.grading.screening.outputs import make_sound, told
from rnnkit.course.grading.verdicts.checker_process import CheckerProcess
from rnnkit.course.grading.verdicts.checks import SEED, Checks
from rnnkit.course.grading.verdicts.executed import Executed
from rnnkit.course.grading.verdicts.plan import Plan, kernel_by_cell, together

SERVE = "__import__('rnnkit.course.grading.verdicts.agent', fromlist=['serve']).serve(globals())"
GO_ON = "__import__('rnnkit.course.grading.verdicts.agent', fromlist=['go_on']).go_on()"
SEEDS = f"import random as _r; _r.seed({SEED}); import numpy as _n; _n.random.seed({SEED}); del _r, _n"
GRACE = 10.0  # seconds in which an interrupted kernel has to answer again
OUTPUT_COST = 500  # bytes that an output takes beside its content
# Lists and dicts, and their entries, in one message. A list of nothing is 2 bytes of it, and 56 of memory and a while.
COLLECTIONS_MOST, ENTRIES_MOST = 300_000, 2_000_000
NOT_REACHED = "not reached"
UNTOLD = "visible check failed. What it says is left out, as your code knew hidden inputs by then"


class Runner:
    """Executes submissions of one unit, one after the other.

    Args:
        checks: of the unit.
        limits: for each submission.
        sandboxed: False runs students' code with the rights of whoever calls.
        experiments: whether to run the whole notebook once more, for its outputs. No mark depends on it.

    Raises:
        SandboxMissing: there is no sandbox on this host.
    """

    def __init__(
        self, checks: Checks, limits: Limits | None = None, sandboxed: bool = True, experiments: bool = False
    ) -> None:
        if sandboxed:
            require()
        self.checks, self.limits, self.sandboxed = checks, limits or Limits(), sandboxed
        self.experiments = experiments
        self._checker = CheckerProcess(checks, self.limits, sandboxed)

    def run(self, notebook: str) -> Executed:
        """Execute one clean notebook, as screening leaves it.

        Raises:
            TimeoutError, EOFError: the checker does not start; that is this host's fault, not the notebook's.
        """
        return asyncio.run(self._run(notebook))

    async def _run(self, notebook: str) -> Executed:
        start = time.monotonic()
        kernels = self.checks.kernels() if self.sandboxed else {None: tuple(self.checks.grade_ids())}
        plans = [Plan(self.checks, uses, grade_ids) for uses, grade_ids in kernels.items()]
        runs = [(plan, await self._run_in(notebook, plan, plans, start)) for plan in plans]
        shown = None
        if self.experiments:
            shown = await self._submission(notebook, Plan(self.checks, None, (), whole=True), time.monotonic()).run()
        return together(runs, shown, time.monotonic() - start)

    async def _run_in(self, notebook: str, plan: Plan, plans: list[Plan], start: float) -> Executed:
        """Execute in one kernel. What is shown of it was there before its code could know a hidden input.

        Where code has shown something afterwards, it is run once more without hidden checks, and that is shown.
        """
        run = self._submission(notebook, plan, start)
        executed = await run.run()
        if run.before is None:
            return executed
        shows = kernel_by_cell(plans, run.nb.cells) if plan.uses is not None else [0] * len(run.nb.cells)
        mine = [index for index, number in enumerate(shows) if number is not None and plans[number] is plan]
        later = not self.experiments and any(run.nb.cells[i].get("outputs", []) != run.before[i] for i in mine)
        told, text = dict.fromkeys(run.untold, UNTOLD), run.as_before()
        left = time.monotonic() < start + self.limits.seconds
        if (later or told) and left and executed.status in ("marked", "timed out"):
            again = Plan(self.checks, plan.uses, plan.grade_ids if told else (), visible=True)
            shown = await self._submission(notebook, again, start).run()
            told |= {name: why for name, why in shown.reasons.items() if name in told and why != NOT_REACHED}
            text = shown.notebook
        return replace(executed, notebook=text, reasons={**executed.reasons, **told})

    def _submission(self, notebook: str, plan: Plan, start: float) -> "_Submission":
        return _Submission(self, nbformat.reads(notebook, as_version=4), self._checker, plan, start)

    def close(self) -> None:
        self._checker.end()


class _Manager(AsyncKernelManager):
    limits = Limits()
    packages: tuple[Path, ...] | None = None


class _Stopped(Exception):
    """The submission's run is over before its notebook is."""


class _Submission(NotebookClient):
    """A notebook client that bounds what a notebook can do, and asks the checker at each check.

    The cells of the checks are not run: the checker runs them, outside.
    """

    km: Any  # traitlets of the parent's, which are None before the kernel is there
    kc: Any

    def __init__(
        self, runner: Runner, notebook: NotebookNode, checker: CheckerProcess, plan: Plan, start: float | None = None
    ) -> None:
        super().__init__(
            notebook,
            allow_errors=True,
            timeout=None,
            interrupt_on_timeout=True,
            raise_on_iopub_timeout=False,
            record_timing=False,  # by the clock that the kernel says
        )
        self.limits, self.checker, self.sandboxed = runner.limits, checker, runner.sandboxed
        self.error_on_timeout = {"ename": "CellTimeoutError", "evalue": "the cell took too long", "traceback": []}
        self.plan, self.start = plan, time.monotonic() if start is None else start
        self.points = dict.fromkeys(plan.grade_ids, 0.0)
        self.reasons = dict.fromkeys(self.points, NOT_REACHED)
        # Of all cells, from the moment on when the student's code may know hidden inputs; and checks that failed with
        # words of its own afterwards.
        self.before: list[list[NotebookNode]] | None = None
        self.untold: list[str] = []
        self.hidden, self.count = False, 0
        self.killed: str | None = None
        self.kept_bytes, self.full = 0, False
        self.interrupted, self.slow_cells, self.busiest = False, 0, 0

    async def run(self) -> Executed:
        status, reason = "marked", ""
        watching = None
        await self.checker.begin(self.plan.visible)
        self.deadline = self.start + self.limits.seconds
        try:
            await self._start_kernel()
            watching = asyncio.ensure_future(self._watch())
            await self._execute_cells()
        except _Stopped as stopped:
            status, reason = "timed out", str(stopped)
        except (DeadKernelError, CellTimeoutError, RuntimeError, OSError, EOFError) as error:
            status, reason = "died", str(error) or type(error).__name__
        except Exception as error:  # whatever a forged message brings about, it is this submission's alone
            status, reason = "died", f"its kernel did not keep to the protocol: {type(error).__name__}"
        finally:
            if watching:
                watching.cancel()
            await self._end_kernel()
            await self.checker.finish()
        if self.slow_cells and status == "marked":
            cells = "a cell" if self.slow_cells == 1 else f"{self.slow_cells} cells"
            status, reason = "timed out", f"{cells} took longer than {self.limits.cell_seconds:g} s"
        if self.killed:
            status, reason = _status(self.killed), self.killed
        make_sound(self.nb)
        text, reasons = nbformat.writes(self.nb), _kept(self.reasons)
        seconds = time.monotonic() - self.start
        return Executed(status, told(reason, 500), text, self.points, reasons, seconds, self.busiest)

    def as_before(self) -> str:
        """The notebook with the outputs that were there before."""
        for cell, outputs in zip(self.nb.cells, self.before or [], strict=True):
            if cell.cell_type == "code":
                cell.outputs = outputs
        return nbformat.writes(self.nb)

    async def _start_kernel(self) -> None:
        context = zmq.asyncio.Context()
        # Messages that wait are in this process's memory, which no sandbox bounds.
        context.setsockopt(zmq.MAXMSGSIZE, 32 * 2**20)
        context.setsockopt(zmq.RCVHWM, 10)
        context.setsockopt(zmq.LINGER, 0)
        name = KERNEL_NAME if self.sandboxed else "python3"
        specs = KernelSpecManager(kernel_dirs=[str(KERNELS / "kernels")]) if self.sandboxed else KernelSpecManager()
        self.km = _Manager(kernel_name=name, kernel_spec_manager=specs, context=context)
        self.km.limits = self.limits
        limited = self.plan.uses is not None and self.sandboxed
        self.km.packages = packages_for(self.plan.uses or ()) if limited else None
        self.km.session.unpack = within_bounds(self.km.session.unpack)
        await self.async_start_new_kernel()
        await self.async_start_new_kernel_client()
        self.kc.execute(f"{SEEDS}; {GO_ON}" if limited else SEEDS, silent=True, store_history=False)

    async def _end_kernel(self) -> None:
        if self.km is None:
            return
        context = self.km.context
        try:
            if self.kc is not None:
                self.kc.stop_channels()
            if self.km.has_kernel:
                await self.km.shutdown_kernel(now=True)
            await self.km.cleanup_resources()
        finally:
            context.destroy(linger=0)

    async def _watch(self) -> None:
        provisioner = self.km.provisioner
        for tick in itertools.count():
            await asyncio.sleep(0.1)
            if tick % 10 == 0 and provisioner.pid:
                self.busiest = max(self.busiest, runnable(provisioner.pid))
            if time.monotonic() > self.deadline + GRACE:
                self.killed = f"the notebook took longer than {self.limits.seconds:g} s"
            elif isinstance(provisioner, SandboxProvisioner):
                try:
                    self.killed = self.killed or provisioner.exceeded()
                except Exception as error:  # what cannot be watched is not let run
                    self.killed = f"it could not be watched: {type(error).__name__}"
            if self.killed:
                await self.km.provisioner.kill()
                return

    async def _execute_cells(self) -> None:
        for index, cell in enumerate(self.nb.cells):
            if cell.cell_type != "code":
                continue
            if time.monotonic() > self.deadline:
                raise _Stopped(f"the notebook took longer than {self.limits.seconds:g} s")
            if self.plan.runs(cell):
                await self.async_execute_cell(cell, index)
                self.count += 1
                cell.execution_count = self.count  # not what the kernel says
                if self.interrupted:
                    await self._answers_again()
            grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
            if grade_id in self.points:
                await self._check(grade_id)

    def _get_timeout(self, cell: NotebookNode | None) -> Any:
        return max(0.1, min(self.limits.cell_seconds, self.deadline - time.monotonic()))

    async def _async_handle_timeout(self, timeout: int, cell: NotebookNode | None = None) -> Any:
        self.interrupted, self.slow_cells = True, self.slow_cells + 1
        return await super()._async_handle_timeout(timeout, cell)

    async def _answers_again(self) -> None:
        """An interrupted kernel has to be ready for the next cell soon, or it ignores interrupts."""
        self.interrupted = False
        asked = self.kc.kernel_info()
        until = time.monotonic() + GRACE
        while time.monotonic() < until:
            try:
                reply = await self.kc.shell_channel.get_msg(timeout=1)
            except Empty:
                continue
            if reply["parent_header"].get("msg_id") == asked:
                return
        raise _Stopped("a cell took too long and did not stop when it was interrupted")

    def process_message(self, msg: dict, cell: NotebookNode, cell_index: int) -> Any:
        """Count what changes outputs that are kept: the same data may be put in many places, and again and again."""
        copies = 1 if msg["msg_type"] in ("update_display_data", "clear_output") else 0
        transient = msg["content"].get("transient")
        if transient:
            places = self._display_id_map.get(transient.get("display_id"), {})
            copies += sum(map(len, places.values()))
        if copies and not self._room_for(msg, copies):
            if msg["msg_type"] in ("update_display_data", "clear_output"):
                return None
            msg["content"].pop("transient")
        return super().process_message(msg, cell, cell_index)

    def _room_for(self, msg: dict, copies: int = 1) -> bool:
        if self.kept_bytes <= self.limits.output:
            self.kept_bytes += copies * (OUTPUT_COST + len(json.dumps(msg["content"], default=str)))
        return self.kept_bytes <= self.limits.output

    def output(self, outs: list, msg: dict, display_id: str | None, cell_index: int) -> Any:
        """Keep an output if there is room for it."""
        if not self._room_for(msg):
            if self.full:
                return None
            self.full = True
            note = f"[the rest of the output is left out: more than {self.limits.output >> 20} MB]\n"
            outs.append(nbformat.v4.new_output("stream", name="stdout", text=note))
            return None
        try:
            return super().output(outs, msg, display_id, cell_index)
        except (KeyError, TypeError, AttributeError, nbformat.ValidationError):
            return None  # it was none; kernels do not send such, but a student's code can in its name

    def handle_comm_msg(self, outs: list, msg: dict, cell_index: int) -> None:
        """Widgets need a browser. Their states would be kept in this process, in any number."""

    async def _check(self, grade_id: str) -> None:
        """Have a check made, and keep what is shown as it is once the student's code may know hidden inputs."""
        self.hidden = True  # unless the checker says otherwise
        try:
            await self._verdict(grade_id)
        finally:
            if self.hidden and self.before is None:
                kept = deepcopy(self.nb)
                make_sound(kept)
                self.before = [cell.get("outputs", []) for cell in kept.cells]

    async def _verdict(self, grade_id: str) -> None:
        serving: str | None = None
        until = time.monotonic() + self._get_timeout(None)
        await self.checker.send({"check": grade_id})
        while True:
            try:
                message = await self.checker.receive(self.deadline + GRACE - time.monotonic())
            except TimeoutError as error:
                self.reasons[grade_id] = str(error)
                raise _Stopped(f"{grade_id} took too long") from None
            if "verdict" in message:
                self.points[grade_id] = message["verdict"]["points"]
                self.reasons[grade_id] = self.plan.told(grade_id, message["verdict"]["reason"])
                self.hidden = message["hidden"]
                if message["untold"] and self.reasons[grade_id]:
                    self.untold.append(grade_id)
                break
            if "to kernel" not in message:
                raise RuntimeError(f"the process that checks ended at {grade_id}; the values may be too large for it")
            try:
                if serving is None:
                    serving = self.kc.execute(SERVE, store_history=False, allow_stdin=True)
                    await self._from_kernel(serving, until)
                self.kc.input(json.dumps(message["to kernel"]))
                answer = await self._from_kernel(serving, until)
            except _Unanswered as error:
                serving = None
                answer = json.dumps({"error": {"classes": ["TimeoutError"], "message": str(error)}})
            await self.checker.pass_on(answer)
        if serving is not None:
            await self._served(serving)

    async def _served(self, serving: str) -> None:
        """No more questions: nothing of this check runs on beside the next cell."""
        self.kc.input(json.dumps({"done": True}))
        until = time.monotonic() + GRACE / 2
        while time.monotonic() < until:
            try:
                reply = await self.kc.shell_channel.get_msg(timeout=0.2)
            except Empty:
                await self._async_check_alive()
                continue
            if reply["parent_header"].get("msg_id") == serving:
                return
        await self.km.interrupt_kernel()
        await self._answers_again()

    async def _from_kernel(self, serving: str, until: float) -> str:
        """The kernel's next message: the prompt of its next `input()`. What it holds is the checker's to read."""
        while time.monotonic() < until:
            try:
                message = await self.kc.stdin_channel.get_msg(timeout=0.2)
                return str(message["content"]["prompt"])
            except Empty:
                await self._async_check_alive()
            except (ValueError, KeyError, TypeError, RecursionError):
                raise _Unanswered("the notebook's answer is no data") from None
            while await self.kc.shell_channel.msg_ready():
                reply = await self.kc.shell_channel.get_msg(timeout=0)
                if reply["parent_header"].get("msg_id") == serving:
                    raise _Unanswered("the notebook could not be asked")
        self.slow_cells += 1
        await self.km.interrupt_kernel()
        await self._answers_again()
        raise _Unanswered("the call took too long")


def within_bounds(unpack: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Reads a part of a message, if it holds no more than this process can follow: it is counted before it is read.

    Of a part with more nothing is left. A message without its content is no output, and answers no question.
    """

    def bounded(part: Any) -> Any:
        raw = part.encode() if isinstance(part, str) else bytes(part)
        if raw.count(b"[") + raw.count(b"{") > COLLECTIONS_MOST or raw.count(b",") > ENTRIES_MOST:
            return {}
        return unpack(raw)

    return bounded


class _Unanswered(Exception):
    """The kernel did not answer a question of the checker's."""


def _status(killed: str) -> str:
    """What the reason for ending a kernel is called."""
    return next(
        (name for word, name in (("took longer", "timed out"), ("memory", "out of memory")) if word in killed), "died"
    )


def _kept(reasons: dict[str, str]) -> dict[str, str]:
    return {grade_id: told(reason) for grade_id, reason in reasons.items() if reason}
