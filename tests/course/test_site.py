"""The site: whole, without solutions and hidden checks, described in words, and asking no other host for anything."""

import base64
import importlib.util
import json
import re
from collections import Counter
from copy import copy
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_output

from rnnkit.course.notebooks.derive import script_of, solved_notebook
from rnnkit.course.notebooks.form import form_of
from rnnkit.course.paths import UNITS, project_root
from tests.course.lab import UNIT, Notebook, lab  # noqa: F401
from tests.course.servers import files

pytestmark = pytest.mark.long
RUN, OUTDATED = "02_bit_counting", "11_classification"
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS\n(.*?)### END HIDDEN TESTS", re.DOTALL)
SOLUTION = re.compile(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", re.DOTALL)


def builder():
    path = project_root() / "docs" / "build_site.py"
    specification = importlib.util.spec_from_file_location("build_site", path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def left_by_a_run(folder, unit, spoil=""):
    """What `rnnkit run` leaves of a unit, without running it; also where a page must not show it."""
    notebook = solved_notebook(script_of(unit))
    for cell in notebook.cells:
        if cell.cell_type == "code":
            kind = "a marked cell" if "nbgrader" in cell.metadata else "the experiment"
            cell.outputs = [new_output("stream", name="stdout", text=f"{kind} has printed this\n")]
        if "alt" in cell.metadata:
            picture = {"image/png": {"alt": cell.metadata.alt}}
            cell.outputs.append(new_output("display_data", {"image/png": PNG}, metadata=picture))
    notebook.cells[0].source += spoil
    nbformat.write(notebook, folder / f"{unit}.ipynb")
    outcome = {"errors": [], "seconds": 7.0, "figure": "the figure of a test", "baseline": "another one"}
    (folder / f"{unit}.json").write_text(json.dumps({"outcome": outcome}), encoding="utf-8")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    pytest.importorskip("furo", reason="the site's packages are not installed: pip install 'rnnkit[site]'")
    folder = tmp_path_factory.mktemp("build")
    (folder / "run").mkdir()
    left_by_a_run(folder / "run", RUN)
    left_by_a_run(folder / "run", OUTDATED, spoil=" as it was")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RNNKIT_BUILD", str(folder))
        return builder().build(strict=True)  # a warning is an error


@pytest.fixture(scope="module")
def soups(site):
    return {
        path.relative_to(site).as_posix(): BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for path in sorted(site.rglob("*.html"))
    }


@pytest.fixture(scope="module")
def address(site):
    with files(site) as address:
        yield address


def test_every_unit_has_a_page_and_a_place_on_home_and_plan(soups):
    for unit in UNITS:
        assert f"units/{unit}.html" in soups
        for overview in ("index", "semester", "units"):
            links = soups[f"{overview}.html"].select(f'article a[href="units/{unit}.html"]')
            assert links, f"{overview}.html does not lead to unit {unit}"


def test_a_page_shows_the_last_run_or_says_that_there_is_none(soups):
    shown, outdated, not_run = (soups[f"units/{unit}.html"] for unit in (RUN, OUTDATED, "01_xor"))
    assert "the experiment has printed this" in shown.text and "the figure of a test" in shown.text
    for page_without in (outdated, not_run):
        assert "has printed this" not in page_without.text
        assert "this page has no outputs" in page_without.text


def test_pages_of_units_hold_no_solution_and_no_hidden_check(soups):
    for unit in UNITS:
        text = " ".join(soups[f"units/{unit}.html"].text.split())
        student = " ".join((project_root() / "notebooks" / f"{unit}.ipynb").read_text(encoding="utf-8").split())
        secret = 0
        for cell in solved_notebook(script_of(unit)).cells:
            for block in [*HIDDEN.findall(cell.source), *SOLUTION.findall(cell.source)]:
                for line in block.splitlines():
                    line = " ".join(line.split())
                    if len(line) > 25 and json.dumps(line, ensure_ascii=False)[1:-1] not in student:
                        secret += 1
                        assert line not in text, f"{unit}: {line}"
        assert secret > 20
        assert not re.search(r"(BEGIN|END) (SOLUTION|HIDDEN)|a marked cell has printed", text)


def test_no_page_loads_anything_from_elsewhere(site, soups):
    for name, soup in soups.items():
        loading = soup.select("link[href], script[src], img[src], iframe, object, embed, video, audio, source")
        for tag in loading:
            where = tag.get("href") or tag.get("src") or tag.get("data") or ""
            assert not re.match(r"(\w+:)?//", where), f"{name}: {tag}"
    for file in [*site.rglob("*.css"), *site.rglob("*.js")]:
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"(url\(|@import|importScripts\(|import\()\s*[\"']?(https?:)?//", text), file


def test_pictures_are_described_and_there(site, soups):
    pictures = [(name, tag) for name, soup in soups.items() for tag in soup.select("article img")]
    for name, tag in pictures:
        assert len(tag.get("alt", "")) > 15, f"{name}: {tag}"
        assert tag["src"].startswith("data:") or (site / name).parent.joinpath(tag["src"]).resolve().is_file(), (
            f"{name}: {tag['src']}"
        )
    source = solved_notebook(script_of(RUN)).cells
    described = {cell.metadata.alt for cell in source if "alt" in cell.metadata}
    assert described and described <= {tag["alt"] for name, tag in pictures if RUN in name}
    assert base64.b64decode(PNG) in {path.read_bytes() for path in site.glob("pictures/*.png")}


def test_benchmarks_are_drawn_from_their_tables(soups):
    page = soups["benchmarks.html"]
    pictures, tables = page.select('article img[src*="ratios_"]'), page.select("article table")
    assert 3 <= len(pictures) <= len(tables)


def test_the_reference_holds_every_public_name_with_its_equations(soups):
    anchors = Counter(tag["id"] for soup in soups.values() for tag in soup.select("dt[id]"))
    for package in builder().PACKAGES:
        home = importlib.import_module(f"rnnkit.{package}")
        for name in home.__all__:
            thing = getattr(home, name)
            if callable(thing):
                assert anchors[f"rnnkit.{package}.{name}"] == 1, f"rnnkit.{package}.{name}"
    elman = soups["library/layers.elman.html"].find(id="rnnkit.layers.ElmanCell").parent
    assert len(elman.select('math[display="block"]')) == 6
    for name, soup in soups.items():
        soup = copy(soup)
        for code in soup(["code", "pre", "math"]):
            code.decompose()
        if not name.startswith("_modules"):
            assert not re.search(r"\$\$|\\(frac|sum|tag|odot|sigma)\b", soup.text), name


def test_each_equation_leads_to_its_lines_and_units(site, soups):
    rows = soups["equations.html"].select('a[href^="code/"]')
    assert len(rows) > 400
    for link in rows:
        page, _, anchor = link["href"].partition("#")
        assert f'id="{anchor}"' in (site / page).read_text(encoding="utf-8"), link["href"]
    elman = next(row for row in soups["equations.html"].select("tr") if "ElmanCell" in row.text)
    assert elman.select('a[href="library/layers.elman.html"]') and elman.select('a[href="units/01_xor.html"]')
    code, oracle = (link["href"] for link in elman.select('a[href^="code/"]'))
    assert "rnnkit.layers.elman.html#L-" in code and "tests.oracles.recurrent.html#L-" in oracle


def test_a_unit_leads_to_its_neighbours(soups):
    for before, after in pairwise(UNITS):
        for unit, other in ((before, after), (after, before)):
            assert len(soups[f"units/{unit}.html"].select(f'article a[href="{other}.html"]')) == 2, (unit, other)


# Pages of every kind; the axe-core of the package that brings it.
LOOKED_AT = ["index", "units", "equations", "benchmarks", "library/layers.elman", "code/rnnkit.layers.elman"]
LOOKED_AT += ["demonstrations", "glossary", f"units/{RUN}"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_serious_fault_of_accessibility(address, page, scheme):
    axe = pytest.importorskip("axe_playwright_python", reason="pip install 'rnnkit[dev]'")
    script = Path(axe.__file__).with_name("axe.min.js")
    found = {}
    page.emulate_media(color_scheme=scheme)
    for name in LOOKED_AT:
        page.goto(f"{address}/{name}.html")
        page.add_script_tag(path=script)
        for fault in page.evaluate("axe.run({ resultTypes: ['violations'] })")["violations"]:
            if fault["impact"] in ("serious", "critical"):
                found[name, fault["id"]] = [node["html"] for node in fault["nodes"][:3]]
    assert found == {}


def test_in_a_browser_nothing_is_asked_of_another_host(site, address, page):
    asked, failed = set(), set()
    page.on("request", lambda request: asked.add(request.url))
    page.on("requestfailed", lambda request: failed.add((request.url, request.failure)))
    page.on("response", lambda response: response.status < 400 or failed.add((response.url, response.status)))
    page.on("pageerror", lambda error: failed.add(str(error)))
    for path in sorted(site.rglob("*.html")):
        # Its nets are fetched after it; who leaves before breaks that off.
        wait = "networkidle" if path.name == "demonstrations.html" else "load"
        page.goto(f"{address}/{path.relative_to(site).as_posix()}", wait_until=wait)
    assert {url for url in asked if not url.startswith((address, "data:", "blob:"))} == set()
    assert failed == set()


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_sticks_out_of_a_page(address, page, width):
    page.set_viewport_size({"width": width, "height": 800})
    for name in ("index", "units", "errata", "semester", "library", "equations", "benchmarks", f"units/{RUN}"):
        page.goto(f"{address}/{name}.html")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name


def test_search_dark_mode_and_keyboard(address, page):
    page.goto(f"{address}/search.html?q=peephole")
    page.wait_for_selector("#search-results li a")
    assert "peephole" in page.inner_text("#search-results").lower()
    page.goto(address)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent").strip() == "Skip to content"
    background = "getComputedStyle(document.body).backgroundColor"
    colours = set()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.goto(address)
        colours.add(page.evaluate(background))
    assert len(colours) == 2


def test_a_newcomers_path(address, page, lab):  # noqa: F811
    """From the first page to a unit, in JupyterLab to a wrong answer and a right one, and back to two nets that run."""
    page.set_viewport_size({"width": 1400, "height": 1000})
    page.goto(address)
    page.locator(f'article a[href="units/{UNIT}.html"]').first.click()
    forward = form_of(script_of(UNIT)).exercise("forward")
    page.locator("article h1", has_text="Counting ones").wait_for()
    assert page.locator("article", has_text="Exercise 1 (10 points)").count() == 1

    (jupyter, token), _ = lab
    page.goto(f"{jupyter}/lab/tree/{UNIT}.ipynb?token={token}")
    notebook = Notebook(page)
    notebook.cell("import numpy").wait_for()
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    for cell in ("import numpy", "bits, counts = bit_counting("):
        notebook.run(cell)
    answers = {
        "✎ ": None,  # as it is handed out
        f"✗ .*{re.escape(forward.wrong[0].says)}": forward.wrong[0].code,
        f"✓ {forward.title}": re.sub(r"^ *###.*\n", "", forward.solution, flags=re.MULTILINE),
    }
    for said, answer in answers.items():
        if answer is None:
            notebook.run("def forward(")
        else:
            notebook.write("def forward(", answer)
        notebook.run(f"# Check: {forward.title}")
        [output] = notebook.outputs(f"# Check: {forward.title}")
        assert re.match(said, output, re.DOTALL), output
    page.on("dialog", lambda dialog: dialog.accept())  # whether to leave a notebook that is not saved

    page.goto(address)
    page.locator('article a[href="demonstrations.html"]').first.click()
    memory, board = page.locator("[data-demo=hopfield]"), page.locator("[data-demo=hopfield] canvas")
    memory.get_by_role("button", name="3", exact=True).click()
    stored = memory.get_attribute("data-state")
    board.click(position={"x": 12, "y": 12})
    assert memory.get_attribute("data-state") != stored
    memory.get_by_role("button", name="Recall").click()
    memory.get_by_text("At rest: the stored 3.").wait_for()
    assert memory.get_attribute("data-state") == stored
    plane = page.locator("[data-demo=attractor]")
    before = json.loads(plane.get_attribute("data-run"))
    plane.locator("canvas").press("ArrowLeft")
    after = json.loads(plane.get_attribute("data-run"))
    assert after[0][0] == pytest.approx(before[0][0] - 0.05) and after[-1] != before[0]
