"""Executions on a Dask cluster. Whoever can talk to a scheduler can run code, so that both ends show a certificate."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rnnkit.course.grading.verdicts.pool import FAILURES, MOMENT, Task, WorkerLost, execute

DAYS = 30


def write_certificate(path: Path) -> Path:
    """Make the certificate of one run: a file with it and its key. Who holds the file is in, all others stay out.

    Raises:
        ValueError: the file is there, or openssl is not.
    """
    if path.exists():
        raise ValueError(f"certificate: expected a name that is free, received {path}; a run has one of its own.")
    program = shutil.which("openssl")
    if program is None:
        raise ValueError("certificate: openssl is not installed (apt-get install openssl).")
    options = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj"]
    options += ["/CN=rnnkit", "-days", str(DAYS), "-addext", "keyUsage=critical,digitalSignature,keyCertSign"]
    with tempfile.TemporaryDirectory() as folder:  # only its owner sees into it
        key, certificate = Path(folder) / "key", Path(folder) / "certificate"
        files = ["-keyout", str(key), "-out", str(certificate)]
        done = subprocess.run([program, *options, *files], capture_output=True, text=True, check=False)
        if done.returncode:
            raise ValueError(f"certificate: openssl failed: {done.stderr.strip()[-500:]}")
        content = certificate.read_bytes() + key.read_bytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    return path


class Cluster:
    """Workers of a running Dask scheduler.

    Args:
        address: of the scheduler, "tls://10.0.0.1:8786".
        certificate: file with the run's certificate and key, as `rnnkit certificate` writes it.
        unencrypted: allow an address without TLS. Whoever reaches such a scheduler can run code on it, on its workers
            and here.

    Raises:
        ValueError: an address without TLS, or no certificate.
    """

    again = False  # the scheduler does so itself

    def __init__(self, address: str, certificate: Path | None = None, unencrypted: bool = False) -> None:
        security = None if unencrypted else _security(address, certificate)
        import dask
        from distributed import Client

        dask.config.set({"distributed.scheduler.allowed-failures": FAILURES, "distributed.worker.daemon": False})
        self._client = Client(address, timeout=30, security=security)
        self.count = 2 * max(1, len(self._client.scheduler_info()["workers"]))

    def submit(self, task: Task) -> Any:
        return self._client.submit(execute, task, pure=False)

    def finished(self, futures: Iterable[Any]) -> set[Any]:
        import distributed

        try:
            return set(distributed.wait(list(futures), MOMENT, "FIRST_COMPLETED").done)
        except TimeoutError:
            return set()

    def result(self, future: Any) -> str:
        from distributed.scheduler import KilledWorker

        try:
            return str(future.result())
        except KilledWorker as error:
            raise WorkerLost from error
        finally:
            future.release()

    def close(self) -> None:
        with contextlib.suppress(Exception):
            self._client.close(timeout=10)


def _security(address: str, certificate: Path | None) -> Any:
    if not address.startswith("tls://"):
        raise ValueError(
            f"scheduler: expected an address that begins with tls://, received {address}; whoever reaches a scheduler "
            "without TLS can run code as you. See docs/cluster.md, or give --unencrypted where nobody else can."
        )
    if certificate is None or not certificate.is_file():
        raise ValueError(
            f"certificate: expected the file that the scheduler was started with, received {certificate}; "
            "`rnnkit certificate FILE` makes one, see docs/cluster.md."
        )
    from distributed.security import Security

    name = str(certificate)
    return Security(tls_ca_file=name, tls_client_cert=name, tls_client_key=name, require_encryption=True)
