"""What the server answers: nbgrader's handlers, those that differ in a subclass each."""

import json
import secrets
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from nbgrader.api import MissingEntry
from nbgrader.server_extensions.formgrader import apihandlers, handlers
from nbgrader.server_extensions.formgrader.base import BaseApiHandler, BaseHandler, check_notebook_dir, check_xsrf
from tornado import web

from rnnkit.course.grading.formgrader.counts import CourseAPI, counts, waiting
from rnnkit.course.grading.formgrader.page import STATIC, hand_in_page
from rnnkit.course.grading.formgrader.rubric import write_rubric
from rnnkit.course.grading.marks.history import changed_by


class CoursesOwn:
    """In front of each of nbgrader's handlers."""

    @property
    def api(self: Any) -> CourseAPI:
        """As nbgrader's, which counts right."""
        self.coursedir.parent.load_config_file()
        level = self.log.level
        api = CourseAPI(self.coursedir, self.authenticator, parent=self.coursedir.parent)
        api.log_level = level
        return api


class FirstPage(CoursesOwn, BaseHandler):
    """What was handed in, and what of it waits."""

    @web.authenticated
    @check_xsrf
    @check_notebook_dir
    def get(self) -> None:
        """The page."""
        self.gradebook.db.expire_all()  # `rnnkit grade` may have gone on
        self.write(self.render("first.tpl", base_url=self.base_url, rows=counts(self.gradebook, self.coursedir)))


class ToFirstPage(BaseHandler):
    """/formgrader."""

    @web.authenticated
    def get(self) -> None:
        """To the page of what is to be marked."""
        self.redirect(f"{self.base_url}/formgrader/gradebook")


class NextThatWaits(CoursesOwn, BaseHandler):
    """The next hand-in of a unit that waits for points given by hand; the list of all where none does."""

    @web.authenticated
    @check_xsrf
    @check_notebook_dir
    def get(self, unit: str) -> None:
        """There."""
        self.gradebook.db.expire_all()
        try:
            found = waiting(self.gradebook, self.coursedir, unit)
        except MissingEntry:
            raise web.HTTPError(404) from None
        after = self.get_argument("after", "")
        following = [entry for entry in found if entry > after] or found
        there = f"submissions/{following[0]}/" if following else f"gradebook/{unit}/{unit}"
        self.redirect(f"{self.base_url}/formgrader/{there}")


class HandIn(CoursesOwn, handlers.SubmissionHandler):
    """A hand-in, on a page where no script runs but ours and nbgrader's, and nothing comes from elsewhere."""

    @cached_property
    def nonce(self) -> str:
        """Of this answer alone."""
        return secrets.token_urlsafe(18)

    @property
    def content_security_policy(self) -> str:
        """Scripts by their nonce; pictures that stand in the page."""
        return (
            f"{super().content_security_policy}; default-src 'none'; script-src 'nonce-{self.nonce}'; "
            "connect-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; img-src 'self' data:; "
            "base-uri 'none'; form-action 'none'"
        )

    @property
    def exporter(self) -> Any:
        """What nbgrader asks for the page."""

        def page(filename: str, resources: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
            return hand_in_page(Path(filename), resources, Path(self.coursedir.root), self.nonce), resources

        return SimpleNamespace(from_filename=page)


class HandInFiles(CoursesOwn, handlers.SubmissionFilesHandler):
    """Files beside a hand-in: whatever they are, nothing in them runs."""

    @property
    def content_security_policy(self) -> str:
        """Nothing at all."""
        return "sandbox; default-src 'none'; img-src 'self'"


class Points(CoursesOwn, apihandlers.GradeHandler):
    """Points that a person gives."""

    def put(self, grade_id: str) -> None:
        """As nbgrader, and in the history it is the formgrader."""
        with changed_by("formgrader"):
            super().put(grade_id)


class Rubric(CoursesOwn, BaseApiHandler):
    """The part-points of a question."""

    @web.authenticated
    @check_xsrf
    @check_notebook_dir
    def put(self, unit: str, cell: str) -> None:
        """A list in the place of the one before."""
        try:
            self.gradebook.find_graded_cell(cell, unit, unit)
        except MissingEntry:
            raise web.HTTPError(404) from None
        try:
            kept = write_rubric(Path(self.coursedir.root), unit, cell, self.get_json_body())
        except ValueError as error:
            self.set_status(400)
            self.write(json.dumps({"error": str(error)}))
            return
        self.write(json.dumps(kept))


def our_handlers() -> list[tuple]:
    """All of them with their addresses; the first that fits counts."""
    own = [
        (r"/formgrader/?", ToFirstPage),
        (r"/formgrader/gradebook/?", FirstPage),
        (r"/formgrader/waiting/([^/]+)/?", NextThatWaits),
        (r"/formgrader/submissions/([^/]+)/?", HandIn),
        (r"/formgrader/submissions/(?!components/)([^/]+/(?!(?:next|prev)(?:_incorrect)?/?$).*)", HandInFiles),
        (r"/formgrader/api/grade/([^/]+)", Points),
        (r"/formgrader/api/rubric/([^/]+)/([^/]+)", Rubric),
        (r"/formgrader/rnnkit/(.*)", web.StaticFileHandler, {"path": STATIC}),
    ]
    theirs = [*handlers.default_handlers, *apihandlers.default_handlers]
    return own + [
        (
            pattern,
            type(handler.__name__, (CoursesOwn, handler), {}) if issubclass(handler, BaseHandler) else handler,
            *more,
        )
        for pattern, handler, *more in theirs
    ]
