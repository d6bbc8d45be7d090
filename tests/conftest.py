"""Settings of the whole test run."""

import contextlib
import os
import sys

import pytest

pytest_plugins = ["tests.timing"]

# One thread a library: the workers of pytest-xdist fill the cores, and what a test starts inherits it.
for _threads in (
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
    *(f"{lib}_NUM_THREADS" for lib in ("OMP", "OPENBLAS", "MKL")),
):
    os.environ.setdefault(_threads, "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("RNNKIT_PROFILE", "check")
os.environ.setdefault("MPLBACKEND", "agg")
os.environ.setdefault("JAX_PLATFORMS", "cpu")

with contextlib.suppress(ImportError):
    import triton  # noqa: F401  PyTorch loads it late where it is there, and after TensorFlow that crashes the process

with contextlib.suppress(ImportError):
    from absl import logging as absl_logging

    # It closes its stream, pytest's own, when nbgrader sets logging up anew; the real one it leaves open.
    absl_logging.get_absl_handler().python_handler.stream = sys.__stderr__


@pytest.fixture(scope="session", autouse=True)
def own_build_folder(tmp_path_factory):
    """Tests that run beside each other write to folders of their own."""
    before = os.environ.get("RNNKIT_BUILD")
    os.environ["RNNKIT_BUILD"] = str(tmp_path_factory.mktemp("build"))
    yield
    if before is None:
        del os.environ["RNNKIT_BUILD"]
    else:
        os.environ["RNNKIT_BUILD"] = before
