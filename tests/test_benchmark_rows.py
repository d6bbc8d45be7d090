"""A benchmark's row is kept as long as what it measures is the same."""

import importlib.util
from pathlib import Path

import pytest


@pytest.fixture
def report(tmp_path, monkeypatch):
    monkeypatch.setenv("RNNKIT_BUILD", str(tmp_path))
    path = Path(__file__).parents[1] / "benchmarks" / "report.py"
    spec = importlib.util.spec_from_file_location("report", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "busy", lambda: None)
    return module


def test_a_row_is_measured_anew_when_the_code_the_machine_or_the_wish_is_another(report, monkeypatch):
    rows = iter(range(10))

    def measured(**changes):
        return report.row("speed", lambda: next(rows), **{"made_by": "here", **changes})

    assert [measured(), measured()] == [0, 0]
    monkeypatch.setattr(report, "library_digest", lambda: "another")
    assert [measured(), measured()] == [1, 1]
    assert [measured(made_by="there"), measured(made_by="there", again=True)] == [2, 3]


def test_a_row_that_other_programs_disturbed_is_not_kept(report, monkeypatch, tmp_path):
    clock = iter([0.0, 1000.0, 0.0, 0.0])
    monkeypatch.setattr(report, "busy", lambda: next(clock))
    with pytest.raises(SystemExit, match=r"speed: not kept. Other programs kept \d+\.\d\d cores busy"):
        report.row("speed", lambda: 1, made_by="here")
    assert not list(tmp_path.rglob("*.json"))
    assert report.row("speed", lambda: 2, made_by="here") == 2
