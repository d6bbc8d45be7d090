"""`rnnkit feedback`: nbgrader's feedback pages, gathered by student; only those are made of which something changed."""

import hashlib
import json
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from nbgrader.api import Gradebook

from rnnkit._cores import cores
from rnnkit._digest import library_digest
from rnnkit._files import write_beside_then_rename
from rnnkit.course.grading.marks.course import course_app, open_gradebook
from rnnkit.course.grading.marks.gradebook import chosen_units
from rnnkit.course.grading.marks.late import renew_penalties
from rnnkit.course.notebooks.derive import run_nbgrader
from rnnkit.course.paths import build_dir, project_root


def write_feedback(units: Sequence[str] = (), root: Path | None = None) -> tuple[list[Path], list[str]]:
    """Run nbgrader's generate_feedback and write `build/feedback/<student>/<unit>.html`.

    A page is made anew where the marked notebook, a point, a comment or the library is another than when it was made.

    Args:
        units: names of units; by default all that somebody handed in.
        root: a project folder, with `course/` in it; found by itself if not given.

    Returns:
        The pages, and what nbgrader said where it could not make one; the others are there all the same.

    Raises:
        ValueError: a unit that the gradebook does not know, or nothing handed in.
        FileNotFoundError: no gradebook.
    """
    app = course_app(root)
    course = (root or project_root()) / "course"
    with open_gradebook(app) as gradebook:
        chosen = chosen_units(gradebook, units)
        renew_penalties(app, gradebook, chosen)
        keys = {unit: _keys(gradebook, unit, course) for unit in chosen}
    pages: list[Path] = []
    complaints: list[str] = []
    for unit in chosen:
        before = build_dir() / "grading" / unit / "feedback.json"
        known = json.loads(before.read_text(encoding="utf-8")) if before.exists() else {}
        changed = [s for s, key in keys[unit].items() if known.get(s) != key or not _page(s, unit).exists()]
        made = _made(course, unit, changed, list(keys[unit]), complaints)
        kept = {s: key for s, key in keys[unit].items() if s in made or s not in changed}
        write_beside_then_rename(before, json.dumps(kept, indent=1))
        pages += [_page(student, unit) for student in kept]
    return pages, complaints


def _page(student: str, unit: str) -> Path:
    return build_dir() / "feedback" / student / f"{unit}.html"


def _keys(gradebook: Gradebook, unit: str, course: Path) -> dict[str, str]:
    """By student what a page depends on, in one text, for all who have a marked notebook."""
    keys = {}
    for submission in gradebook.assignment_submissions(unit):
        student, shown = submission.student.id, [library_digest(), submission.late_submission_penalty]
        marked = course / "autograded" / student / unit / f"{unit}.ipynb"
        if not marked.exists():
            continue
        for notebook in submission.notebooks:
            grades = [(g.name, g.auto_score, g.manual_score, g.extra_credit, g.max_score) for g in notebook.grades]
            shown += sorted(grades), sorted((c.name, str(c.comment)) for c in notebook.comments)
        keys[student] = hashlib.sha256(repr(shown).encode() + marked.read_bytes()).hexdigest()
    return keys


def _made(course: Path, unit: str, students: list[str], every: list[str], complaints: list[str]) -> set[str]:
    """Make the pages of students, a share of them at a time on each core; those whose page is there now."""
    shares = [share for share in (students[number :: cores()] for number in range(cores())) if share]
    made = set()
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(max(1, len(shares))) as threads:

        def make(share: list[str]) -> Path:
            folder = Path(name) / str(shares.index(share))
            others = ",".join(student for student in every if student not in set(share))
            options = [
                f"--CourseDirectory.feedback_directory={folder}",
                f"--CourseDirectory.student_id_exclude={others}",
            ]
            try:
                run_nbgrader(course, "generate_feedback", unit, "--force", *options)
            except RuntimeError as error:
                complaints.append(str(error))
            return folder

        for folder in threads.map(make, shares):
            for page in sorted(folder.glob(f"*/{unit}/{unit}.html")):
                write_beside_then_rename(_page(page.parts[-3], unit), page.read_bytes())
                made.add(page.parts[-3])
    return made
