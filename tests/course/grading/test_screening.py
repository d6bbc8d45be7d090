"""Any file that can be handed in becomes a notebook that nbgrader accepts, or a refusal in words."""

import copy
import json
import os
import random
import socket
from datetime import datetime

import nbformat
import pytest
from nbgrader.preprocessors import CheckCellMetadata, DeduplicateIds
from nbgrader.utils import compute_checksum, is_grade, is_locked, parse_utc

from rnnkit.course.grading.screening import screen as screening
from rnnkit.course.grading.screening.screen import SizeLimits, oddities, screen, stage, students_in
from rnnkit.course.paths import project_root

UNIT = "02_bit_counting"
ANSWER = "def forward(x, v_x, v_f):\n    return x  # mine"


@pytest.fixture(scope="module")
def released():
    return nbformat.read(project_root() / "notebooks" / f"{UNIT}.ipynb", as_version=4)


@pytest.fixture
def handed_in(released):
    """A plain dict to break: the release with one exercise answered."""
    document = dict_of(released)
    cell(document, "forward")["source"] = ANSWER
    return document


@pytest.fixture
def screened(tmp_path, released):
    """Writes what is given as a student's notebook, and screens it."""

    folder = tmp_path / "ada" / UNIT
    folder.mkdir(parents=True)

    def write_and_screen(content, name=f"{UNIT}.ipynb", **limits):
        if not isinstance(content, bytes):
            content = json.dumps(content).encode()
        (folder / name).write_bytes(content)
        return checked(screen(tmp_path, "ada", UNIT, released, SizeLimits(**limits)), released)

    return write_and_screen


def dict_of(notebook):
    """As another program would read the file, with each cell's text in one piece."""
    return json.loads(nbformat.writes(notebook, split_lines=False))


def cell(document, grade_id):
    return next(c for c in document["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == grade_id)


def place(document, grade_id):
    return document["cells"].index(cell(document, grade_id))


def possible(notebook):
    return sum(c.metadata.nbgrader.points for c in notebook.cells if is_grade(c))


def checked(result, released):
    """What holds of every result: nbformat and nbgrader accept it, and graded cells are as the release has them."""
    assert "could not be read" not in (result.refusal or ""), result.refusal
    assert (result.notebook is None) == (result.refusal is not None)
    assert all(note.isprintable() for note in (*result.repairs, result.refusal or ""))
    if result.notebook is None:
        return result
    notebook = result.notebook
    nbformat.validate(notebook)
    nbformat.writes(notebook).encode("utf-8")
    CheckCellMetadata().preprocess(copy.deepcopy(notebook), {})
    assert DeduplicateIds().preprocess(copy.deepcopy(notebook), {})[0] == notebook
    graded = {c.metadata.nbgrader.grade_id: c for c in notebook.cells if "nbgrader" in c.metadata}
    originals = {c.metadata.nbgrader.grade_id: c for c in released.cells if "nbgrader" in c.metadata}
    assert set(graded) == set(originals)
    for grade_id, original in originals.items():
        assert graded[grade_id].metadata == original.metadata
        assert graded[grade_id].cell_type == original.cell_type
        if is_locked(original):
            assert compute_checksum(graded[grade_id]) == original.metadata.nbgrader.checksum
    assert possible(notebook) == possible(released) > 0
    for c in notebook.cells:
        assert set(c) <= {"id", "cell_type", "metadata", "source", "outputs", "execution_count"}
        assert not c.get("outputs") and c.get("execution_count") is None
        assert "nbgrader" in c.metadata or set(c.metadata) <= {"tags"}
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.kernelspec.name == "python3"
    return result


def answer(result, grade_id="forward"):
    return cell(result.notebook, grade_id).source


# --- what needs no mending


def test_an_honest_notebook_is_taken_as_it_is(screened, handed_in, released):
    result = screened(handed_in)
    assert result.repairs == ()
    assert answer(result) == ANSWER
    assert [c.source for c in result.notebook.cells] == [c["source"] for c in handed_in["cells"]]
    assert [c.id for c in result.notebook.cells] == [c.id for c in released.cells]


def test_a_blank_notebook_is_the_release(screened, released):
    released = copy.deepcopy(released)
    result = screened(dict_of(released))
    for c in released.cells:
        c.metadata.pop("alt", None)  # goes from hand-ins with all metadata but tags
    assert result.repairs == () and result.notebook == released


def test_outputs_attachments_and_metadata_are_dropped_and_extra_cells_kept(screened, handed_in):
    output = {"output_type": "stream", "name": "stdout", "text": "x" * 1000}
    cell(handed_in, "forward").update(outputs=[output], execution_count=7)
    extra = {"cell_type": "markdown", "id": "mine", "source": "![x](attachment:x)", "attachments": {"x": {"t": "u"}}}
    extra["metadata"] = {"tags": ["mine", "<b>", 3], "slideshow": {}, "nbgrader": {"grade": True}}
    handed_in["cells"].append(extra)
    handed_in["metadata"] |= {"title": "<script>", "widgets": {"a": 1}}
    result = screened(handed_in)
    last = result.notebook.cells[-1]
    assert (last.source, last.metadata, last.id) == ("![x](attachment:x)", {"tags": ["mine"]}, "mine")
    assert result.repairs == ()


def test_cell_text_in_lines_is_joined(screened, handed_in):
    cell(handed_in, "forward")["source"] = ANSWER.splitlines(keepends=True)
    assert answer(screened(handed_in)) == ANSWER


def test_the_same_submission_gives_the_same_notebook(screened, handed_in):
    for c in handed_in["cells"]:
        del c["id"]
    handed_in["nbformat_minor"] = 4
    first, second = screened(handed_in), screened(handed_in)
    assert first == second and first.repairs == ("upgraded from notebook format 4.4",)


# --- what is refused


def nested(depth):
    return b'{"cells": ' + b"[" * depth + b"]" * depth + b', "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'


REFUSED = {
    "empty": (b"", "not JSON"),
    "bad JSON": (b'{"cells": [', "not JSON"),
    "not JSON": (b"import numpy", "not JSON"),
    "invalid UTF-8": (b'{"cells": "\xff"}', "not UTF-8"),
    "UTF-16": ('{"cells": []}'.encode("utf-16"), "not UTF-8"),
    "list": (b"[]", "received a list"),
    "number": (b"4", "received a int"),
    "null": (b"null", "received a NoneType"),
    "nothing in it": (b"{}", "nbformat is 'None'"),
    "format 2": (b'{"nbformat": 2, "worksheets": []}', "nbformat is '2'"),
    "format 5": (b'{"nbformat": 5, "cells": []}', "nbformat is '5'"),
    "format true": (b'{"nbformat": true, "cells": []}', "nbformat is 'True'"),
    "format NaN": (b'{"nbformat": NaN, "cells": []}', "nbformat is 'None'"),
    "format 3, bad": (b'{"nbformat": 3, "worksheets": [{"cells": [7]}]}', "cannot be upgraded"),
    "format 3, nothing": (b'{"nbformat": 3}', "cannot be upgraded"),
    "nested 100": (nested(100), "nested"),
    "nested 100,000": (nested(100_000), "nested"),
    "nested lists, a million": (b"[" * 1_000_000, "parts"),
    "huge number": (b'{"nbformat": ' + b"4" * 10_000 + b"}", "10000 digits"),
    "duplicated key": (b'{"nbformat": 4, "cells": [], "cells": [], "metadata": {}}', "'cells' twice"),
    "no cells": (b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}}', "no list of cells"),
    "cells as dict": (b'{"nbformat": 4, "cells": {}}', "no list of cells"),
    "cells of numbers": (b'{"nbformat": 4, "cells": [1]}', "cell 0 is a int"),
    "unknown kind": (b'{"nbformat": 4, "cells": [{"cell_type": "html", "source": ""}]}', "unknown kind: 'html'"),
    "kind a list": (b'{"nbformat": 4, "cells": [{"cell_type": [], "source": ""}]}', "unknown kind"),
    "null source": (b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": null}]}', "cell 0 has no text"),
    "numbers as source": (b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": [1]}]}', "cell 0 has no text"),
    "no exercise": (b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": "x = 1"}]}', "another unit's"),
    "no cell": (b'{"nbformat": 4, "cells": []}', "another unit's"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(screened, name):
    content, reason = REFUSED[name]
    assert reason in screened(content).refusal


def test_too_large(screened, handed_in):
    assert "larger than 20 MB" in screened(b" " * 50_000_000).refusal
    assert screened(handed_in, cells=5).refusal == f"{len(handed_in['cells'])} cells, more than 5"
    assert "1,000 characters" in screened(handed_in, source_characters=1000).refusal
    many = {"nbformat": 4, "cells": [{}] * 300_000}
    assert "cells, more than" in screened(many).refusal


def test_another_units_notebook_is_refused(screened):
    other = (project_root() / "notebooks" / "01_xor.ipynb").read_bytes()
    assert "another unit's" in screened(other).refusal


# --- files and folders


def test_missing(tmp_path, released):
    assert screen(tmp_path, "ada", UNIT, released).refusal == "missing: no folder 'ada' of this student"
    (tmp_path / "ada" / "01_xor").mkdir(parents=True)
    assert screen(tmp_path, "ada", UNIT, released).refusal == f"missing: no folder '{UNIT}' of this unit"
    (tmp_path / "ada" / UNIT).mkdir()
    (tmp_path / "ada" / UNIT / "timestamp.txt").write_text("2026-11-21 17:47:04 UTC")
    result = screen(tmp_path, "ada", UNIT, released)
    assert result.refusal == "missing: no notebook in the folder"
    assert result.submitted == datetime(2026, 11, 21, 17, 47, 4)


@pytest.mark.parametrize("name", [f"{UNIT} (1).ipynb", f"{UNIT}-Copy1.ipynb", "homework.ipynb", f"{UNIT}.IPYNB"])
def test_the_only_notebook_is_renamed(screened, handed_in, name):
    result = screened(handed_in, name)
    assert result.repairs == (f"renamed from '{name}'",) and answer(result) == ANSWER


@pytest.mark.parametrize(
    "other, taken",
    [
        ("notes.ipynb", f"{UNIT} (1).ipynb"),
        (f"{UNIT}-Copy1.ipynb", f"{UNIT}.ipynb"),
        (f"{UNIT}-Copy1.ipynb", f"{UNIT} (1).ipynb"),
    ],
)
def test_two_notebooks(tmp_path, screened, handed_in, other, taken):
    folder = tmp_path / "ada" / UNIT
    (folder / other).write_text("{}")
    result = screened(handed_in, taken)
    if taken != f"{UNIT}.ipynb" and other != "notes.ipynb":
        assert result.refusal.startswith(f"2 notebooks, none named {UNIT}.ipynb")
    else:
        assert answer(result) == ANSWER and f"left out: '{other}'" in result.repairs


def test_files_that_shadow_modules_are_left_out(tmp_path, screened, handed_in):
    screened(handed_in)
    folder = tmp_path / "ada" / UNIT
    for name in ("numpy.py", "sitecustomize.py", ".DS_Store"):
        (folder / name).write_text("raise SystemExit")
    (folder / ".ipynb_checkpoints").mkdir()
    result = screened(handed_in)
    assert result.repairs == ("left out: 'numpy.py', 'sitecustomize.py'",)
    staged = stage(result, tmp_path / "staged")
    assert [path.name for path in staged.parent.iterdir()] == [f"{UNIT}.ipynb"]


def test_a_folder_of_many_files_is_refused(tmp_path, screened, handed_in):
    screened(handed_in)
    for number in range(600):
        (tmp_path / "ada" / UNIT / f"{number}.csv").touch()
    assert "more than 500 files" in screened(handed_in).refusal


@pytest.mark.timeout(20)
@pytest.mark.parametrize("kind", ["link", "dangling link", "pipe", "folder", "socket", "device", "unreadable"])
def test_what_is_no_file_is_not_opened(tmp_path, released, handed_in, kind, monkeypatch):
    folder = tmp_path / "ada" / UNIT
    folder.mkdir(parents=True)
    path = folder / f"{UNIT}.ipynb"
    (tmp_path / "secret.ipynb").write_text(json.dumps(handed_in))
    if kind.endswith("link"):
        path.symlink_to(tmp_path / ("secret.ipynb" if kind == "link" else "nowhere"))
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "socket":
        monkeypatch.chdir(folder)  # a socket's path may not be long
        socket.socket(socket.AF_UNIX).bind(path.name)
    elif kind == "device":
        try:
            os.mknod(path, 0o600 | 0o020000, os.makedev(1, 5))
        except PermissionError:
            pytest.skip("only root may make a device")
    else:
        path.write_text("{}")
        path.chmod(0)
        if os.access(path, os.R_OK):
            pytest.skip("root reads everything")
    result = checked(screen(tmp_path, "ada", UNIT, released), released)
    wanted = {"unreadable": "cannot be opened: permission denied", "dangling link": "is a link, not a file"}
    assert wanted.get(kind, f"is a {kind}, not a file") in result.refusal


def test_a_link_exchanged_for_the_file_is_not_followed(tmp_path, screened, handed_in, released, monkeypatch):
    """The file is one when it is looked at, and a link when it is opened."""
    screened(handed_in)
    path = tmp_path / "ada" / UNIT / f"{UNIT}.ipynb"
    before, stat = os.stat(path), os.stat
    path.rename(tmp_path / "secret.ipynb")
    path.symlink_to(tmp_path / "secret.ipynb")
    with monkeypatch.context() as patch:
        patch.setattr(os, "stat", lambda name, **more: before if name == path.name else stat(name, **more))
        result = screen(tmp_path, "ada", UNIT, released)
    assert "cannot be opened" in result.refusal


def test_a_link_exchanged_for_the_folder_is_not_followed(tmp_path, screened, handed_in, released, monkeypatch):
    screened(handed_in)
    path = tmp_path / "ada"
    before, stat = os.stat(path), os.stat
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    with monkeypatch.context() as patch:
        patch.setattr(os, "stat", lambda name, **more: before if name == "ada" else stat(name, **more))
        result = screen(tmp_path, "ada", UNIT, released)
    assert "the student's folder 'ada' cannot be opened" in result.refusal


def test_whatever_goes_wrong_stops_no_other(tmp_path, screened, handed_in, released, monkeypatch):
    screened(handed_in)
    monkeypatch.setattr(screening, "plain_cells", lambda *given: 1 / 0)
    assert screen(tmp_path, "ada", UNIT, released).refusal == "could not be read (ZeroDivisionError)"


@pytest.mark.parametrize("linked", ["student", "unit"])
def test_a_linked_folder_is_not_entered(tmp_path, released, handed_in, linked):
    real = tmp_path / "elsewhere" / UNIT
    real.mkdir(parents=True)
    (real / f"{UNIT}.ipynb").write_text(json.dumps(handed_in))
    submitted = tmp_path / "submitted"
    (submitted / "eve").mkdir(parents=True)
    if linked == "student":
        (submitted / "eve").rmdir()
        (submitted / "eve").symlink_to(real.parent)
    else:
        (submitted / "eve" / UNIT).symlink_to(real)
    assert "is a link, not a folder" in screen(submitted, "eve", UNIT, released).refusal
    assert students_in(submitted) == ([] if linked == "student" else ["eve"])


@pytest.mark.parametrize(
    "name", ["..", ".", "", "a/b", "../ada", "/etc", "a\0b", "a\nb", " ada", "-rf", "a*", "x" * 200]
)
def test_names_that_are_paths_are_refused(tmp_path, released, name):
    assert "cannot be the name" in screen(tmp_path, name, UNIT, released).refusal
    assert "cannot be the name" in screen(tmp_path, "ada", name, released).refusal


def test_students(tmp_path, released, handed_in):
    good = ["Jörg Müller", "O'Neil", "ada@uni.edu", "李小龍", "हिन्दी", "s12-34_5"]
    for name in [*good, "a*", ".hidden", "b\u202egpj", "x[1]"]:
        (tmp_path / name / UNIT).mkdir(parents=True)
        (tmp_path / name / UNIT / f"{UNIT}.ipynb").write_text(json.dumps(handed_in))
    (tmp_path / "roster.csv").touch()
    (tmp_path / "eve").symlink_to(tmp_path / "ada@uni.edu")
    os.mkdir(os.fsencode(tmp_path) + b"/\xff")
    assert students_in(tmp_path) == sorted(good)
    told = "\n".join(oddities(tmp_path))
    assert told.isprintable() or all(line.isprintable() for line in told.splitlines())
    for part in ("'a*' left out: a name", "'eve' left out: a link", "'roster.csv' left out: not a folder"):
        assert part in told
    assert len(told.splitlines()) == 7
    for name in good:
        staged = stage(checked(screen(tmp_path, name, UNIT, released), released), tmp_path / "staged")
        assert staged == tmp_path / "staged" / name / UNIT / f"{UNIT}.ipynb"
    with pytest.raises(ValueError, match=r"submitted: expected a folder .* received .*roster\.csv"):
        students_in(tmp_path / "roster.csv")


@pytest.mark.parametrize(
    "text, expected",
    [
        ("2026-11-21 17:47:04.123456 UTC", datetime(2026, 11, 21, 17, 47, 4, 123456)),
        ("2026-11-21 17:47:04 CET\n", datetime(2026, 11, 21, 16, 47, 4)),
        ("2026-11-21 17:47:04 -0530", datetime(2026, 11, 21, 23, 17, 4)),
        ("2026-11-21 17:47:04", datetime(2026, 11, 21, 17, 47, 4)),
        ("2026-13-21 17:47:04 UTC", None),
        ("0001-01-01 00:00:00 +2300", None),
        ("10", None),
        ("", None),
        ("2026-11-21 17:47:04 ../../etc/passwd", None),
        ("٢٠٢٦-11-21 17:47:04 UTC", None),
        ("x" * 5000, None),
    ],
)
def test_time_of_handing_in(tmp_path, screened, handed_in, text, expected):
    screened(handed_in)
    (tmp_path / "ada" / UNIT / "timestamp.txt").write_text(text)
    result = screened(handed_in)
    assert result.submitted == expected
    assert len(result.repairs) == (expected is None)
    staged = stage(result, tmp_path / "staged").with_name("timestamp.txt")
    assert staged.exists() == (expected is not None)
    if expected:
        assert parse_utc(staged.read_text().strip()) == expected


def test_a_linked_time_stamp_is_not_read(tmp_path, screened, handed_in):
    screened(handed_in)
    (tmp_path / "time").write_text("2026-11-21 17:47:04 UTC")
    (tmp_path / "ada" / UNIT / "timestamp.txt").symlink_to(tmp_path / "time")
    result = screened(handed_in)
    assert result.submitted is None and "is a link" in result.repairs[0]


def test_staging(tmp_path, screened, handed_in):
    result = screened(handed_in)
    old = tmp_path / "staged" / "ada" / UNIT / "timestamp.txt"
    old.parent.mkdir(parents=True)
    old.write_text("2020-01-01 00:00:00 UTC")
    path = stage(result, tmp_path / "staged")
    assert nbformat.read(path, as_version=4) == result.notebook
    assert list(path.parent.iterdir()) == [path]
    with pytest.raises(ValueError, match=r"screened: expected a submission with a notebook, received ada's.*not JSON"):
        stage(screened(b""), tmp_path / "staged")
    with pytest.raises(ValueError, match=r"screened: expected names that can be folders, received '\.\.'"):
        stage(screening.Screened("..", UNIT, result.notebook, (), None, None), tmp_path / "staged")


# --- what is mended


def test_byte_order_mark(screened, handed_in):
    result = screened(b"\xef\xbb\xbf" + json.dumps(handed_in).encode())
    assert result.repairs == ("byte order mark removed",) and answer(result) == ANSWER


def test_foreign_kernel(screened, handed_in):
    handed_in["metadata"]["kernelspec"]["name"] = "conda-env-\x1b[31m[red]" + "x" * 200
    (repair,) = screened(handed_in).repairs
    assert repair.startswith("kernel 'conda-env-\N{REPLACEMENT CHARACTER}[31m[red]xxx") and len(repair) < 110


@pytest.mark.parametrize("kernelspec", [None, 3, [], {}, {"name": None}])
def test_kernelspec_of_a_wrong_kind(screened, handed_in, kernelspec):
    handed_in["metadata"]["kernelspec"] = kernelspec
    assert screened(handed_in).repairs == ()


def test_nan_in_an_output_and_broken_characters(screened, handed_in):
    cell(handed_in, "forward")["outputs"] = [{"data": {"x": float("nan")}}]
    cell(handed_in, "question")["source"] = "smile \ud83d"
    result = screened(handed_in)
    assert answer(result, "question") == "smile \N{REPLACEMENT CHARACTER}"
    assert len(result.repairs) == 1 and "broken characters" in result.repairs[0]


def test_format_3(screened, handed_in, released):
    old = nbformat.convert(nbformat.from_dict(copy.deepcopy(handed_in)), 3)
    result = screened(json.loads(json.dumps(old)))
    assert answer(result) == ANSWER and "upgraded from notebook format 3" in result.repairs
    assert result == screened(json.loads(json.dumps(old)))


@pytest.mark.parametrize("edited_one", [0, 1])
def test_of_two_copies_the_edited_one_is_marked(screened, handed_in, released, edited_one):
    stub = copy.deepcopy(cell(dict_of(released), "forward"))
    at = place(handed_in, "forward")
    handed_in["cells"].insert(at + 1 - edited_one, stub | {"id": "copy"})
    result = screened(handed_in)
    assert answer(result) == ANSWER
    kept, other = (at, at + 1) if edited_one == 0 else (at + 1, at)
    assert result.repairs == (f"forward was there in cell {other} too: cell {kept} is marked, the edited one",)
    assert result.notebook.cells[other].source == stub["source"] and not result.notebook.cells[other].metadata


@pytest.mark.parametrize("first", [True, False])
def test_of_two_edited_copies_the_one_in_its_place_is_marked(screened, handed_in, first):
    other = copy.deepcopy(cell(handed_in, "forward")) | {"id": "copy", "source": ANSWER + "\n\n# older"}
    handed_in["cells"].insert(0 if first else len(handed_in["cells"]), other)
    handed_in["cells"].insert(0, {"cell_type": "code", "source": "", "metadata": {}})
    # Moved to the very front, the copy is still before all others, as its exercise is: the first is taken.
    result = screened(handed_in)
    assert answer(result) == (other["source"] if first else ANSWER)
    assert "the one in the exercise's place" in result.repairs[0]


def test_the_copy_between_the_right_exercises_is_marked(screened, handed_in):
    original = cell(handed_in, "clip_gradient")
    original["source"] = "def clip_gradient(gradient, threshold):\n    return 1"
    handed_in["cells"].insert(0, copy.deepcopy(original) | {"id": "copy", "source": original["source"] + "1"})
    assert answer(screened(handed_in), "clip_gradient") == original["source"]


def test_a_copied_check(screened, handed_in):
    at = place(handed_in, "check_forward")
    forged = copy.deepcopy(handed_in["cells"][at]) | {"id": "copy", "source": "pass"}
    handed_in["cells"].insert(at, forged)
    result = screened(handed_in)
    assert result.repairs == (f"check_forward was there in cell {at} too: cell {at + 1} is marked, the unchanged one",)


@pytest.mark.parametrize(
    "grade_id", [None, "", "Forward", "forward ", 7, ["forward"], {"a": 1}, "../forward", "x" * 999]
)
def test_an_id_that_is_missing_or_edited_is_found_by_its_names(screened, handed_in, grade_id):
    target = cell(handed_in, "forward")
    at = handed_in["cells"].index(target)
    if grade_id is None:
        target["metadata"] = {}
    else:
        target["metadata"]["nbgrader"]["grade_id"] = grade_id
    result = screened(handed_in)
    assert answer(result) == ANSWER and place(result.notebook, "forward") == at
    assert result.repairs == (f"forward: its id was missing or edited; cell {at} defines forward, so it is marked",)


def test_an_id_exchanged_for_anothers(screened, handed_in):
    """The cell of `forward` carries the id of `gradients`, and the other way the check's."""
    cell(handed_in, "forward")["metadata"]["nbgrader"]["grade_id"] = "gradients"
    target = cell(handed_in, "clip_gradient")
    target["source"] = "def clip_gradient(gradient, threshold):\n    return 1"
    target["metadata"]["nbgrader"]["grade_id"] = "check_rprop_step"
    result = screened(handed_in)
    assert answer(result) == ANSWER
    assert answer(result, "clip_gradient") == target["source"]


def test_an_answer_with_a_lost_checks_id_is_not_overwritten(screened, handed_in):
    handed_in["cells"].remove(cell(handed_in, "check_forward"))
    cell(handed_in, "forward")["metadata"]["nbgrader"]["grade_id"] = "check_forward"
    result = screened(handed_in)
    assert answer(result) == ANSWER
    assert place(result.notebook, "check_forward") == place(result.notebook, "forward") + 1


def test_all_of_nbgraders_metadata_lost(screened, handed_in, released):
    for c in handed_in["cells"]:
        c["metadata"] = {}
    result = screened(handed_in)
    assert answer(result) == ANSWER
    assert [c.source for c in result.notebook.cells] == [c["source"] for c in handed_in["cells"]]


@pytest.mark.parametrize("metadata", [3, [], "x", {"nbgrader": 3}, {"nbgrader": []}, {"nbgrader": {"grade_id": None}}])
def test_metadata_of_a_wrong_kind(screened, handed_in, metadata):
    cell(handed_in, "forward")["metadata"] = metadata
    handed_in["cells"][0]["metadata"] = metadata
    assert answer(screened(handed_in)) == ANSWER


def test_missing_answers_come_back_as_released(screened, handed_in, released):
    lost = ["forward", "clip_gradient", "question", "check_gradients"]
    order = [c.metadata.nbgrader.grade_id for c in released.cells if "nbgrader" in c.metadata]
    for grade_id in lost:
        handed_in["cells"].remove(cell(handed_in, grade_id))
    result = screened(handed_in)
    for grade_id in lost:
        assert answer(result, grade_id) == cell(released, grade_id).source
        assert any(grade_id in repair and "missing, put back" in repair for repair in result.repairs)
    there = [c.metadata.nbgrader.grade_id for c in result.notebook.cells if "nbgrader" in c.metadata]
    assert there == order


def test_a_stub_never_overwrites_an_answer(screened, handed_in):
    """Two cells without an id define `forward`, or one cell answers two exercises: refused, with the places."""
    target = cell(handed_in, "forward")
    first, last = place(handed_in, "forward"), len(handed_in["cells"])
    target["metadata"] = {}
    handed_in["cells"].append(copy.deepcopy(target) | {"id": "copy", "source": ANSWER + "  # new"})
    result = screened(handed_in)
    assert "the cell of forward is not there under its id" in result.refusal
    assert f"cell {first}, {last}" in result.refusal


def test_two_exercises_in_one_cell(screened, handed_in):
    cell(handed_in, "forward")["source"] += "\n\n\ndef gradients(x, y, v_x, v_f):\n    return y"
    handed_in["cells"].remove(cell(handed_in, "gradients"))
    at = place(handed_in, "forward")
    assert f"gradients is defined in cell {at}" in screened(handed_in).refusal


def test_edited_points_and_flags(screened, handed_in):
    cell(handed_in, "check_forward")["metadata"]["nbgrader"] |= {"points": 1000, "locked": False}
    cell(handed_in, "question")["metadata"]["nbgrader"] |= {"points": "many", "schema_version": {}, "task": 1}
    repairs = screened(handed_in).repairs
    assert repairs == (
        "check_forward: points, locked edited, restored",
        "question: points, task edited, restored",
    )


def test_an_edited_check(screened, handed_in):
    cell(handed_in, "check_forward")["source"] = "pass"
    cell(handed_in, "check_gradients")["cell_type"] = "raw"
    assert screened(handed_in).repairs == (
        "check_forward: the check was edited, restored",
        "check_gradients: the check was edited, restored",
    )


def test_an_answer_turned_into_text(screened, handed_in):
    cell(handed_in, "forward")["cell_type"] = "markdown"
    result = screened(handed_in)
    assert result.repairs == ("forward: was turned into a markdown cell, turned back",) and answer(result) == ANSWER


def test_an_invented_exercise_gets_no_mark(screened, handed_in):
    extra = copy.deepcopy(cell(handed_in, "check_forward")) | {"id": "extra", "source": "1"}
    extra["metadata"]["nbgrader"]["grade_id"] = "bonus"
    handed_in["cells"].append(extra)
    result = screened(handed_in)
    last = len(handed_in["cells"]) - 1
    assert result.repairs == (f"cell {last}: its id 'bonus' is none of the unit's, so it is not marked",)
    assert "nbgrader" not in result.notebook.cells[-1].metadata


def test_cell_ids_there_twice(screened, handed_in):
    for number in (0, 1, 2):
        handed_in["cells"][number]["id"] = "same"
    handed_in["cells"][3]["id"] = "not valid!"
    result = screened(handed_in)
    assert len({c.id for c in result.notebook.cells}) == len(handed_in["cells"])
    assert result.repairs == ("cell ids that were there twice or not valid renewed",)


def test_many_repairs_are_cut(screened, handed_in):
    for number in range(100):
        nbgrader = {"grade_id": f"x{number}", "grade": True}
        handed_in["cells"].append({"cell_type": "code", "source": "", "metadata": {"nbgrader": nbgrader}})
    repairs = screened(handed_in).repairs
    assert len(repairs) == 21 and repairs[-1] == "and 80 more"


# --- anything


VALUES = [None, True, False, 0, -1, 10**30, 1.5, float("nan"), "", "forward", "check_forward", "gradients"]
VALUES += ["code", "raw", "markdown", "\ud800", "<script>", "../..", "x" * 3000]
VALUES += [[], ["a"], [1], {}, {"a": {}}, {"grade_id": "forward"}]
TEXTS = [ANSWER, "forward = 1", "def gradients():\n  pass", "%%javascript\nalert(1)", "(" * 500, "\0", "x, y = 1, 2"]


def spots(value, found):
    """Every container in a document."""
    if isinstance(value, dict | list) and value:
        found.append(value)
        for below in value.values() if isinstance(value, dict) else value:
            spots(below, found)
    return found


def mutate(document, rng):
    where = rng.choice(spots(document, []))
    if rng.random() < 0.6:  # most of what matters is about cells
        where = rng.choice([document["cells"], *spots(document["cells"], [])]) if isinstance(document, dict) else where
    keys = list(where) if isinstance(where, dict) else list(range(len(where)))
    key = rng.choice(keys)
    action = rng.randrange(7)
    if action == 0:
        del where[key]
    elif action == 1:
        where[key] = copy.deepcopy(rng.choice(VALUES))
    elif action == 2:
        where[key] = rng.choice(TEXTS)
    elif action == 3 and isinstance(where, list):
        where.insert(rng.randrange(len(where) + 1), copy.deepcopy(where[key]))
    elif action == 4 and isinstance(where, list):
        rng.shuffle(where)
    elif action == 5:
        other = rng.choice(keys)
        where[key], where[other] = where[other], where[key]
    elif isinstance(where, dict):
        key = rng.choice(["metadata", "nbgrader", "grade_id", "source", "cells", "id", "x"])
        where[key] = copy.deepcopy(rng.choice(VALUES))


@pytest.fixture
def small(released):
    """Three exercises of the unit, for speed."""
    small = copy.deepcopy(released)
    small.cells = [*small.cells[:12], small.cells[-1]]
    return small


@pytest.mark.timeout(300)
def test_any_mutation_is_cleaned_or_refused(tmp_path, small):
    rng = random.Random(20261121)
    refused = 0
    path = tmp_path / "ada" / UNIT / f"{UNIT}.ipynb"
    path.parent.mkdir(parents=True)
    for _ in range(500):
        document = dict_of(small)
        cell(document, "forward")["source"] = ANSWER
        for _ in range(rng.choice([1, 1, 2, 5, 20])):
            if not isinstance(document.get("cells"), list) or not document["cells"]:
                break
            mutate(document, rng)
        path.write_text(json.dumps(document))
        refused += checked(screen(tmp_path, "ada", UNIT, small), small).notebook is None
    assert 50 < refused < 400  # neither all nor none: the mutations reach both


@pytest.mark.timeout(300)
def test_any_bytes_are_cleaned_or_refused(screened, handed_in):
    rng = random.Random(7)
    content = json.dumps(handed_in).encode()
    for _ in range(200):
        broken = bytearray(content)
        for _ in range(rng.choice([1, 3, 30])):
            at = rng.randrange(len(broken))
            broken[at : at + rng.choice([0, 1, 50])] = rng.randbytes(rng.choice([0, 1, 2]))
        screened(bytes(broken[: rng.choice([len(broken), rng.randrange(len(broken))])]))
