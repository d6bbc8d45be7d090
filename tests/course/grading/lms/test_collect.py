"""Downloads of Moodle and Canvas, in the forms that the platforms' sources write, and archives made to do harm."""

import io
import stat
import struct
import tracemalloc
import zipfile
from datetime import datetime, timedelta, timezone

import pytest

from rnnkit.course.grading.lms.collect import collect
from rnnkit.course.grading.lms.groups import read_groups
from rnnkit.course.grading.lms.names import Names
from rnnkit.course.grading.lms.roster import Person
from rnnkit.course.grading.lms.unzip import Zip, ZipLimits
from rnnkit.course.grading.lms.whose import Whose, read_worksheet, time_in
from rnnkit.course.grading.screening.files import time_of

UNIT = "02_bit_counting"
ROSTER = [
    Person("ada", "Ada", "Lovelace", "ada@example.org", "12"),
    Person("bob", "Bob", "O'Neil", "bob@example.org", "13"),
    Person("cyd", "Cyd", "Lee", "cyd@example.org"),
    Person("dan", "Dan", "Zoë Grün", "dan@example.org", "15"),
]
WORKSHEET = (
    '\ufeffIdentifier,"Full name","Email address",Status,Grade,"Maximum Grade","Grade can be changed",'
    '"Last modified (submission)","Last modified (grade)","Feedback comments"\r\n'
    'Participant 4711,"A. King",ada@example.org,"Submitted for grading",,100.00,Yes,'
    '"Sunday, 29 November 2026, 2:53 PM",-,\r\n'
    'Participant 4712,Bob O\'Neil,bob@example.org,"No submission",,100.00,Yes,-,-,\r\n'
)


def zipped(path, files):
    """An archive; a value can be bytes or text, a key a name or a ZipInfo."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def collected(tmp_path, files, roster=ROSTER, worksheet=None, groups=None, **settings):
    archive = zipped(tmp_path / "download.zip", files)
    whose = Whose(roster, worksheet, groups)
    rows = collect([archive], UNIT, tmp_path / "hand_ins", Names(), whose, **settings)
    return {row.student: (row.status, row.why) for row in rows}


def tree(folder):
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_moodles_folders_and_files(tmp_path):
    rows = collected(
        tmp_path,
        {
            "Ada Lovelace_4711_assignsubmission_file/02_bit_counting.ipynb": "a",
            "Bob ONeil_4712_assignsubmission_file_/deep/er/02_bit_counting (1).ipynb": "b",
            "Dan Zoë Grün_4714_assignsubmission_file_my_1_02.ipynb": "d",
            "Cyd Lee_4713_assignsubmission_onlinetext/onlinetext.html": "<p>",
            "Dan Zoë Grün_4714_assignsubmission_file_notes.txt": "not taken",
        },
    )
    assert rows == {"ada": ("new", ""), "bob": ("new", ""), "dan": ("new", "")}
    assert tree(tmp_path / "hand_ins") == {
        "ada/02_bit_counting/02_bit_counting.ipynb": "a",
        "bob/02_bit_counting/02_bit_counting (1).ipynb": "b",
        "dan/02_bit_counting/my_1_02.ipynb": "d",
    }
    assert not (tmp_path / "hand_ins_earlier").exists()


def test_canvas_by_its_number_and_by_name_where_there_is_none(tmp_path):
    rows = collected(
        tmp_path,
        {
            "kingaugusta_12_900_02_bit_counting-1.ipynb": "a",  # renamed since: the number decides
            "oneilbob_LATE_13_901_02_bit_counting.ipynb": "b",
            "leecyd_14_902_02.ipynb": "c",
            "lovelaceada_99_903_02.ipynb": "another of that name",
            "lovelaceada_12_text.html": "<p>",
        },
    )
    assert {name: row[0] for name, row in rows.items() if name in ("ada", "bob", "cyd")} == dict.fromkeys(
        ("ada", "bob", "cyd"), "new"
    )
    assert rows["bob"][1] == "late, says the platform, and not when"
    [refused] = [why for status, why in rows.values() if status == "refused"]
    assert "'lovelaceada' ('99') is not on the roster" in refused
    assert (tmp_path / "hand_ins/ada" / UNIT / "02_bit_counting-1.ipynb").read_text() == "a"


def test_the_worksheet_says_who_and_when(tmp_path):
    sheet = tmp_path / "grades.csv"
    sheet.write_text(WORKSHEET)
    participants = read_worksheet(sheet, timezone(timedelta(hours=1)))
    files = {"Participant_4711_assignsubmission_file/x.ipynb": "a"}  # blind marking
    assert collected(tmp_path, files, worksheet=participants) == {"ada": ("new", "")}
    stamp = (tmp_path / "hand_ins/ada" / UNIT / "timestamp.txt").read_text()
    assert time_of(stamp) == datetime(2026, 11, 29, 13, 53)
    assert time_in("29. listopadu 2026") is None


def test_a_pattern_of_ones_own(tmp_path):
    names = Names()
    from nbgrader.plugins import FileNameCollectorPlugin

    pattern = r".*/(?P<student_id>\w+)@(?P<timestamp>[\d -:]+)@(?P<file_id>.+)"
    names.patterns.insert(0, ("own", FileNameCollectorPlugin(named_regexp=pattern)))
    archive = zipped(
        tmp_path / "own.zip", {"x/ada@2026-11-29 10:00:00@a.ipynb": "a", "x/eve@2026-11-29 10:00:00@a.ipynb": "e"}
    )
    rows = collect([archive], UNIT, tmp_path / "h", names, Whose(ROSTER))
    assert [row.status for row in rows] == ["new", "refused"]
    assert tree(tmp_path / "h")[f"ada/{UNIT}/timestamp.txt"] == "2026-11-29 10:00:00 UTC\n"


def entry(name, mode=0):
    info = zipfile.ZipInfo(name)
    info.external_attr, info.create_system = mode << 16, 3
    return info


GOOD = {"Ada Lovelace_4711_assignsubmission_file/02.ipynb": "good"}
BOB = "Bob ONeil_4712_assignsubmission_file"


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        (f"../{BOB}/02.ipynb", "b", "leads out of the archive"),
        (f"/{BOB}/02.ipynb", "b", "leads out of the archive"),
        (f"{BOB}/../../../../etc/02.ipynb", "b", "leads out of the archive"),
        (f"C:/{BOB}/02.ipynb", "b", "leads out of the archive"),
        (f"{BOB}\\..\\02.ipynb", "b", "a name that cannot be a file's"),
        (entry(f"{BOB}/02.ipynb", stat.S_IFLNK | 0o777), "/etc/passwd", "a link"),
        (entry(f"{BOB}/02.ipynb", stat.S_IFIFO | 0o666), "", "neither a file nor a folder"),
        (f"{BOB}/02.ipynb", b"0" * 30_000_000, "larger than 20 MB"),
        (f"{BOB}/a\x1b[2J.ipynb", "b", "a name that cannot be a file's"),
        (f"{BOB}/{'a' * 250}.ipynb", "b", "more than 200 bytes"),
        (f"{BOB}/con|aux?.ipynb", "b", "a name that cannot be a file's"),
        (f"{BOB}/{'字' * 70}.ipynb", "b", "more than 200 bytes"),
        ("02.ipynb", "b", "whose it is cannot be told"),
        ("Default group_assignsubmission_file/02.ipynb", "b", "whose it is cannot be told"),
        ("Eve Nobody_1_assignsubmission_file/02.ipynb", "b", "is not on the roster"),
        (f"{BOB}/work.zip", "no archive", "expected a zip archive"),
    ],
)
def test_one_bad_file_is_refused_and_the_others_are_taken(tmp_path, name, content, why):
    rows = collected(tmp_path, {name: content, **GOOD})
    assert rows.pop("ada") == ("new", "")
    [(shown, (status, told))] = rows.items()
    assert status == "refused" and why in told and shown.isprintable() and len(shown) < 90
    assert tree(tmp_path / "hand_ins") == {f"ada/{UNIT}/02.ipynb": "good"}
    assert {path.name for path in tmp_path.iterdir()} == {"download.zip", "hand_ins"}


def test_a_size_that_the_archive_states_wrongly(tmp_path):
    size = 100_000_000
    path = zipped(tmp_path / "lie.zip", {"a.ipynb": b"0" * size, "b.ipynb": "b"})
    raw = path.read_bytes()
    assert raw.count(struct.pack("<L", size)) == 2
    path.write_bytes(raw.replace(struct.pack("<L", size), struct.pack("<L", 10)))
    tracemalloc.start()
    first, second = Zip(path).members()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert first.refusal == "cannot be unpacked (BadZipFile)" and second.content == b"b" and most < 10_000_000


def test_all_together_are_bounded(tmp_path):
    path = zipped(tmp_path / "many.zip", {f"{i}.ipynb": b"0" * 1000 for i in range(9)})
    members = list(Zip(path, ZipLimits(file_bytes=1000, all_bytes=5000)).members())
    assert [bool(member.refusal) for member in members] == [False] * 5 + [True] * 4
    with pytest.raises(ValueError, match="at most 8 files"):
        Zip(path, ZipLimits(files=8))


@pytest.mark.parametrize("spoil", [b"", b"no zip", b"PK\x05\x06" + b"\xff" * 18, b"PK\x03\x04" * 99, b"\0" * 5000])
def test_what_is_no_archive_is_told_in_a_line(tmp_path, spoil):
    path = tmp_path / "x.zip"
    path.write_bytes(spoil)
    with pytest.raises(ValueError, match="x.zip: expected a zip archive"):
        Zip(path)


def test_damaged_and_encrypted_members(tmp_path):
    path = zipped(tmp_path / "x.zip", {"a.ipynb": "words " * 99, "b.ipynb": "b"})
    raw = bytearray(path.read_bytes())
    raw[40:44] = b"\xff" * 4
    path.write_bytes(raw)
    first, second = Zip(path).members()
    assert first.refusal.startswith("cannot be unpacked") and second.content == b"b"
    path = zipped(tmp_path / "y.zip", {"a.ipynb": "a"})
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(raw)
    assert [member.refusal for member in Zip(path).members()] == ["encrypted"]


def test_a_file_name_cannot_name_another_student(tmp_path):
    rows = collected(
        tmp_path,
        {
            "Bob ONeil_4712_assignsubmission_file/Ada Lovelace_4711_assignsubmission_file/02.ipynb": "b",
            "Cyd Lee_4713_assignsubmission_file_Ada Lovelace_4711_assignsubmission_file_02.ipynb": "c",
        },
    )
    assert set(rows) == {"bob", "cyd"}
    assert {path.split("/")[0] for path in tree(tmp_path / "hand_ins")} == {"bob", "cyd"}


def test_two_of_one_name_are_refused_both(tmp_path):
    files = {f"Ada Lovelace_{n}_assignsubmission_file/02.ipynb": n for n in ("1", "2")}
    assert "'1', '2'" in collected(tmp_path, files)["ada"][1] and not (tmp_path / "hand_ins").exists()
    twins = [*ROSTER, Person("ada2", "Ada", "Lovelace")]
    (tmp_path / "b").mkdir()
    rows = collected(tmp_path / "b", dict(list(files.items())[:1]), twins)
    assert "can be ada, ada2" in next(iter(rows.values()))[1]


def test_an_archive_of_the_students_own(tmp_path):
    inner = io.BytesIO()
    zipped(inner, {"work/02_bit_counting.ipynb": "a", "__MACOSX/._02.ipynb": "x", "work/data.csv": "1"})
    bomb = io.BytesIO()
    zipped(bomb, {f"{i}.ipynb": b"0" * 19_000_000 for i in range(6)})
    rows = collected(
        tmp_path,
        {
            "Ada Lovelace_4711_assignsubmission_file/work.zip": inner.getvalue(),
            f"{BOB}/work.zip": bomb.getvalue(),
        },
    )
    assert rows["ada"] == ("new", "") and "more than 80 MB" in next(w for s, w in rows.values() if s == "refused")
    assert tree(tmp_path / "hand_ins") == {f"ada/{UNIT}/02_bit_counting.ipynb": "a"}


def test_the_last_or_the_first_of_several(tmp_path):
    name = "lovelaceada_12_900_02.ipynb"
    for content, status in (("1", "new"), ("1", "unchanged"), ("2", "replaced"), ("1", "kept"), ("3", "replaced")):
        assert collected(tmp_path, {name: content})["ada"][0] == status
    assert tree(tmp_path / "hand_ins") == {f"ada/{UNIT}/02.ipynb": "3"}
    earlier = {f"ada/{UNIT}/1/02.ipynb": "1", f"ada/{UNIT}/2/02.ipynb": "2"}
    assert tree(tmp_path / "hand_ins_earlier") == earlier
    assert collected(tmp_path, {name: "4"}, keep="first")["ada"] == ("kept", "the first counts")
    assert tree(tmp_path / "hand_ins") == {f"ada/{UNIT}/02.ipynb": "3"}
    with pytest.raises(ValueError, match="last or first"):
        collected(tmp_path, {name: "4"}, keep="all")


def test_groups(tmp_path):
    path = tmp_path / "groups.csv"
    path.write_text("Group;Student\nTeam 1;ada\nTeam 1;cyd\nTeam 2;bob\n")
    groups = read_groups(path, {person.id for person in ROSTER})
    assert groups == {"Team 1": ["ada", "cyd"], "Team 2": ["bob"]}
    rows = collected(
        tmp_path,
        {"Team 1_77_assignsubmission_file/02.ipynb": "t", "oneilbob_13_1_02.ipynb": "b"},
        groups=groups,
    )
    assert set(rows) == {"ada", "bob", "cyd"}
    assert tree(tmp_path / "hand_ins")[f"cyd/{UNIT}/02.ipynb"] == "t"
    # One member for all; of two, by the time or not at all.
    assert collected(tmp_path, {"lovelaceada_12_2_02.ipynb": "u"}, groups=groups)["cyd"][0] == "replaced"
    both = {"lovelaceada_12_2_02.ipynb": "v", "leecyd_14_2_02.ipynb": "w"}
    assert {row[0] for row in collected(tmp_path, both, groups=groups).values()} == {"refused"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "the columns group and student"),
        ("a,b\n1,2\n", "the columns group and student"),
        ("group,student\nx,nobody\n", "row 2: expected a group and a student"),
        ("group,student\n,ada\n", "row 2: expected a group and a student"),
        ("group,student\nx,ada\ny,ada\n", "row 3: ada is in x already"),
    ],
)
def test_a_wrong_file_of_groups(tmp_path, text, why):
    (tmp_path / "g.csv").write_text(text)
    with pytest.raises(ValueError, match=why):
        read_groups(tmp_path / "g.csv", {"ada"})


def test_a_link_in_the_way_is_not_followed(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "hand_ins").mkdir()
    (tmp_path / "hand_ins" / "ada").symlink_to(tmp_path / "elsewhere")
    assert "no plain folder" in collected(tmp_path, GOOD)["ada"][1]
    assert list((tmp_path / "elsewhere").iterdir()) == []
