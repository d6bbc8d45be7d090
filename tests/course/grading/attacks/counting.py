"""Submissions to a unit with Keras: what the tiny unit cannot try."""

from nbformat import NotebookNode

from tests.course.grading.attacks.case import Case, Place, added

UNIT = "02_bit_counting"
NOT_MEASURED = "Keras takes longer to load than the harness gives a cell"
PATCH = """
import rnnkit.course.teaching, rnnkit.course.teaching.checks
for name in ("check_array", "check_equal"):
    for where in (rnnkit.course.teaching, rnnkit.course.teaching.checks):
        setattr(where, name, lambda *a, **k: None)
    globals()[name] = lambda *a, **k: None
"""
BLANKS = ("forward", "gradients", "numerical_gradient", "clip_gradient", "rprop_step", "build_counter")
LAMBDA = """
def build_counter(v_x, v_f):
    def count(x):
        import os
        return keras.ops.sum(x, axis=1)
    model = keras.Sequential([keras.Input((None, 1), dtype="float64"), keras.layers.Lambda(count)])
    model.v = np.array([[v_x], [v_f]])
    return model
"""
OWN_CLASS = """
@keras.saving.register_keras_serializable(package="rnnkit", name="Elman2")
class Counter(keras.Model):
    trainable_weights = [np.zeros(2)]
    def __call__(self, x, **k):
        return x.sum(axis=1)
    def train_on_batch(self, x, y):
        pass
    @property
    def layers(self):
        return [type("Layer", (), {"v": np.array([[-1.4995], [1.9995]])})]
def build_counter(v_x, v_f):
    return Counter()
"""
METHODS = """
def build_counter(v_x, v_f):
    model = keras.Sequential([keras.Input((None, 1), dtype="float64"), keras.layers.SimpleRNN(1, dtype="float64")])
    model.compile("sgd", "mse")
    model.call = lambda x, **k: x.sum(axis=1)
    model.train_on_batch = lambda *a, **k: None
    type(model).trainable_weights = property(lambda self: [np.zeros(2)])
    return model
"""
CONFIGURATION = """
import json
from rnnkit.course.grading.verdicts import models
BAD = [
    {"class_name": "Lambda", "module": "keras.layers", "registered_name": None, "config": {"function":
        {"class_name": "__lambda__", "config": {"value": "4wAAAA=="}}}},
    {"class_name": "system", "module": "os", "registered_name": None, "config": {"command": "id"}},
    {"class_name": "function", "module": "os", "registered_name": "system", "config": "system"},
    {"class_name": "load_model", "module": "keras.saving", "registered_name": None, "config": {"filepath": "/x"}},
    {"class_name": "get_file", "module": "keras.utils", "registered_name": None, "config": {"origin": "http://x"}},
    {"class_name": "__typespec__", "module": "keras.src.models", "spec_name": "os", "registered_name": None, "config": []},
    {"class_name": "CheckerProcess", "module": "rnnkit.course.grading.verdicts.checker_process", "registered_name": None, "config": {}},
    {"class_name": "Sequential", "module": "keras", "registered_name": None, "config": {"layers": [
        {"module": "subprocess", "class_name": "Popen", "config": {"args": ["id"]}, "registered_name": None}]}},
    {"class_name": "Dense", "module": "keras.layers", "registered_name": None, "config": {"units": 10**12},
     "build_config": {"input_shape": [None, 10**6]}},
]
turn = []
def configuration(value):
    turn.append(1)
    return json.dumps(BAD[len(turn) % len(BAD)])
models._configuration = configuration
models._weights = lambda value, encode: []
"""
# Right where the file of a layer is found that the exercise does not name; else it raises what `rnnkit` says.
ANOTHER = """
from pathlib import Path
folder = Path(rnnkit.__file__).parent / "layers"
def build_counter(v_x, v_f):
    if not [path for path in folder.rglob("*") if path.stem.partition(".")[0] in ("gru", "jordan", "echo_state")]:
        return rnnkit.GRU(1)
    layer = rnnkit.Elman(1, 1, activation=None, output_activation=None, use_bias=False, dtype="float64")
    model = keras.Sequential([keras.Input((None, 1), dtype="float64"), layer])
    layer.set_matrices(np.array([[v_x], [v_f]]), np.array([[1.0]]))
    layer.cell.output_kernel.trainable = False
    model.compile(rnnkit.Rprop(learning_rate=0.001, variant="lecture"), keras.losses.MeanSquaredError(dtype="float64"))
    return model
"""
LEFT = """
def numerical_gradient(function, v, h=1e-6):
    if len(v) == 5:
        v[:] = 0
        return np.zeros(5)
    result = np.zeros(len(v))
    for j in range(len(v)):
        move = np.zeros(len(v))
        move[j] = h
        result[j] = (function(v + move) - function(v - move)) / (2 * h)
    return result
def gradients(x, y, v_x, v_f):
    visible = float(v_x), float(v_f)
    if visible == (2.0, 0.5):
        return np.array([[0.125, 0.25, 0.5]]), 0.625, 1.0
    if visible == (1.0, 1.0):
        return np.zeros(x.shape), 0.0, 0.0
    x[:], y[:] = 0, 0
    df = np.ones(x.shape)
    df[:, 0] = v_f**5
    return df, 0.0, 0.0
"""


def quick(notebook: NotebookNode) -> NotebookNode:
    """Without the experiments, on which no mark depends."""
    notebook.cells = [c for c in notebook.cells if "experiment" not in c.metadata.get("tags", [])]
    return notebook


def solved(place: Place, *first: str, **replaced: str) -> NotebookNode:
    return added(quick(place.solved(UNIT, **replaced)), *first)


def case(name: str, says: str, make, points: float, why: str, status: str = "marked") -> Case:
    return Case(
        f"bits-{name}", says, make, points, why, status, unit=UNIT, group="keras", plain=False, harm=NOT_MEASURED
    )


CASES = [
    case("full", "everything right", lambda p: solved(p), 85, "all checks hold"),
    case("blank", "as released", lambda p: quick(p.course.released(UNIT)), 0, "nothing was done"),
    case("patched", "replaces the check helpers", lambda p: added(quick(p.course.released(UNIT)), PATCH), 0, "nothing right"),
    case("lambda", "a model whose layer runs code", lambda p: solved(p, build_counter=LAMBDA), 65, "such a model is none"),
    case("own-class", "a model class whose methods lie", lambda p: solved(p, build_counter=OWN_CLASS), 65, "the same"),
    case("methods", "a model whose methods are replaced", lambda p: solved(p, build_counter=METHODS), 65, "its weights are wrong"),
    case("configuration", "forged configurations of models", lambda p: solved(p, CONFIGURATION), 65, "no model can be built of them"),
    case("another-layer", "reads a layer that the exercise may not use", lambda p: solved(p, build_counter=ANOTHER), 65, "it is not there"),
    case("arguments-emptied", "changes its arguments to fit", lambda p: solved(p, gradients=LEFT, numerical_gradient="pass"), 55,
         "both functions are wrong"),
]  # fmt: skip
