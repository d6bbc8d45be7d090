"""Models that earlier versions saved load in a fresh process that imports nothing but rnnkit and Keras."""

import subprocess
import sys
from pathlib import Path

import pytest

import rnnkit
from rnnkit._registration import REGISTERED

HERE = Path(__file__).parent
LOAD = """
import sys
from pathlib import Path

import numpy as np

for name in sys.argv[1].split():
    __import__(name)
assert not any(name.startswith("rnnkit.layers") for name in sys.modules), "nothing is loaded before it is needed"
import keras

for path in sorted(Path(sys.argv[2]).glob(sys.argv[3])):
    model = keras.models.load_model(path)
    known = np.load(path.with_suffix(".npz"))
    outputs = keras.tree.flatten(model.predict(known["x"], verbose=0))
    expected = [known[name] for name in known.files if name != "x"]
    assert len(outputs) == len(expected), path.stem
    for output, value in zip(outputs, expected):
        np.testing.assert_allclose(output, value, rtol=1e-4, atol=1e-5, err_msg=path.stem)
    print(path.stem)
"""


@pytest.mark.parametrize(("order", "files", "least"), [("rnnkit", "*.keras", 19), ("keras rnnkit", "g*.keras", 2)])
@pytest.mark.parametrize("version", ["0.1.0"])
def test_saved_models_load_in_a_fresh_process(version, order, files, least):
    command = [sys.executable, "-c", LOAD, order, str(HERE / version), files]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert len(done.stdout.split()) == len(list((HERE / version).glob(files))) >= least


def test_every_registered_class_is_known_before_it_is_loaded():
    import keras

    for package in (rnnkit.applications, rnnkit.layers, rnnkit.optimizers, rnnkit.training):
        for name in package.__all__:
            getattr(package, name)
    ours = {
        name
        for name, value in keras.saving.get_custom_objects().items()
        if name.startswith("rnnkit>") and isinstance(value, type) and value.__module__.startswith("rnnkit.")
    }
    assert ours == {f"rnnkit>{name}" for names in REGISTERED.values() for name in names}
