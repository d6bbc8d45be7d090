"""What the checks say of a hand-in, without a kernel and without a sandbox: the grader's own checker and agent, forked.

A process that has loaded what the units import, and has computed nothing yet, is forked for each hand-in; the fork is
forked again, so that the student's cells run in one process and the checks in the other, as they do when a class is
graded. Cells tagged "experiment" are left out: no mark depends on them.
"""

import ast
import io
import json
import multiprocessing
import os
import random
import sys
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stderr, redirect_stdout, suppress

from nbgrader.utils import is_grade

from rnnkit.course.grading.verdicts.checks import SEED, Checks, checks_of, without_magics
from rnnkit.course.notebooks.derive import script_of, solved_notebook
from rnnkit.course.paths import UNITS


def is_experiment(cell):
    return "experiment" in cell.metadata.get("tags", [])


def imported():
    """What the units import outside of their experiments."""
    found = {"keras", "rnnkit.course.grading.verdicts.agent", "rnnkit.course.grading.verdicts.checker"}
    for unit in UNITS:
        for cell in solved_notebook(script_of(unit)).cells:
            if cell.cell_type == "code" and not is_experiment(cell):
                for node in ast.walk(ast.parse(without_magics(cell.source))):
                    if isinstance(node, ast.ImportFrom):
                        found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
                    elif isinstance(node, ast.Import):
                        found |= {alias.name for alias in node.names}
    return sorted(found)  # with functions among them, which the server passes over


class Marker:
    """Marks hand-ins, each in processes of its own."""

    def __init__(self):
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(imported())
        # A process that has ended hand-ins' work is not used again: each starts from the server as it was.
        self._pool = ProcessPoolExecutor(1, context, max_tasks_per_child=1)

    def close(self):
        self._pool.shutdown()

    def verdicts(self, unit, notebook):
        """For each check, by its grade_id: points, and the reason where they are not all.

        Args:
            unit: its name.
            notebook: a student's, with the checks' cells in their places.
        """
        checks = checks_of(unit, solved_notebook(script_of(unit)))
        cells = [
            (without_magics(cell.source), cell.metadata.nbgrader.grade_id if is_grade(cell) else None)
            for cell in notebook.cells
            if cell.cell_type == "code" and not is_experiment(cell)
        ]
        return self._pool.submit(_marked, checks.as_json(), cells).result()


def _marked(checks, cells):
    """Runs in the fork: it is the checker, and forks the student."""
    from rnnkit.course.grading.verdicts.checker import Session

    assert "keras" in sys.modules, "the server has loaded nothing"
    here, there = multiprocessing.Pipe()
    student = os.fork()
    if student == 0:
        here.close()
        try:
            _student(cells, there)
        finally:
            os._exit(0)
    there.close()
    _seed()
    session = Session(Checks.from_json(checks), lambda m: here.send(json.dumps(m)), lambda: json.loads(here.recv()))
    verdicts = {}
    for _, grade_id in cells:
        if grade_id is not None:
            assert json.loads(here.recv()) == {"ready": True}
            verdicts[grade_id] = session.verdict(grade_id)
            here.send(json.dumps({"done": True}))
    os.waitpid(student, 0)
    return verdicts


def _student(cells, connection):
    """The notebook, from top to bottom; at each check it answers."""
    from rnnkit.course.grading.verdicts.agent import serve

    def ask(text):
        connection.send(text)
        return connection.recv()

    _seed()
    namespace = {"__name__": "__main__"}
    for source, grade_id in cells:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            if grade_id is not None:
                serve(namespace, ask)
                continue
            with suppress(Exception):  # the cells after it are run, as when a class is graded
                exec(compile(source, "cell", "exec"), namespace)


def _seed():
    """As the grader does at the start of each submission."""
    import keras
    import numpy as np

    random.seed(SEED)
    np.random.seed(SEED)
    keras.utils.set_random_seed(SEED)
