"""The roster from files as Canvas, Moodle and people write them."""

import pytest
from typer.testing import CliRunner

from rnnkit.course.cli import app
from rnnkit.course.grading.lms.roster import Person, read_roster
from rnnkit.course.grading.marks.course import course_app, open_gradebook
from tests.course.grading.lms.test_collect import zipped
from tests.course.grading.tiny_course import UNIT

CANVAS = (
    "\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,01_xor (9)\n"
    "    Points Possible,,,,,100\n"
    '"Lovelace, Ada",12,,ada,S1,\n'
    '"Student, Test",1,,abc,S1,\n'
)
MOODLE = "First name;Last name;ID number;Email address\nZoë;van der Grün;s77;zoe@example.org\n"
OWN = "student_id,name\nada,Ada King Lovelace\n"


@pytest.mark.parametrize(
    ("text", "person"),
    [
        (CANVAS, Person("ada", "Ada", "Lovelace", "", "12")),
        (MOODLE, Person("s77", "Zoë", "van der Grün", "zoe@example.org")),
        (
            MOODLE.replace("ID number", "x").encode("utf-16"),
            Person("zoe@example.org", "Zoë", "van der Grün", "zoe@example.org"),
        ),
        (OWN, Person("ada", "Ada King", "Lovelace")),
    ],
)
def test_forms(tmp_path, text, person):
    (tmp_path / "r.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    assert read_roster(tmp_path / "r.csv") == ([person], [])


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("../x,1,a@b.c", "cannot be a student's id"),
        (",1,a@b.c", "cannot be a student's id"),
        ("ada,2,a@b.c", "there before"),
        ("eve,2,nowhere", "is no e-mail address"),
        ("eve,1,a@b.c", "is another student's too"),
        (f"{'字' * 83},2,a@b.c", "cannot be a student's id"),
        ('"e\nve",2,a@b.c', "cannot be a student's id"),
    ],
)
def test_a_bad_row_is_left_out(tmp_path, row, why):
    (tmp_path / "r.csv").write_text(f"username,lms id,email\nada,1,ada@b.c\n{row}\nlast,9,l@b.c\n")
    people, [refused] = read_roster(tmp_path / "r.csv")
    assert [person.id for person in people] == ["ada", "last"] and why in refused and "row 3" in refused


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "email,e-mail\nx,y\n", 'email\n"x'])
def test_a_file_that_is_none(tmp_path, text):
    (tmp_path / "r.csv").write_text(text)
    with pytest.raises(ValueError, match=r"r\.csv: expected"):
        read_roster(tmp_path / "r.csv")


def command(*words):
    return CliRunner().invoke(app, list(map(str, words)), env={"COLUMNS": "200"})


def test_from_list_and_download_to_hand_ins_by_two_commands(marked, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "r.csv").write_text(CANVAS + '"O\'Neil, Bob",13,,bob,S1,\n"Not, Good",14,,../x,S1,\n')
    result = command("roster", "r.csv")
    assert result.exit_code == 1 and "2 students: 0 new, 2 changed" in result.output and "row 6" in result.output
    assert "0 new, 0 changed" in command("roster", "r.csv").output
    with open_gradebook(course_app(marked)) as gradebook:
        ada = gradebook.find_student("ada")
        assert (ada.first_name, ada.last_name, ada.lms_user_id) == ("Ada", "Lovelace", "12")
        assert {entry.id for entry in gradebook.students} == {"ada", "bob", "cyd", "dan"}
    zipped(tmp_path / f"course-{UNIT} submissions.zip", {"lovelaceada_12_900_x.ipynb": "a"})
    result = command("collect", f"course-{UNIT} submissions.zip")
    assert result.exit_code == 0 and "new" in result.output, result.output
    assert (tmp_path / "hand_ins/ada" / UNIT / "x.ipynb").read_text() == "a"
    zipped(tmp_path / "other.zip", {})
    assert "name it: --unit" in command("collect", "other.zip").output
    assert (
        "expected a name as Europe"
        in command("collect", "other.zip", "--unit", UNIT, "--worksheet", "r.csv", "--zone", "../x").output
    )
