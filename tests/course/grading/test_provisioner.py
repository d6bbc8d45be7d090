"""What a kernel may write into the one folder that it shares with the host."""

import os
import sys

import pytest

from rnnkit.course.grading.sandbox.provisioner import ENTRIES_MOST, FOLDER_MOST, SandboxProvisioner


@pytest.fixture
def provisioner(tmp_path):
    made = SandboxProvisioner()
    made.folder = tmp_path / "shared"
    made.folder.mkdir()
    return made


def test_sockets_and_a_connection_file_are_what_belongs_there(provisioner):
    for number in range(6):
        (provisioner.folder / f"k-{number}").touch()
    (provisioner.folder / "connection.json").write_text("{}")
    assert provisioner.exceeded() is None


def test_large_files_are_noticed(provisioner):
    with open(provisioner.folder / "large", "wb") as file:
        file.truncate(FOLDER_MOST + 1)
    assert "only its sockets belong" in provisioner.exceeded()


@pytest.mark.parametrize("deep", [False, True])
def test_many_files_are_noticed(provisioner, deep):
    here = provisioner.folder
    for number in range(ENTRIES_MOST + 1):
        if deep:
            here = here / "d"
            here.mkdir()
        else:
            (here / str(number)).touch()
    assert "only its sockets belong" in provisioner.exceeded()


def test_no_link_is_followed(provisioner, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    with open(tmp_path / "elsewhere" / "large", "wb") as file:
        file.truncate(2 * FOLDER_MOST)
    (provisioner.folder / "file").symlink_to(tmp_path / "elsewhere" / "large")
    (provisioner.folder / "folder").symlink_to(tmp_path / "elsewhere")
    (provisioner.folder / "loop").symlink_to(provisioner.folder)
    assert provisioner.exceeded() is None


@pytest.mark.skipif(sys.platform != "linux" or os.getuid() == 0, reason="root may read everything")
def test_a_folder_that_cannot_be_read_is_no_way_out(provisioner):
    (provisioner.folder / "closed").mkdir(mode=0)
    try:
        assert provisioner.exceeded() is None
    finally:
        (provisioner.folder / "closed").chmod(0o700)
