"""What a kernel finds when it imports is what its exercises may use."""

import subprocess
import sys

import pytest

from rnnkit.course.grading.sandbox import bubblewrap as sandbox
from rnnkit.course.grading.sandbox.bubblewrap import Limits, Place, command
from rnnkit.course.grading.sandbox.library import package, package_folders, packages_for

needs_sandbox = pytest.mark.skipif(sandbox.missing() is not None, reason=f"no sandbox: {sandbox.missing()}")
KERAS = ("keras", "numpy", "rnnkit.Elman", "rnnkit.Rprop")


def modules(uses):
    """The modules of rnnkit, and the names of all else."""
    paths = packages_for(uses)
    ours = {
        p.relative_to(package()).with_suffix("") for p in paths if p.suffix == ".py" and p.is_relative_to(package())
    }
    return {".".join(path.parts) for path in ours}, {p.name for p in paths if not p.is_relative_to(package())}


def test_numpy_alone():
    ours, others = modules(("numpy",))
    assert {"__init__", "course.teaching.checks", "course.grading.verdicts.agent"} <= ours
    assert not {name.partition(".")[0] for name in ours} & {"layers", "energy", "language", "reservoirs", "datasets"}
    courses = {name for name in ours if name.startswith("course.") and not name.startswith("course.teaching.")}
    grading = ("__init__", "verdicts.__init__", "verdicts.agent", "verdicts.models", "verdicts.wire")
    assert courses == {"course.__init__", *(f"course.grading.{name}" for name in grading)}
    assert {"numpy", "ipykernel", "zmq"} <= others
    assert not others & {"keras", "tensorflow", "scipy", "matplotlib", "sklearn"}


def test_named_layers_come_with_what_they_need():
    ours, others = modules(KERAS)
    assert {"layers.elman", "optimizers.rprop", "_keras"} <= ours
    assert not [name for name in ours if name.startswith(("course.experiments", "energy", "language", "applications"))]
    assert {"keras", "tensorflow", "numpy"} <= others


def test_another_layer_or_rule_is_not_there():
    """An exercise that builds one layer was handed the equations of all."""
    layers = {name.removeprefix("layers.") for name in modules(KERAS)[0] if name.startswith("layers.")}
    own = {name for name in layers if not name.startswith(("_", "fused.", "arguments", "base"))}
    assert own == {"elman"}
    ours, _ = modules(("numpy", "rnnkit.Elman", "rnnkit.training.EKFTrainer"))
    assert "training.ekf" in ours and not {"training.rtrl", "training.truncated_bptt", "layers.gru"} & ours
    assert not [name for name in ours if name.startswith(("reservoirs", "dynamics"))]
    whole, _ = modules(("numpy", "rnnkit.layers"))
    assert {"layers.gru", "layers.elman", "layers.echo_state_conversion"} <= whole


@needs_sandbox
def test_what_is_said_where_another_layer_is_asked_for():
    code = """
import rnnkit, rnnkit.layers
rnnkit.Elman(units=2, output_units=1), rnnkit.Rprop()
def asked(name, get):
    try:
        get()
    except Exception as error:
        print(name, type(error).__name__, error, sep="|")
asked("a", lambda: rnnkit.GRU)
asked("b", lambda: rnnkit.layers.Jordan)
asked("c", lambda: rnnkit.layers.EchoState)
asked("d", lambda: __import__("rnnkit.layers.jordan"))
asked("e", lambda: rnnkit.EKFTrainer)
"""
    inside = command([sys.executable, "-c", code], Limits(), Place(packages=packages_for(KERAS)))
    done = subprocess.run(inside, capture_output=True, text=True, timeout=120)
    modules = {"a": "layers.gru", "b": "layers.jordan", "c": "layers.echo_state", "d": "layers.jordan", "e": "training"}
    assert done.stdout.splitlines() == [
        f"{name}|ModuleNotFoundError|No module named 'rnnkit.{module}'" for name, module in modules.items()
    ], done.stderr[-1000:]


def test_experiments_are_in_no_kernel():
    assert not [name for name in modules(("numpy", "rnnkit.course.experiments.xor"))[0] if "experiments" in name]


def test_names_that_are_none():
    with pytest.raises(ValueError, match="no_such_package"):
        packages_for(("no_such_package",))
    for name in ("rnnkit.Elmann", "rnnkit.layers.Elmann", "rnnkit.layer"):
        with pytest.raises(ValueError, match=name):
            packages_for((name,))


def test_what_comes_with_python_needs_nothing():
    assert packages_for(("numpy", "collections.Counter")) == packages_for(("numpy",))


@needs_sandbox
def test_nothing_else_can_be_imported_wherever_it_is_looked_for():
    names = [
        "keras",
        "tensorflow",
        "scipy",
        "matplotlib",
        "rnnkit.layers",
        "rnnkit.energy",
        "rnnkit.course.experiments",
    ]
    code = f"""
import importlib, os, sys
sys.path += {[str(folder) for folder in package_folders()]!r}
import ipykernel.kernelapp, numpy, rnnkit.course.teaching, rnnkit.course.grading.verdicts.agent
for name in {names!r}:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError:
        continue
    print(name)
for folder in {[str(folder) for folder in (*package_folders(), package())]!r}:
    try:
        open(os.path.join(folder, "planted.py"), "w")
    except OSError:
        continue
    print(folder)
print("done")
"""
    inside = command([sys.executable, "-c", code], Limits(), Place(packages=packages_for(("numpy",))))
    done = subprocess.run(inside, capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["done"], done.stderr[-1000:]


def test_packages_of_other_interpreters_and_condas_copies_are_hidden(tmp_path, monkeypatch):
    others = [tmp_path / "lib" / "python3.99" / "site-packages", tmp_path / "pkgs", tmp_path / "envs"]
    for folder in others:
        folder.mkdir(parents=True)
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path))
    assert {folder.resolve() for folder in others} <= set(package_folders())
