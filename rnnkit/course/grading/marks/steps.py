"""nbgrader's steps of marking, with execution and verdicts taken from elsewhere; through its extension points only."""

import json
from pathlib import Path

import nbformat
from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor, SaveAutoGrades
from nbgrader.utils import is_grade, is_solution
from traitlets import List, Unicode

from rnnkit.course.grading.screening.harmless import harmless
from rnnkit.course.grading.verdicts.executed import Executed


def result_path(folder: Path, student: str) -> Path:
    """Where the result of a student's submission is kept."""
    return folder / f"{student}.json"


class TakeOutputs(NbGraderPreprocessor):
    """In place of nbgrader's Execute: the submission was executed in the sandbox."""

    results = Unicode(help="folder of the results").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: ResourcesDict) -> tuple[NotebookNode, ResourcesDict]:
        """The notebook with its outputs, and with the reason at each check that did not give all its points."""
        executed = _result(self.results, resources)
        notebook = nbformat.reads(executed.notebook, as_version=4)
        for cell in notebook.cells:
            reason = executed.reasons.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
            if cell.cell_type == "code" and is_grade(cell):
                cell.outputs = [_shown(output) for output in cell.outputs]
            if cell.cell_type == "code" and reason:
                text = f"{reason}\n" if reason != "not reached" else f"not reached: {executed.reason}\n"
                cell.outputs.append(nbformat.v4.new_output("stream", name="stdout", text=text))
        nb.cells = notebook.cells
        return nb, resources


class MakeHarmless(NbGraderPreprocessor):
    """After the marks, which know an untouched answer by its text: what the formgrader and feedback will show."""

    def preprocess(self, nb: NotebookNode, resources: ResourcesDict) -> tuple[NotebookNode, ResourcesDict]:
        """The notebook without anything that could run in a browser."""
        nb.cells = harmless(nb).cells
        return nb, resources


class TakeMarks(SaveAutoGrades):
    """In place of nbgrader's SaveAutoGrades: the points are the checker's; written answers stay nbgrader's.

    Points that a person gave stand. They are to be looked at again only where the answer is another than the one seen.
    """

    results = Unicode(help="folder of the results").tag(config=True)
    only = List(Unicode(), help="cells that are marked; all by default").tag(config=True)
    unchanged = List(Unicode(), help="cells whose answer is the one that was marked before").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: ResourcesDict) -> tuple[NotebookNode, ResourcesDict]:
        self._points = _result(self.results, resources).points
        return super().preprocess(nb, resources)

    def _add_score(self, cell: NotebookNode, resources: ResourcesDict) -> None:
        name = cell.metadata["nbgrader"]["grade_id"]
        if self.only and name not in self.only:
            return
        grade = self.gradebook.find_grade(name, self.notebook_id, self.assignment_id, self.student_id)
        seen = grade.manual_score is not None and not grade.needs_manual_grade and name in self.unchanged
        if is_solution(cell) or cell.cell_type != "code":
            super()._add_score(cell, resources)
            if not seen:
                return
        else:
            grade.auto_score = self._points.get(name, 0.0)
        grade.needs_manual_grade = grade.manual_score is not None and not seen
        self.gradebook.db.commit()


def read_result(folder: Path, student: str) -> Executed:
    """A student's result as it was kept."""
    data = json.loads(result_path(folder, student).read_text(encoding="utf-8"))
    return Executed(**{name: data[name] for name in Executed.__dataclass_fields__ if name in data})


def _shown(output: NotebookNode) -> NotebookNode:
    """nbgrader takes a check's result for its points, and stops at too many; here it is something to look at only."""
    if output.output_type != "execute_result":
        return output
    return nbformat.v4.new_output("display_data", data=output.data, metadata=output.metadata)


def _result(folder: str, resources: ResourcesDict) -> Executed:
    return read_result(Path(folder), resources["nbgrader"]["student"])
