"""The form of a unit: every rule can be broken and says so, wrong solutions lose what they name, nothing leaks."""

import io
import json
import re
import shutil
import zipfile

import nbformat
import pytest
from bs4 import BeautifulSoup
from rich.console import Console
from typer.testing import CliRunner

from rnnkit.course import cli
from rnnkit.course.notebooks import derive, form_rules
from rnnkit.course.notebooks.derive import script_of, solved_notebook
from rnnkit.course.notebooks.form import form_of
from rnnkit.course.notebooks.form_rules import complaints, report_on_forms
from rnnkit.course.notebooks.likely_causes import failures
from rnnkit.course.notebooks.page import describe_pictures, page_of
from rnnkit.course.notebooks.release import archive
from rnnkit.course.paths import UNITS, project_root
from rnnkit.course.teaching.speaking import CAUSES, CheckFailed
from tests.course.notebooks.test_release import COMMON, text_of, words

FORMS = {unit: form_of(script_of(unit)) for unit in UNITS}
WRONG = [(unit, name) for unit, form in FORMS.items() for name in form.wrong_solutions()]
PATTERN = "02_bit_counting"


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_keeps_the_rules(unit):
    assert complaints(script_of(unit)) == []


@pytest.mark.parametrize("unit", UNITS)
def test_solutions_lose_no_check(unit):
    assert failures(unit) == {}


@pytest.mark.parametrize(("unit", "name"), WRONG, ids=[name for _, name in WRONG])
def test_a_wrong_solution_loses_exactly_the_checks_that_it_names(unit, name):
    wrong = FORMS[unit].wrong_solutions()[name]
    failed = failures(unit, {wrong.exercise: wrong.code})
    assert set(failed) == set(wrong.loses), failed
    for failure in failed.values():
        assert not isinstance(failure.error, NameError | SyntaxError | ImportError), (
            f"wrong in writing, not in thought: {failure.error}"
        )
        if failure.visible and isinstance(failure.error, CheckFailed):  # then the student is told the likely cause
            assert wrong.says in str(failure.error), "run python -m rnnkit.course.notebooks.likely_causes"


# An edit of the pattern, or of its wrong.py, and what is then said.
BROKEN = [
    ("minutes: 150", "minutes: 0", "minutes: expected more than 0, received 0"),
    ("minutes: 150", "minutes: long", "minutes: expected a number, received 'long'"),
    ("minutes: 150", "minuts: 150", "expected goals, prerequisites, minutes, .* received .*minuts"),
    ("difficulty: medium\n#     exercises", "difficulty: so-so\n#     exercises", "expected one of easy, medium, hard"),
    (
        "#       rprop_step: {title: One step of Rprop, difficulty: medium}\n",
        "",
        "exercises: expected forward, .*rprop_st",
    ),
    ("#     sources:", "#     sourses:", "expected goals, .*sources, received .*sourses"),
    ("#       forward: {", "#       foreward: {", "exercises: expected forward, .* received foreward"),
    ("title: Clipping", "title: The forward pass", "'The forward pass' stands there twice"),
    ("rnnkit.Rprop]", "rnnkit.Rpropp]", "build_counter: uses: 'rnnkit.Rpropp' does not exist"),
    (
        "rnnkit.Rprop]",
        "rnnkit.course.experiments]",
        "build_counter: uses: 'rnnkit.course.experiments' is the course's own",
    ),
    ("uses: [numpy, keras", "uses: [nunpy, keras", "build_counter: uses: 'nunpy' does not exist"),
    (
        '"points": 15, "schema_version": 3, "solution": false',
        '"points": 14, "schema_version": 3, "solution": false',
        "received 99",
    ),
    ('hint="clip_gradient"', 'other="clip_gradient"', "clip_gradient: expected 2 hints in steps, received 0"),
    ('hint="clip_gradient"', 'hint="clip"', "hint: expected one of forward, .* received 'clip'"),
    ("# The length is that of", "# `norm = np.linalg.norm(gradient)`, that of", "tells the solution's line 'norm = "),
    ("answer: b", "answer: d", "answer: expected one of a, b, c, received 'd'"),
    ("- plain gradient descent with", "- gradient descent, clipped at the same threshold #", "two or more different"),
    (
        "#         why: The whole",
        "#         why: ''\n#         because: The whole",
        "self_test, question 2: expected .* why",
    ),
    (' alt="Two colour maps', ' old="Two colour maps', "'surface = lambda .* expected its picture in words"),
    ('alt="Two colour maps', 'alt="" old="Two colour maps', "'surface = lambda .* expected its picture in words"),
    ('# %% tags=["nbval-check-output"]\nbits', '# %% alt="Bits."\nbits', "has an alt, but draws nothing"),
    ('# %% tags=["experiment"]\nlayer', "# %%\nlayer", "'layer = .* trains or draws .train_on_batch.*: tag it"),
    (
        "plt.show()\n\n# %% [markdown]\n# Over",
        "plt.show()\n\n# %%\ncurves\n\n# %% [markdown]\n# Over",
        "needs curves of an",
    ),
    ('check_equal("output weight", float', "check_equal(paths, float", "check_build_counter: needs paths of an exper"),
]
BROKEN_WRONG = [
    ('name="one_sided"', 'name="sums_too_early"', "wrong solution sums_too_early: its name stands there twice"),
    ("# Δ leaves its bounds: it stays between 1e-6 and 50.", "", "without_bounds: expected a sentence for the student"),
    (
        "# Δ leaves its bounds: it stays between 1e-6 and 50.",
        "# The weight moves by the old Δ: update Δ first.",
        "two wrong solutions have the sentence",
    ),
    (
        'name="one_sided" loses=["check_numerical_gradient"]',
        'name="one_sided" loses=[]',
        "expected a check of numerical_",
    ),
    (
        '"one_sided" loses=["check_numerical_gradient"]',
        '"one_sided" loses=["check_forward"]',
        "expected a check of numer",
    ),
    ('loses=["check_forward", "check_gradients"]', 'loses=["check_forward", "check"]', "check is no check of the unit"),
    ('of="rprop_step"', 'of="rprop"', "of: expected one of forward, .* received 'rprop'"),
    ('of="rprop_step" name', 'for="rprop_step" name', "wrong.py, .*: expected of, name, loses, received for, name"),
    ("def clip_gradient(", "def clip(", "always_shortened: does not define clip_gradient"),
    (
        "result[j] = (function(v + move) - function(v)) / h",
        "result[j] = (function(v + move) - function(v) / h",
        "one_sided: .*never closed",
    ),
]


def broken_copy(folder, name, old, new):
    shutil.copy(script_of(PATTERN), folder)
    shutil.copy(script_of(PATTERN).with_name("wrong.py"), folder)
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new), encoding="utf-8")
    return folder / f"{PATTERN}.py"


@pytest.mark.parametrize(("old", "new", "said"), BROKEN)
def test_a_broken_rule_is_named(tmp_path, old, new, said):
    found = complaints(broken_copy(tmp_path, f"{PATTERN}.py", old, new))
    assert re.search(said, "\n".join(found)), found


@pytest.mark.parametrize(("old", "new", "said"), BROKEN_WRONG)
def test_a_broken_rule_of_wrong_solutions_is_named(tmp_path, old, new, said):
    found = complaints(broken_copy(tmp_path, "wrong.py", old, new))
    assert re.search(said, "\n".join(found)), found


def test_the_solution_itself_and_no_wrong_solution_are_named(tmp_path):
    script = broken_copy(tmp_path, "wrong.py", "f[:, t] * v_x + x[:, t] * v_f", "f[:, t] * v_f + x[:, t] * v_x")
    solution = FORMS[PATTERN].exercise("forward").solution
    assert "weights_exchanged" in FORMS[PATTERN].wrong_solutions()
    (tmp_path / "wrong.py").write_text(
        f'# %% of="forward" name="same" loses=["check_forward"]\n# The same.\n{solution}'
    )
    found = complaints(script)
    assert "wrong solution same: it is the solution" in found
    assert sum("expected at least one plausible wrong solution" in complaint for complaint in found) == 5


def test_a_unit_without_a_form(tmp_path):
    text = script_of(PATTERN).read_text(encoding="utf-8")
    script = tmp_path / f"{PATTERN}.py"
    script.write_text(re.sub(r"#   rnnkit:\n(#    .*\n)+", "", text), encoding="utf-8")
    assert "none; see docs/unit_form.md" in complaints(script)[0]
    with pytest.raises(ValueError, match=f"{PATTERN}.py: expected `rnnkit:` in its header.*unit_form.md"):
        form_of(script)


def test_the_command_fails_on_a_broken_form(monkeypatch):
    text = io.StringIO()
    assert report_on_forms(Console(file=text, width=80)) is False
    assert text.getvalue() == ""
    monkeypatch.setattr(derive, "drifted", list)
    assert CliRunner().invoke(cli.app, ["notebooks", "--check"]).exit_code == 0
    monkeypatch.setattr(form_rules, "complaints", lambda script: ["[minutes]: none"] if script.stem == PATTERN else [])
    result = CliRunner().invoke(cli.app, ["notebooks", "--check"])
    assert result.exit_code == 1


@pytest.mark.parametrize("unit", UNITS)
def test_the_reader_sees_each_text_once_and_in_its_place(unit):
    form, cells = FORMS[unit], solved_notebook(script_of(unit)).cells
    page = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    everything = [*form.goals, *form.prerequisites, *form.key_points, *form.sources]
    everything += [text for q in form.self_test for text in (q.question, q.why)]
    everything += [hint for exercise in form.exercises for hint in exercise.hints]
    assert [page.count(text) for text in everything] == [1] * len(everything)
    assert form.goals[0] in cells[1].source
    for exercise in form.exercises:
        assert f"· {exercise.title} | {exercise.points:g} | {exercise.difficulty} |" in cells[1].source
        ids = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in cells]
        before = cells[ids.index(exercise.grade_id) - 1].source
        for hint in exercise.hints:
            fold = rf"<details><summary>Hint[^<]*</summary>\n\n{re.escape(hint)}\n\n</details>"
            assert re.search(fold, before)
    folded = re.sub(r"<details>.*?</details>", "", page, flags=re.DOTALL)
    assert not [question.why for question in form.self_test if question.why in folded]


def secrets_of(form):
    """Sentences and lines of wrong solutions that stand nowhere in what the student may read of the unit."""
    script = re.sub(r"### BEGIN.*?### END \w+", "", script_of(form.unit).read_text(encoding="utf-8"), flags=re.DOTALL)
    visible = "\n".join(words(line) for line in script.splitlines())
    wrong = form.wrong_solutions().values()
    lines = {words(line) for w in wrong for line in w.code.splitlines()}
    lines = {line for line in lines if len(line) >= 12 and not COMMON.fullmatch(line) and line not in visible}
    return {w.says for w in wrong}, lines, {w.name for w in wrong if len(w.name) > 12}


# Lines of the wrong solutions that are right, and that the library needs too.
RIGHT = {"f[:, t + 1] = f[:, t] * v_f + x[:, t] * v_x", "keras.layers.LSTM(units),"}


def told(form, text):
    sentences, lines, names = secrets_of(form)
    return sorted(secret for secret in sentences | (lines - RIGHT) | names if secret in text)


@pytest.mark.parametrize("unit", UNITS)
def test_nothing_of_the_wrong_solutions_reaches_a_student(unit):
    form = FORMS[unit]
    sentences, lines, _ = secrets_of(form)
    assert len(sentences) >= 6 and len(lines) >= 20
    with zipfile.ZipFile(io.BytesIO(archive(project_root()))) as file:
        # What a failed check may say is in one file, by fingerprints; of the code nothing is.
        files = [name for name in file.namelist() if not name.endswith(f"teaching/{CAUSES.name}")]
        found = {name: told(form, text_of(name, file.read(name))) for name in files}
        causes = json.loads(file.read(*(set(file.namelist()) - set(files))))
        assert not [name for name in found if name.endswith("wrong.py")]
    assert {name: secrets for name, secrets in found.items() if secrets} == {}
    assert all(re.fullmatch("[0-9a-f]{16}", mark) for mark in causes)
    assert not [secret for secret in lines if secret in "\n".join(causes.values())]
    solved = nbformat.writes(solved_notebook(script_of(unit)))
    assert not [secret for secret in sentences if secret in text_of("a.ipynb", solved.encode())]


def test_the_search_finds_a_planted_wrong_solution():
    form = FORMS[PATTERN]
    notebook = solved_notebook(script_of(PATTERN))
    wrong = form.wrong_solutions()["moves_before_delta"]
    notebook.cells[3].metadata["says"] = wrong.says
    assert wrong.says in told(form, text_of("a.ipynb", nbformat.writes(notebook).encode()))
    del notebook.cells[3].metadata["says"]
    notebook.cells[3].source = wrong.code
    assert told(form, text_of("a.ipynb", nbformat.writes(notebook).encode()))


SEEN = {"nbgrader", "tags", "alt", "deletable", "editable"}  # the last two are nbgrader's, on locked cells


@pytest.mark.parametrize("unit", UNITS)
def test_students_notebooks_hold_no_metadata_of_the_form_but_descriptions(unit):
    for notebook in (
        nbformat.read(project_root() / "notebooks" / f"{unit}.ipynb", as_version=4),
        solved_notebook(script_of(unit)),
    ):
        assert set(notebook.metadata) == {"kernelspec", "language_info"}
        assert {key for cell in notebook.cells for key in cell.metadata} <= SEEN


def test_a_picture_of_a_run_carries_its_text_into_the_page():
    png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="

    def picture(mime):
        return nbformat.v4.new_output("display_data", {mime: png})

    steep = 'A "steep" cliff & a valley.'
    two = [picture("image/gif"), picture("image/png")]
    cells = [
        nbformat.v4.new_code_cell("plt.show()", metadata={"alt": steep}, outputs=[picture("image/png")]),
        nbformat.v4.new_code_cell("show()", metadata={"alt": ["One.", "Two."]}, outputs=two),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    describe_pictures(notebook)
    assert cells[0].outputs[0].metadata["image/png"]["alt"] == steep
    page = page_of(notebook, "Pictures")
    alts = [image["alt"] for image in BeautifulSoup(page, "html.parser").select("img")]
    assert alts == [steep, "One.", "Two."]
