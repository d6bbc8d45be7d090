"""The neural Turing machine, and the net that looks at an image a few times."""

from diagrams.draw import BLUE, QUIET, Diagram

_STEP = ("plain", True, "from the step before")


def turing_machine() -> Diagram:
    """A controller, heads and a memory."""
    d = Diagram(
        "turing_machine",
        "rnnkit.applications.NTMCell",
        "The neural Turing machine",
        """The controller on the left sees the input x and, dashed, what was read a step before. Its h leads through
        W_h to a read head and a write head, whose weightings w say how much each row of the memory M counts. The
        write head erases and adds in M; the read head takes the weighted sum r of the rows. h and r lead through
        W_y to the output y. Below, the four steps from the old weighting to the new: content, interpolation, shift,
        sharpening.""",
        584,
    )
    _controller(d)
    _heads(d)
    _addressing(d)
    d.legend(("weights", False, "through weights"), _STEP)
    return d


def _controller(d: Diagram) -> None:
    d.box(110, 390, 84, 40, "$x$")
    d.arrow((110, 370), (110, 300))
    d.box(110, 255, 110, 90, "$h$", "controller", "layer")
    d.equation(46, 196, "1", anchor="end")
    d.arrow((55, 238), (22, 238), (22, 272), (55, 272), before=True)
    d.text(36, 286, "$c$", 16)
    d.arrow((110, 210), (110, 142))
    d.box(130, 132, 130, 20, kind="open")
    d.arrow((130, 122), (130, 76), kind="weights", width=3)
    d.weight(158, 100, "W_y")
    d.text(178, 100, r"$+\, b_y$", 15, BLUE, "start")
    d.box(130, 54, 84, 44, "$y$", r"$\sigma$", "layer")
    d.equation(182, 54, "9", anchor="start")


def _heads(d: Diagram) -> None:
    head, memory = 350, 550
    d.arrow((165, 264), (head, 264), head=False, kind="weights", width=3)
    d.weight(256, 246, "W_h")
    d.text(256, 284, r"$+\, b_h$", 15, BLUE)
    d.weights += ["b_y", "b_h"]
    d.dot(head, 264, "weights")
    for y, name in ((184, "read head"), (344, "write head")):
        d.arrow((head, 264), (head, 224 if y < 264 else 304), kind="weights", width=3)
        d.box(head, y, 110, 80, "$w$", name, "layer")
    d.text(head + 12, 244, r"$k, \beta, g, s, \gamma$", 15, anchor="start")
    d.text(head + 12, 286, r"$k, \beta, g, s, \gamma, e, a$", 15, anchor="start")
    d.equation(head + 104, 244, "2", anchor="start")
    d.text(memory, 116, "$M$", 18)
    for row in range(8):
        for column in range(4):
            kind = "layer" if row == 1 else "fixed" if row == 6 else "memory"
            d.box(memory - 45 + 30 * column, 152 + 32 * row, 26, 26, kind=kind)
    d.arrow((memory - 64, 184), (head + 55, 184))
    d.equation(446, 168, "8")
    d.arrow((head + 55, 344), (memory - 64, 344))
    d.equation(446, 328, "7")
    d.text(head, 400, "erases $e$, adds $a$", 13, QUIET)
    d.arrow((head - 55, 168), (180, 168), (180, 142))
    d.text(270, 152, "$r$", 17)
    d.dot(232, 168)
    d.arrow((232, 168), (232, 226), (165, 226), before=True)
    d.text(242, 206, r"${}^{(t-1)}r$", 15, anchor="start")


def _addressing(d: Diagram) -> None:
    """From content to a sharp weighting, once more for each head."""
    y = 500
    d.text(20, 458, "In each head:", 14, anchor="start", style="b")
    steps = (
        (190, "w_c", "content", "3", r"k, \beta, M", 88),
        (318, "w_g", "or as before", "4", r"g, {}^{(t-1)}w", 100),
        (448, "w_s", "shifted", "5", "s", 88),
        (572, "w", "sharpened", "6", r"\gamma", 88),
    )
    for x, name, what, number, told, width in steps:
        d.box(x, y, width, 46, f"${name}$", what)
        d.text(x + 10, 458, f"${told}$", 15, anchor="end")
        d.equation(x + 24, 458, number, anchor="start")
    for start, end in ((234, 268), (368, 404), (492, 528)):
        d.arrow((start, y), (end, y))


def glimpses() -> Diagram:
    """One glimpse of the recurrent attention model."""
    d = Diagram(
        "glimpses",
        "rnnkit.applications.RecurrentAttention",
        "One glimpse of recurrent visual attention",
        """The glimpse ρ is cut out of the image x at the location l: three nested squares around it. ρ through V_ρ
        and W_ρ, and the location through V_l and W_l, add up to g, which goes into the core h. From h lead W_p to
        the answer p, w_b to the baseline b, and V_μ and W_μ to the mean μ of the next location. With noise it
        becomes the next l, from which a dashed line leads to the next step.""",
        446,
    )
    _glimpse(d)
    _answers(d)
    d.note("No gradient goes back from the baseline and the locator into $h_t$. Every product has a bias.", 394)
    d.legend(("weights", False, "through weights"), _STEP)
    return d


def _glimpse(d: Diagram) -> None:
    d.box(80, 92, 120, 120, kind="value")
    for side in (88, 44, 22):
        d.box(90, 84, side, side, kind="layer")
    d.text(28, 142, "$x$", 17, anchor="start", style="in")
    d.arrow((140, 92), (160, 92))
    d.box(204, 92, 88, 50, r"$\rho(x, l_t)$", size=16)
    d.box(204, 190, 88, 40, "$l_t$")
    d.arrow((160, 190), (90, 190), (90, 154))
    for y, first, second in ((92, r"V_\rho", r"W_\rho"), (190, "V_l", "W_l")):
        d.arrow((248, y), (296, y), kind="weights", width=3)
        d.weight(270, y - 18, first)
        d.box(320, y, 48, 40, r"$\lceil\,\rceil$", kind="layer")
        d.arrow((344, y), (400, y), (400, 141 + (12 if y > 141 else -12)), kind="weights", width=3)
        d.weight(374, y - 18 if y < 141 else y + 20, second)
    d.plus(400, 141)
    d.arrow((412, 141), (436, 141))
    d.box(466, 141, 60, 50, "$g_t$", r"$\lceil\,\rceil$", "layer")
    d.equation(466, 104, "1")
    d.arrow((496, 141), (522, 141))
    d.box(570, 141, 96, 56, "$h_t$", "core", "layer")
    d.equation(622, 100, "2", anchor="end")
    d.arrow((552, 113), (552, 76), (588, 76), (588, 113), before=True)
    d.text(570, 60, "$h_{t-1}$", 15)


def _answers(d: Diagram) -> None:
    y = 306
    d.arrow((570, 169), (570, y - 24), kind="weights")
    d.weight(594, 262, "W_p")
    d.box(570, y, 88, 48, "$p_t$", "answer", "layer")
    d.equation(570, 344, "5")
    d.dot(570, 232, "weights")
    d.arrow((570, 232), (456, 232), (456, y - 24), kind="weights")
    d.weight(478, 262, "w_b")
    d.box(456, y, 88, 48, "$b_{t+1}$", "baseline", "layer")
    d.equation(456, 344, "6")
    d.dot(456, 232, "weights")
    d.arrow((456, 232), (350, 232), (350, y - 20), kind="weights")
    d.weight(374, 262, r"V_\mu")
    d.box(350, y, 48, 40, r"$\lceil\,\rceil$", kind="layer")
    d.arrow((326, y), (270, y), kind="weights", width=3)
    d.weight(298, y - 18, r"W_\mu")
    d.box(226, y, 88, 48, r"$\mu_{t+1}$", "mean, tanh", "layer")
    d.equation(226, 344, "3")
    d.arrow((182, y), (156, y))
    d.plus(144, y)
    d.arrow((144, 344), (144, y + 12))
    d.text(144, 356, r"$\sigma\,\varepsilon_{t+1}$", 16)
    d.equation(144, 280, "4")
    d.arrow((132, y), (104, y))
    d.box(62, y, 84, 44, "$l_{t+1}$")
    d.arrow((62, y - 22), (62, 240), (204, 240), (204, 210), before=True)


DIAGRAMS = (turing_machine, glimpses)
