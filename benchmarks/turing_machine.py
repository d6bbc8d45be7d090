"""How often a machine with a tape learns to copy, and how far that goes: a section of RESULTS.md.

The figures are also written to `rnnkit/course/experiments/turing_machine_rows.py`, from which unit 14 shows them. Run
it with `make benchmarks`, or alone; a run that was stopped goes on after the last row.
"""

import argparse
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from report import machine, row, table, versions, write_section  # noqa: E402

from rnnkit.course.experiments import turing_machine as lab  # noqa: E402
from rnnkit.course.paths import project_root  # noqa: E402

KIND = "content and shift"
UPDATES = {10: 2000, 20: 1500}  # by the longest sequence of the training
SEEDS = (1, 2, 3)
MODULE = '''"""Starts of a machine that learns to copy: rows for unit 14, written by benchmarks/turing_machine.py."""

# Longest sequence and updates of a training; for each start after how many it was solved, or None, and the
# percentages of wrong bits at 1.5, 2 and 10 times the longest.
ROWS: dict[tuple[int, int], tuple[tuple[int | None, float, float, float], ...]] = {{
{rows}
}}
'''


def measure(longest, seed):
    """After how many updates it was solved, and the percentages of wrong bits at three lengths."""
    ((_, model, losses),) = lab.trained_from(KIND, UPDATES[longest], (seed,), longest)
    tested = lab.lengthened(model)
    shares = [lab.wrong_bits(tested, longest * times // 2, 128 if times < 20 else 16) for times in (3, 4, 20)]
    return [lab.solved_at(losses), *(round(100 * share, 3) for share in shares)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--again", action="store_true", help="measure what was measured before too")
    arguments = parser.parse_args()
    made_by = versions("keras", "tensorflow", "numpy")
    found = {longest: [] for longest in UPDATES}
    for longest in UPDATES:
        for seed in SEEDS:
            kept = row(
                f"turing_machine-{longest}-{seed}",
                lambda longest=longest, seed=seed: measure(longest, seed),
                made_by=made_by,
                again=arguments.again,
            )
            print(longest, seed, kept, flush=True)
            found[longest].append(kept)
    write(found, made_by)


def write(found, made_by):
    """The module for the unit, and the section."""
    lines = [
        f"    ({longest}, {UPDATES[longest]}): ({', '.join(str(tuple(each)) for each in rows)}),"
        for longest, rows in found.items()
    ]
    module = Path(project_root(), "rnnkit", "course", "experiments", "turing_machine_rows.py")
    module.write_text(MODULE.format(rows="\n".join(lines)), encoding="utf-8")
    shown = [
        [
            f"1 to {longest}",
            f"{UPDATES[longest]:,}",
            str(seed),
            str(each[0] or "not"),
            *(f"{share:g}" for share in each[1:]),
        ]
        for longest, rows in found.items()
        for seed, each in zip(SEEDS, rows, strict=True)
    ]
    head = ["lengths", "updates", "start", "solved after", "wrong at 1.5 x [%]", "at 2 x [%]", "at 10 x [%]"]
    text = f"""
## A machine with a tape that learns to copy

`make benchmarks` · {machine()} · {made_by}

Unit 14's machine with content look-up and shift; solved: a mean loss below {lab.SOLVED} bit a bit over {lab.LATELY}
updates. Tested on a tape of 256 rows. No figure depends on the machine's speed.

{table(head, shown)}
"""
    write_section("turing-machine", text)


if __name__ == "__main__":
    main()
