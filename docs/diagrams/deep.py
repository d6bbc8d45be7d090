"""A deep recurrent net, and the connection matrix that says how it is wired."""

from diagrams.draw import BLUE, INK, ORANGE, QUIET, Diagram

# Rows: layers 1 to 3 and the output; columns: input and layers 1 to 3.
CONNECTIONS = ((1, 0, 0, 0), (1, 1, 0, 1), (1, 0, 1, 0), (0, 1, 1, 1))
LEVELS = (392, 308, 224, 140, 56)


def deep() -> Diagram:
    """Graves's skip connections, and one connection downwards."""
    d = Diagram(
        "deep",
        "rnnkit.DeepRNNCell",
        "A deep recurrent network and its connection matrix",
        """On the left the input below, three layers above each other, and the output on top. The input leads to all
        three layers, and all three lead to the output. Layer 3 also leads down to layer 2, dashed, from the step
        before. On the right the matrix C that says so: four rows, layers 1 to 3 and the output, four columns, the
        input and layers 1 to 3, with a 1 for each connection. The 1 of the connection downwards stands right of the
        diagonal steps.""",
        480,
    )
    _network(d)
    _matrix(d)
    d.legend(
        ("weights", False, "within the step, $m < \\ell$"), ("error", True, "from the step before, $m \\ge\\,\\ell$")
    )
    return d


def _network(d: Diagram) -> None:
    x = 170
    for y, name, below in zip(
        LEVELS,
        ("y^0_t", "y^1_t", "y^2_t", "y^3_t", "y_t"),
        ("input", "layer 1", "layer 2", "layer 3", "output"),
        strict=True,
    ):
        d.box(x, y, 96, 46, f"${name}$", below, "value" if below in ("input", "output") else "layer", size=17)
    for low, high in zip(LEVELS, LEVELS[1:], strict=False):
        shift = -20 if (low, high) == (LEVELS[2], LEVELS[3]) else 0
        d.arrow((x + shift, low - 23), (x + shift, high + 23), kind="weights")
    d.arrow((x + 20, LEVELS[3] + 23), (x + 20, LEVELS[2] - 23), kind="error", before=True)
    d.arrow((122, 398), (52, 398), (52, 140), (122, 140), kind="weights")
    d.arrow((122, 386), (84, 386), (84, 224), (122, 224), kind="weights")
    d.arrow((218, 224), (256, 224), (256, 62), (218, 62), kind="weights")
    d.arrow((218, 308), (288, 308), (288, 50), (218, 50), kind="weights")
    d.equation(306, 56, "3", anchor="start")
    d.equation(306, 224, "1", "2", anchor="start")


def _matrix(d: Diagram) -> None:
    left, top, size = 424, 130, 42
    d.weight(left + 2 * size, 50, r"C_{\ell m}", size=20)
    d.text(left + 2 * size, 84, "from the column, to the row", 13, QUIET)
    for m, name in enumerate(("input", "1", "2", "3")):
        d.text(left + (m + 0.5) * size, top - 16, name, 13, QUIET)
    for row, (name, entries) in enumerate(zip(("layer 1", "layer 2", "layer 3", "output"), CONNECTIONS, strict=True)):
        y = top + (row + 0.5) * size
        d.text(left - 10, y, name, 13, QUIET, "end")
        for m, entry in enumerate(entries):
            before = row < 3 and m > row
            kind = "open" if not entry else "fixed" if before else "layer"
            d.box(left + (m + 0.5) * size, y, size - 4, size - 4, kind=kind, dashed=bool(entry and before))
            colour = QUIET if not entry else ORANGE if before else BLUE
            d.text(left + (m + 0.5) * size, y, str(entry), 17, colour, style="in b" if entry else "in")
    steps = [(left, top)]
    for row in range(4):
        steps += [(left + (row + 1) * size, top + row * size), (left + (row + 1) * size, top + (row + 1) * size)]
    d.arrow(*steps, head=False, width=2.5)
    d.text(left + 2 * size, top + 4 * size + 26, "Each row joins its sources.", 13, INK)
    d.text(left + 2 * size, top + 4 * size + 46, "Right of the stairs: the step before.", 13, INK)


DIAGRAMS = (deep,)
