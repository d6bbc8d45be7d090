"""The restricted Boltzmann machine."""

from diagrams.draw import BLUE, QUIET, Diagram


def rbm() -> Diagram:
    """Two layers, and couplings between them only."""
    d = Diagram(
        "rbm",
        "rnnkit.energy.RBM",
        "The restricted Boltzmann machine",
        """Three hidden units h in a row above, four visible units v in a row below. A line without arrows leads
        from each hidden to each visible unit: the couplings W. No line joins two units of the same row. Each hidden
        unit has a bias of b, each visible unit one of a. At the right, the two directions of sampling: up with W,
        down with W transposed.""",
        376,
    )
    hidden = [(150, 86), (260, 86), (370, 86)]
    visible = [(95, 250), (205, 250), (315, 250), (425, 250)]
    for start in hidden:
        for end in visible:
            d.arrow(start, end, kind="weights", head=False, width=1.8)
    for number, (x, y) in enumerate(hidden, start=1):
        d.circle(x, y, 27, f"$h_{number}$", "layer")
    for number, (x, y) in enumerate(visible, start=1):
        d.circle(x, y, 27, f"$v_{number}$")
    d.weight(60, 168, "W", size=20)
    d.text(60, 192, "couplings", 13, QUIET)
    d.text(260, 30, "hidden units, biases $b$", 15, BLUE)
    d.text(260, 306, "visible units, biases $a$", 15, BLUE)
    d.weights += ["a", "b"]
    d.arrow((474, 250), (474, 86))
    d.arrow((490, 86), (490, 250))
    d.text(500, 112, r"up: $b_j + (Wv)_j$", 14, anchor="start")
    d.equation(500, 134, "2", anchor="start")
    d.text(500, 200, r"down: $a_i + (W^{\top}h)_i$", 14, anchor="start")
    d.equation(500, 222, "3", anchor="start")
    d.note("Lines have no direction: $v$ and $h$ act on each other through one energy, (1).", 346)
    d.equations.append("1")
    return d


DIAGRAMS = (rbm,)
