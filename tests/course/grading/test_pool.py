"""Tasks are executed beside each other with nothing listening; a cluster is refused without a certificate."""

import os
import re
import signal
import ssl
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest

from rnnkit.course.grading.interrupt import interrupted_between_steps
from rnnkit.course.grading.sandbox.bubblewrap import Limits
from rnnkit.course.grading.verdicts import pool
from rnnkit.course.grading.verdicts.checks import Checks
from rnnkit.course.grading.verdicts.cluster import Cluster, write_certificate
from rnnkit.course.grading.verdicts.executed import Executed
from rnnkit.course.grading.verdicts.pool import Local, Pool, task_of


def listening():
    """Sockets of any kind that the test's process or one below it listens on."""
    tree = [psutil.Process(), *psutil.Process().children(recursive=True)]
    return [c for process in tree for c in process.net_connections("inet") if c.status == psutil.CONN_LISTEN]


def stands_in(task):
    """In the place of an execution."""
    if task.notebook == "die":
        os._exit(3)
    if task.notebook == "die once" and not Path(task.student).exists():
        Path(task.student).touch()
        os._exit(3)
    if task.notebook.startswith("late"):
        path = Path(task.student)
        status = "marked" if path.exists() and task.notebook == "late once" else "timed out"
        path.touch()
        time.sleep(0.5)
        return Executed(status, "", task.notebook, {}).as_json()
    if task.notebook == "greedy":
        time.sleep(0.5)
        return Executed("marked", "", task.notebook, {}, {}, 0.5, 60).as_json()
    if task.notebook == "endless":
        time.sleep(100)
    if task.notebook == "raise":
        raise OSError("no disk")
    return Executed("marked", "", task.notebook, {}, {}, len(listening())).as_json()


def tasks(**notebooks):
    return [task_of(student, text, Checks("u", ()), Limits(), False) for student, text in notebooks.items()]


@pytest.fixture
def workers(monkeypatch):
    monkeypatch.setattr(pool, "execute", stands_in)
    return Local(2)


def test_no_port_is_open_while_tasks_run(workers):
    before = listening()
    with Pool(workers) as running:
        found = dict(running.run(tasks(a="1", b="2", c="3")))
        assert {student: one.notebook for student, one in found.items()} == {"a": "1", "b": "2", "c": "3"}
        assert listening() == before and all(one.seconds == 0 for one in found.values())
        assert len(psutil.Process().children(recursive=True)) >= 2


def test_a_worker_that_is_lost_takes_nobody_with_it(workers, tmp_path):
    once = str(tmp_path / "once")
    with Pool(workers) as running:
        found = dict(running.run(tasks(**{"a": "1", "b": "die", "c": "2", once: "die once", "d": "raise", "e": "3"})))
    assert {student: getattr(one, "status", one) for student, one in found.items()} == {
        "a": "marked", "b": "died", "c": "marked", once: "marked", "d": "OSError: no disk", "e": "marked",
    }  # fmt: skip
    assert found["b"].reason == "it ended its worker twice"


def test_a_time_out_beside_a_greedy_neighbour_is_run_again_alone(workers, tmp_path):
    honest, endless, other = (str(tmp_path / name) for name in ("honest", "endless", "other"))
    with Pool(workers) as running:
        first = dict(running.run(tasks(**{honest: "late once", "g": "greedy"})))
        second = dict(running.run(tasks(**{endless: "late", "g": "greedy"})))
        third = dict(running.run(tasks(**{other: "late once", "h": "1"})))
    assert (first[honest].status, second[endless].status) == ("marked", "timed out")
    assert third[other].status == "timed out", "nobody took its time"


@pytest.mark.parametrize("delay", [0.0, 0.2, 0.8, 2.0])
def test_ctrl_c_at_any_moment_ends_all_at_once(delay):
    script = """
        import threading, time
        from rnnkit.course.grading.interrupt import interrupted_between_steps
        from rnnkit.course.grading.verdicts import pool
        from tests.course.grading.test_pool import stands_in, tasks
        if __name__ == "__main__":
            pool.execute = stands_in
            print("begins", flush=True)
            try:
                with interrupted_between_steps() as step, pool.Pool(pool.Local(2), step) as running:
                    list(running.run(tasks(a="endless", b="endless")))
            except KeyboardInterrupt:
                print("ended")
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with subprocess.Popen(command, start_new_session=True, **both) as grader:
        assert grader.stdout.readline() == "begins\n"
        time.sleep(delay)
        os.killpg(grader.pid, signal.SIGINT)
        assert grader.communicate(timeout=30)[0] == "ended\n" and grader.returncode == 0


def test_ctrl_c_waits_for_the_end_of_a_step():
    reached, before = [], signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), interrupted_between_steps() as step:
        step()
        signal.raise_signal(signal.SIGINT)
        reached.append("the end")
    assert reached
    with pytest.raises(KeyboardInterrupt), interrupted_between_steps():
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        reached.append("not here")
    assert reached == ["the end"] and signal.getsignal(signal.SIGINT) == before


def test_workers_end_with_a_grader_that_was_killed():
    script = """
        import time
        from rnnkit.course.grading.verdicts.pool import Local
        if __name__ == "__main__":
            executor = Local(1)._start()
            print(executor.submit(time.time).result(), *executor._processes, flush=True)
            time.sleep(60)
    """
    grader = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, text=True)
    worker = psutil.Process(int(grader.stdout.readline().split()[1]))
    grader.send_signal(signal.SIGKILL)
    grader.wait()
    worker.wait(20)


@pytest.mark.parametrize(
    "address, certificate, message",
    [("tcp://127.0.0.1:8786", None, "tls://"), ("tls://127.0.0.1:8786", None, "rnnkit certificate")],
)
def test_a_cluster_without_a_certificate_is_refused(address, certificate, message):
    with pytest.raises(ValueError, match=message):
        Cluster(address, certificate)


def test_a_certificate_is_its_owners_and_made_once(tmp_path):
    path = write_certificate(tmp_path / "run.pem")
    assert path.stat().st_mode & 0o777 == 0o600
    ssl.create_default_context(cafile=path).load_cert_chain(path, path)
    with pytest.raises(ValueError, match="a name that is free"):
        write_certificate(path)


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_scheduler_with_a_certificate_lets_nobody_in_without_it(tmp_path):
    """The commands are those of docs/cluster.md."""
    ours, other = write_certificate(tmp_path / "cluster.pem"), write_certificate(tmp_path / "other.pem")
    words = (Path(__file__).parents[3] / "docs" / "cluster.md").read_text(encoding="utf-8")
    tls = re.search(r'TLS="(.*)"', words).group(1).replace("cluster.pem", str(ours)).split()
    address = "tls://127.0.0.1:18787"
    command = [sys.executable, "-m", "dask"]
    tools = [["scheduler", "--host", "127.0.0.1", "--port", "18787", "--no-dashboard"], ["worker", address]]
    tools[1] += ["--nthreads", "1", "--no-dashboard", "--local-directory", str(tmp_path)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    started = [subprocess.Popen([*command, *tool, *tls], **quiet) for tool in tools]
    try:
        cluster = Cluster(address, ours)
        until = time.monotonic() + 60
        while not cluster._client.scheduler_info()["workers"] and time.monotonic() < until:
            time.sleep(0.5)
        assert cluster._client.submit(sum, [2, 3]).result(60) == 5
        cluster.close()
        for attempt in (lambda: Cluster(address, other), lambda: Cluster(address.replace("tls", "tcp"), None, True)):
            with pytest.raises(OSError):
                attempt()
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(30)
