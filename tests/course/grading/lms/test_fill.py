"""Marks in the platforms' own files, read back as the platforms read them."""

import csv
import io

import pytest

from rnnkit.course.grading.lms.fill import filled
from rnnkit.course.grading.marks.gradebook import Mark, Marks, Student

ADA = Student("ada", "Ada", "Lovelace", "ada@example.org", "12")
BOB = Student("bob", "Bob", "O'Neil", "bob@example.org", "")
CYD = Student("cyd", "Cyd", "Lee", "", "14")
DAN = Student("dan", "", "", "dan@example.org", "")
UNITS = ("01_xor", "02_bit_counting")


def mark(student, unit, points, status="marked", still=0.0, penalty=0.0):
    return Mark(student, unit, points, 0.0, still, 0, penalty, 100.0, status)


ROWS = [
    mark(ADA, "01_xor", 80.125, penalty=10.0),
    mark(BOB, "01_xor", 50.0),
    mark(CYD, "01_xor", 0.0),
    mark(DAN, "01_xor", 0.0, "missing"),
    mark(ADA, "02_bit_counting", 85.0, still=15.0),
    mark(BOB, "02_bit_counting", 0.0, "excused"),
    mark(CYD, "02_bit_counting", 100.0),
    mark(DAN, "02_bit_counting", 0.0, "refused"),
]


def marks_of(units):
    rows = tuple(row for row in ROWS if row.unit in units)
    return Marks(tuple(units), (ADA, BOB, CYD, DAN), rows, ())


def done(tmp_path, name, text, unit=None):
    path = tmp_path / name
    path.write_text(text)
    written, notes = filled(path, marks_of, UNITS, unit)
    return list(csv.reader(io.StringIO(written))), notes


HEADER = 'Identifier,"Full name","Email address",Status,Grade,"Maximum Grade","Last modified (grade)",Feedback\n'


def test_moodles_worksheet(tmp_path):
    text = HEADER + (
        "Participant 1,A. King,ADA@example.org,Submitted,,100.00,-,\n"
        'Participant 2,"Bob O\'Neil",,Submitted,10,100.00,-,"=1+1, as it was"\n'
        "Participant 3,Cyd Lee,,Submitted,,100.00,-,\n"
        "Participant 4,Dan,dan@example.org,,7,100.00,-,\n"
        "Participant 5,Eve,eve@example.org,,8,100.00,-,\n"
    )
    rows, notes = done(tmp_path, "Grades-RNN-01 XOR-77.csv", text)
    assert [row[4] for row in rows] == ["Grade", "70.12", "50", "0", "", "8"]
    assert rows[2][7] == "=1+1, as it was" and notes == ["not on the roster: row 6"]
    assert [row[0] for row in rows[1:]] == [f"Participant {i}" for i in range(1, 6)]
    rows, notes = done(tmp_path, "x.csv", text, "02_bit_counting")
    assert [row[4] for row in rows[1:4]] == ["", "", "100"] and "1 marks are left out" in notes[0]


CANVAS = (
    "\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,01_xor (901),Essay (902),02 bit counting (903),Final Score\n"
    ",,,,,Manual Posting,,,\n"
    "    Points Possible,,,,,100.0,50.0,100,(read only)\n"
    '"Lovelace, Ada",12,,ada,S1,,40,,80\n'
    '"O\'Neil, Bob",13,,bob@uni,S1,3,41,,80\n'
    '"Lee, Cyd",14,,x,S1,,,,\n'
    '"Lee, Cyd",99,,y,S1,,,,\n'
    '"Student, Test",98,,z,S1,,,,\n'
)


def test_canvas_gradebook(tmp_path):
    rows, notes = done(tmp_path, "grades.csv", CANVAS)
    five = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    assert rows[0] == [*five, "01_xor (901)", "02 bit counting (903)"]
    assert rows[1] == ["    Points Possible", "", "", "", "", "100.0", "100"]
    assert [[row[1], *row[5:]] for row in rows[2:]] == [["12", "70.12", ""], ["13", "50", "EX"], ["14", "0", "100"]]
    assert notes[1] == "not on the roster: row 7, row 8"


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("a.csv", "", "received the columns none"),
        ("a.csv", "a,b\n1,2\n", "received the columns a, b"),
        ("grades.csv", HEADER, "expected one in the name"),
        ("01_xor.csv", HEADER + "Participant 1,,ada@example.org,,,50,-,\n", "maximum grade to be the unit's 100"),
        ("a.csv", CANVAS.replace("100.0,", "10.0,"), "expected 100 points possible for 01_xor, received 10.0"),
        ("a.csv", CANVAS.replace("01_xor", "x").replace("02 bit", "y"), "received none"),
        ("a.csv", CANVAS.replace("Essay (", "01_xor late ("), "two for 01_xor"),
        ("a.csv", 'Student,ID\n"x', "cannot be read"),
    ],
)
def test_what_is_refused(tmp_path, name, text, why):
    with pytest.raises(ValueError, match=why):
        done(tmp_path, name, text)


@pytest.mark.parametrize("raw", [b"\xff\xfe\xfa", b"Identifier,Grade\n\0", "Identifié,Grade".encode("latin-1")])
def test_bytes_that_are_no_csv(tmp_path, raw):
    (tmp_path / "x.csv").write_bytes(raw)
    with pytest.raises(ValueError, match="x.csv: expected a CSV file"):
        filled(tmp_path / "x.csv", marks_of, UNITS)
