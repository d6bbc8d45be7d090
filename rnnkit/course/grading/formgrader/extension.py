"""The server extension: nbgrader's, with our handlers and templates before its own."""

from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader
from jupyter_server.utils import url_path_join
from nbgrader.server_extensions.formgrader.formgrader import FormgradeExtension
from nbgrader.server_extensions.formgrader.handlers import template_path

from rnnkit.course.grading.formgrader.handlers import our_handlers
from rnnkit.course.grading.formgrader.page import TEMPLATES


class Formgrader(FormgradeExtension):
    """nbgrader's formgrader on this course."""

    def init_tornado_settings(self, webapp: Any) -> None:
        """Where pages are looked for; what they show is escaped."""
        super().init_tornado_settings(webapp)
        loader = ChoiceLoader([FileSystemLoader(TEMPLATES), FileSystemLoader(template_path)])
        webapp.settings["nbgrader_jinja2_env"] = Environment(loader=loader, autoescape=True)

    def init_handlers(self, webapp: Any) -> None:
        """Ours, which come first, and nbgrader's."""
        base = webapp.settings["base_url"]
        webapp.add_handlers(".*$", [(url_path_join(base, path.lstrip("/")), *more) for path, *more in our_handlers()])
        super().init_handlers(webapp)


def load(server: Any) -> None:
    """Add formgrader to a Jupyter server."""
    formgrader = Formgrader(parent=server)
    formgrader.debug = False  # it would print all settings on its page
    formgrader.root_dir = server.root_dir
    formgrader.log = server.log
    formgrader.initialize([])
    formgrader.init_tornado_settings(server.web_app)
    formgrader.init_handlers(server.web_app)
