"""The lowest Keras that rnnkit allows: every hook into its inside, and parts of a layer's contract.

Hooks and contract hold on 3.14.0 as well, but models that 3.15 has saved do not load there.
"""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

pytestmark = pytest.mark.long
ROOT = Path(__file__).resolve().parents[1]
PARTS = "hooks or elman- and (masks or keras_file or stateful)"


def test_hooks_and_contract_on_the_lowest_keras(tmp_path):
    """The highest is what all other tests run on. Only Keras is another one, found before that which is installed."""
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    [lowest] = [found[1] for found in (re.match(r"keras>=([\d.]+),<", name) for name in needed) if found]
    lowest += ".0" * (2 - lowest.count("."))
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST"))}
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(tmp_path / "keras")]
    if subprocess.run([*pip, f"keras=={lowest}"], env=own, capture_output=True).returncode:
        pytest.skip(f"keras {lowest} cannot be installed: no package index")
    environment = {**own, "PYTHONPATH": os.pathsep.join([str(tmp_path / "keras"), str(ROOT)])}
    version = [sys.executable, "-c", "import keras, rnnkit; print(keras.__version__)"]
    said = subprocess.run(version, env=environment, capture_output=True, text=True)
    assert said.stdout.strip() == lowest, said.stderr[-2000:]
    options = ("-q", "-o", "addopts=", "-p", "no:cacheprovider", "-k", PARTS)
    files = ("tests/test_keras_hooks.py", "tests/layers/test_contract.py")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *files], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0 and " passed" in done.stdout, done.stdout[-3000:]
