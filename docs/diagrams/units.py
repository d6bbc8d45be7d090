"""Pictures that one unit alone needs: derivatives forwards, Jacobians, two units, what is read of states, captions."""

from diagrams.draw import BLUE, QUIET, Diagram

BEFORE = ("plain", True, "from the step before")


def derivatives_forwards() -> Diagram:
    """Real-time recurrent learning: states above, their derivatives below."""
    d = Diagram(
        "derivatives_forwards",
        "rnnkit.course.experiments.learning_rules",
        "States and their derivatives, carried forwards together",
        """Two rows, each a step of time. Above, the 1 of the bias, the inputs x(n) and the states v(n) of the step
        before lead through the weights w_ij and f into the new states v(n+1). Below, the derivatives of v(n) by every
        weight lead through the same w_ij; the sources u(n), for a unit's own weights alone, are added, and the slope
        f' multiplies the sum: the derivatives of v(n+1). Both come back at the next step, dashed.""",
        420,
    )
    d.text(20, 28, "the states", 14, anchor="start", style="b")
    for y, name, dashed in ((66, "$1$", False), (112, "$x(n)$", False), (158, "$v(n)$", True)):
        d.box(96, y, 104, 36, name, size=16, dashed=dashed)
        d.arrow((148, y), (190, y), before=dashed)
    d.box(200, 112, 20, 136, kind="open")
    d.text(200, 28, "$u(n)$", 16)
    d.arrow((210, 112), (320, 112), kind="weights", width=3)
    d.weight(265, 94, "w_{ij}")
    d.box(362, 112, 84, 48, "$z(n)$")
    d.arrow((404, 112), (478, 112))
    d.text(440, 96, "$f$", 16)
    d.box(534, 112, 112, 56, "$v(n+1)$", "states", "layer")
    d.equation(534, 70, "1")
    d.text(20, 230, "their derivatives", 14, anchor="start", style="b")
    d.box(96, 284, 124, 60, r"$\partial v(n)/\partial w_{pq}$", size=16, dashed=True)
    d.arrow((158, 284), (350, 284), kind="weights", before=True, width=3)
    d.weight(258, 266, "w_{ij}")
    d.plus(362, 284)
    d.dot(232, 112)
    d.arrow((232, 112), (232, 222), (362, 222), (362, 272))
    d.text(372, 244, r"$\delta_{ip}\, u_q(n)$", 16, anchor="start")
    d.arrow((374, 284), (440, 284))
    d.times(452, 284)
    d.arrow((452, 330), (452, 296))
    d.text(452, 342, "$f'$", 16)
    d.arrow((464, 284), (482, 284))
    d.box(548, 284, 132, 60, r"$\partial v(n+1)/\partial w_{pq}$", kind="layer", size=16)
    d.equation(548, 242, "5")
    d.arrow((534, 140), (534, 194), (30, 194), (30, 158), (44, 158), before=True)
    d.arrow((548, 314), (548, 366), (96, 366), (96, 314), before=True)
    d.text(258, 354, "kept for one step", 13, QUIET)
    d.legend(("weights", False, "through weights"), BEFORE)
    return d


def jacobians() -> Diagram:
    """The way of an error signal back over many steps."""
    d = Diagram(
        "jacobians",
        "rnnkit.course.experiments.long_memory",
        "An error signal on its way back through the Jacobians",
        """The states x(0), x(1), x(2), to x(T) in a row, each from the one before through W and from its own input u
        through V. The loss L stands behind the last. From it an error signal goes back, dashed and in orange, and is
        multiplied by a Jacobian at each step: J(T) first, then those before it, J(2) and J(1) last.""",
        330,
    )
    places = (66, 186, 306, 476)
    for x, name in zip(places, ("0", "1", "2", "T"), strict=True):
        d.circle(x, 110, 32, f"$x({name})$", "value" if name == "0" else "layer", size=16)
    for x, name in zip(places[1:], ("1", "2", "T"), strict=True):
        d.box(x, 238, 64, 40, f"$u({name})$", size=16)
        d.arrow((x, 218), (x, 142), kind="weights")
        d.weight(x + 16, 186, "V")
        d.equation(x, 64, "1")
    for start, end in ((98, 154), (218, 274), (338, 372), (408, 444)):
        d.arrow((start, 100), (end, 100), kind="weights")
        d.arrow((end, 122), (start, 122), kind="error")
        d.weight((start + end) / 2, 82, "W")
    d.text(390, 110, "…", 18)
    for x, name in ((126, "1"), (246, "2"), (426, "T")):
        d.text(x, 144, f"$J({name})$", 15, "#b34700")
    d.arrow((508, 100), (556, 100))
    d.arrow((556, 122), (508, 122), kind="error")
    d.box(590, 110, 68, 50, "$L$", "loss")
    d.note("Each step back is one more factor: from $x(T)$ to $x(1)$ they are $T - 1$ Jacobians.", 282)
    d.legend(("weights", False, "forwards, through weights"), ("error", False, "the error signal, backwards"))
    return d


def two_units() -> Diagram:
    """The smallest net with several attractors."""
    d = Diagram(
        "two_units",
        "rnnkit.course.experiments.attractors.tanh_map",
        "Two units that see each other and themselves",
        """Two units, x 1 on the left and x 2 on the right. Each has an arrow to itself, W_11 and W_22. One arrow leads
        from unit 1 to unit 2 and is called W_21, one from unit 2 to unit 1, called W_12: the first index is where an
        arrow ends. All four are dashed, as they bring the step before. Each unit has a bias b, and there is no
        input.""",
        300,
    )
    for x, number, side in ((210, 1, -1), (430, 2, 1)):
        d.circle(x, 126, 38, f"$x_{number}$", "layer", size=19)
        rim = x + side * 34
        d.arrow((rim, 108), (x + side * 104, 108), (x + side * 104, 144), (rim, 144), kind="weights", before=True)
        d.weight(x + side * 134, 126, f"W_{{{number}{number}}}")
        d.arrow((x, 216), (x, 164), kind="weights")
        d.weight(x, 230, f"b_{number}")
        d.text(x, 64, "tanh", 16)
    d.arrow((246, 110), (394, 110), kind="weights", before=True)
    d.weight(320, 90, "W_{21}")
    d.arrow((394, 142), (246, 142), kind="weights", before=True)
    d.weight(320, 164, "W_{12}")
    d.equation(320, 30, "1")
    d.text(320, 206, "from unit 2 to unit 1", 13, QUIET)
    d.text(320, 64, "from unit 1 to unit 2", 13, QUIET)
    d.legend(("weights", True, "through weights, from the step before"), ("weights", False, "bias"))
    return d


def readouts() -> Diagram:
    """The last state, the mean, each state."""
    d = Diagram(
        "readouts",
        "rnnkit.applications.classification.ReadStates",
        "What a classifier reads of the states",
        """A recurrent net over five steps in a row. Four inputs are known and one, in a dashed box, is padding; under
        each stands its m(k), 1 or 0. Above, three ways to read the states: the last known state h(K), here the fourth;
        the mean of the known states, each with its weight m(k); and each state for itself, which gives a label at
        every step.""",
        450,
    )
    places = (104, 204, 304, 404, 540)
    for number, x in enumerate(places, start=1):
        known = number < 5
        name, size = ("K" if number == 4 else str(number), 15) if known else ("K+1", 13)
        d.box(x, 330, 64, 40, f"$x({name})$", size=size, dashed=not known)
        d.arrow((x, 310), (x, 276), kind="weights" if known else "plain")
        d.box(x, 252, 64, 46, f"$h({name})$", size=size, kind="layer" if known else "open", dashed=not known)
        d.text(x, 366, f"$m = {int(known)}$", 15)
        if known:
            d.arrow((x, 229), (x, 166))
    for start, end in zip(places, places[1:], strict=False):
        d.arrow((start + 32, 252), (end - 32, 252), before=True)
    d.weights.append("m")
    d.text(540, 392, "padding", 13, QUIET)
    d.text(304, 392, "known steps", 13, QUIET)
    d.text(20, 30, "the last", 14, anchor="start", style="b")
    d.text(20, 90, "the mean", 14, anchor="start", style="b")
    d.text(20, 150, "each", 14, anchor="start", style="b")
    for x in places[:4]:
        d.box(x, 150, 44, 30, "$o$", size=16)
        d.dot(x, 198)
        d.arrow((x, 198), (x + 36, 198), (x + 36, 90), head=False)
        d.dot(x + 36, 90)
    d.arrow((140, 90), (470, 90))
    d.box(540, 90, 140, 42, r"$\bar h = \mathrm{mean}\, h(k)$", kind="layer", size=15)
    d.arrow((440, 90), (440, 30), (470, 30))
    d.box(540, 30, 140, 42, r"$\bar h = h(K)$", kind="layer", size=15)
    d.text(540, 150, "a label at each step", 13, QUIET)
    d.legend(("weights", False, "through weights"), BEFORE)
    return d


def captions() -> Diagram:
    """Show and Tell: the image first, then a word a step."""
    d = Diagram(
        "captions",
        "rnnkit.ShowAndTell",
        "Show and Tell: a network that says what it sees",
        """The image I goes through a convolutional network and W_I into x(−1), the first input of a recurrent cell.
        Then come the mark S(0) and the words S(1) and S(2), each through W_e. The cell's states m are handed on from
        step to step, dashed, and from S(0) on lead through V to the probabilities p of the next word: p(1), p(2),
        p(3).""",
        440,
    )
    places = (110, 270, 410, 550)
    d.box(110, 370, 84, 40, "$I$", size=17)
    d.arrow((110, 350), (110, 326))
    d.box(110, 306, 84, 36, r"$\mathrm{CNN}$", kind="fixed", size=15)
    for x, name, word in zip(places[1:], ("0", "1", "2"), ("mark", "word", "word"), strict=True):
        d.box(x, 338, 84, 52, f"$S({name})$", word, size=16)
    for x, name in zip(places, ("-1", "0", "1", "2"), strict=True):
        first = name == "-1"
        d.arrow((x, 288 if first else 312), (x, 244), kind="weights", width=3)
        d.weight(x + 22, 268 if first else 278, "W_I" if first else "W_e")
        d.box(x, 224, 84, 36, f"$x({name})$", size=16)
        d.arrow((x, 206), (x, 174))
        d.box(x, 148, 84, 50, f"$m({name})$", "cell", "layer", size=16)
    d.text(84, 266, r"$+\, b_I$", 15, BLUE, "end")
    d.equation(60, 224, "1", anchor="end")
    d.equation(604, 224, "2", anchor="start")
    d.equation(604, 58, "3", anchor="start")
    for start, end in zip(places, places[1:], strict=False):
        d.arrow((start + 42, 148), (end - 42, 148), before=True)
    for x, name in zip(places[1:], ("1", "2", "3"), strict=True):
        d.arrow((x, 123), (x, 82), kind="weights", width=3)
        d.weight(x - 16, 102, "V")
        d.text(x + 12, 102, "$+\\, c$", 15, BLUE, "start")
        d.box(x, 58, 84, 46, f"$p({name})$", "softmax", "layer", size=16)
    d.weights += ["b_I", "c"]
    d.legend(("weights", False, "through weights"), BEFORE)
    return d


DIAGRAMS = (derivatives_forwards, jacobians, two_units, readouts, captions)
