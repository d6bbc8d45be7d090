"""What a process in the sandbox can and cannot do."""

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from rnnkit.course.grading.sandbox import bubblewrap as sandbox
from rnnkit.course.grading.sandbox import control_group
from rnnkit.course.grading.sandbox.bubblewrap import MB, Limits, Place, SandboxMissing, bounded, command
from rnnkit.course.grading.sandbox.control_group import ControlGroup, descendants
from rnnkit.course.paths import project_root

needs_sandbox = pytest.mark.skipif(sandbox.missing() is not None, reason=f"no sandbox: {sandbox.missing()}")
LIMITS = Limits(memory=300 * MB, processes=40, disk=20 * MB, cpu_seconds=2)


def run(code, limits=LIMITS, place=Place(), timeout=60):  # noqa: B008
    group = ControlGroup(limits.memory, limits.processes)
    try:
        inner = [*group.prefix, *command([sys.executable, "-c", code], limits, place)]
        return subprocess.run(inner, capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL)
    finally:
        group.remove()


def test_without_bubblewrap_it_refuses_with_the_remedy(monkeypatch):
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: None)
    sandbox.missing.cache_clear()
    try:
        with pytest.raises(SandboxMissing, match=r"not installed.*apt-get install bubblewrap.*--no-sandbox"):
            sandbox.require()
        monkeypatch.setattr(sandbox.sys, "platform", "darwin")
        sandbox.missing.cache_clear()
        with pytest.raises(SandboxMissing, match="darwin.*container"):
            sandbox.require()
    finally:
        sandbox.missing.cache_clear()


@needs_sandbox
@pytest.mark.parametrize(
    "code",
    [
        "import socket; socket.create_connection(('127.0.0.1', 1), 2)",
        "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.sendto(b'x', ('192.0.2.1', 53))",
        "open('/usr/lib/planted', 'w')",
        "open('/planted', 'w')",
        "import rnnkit, pathlib; (pathlib.Path(rnnkit.__file__).parent / 'planted').write_text('x')",
        "import ctypes; assert ctypes.CDLL(None).mount(b'none', b'/tmp', b'tmpfs', 0, None) == 0",
        "import os; os.sethostname('mine')",
        "import os; os.kill(os.getppid() + 1000, 0)",
        "import os; os.setuid(12345)",
    ],
    ids=["loopback", "network", "system", "root", "package", "mount", "host name", "process", "user"],
)
def test_what_is_forbidden(code):
    result = run(code)
    assert result.returncode != 0 and "Error" in result.stderr, (result.stdout, result.stderr)


@needs_sandbox
def test_what_it_sees(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_TOKEN", "sesame")
    (tmp_path / "gradebook.db").write_text("secret")
    hidden = [str(project_root() / "course"), str(tmp_path), os.path.expanduser("~/.ssh"), "/etc/shadow", "/var"]
    code = f"""
import os
print(sorted(os.environ))
for path in {hidden!r}:
    assert not os.path.exists(path), path
assert os.listdir('/tmp') == [] or not any(os.path.isfile(os.path.join('/tmp', n)) for n in os.listdir('/tmp'))
print(sorted(int(p) for p in os.listdir('/proc') if p.isdigit())[-1])
open('/tmp/own', 'w').write('x'), open('own', 'w').write('x')
"""
    result = run(code)
    assert result.returncode == 0, result.stderr
    names, last = result.stdout.splitlines()
    assert "SECRET_TOKEN" not in names and "PATH" in names and int(last) < 20


@needs_sandbox
def test_only_what_a_place_names_is_shared(tmp_path):
    (tmp_path / "in").mkdir(), (tmp_path / "out").mkdir()
    (tmp_path / "in" / "file").write_text("given")
    place = Place(read_only=[tmp_path / "in"], writable=[tmp_path / "out"], environment={"NAME": "value"})
    code = f"""
import os, pathlib
root = pathlib.Path({str(tmp_path)!r})
(root / "out" / "copy").write_text((root / "in" / "file").read_text() + os.environ["NAME"])
(root / "in" / "other").write_text("x")
"""
    result = run(code, place=place)
    assert "Read-only" in result.stderr and (tmp_path / "out" / "copy").read_text() == "givenvalue"


@needs_sandbox
@pytest.mark.parametrize(
    "code, sign",
    [
        ("x = bytearray(10**9)\nfor i in range(0, len(x), 4096): x[i] = 1", None),
        ("f = open('/tmp/big', 'wb')\nfor _ in range(100): f.write(b'x' * 10**6); f.flush()", "Error"),
        ("while True: pass", None),
        ("import os\nfor _ in range(200): os.fork() or __import__('time').sleep(20)", "Error"),
    ],
    ids=["memory", "disk", "processor time", "processes"],
)
def test_limits(code, sign):
    group = ControlGroup(LIMITS.memory, LIMITS.processes)
    bounded = bool(group.folders)
    group.remove()
    if not bounded and ("bytearray" in code or "fork" in code):
        pytest.skip("no control groups here: memory and processes are watched by the executor")
    result = run(code)
    assert result.returncode != 0
    assert sign is None or sign in result.stderr


def started_at(pid):
    """When a process was started, since numbers are given again; None for one that has ended, reaped or not."""
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.NoSuchProcess:
        return None


def started_by_another(inner):
    """A process that has started the sandbox and does nothing else, the sandbox's number, and its output."""
    script = f"import subprocess, time; p = subprocess.Popen({inner!r}); print(p.pid, flush=True); time.sleep(600)"
    starter = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    return starter, int(starter.stdout.readline())


def alive_after(started, seconds):
    deadline = time.monotonic() + seconds
    while (alive := [p for p, start in started.items() if started_at(p) == start]) and time.monotonic() < deadline:
        time.sleep(0.05)
    return alive


@needs_sandbox
def test_it_ends_with_whoever_started_it():
    code = "import time; print('there', flush=True); time.sleep(600)"
    starter, pid = started_by_another(command([sys.executable, "-c", code], LIMITS, Place()))
    assert starter.stdout.readline() == "there\n"
    started = {p: started_at(p) for p in descendants(pid)}
    assert len(started) >= 3
    starter.kill()
    starter.wait()
    assert not alive_after(started, 60)


@needs_sandbox
def test_it_ends_by_itself_when_nobody_ends_it(monkeypatch):
    # bubblewrap does not notice a starter that dies within its first milliseconds: here, one that never dies
    monkeypatch.setattr(sandbox, "ORPHAN_GRACE", 1.0)
    code = "import os, time\nos.fork()\nprint('there', flush=True)\ntime.sleep(600)"
    limits = replace(LIMITS, seconds=1.0)
    inner = command(bounded([sys.executable, "-c", code], limits), limits, Place())
    process = subprocess.Popen(inner, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "there\n"
    started = {p: started_at(p) for p in descendants(process.pid)}
    assert process.wait(60) != 0
    assert len(started) >= 4 and not alive_after(started, 60)


@pytest.mark.long
def test_a_greedy_neighbour_has_one_share_of_the_processors():
    """60 busy processes, and one beside them, which without groups has a sixtieth of what they have."""
    groups = [ControlGroup(500 * MB, 200) for _ in range(2)]
    busy = "while :; do :; done"
    many = f"for i in $(seq 60); do setsid sh -c '{busy}' & done; wait"  # Linux gives shares to sessions, too
    if not any((folder / name).exists() for folder in groups[0].folders for name in ("cpu.shares", "cpu.weight")):
        pytest.skip("no shares of the processors here")
    started = [
        subprocess.Popen([*group.prefix, "/bin/sh", "-c", script], start_new_session=True)
        for group, script in zip(groups, (many, busy), strict=True)
    ]
    try:
        time.sleep(5)
        trees = [[psutil.Process(pid) for pid in descendants(process.pid)] for process in started]
        greedy, single = (sum(sum(process.cpu_times()[:2]) for process in tree) for tree in trees)
    finally:
        for group, process in zip(groups, started, strict=True):
            group.remove()
            process.wait(30)
    assert len(trees[0]) >= 61 and single > 0.3 * greedy


def test_groups_of_killed_graders_are_swept(tmp_path):
    gone = subprocess.Popen(["true"])
    gone.wait()
    left, version_2 = tmp_path / "pids" / f"rnnkit-{gone.pid}-abc", tmp_path / f"rnnkit-{gone.pid}-def"
    full, alive = tmp_path / "memory" / f"rnnkit-{gone.pid}-abc", tmp_path / "pids" / f"rnnkit-{os.getpid()}-abc"
    foreign = tmp_path / "pids" / "system.slice"
    for folder in (left, version_2, full / "process", alive, foreign):
        folder.mkdir(parents=True)
    control_group._sweep(tmp_path)
    assert [folder.exists() for folder in (left, version_2, full, alive, foreign)] == [False, False, True, True, True]


def test_where_there_is_no_control_group_the_tree_is_measured(monkeypatch):
    monkeypatch.setattr("rnnkit.course.grading.sandbox.control_group.ROOT", project_root() / "nowhere")
    code = "x = bytearray(200 * 2**20); import os, time\nfor _ in range(3): os.fork() or time.sleep(60)\n"
    code += "print('there', flush=True); time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        assert process.stdout.readline() == "there\n"
        assert ControlGroup(10_000 * MB, 100).exceeded(process.pid) is None
        assert "out of memory" in ControlGroup(150 * MB, 100).exceeded(process.pid)
        # three children share their parent's memory: it counts once
        assert ControlGroup(500 * MB, 100).exceeded(process.pid) is None
        assert "too many processes" in ControlGroup(10_000 * MB, 3).exceeded(process.pid)
    finally:
        os.killpg(process.pid, 9)
        process.wait()


def test_processes_that_end_while_they_are_measured_take_nothing(monkeypatch):
    monkeypatch.setattr(control_group, "ROOT", project_root() / "nowhere")
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    counted = control_group._tree(process.pid)
    process.kill()
    process.wait()
    assert descendants(process.pid) == [] and ControlGroup(0, 0).exceeded(process.pid) is None
    monkeypatch.setattr(control_group, "_tree", lambda pid: counted)
    assert len(counted) == 1 and ControlGroup(0, 0).exceeded(process.pid) is None


def version_2(root, monkeypatch, *absent):
    """A tree as a delegated cgroup v2's: the kernel would make the files of a group with its folder."""
    (root / "cgroup.controllers").write_text("cpu memory pids\n")
    (root / "cgroup.subtree_control").write_text("")
    monkeypatch.setattr(control_group, "ROOT", root)
    mkdir, write = Path.mkdir, Path.write_text

    def made(self, *arguments, **named):
        mkdir(self, *arguments, **named)
        if self.parent == root:
            for name in ("memory.max", "memory.swap.max", "memory.oom.group", "pids.max", "cgroup.procs"):
                write(self / name, "")
            write(self / "memory.events", "low 0\nhigh 0\nmax 12\noom 0\noom_kill 0\noom_group_kill 0\n")

    def written(self, text, *arguments, **named):
        if self.name in absent or text in absent:
            raise OSError(22, "Invalid argument")
        return write(self, text, *arguments, **named)

    monkeypatch.setattr(Path, "mkdir", made)
    monkeypatch.setattr(Path, "write_text", written)


def test_a_group_of_version_2(tmp_path, monkeypatch):
    version_2(tmp_path, monkeypatch)
    group = ControlGroup(150 * MB, 40)
    [folder] = group.folders
    settings = ("memory.max", "memory.swap.max", "memory.oom.group", "pids.max")
    assert [(folder / name).read_text() for name in settings] == [str(150 * MB), "0", "1", "40"]
    assert f"rnnkit-{os.getpid()}-" in folder.name
    done = subprocess.run([*group.prefix, "sh", "-c", "echo $$"], capture_output=True, text=True, check=True)
    assert (folder / "cgroup.procs").read_text() == done.stdout  # it entered before it became the command
    assert group.exceeded(os.getpid()) is None  # what lies outside does not count
    (folder / "memory.events").write_text("low 0\nhigh 0\nmax 90\noom 1\noom_kill 3\noom_group_kill 1\n")
    assert group.exceeded(os.getpid()) == "out of memory (more than 150 MB)"


@pytest.mark.parametrize("absent", ["+cpu", "memory.swap.max"])
def test_version_2_without_swap_or_shares(tmp_path, monkeypatch, absent):
    version_2(tmp_path, monkeypatch, absent)
    assert len(ControlGroup(150 * MB, 40).folders) == 1


@pytest.mark.parametrize("absent", ["+memory +pids", "memory.max", "pids.max"])
def test_version_2_that_cannot_bound_is_not_used(tmp_path, monkeypatch, absent):
    version_2(tmp_path, monkeypatch, absent)
    group = ControlGroup(150 * MB, 40)
    assert group.folders == [] and group.prefix == []


@pytest.mark.skipif(
    not os.access("/sys/fs/cgroup/cgroup.subtree_control", os.W_OK), reason="no cgroup v2 that groups can be made in"
)
def test_a_real_group_of_version_2():
    group = ControlGroup(150 * MB, 40)
    if not group.folders:
        pytest.skip("its controllers are not to be had")
    code = "x = bytearray(400 * 2**20)"
    done = subprocess.run([*group.prefix, sys.executable, "-c", code], check=False)
    told = group.exceeded(0)
    group.remove()
    assert done.returncode == -9 and told == "out of memory (more than 150 MB)"
