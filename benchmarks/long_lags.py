"""The long-lag tasks of 1997, trained with Adam: a section of RESULTS.md.

How many sequences each kind of net needs, beside the paper's figure. Run it with `make benchmarks`, or alone, with
KERAS_BACKEND=jax for speed, and choose with `--task`, `--length`, `--net`, `--seeds`. A run that was stopped goes on
where it was. A task is solved when of 2,560 test sequences at most 3 are wrong, which is the most the paper allows
itself, and the mean error is below the paper's 0.01 (adding, squared there; absolute here, which is stricter) or 0.1
(order). "Wrong" is the paper's: |error| of 0.04 or more for the sum, of 0.3 or more for any of the classes' outputs.
"""

import argparse
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import blocks  # noqa: E402
import keras  # noqa: E402
import numpy as np  # noqa: E402
from report import machine, table, versions, write_section  # noqa: E402
from rich.progress import Progress  # noqa: E402

import rnnkit  # noqa: E402
from rnnkit.course.experiments.hochreiter_1997 import ARCHITECTURES  # noqa: E402
from rnnkit.datasets import Sequences, adding_problem, adding_problem_baseline, temporal_order  # noqa: E402

BACKEND = keras.backend.backend()
BATCH, BLOCK, TEST = 20, 100, 2560  # a block of updates has its own seed, so that a run goes on after any block
# Task, length: the paper's number of sequences until success, by an LSTM with online descent.
PUBLISHED = {
    ("adding", 100): 74_000,
    ("adding", 500): 209_000,
    ("adding", 1000): 853_000,
    ("order 6a", 100): 31_390,
    ("order 6b", 100): 571_100,
}
OMEGA = 2.0
RATES = {100: 0.03, 500: 0.01, 1000: 0.01}  # of Adam, for the gated nets
NETS = ("LSTM 1997", "LSTM", "peephole LSTM", "Elman", "Elman + omega")


def rate(task: str, length: int, net: str) -> float:
    """Of Adam. The Elman net and, on the order tasks, the LSTM of 1997 need smaller steps than the others."""
    if "Elman" in net:
        return 0.001
    return 0.01 if net == "LSTM 1997" and task != "adding" else RATES[length]


def data(task: str, length: int, count: int, seed: int) -> Sequences:
    if task == "adding":
        return adding_problem(count, length, seed)
    return temporal_order(count, length, seed, symbols=2 if task == "order 6a" else 3)


def chrono_bias(units: int, length: int, seed: int) -> np.ndarray:
    """An LSTM's biases, in the order i, f, z, o: time constants 1/(1 − f) from 2 to T, and i = 1 − f.

    Source: C. Tallec and Y. Ollivier, Can recurrent neural networks warp time? (2018), the chrono initialization.
    """
    bias = np.zeros((4, units))
    bias[1] = np.log(np.random.default_rng(seed).uniform(1, length - 1, units))
    bias[0] = -bias[1]
    return bias.reshape(-1)


def network(task: str, length: int, net: str, seed: int) -> keras.Model:
    """The compiled model. Padded steps are masked, which no step of a sequence is: its features are not all zero."""
    keras.utils.set_random_seed(seed)
    paper = ARCHITECTURES[{"adding": "4", "order 6a": "6a", "order 6b": "6b"}[task]]
    inputs = keras.Input((None, paper.inputs))
    hidden = keras.layers.Masking()(inputs)
    if net == "LSTM 1997":
        built = paper.build(seed, truncated_gradient=False)
        output = built.layers[2](built.layers[1](hidden))
    elif net in ("LSTM", "peephole LSTM"):
        lstm = keras.layers.LSTM(16, use_cudnn=False) if net == "LSTM" else rnnkit.PeepholeLSTM(16)
        output = keras.layers.Dense(paper.outputs, "sigmoid")(lstm(hidden))
        lstm.cell.bias.assign(chrono_bias(16, length, seed))
    else:
        output = rnnkit.Elman(50, paper.outputs, "tanh")(hidden)
    model = keras.Model(inputs, output)
    model.compile(keras.optimizers.Adam(rate(task, length, net), global_clipnorm=1.0), "mse")
    if net == "Elman + omega":
        rnnkit.GradientNormRegularizer(OMEGA, form="code").attach(model)
    return model


def tested(model: keras.Model, task: str, test: Sequences) -> dict[str, float]:
    error = np.abs(model.predict(test.x, batch_size=512, verbose=0) - test.y)
    wrong = int(np.sum(error.max(axis=1) >= (0.04 if task == "adding" else 0.3)))
    return {"wrong": wrong, "error": float(error.mean())}


def solved(task: str, result: dict[str, float]) -> bool:
    return result["wrong"] <= 3 and result["error"] < (0.01 if task == "adding" else 0.1)


def name_of(task: str, length: int, net: str, seed: int) -> str:
    return f"{task} {BACKEND} {length} {net} {seed} {rate(task, length, net):g} {BATCH}"


def run(task: str, length: int, net: str, seed: int, most: int, progress: Progress) -> blocks.State:
    """Train until the task is solved or `most` sequences were seen."""
    test = data(task, length, TEST, seed=10**6)

    def train(model: keras.Model, block: int) -> None:
        part = data(task, length, BLOCK * BATCH, seed=1000 * seed + block)
        model.fit(part.x, part.y, batch_size=BATCH, shuffle=False, verbose=0)

    def judge(model: keras.Model) -> blocks.State:
        result = tested(model, task, test)
        return {**result, "solved": solved(task, result)}

    return blocks.run(
        name_of(task, length, net, seed),
        lambda: network(task, length, net, seed),
        train,
        judge,
        most // (BLOCK * BATCH),
        progress,
    )


def line(task: str, length: int, net: str, states: list[blocks.State]) -> list[str]:
    published = PUBLISHED[task, length]
    counts = [f"{BLOCK * BATCH * s['blocks']:,}" for s in states]
    at = [count if s["solved"] else f"not within {count}" for s, count in zip(states, counts, strict=True)]
    expected = f"solved (LSTM of 1997: {published:,})" if "Elman" not in net else "none known"
    wrong = " ".join(str(s["wrong"]) for s in states)
    error = " ".join(f"{s['error']:.4f}" for s in states)
    minutes = " ".join(f"{s['seconds'] / 60:.1f}" for s in states)
    return [task, str(length), net, " ".join(at) or "not yet run", expected, wrong, error, minutes]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--task", choices=sorted({task for task, _ in PUBLISHED}), action="append")
    parser.add_argument("--length", type=int, choices=(100, 500, 1000), action="append")
    parser.add_argument("--net", choices=NETS, action="append")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--most", type=int, default=100_000, help="sequences at most")
    options = parser.parse_args()
    every, rows = range(options.seeds), []
    with Progress() as progress:
        for task, length in PUBLISHED:
            for net in NETS:
                chosen = (options.task, task), (options.length, length), (options.net, net)
                if all(not only or value in only for only, value in chosen):
                    for seed in every:
                        run(task, length, net, seed, options.most, progress)
                names = [name_of(task, length, net, seed) for seed in every]
                states = [blocks.finished(name, options.most // (BLOCK * BATCH)) for name in names]
                rows.append(line(task, length, net, [state for state in states if state]))
                progress.console.print(" | ".join(rows[-1]))
    head = ["task", "T", "net", "sequences until solved", "expected", "wrong (≤ 3)", "mean error", "minutes"]
    made_by = f"`make benchmarks` · {machine()} · {versions('keras', BACKEND, 'numpy')}"
    constant = adding_problem_baseline(100)
    note = NOTE.format(
        **{
            "rate": RATES[100],
            "later": RATES[500],
            "classic": rate("order 6a", 100, "LSTM 1997"),
            "elman": rate("adding", 100, "Elman"),
            "batch": BATCH,
            "block": BLOCK * BATCH,
            "omega": OMEGA,
            "test": TEST,
        },
        **{"mse": constant["mse"], "wrong": 1 - constant["share"]},
    )
    write_section("long-lags", "\n\n".join([f"## Long time lags, {BACKEND}", made_by, note, table(head, rows)]))


NOTE = (
    "S. Hochreiter and J. Schmidhuber (1997), tasks 4 and 6; sequences are up to a tenth longer than T. All nets are "
    "trained alike, by the full gradient of the squared error, clipped at norm 1, with Adam (rate {rate:g}, from T = "
    "500 on {later:g}; {classic:g} for the LSTM of 1997 on the order tasks, {elman:g} for the Elman net; batch "
    "{batch}) on sequences that are new each time. The LSTM of 1997 has its paper's weights, "
    "gate biases among them. The LSTM and the peephole LSTM have 16 units and start with the chrono initialization "
    "of C. Tallec and Y. Ollivier (2018): forget biases log u with u uniform in [1, T − 1], input biases −log u. So "
    "a unit starts as a mean over 2 to T steps. The Elman net has 50 units, without Ω and with it (λ = {omega:g}, "
    'form "code"). Solved: of {test:,} test sequences at most 3 wrong, the most that the paper has, and the mean '
    "error below 0.01 (adding; there squared, here absolute) or 0.1 (order), tested every {block:,} sequences. "
    "Wrong: |error| of at least 0.04, or of 0.3 in any class. The answer 0.5 to all sums at T = 100 has a mean "
    "squared error of {mse:.4f} and is wrong on {wrong:.0%}. What follows the sequences, wrong, error and minutes is "
    "one number for each seed."
)

if __name__ == "__main__":
    main()
