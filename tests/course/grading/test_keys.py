"""A kept result holds for one submission, one set of checks and one version, and for no other."""

import nbformat

import rnnkit
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


def test_another_version_gives_another_key(monkeypatch):
    before = key_of(screened("x = 1"), checks())
    monkeypatch.setattr(rnnkit, "__version__", "0.0.0")
    assert key_of(screened("x = 1"), checks()) != before
