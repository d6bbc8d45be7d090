"""Data files of installed packages: found, checked, and refused in words."""

import hashlib
import sys

import pytest

from rnnkit.datasets._packages import package_file


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A distribution "cook-book" 2.3 with one data file, whose code must not be imported."""
    (tmp_path / "cook_book" / "data").mkdir(parents=True)
    (tmp_path / "cook_book" / "__init__.py").write_text("raise RuntimeError('imported')")
    file = tmp_path / "cook_book" / "data" / "soup.json"
    file.write_bytes(b"[1, 2]")
    info = tmp_path / "cook_book-2.3.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: cook-book\nVersion: 2.3\n")
    monkeypatch.syspath_prepend(tmp_path)
    return file


def test_finds_the_file_without_importing_the_package(installed):
    right = hashlib.sha256(b"[1, 2]").hexdigest()
    assert package_file("cook-book", "2.3", "cook_book/data/soup.json", right).samefile(installed)
    assert package_file("cook-book", "2.3", "cook_book/data/soup.json", right.upper()).read_bytes() == b"[1, 2]"
    assert "cook_book" not in sys.modules


def test_not_installed():
    with pytest.raises(FileNotFoundError, match=r"no-such-cook-book==9.1: .* not installed. Run `rnnkit fetch`"):
        package_file("no-such-cook-book", "9.1", "x", "0" * 64)


def test_installed_without_the_file(installed):
    message = r"cook-book==2.4: expected the file cook_book/cake.json, which version 2.3 .* does not have. Run `rnnkit"
    with pytest.raises(FileNotFoundError, match=message):
        package_file("cook-book", "2.4", "cook_book/cake.json", "0" * 64)


def test_another_content_is_refused(installed):
    installed.write_bytes(b"[1, 3]")
    wanted, there = (hashlib.sha256(content).hexdigest() for content in (b"[1, 2]", b"[1, 3]"))
    with pytest.raises(
        ValueError, match=f"expected sha256 {wanted}, received {there}; .*Reinstall it: Run `rnnkit fetch`"
    ):
        package_file("cook-book", "2.3", "cook_book/data/soup.json", wanted)
