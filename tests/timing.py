"""What the tests cost: the longest ones start first, and the run ends with where its time went.

`tests/durations.json` holds the seconds of every test that takes more than two; `make durations` writes it anew.
"""

import json
import os
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DURATIONS = Path(__file__).with_name("durations.json")
LONG_ENOUGH = 2.0  # seconds; below it the order does not matter
SHOWN = 20


def pytest_addoption(parser):
    parser.addoption("--record-durations", action="store_true", help=f"write the seconds of long tests to {DURATIONS}")


def pytest_configure(config):
    if not hasattr(config, "workerinput"):  # the process that prints, and not one of the workers
        config.pluginmanager.register(Report(config), "rnnkit-timing")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    items[:] = longest_first(items, recorded(), workers)


def recorded():
    return json.loads(DURATIONS.read_text()) if DURATIONS.exists() else {}


def longest_first(items, seconds, workers):
    """The items in an order in which every worker begins with its longest.

    xdist's worksteal cuts the list into one piece a worker, of as many tests each, and a worker that has come to its
    end takes over the last ones of another's. So each piece is made here: first its share of the long tests, dealt out
    to who has least to do; then a stretch of the others as they stand in their files, which share what a module sets
    up. A file that is marked `together` is dealt out as one.
    """
    room = [(len(items) * (k + 1)) // workers - (len(items) * k) // workers for k in range(workers)]
    room.sort()  # worksteal rounds the first pieces down
    units = _units(items)
    cost = {name: sum(seconds.get(item.nodeid, 0.0) for item in unit) for name, unit in units.items()}
    pieces, load = [[] for _ in room], [0.0] * workers
    for name in sorted((name for name in units if cost[name]), key=lambda name: -cost[name]):
        free = [k for k in range(workers) if len(pieces[k]) + len(units[name]) <= room[k]]
        if free:
            k = min(free, key=load.__getitem__)
            pieces[k] += units.pop(name)
            load[k] += cost[name]
    rest = [item for unit in units.values() for item in unit]
    for piece, size in zip(pieces, room, strict=True):
        number = size - len(piece)
        piece += rest[:number]
        del rest[:number]
    return [item for piece in pieces for item in piece]


def _units(items):
    """What stays on one worker, by name: a test, or all tests of a file that is marked so."""
    units = {}
    for item in items:
        name = item.nodeid.partition("::")[0] if item.get_closest_marker("together") else item.nodeid
        units.setdefault(name, []).append(item)
    return units


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Processor seconds since this worker's last report, of the processes that it has waited for too."""
    report = yield
    now = sum(os.times()[:4])
    report.processor = now - _last.get("seen", now)
    _last["seen"] = now
    return report


_last: dict[str, float] = {}


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logstart():
    _last.setdefault("seen", sum(os.times()[:4]))


class Report:
    """Adds up in the controller what the workers report."""

    def __init__(self, config):
        self.config = config
        self.seconds = defaultdict(float)
        self.processor = defaultdict(float)

    def pytest_runtest_logreport(self, report):
        self.seconds[report.nodeid] += report.duration
        self.processor[report.nodeid] += getattr(report, "processor", 0.0)

    def pytest_terminal_summary(self, terminalreporter):
        if len(self.seconds) > SHOWN:
            self._write(terminalreporter)
        if self.config.getoption("record_durations"):
            record(self.seconds)
            terminalreporter.write_line(f"written: {DURATIONS}")

    def _write(self, terminal):
        terminal.section(f"time, the slowest {SHOWN} (seconds, processor seconds)")
        for nodeid in sorted(self.seconds, key=self.seconds.__getitem__, reverse=True)[:SHOWN]:
            terminal.write_line(f"{self.seconds[nodeid]:8.1f} {self.processor[nodeid]:8.1f}  {nodeid}")
        terminal.section("time by folder (seconds, processor seconds, tests)")
        folders = defaultdict(list)
        for nodeid in self.seconds:
            folders[folder_of(nodeid)].append(nodeid)
        folders["in all"] = list(self.seconds)
        for folder in sorted(folders, key=lambda f: -sum(self.seconds[n] for n in folders[f])):
            wall, cpu = (sum(by[n] for n in folders[folder]) for by in (self.seconds, self.processor))
            terminal.write_line(f"{wall:8.1f} {cpu:8.1f} {len(folders[folder]):6}  {folder}")


def folder_of(nodeid):
    return str(Path(nodeid.partition("::")[0]).parent)


def record(seconds):
    """Renews what this run has seen, keeps what it has not, and drops the tests of files that are gone."""
    kept = {nodeid: s for nodeid, s in recorded().items() if (ROOT / nodeid.partition("::")[0]).exists()}
    kept.update(seconds)
    long = {nodeid: round(s, 1) for nodeid, s in sorted(kept.items()) if s > LONG_ENOUGH}
    DURATIONS.write_text(json.dumps(long, indent=1) + "\n")
