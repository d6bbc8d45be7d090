"""One look for all diagrams: boxes, arrows and the equations' names, written as SVG by plain Python.

A picture is 640 wide, on its own light ground, so that it reads the same in a light and a dark theme. Colours are Okabe
and Ito's; none of them says anything that a dash or a label does not say too. Names are written in TeX, as in the
docstrings, and a test looks there for each weight and each equation's number. Text stays text, set in the reader's
fonts, so the file depends on no font and on no version of a plotting package.
"""

import math
import re
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

INK, QUIET, LINE = "#1b1f24", "#57606a", "#57606a"
BLUE, ORANGE, GREEN = "#0072b2", "#b34700", "#00694d"
GROUND, BORDER = "#ffffff", "#d0d7de"
FILLS = {"value": "#eef2f6", "layer": "#dcecf7", "memory": "#ddf0ea", "fixed": "#fbe8da", "open": GROUND}
STROKES = {"value": LINE, "layer": BLUE, "memory": GREEN, "fixed": ORANGE, "open": LINE}
# What a line says. Dashes: what is handed on from the step before. Colours: what stands on the way.
COLOURS = {"plain": LINE, "weights": BLUE, "fixed": ORANGE, "error": ORANGE}

WORDS = "system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, 'DejaVu Sans', sans-serif"
MATHS = "'STIX Two Text', 'Cambria Math', Cambria, 'Times New Roman', 'DejaVu Serif', serif"
WIDTH = 640
SMALLEST = 13

_LETTERS = {
    **{"alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "varepsilon": "ε", "sigma": "σ", "mu": "μ", "rho": "ρ"},
    **{"omega": "ω", "Omega": "Ω", "varphi": "φ", "ell": "ℓ", "dots": "…", "odot": "⊙", "top": "⊤", "partial": "∂"},
    **{"cdot": "·", "langle": "⟨", "rangle": "⟩", "lceil": "⌈", "rceil": "⌉", "ge": "≥", "le": "≤", ",": "\u2009"},
}
_TOKEN = re.compile(r"[_^](?:\{[^}]*\}|\\[a-zA-Z]+|.)|\\mathrm\{[^}]*\}|\\bar [A-Za-z]|\\(?:[a-zA-Z]+|,) ?|.")

Point = tuple[float, float]


class Diagram:
    """A picture and what it claims.

    Args:
        name: of its file, without the ending.
        about: the dotted name of the class or function whose docstring has the equations.
        title: what it is, for a reader who hears it.
        description: what there is to see, in sentences.
        height: in the units in which the width is 640.

    Attributes:
        weights: the weights drawn, in TeX.
        equations: the numbers of the equations drawn.
        sizes: of everything written in it; scripts are smaller by a quarter.
    """

    def __init__(self, name: str, about: str, title: str, description: str, height: float) -> None:
        self.name, self.about, self.title, self.description = name, about, title, " ".join(description.split())
        self.height = height
        self.weights: list[str] = []
        self.equations: list[str] = []
        self.sizes: list[float] = []
        self._lines: list[str] = []
        self._shapes: list[str] = []
        self._texts: list[str] = []

    def text(
        self, x: float, y: float, text: str, size: float = 15, colour: str = INK, anchor: str = "middle",
        style: str = "",
    ) -> None:  # fmt: skip
        """Words with mathematics between dollars, around or beside a point, "in" a box or with a halo; "b" is bold."""
        self.sizes.append(size)
        style = f' class="{style}"' if style else ""
        self._texts.append(
            f'<text x="{_n(x)}" y="{_n(y + 0.34 * size)}" font-size="{_n(size)}" fill="{colour}" '
            f'text-anchor="{anchor}"{style}>{_spans(text, size)}</text>'
        )

    def box(
        self, x: float, y: float, width: float, height: float, text: str = "", below: str = "", kind: str = "value",
        size: float = 18, dashed: bool = False,
    ) -> None:  # fmt: skip
        """A box around a point, with a name in it and, smaller, a second line."""
        self._shape(
            f'<rect x="{_n(x - width / 2)}" y="{_n(y - height / 2)}" width="{_n(width)}" height="{_n(height)}" rx="6"',
            kind,
            dashed,
        )
        if text:
            self.text(x, y - 9 if below else y, text, size, style="in")
        if below:
            self.text(x, y + 13, below, SMALLEST, INK, style="in")

    def circle(
        self,
        x: float,
        y: float,
        radius: float,
        text: str = "",
        kind: str = "value",
        size: float = 17,
        dashed: bool = False,
    ) -> None:
        """A round unit."""
        self._shape(f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}"', kind, dashed)
        if text:
            self.text(x, y, text, size, style="in")

    def ring(self, x: float, y: float, radius: float) -> None:
        """A circle around what is drawn in it, lines too."""
        self._lines.append(
            f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}" fill="none" stroke="{LINE}" stroke-width="1.6"/>'
        )

    def times(self, x: float, y: float) -> None:
        """The product of each element with its like, ⊙."""
        self.circle(x, y, 12, kind="open")
        self._shapes.append(f'<circle cx="{_n(x)}" cy="{_n(y)}" r="3" fill="{INK}"/>')

    def plus(self, x: float, y: float) -> None:
        """A sum."""
        self.circle(x, y, 12, kind="open")
        self._shapes.append(
            f'<path d="M{_n(x - 6)} {_n(y)}H{_n(x + 6)}M{_n(x)} {_n(y - 6)}V{_n(y + 6)}" stroke="{INK}" '
            'stroke-width="2"/>'
        )

    def arrow(
        self, *points: Point, kind: str = "plain", before: bool = False, head: bool = True, width: float = 2
    ) -> None:
        """A line through points, its corners rounded; dashed where it brings what the step before has left."""
        colour, end = COLOURS[kind], points[-1]
        through = list(points)
        if head:
            (x0, y0), (x1, y1) = points[-2:]
            length = math.dist(points[-2], end)
            dx, dy = (x1 - x0) / length, (y1 - y0) / length
            through[-1] = (x1 - 8 * dx, y1 - 8 * dy)
        dash = ' stroke-dasharray="6 4"' if before else ""
        self._lines.append(
            f'<path d="{_path(through)}" fill="none" stroke="{colour}" stroke-width="{_n(width)}"{dash}/>'
        )
        if head:
            corners = [
                end,
                (x1 - 10 * dx - 5 * dy, y1 - 10 * dy + 5 * dx),
                (x1 - 10 * dx + 5 * dy, y1 - 10 * dy - 5 * dx),
            ]
            listed = " ".join(f"{_n(x)},{_n(y)}" for x, y in corners)
            self._lines.append(f'<polygon points="{listed}" fill="{colour}"/>')

    def dot(self, x: float, y: float, kind: str = "plain") -> None:
        """Where a line branches."""
        self._lines.append(f'<circle cx="{_n(x)}" cy="{_n(y)}" r="3.5" fill="{COLOURS[kind]}"/>')

    def weight(
        self, x: float, y: float, *names: str, kind: str = "weights", size: float = 17, anchor: str = "middle"
    ) -> None:
        """The names of weights, in TeX, beside the arrow that they stand on."""
        self.weights += names
        self.text(x, y, ", ".join(f"${name}$" for name in names), size, COLOURS[kind], anchor, "b")

    def equation(self, x: float, y: float, *numbers: str, anchor: str = "middle") -> None:
        """The numbers of equations, beside what they compute."""
        self.equations += numbers
        self.text(x, y, " ".join(f"({number})" for number in numbers), SMALLEST, QUIET, anchor)

    def legend(self, *entries: tuple[str, bool, str]) -> None:
        """A line at the foot that says what the lines mean: for each kind whether it is dashed, and words."""
        x, y = 20.0, self.height - 20
        for kind, before, words in entries:
            self.arrow((x, y), (x + 34, y), kind=kind, before=before)
            self.text(x + 42, y, words, SMALLEST, QUIET, "start")
            x += 42 + 6.9 * len(re.sub(r"\$|\\\\[a-z]+|\\\\,", "", words)) + 24

    def note(self, text: str, y: float) -> None:
        """A sentence across the picture."""
        self.text(20, y, text, SMALLEST, QUIET, "start")

    def svg(self) -> str:
        """The file's text."""
        size = f'width="{WIDTH}" height="{_n(self.height)}" viewBox="0 0 {WIDTH} {_n(self.height)}"'
        ids = f"{self.name}-title {self.name}-desc"
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby={quoteattr(ids)} '
                f"data-about={quoteattr(self.about)}>",
                f'<title id="{self.name}-title">{escape(self.title)}</title>',
                f'<desc id="{self.name}-desc">{escape(self.description)}</desc>',
                "<style>",
                f"text{{font-family:{WORDS};paint-order:stroke;stroke:{GROUND};stroke-width:3px;stroke-linejoin:round}}",
                f".m{{font-family:{MATHS};font-style:italic}}.r{{font-family:{MATHS}}}.in{{stroke:none}}.b{{font-weight:600}}",
                "</style>",
                f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{_n(self.height - 1)}" rx="8" fill="{GROUND}" '
                f'stroke="{BORDER}"/>',
                *self._lines,
                *self._shapes,
                *self._texts,
                "</svg>",
                "",
            ]
        )

    def _shape(self, start: str, kind: str, dashed: bool) -> None:
        dash = ' stroke-dasharray="6 4"' if dashed else ""
        self._shapes.append(f'{start} fill="{FILLS[kind]}" stroke="{STROKES[kind]}" stroke-width="1.6"{dash}/>')


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")


def _path(points: Sequence[Point], radius: float = 8) -> str:
    """Straight lines with round corners."""
    steps = [f"M{_n(points[0][0])} {_n(points[0][1])}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        near, far = (_towards(corner, other, radius) for other in (before, after))
        steps.append(f"L{_n(near[0])} {_n(near[1])}Q{_n(corner[0])} {_n(corner[1])} {_n(far[0])} {_n(far[1])}")
    return "".join([*steps, f"L{_n(points[-1][0])} {_n(points[-1][1])}"])


def _towards(start: Point, end: Point, by: float) -> Point:
    part = min(by / math.dist(start, end), 0.5)
    return start[0] + part * (end[0] - start[0]), start[1] + part * (end[1] - start[1])


def _spans(text: str, size: float) -> str:
    parts = text.split("$")
    return "".join(_maths(part, size) if i % 2 else escape(part) for i, part in enumerate(parts))


def _maths(tex: str, size: float) -> str:
    """TeX's letters, subscripts and superscripts as spans. Two scripts in a row stand above each other."""
    spans, height, wide = [], 0.0, 0.0
    for token in _TOKEN.findall(tex.replace("{}", "")):
        script = token[0] if token[0] in "_^" else ""
        runs = _runs(token[1:].removeprefix("{").removesuffix("}") if script else token)
        shift = {"_": 0.26, "^": -0.42, "": 0.0}[script] * size
        moves = "" if shift == height else f' dy="{_n(shift - height)}"'
        moves += f' dx="{_n(-wide)}"' if script and wide else ""
        scale = f' font-size="{_n(max(0.72 * size, 11))}"' if script else ""
        for style, letters in runs:
            spans.append(f'<tspan class="{style}"{moves}{scale}>{escape(letters)}</tspan>')
            moves = ""
        height = shift
        wide = 0.4 * size * sum(len(letters) for _, letters in runs) if script and not wide else 0.0
    if height:
        spans.append(f'<tspan dy="{_n(-height)}">\u200b</tspan>')
    return "".join(spans)


def _runs(tex: str) -> list[tuple[str, str]]:
    """Letters, italic, and everything else, upright."""
    runs: list[tuple[str, str]] = []
    for token in _TOKEN.findall(tex):
        if token.startswith("\\mathrm"):
            style, letters = "r", token[len("\\mathrm{") : -1]
        elif token.startswith("\\bar"):
            style, letters = "m", token[-1] + "\u0304"
        elif token.startswith("\\"):
            letters = _LETTERS[token[1:].rstrip()]
            style = "m" if letters.isalpha() and letters.islower() and letters != "ℓ" else "r"
        else:
            letters = "−" if token == "-" else token
            style = "m" if letters.isalpha() and letters.isascii() else "r"
        if runs and runs[-1][0] == style:
            runs[-1] = style, runs[-1][1] + letters
        else:
            runs.append((style, letters))
    return runs
