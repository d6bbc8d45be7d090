"""The echo state network."""

import math

from diagrams.draw import BLUE, ORANGE, QUIET, Diagram

UNITS = ((268, 120), (330, 96), (384, 140), (250, 190), (316, 168), (376, 212), (286, 246), (340, 262))
HEARD = ((0, 1), (1, 2), (2, 4), (4, 0), (3, 0), (4, 3), (5, 4), (2, 5), (5, 7), (7, 6), (6, 3), (4, 6), (6, 5))


def reservoir() -> Diagram:
    """A fixed reservoir and a trained readout."""
    d = Diagram(
        "reservoir",
        "rnnkit.EchoStateCell",
        "The echo state network",
        """The inputs u lead through V into a cloud of units x that are wired at random through W, each line from
        the step before. From the cloud the readout Ω leads to the output y on the right. A dashed line leads the
        last output back into the cloud through B. V, W, B and the bias b, in orange, are drawn once and stay; Ω and
        ω0, in blue, are trained.""",
        420,
    )
    d.box(70, 180, 84, 60, "$u(k)$", "inputs")
    d.box(570, 180, 84, 60, "$y(k)$", "output, $g$", "layer")
    d.equation(570, 136, "2")
    d.ring(318, 180, 112)
    for start, end in HEARD:
        d.arrow(*_between(UNITS[start], UNITS[end]), kind="fixed", before=True, width=1.5)
    for x, y in UNITS:
        d.circle(x, y, 12, kind="fixed")
    d.text(318, 52, "$x(k)$", 18)
    d.equation(354, 52, "1", anchor="start")
    d.weight(404, 178, "W", kind="fixed")
    d.arrow((112, 180), (206, 180), kind="fixed", width=3)
    d.weight(158, 162, "V", kind="fixed")
    d.text(158, 204, "$+\\, b$", 15, ORANGE)
    d.arrow((430, 180), (528, 180), kind="weights", width=3)
    d.weight(480, 162, r"\Omega")
    d.text(480, 204, r"$+\, \omega_0$", 15, BLUE)
    d.weights += ["b", r"\omega_0"]
    d.arrow((570, 210), (570, 326), (318, 326), (318, 292), kind="fixed", before=True, width=2)
    d.weight(452, 308, "B", kind="fixed")
    d.text(452, 342, "only with feedback", 13, QUIET)
    d.note("Each unit is leaky: it keeps $1 - \\alpha$ of its value and takes $\\alpha f(\\dots)$.", 368)
    d.legend(
        ("fixed", False, "drawn once, fixed"), ("weights", False, "trained"), ("fixed", True, "from the step before")
    )
    return d


def _between(start: tuple[float, float], end: tuple[float, float], radius: float = 13) -> list[tuple[float, float]]:
    """From rim to rim."""
    part = radius / math.dist(start, end)
    dx, dy = part * (end[0] - start[0]), part * (end[1] - start[1])
    return [(start[0] + dx, start[1] + dy), (end[0] - dx, end[1] - dy)]


DIAGRAMS = (reservoir,)
