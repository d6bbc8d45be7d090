"""A kept result holds for one submission, one set of checks and one library, and for no other."""

from pathlib import Path

import nbformat

import rnnkit
from rnnkit._digest import digest_of, library_digest
from rnnkit.course.grading import grade
from rnnkit.course.grading.grade import key_of
from rnnkit.course.grading.screening.screen import Screened
from rnnkit.course.grading.verdicts.checks import Checks, Step


def screened(source, student="ada"):
    cells = [nbformat.v4.new_code_cell(source, id="a")]
    return Screened(student, "u", nbformat.v4.new_notebook(cells=cells), (), None, None)


def checks(hidden="assert f(1) == 1", points=2.0):
    return Checks("u", (Step("check", "", hidden, points, ("f",)),))


def test_the_same_gives_the_same_key():
    assert key_of(screened("x = 1"), checks()) == key_of(screened("x = 1", "bob"), checks())


def test_another_submission_gives_another_key():
    refused = Screened("ada", "u", None, (), "not JSON", None)
    keys = {key_of(found, checks()) for found in (screened("x = 1"), screened("x = 2"), refused)}
    assert len(keys) == 3


def test_other_checks_give_another_key():
    """Or points would stay that a mended check no longer gives."""
    variants = [checks(), checks(hidden="assert f(1) == 2"), checks(points=3.0), Checks("u", ())]
    assert len({key_of(screened("x = 1"), variant) for variant in variants}) == 4


def test_another_library_gives_another_key(monkeypatch):
    """Its version's number may be the same."""
    before = key_of(screened("x = 1"), checks())
    monkeypatch.setattr(grade, "library_digest", lambda: "another")
    assert key_of(screened("x = 1"), checks()) != before


def test_a_library_is_another_when_a_character_or_a_name_of_it_is(tmp_path):
    (tmp_path / "inner").mkdir()
    found = set()
    for name, text in (("a.py", "x = 1"), ("inner/b.py", "x = 1"), ("a.py", "x = 2"), ("notes.txt", "x = 1")):
        (tmp_path / name).write_text(text)
        found.add(digest_of(tmp_path))
    assert len(found) == 3, "only what is Python counts"
    assert library_digest() == digest_of(Path(rnnkit.__file__).parent)
