"""Units released by one process of nbgrader's."""

import shutil

import pytest

from rnnkit.course.notebooks.derive import copy_course, derive_units, released_text
from rnnkit.course.paths import project_root
from tests.course.grading.course import TINY


def test_a_unit_that_nbgrader_refuses_ends_it_with_its_words(tmp_path, derived):
    """The one before it is released, as by itself; the refused one and those after it are not."""
    root = copy_course(project_root(), tmp_path)
    for unit in ("broken", "tiny"):
        (root / "course" / "source" / unit).mkdir()
        shutil.copy(TINY, root / "course" / "source" / unit / f"{unit}.py")
    broken = root / "course" / "source" / "broken" / "broken.py"
    broken.write_text(broken.read_text().replace("### END SOLUTION", "", 1))
    with pytest.raises(RuntimeError, match="(?s)01_xor broken tiny .*failed.*(no end solution|nested begin solution)"):
        derive_units(["01_xor", "broken", "tiny"], root)
    released = sorted(path.name for path in (root / "course" / "release").iterdir())
    assert released == ["01_xor"]
    assert released_text(root / "course", "01_xor") == released_text(derived / "course", "01_xor")
