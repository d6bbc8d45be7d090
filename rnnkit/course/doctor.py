"""What `rnnkit doctor` looks at."""

import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version


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
    for name in ("rnnkit", "tensorflow", "keras", "numpy"):
        yield _package(name, "run make install")
    for name in ("jupyterlab", "nbgrader", "jupytext", "nbval", "matplotlib"):
        yield _package(name, "run make install, or pip install 'rnnkit[course]'")
    yield from _keras()
    yield _project()
    yield from _data()


def _package(name: str, remedy: str) -> Finding:
    try:
        return Finding(f"{name} {version(name)}", True)
    except PackageNotFoundError:
        return Finding(name, False, remedy)


def _keras() -> Iterator[Finding]:
    from rnnkit.course.teaching.quiet import quiet

    try:
        with quiet():
            import keras
    except Exception as error:
        yield Finding(f"Keras cannot be imported: {error}", False, "run make install; check KERAS_BACKEND")
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
    }
    for name, count in counts.items():
        try:
            yield Finding(f"{name}: {count()}", True)
        except (FileNotFoundError, ValueError) as error:
            yield Finding(name, False, str(error))
