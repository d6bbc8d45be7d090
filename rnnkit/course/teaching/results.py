"""A notebook's headline figure, shown to the reader and found again by `rnnkit run`."""

from html import escape

RESULT_MIME = "application/vnd.rnnkit.result+json"


def report_result(figure: str, baseline: str, *, holds: bool) -> None:
    """Show the experiment's headline figure beside the baseline it is compared with.

    Args:
        figure: what was reached, with its unit, for example "XOR bit RMSE 0.12".
        baseline: what it is compared with, for example "0.50 for a guess".
        holds: whether the experiment's claim came out in this run.
    """
    from IPython.display import display

    mark = "holds" if holds else "does not hold in this run"
    display(
        {
            RESULT_MIME: {"figure": figure, "baseline": baseline, "holds": bool(holds)},
            "text/html": f"<p><b>{escape(figure)}</b> against {escape(baseline)}: {mark}.</p>",
            "text/plain": f"{figure} against {baseline}: {mark}.",
        },
        raw=True,
    )
