"""The temporal-order task of 2013 by SGD, with clipping, with clipping and Ω: a section of RESULTS.md.

Run it with `make benchmarks`, or alone, with KERAS_BACKEND=jax for speed. 50 tanh units, weights from N(0, 0.1), batch
20, rate 0.01, gradients clipped to norm 1, λ = 4, and Ω as the paper's program has it. Solved is less than 1 % wrong
of 10,000 fresh sequences, tested every 500 updates. A run that was stopped goes on where it was.
"""

import argparse
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import blocks  # noqa: E402
import keras  # noqa: E402
from report import machine, table, versions, write_section  # noqa: E402
from rich.progress import Progress  # noqa: E402

from rnnkit.course.experiments.temporal_order import (  # noqa: E402
    BLOCK,
    METHODS,
    SOLVED,
    network,
    test_set,
    train_block,
    wrong_share,
)

LENGTHS = (20, 50, 100)
BACKEND = keras.backend.backend()
# Seeds solved by a C program of the same set-up on other random numbers.
REFERENCE = {
    (20, "SGD"): "2 of 3",
    (20, "SGD + clip"): "3 of 3, 1,000-7,000",
    (20, "SGD + clip + Ω"): "3 of 3, 500-1,000",
    (50, "SGD"): "0 of 2",
    (50, "SGD + clip"): "0 of 2",
    (50, "SGD + clip + Ω"): "2 of 2, 4,500, 11,000",
    (100, "SGD + clip + Ω"): "1 of 2, 10,500",
}
EXPECTED = {
    (50, "SGD"): (0, 5_000, "none within 5,000"),
    (50, "SGD + clip"): (0, 5_000, "none within 5,000"),
    (50, "SGD + clip + Ω"): (1, 12_000, "at least 1 of 2 within 12,000"),
}


def one(length: int, method: str, seed: int, updates: int, progress: Progress) -> blocks.State:
    test = test_set(length)

    def tested(model: keras.Model) -> blocks.State:
        wrong = wrong_share(model, test)
        return {"wrong": wrong, "solved": wrong < SOLVED}

    return blocks.run(
        f"order 2013 {BACKEND} {length} {method} {seed}",
        lambda: network(method, seed),
        lambda model, block: train_block(model, length, seed, block),
        tested,
        updates // BLOCK,
        progress,
    )


def line(length: int, method: str, states: list[blocks.State], updates: int) -> list[str]:
    """Seeds solved, after how many updates, the others' errors; the reference; whether what is expected came out."""
    at = [f"{BLOCK * s['blocks']:,}" if s["solved"] else f"({100 * s['wrong']:.0f} % wrong)" for s in states]
    solved = sum(s["solved"] for s in states)
    seconds = sum(s["seconds"] for s in states) / sum(s["blocks"] for s in states) / BLOCK
    verdict = "none"
    if (length, method) in EXPECTED:
        least, within, words = EXPECTED[length, method]
        found = sum(s["solved"] and BLOCK * s["blocks"] <= within for s in states[: 2 if least else None])
        verdict = f"{words}: {'yes' if (found >= least if least else found == 0) else 'NO'}"
    reference = REFERENCE.get((length, method), "not known")
    texts = [f"{solved} of {len(states)}", " ".join(at), verdict, reference, f"{1e3 * seconds:.1f}"]
    return [f"{length}", method, *texts]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--updates", type=int, default=12_000, help="at most, of each run")
    parser.add_argument("--lengths", type=int, nargs="*", default=list(LENGTHS))
    options = parser.parse_args()
    rows = []
    with Progress() as progress:
        for length in options.lengths:
            for method in METHODS:
                states = [one(length, method, seed, options.updates, progress) for seed in range(options.seeds)]
                rows.append(line(length, method, states, options.updates))
                progress.console.print(" | ".join(rows[-1]))
    head = ["T", "method", "solved", "after updates, by seed", "expected", "reference run", "ms an update"]
    made_by = f"`make benchmarks` · {machine()} · {versions('keras', BACKEND, 'numpy')}"
    write_section("temporal-order", "\n\n".join([f"## Temporal order, {BACKEND}", made_by, NOTE, table(head, rows)]))


NOTE = (
    "R. Pascanu, T. Mikolov, Y. Bengio (2013): which of X and Y came first and second, among distractors; an Elman net "
    'of 50 tanh units, weights from N(0, 0.1), batch 20, rate 0.01, clip at norm 1, λ = 4, Ω in its form "code" with '
    "its immediate gradient. Solved is less than 1 % wrong of 10,000 fresh sequences, tested every 500 updates; at "
    "most 12,000 updates. The last column holds the training alone with its tests. The reference run is a C program "
    "of the same set-up with other random numbers; the paper has a picture only."
)

if __name__ == "__main__":
    main()
