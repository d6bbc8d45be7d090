"""No script that a student wrote runs in a real browser, in nbconvert's page, nbgrader's feedback and formgrader's."""

import base64
import copy
import html
import json
import random
import re
import shutil
import subprocess
from pathlib import Path

import nbformat
import nbgrader
import pytest
from bs4 import BeautifulSoup
from nbconvert import HTMLExporter
from nbformat import NotebookNode
from nbgrader.utils import compute_checksum
from traitlets.config import Config

from rnnkit.course.grading.screening.harmless import harmless
from rnnkit.course.grading.screening.html import clean_html, clean_markdown
from rnnkit.course.notebooks.diagrams import sources
from rnnkit.course.paths import project_root
from tests.course.grading import payloads
from tests.course.grading.payloads import PNG, cell, md, output, shown

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


def _with_scores(notebook):
    """As nbgrader's GetGrades does before it makes feedback."""
    notebook = copy.deepcopy(notebook)
    for one in notebook.cells:
        if isinstance(one.metadata.get("nbgrader"), dict):
            one.metadata.nbgrader.setdefault("score", 0.0)
    return notebook


def page_of(notebook, exporter, number):
    page, _ = exporter.from_notebook_node(_with_scores(notebook), copy.deepcopy(RESOURCES))
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
@pytest.mark.long
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
@pytest.mark.long
@pytest.mark.parametrize("template", ["lab", "feedback", "formgrade"])
def test_cleaned_no_script_runs(tries, tmp_path, template):
    made = exporter(template)
    pages = {number: page_of(harmless(notebook), made, number) for number, (_, notebook) in tries.items()}
    ran, done = hits(pages, tmp_path / "pages")
    assert [tries[number][0] for number in sorted(ran)] == []
    assert done == set(tries)  # every page was loaded to its end, and touched


@pytest.fixture(scope="module")
def formgrade():
    return exporter("formgrade")


@pytest.mark.parametrize("name", payloads.fields_and_outputs())
def test_cleaned_no_script_is_in_the_page(name, formgrade):
    """Without a browser, for what is not Markdown or HTML: no handler, script, link or picture of the student's."""
    tried = payloads.notebook(payloads.fields_and_outputs()[name], "hit(1)")
    page = BeautifulSoup(page_of(harmless(tried), formgrade, 0), "html.parser")
    assert not [tag for tag in page.find_all("img") if not tag["src"].startswith("data:image/")]
    for tag in page.find_all(True):
        for key, value in tag.attrs.items():
            runs = key.startswith("on") or key in ("href", "src", "srcdoc", "action", "style", "width", "height")
            assert "hit(1)" not in key and not (runs and "hit(1)" in str(value)), tag
        assert tag.name not in ("script", "style", "title") or "hit(1)" not in tag.text, tag


HONEST = """# My answer

Because $v_f = 1$ keeps $\\frac{\\partial E}{\\partial f_t}$ in length:

$$E = \\frac12 \\sum_i (\\hat y^{(i)} - y^{(i)})^2 \\tag{17}$$

| way | loss |
|:----|-----:|
| SGD | 0.5 < 1 & 2 > 1 |

- [x] done, **bold**, *italic*, `a < b`, ~~no~~, [a link](https://example.org "title"), <https://example.org>
- 1 < 2, x<y, "quoted" & 'so'

> quoted<br>twice, H<sub>2</sub>O, <font color="red">red</font>

```python
if a < b and c > d: print("<b>")
```
"""
PANDAS = """<div>
<style scoped>
    .dataframe tbody tr th { vertical-align: top; }
</style>
<table border="1" class="dataframe">
  <thead>
    <tr style="text-align: right;">
      <th></th>
      <th>loss</th>
    </tr>
  </thead>
  <tbody>
    <tr>
      <th>0</th>
      <td>0.25 &lt; 1</td>
    </tr>
  </tbody>
</table>
<p>1 rows × 1 columns</p>
</div>"""
ERROR = ["\x1b[31mZeroDivisionError\x1b[0m Traceback", "\x1b[32m----> 1\x1b[0m 1 / 0", "ZeroDivisionError: <lambda>"]


@pytest.fixture
def honest():
    """A notebook as a good student hands it in, after it was run."""
    outputs = [
        NotebookNode(output_type="stream", name="stdout", text="loss \x1b[1m0.25\x1b[0m <ok>\n"),
        output({"text/html": PANDAS, "text/plain": "   loss"}, kind="execute_result"),
        output({"image/png": PNG + "\n", "text/plain": "<Figure>"}, {"image/png": {"width": 640, "height": 480}}),
        output({"text/markdown": HONEST}),
        output({"text/latex": "$$\\sqrt{2} < 2$$", "text/plain": "√2"}),
        NotebookNode(output_type="error", ename="ZeroDivisionError", evalue="<lambda>", traceback=ERROR),
    ]
    marked = {"grade": True, "solution": True, "locked": False, "schema_version": 3, "points": 15, "grade_id": "q"}
    marked |= {"task": False, "cell_type": "markdown", "checksum": "0" * 32}
    graded = NotebookNode(nbgrader=NotebookNode(marked), deletable=False, tags=["experiment"])
    cells = [md(HONEST, id="a", metadata=graded), cell("raw", "x > 1", id="b")]
    cells += [cell("code", "x = '<b>'", outputs=outputs, execution_count=3, id="c")]
    return NotebookNode(cells=cells, metadata=NotebookNode(payloads.METADATA), nbformat=4, nbformat_minor=5)


def test_honest_work_stays(honest):
    clean = harmless(honest)
    nbformat.validate(clean)
    for before, after in zip(honest.cells, clean.cells, strict=True):
        assert (after.id, after.source, after.cell_type) == (before.id, before.source, before.cell_type)
    assert clean.cells[0].metadata == honest.cells[0].metadata
    assert compute_checksum(clean.cells[0]) == compute_checksum(honest.cells[0])
    printed, table, picture, markdown, latex, error = clean.cells[2].outputs
    assert printed == honest.cells[2].outputs[0]
    read = BeautifulSoup(table.data["text/html"], "html.parser")
    assert [c.text for c in read.find_all(["th", "td"])] == ["", "loss", "0", "0.25 < 1"]
    assert read.table["class"] == ["dataframe"] and "text-align" in read.tr["style"] and not read.find("style")
    assert "vertical-align" not in read.text
    assert picture.data["image/png"] == PNG and picture.metadata == {"image/png": {"width": 640, "height": 480}}
    assert markdown == honest.cells[2].outputs[3] and latex == honest.cells[2].outputs[4]
    assert error == honest.cells[2].outputs[5]
    assert clean.cells[2].execution_count == 3


def test_the_course_itself_stays_letter_by_letter():
    for path in sorted((project_root() / "notebooks").glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        for found in notebook.cells:
            found.metadata.pop("alt", None)  # nbconvert would write it into a page as it is
        assert harmless(notebook) == notebook


def test_the_argument_is_not_changed_and_twice_is_once(tries):
    for _, notebook in tries.values():
        before = copy.deepcopy(notebook)
        clean = harmless(notebook)
        assert notebook == before
        assert harmless(clean) == clean
        nbformat.validate(clean)


@pytest.mark.parametrize("template", ["lab", "feedback", "formgrade"])
def test_nothing_is_loaded_from_elsewhere(template):
    """No picture, sheet or frame whose address a student chose; only links, which someone has to follow."""
    sources = ["![x](https://spy.org/a.png)", "<img src=//spy.org/b>", "<link rel=stylesheet href=//spy.org/c>"]
    sources += ["<style>@import '//spy.org/d'</style>", "<p style='background:url(//spy.org/e)'>x</p>"]
    sources += ["<table background='//spy.org/f'><tr><td>x</td></tr></table>", "<video poster=//spy.org/g></video>"]
    sources += ["<input type=image src=//spy.org/h>", "![x][y]\n\n[y]: https://spy.org/i", "[x](/formgrader/logout)"]
    cells = [md(source) for source in sources]
    cells += [c for source in sources for c in shown(output({"text/html": source}))]
    cells += shown(output({"image/png": PNG}, {"filenames": {"image/png": "https://spy.org/j"}}))
    clean = harmless(NotebookNode(cells=cells, metadata=NotebookNode(), nbformat=4, nbformat_minor=5))
    page = BeautifulSoup(page_of(clean, exporter(template), 0), "html.parser")
    asked = [str(value) for tag in page.find_all(True) for value in tag.attrs.values() if "spy.org" in str(value)]
    assert asked == []
    assert "/formgrader/logout" not in [link.get("href") for link in page.find_all("a")]
    assert not [tag for tag in page.find_all("style") if "spy.org" in tag.text]


def test_formgraders_fields_are_not_shadowed():
    """formgrader finds its fields by id: a student's heading must not take one."""
    marked = {
        "grade": True,
        "solution": True,
        "locked": False,
        "schema_version": 3,
        "points": 1,
        "grade_id": "question",
    }
    headings = "# question\n\n# question-comment\n\n# toc\n\n# mine"
    tags = "<b id=question class='score comment'>x</b>"
    cells = [md(headings), md(tags), md(headings + tags)]
    cells += shown(*[output({kind: text}) for kind in ("text/markdown", "text/html") for text in (headings, tags)])
    cells += [md("answer", metadata=NotebookNode(nbgrader=NotebookNode(marked)))]
    clean = harmless(NotebookNode(cells=cells, metadata=NotebookNode(), nbformat=4, nbformat_minor=5))
    page = BeautifulSoup(page_of(clean, exporter("formgrade"), 0), "html.parser")
    assert [tag.name for tag in page.find_all(id="question")] == ["input"]
    assert [tag.name for tag in page.find_all(id="question-comment")] == ["textarea"]
    assert not page.find_all(id="toc")
    assert len(page.find_all(class_="score")) == 1


@pytest.mark.parametrize("mime", ["image/png", "image/jpeg"])
def test_only_pictures_are_pictures(mime):
    page = base64.b64encode(b"<script>hit(1)</script>").decode()
    tried = [page, PNG + '"', PNG[:-1], "\N{BULLET}", "", 7, f"{PNG}\x00", "iVBORw0KGgo= onerror=hit(1)"]
    tried += [PNG] if mime == "image/jpeg" else []
    for data in tried:
        clean = harmless(NotebookNode(cells=shown(output({mime: data})), metadata={}, nbformat=4, nbformat_minor=5))
        assert set(clean.cells[0].outputs[0].data) == {"text/plain"}


@pytest.mark.timeout(300)
def test_what_is_large_or_tangled_is_cut():
    """Each of these takes nbconvert or a parser minutes, or makes a page that no browser shows."""
    hard = [r"\begin{a}" * 20_000, "<b a=1><p>" * 15_000, "<div>" * 50_000, "> " * 20_000, "[" * 100_000, "x" * 10**6]
    cells = [md(source) for source in hard]
    cells += [c for source in hard for c in shown(output({"text/html": source}), output({"text/markdown": source}))]
    coloured = "\x1b[31mx" * 100_000
    cells += shown(NotebookNode(output_type="stream", name="stdout", text=coloured))
    cells += shown(NotebookNode(output_type="error", ename=coloured, evalue=coloured, traceback=[coloured] * 100))
    cells += shown(*[NotebookNode(output_type="stream", name="stdout", text="x")] * 10_000)
    clean = harmless(NotebookNode(cells=cells, metadata=NotebookNode(), nbformat=4, nbformat_minor=5))
    assert len(page_of(clean, exporter("formgrade"), 0)) < 5_000_000


def test_a_raw_cell_with_a_tag_in_it_is_shown_as_text():
    cells = [cell("raw", "<b>x</b>", metadata={"raw_mimetype": "text/html"}), cell("raw", "x > 1")]
    tag, plain = harmless(NotebookNode(cells=cells, metadata={}, nbformat=4, nbformat_minor=5)).cells
    assert tag.cell_type == "markdown" and "<b>" not in tag.source and "&#60;b&#62;" in tag.source
    assert (plain.cell_type, plain.source, plain.metadata) == ("raw", "x > 1", {})


def test_half_characters_and_wrong_kinds():
    odd = [output({"text/plain": ["a", "\ud800"], "text/html": 7}), output(None), output([]), NotebookNode()]
    odd += [NotebookNode(output_type="stream", text=None), NotebookNode(output_type="error", traceback="x")]
    cells = [cell("code", "\udfff", outputs=odd), cell("markdown", None), cell("raw", ["a", 1]), NotebookNode()]
    clean = harmless(NotebookNode(cells=cells, metadata=None, nbformat=4, nbformat_minor=5))
    nbformat.validate(clean)
    assert nbformat.writes(clean).encode("utf-8")
    assert clean.cells[0].outputs[0].data["text/plain"] == "a\N{REPLACEMENT CHARACTER}"
    assert "not shown here" in clean.cells[0].outputs[1].data["text/plain"]


TAGS = "a abbr b blockquote br caption code dd del details div dl dt em font h1 h2 h3 h4 h5 h6 hr i input ins kbd li"
TAGS += " mark ol p pre q s samp small span strong sub summary sup table tbody td tfoot th thead tr tt u ul var"
ATTRIBUTES = "align border checked class color colspan disabled href rowspan start style title type"
PIECES = r"""< > </ /> " ' = x &lt; &quot; &#60; <!-- --> <p <b> </b> <a href= javascript:hit(1) //e.org /logout
https://e.org <table> <tr> <td> <th <input
type=checkbox disabled> style=" color:red position:fixed url(//e.org) class=k class=score
id=x <h1 title= onclick=hit(1) <svg> <math> <style> </style> <script> </script> <noscript> <title> <textarea> <select>
<plaintext> <img/src=x> <![CDATA[ ]]> <? <!x </p> </table> <pre> <li>""".split()
PIECES += [
    " ",
    "\n",
    "\0",
    "\t",
    "<font color=red>",
    "<p style='color:red' title=x>",
    "<a href='https://e.org' class=k>",
]
PIECES += ["<input type=checkbox disabled>", "<a href='/logout'>", "<a href='//e.org'>"]


def test_nothing_but_what_is_allowed_gets_through():
    """Whatever the order in which tags, quotes and comments are opened and closed."""
    rng = random.Random(12)
    drawn = ["".join(rng.choices(PIECES, k=rng.randrange(1, 25))) for _ in range(1500)]
    seen = set()
    for text in [*payloads.ELEMENTS.values(), *payloads.MARKDOWN.values(), *drawn]:
        for tag in BeautifulSoup(clean_html(text) or "", "html.parser").find_all(True):
            seen |= {tag.name, *tag.attrs}
            assert tag.name in TAGS.split() and set(tag.attrs) <= set(ATTRIBUTES.split()), text
            assert re.match("https?://|mailto:|#|$", tag.get("href", "")), text
            assert "score" not in tag.get("class", []) and not re.search("position|url", tag.get("style", "")), text
            assert tag.name != "input" or (tag["type"] == "checkbox" and "disabled" in tag.attrs), text
    assert {"a", "href", "style", "class", "title", "input", "font", "color"} <= seen


@pytest.mark.parametrize(
    "text",
    [
        "<script>HIT</script>",
        "a <img src=x onerror=HIT ",
        "<p title='x>HIT",
        '<p title="HIT',
        "<svg><a>HIT",
        "<?x HIT?>",
    ]
    + ["a<HIT", "<title><p title='</title>HIT", "<textarea>HIT", "<style>HIT", "<![CDATA[HIT", '<p title="<">HIT'],
)
def test_what_is_not_let_through_is_still_to_be_read(text):
    assert "HIT" in BeautifulSoup(clean_html(text), "html.parser").text


TEX = [r"\href{javascript:hit(1)}{x}", r"\let\h=\href\h{javascript:hit(1)}{x}", r"\style{background:url(//spy.org)}{x}"]
TEX += [
    r"\cssId{question}{x}",
    r"\class{score}{x}",
    r"\require{action}\toggle{a}{b}\endtoggle",
    r"\url{javascript:hit(1)}",
]
TEX += [r"\mmlToken{mi}[href='javascript:hit(1)']{x}", r"\def\y#1{\href#1}\y{{javascript:hit(1)}{x}}"]


@pytest.mark.parametrize("tex", TEX)
@pytest.mark.parametrize(
    "written", ["${}$", "$${}$$", "&#36;{}$", "text $`{}`$", r"\begin{{equation}}{}\end{{equation}}"]
)
def test_formulas_hold_no_links(tex, written):
    source = written.format(tex)
    outputs = [output({kind: source}) for kind in ("text/markdown", "text/html", "text/latex")]
    cells = [md(source), md(source.replace("\\", "\\\\")), md(source.replace("\\", "&#92;")), *shown(*outputs)]
    clean = harmless(NotebookNode(cells=cells, metadata=NotebookNode(), nbformat=4, nbformat_minor=5))
    page = BeautifulSoup(page_of(clean, exporter("feedback"), 0), "html.parser")
    for shown_as_code in page.find_all(["pre", "code", "script"]):  # MathJax does not look there
        shown_as_code.decompose()
    assert not re.search(r"\\(href|style|cssId|class|require|toggle|url|mmlToken)", page.text)


@in_chromium
@pytest.mark.long
@pytest.mark.skipif(not MATHJAX.is_file(), reason="no MathJax 2 here; on Debian: apt-get install libjs-mathjax")
def test_mathjax_makes_no_links(tmp_path):
    """MathJax without its safe mode follows `javascript:`; with what is cleaned it has nothing to follow."""
    started = f'<script src="{MATHJAX.as_uri()}?config=TeX-AMS_CHTML-full,local/none"></script>'
    setup = "<script>window.MathJax = {tex2jax: {inlineMath: [['$', '$']]}, menuSettings: {}}</script>"
    pages = {}
    for number, tex in enumerate(TEX):
        notebook = NotebookNode(cells=[md(f"${tex}$")], metadata=NotebookNode(), nbformat=4, nbformat_minor=5)
        for step, made in ((0, notebook), (100, harmless(notebook))):
            page = page_of(made, exporter("feedback"), number + step).replace("100)", "5000)")
            page = page.replace("hit(1)", f"hit({number + step})").replace("<head>", f"<head>{setup}{started}", 1)
            pages[number + step] = page
    ran, done = hits(pages, tmp_path / "pages")
    assert done == set(pages)
    assert ran and max(ran) < 100


@in_chromium
@pytest.mark.long
@pytest.mark.parametrize("template", ["lab", "feedback", "formgrade"])
def test_honest_work_is_seen(honest, tmp_path, template):
    """In the browser: the picture is drawn, the table is a table, colours are colours."""
    page = tmp_path / "page.html"
    made, _ = exporter(template).from_notebook_node(_with_scores(harmless(honest)), copy.deepcopy(RESOURCES))
    look = """<script>addEventListener('load', () => { const seen = q => document.querySelectorAll(q).length;
      document.body.setAttribute('data-seen', [document.querySelector('img').naturalWidth, seen('table.dataframe td'),
      seen('.ansi-red-fg'), seen('blockquote sub'), seen('pre .k'), seen('input[type=checkbox]:checked')].join()) })
      </script>"""
    page.write_text(made + look, encoding="utf-8")
    dom = chromium(page, tmp_path / "profile", "--virtual-time-budget=5000", "--dump-dom")
    picture, cells, red, sub, keywords, boxes = re.search(r'data-seen="([^"]*)"', dom).group(1).split(",")
    assert (picture, cells, sub, boxes) == ("1", "1", "2", "2") and int(red) >= 1 and int(keywords) >= 2


def test_of_pictures_only_the_courses_own_are_shown():
    own = f'<img alt="Elman" width="640" src="{min(sources())}">'
    assert clean_markdown(own) == own
    svg = base64.b64encode(b'<svg xmlns="http://www.w3.org/2000/svg"/>').decode()
    for src in (
        f"data:image/svg+xml;base64,{svg}",
        min(sources())[:-4],
        "data:image/png;base64,AAAA",
        "https://x.org/p",
    ):
        assert "<img" not in clean_markdown(own.replace(min(sources()), src))
    for more in ('onload="hit()" ', 'style="x" ', 'id="top" '):
        assert "<img" not in clean_markdown(own.replace("<img ", f"<img {more}"))
