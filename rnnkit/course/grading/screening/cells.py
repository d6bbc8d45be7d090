"""The cells that were handed in, compared with the cells that were released: which of them is which exercise."""

import re
from copy import deepcopy

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

from rnnkit.course.grading.screening.content import PlainCell
from rnnkit.course.grading.screening.files import Refused, quoted
from rnnkit.course.notebooks.derive import KERNELSPEC

# Not ast: it finds no names in a cell with a slip or a magic in it, and hostile text can end the process.
_DEFINED = re.compile(r"^(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)", re.MULTILINE)
_ASSIGNED = re.compile(r"^(\w+(?:[ \t]*,[ \t]*\w+)*)[ \t]*(?::[^=\n]*)?=(?!=)", re.MULTILINE)
_CELL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NEW_CELL = {"code": new_code_cell, "markdown": new_markdown_cell, "raw": new_raw_cell}


class Matching:
    """Finds for each released grade_id the cell that was handed in for it.

    Args:
        cells: what was handed in.
        released: the unit's notebook for students; its grade_ids, points, flags and checks are the truth.
        repairs: what was mended is added to it, in words.
    """

    def __init__(self, cells: list[PlainCell], released: NotebookNode, repairs: list[str]) -> None:
        self.cells = cells
        self.repairs = repairs
        self.released = {c.metadata.nbgrader.grade_id: c for c in released.cells if "nbgrader" in c.metadata}
        self.order = {grade_id: place for place, grade_id in enumerate(self.released)}
        self.free_sources = {c.source for c in released.cells if "nbgrader" not in c.metadata}
        self.names = [names_defined(cell.source) if cell.kind == "code" else frozenset() for cell in cells]
        self.needed = {
            grade_id: names_defined(cell.source) if cell.cell_type == "code" and not is_check(cell) else frozenset()
            for grade_id, cell in self.released.items()
        }
        self.place_of: dict[str, int] = {}

    def find(self) -> dict[int, str]:
        """Position of a cell that was handed in → its grade_id.

        Raises:
            Refused: most of the graded cells are not there, or which cell answers an exercise cannot be told.
        """
        claims = self._claims()
        for grade_id, places in claims.items():
            self.place_of[grade_id] = places[0] if len(places) == 1 else self._one_of(grade_id, places, claims)
        for grade_id in self.released:
            if grade_id not in self.place_of:
                self._match_back(grade_id)
        if 2 * len(self.place_of) < len(self.released):  # units share some ids, "question" for one
            there = f"{len(self.place_of)} of the unit's {len(self.released)} graded cells"
            raise Refused(f"only {there} are in the notebook; it may be another unit's")
        found = {place: grade_id for grade_id, place in self.place_of.items()}
        for place, cell in enumerate(self.cells):
            stated = (cell.claimed or {}).get("grade_id")
            if place not in found and stated is not None and stated not in claims:
                self.repairs.append(f"cell {place}: its id {quoted(stated)} is none of the unit's, so it is not marked")
        return found

    def _claims(self) -> dict[str, list[int]]:
        claims: dict[str, list[int]] = {}
        for place, cell in enumerate(self.cells):
            grade_id = (cell.claimed or {}).get("grade_id")
            if isinstance(grade_id, str) and grade_id in self.released:
                claims.setdefault(grade_id, []).append(place)
        # An answer that carries a check's id would be overwritten by the check: it is looked for by its names instead.
        unanswered = [needed for grade_id, needed in self.needed.items() if needed and grade_id not in claims]
        for grade_id in [g for g in claims if is_check(self.released[g])]:
            edited = [p for p in claims[grade_id] if self.cells[p].source != self.released[grade_id].source]
            answers = [p for p in edited if any(needed <= self.names[p] for needed in unanswered)]
            claims[grade_id] = [place for place in claims[grade_id] if place not in answers]
        return {grade_id: places for grade_id, places in claims.items() if places}

    def _one_of(self, grade_id: str, places: list[int], claims: dict[str, list[int]]) -> int:
        """Which of several copies is meant; the others become cells without a mark."""
        original = self.released[grade_id]
        if is_check(original):
            good = [place for place in places if self.cells[place].source == original.source]
            why = "the unchanged one"
        else:
            right = [place for place in places if self.needed[grade_id] <= self.names[place]] or places
            good = [place for place in right if self.cells[place].source.strip() != original.source.strip()] or right
            why = "the edited one" if len(right) > 1 else f"it defines {_listed(self.needed[grade_id])}"
        if len(good) != 1:
            good, why = good or places, "the one in the exercise's place"
        kept = max(good, key=lambda place: (self._in_order(grade_id, place, claims), -place))
        others = ", ".join(str(place) for place in places if place != kept)
        self.repairs.append(f"{grade_id} was there in cell {others} too: cell {kept} is marked, {why}")
        return kept

    def _in_order(self, grade_id: str, place: int, claims: dict[str, list[int]]) -> int:
        """How many other exercises lie on the side of a place on which they were released."""
        single = [(other, places[0]) for other, places in claims.items() if len(places) == 1]
        return sum((self.order[other] < self.order[grade_id]) == (at < place) for other, at in single)

    def _match_back(self, grade_id: str) -> None:
        original, needed = self.released[grade_id], self.needed[grade_id]
        taken = set(self.place_of.values())
        free = [place for place in range(len(self.cells)) if place not in taken]
        same = [p for p in free if self.cells[p].source == original.source and self.cells[p].kind == original.cell_type]
        answers = [p for p in free if needed and needed <= self.names[p] and p not in same]
        if same and not answers:
            self.place_of[grade_id] = same[0]
            self.repairs.append(f"{grade_id}: its id was missing or edited, restored in cell {same[0]}")
        elif len(answers) == 1:
            self.place_of[grade_id] = answers[0]
            why = f"cell {answers[0]} defines {_listed(needed)}, so it is marked"
            self.repairs.append(f"{grade_id}: its id was missing or edited; {why}")
        elif elsewhere := self._defining(needed):
            # Were the released stub put back here, it could overwrite the answer.
            places = ", ".join(str(place) for place in elsewhere[:5])
            raise Refused(
                f"the cell of {grade_id} is not there under its id, and which cell answers it cannot be told: "
                f"{_listed(needed)} is defined in cell {places}"
            )

    def _defining(self, needed: frozenset[str]) -> list[int]:
        """Places of the student's own cells that define any of the names."""
        checks = {place for grade_id, place in self.place_of.items() if is_check(self.released[grade_id])}
        own = [p for p, cell in enumerate(self.cells) if p not in checks and cell.source not in self.free_sources]
        return [place for place in own if self.names[place] & needed]


def clean_notebook(
    cells: list[PlainCell], found: dict[int, str], released: NotebookNode, repairs: list[str]
) -> NotebookNode:
    """The notebook that is marked: every released graded cell, the student's other cells, and nothing else.

    Args:
        cells: what was handed in.
        found: position of a cell in it → grade_id.
        released: the unit's notebook for students.
        repairs: what was mended is added to it, in words.
    """
    originals = {c.metadata.nbgrader.grade_id: c for c in released.cells if "nbgrader" in c.metadata}
    used = {original.id for original in originals.values()}
    clean: list[tuple[str | None, NotebookNode]] = []
    renewed = False
    for place, cell in enumerate(cells):
        if place in found:
            clean.append((found[place], _restored(cell, originals[found[place]], repairs)))
            continue
        metadata = {"tags": cell.tags} if cell.tags else {}
        fresh = cell.id if cell.id is not None and _CELL_ID.fullmatch(cell.id) and cell.id not in used else None
        renewed |= cell.id is not None and fresh is None
        clean.append((None, _NEW_CELL[cell.kind](cell.source, metadata=metadata, id=fresh or _unused(used, place))))
        used.add(clean[-1][1].id)
    if renewed:
        repairs.append("cell ids that were there twice or not valid renewed")
    _add_missing(clean, originals, repairs)
    described = {"kernelspec": dict(KERNELSPEC), "language_info": {"name": "python"}}
    notebook = new_notebook(cells=[cell for _, cell in clean], metadata=described)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def is_check(cell: NotebookNode) -> bool:
    """Whether a released cell's text is the course's, not the student's."""
    return not cell.metadata.nbgrader.solution


def names_defined(source: str) -> frozenset[str]:
    """The names that a cell defines or assigns at its outermost level, also in a cell with a slip in it.

    Example:
        >>> sorted(names_defined("%matplotlib inline\\ndef f(x):\\n    y = 1\\na, b = f(2\\nf(c == 3)"))
        ['a', 'b', 'f']
    """
    assigned = (name.strip() for names in _ASSIGNED.findall(source) for name in names.split(","))
    return frozenset(_DEFINED.findall(source)) | frozenset(assigned)


def _restored(cell: PlainCell, original: NotebookNode, repairs: list[str]) -> NotebookNode:
    restored, grade_id = deepcopy(original), original.metadata.nbgrader.grade_id
    if is_check(original):
        if cell.source != original.source or cell.kind != original.cell_type:
            repairs.append(f"{grade_id}: the check was edited, restored")
    else:
        restored.source = cell.source
        if cell.kind != original.cell_type:
            repairs.append(f"{grade_id}: was turned into a {cell.kind} cell, turned back")
    truth = original.metadata.nbgrader
    claimed = cell.claimed or {}
    edited = [k for k in ("points", "grade", "solution", "locked", "task") if _differs(claimed.get(k), truth.get(k))]
    if edited and "grade_id" in claimed and claimed["grade_id"] == grade_id:
        repairs.append(f"{grade_id}: {', '.join(edited)} edited, restored")
    return restored


def _differs(claimed: object, truth: object) -> bool:
    # true is 1 for Python, and "no points" and "not a task" may be left out.
    return (claimed or None) != (truth or None) or (claimed is True) != (truth is True)


def _add_missing(
    clean: list[tuple[str | None, NotebookNode]], originals: dict[str, NotebookNode], repairs: list[str]
) -> None:
    """Put each graded cell that is not there after the one that it followed in the release."""
    order = list(originals)
    for place, grade_id in enumerate(order):
        if any(there == grade_id for there, _ in clean):
            continue
        there = [known for known, _ in clean]
        before = order[place - 1] if place else None  # it is there: they are put back in order
        after = next((known for known in there if known is not None), None)
        at = there.index(before) + 1 if before is not None else there.index(after)
        clean.insert(at, (grade_id, deepcopy(originals[grade_id])))
        what = "the check was" if is_check(originals[grade_id]) else "the answer's cell was"
        repairs.append(f"{grade_id}: {what} missing, put back as released")


def _unused(used: set[str], place: int) -> str:
    number, name = 0, f"extra-{place:04d}"
    while name in used:
        number += 1
        name = f"extra-{place:04d}-{number}"
    return name


def _listed(names: frozenset[str]) -> str:
    return ", ".join(sorted(names))
