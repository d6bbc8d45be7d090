"""What the package index shows, and the source archive: both do without the repository."""

import os
import re
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_the_description_has_no_relative_link_and_the_readmes_example():
    mistune = pytest.importorskip("mistune", reason="mistune, of the extra [course], is not installed")
    text = project()["project"]["readme"]["text"]
    html = mistune.html(text)
    targets = re.findall(r"(?:href|src)=\"([^\"]*)\"", html)
    assert [target for target in targets if not target.startswith("https://")] == []
    assert "<h1>rnnkit</h1>" in html and html.count("<li>") == 4 and "<pre><code" in html
    [example] = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    if (ROOT / "README.md").exists():
        assert example in (ROOT / "README.md").read_text(encoding="utf-8")  # where test_docs.py runs it
    extras = project()["project"]["optional-dependencies"]
    assert set(re.findall(r"rnnkit\[(\w+)\]", text)) <= set(extras)


SDIST = "from setuptools import build_meta; print(build_meta.build_sdist({!r}))"
SOME = ("tests/test_checks.py", "tests/test_equations.py", "tests/reservoirs/test_online.py")


@pytest.mark.long
def test_the_source_archive_runs_its_tests(tmp_path):
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout: there is nothing to make an archive of")

    def run(*command, cwd, **environment):
        own = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST", "RNNKIT"))}
        done = subprocess.run(command, cwd=cwd, env={**own, **environment}, capture_output=True, text=True)
        assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout

    files = run("git", "ls-files", "-z", cwd=ROOT).split("\0")
    for name in filter(None, files):  # what is committed, and not what has been built beside it
        (tmp_path / "source" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "source" / name).write_bytes((ROOT / name).read_bytes())
    tools = tmp_path / "tools"
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(tools))
    if subprocess.run([*pip, *project()["build-system"]["requires"]], capture_output=True).returncode:
        pytest.skip("the build backend cannot be installed: no package index")
    run(sys.executable, "-c", SDIST.format(str(tmp_path)), cwd=tmp_path / "source", PYTHONPATH=str(tools))
    [path] = tmp_path.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    [unpacked] = (tmp_path / "unpacked").iterdir()
    there = {file.relative_to(unpacked).as_posix() for file in unpacked.rglob("*") if file.is_file()}
    kept = [name for name in files if name.startswith(("rnnkit/", "tests/", "course/", "docs/", "notebooks/"))]
    assert set(kept) - there == set()
    assert "PeepholeLSTM(16)" in (unpacked / "PKG-INFO").read_text(encoding="utf-8")
    where = run(sys.executable, "-c", "import rnnkit; print(rnnkit.__file__)", cwd=unpacked, PYTHONPATH=str(unpacked))
    assert where.startswith(str(unpacked))
    options = ("-o", "addopts=", "-p", "no:cacheprovider", "-q")
    said = run(sys.executable, "-m", "pytest", *options, *SOME, cwd=unpacked, PYTHONPATH=str(unpacked))
    assert " passed" in said
