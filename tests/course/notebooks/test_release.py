"""The archive for students: nothing in it that they must not see, and everything that the notebooks need."""

import io
import json
import os
import re
import subprocess
import sys
import zipfile

import pytest
import yaml
from typer.testing import CliRunner

import rnnkit.course.notebooks.release as release_module
from rnnkit.course.cli import app
from rnnkit.course.notebooks.release import archive, write_release
from rnnkit.course.paths import UNITS, project_root

MARKERS = ("BEGIN SOLUTION", "END SOLUTION", "BEGIN HIDDEN TESTS", "END HIDDEN TESTS", "BEGIN MARK SCHEME")
REGION = re.compile(r"### BEGIN (SOLUTION|HIDDEN TESTS)(.*?)### END \1", re.DOTALL)

# Lines that say nothing by themselves.
COMMON = re.compile(
    r"return [\w, ]+|for \w+ in range\([\w.\[\]() ]+\):?|[\w. ]+\(|\w+ = \[\]|\w+\.append\(\w+(\.copy\(\))?\)"
)

# The library computes what the lectures teach, and the experiments run while the exercises are blank. So these lines
# of it, and no others, are lines of solutions too.
SHARED = {
    ("rnnkit/datasets/xor.py", "return np.stack([a, b, a ^ b], axis=1).reshape(-1)"),
    ("rnnkit/course/experiments/bit_counting.py", "f[:, t + 1] = f[:, t] * v_f + x[:, t] * v_x"),
    ("rnnkit/course/experiments/forecast_task.py", "n_past = (n_step - 1) * hop + n_input"),
    ("rnnkit/course/experiments/learning_rules.py", "by_v = recurrent.T @ later"),
    ("rnnkit/course/experiments/learning_rules.py", "later = delta[n] = v[n + 1] * (1 - v[n + 1]) * by_v # (3)"),
    ("rnnkit/course/experiments/learning_rules.py", "v = np.zeros((len(x) + 1, len(w)))"),
    ("rnnkit/energy/hopfield.py", "np.fill_diagonal(J, 0.0)"),
    ("rnnkit/energy/ising.py", "np.fill_diagonal(J, 0.0)"),
    (
        "rnnkit/identification/delay_embedding.py",
        "alone = p.sum(axis=1, keepdims=True) * p.sum(axis=0, keepdims=True)",
    ),
    ("rnnkit/identification/delay_embedding.py", "return float(np.sum(p[seen] * np.log(p[seen] / alone[seen])))"),
    ("rnnkit/identification/delay_embedding.py", "seen = p > 0"),
    ("rnnkit/layers/_lstm_variants.py", "c = z * i + c * f # (4)"),
    ("rnnkit/layers/fused/lstm.py", "c = z * i + c * f # (4)"),
    ("rnnkit/layers/peephole_lstm.py", "c = z * i + c * f # (4)"),
}


def words(line):
    """A line of code or text without the script's comment sign and without its indent."""
    return " ".join(line.strip().removeprefix("# ").split())


def sources():
    return {unit: (project_root() / "course" / "source" / unit / f"{unit}.py").read_text() for unit in UNITS}


def secrets(kinds=("SOLUTION", "HIDDEN TESTS")):
    """For each unit the lines of solutions and hidden checks that stand nowhere in the visible part of any unit."""
    visible = "\n".join(words(line) for text in sources().values() for line in REGION.sub("", text).splitlines())
    found = {}
    for unit, text in sources().items():
        regions = [match.group(2) for match in REGION.finditer(text) if match.group(1) in kinds]
        inside = {words(line) for region in regions for line in region.splitlines()}
        found[unit] = {
            line for line in inside if len(line) >= 12 and not COMMON.fullmatch(line) and line not in visible
        }
    return found


def text_of(name, content):
    """A file as text; of a notebook also what its JSON says, decoded."""
    text = content.decode()
    if name.endswith(".ipynb"):
        strings = []

        def collect(value):
            if isinstance(value, str):
                strings.append(value)
            elif isinstance(value, dict):
                for key, entry in value.items():
                    strings.append(key)
                    collect(entry)
            elif isinstance(value, list):
                if all(isinstance(entry, str) for entry in value):
                    strings.append("".join(value))
                for entry in value:
                    collect(entry)

        collect(json.loads(text))
        text += "\n".join(strings)
    return "\n".join(" ".join(line.split()) for line in text.splitlines())


@pytest.fixture(scope="module")
def packed():
    return archive(project_root())


@pytest.fixture(scope="module")
def files(packed):
    with zipfile.ZipFile(io.BytesIO(packed)) as file:
        assert file.testzip() is None
        contents = {name.split("/", 1)[1]: file.read(name) for name in file.namelist()}
    return contents


def leaks(files, lines_of_units=None):
    """(file, unit, line) for each secret line in the files, and for each marker."""
    found = []
    lines_of_units = lines_of_units or secrets()
    for name, content in files.items():
        text = text_of(name, content)
        found += [(name, "marker", marker) for marker in MARKERS if marker in text]
        for unit, lines in lines_of_units.items():
            found += [(name, unit, line) for line in sorted(lines) if line in text]
    return found


def test_no_solution_and_no_hidden_check_is_in_it(files):
    assert {unit: len(lines) > 40 for unit, lines in secrets().items()} == dict.fromkeys(UNITS, True)
    found = {(name, line) for name, _, line in leaks(files)}
    assert found == SHARED
    assert leaks(files, secrets(["HIDDEN TESTS"])) == []


@pytest.mark.parametrize("region", ["SOLUTION", "HIDDEN TESTS"])
def test_the_search_finds_a_planted_leak(files, region):
    script = sources()["02_bit_counting"]
    block = next(match.group(2) for match in REGION.finditer(script) if match.group(1) == region)
    notebook = json.loads(files["notebooks/01_xor.ipynb"])
    notebook["cells"][-1]["source"] = block.splitlines(keepends=True)
    planted = {"notebooks/01_xor.ipynb": json.dumps(notebook).encode()}
    assert any(unit == "02_bit_counting" for _, unit, _ in leaks(planted))
    assert leaks({"a.txt": b"### BEGIN SOLUTION"})


def test_what_is_in_it(files):
    folders = {name.split("/")[0] for name in files}
    assert folders == {
        "LICENSE",
        "README.md",
        "constraints.txt",
        "environment.yml",
        "notebooks",
        "pyproject.toml",
        "rnnkit",
    }
    assert {name for name in files if name.startswith("notebooks/")} == {f"notebooks/{unit}.ipynb" for unit in UNITS}
    assert not [
        name for name in files if re.search(r"^course/|gradebook|grading|instructor|\.db|\.pyc|wrong_|/\.", name)
    ]
    [by_pip] = [e["pip"] for e in yaml.safe_load(files["environment.yml"])["dependencies"] if isinstance(e, dict)]
    assert by_pip == ["--constraint constraints.txt", "--editable .[course]"]


def test_the_same_project_gives_the_same_bytes(packed, tmp_path):
    assert archive(project_root()) == packed
    # Another place, other dates, another order of creation.
    copy = tmp_path / "copy"
    with zipfile.ZipFile(io.BytesIO(packed)) as file:
        names = [name.split("/", 1)[1] for name in reversed(file.namelist())]
    for name in [*names, "course/students.md"]:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_bytes((project_root() / name).read_bytes())
        os.utime(copy / name, (1e9, 1e9))
    assert archive(copy) == packed


def test_a_notebook_that_is_not_derived_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("RNNKIT_BUILD", str(tmp_path))
    monkeypatch.setattr(release_module, "drifted", lambda root: ["04_recipes"])
    with pytest.raises(ValueError, match="04_recipes.*rnnkit notebooks"):
        write_release()
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(release_module, "drifted", lambda root: [])
    path = write_release()
    assert re.fullmatch(r"rnnkit-course-\d+\.\d+\.\d+\.zip", path.name) and zipfile.is_zipfile(path)


@pytest.fixture(scope="module")
def unpacked(packed, tmp_path_factory):
    """The archive's folder, outside of the checkout."""
    place = tmp_path_factory.mktemp("student")
    with zipfile.ZipFile(io.BytesIO(packed)) as file:
        file.extractall(place)
    [folder] = place.iterdir()
    return folder


def in_archive(folder, *command, cwd=None):
    """Run Python as a student does who has installed the archive's package."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RNNKIT_")}
    environment |= {"PYTHONPATH": str(folder), "COLUMNS": "200", "TF_CPP_MIN_LOG_LEVEL": "3"}
    return subprocess.run(
        [sys.executable, *command], cwd=cwd or folder, env=environment, capture_output=True, text=True, timeout=600
    )


def rnnkit(folder, *arguments, cwd=None):
    return in_archive(folder, "-m", "rnnkit.course.cli", *arguments, cwd=cwd)


FOR_STUDENTS = {"lab", "fetch", "generate", "write", "doctor"}
FOR_INSTRUCTORS = {"forget", "run", "notebooks", "formgrader", "report", "feedback", "release", "grade", "certificate"}
FOR_INSTRUCTORS |= {"roster", "collect", "fill", "best", "marks"}


def test_the_archive_has_only_the_commands_that_work_there(unpacked):
    here = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "200"}).output
    there = rnnkit(unpacked, "--help").stdout
    listed = re.compile(r"^│ ([a-z]+) {2,}\S", re.MULTILINE)
    assert set(listed.findall(here)) == FOR_STUDENTS | FOR_INSTRUCTORS
    assert set(listed.findall(there)) == FOR_STUDENTS
    refused = rnnkit(unpacked, "grade", "--submitted", ".")
    assert refused.returncode == 2 and "No such command 'grade'" in refused.stderr


def test_what_students_read_names_only_commands_that_they_have(files):
    texts = {name: content.decode() for name, content in files.items() if name.endswith((".md", ".ipynb", ".yml"))}
    named = {name: set(re.findall(r"\brnnkit ([a-z]{3,})\b(?! import)", text)) for name, text in texts.items()}
    commands = FOR_STUDENTS | FOR_INSTRUCTORS
    assert {
        name: found & commands - FOR_STUDENTS for name, found in named.items() if found & commands - FOR_STUDENTS
    } == {}
    assert named["README.md"] & commands == FOR_STUDENTS
    assert "make " not in files["README.md"].decode()


@pytest.mark.long
def test_in_the_archive_doctor_says_that_all_is_well(unpacked):
    result = rnnkit(unpacked, "doctor", cwd=unpacked / "notebooks")
    assert result.returncode == 0 and "missing" not in result.stdout, result.stdout
    assert f"project {unpacked}\n" in result.stdout
    assert "nbgrader" not in result.stdout and "course/source" not in result.stdout


@pytest.mark.long
def test_in_the_archive_each_command_works(unpacked):
    lab = rnnkit(unpacked, "lab", "--", "--version")
    assert lab.returncode == 0 and re.fullmatch(r"\d+\.\d+\.\d+\w*", lab.stdout.strip()), lab.stderr
    fetch = rnnkit(unpacked, "fetch")
    assert fetch.returncode == 0 and "already there" in fetch.stdout
    untrained = rnnkit(unpacked, "generate")
    assert (
        untrained.returncode == 2 and "Error:" in untrained.stdout and "run the notebook 04_recipes" in untrained.stdout
    )
    program = """
import keras
from typer.testing import CliRunner
from rnnkit.course.cli import app
from rnnkit.course.paths import build_dir
from rnnkit.language import Generator, Vocabulary
words = Vocabulary([["a", "cup", "of", "flour"]])
layers = [keras.layers.Embedding(len(words), 3), keras.layers.GRU(4, return_sequences=True)]
model = keras.Sequential([keras.Input((None,)), *layers, keras.layers.Dense(len(words))])
Generator(model, words).save(build_dir() / "models" / "recipes-quick")
print(CliRunner().invoke(app, ["generate", "--start", "cup", "--words", "5"]).output)
"""
    trained = in_archive(unpacked, "-c", program, cwd=unpacked / "notebooks")  # where a notebook's kernel runs
    assert trained.returncode == 0 and trained.stdout.lower().startswith("cup"), trained.stdout + trained.stderr
    assert (unpacked / "build" / "models" / "recipes-quick").is_dir()


def test_what_the_notebooks_import_is_there(unpacked):
    folder = unpacked
    imports = set()
    for unit in UNITS:
        for cell in json.loads((folder / "notebooks" / f"{unit}.ipynb").read_text())["cells"]:
            if cell["cell_type"] == "code":
                imports |= set(
                    re.findall(r"^(?:import|from) rnnkit[^(\n]*(?:\([^)]*\))?", "".join(cell["source"]), re.M)
                )
    assert len(imports) > 20
    program = "\n".join([*sorted(imports), "import rnnkit", "print(rnnkit.__file__)", "import rnnkit.course.cli"])
    result = in_archive(folder, "-c", program)
    assert result.returncode == 0, result.stderr
    assert str(folder) in result.stdout
