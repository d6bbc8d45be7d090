"""A student's copies: made once, renewed only where nobody has worked in them."""

import pytest

from rnnkit.course.work import prepare_work


@pytest.fixture
def root(tmp_path):
    (tmp_path / "notebooks").mkdir()
    for name in ("01_a", "02_b"):
        (tmp_path / "notebooks" / f"{name}.ipynb").write_text(f"{name} as handed out\n")
    return tmp_path


def test_work_is_never_written_over(root):
    folder, behind = prepare_work(root)
    assert behind == [] and folder == root / "work"
    assert (folder / "01_a.ipynb").read_text() == "01_a as handed out\n"
    (folder / "01_a.ipynb").write_text("a student's work\n")
    for name in ("01_a", "02_b"):
        (root / "notebooks" / f"{name}.ipynb").write_text(f"{name}, mended\n")
    assert prepare_work(root) == (folder, ["01_a.ipynb"])
    assert (folder / "01_a.ipynb").read_text() == "a student's work\n"
    assert (folder / "02_b.ipynb").read_text() == "02_b, mended\n"
    assert prepare_work(root) == (folder, ["01_a.ipynb"])


def test_a_copy_that_was_moved_away_comes_back_anew(root):
    folder, _ = prepare_work(root)
    (folder / "01_a.ipynb").rename(folder / "mine.ipynb")
    prepare_work(root)
    assert (folder / "01_a.ipynb").read_text() == "01_a as handed out\n"
    assert (folder / "mine.ipynb").exists()
    assert not list(folder.glob("*.part"))


def test_a_copy_without_a_note_of_it_counts_as_work(root):
    """The note was lost, or the folder was made by hand."""
    (root / "work").mkdir()
    (root / "work" / "01_a.ipynb").write_text("a student's work\n")
    assert prepare_work(root)[1] == ["01_a.ipynb"]
    assert (root / "work" / "01_a.ipynb").read_text() == "a student's work\n"


def test_no_notebooks_are_said(tmp_path):
    with pytest.raises(FileNotFoundError, match="notebooks: expected notebooks in"):
        prepare_work(tmp_path)
