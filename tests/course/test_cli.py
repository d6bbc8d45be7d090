"""The command `rnnkit`: bad input is answered in one line, and nothing is written."""

import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from rnnkit.course.cli import app
from rnnkit.course.paths import UNITS

runner = CliRunner()


def invoke(*arguments, **environment):
    return runner.invoke(app, list(arguments), env={k: v for k, v in environment.items()})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("run", "09_none"),
            f"unit: expected one of {', '.join(UNITS)}, received '09_none'",
        ),
        (("run", "01_xor", "--profile", "fast"), "RNNKIT_PROFILE: expected one of check, quick, full, received 'fast'"),
        (("generate", "--model", "/none/such"), "/none/such"),
    ],
)
def test_bad_input_is_answered_in_one_line(arguments, message, monkeypatch):
    monkeypatch.setenv("RNNKIT_PROFILE", "check")
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert message in result.output.replace("\n", "")
    assert "Traceback" not in result.output


@pytest.mark.parametrize("arguments", [("run", "--data", "x.csv"), ("run", "01_xor", "--data", "x.csv")])
def test_own_data_goes_with_one_unit(arguments):
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert "exactly one unit" in result.output


def test_missing_data_file_is_named():
    result = invoke("run", "04_recipes", "--data", "/none/such.csv")
    assert result.exit_code == 2
    assert "/none/such.csv" in result.output.replace("\n", "")


def test_help_lists_the_commands():
    output = invoke("--help").output
    for command in (
        "run",
        "lab",
        "notebooks",
        "doctor",
        "generate",
        "fetch",
        "formgrader",
        "report",
        "feedback",
        "release",
    ):
        assert command in output


def test_doctor_tells_versions_devices_and_data():
    result = invoke("doctor")
    words = ("Python", "tensorflow 2.21", "keras 3.15", "backend", "CPU", "recipes: 3129", "recordings: 140")
    for word in (*words, "pen digits: 10992", "optical digits: 5620"):
        assert word in result.output, result.output


def test_outside_a_project_the_remedy_is_named(tmp_path):
    environment = {**os.environ, "RNNKIT_ROOT": str(tmp_path)}
    result = subprocess.run(
        [sys.executable, "-m", "rnnkit.course.cli", "run"],
        env=environment,
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert result.returncode == 2
    assert "set RNNKIT_ROOT" in " ".join(result.stdout.split())


def test_doctor_names_the_remedy_for_missing_data(monkeypatch):
    import rnnkit.datasets
    from rnnkit.course.doctor import examine

    def missing():
        raise FileNotFoundError("data package: not installed. Run `rnnkit fetch`.")

    monkeypatch.setattr(rnnkit.datasets, "load_recipes", missing)
    [finding] = [finding for finding in examine() if not finding.fine]
    assert finding.what == "recipes"
    assert "rnnkit fetch" in finding.remedy


def test_grade_wants_hand_ins(tmp_path):
    empty = runner.invoke(app, ["grade", "--submitted", str(tmp_path), "--no-sandbox"])
    assert empty.exit_code == 2 and "found none" in " ".join(empty.output.split())
    assert "with your rights" in " ".join(empty.output.split())
    missing = runner.invoke(app, ["grade", "01_xor", "--submitted", str(tmp_path / "no"), "--no-sandbox"])
    assert missing.exit_code == 2 and "expected a folder" in " ".join(missing.output.split())
