"""The watch's recordings, and files of the user's own."""

import importlib.metadata
import json
import subprocess
import sys

import numpy as np
import pytest

from rnnkit.datasets import accelerometer as module
from rnnkit.datasets import load_accelerometer


def _installed():
    try:
        importlib.metadata.distribution("seglearn")
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


needs_package = pytest.mark.skipif(not _installed(), reason="the data package seglearn is not installed")


@needs_package
def test_the_watch():
    recordings = load_accelerometer()
    lengths = [len(signal) for signal in recordings.signals]
    assert len(lengths) == 140 and min(lengths) == 947 and max(lengths) == 2618
    assert recordings.axes == ("ax", "ay", "az")
    assert (recordings.sampling_rate, recordings.unit) == (50.0, "g")
    assert len(recordings.labels) == 140 and len(set(recordings.labels)) == 140
    assert "BSD" in recordings.source
    for signal in recordings.signals:
        assert signal.shape[1] == 3 and signal.dtype == np.float64 and np.isfinite(signal).all()


@needs_package
def test_gravity_says_that_the_unit_is_g():
    seconds = []
    for signal in load_accelerometer().signals:
        for start in range(0, len(signal) - 50, 10):
            second = signal[start : start + 50]
            seconds.append((second.std(axis=0).max(), np.linalg.norm(second, axis=1).mean()))
    # The calmest seconds overlap and come from few recordings: enough to tell 1 from 9.81.
    calmest = [norm for _, norm in sorted(seconds)[:20]]
    assert 0.95 < min(calmest) and max(calmest) < 1.15


@needs_package
def test_never_imports_the_package():
    code = (
        "import sys; from rnnkit.datasets import load_accelerometer; load_accelerometer(); "
        "print([m for m in ('seglearn', 'keras', 'tensorflow') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@needs_package
def test_checks_the_hash_before_it_unpickles(monkeypatch):
    monkeypatch.setattr(module, "_SHA256", "0" * 64)
    monkeypatch.setattr(np, "load", lambda *a, **k: pytest.fail("the file was read"))
    with pytest.raises(ValueError, match="sha256"):
        load_accelerometer()


def test_package_missing(monkeypatch):
    monkeypatch.setattr(module, "_PACKAGE", "no-such-distribution-of-accelerations")
    with pytest.raises(FileNotFoundError, match="not installed"):
        load_accelerometer()


@needs_package
def test_min_samples_of_the_watch():
    with pytest.raises(ValueError, match="min_samples: expected at most 947"):
        load_accelerometer(min_samples=948)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", " "])
@pytest.mark.parametrize("header", [True, False])
def test_own_csv(tmp_path, delimiter, header):
    values = np.random.default_rng(3).normal(size=(7, 2))
    lines = [delimiter.join(("left", "up"))] if header else []
    lines += [delimiter.join(map(repr, map(float, row))) for row in values]
    file = tmp_path / "mine.csv"
    file.write_text("\n".join(lines) + "\n\n", encoding="utf-8-sig")
    mine = load_accelerometer(file, sampling_rate=12.5, unit="m/s²")
    np.testing.assert_array_equal(mine.signals[0], values)
    assert mine.axes == (("left", "up") if header else ("axis 0", "axis 1"))
    assert (mine.sampling_rate, mine.unit, mine.labels) == (12.5, "m/s²", ["mine"])


@pytest.mark.parametrize("axes", [None, 1, 3])
def test_own_json(tmp_path, axes):
    values = np.random.default_rng(4).normal(size=(6,) if axes is None else (6, axes))
    file = tmp_path / "mine.JSON"
    file.write_text(json.dumps(values.tolist()))
    (signal,) = load_accelerometer(str(file)).signals
    np.testing.assert_array_equal(signal, values.reshape(6, -1))


BAD_FILES = [
    ("a.csv", "", "expected at least 2 samples, received an empty file"),
    ("a.json", "  \n", "expected at least 2 samples, received an empty file"),
    ("a.csv", "x,y\n", "expected at least 2 samples, received 0"),
    ("a.csv", "1,2\n", "expected at least 2 samples, received 1. Record longer"),
    ("a.json", "[1]", "expected at least 2 samples, received 1. Record longer"),
    ("a.json", "[]", "expected at least 2 samples, received 0"),
    ("a.csv", "1,2\n3,nan\n", "expected finite numbers, received nan in sample 1, column 1 .first of 1"),
    ("a.json", "[[1, 2], [Infinity, NaN]]", "expected finite numbers, received inf in sample 1, column 0 .first of 2"),
    ("a.csv", "x,y\n1,2\n3\n", "row 3: expected 2 columns as in row 1, received 1"),
    ("a.csv", "1,2\n3,\n", "row 2: expected numbers, received ''. Fill or drop the row"),
    ("a.csv", "1,2\nthree,4\n", "row 2: expected numbers, received 'three'"),
    ("a.csv", "time,x\n0,1\n1,2\n", "received the time column 'time'. Drop it and give sampling_rate"),
    ("a.json", "[[1, 2], [3]]", "expected a list of numbers, or rows of equal length"),
    ("a.json", '["one", "two"]', "expected a list of numbers, or rows of equal length"),
    ("a.json", "[[[1, 2]], [[3, 4]]]", r"expected rank 1 .samples. or 2 .samples, axes., received shape \(2, 1, 2\)"),
    ("a.json", '{"x": [1, 2]}', "expected a list of numbers or of rows, received a JSON dict"),
    ("a.json", "[1, 2", "expected JSON, a list of numbers or of rows"),
    ("a.wav", "RIFF", "expected a .csv or .json file, received a.wav. Save it"),
]


@pytest.mark.parametrize(("name", "text", "message"), BAD_FILES)
def test_bad_files(tmp_path, name, text, message):
    (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=message):
        load_accelerometer(tmp_path / name)


def test_no_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="expected a .csv or .json file, received .*gone.csv, which does not"):
        load_accelerometer(tmp_path / "gone.csv")


def test_not_text(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(ValueError, match="a.csv: expected text in UTF-8"):
        load_accelerometer(tmp_path / "a.csv")


@pytest.mark.parametrize("rate", [0, -50, float("nan"), float("inf")])
def test_bad_rate(rate):
    with pytest.raises(ValueError, match="sampling_rate: expected samples per second above 0"):
        load_accelerometer(sampling_rate=rate)


def test_bad_min_samples():
    with pytest.raises(ValueError, match="min_samples: expected 1 or more, received 0"):
        load_accelerometer(min_samples=0)
