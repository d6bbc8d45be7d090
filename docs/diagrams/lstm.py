"""The LSTM block, with peepholes and without."""

from diagrams.draw import BLUE, QUIET, Diagram

MIDDLE = 320


def lstm_peepholes() -> Diagram:
    """The block whose gates see the cell."""
    d = Diagram(
        "lstm_peepholes",
        "rnnkit.PeepholeLSTMCell",
        "The LSTM block with peepholes",
        """Down the middle runs the cell: the old c, times the forget gate f, plus z times the input gate i, gives
        the new c, which goes through h and times the output gate o to the output y. The block input z and the gates
        i, f and o see the input x through W and the old output y through R. Three peepholes, in orange, let i and f
        see the old cell, through p_i and p_f, and o the new one, through p_o.""",
        520,
    )
    _block(d, peepholes=True)
    d.legend(("weights", False, "weights"), ("fixed", False, "peephole"), ("plain", True, "from the step before"))
    return d


def lstm() -> Diagram:
    """The block whose gates do not see the cell: Keras's."""
    d = Diagram(
        "lstm",
        "rnnkit.PeepholeLSTMCell",
        "The LSTM block without peepholes",
        """Down the middle runs the cell: the old c, times the forget gate f, plus z times the input gate i, gives
        the new c, which goes through h and times the output gate o to the output y. The block input z and the gates
        i, f and o see the input x through W and the old output y through R, and none of them sees the cell.""",
        520,
    )
    _block(d, peepholes=False)
    d.legend(("weights", False, "weights"), ("plain", True, "from the step before"))
    return d


def _block(d: Diagram, peepholes: bool) -> None:
    _cell(d)
    _unit(d, 190, 130, "i", "2", "input gate")
    _unit(d, 190, 250, "z", "1", "block input", r"$g$")
    _unit(d, 450, 130, "f", "3", "forget gate")
    _unit(d, 450, 400, "o", "5", "output gate")
    d.arrow((216, 130), (262, 130), (262, 238))
    d.arrow((216, 250), (250, 250))
    d.arrow((274, 250), (MIDDLE - 12, 250))
    d.times(262, 250)
    d.arrow((424, 130), (MIDDLE + 12, 130))
    d.arrow((424, 400), (MIDDLE + 12, 400))
    if peepholes:
        d.dot(MIDDLE, 66, "fixed")
        d.arrow((MIDDLE, 66), (190, 66), (190, 104), kind="fixed", before=True)
        d.weight(250, 50, "p_i", kind="fixed")
        d.arrow((MIDDLE, 66), (450, 66), (450, 104), kind="fixed", before=True)
        d.weight(390, 50, "p_f", kind="fixed")
        d.arrow((MIDDLE + 30, 308), (450, 308), (450, 374), kind="fixed")
        d.weight(400, 292, "p_o", kind="fixed")


def _cell(d: Diagram) -> None:
    """From the old cell to the output, downwards."""
    d.box(MIDDLE, 34, 64, 36, "$c^{t-1}$", kind="memory", dashed=True)
    d.arrow((MIDDLE, 52), (MIDDLE, 118), before=True, width=3)
    d.times(MIDDLE, 130)
    d.arrow((MIDDLE, 142), (MIDDLE, 238), width=3)
    d.plus(MIDDLE, 250)
    d.arrow((MIDDLE, 262), (MIDDLE, 290), width=3)
    d.box(MIDDLE, 308, 60, 36, "$c^t$", kind="memory")
    d.equation(MIDDLE - 36, 308, "4", anchor="end")
    d.arrow((MIDDLE, 326), (MIDDLE, 340))
    d.box(MIDDLE, 355, 40, 30, "$h$", kind="open", size=16)
    d.arrow((MIDDLE, 370), (MIDDLE, 388))
    d.times(MIDDLE, 400)
    d.arrow((MIDDLE, 412), (MIDDLE, 438))
    d.box(MIDDLE, 456, 60, 36, "$y^t$")
    d.equation(MIDDLE - 36, 456, "6", anchor="end")


def _unit(d: Diagram, x: float, y: float, name: str, number: str, what: str, function: str = r"$\sigma$") -> None:
    """A gate or the block input, with what it sees from outside."""
    side = 1 if x > MIDDLE else -1
    d.box(x, y, 52, 52, f"${name}^t$", function, "layer")
    outside = x + side * 134
    for shift, weight, seen, before in ((-17, f"W_{name}", "x^t", False), (17, f"R_{name}", "y^{t-1}", True)):
        d.arrow((outside - side * 18, y + shift), (x + side * 26, y + shift), kind="weights", before=before)
        d.weight(x + side * 72, y + shift + (-16 if shift < 0 else 16), weight)
        d.text(outside + side * 6, y + shift, f"${seen}$", 16)
    d.weights.append(f"b_{name}")
    d.text(x, y + 40, f"$+\\, b_{name}$", 15, BLUE)
    d.text(x + side * 72, y - 52, what, 13, QUIET)
    d.equation(x + side * 72, y, number)


DIAGRAMS = (lstm, lstm_peepholes)
