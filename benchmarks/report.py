"""Finished rows, kept in build/benchmarks, and the sections of RESULTS.md, each rewritten by its own script."""

import hashlib
import json
import os
import platform
import re
import sys
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from rnnkit._cores import cores
from rnnkit._digest import library_digest
from rnnkit._files import write_beside_then_rename
from rnnkit.course.paths import build_dir

RESULTS = Path(__file__).with_name("RESULTS.md")
TITLE = "# Benchmarks\n\nMeasured, never typed in: each section names the command that writes it.\n"


def machine() -> str:
    """Processor, cores, memory and graphics card, in words."""
    cpu, memory = platform.processor() or platform.machine(), ""
    if Path("/proc/cpuinfo").exists():
        cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())[1]
        kib = int(re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())[1])
        memory = f", {kib / 2**20:.0f} GiB memory"
    return f"{cpu}, {cores()} cores{memory}{_card()}"


def _card() -> str:
    try:
        import torch
    except ImportError:
        return ""
    return f", {torch.cuda.get_device_name(0)}" if torch.cuda.is_available() else ""


def versions(*packages: str) -> str:
    found = []
    for package in packages:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            found.append(f"{package} not installed")
    return ", ".join(["Python " + platform.python_version(), *found])


def code_digest() -> str:
    """A digest of the library, of the script that runs and of how it measures: a row outlives none of them."""
    script = Path(getattr(sys.modules["__main__"], "__file__", None) or __file__)
    how = [script, *(Path(__file__).with_name(name) for name in ("race.py", "steps.py"))]
    return hashlib.sha256(library_digest().encode() + b"".join(path.read_bytes() for path in how)).hexdigest()


OTHERS = 0.1  # cores that other programs may keep busy while a row is measured


def busy() -> float | None:
    """Seconds that this process's cores have been busy, whoever ran there; None where the system does not tell."""
    if not Path("/proc/stat").exists():
        return None
    mine = {f"cpu{core}" for core in os.sched_getaffinity(0)}
    lines = [line.split() for line in Path("/proc/stat").read_text().splitlines()]
    # Without idle and iowait, which are the fourth and fifth, and guests, which are in the first two already.
    ticks = [int(line[k]) for line in lines if line[0] in mine for k in (1, 2, 3, 6, 7, 8)]
    return sum(ticks) / os.sysconf("SC_CLK_TCK")


def undisturbed(measure: Callable[[], Any]) -> tuple[Any, float | None]:
    """What `measure` returns, and how many cores other programs kept busy meanwhile; None where nobody can tell."""
    before, own, start = busy(), sum(os.times()[:4]), time.perf_counter()
    result = measure()
    after, own, seconds = busy(), sum(os.times()[:4]) - own, time.perf_counter() - start
    return result, None if before is None or after is None else max(0.0, (after - before - own) / seconds)


def row(name: str, measure: Callable[[], Any], *, made_by: str, again: bool = False) -> Any:
    """A row measured before on this machine with these versions by this code, or measured now and kept.

    A row that other programs disturbed is not kept: the script ends, and says so.

    Args:
        name: the row's file name.
        measure: returns what JSON can hold.
        made_by: machine and versions; a row of others is measured anew.
        again: measure in any case.
    """
    path, code = build_dir() / "benchmarks" / f"{name}.json", code_digest()
    if path.exists() and not again:
        kept = json.loads(path.read_text())
        if kept["made_by"] == made_by and kept.get("code") == code:
            print(f"{name}: measured before (--again measures anew)")
            return kept["row"]
    print(f"{name}: measuring")
    result, others = undisturbed(measure)
    if others is not None and others > OTHERS:
        raise SystemExit(
            f"{name}: not kept. Other programs kept {others:.2f} cores busy, where {OTHERS} are allowed. Measure again "
            "when they have ended; rows that were kept stay."
        )
    kept = {"made_by": made_by, "code": code, "others": others, "row": result}
    write_beside_then_rename(path, json.dumps(kept))
    return result


def write_section(name: str, text: str) -> None:
    """Replace one section of RESULTS.md, or add it at the end."""
    before = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else TITLE
    start, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
    section = f"{start}\n{text.strip()}\n{end}\n"
    pattern = re.compile(re.escape(start) + ".*?" + re.escape(end) + "\n", re.DOTALL)
    after = pattern.sub(lambda _: section, before) if pattern.search(before) else f"{before}\n{section}"
    write_beside_then_rename(RESULTS, after)
    print(f"{RESULTS.name}: section {name} written")


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table: first column to the left, the others to the right."""
    lines = [head, [":--"] + ["--:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
