"""Finished rows, kept in build/benchmarks, and the sections of RESULTS.md, each rewritten by its own script."""

import hashlib
import json
import platform
import re
import sys
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
    """A digest of the library and of the script that runs: a row outlives neither."""
    script = Path(getattr(sys.modules["__main__"], "__file__", None) or __file__)
    return hashlib.sha256(library_digest().encode() + script.read_bytes()).hexdigest()


def row(name: str, measure: Callable[[], Any], *, made_by: str, again: bool = False) -> Any:
    """A row measured before on this machine with these versions by this code, or measured now and kept.

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
    result = measure()
    write_beside_then_rename(path, json.dumps({"made_by": made_by, "code": code, "row": result}))
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
