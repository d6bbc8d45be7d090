"""What `rnnkit doctor` looks at."""

import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

INSTRUCTORS = ("nbgrader", "jupytext", "nbval")  # packages with which units are derived and marked


@dataclass(frozen=True)
class Finding:
    """One line: what was looked at, whether it is fine, and what to do if not."""

    what: str
    fine: bool
    remedy: str = ""


def examine() -> Iterator[Finding]:
    """Look at Python, the packages, Keras's backend and devices, the project folder and the data."""
    python = platform.python_version()
    fine = (3, 11) <= sys.version_info[:2] <= (3, 13)
    yield Finding(f"Python {python} on {platform.system()}", fine, "use Python 3.11, 3.12 or 3.13")
    instructor = find_spec("rnnkit.course.instructor_cli") is not None
    remedy = "run make install" if instructor else "run pip install -c constraints.txt -e '.[course]'"
    names = ["rnnkit", "tensorflow", "keras", "numpy", "jupyterlab", "matplotlib"]
    for name in [*names, *(INSTRUCTORS if instructor else ())]:
        yield _package(name, remedy)
    yield from _keras(remedy)
    yield _project()
    yield from _data()


def _package(name: str, remedy: str) -> Finding:
    try:
        return Finding(f"{name} {version(name)}", True)
    except PackageNotFoundError:
        return Finding(name, False, remedy)


def _keras(remedy: str) -> Iterator[Finding]:
    from rnnkit.course.teaching.quiet import quiet

    try:
        with quiet():
            import keras
    except Exception as error:
        yield Finding(f"Keras cannot be imported: {error}", False, f"{remedy}; check KERAS_BACKEND")
        return
    backend = keras.backend.backend()
    yield Finding(f"Keras backend {backend}", True)
    if backend == "tensorflow":
        import tensorflow as tf

        with quiet():
            devices = [device.name for device in tf.config.list_physical_devices()]
        has_gpu = any("GPU" in name for name in devices)
        note = "" if has_gpu else " (no GPU; everything runs without one)"
        yield Finding(f"devices {', '.join(devices)}{note}", True)


def _project() -> Finding:
    from rnnkit.course.paths import project_root

    try:
        return Finding(f"project {project_root()}", True)
    except FileNotFoundError as error:
        return Finding("project", False, str(error))


def _data() -> Iterator[Finding]:
    from rnnkit import datasets

    counts = {
        "recipes": lambda: len(datasets.load_recipes()),
        "acceleration recordings": lambda: len(datasets.load_accelerometer().signals),
        "pen digits": lambda: len(datasets.load_pen_digits()),
        "optical digits": lambda: sum(map(len, datasets.load_optical_digits())),
    }
    for name, count in counts.items():
        try:
            yield Finding(f"{name}: {count()}", True)
        except (FileNotFoundError, ValueError) as error:
            yield Finding(name, False, str(error))
