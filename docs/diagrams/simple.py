"""The nets of a hidden and an output layer: Elman's, Jordan's, the general one; and unfolding in time."""

from diagrams.draw import BLUE, ORANGE, QUIET, Diagram

WITHIN, BEFORE = ("weights", False, "through weights"), ("plain", True, "from the step before")


def elman() -> Diagram:
    """Elman's net, the hidden layer fed back."""
    d = Diagram(
        "elman",
        "rnnkit.ElmanCell",
        "Elman's network",
        """From left to right: a column of ones, the inputs X and the hidden layer of the step before, joined, go
        through the weights v and σ into the hidden layer F. Ones and F go through the weights ω and σ into the
        output G. A dashed line leads F back to the left, as the hidden layer of the step before.""",
        340,
    )
    _two_layers(d, r"{}^{(t-1)}F", ("2", "3", "4", "5", "6", "7"))
    d.arrow((330, 178), (330, 272), (70, 272), (70, 250), before=True)
    d.text(200, 262, "kept for one step", 13, QUIET)
    d.legend(WITHIN, BEFORE)
    return d


def jordan() -> Diagram:
    """Jordan's net, the output fed back."""
    d = Diagram(
        "jordan",
        "rnnkit.JordanCell",
        "Jordan's network",
        """The same two layers as Elman's, with weights v and ω. Here the output G is fed back: a dashed line leads
        from G through the context S, which is α times the old S plus G, to the left, where it joins ones and
        inputs.""",
        340,
    )
    _two_layers(d, r"{}^{(t-1)}S", ("9", "10", "11", "12", "13", "14"))
    d.arrow((580, 178), (580, 272), (448, 272))
    d.box(360, 272, 176, 38, r"${}^{(t)}S = \alpha\,{}^{(t-1)}S + G$", size=15)
    d.equation(472, 258, "15")
    d.arrow((272, 272), (70, 272), (70, 250), before=True)
    d.text(170, 262, "kept for one step", 13, QUIET)
    d.legend(WITHIN, BEFORE)
    return d


def _two_layers(d: Diagram, fed_back: str, numbers: tuple[str, ...]) -> None:
    """[1 X, what is fed back] → v → F → [1 F] → ω → G, from left to right."""
    for y, name, height in ((60, "$1$", 34), (145, "$X$", 60), (225, f"${fed_back}$", 50)):
        d.box(70, y, 84, height, name, dashed=name.startswith("${}"))
        d.arrow((112, y), (170, y), before=name.startswith("${}"))
    d.box(180, 143, 20, 216, kind="open")
    d.text(180, 22, r"$\bar X$")
    d.equation(200, 22, numbers[0], anchor="start")
    d.arrow((190, 145), (288, 145), kind="weights", width=3)
    d.weight(238, 128, "v")
    d.equation(238, 164, numbers[1])
    d.box(330, 145, 84, 66, "$F$", "hidden, $\\sigma$", "layer")
    d.equation(330, 100, numbers[2])
    d.arrow((372, 145), (410, 145))
    d.box(368, 60, 34, 34, "$1$")
    d.arrow((385, 60), (410, 60))
    d.box(420, 110, 20, 150, kind="open")
    d.text(420, 22, r"$\bar F$")
    d.equation(440, 22, numbers[3], anchor="start")
    d.arrow((430, 145), (538, 145), kind="weights", width=3)
    d.weight(484, 128, r"\omega")
    d.equation(484, 164, numbers[4])
    d.box(580, 145, 84, 66, "$G$", "output, $\\sigma$", "layer")
    d.equation(580, 100, numbers[5])


def output_feedback() -> Diagram:
    """Wu's general net: both layers see all."""
    d = Diagram(
        "output_feedback",
        "rnnkit.OutputFeedbackCell",
        "The network with output feedback",
        """Inputs x, the hidden layer h and the output y of the step before stand on the left. All three lead to the
        hidden layer, through the matrices W_xh, W_hh and W_yh. The output layer on the right sees the new hidden
        layer through W_hy, the inputs through W_xy and its own last value through W_yy. What comes from the step
        before is dashed.""",
        400,
    )
    left, hidden, output = 80, 320, 560
    for y, name, old in ((60, "x(n+1)", False), (180, "h(n)", True), (300, "y(n)", True)):
        d.box(left, y, 96, 50, f"${name}$", dashed=old)
    d.box(hidden, 180, 104, 64, "$h(n+1)$", "hidden, $f$", "layer")
    d.box(output, 180, 104, 64, "$y(n+1)$", "output, $g$", "layer")
    d.equation(hidden + 58, 136, "1")
    d.equation(output + 34, 136, "2")
    d.arrow((128, 78), (268, 158), kind="weights")
    d.weight(214, 96, "W_{xh}")
    d.arrow((128, 180), (268, 180), kind="weights", before=True)
    d.weight(196, 162, "W_{hh}")
    d.arrow((128, 282), (268, 202), kind="weights", before=True)
    d.weight(216, 266, "W_{yh}")
    d.arrow((372, 180), (508, 180), kind="weights")
    d.weight(440, 162, "W_{hy}")
    d.arrow((128, 52), (560, 52), (560, 148), kind="weights")
    d.weight(380, 34, "W_{xy}")
    d.arrow((128, 308), (560, 308), (560, 212), kind="weights", before=True)
    d.weight(380, 326, "W_{yy}")
    d.text(320, 226, "$+\\, b_h$", 15, BLUE)
    d.text(522, 226, "$+\\, b_y$", 15, BLUE)
    d.weights += ["b_h", "b_y"]
    d.note("Elman's net keeps $W_{xh}, W_{hh}, W_{hy}$; Jordan's $W_{xh}, W_{yh}, W_{hy}$.", 354)
    d.legend(WITHIN, ("weights", True, "the same, from the step before"))
    return d


def unfolding() -> Diagram:
    """The net of unit 2 over time, and its error signals."""
    d = Diagram(
        "unfolding",
        "rnnkit.course.experiments.bit_counting.states",
        "A recurrent network unfolded in time",
        """On the left the network as a loop: x goes through v_x into f, and f through v_f into itself. On the right
        the same network once for each step: f 0, f 1, f 2, to f T in a row, each from the one before through the
        same v_f, and from its own input through the same v_x. Below, an error signal goes back from the last state
        to the first, multiplied by v_f at each step.""",
        360,
    )
    d.text(80, 26, "as a loop", 14, QUIET)
    d.circle(80, 130, 30, "$f_t$", "layer")
    d.arrow((60, 107), (60, 64), (100, 64), (100, 107), kind="weights", before=True)
    d.weight(80, 46, "v_f")
    d.box(80, 262, 56, 40, "$x_t$")
    d.arrow((80, 242), (80, 160), kind="weights")
    d.weight(98, 204, "v_x")
    d.arrow((146, 190), (180, 190), width=3)
    d.text(162, 168, "unfold", 14, QUIET)
    d.text(410, 26, "once for each step, with the same two weights", 14, QUIET)
    places = (228, 328, 428, 578)
    for place, name in zip(places, ("0", "1", "2", "T"), strict=True):
        d.circle(place, 130, 30, f"$f_{name}$", "value" if name == "0" else "layer")
    for place, name in zip(places[1:], ("1", "2", "T"), strict=True):
        d.box(place, 262, 56, 40, f"$x_{name}$")
        d.arrow((place, 242), (place, 160), kind="weights")
        d.weight(place + 18, 214, "v_x")
    d.arrow((258, 122), (298, 122), kind="weights")
    d.arrow((358, 122), (398, 122), kind="weights")
    d.arrow((458, 122), (490, 122), kind="weights")
    d.text(503, 128, "…", 18)
    d.arrow((516, 122), (548, 122), kind="weights")
    for x in (278, 378, 474, 532):
        d.weight(x, 100, "v_f")
    for start, end in ((298, 258), (398, 358), (490, 458), (548, 516)):
        d.arrow((start, 140), (end, 140), kind="error", before=True)
    for x in (278, 378, 474, 532):
        d.text(x, 160, "$v_f$", 15, ORANGE)
    d.equation(122, 104, "16", anchor="start")
    d.legend(
        ("weights", False, "forwards"),
        ("weights", True, "from the step before"),
        ("error", True, "the error goes back"),
    )
    return d


DIAGRAMS = (elman, jordan, output_feedback, unfolding)
