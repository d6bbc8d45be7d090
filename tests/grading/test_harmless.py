"""No script that a student wrote runs in a real browser, in nbconvert's page, nbgrader's feedback and formgrader's."""

import copy
import html
import json
import os
import random
import re
import shutil
import subprocess
from pathlib import Path

import nbformat
import nbgrader
import pytest
from nbconvert import HTMLExporter
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.utils import compute_checksum
from traitlets.config import Config

from rnnkit.grading.harmless import harmless
from rnnkit.paths import project_root
from tests.grading import payloads
from tests.grading.payloads import PNG, output, shown

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
)
in_chromium = pytest.mark.skipif(not CHROMIUM, reason="no Chromium here; on Debian: apt-get install chromium")
MATHJAX = Path("/usr/share/javascript/mathjax/MathJax.js")

FORMGRADER = Path(nbgrader.__file__).parent / "server_extensions" / "formgrader"
RESOURCES = {
    "nbgrader": {"notebook": "unit", "score": 0.0, "max_score": 1.0, "late_penalty": 0.0},
    **{"notebook_id": "unit", "assignment_id": "unit", "submission_id": "s", "base_url": "", "notebook_path": "n"},
    **{"index": 0, "total": 1, "student": "ada", "last_name": "", "first_name": ""},
}

# Each page reports a script that ran to the page that holds it; then everything on it is touched.
BEFORE = "<script>function hit(n) { top.postMessage(String(n), '*') }</script>"
AFTER = """<script>
document.addEventListener('click', e => {
  const link = e.target.closest && e.target.closest('a[href]');
  if (link && !/^javascript:/i.test(link.href.baseVal || link.href)) e.preventDefault();
}, true);
addEventListener('load', () => setTimeout(() => {
  const kinds = ['error', 'load', 'mouseover', 'focus', 'click', 'toggle', 'animationstart', 'begin', 'start'];
  for (const element of [...document.body.querySelectorAll('*')]) {
    if (element.tagName == 'SCRIPT') continue;
    for (const kind of kinds) try {
      element.dispatchEvent(new MouseEvent(kind, {bubbles: false, cancelable: true}));
    } catch (e) {}
    if (['A', 'a', 'AREA', 'BUTTON', 'INPUT'].includes(element.tagName)) try {
      element.dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true}));
    } catch (e) {}
  }
  setTimeout(() => top.postMessage('done PAGE', '*'), 300);
}, 100));
</script>"""


def exporter(template):
    """As nbconvert, nbgrader's generate_feedback and formgrader make theirs; scripts from elsewhere are not loaded."""
    config = Config()
    config.HTMLExporter.mathjax_url = config.HTMLExporter.require_js_url = ""
    if template != "lab":
        config.HTMLExporter.template_name = template
        config.HTMLExporter.extra_template_basedirs = [str(FORMGRADER / "templates")]
        css = FORMGRADER / "static" / "node_modules" / "bootstrap" / "dist" / "css"
        config.HTMLExporter.extra_template_paths = [str(css)]
    return HTMLExporter(config=config)


def page_of(notebook, exporter, number):
    page, _ = exporter.from_notebook_node(copy.deepcopy(notebook), copy.deepcopy(RESOURCES))
    page = re.sub(r'<style type="text/css">.*?</style>', "", page, flags=re.DOTALL)  # megabytes of the template's own
    return page.replace("<head>", "<head>" + BEFORE, 1) + AFTER.replace("PAGE", str(number))


def chromium(page, profile, *options):
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files"]
    command += [f"--user-data-dir={profile}", "--host-resolver-rules=MAP * ~NOTFOUND", *options, page.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, timeout=240, check=True).stdout


def hits(pages, folder):
    """Numbers of the pages on which a script ran, as the browser tells.

    Args:
        pages: number → HTML.
        folder: for the files.
    """
    folder.mkdir()
    frames = []
    for number, page in pages.items():
        (folder / f"{number}.html").write_text(page, encoding="utf-8")
        frames.append(f'<iframe src="{number}.html"></iframe>')
    (folder / "all.html").write_text(
        "<body><script>const told = []; addEventListener('message', e => { told.push(e.data);"
        " document.body.setAttribute('data-told', JSON.stringify(told)) })</script>" + "".join(frames)
    )
    dom = chromium(folder / "all.html", folder / "profile", "--virtual-time-budget=20000", "--dump-dom")
    told = set(json.loads(html.unescape(re.search(r'data-told="([^"]*)"', dom).group(1))))
    done = {int(word.split()[1]) for word in told if word.startswith("done ")}
    return {int(word) for word in told if word.isdigit()}, done


@pytest.fixture(scope="module")
def tries():
    """Number → name, notebook."""
    named = payloads.cells()
    assert len(named) > 200
    return {
        number: (name, payloads.notebook(cells, f"hit({number})")) for number, (name, cells) in enumerate(named.items())
    }


@in_chromium
@pytest.mark.slow
def test_without_cleaning_scripts_run(tries, tmp_path):
    """So that the test below can fail: most of what is tried works on nbgrader's own pages."""
    pages = {}
    feedback = exporter("feedback")
    for number, (_, notebook) in tries.items():
        try:
            pages[number] = page_of(notebook, feedback, number)
        except Exception:  # some break the page itself
            continue
    ran, _ = hits(pages, tmp_path / "pages")
    print("does not run uncleaned:", [name for number, (name, _) in tries.items() if number not in ran])
    assert len(ran) > 0.6 * len(tries)


@in_chromium
@pytest.mark.slow
@pytest.mark.parametrize("template", ["lab", "feedback", "formgrade"])
def test_cleaned_no_script_runs(tries, tmp_path, template):
    made = exporter(template)
    pages = {number: page_of(harmless(notebook), made, number) for number, (_, notebook) in tries.items()}
    ran, done = hits(pages, tmp_path / "pages")
    assert [tries[number][0] for number in sorted(ran)] == []
    assert done == set(tries)  # every page was loaded to its end, and touched
