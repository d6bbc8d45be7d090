"""The gradebook in a PostgreSQL server, which may be killed while a class is graded."""

import contextlib
import getpass
import os
import pwd
import shutil
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import psutil
import pytest
from nbgrader.api import Gradebook

from rnnkit.course.grading.sandbox import bubblewrap as sandbox
from tests.course.grading.course import UNIT
from tests.course.grading.test_grade import CLASS, a_class, course, marks, prepared, results_in, submitted  # noqa: F401
from tests.course.grading.test_takeover import EXPECTED, as_it_is, old_gradebook

pytest.importorskip("psycopg", reason="psycopg is not installed")
FOLDERS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
BIN = next((folder for folder in FOLDERS if (folder / "postgres").exists()), None)
pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(BIN is None, reason="no PostgreSQL server is installed"),
    pytest.mark.skipif(sandbox.missing() is not None, reason=f"no sandbox: {sandbox.missing()}"),
]


class Server:
    """A server of its own, on a socket in its folder, that can be killed and started again.

    No port: while the server is away, anybody may take it.
    """

    def __init__(self):
        # Not under pytest's folder: each pytest that starts takes that away from all other users again.
        self.folder, self.process = Path(tempfile.mkdtemp(prefix="postgresql-")), None
        self.user = getpass.getuser()
        if os.geteuid() == 0:  # the server refuses to run as root
            self.user = "postgres"
            try:
                owner = pwd.getpwnam(self.user)
            except KeyError:
                pytest.skip("running as root, and there is no user postgres")
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        self.url = f"postgresql://{self.user}@/postgres?host={self.folder}"
        subprocess.run(
            self._as_user("initdb", "-D", self.folder / "data", "-A", "trust", "-N"), check=True, capture_output=True
        )

    def _as_user(self, program, *arguments):
        before = ["setpriv", "--reuid", self.user, "--regid", self.user, "--clear-groups"] if os.geteuid() == 0 else []
        return [*before, str(BIN / program), *map(str, arguments)]

    def start(self):
        command = self._as_user("postgres", "-D", self.folder / "data", "-c", "listen_addresses=", "-k", self.folder)
        ready = self._as_user("pg_isready", "-h", self.folder, "-q")
        log = self.folder / "log"
        deadline = time.monotonic() + 120
        while True:
            if self.process is None or self.process.poll() is not None:
                with log.open("a") as said:
                    self.process = subprocess.Popen(command, stdout=said, stderr=said, cwd="/")
            time.sleep(0.2)
            if subprocess.run(ready, check=False).returncode == 0:
                return
            assert time.monotonic() < deadline, f"the server does not start: {log.read_text()[-2000:]}"

    def kill(self):
        """All at once, as when the power fails: one process that stays behind keeps the next server away."""
        if self.process is None:
            return
        self.process.kill()
        self.process.wait()
        while own := self._processes():  # one too that was being started meanwhile
            for process in own:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            psutil.wait_procs(own, timeout=10)
        # The next one asks whether its number is alive; meanwhile it may be another program's.
        for lock in (self.folder / "data" / "postmaster.pid", *self.folder.glob(".s.PGSQL.*")):
            lock.unlink(missing_ok=True)
        self.process = None

    def _processes(self):
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                if process.cwd() == str(self.folder / "data"):
                    found.append(process)
        return found


@pytest.fixture
def server():
    found = Server()
    try:
        found.start()
        yield found
    finally:
        found.kill()
        time.sleep(1)
        shutil.rmtree(found.folder, ignore_errors=True)


def test_the_database_is_killed(course, submitted, tmp_path, server):  # noqa: F811
    course = type(course)(course.root, server.url)
    course.prepare(UNIT)
    expected = a_class(course, submitted, CLASS)

    def kill_soon():
        while len(results_in(tmp_path)) < 2:
            time.sleep(0.05)
        server.kill()

    killer = threading.Thread(target=kill_soon, daemon=True)
    killer.start()
    try:
        cut = marks(submitted, db_url=server.url)
    except Exception:  # it may be away before the last line is read
        cut = {}
    killer.join(300)
    assert not cut or any(o.status == "not run" for o in cut.values())
    finished = {path.stem: path.stat().st_mtime_ns for path in results_in(tmp_path)}
    assert len(finished) >= 2
    server.start()
    found = marks(submitted, db_url=server.url)
    assert {s: (o.points, o.status) for s, o in found.items()} == {s: (p, "marked") for s, p in expected.items()}
    assert all(path.stat().st_mtime_ns == finished[path.stem] for path in results_in(tmp_path) if path.stem in finished)
    with Gradebook(server.url, "rnnkit") as gradebook:
        assert {s.id: gradebook.find_submission(UNIT, s.id).score for s in gradebook.students} == expected


@pytest.mark.filterwarnings("ignore:Object of type")  # of nbgrader's order of adding
def test_another_releases_unit_is_taken_over(course, tmp_path, server):  # noqa: F811
    old_gradebook(server.url)
    told = type(course)(course.root, server.url).prepare(UNIT)
    assert as_it_is(server.url) == EXPECTED and len(told) == 3
    [remembered] = (tmp_path / "course").glob("gradebook.db.before-*")  # its own copies are the server's business
    assert str(remembered) in told[0] and '"manual_score": 4.5' in remembered.read_text()
