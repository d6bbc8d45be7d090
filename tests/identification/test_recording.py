"""CSV files of one's own: names, units, choice of columns, sampling time, and errors in words."""

import numpy as np
import pytest

from rnnkit.identification import read_csv

HEAD = "time [s],voltage [V],current [A],speed [rad/s]\n"
ROWS = "0,1,2,3\n0.5,4,5,6\n1.0,7,8,9\n"


def written(tmp_path, text, encoding="utf-8"):
    file = tmp_path / "mine.csv"
    file.write_text(text, encoding=encoding)
    return file


def test_names_units_and_time(tmp_path):
    recording = read_csv(written(tmp_path, HEAD + ROWS))
    assert recording.input_names == ("voltage", "current") and recording.input_units == ("V", "A")
    assert recording.output_labels == ["speed (rad/s)"] and recording.sampling_time == 0.5
    np.testing.assert_array_equal(recording.u, [[1, 2], [4, 5], [7, 8]])
    np.testing.assert_array_equal(recording.y, [[3], [6], [9]])


def test_a_choice_of_columns(tmp_path):
    recording = read_csv(written(tmp_path, HEAD + ROWS), inputs="voltage", outputs=["speed", "current"])
    np.testing.assert_array_equal(recording.y, [[3, 2], [6, 5], [9, 8]])
    assert recording.u.shape == (3, 1) and recording.output_units == ("rad/s", "A")
    part = recording[1:]
    assert len(part) == 2 and part.output_names == recording.output_names
    np.testing.assert_array_equal(part.u, [[4], [7]])


def test_semicolons_no_units_no_time(tmp_path):
    recording = read_csv(written(tmp_path, "\ufeffvalve opening; level \n1;2\n3;4\n"), sampling_time=60)
    assert recording.input_labels == ["valve opening"] and recording.output_labels == ["level"]
    assert (recording.sampling_time, recording.time_unit) == (60.0, "s")


def test_the_motor_comes_back(tmp_path):
    lab = pytest.importorskip("rnnkit.course.experiments.identification")
    record = lab.motor(60, seed=3)
    back = read_csv(lab.write_motor_csv(tmp_path / "m.csv", 60, seed=3), "voltage", "speed")
    np.testing.assert_allclose(back.y[:, 0], record["speed"], rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(back.u[:, 0], record["voltage"], rtol=1e-5)
    assert back.sampling_time == pytest.approx(0.01)


@pytest.mark.parametrize(
    ("text", "settings", "message"),
    [
        ("", {}, "mine.csv: expected a row of names and rows of numbers, received an empty file"),
        (ROWS, {}, "mine.csv: expected a first row of names with units, such as 'current .A.,speed .rad/s.', received"),
        ("time [s],[V],y\n" + "0,1,2\n", {}, r"expected headings such as 'speed \[rad/s\]', received '\[V\]'"),
        ("time [s],v [V,y\n" + "0,1,2\n", {}, r"expected headings such as 'speed \[rad/s\]', received 'v \[V'"),
        ("t,v [V],v [A]\n0,1,2\n1,2,3\n", {}, "expected each column once, received 'v' twice"),
        (HEAD + "0,1,2,3\n", {}, "expected 2 rows of numbers or more, received 1"),
        (HEAD + "0,1,2,3\n1,x,2,3\n", {}, "mine.csv, row 3: expected numbers, received 'x'"),
        (HEAD + "0,1,2,3\n1,nan,2,3\n", {}, "mine.csv, row 3: expected finite numbers, received nan in column 'volt"),
        (HEAD + "0,1,2,3\n1,2,3\n", {}, "mine.csv, row 3: expected 4 columns as in row 1, received 3"),
        (HEAD + ROWS + "1.7,1,1,1\n", {}, "row 5: expected a constant sampling time, .* received a step of 0.7|row 3"),
        (HEAD + "1,1,2,3\n0,1,2,3\n", {}, "expected a constant sampling time, -1 on average"),
        (HEAD + ROWS, {"sampling_time": 1.0}, "sampling_time: expected none, as mine.csv has a time column"),
        ("u,y\n1,2\n3,4\n", {}, "sampling_time: expected a number above 0, as mine.csv has no time column, received N"),
        ("u,y\n1,2\n3,4\n", {"sampling_time": -1}, "sampling_time: expected a number above 0"),
        (
            HEAD + ROWS,
            {"outputs": "torque"},
            "outputs: expected columns of mine.csv, voltage, current, speed; ",
        ),
        (HEAD + ROWS, {"inputs": "speed", "outputs": "speed"}, "expected different columns, received 'speed' in both"),
        ("time [s],y\n0,1\n1,2\n", {}, "inputs: expected one or more columns of mine.csv, each once, received none"),
        (HEAD + ROWS, {"inputs": ["voltage"] * 2}, "inputs: expected one or more columns of mine.csv, each once"),
    ],
)
def test_errors(tmp_path, text, settings, message):
    with pytest.raises(ValueError, match=message):
        read_csv(written(tmp_path, text), **settings)


def test_other_files(tmp_path):
    with pytest.raises(FileNotFoundError, match="path: expected a CSV file"):
        read_csv(tmp_path / "none.csv")
    with pytest.raises(ValueError, match="expected text in UTF-8"):
        read_csv(written(tmp_path, "größe,y\n1,2\n", encoding="latin-1"))
    recording = read_csv(written(tmp_path, HEAD + ROWS))
    with pytest.raises(ValueError, match="steps: expected a slice of steps in a row"):
        recording[::2]
