"""One layer, two, and two with skips, with the same number of weights, that write: a section of RESULTS.md.

The figures are also written to `rnnkit/course/experiments/handwriting_depth.py`, from which unit 15 shows them. Run it
with `make benchmarks`, or alone; a run that was stopped goes on after the last row.
"""

import argparse
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np  # noqa: E402
from report import machine, row, table, versions, write_section  # noqa: E402

from rnnkit.course.experiments import handwriting_comparison as compare  # noqa: E402
from rnnkit.course.experiments.handwriting import ALPHABET, Reader, writing_task  # noqa: E402
from rnnkit.course.paths import build_dir, project_root  # noqa: E402
from rnnkit.datasets import load_pen_digits  # noqa: E402

UPDATES, TEXTS = 1000, 100
MODULE = '''"""How deep a net that writes should be: rows for unit 15, written by benchmarks/handwriting_depth.py."""

UPDATES = {updates}
# Net: its weights, then for each seed nats a point on texts held out, and the share of digits read at bias 0.
ROWS: dict[str, tuple[int, tuple[float, ...], tuple[float, ...]]] = {{
{rows}
}}
'''


def measure(task, reader, name, seed):
    """Weights, nats a point on texts held out, and the share of their digits that are read at bias 0."""
    net = compare.trained(task, build_dir() / "backup-depth", UPDATES, seed, alphabet=ALPHABET, **compare.DEPTHS[name])
    read = compare.legibility(net.model, reader, task.test.texts[:TEXTS], task.train.scale, 0.0)
    return [net.model.count_params(), round(net.nats, 4), round(read, 4)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--again", action="store_true", help="measure what was measured before too")
    arguments = parser.parse_args()
    task = writing_task(load_pen_digits(), 6000, 500)
    reader, made_by = Reader(task.digits), versions("keras", "tensorflow", "numpy")
    found = {name: [] for name in compare.DEPTHS}
    for seed in range(arguments.seeds):
        for name in compare.DEPTHS:
            kept = row(
                f"handwriting_depth-{name.replace(' ', '_')}-{seed}",
                lambda name=name, seed=seed: measure(task, reader, name, seed),
                made_by=made_by,
                again=arguments.again,
            )
            print(name, seed, kept, flush=True)
            found[name].append(kept)
    write(found, made_by)


def write(found, made_by):
    """The module for the unit, and the section."""
    lines = []
    for name, rows in found.items():
        nats, read = (tuple(each[k] for each in rows) for k in (1, 2))
        lines.append(f"    {name!r}: ({rows[0][0]}, {nats}, {read}),".replace("'", '"'))
    module = Path(project_root(), "rnnkit", "course", "experiments", "handwriting_depth.py")
    module.write_text(MODULE.format(updates=UPDATES, rows="\n".join(lines)), encoding="utf-8")
    shown = [
        [
            name,
            f"{rows[0][0]:,}",
            f"{np.mean([each[1] for each in rows]):.3f}",
            " ".join(f"{each[1]:.3f}" for each in rows),
            " ".join(f"{100 * each[2]:.1f}" for each in rows),
        ]
        for name, rows in found.items()
    ]
    head = ["net", "weights", "nats a point", "each start", "read at bias 0 [%]"]
    text = f"""
## Depth of a net that writes

`make benchmarks` · {machine()} · {made_by}

Unit 15's texts of five pen digits, {UPDATES:,} updates; mean log-density of a point of 500 texts held out, and the
share of the digits of {TEXTS} texts that a nearest neighbour reads as what was asked. No figure depends on the
machine's speed.

{table(head, shown)}
"""
    write_section("handwriting-depth", text)


if __name__ == "__main__":
    main()
