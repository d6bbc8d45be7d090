"""Times measured side by side: all contenders in turn, round after round, in one process."""

import statistics
import time
from collections.abc import Callable

Times = dict[str, list[float]]

ROUNDS = 15
SECONDS_A_TURN = 0.25


def race(contenders: dict[str, Callable[[], None]], rounds: int = ROUNDS) -> Times:
    """Seconds a call of each contender, one median a round.

    Args:
        contenders: functions that return when their work is done. The first calls, which compile, are not counted.
        rounds: turns of each contender. A turn takes a quarter of a second, or one call where that takes longer.
    """
    calls = {}
    for name, call in contenders.items():
        for _ in range(3):
            start = time.perf_counter()
            call()
            calls[name] = max(1, round(SECONDS_A_TURN / (time.perf_counter() - start)))
    times: Times = {name: [] for name in contenders}
    for done in range(rounds):
        for name, call in contenders.items():
            times[name].append(statistics.median(_seconds(call) for _ in range(calls[name])))
        print(f"\r  round {done + 1} of {rounds}", end="", flush=True)
    print("\r" + " " * 30, end="\r")
    return times


def _seconds(call: Callable[[], None]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def ratio(times: Times, name: str, base: str) -> tuple[float, float, float]:
    """Median and quartiles, over the rounds, of a contender's time over the base's in the same round."""
    ratios = [a / b for a, b in zip(times[name], times[base], strict=True)]
    low, _, high = statistics.quantiles(ratios, n=4)
    return statistics.median(ratios), low, high


def milliseconds(times: Times, name: str) -> float:
    return 1e3 * statistics.median(times[name])
