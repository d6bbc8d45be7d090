"""nbgrader's formgrader for this course: names, model answer and rubric, counts that are right, no network."""

from typing import Any


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "rnnkit.course.grading.formgrader"}]


def _load_jupyter_server_extension(server: Any) -> None:
    from rnnkit.course.grading.formgrader.extension import load

    load(server)
