"""How many hand-ins a unit has, and which of them wait for points given by hand."""

from dataclasses import dataclass
from pathlib import Path

from nbgrader.api import Assignment, Grade, Gradebook, SubmittedAssignment, SubmittedNotebook
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory

from rnnkit.course.grading.marks.allowances import Allowances, read_allowances


@dataclass(frozen=True)
class Count:
    """A unit's hand-ins: all of them, those that there is nothing of to show, and those that a person has to mark."""

    unit: str
    due: str
    handed_in: int
    refused: int
    by_hand: int
    waiting: int


def counts(gradebook: Gradebook, coursedir: CourseDirectory) -> list[Count]:
    """A row a unit that somebody handed in, by name."""
    rows = []
    for unit in gradebook.assignments:
        handed_in = gradebook.assignment_submissions(unit.name)
        if not handed_in:
            continue
        there = _there(gradebook, coursedir, unit.name)
        rows.append(
            Count(
                unit.name,
                f"{unit.duedate:%Y-%m-%d %H:%M} UTC" if unit.duedate else "",
                len(handed_in),
                len(handed_in) - len({student for student, _ in there.values()}),
                len(set(_open_or_given(gradebook, coursedir, unit.name)) & set(there)),
                len(waiting(gradebook, coursedir, unit.name)),
            )
        )
    return sorted(rows, key=lambda row: row.unit)


def waiting(gradebook: Gradebook, coursedir: CourseDirectory, unit: str) -> list[str]:
    """The ids of the notebooks that wait for points given by hand, in nbgrader's order; those that can be shown."""
    there = _there(gradebook, coursedir, unit)
    return sorted(
        entry for entry, needs in _open_or_given(gradebook, coursedir, unit).items() if needs and entry in there
    )


class CourseAPI(NbGraderAPI):
    """nbgrader counts folders of `submitted/`, which `rnnkit grade` does without: the gradebook knows more."""

    def get_assignment(self, assignment_id: str, released: object = None) -> dict | None:
        """What nbgrader tells of a unit, with the number of hand-ins."""
        assignment = super().get_assignment(assignment_id, released=released)
        if assignment is not None:
            with self.gradebook as gradebook:
                known = {entry.student_id for entry in _submissions(gradebook, assignment_id)}
            assignment["num_submissions"] = len(known | self.get_submitted_students(assignment_id))
        return assignment


def _submissions(gradebook: Gradebook, unit: str) -> list[SubmittedAssignment]:
    known = {entry.name for entry in gradebook.assignments}
    return gradebook.assignment_submissions(unit) if unit in known else []


def _there(gradebook: Gradebook, coursedir: CourseDirectory, unit: str) -> dict[str, tuple[str, str]]:
    """Student and notebook by the notebook's id, of those that were marked; of what was refused there is no file."""
    found = {}
    for submission in gradebook.assignment_submissions(unit):
        student = submission.student_id
        folder = Path(coursedir.format_path(coursedir.autograded_directory, student, unit))
        for notebook in submission.notebooks:
            if (folder / f"{notebook.name}.ipynb").is_file():
                found[notebook.id] = student, notebook.name
    return found


def _open_or_given(gradebook: Gradebook, coursedir: CourseDirectory, unit: str) -> dict[str, bool]:
    """Of each notebook in which a person has to give points, or gave some: whether some are still open.

    Whoever is excused has none.
    """
    students, units = [entry.id for entry in gradebook.students], [entry.name for entry in gradebook.assignments]
    allowances = read_allowances(coursedir.parent, students, units) or Allowances()
    asked = SubmittedNotebook.id, SubmittedAssignment.student_id, Grade.needs_manual_grade, Grade.manual_score
    query = gradebook.db.query(*asked)
    query = query.select_from(Grade).join(SubmittedNotebook, SubmittedNotebook.id == Grade.notebook_id)
    query = query.join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
    query = query.join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
    found: dict[str, bool] = {}
    for notebook, student, needs, given in query.filter(Assignment.name == unit):
        if (needs or given is not None) and not allowances.of(student, unit).excused:
            found[notebook] = found.get(notebook, False) or bool(needs)
    return found
