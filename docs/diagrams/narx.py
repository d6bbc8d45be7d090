"""The NARX network in its two modes."""

from diagrams.draw import BLUE, QUIET, Diagram


def narx() -> Diagram:
    """With the measured outputs, and on its own."""
    d = Diagram(
        "narx",
        "rnnkit.NARXCell",
        "The NARX network in both modes",
        """Twice the same net: a line of present and past inputs and a line of past outputs lead through W into the
        hidden layer h, and h through V into the output y. Above, series-parallel: the line of past outputs is fed
        with the measured outputs y_t, and nothing leads back. Below, parallel: a dashed line leads the net's own
        output back into that line.""",
        524,
    )
    _net(d, 0, "Series-parallel: fed with what was measured; feed-forward", "y_t")
    _net(d, 240, "Parallel: fed with its own outputs; recurrent", "y")
    d.box(60, 180, 84, 36, "$y_t(k)$", size=16)
    d.text(60, 212, "measured", 13, QUIET)
    d.arrow((102, 180), (142, 180), before=True)
    d.arrow((584, 401), (584, 464), (112, 464), (112, 420), (142, 420), before=True)
    d.text(340, 452, "kept for one step", 13, QUIET)
    d.legend(("weights", False, "through weights"), ("plain", True, "from the step before"))
    return d


def _net(d: Diagram, top: float, mode: str, fed: str) -> None:
    d.text(20, top + 24, mode, 14, anchor="start", style="b")
    _line(d, top + 84, {172: "u(k)", 226: "u(k-1)", 272: r"\dots", 324: r"u(k-d_x)"})
    _line(d, top + 180, {184: f"{fed}(k-1)", 246: r"\dots", 312: f"{fed}(k-d_y)"})
    d.arrow((362, top + 84), (378, top + 84))
    d.arrow((362, top + 180), (378, top + 180))
    d.box(388, top + 132, 20, 140, kind="open")
    d.text(382, top + 46, r"$\varphi(k)$", 16)
    d.equation(404, top + 46, "1", anchor="start")
    d.arrow((398, top + 132), (440, top + 132), kind="weights", width=3)
    d.weight(417, top + 114, "W")
    d.text(417, top + 152, "$+\\, b$", 15, BLUE)
    d.box(475, top + 132, 70, 58, "$h(k)$", "$f$", "layer")
    d.equation(475, top + 90, "2")
    d.arrow((510, top + 132), (549, top + 132), kind="weights", width=3)
    d.weight(528, top + 114, "V")
    d.text(528, top + 152, "$+\\, c$", 15, BLUE)
    d.weights += ["b", "c"]
    d.box(584, top + 132, 70, 58, "$y(k)$", "$g$", "layer")
    d.equation(584, top + 90, "3")


def _line(d: Diagram, y: float, names: dict[int, str]) -> None:
    """A line of delayed values, newest first."""
    d.box(252, y, 220, 40)
    for x, name in names.items():
        d.text(x, y, f"${name}$", 15, style="in")


DIAGRAMS = (narx,)
