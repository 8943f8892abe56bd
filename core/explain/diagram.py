"""Tables and their relationships as a drawing of box characters, laid out from parents at the left to children at the right.

A box leaves and is entered on rows of its own: keys stand on even rows and what refers to them on odd ones. So a line that leaves
a box never lies on one that enters another, whatever the tables are, and lines only cross.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, product
from typing import Final

from ..cells import cell_len, cut, filled, split
from ..format import many
from ..plan.plan import Plan
from .relations import Relation, marks, relations

_WIDEST: Final = 32
"""Cells inside a box."""
_NARROW: Final = 20
_NARROWER: Final = (18, 17, 16, 15, 14)
"""Cells inside a box, where the drawing would be wider than its room."""
_LEAST_NAME: Final = 8
_USUAL_NAME: Final = 14
"""Cells of a name that is not cut for what is special of its table."""
_GAP: Final = 2
"""Rows between boxes: an even number."""
_KEY_ROW: Final = 2
_FIRST: Final = 3
"""Row of the first reference; each takes two."""
_SWEEPS: Final = 4
_NORTH, _EAST, _SOUTH, _WEST = 1, 2, 4, 8
_GLYPHS: Final = " ╵╶└╷│┌├╴┘─┴┐┤┬┼"
"""By the directions in which a line goes on."""

Cell = tuple[int, int]
"""Column and row, from 0."""


@dataclass(frozen=True, slots=True)
class Box:
    """A table as it is drawn."""

    name: str
    marks: tuple[str, ...] = ()
    told: str = ""
    """What stands below its name, such as its rows."""
    key: str = ""
    references: tuple[tuple[str, str], ...] = ()
    """(column, what it refers to), each two rows."""

    @property
    def height(self) -> int:
        """Rows, with the borders; even, so that the next box begins on an even row as well."""
        return _FIRST + 2 * len(self.references) + 1

    @property
    def width(self) -> int:
        """Columns, with the borders."""
        head = cell_len(self.name) + (cell_len(", ".join(self.marks)) + 2 if self.marks else 0) + 2
        body = [self.told, f"key {self.key}", *(text for pair in self.references for text in (pair[0], f"  {pair[1]}"))]
        return max(head, *(cell_len(text) + 2 for text in body)) + 2


@dataclass(frozen=True, slots=True)
class Link:
    """A reference of one box (by its number) to the key of another."""

    child: str
    number: int
    parent: str


@dataclass(frozen=True, slots=True)
class Area:
    """Where a box is."""

    x: int
    y: int
    width: int
    height: int

    def holds(self, x: int, y: int) -> bool:
        """Whether a cell is in it."""
        return self.x <= x < self.x + self.width and self.y <= y < self.y + self.height


@dataclass(frozen=True, slots=True)
class Diagram:
    """A drawing: lines of cells, and what is where in it."""

    cells: tuple[tuple[str, ...], ...]
    """Of each line; all are equally long. Behind a letter that takes two cells stands an empty one."""
    areas: Mapping[str, Area]
    paths: Mapping[Link, frozenset[Cell]]
    """The cells of each line; of references within a table, and of those that lead back, there are none: their box names them."""
    layers: tuple[tuple[str, ...], ...]
    """The boxes from left to right, each layer from top to bottom."""

    @property
    def lines(self) -> tuple[str, ...]:
        """The drawing as text."""
        return tuple("".join(line) for line in self.cells)

    @property
    def width(self) -> int:
        """Cells of a line."""
        return len(self.cells[0]) if self.cells else 0

    def at(self, x: int, y: int) -> str | None:
        """The box at a cell."""
        return next((name for name, area in self.areas.items() if area.holds(x, y)), None)

    def beside(self, name: str, across: int, down: int) -> str:
        """The box next to one: above or below in its layer, or the nearest of the layer before or after."""
        layer = next(number for number, names in enumerate(self.layers) if name in names)
        if down:
            names = self.layers[layer]
            return names[min(max(names.index(name) + down, 0), len(names) - 1)]
        there = self.layers[min(max(layer + across, 0), len(self.layers) - 1)]
        linked = {link.parent if across < 0 else link.child for link in self.paths if name in (link.child, link.parent)} - {name}
        return min(there, key=lambda other: (other not in linked, abs(self._middle(other) - self._middle(name)))) if across else name

    def _middle(self, name: str) -> float:
        return self.areas[name].y + self.areas[name].height / 2


def fitting(plan: Plan, width: int, height: int) -> Diagram:
    """The largest drawing that fits into so many cells, else a compact one that is no wider, else one that has to be scrolled."""
    for inner, gap in product(range(_WIDEST, _NARROW, -3), (_GAP, 0)):
        found = of_plan(plan, inner=inner, gap=gap)
        if len(found.cells) <= height and found.width <= width:
            return found
    for inner in (_NARROW, *_NARROWER):
        found = of_plan(plan, compact=True, inner=inner)
        if found.width <= width:
            return found
    return of_plan(plan, compact=True)


def of_plan(plan: Plan, *, compact: bool = False, inner: int = _WIDEST, gap: int = _GAP) -> Diagram:
    """The written tables of a plan, with `inner` cells in the widest box and `gap` lines between boxes.

    A compact drawing has no room between boxes, and cuts what is long.
    """
    found = relations(plan)
    boxes = []
    for table in plan.tables:
        mine = [relation for relation in found if relation.child == table.name]
        told = tuple((relation.column, f"{relation.cardinality} {_of(relation)}") for relation in mine)
        size = f"{table.rows:,} {table.layout}" if compact else f"{many(table.rows, 'row')}, {table.layout}"
        boxes.append(Box(table.name, marks(plan, table), size, ", ".join(table.primary_key), told))
    numbers: dict[str, int] = {}
    links = []
    for relation in found:
        number = numbers[relation.child] = numbers.get(relation.child, -1) + 1
        links.append(Link(relation.child, number, relation.parent))
    return drawn(boxes, links, min(inner, _NARROW) if compact else inner, 0 if compact else gap)


def _of(relation: Relation) -> str:
    return "itself" if relation.parent == relation.child else relation.parent


@dataclass(slots=True)
class _Place:
    """A box in its layer, or the passage of a line through it."""

    box: Box | None
    y: int = 0
    into: list[tuple[_Place, int]] = field(default_factory=list)
    """Where lines that leave it lead to: the place, and the row of the reference in its box."""

    @property
    def height(self) -> int:
        return self.box.height if self.box is not None else 2

    @property
    def key_row(self) -> int:
        """The row on which lines leave it: an even one."""
        return self.y + (_KEY_ROW if self.box is not None else 0)

    def row_of(self, number: int) -> int:
        """The row on which a line enters it: an odd one."""
        return self.y + (_FIRST + 2 * number if self.box is not None else 1)


def drawn(boxes: Sequence[Box], links: Sequence[Link], widest: int = _WIDEST, gap: int = _GAP) -> Diagram:
    """The drawing of some boxes, each with a name of its own, and links between them.

    Boxes have room for at most `widest` cells; `gap` rows (an even number) lie between two of them.
    """
    depth = _depths([box.name for box in boxes], links)
    layers: list[list[_Place]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    homes = {box.name: _Place(box) for box in boxes}
    for box in boxes:
        layers[depth[box.name]].append(homes[box.name])
    forward = [link for link in links if depth[link.parent] < depth[link.child]]
    routes = _routes(forward, depth, layers, homes)
    _order(layers)
    _stack(layers, gap)
    return _draw(layers, homes, routes, widest)


def _depths(names: Sequence[str], links: Sequence[Link]) -> dict[str, int]:
    """The layer of each box: behind all that it refers to. Links that lead back to a box that is looked at do not count."""
    parents: dict[str, list[str]] = {name: [] for name in names}
    for link in links:
        parents[link.child].append(link.parent)
    depth: dict[str, int] = {}

    def visit(name: str, above: frozenset[str]) -> int:
        if name not in depth:
            above |= {name}
            depth[name] = max((visit(parent, above) + 1 for parent in parents[name] if parent not in above), default=0)
        return depth[name]

    for name in names:
        visit(name, frozenset())
    return depth


def _routes(
    links: Sequence[Link], depth: Mapping[str, int], layers: list[list[_Place]], homes: Mapping[str, _Place]
) -> dict[Link, list[_Place]]:
    """The places that each link goes through; links of one parent share their passages."""
    passages: dict[tuple[str, int], _Place] = {}
    routes = {}
    for link in links:
        route = [homes[link.parent]]
        for layer in range(depth[link.parent] + 1, depth[link.child]):
            passage = passages.get((link.parent, layer))
            if passage is None:
                passage = passages[link.parent, layer] = _Place(None)
                layers[layer].append(passage)
            route.append(passage)
        route.append(homes[link.child])
        for here, there in pairwise(route):
            step = (there, link.number if there.box is not None else 0)
            if step not in here.into:
                here.into.append(step)
        routes[link] = route
    return routes


def _order(layers: list[list[_Place]]) -> None:
    """Puts what is linked side by side, so that lines cross seldom."""
    for sweep in range(_SWEEPS):
        places = {id(place): number for layer in layers for number, place in enumerate(layer)}
        before: dict[int, list[int]] = {}
        after: dict[int, list[int]] = {}
        for layer in layers:
            for place in layer:
                for there, _ in place.into:
                    before.setdefault(id(there), []).append(places[id(place)])
                    after.setdefault(id(place), []).append(places[id(there)])
        linked = before if sweep % 2 == 0 else after
        for layer in layers:
            middle = {id(place): _mean(linked.get(id(place)), places[id(place)]) for place in layer}
            layer.sort(key=lambda place: middle[id(place)])


def _mean(numbers: Sequence[int] | None, default: int) -> float:
    return sum(numbers) / len(numbers) if numbers else default


def _stack(layers: list[list[_Place]], gap: int) -> None:
    """Gives each place its first row, an even one: near to what leads to it, below the one before, and no lower than the fullest layer."""
    leads: dict[int, list[int]] = {}
    needed = [sum(_room(place, gap) for place in layer) for layer in layers]
    height = max(needed, default=0)
    for layer, below in zip(layers, needed, strict=True):
        free, last = 0, height - below
        for place in layer:
            wanted = leads.get(id(place))
            middle = int(_mean(wanted, 0)) - place.height // 2 if wanted else 0
            place.y = max(free, min(middle - middle % 2, last))
            free, last = place.y + _room(place, gap), last + _room(place, gap)
            for there, _ in place.into:
                leads.setdefault(id(there), []).append(place.key_row)


def _room(place: _Place, gap: int) -> int:
    """The rows that it takes up, with those that stay free below it."""
    return place.height + (gap if place.box is not None else 0)


def _draw(layers: Sequence[Sequence[_Place]], homes: Mapping[str, _Place], routes: Mapping[Link, Sequence[_Place]], widest: int) -> Diagram:
    pens: dict[Cell, int] = {}
    cells: dict[tuple[int, int, int], set[Cell]] = {}
    areas: dict[str, Area] = {}
    passed: dict[int, set[Cell]] = {}
    left = 0
    for layer in layers:
        width = min(max((place.box.width for place in layer if place.box is not None), default=1), widest + 4)
        for place in layer:
            if place.box is not None:
                areas[place.box.name] = Area(left, place.y, width, place.height)
            else:
                # It comes in on an odd row, and goes on on an even one.
                turn = [(left, place.y + 1), (left, place.y), *((x, place.y) for x in range(left + 1, left + width))]
                passed[id(place)] = _line(pens, turn)
        trunks = [place for place in layer if place.into]
        first, gutter = left + width, len(trunks) + 2 if trunks else 0
        for track, place in enumerate(_tracks(trunks)):
            x = first + 1 + track
            for there, number in place.into:
                row = there.row_of(number)
                step = 1 if row > place.key_row else -1
                path = [(column, place.key_row) for column in range(first, x)]
                path += [(x, y) for y in range(place.key_row, row + step, step)]
                path += [(column, row) for column in range(x + 1, first + gutter)]
                cells[id(place), id(there), number] = _line(pens, path)
        left = first + gutter
    paths: dict[Link, frozenset[Cell]] = {}
    for link, route in routes.items():
        found: set[Cell] = set()
        for here, there in pairwise(route):
            found |= cells[id(here), id(there), link.number if there.box is not None else 0] | passed.get(id(there), set())
        paths[link] = frozenset(found)
    canvas = _Canvas(max((area.x + area.width for area in areas.values()), default=0), pens, areas)
    for name, place in homes.items():
        if place.box is not None:
            canvas.box(areas[name], place.box, {link.number for link in routes if link.child == name}, bool(place.into))
    names = tuple(tuple(place.box.name for place in layer if place.box is not None) for layer in layers)
    return Diagram(canvas.cells, areas, paths, names)


def _tracks(trunks: list[_Place]) -> list[_Place]:
    """The order of vertical lines from left to right in which fewer cross what enters and leaves."""
    rising = sorted(trunks, key=lambda place: place.key_row)
    return min((rising, rising[::-1]), key=_crossings)


def _crossings(trunks: Sequence[_Place]) -> int:
    spans = [
        (min([place.key_row, *rows]), max([place.key_row, *rows]), place.key_row, rows)
        for place in trunks
        for rows in [[there.row_of(number) for there, number in place.into]]
    ]
    count = 0
    for here, (low, high, _, entered) in enumerate(spans):
        count += sum(low <= leaves <= high for _, _, leaves, _ in spans[here + 1 :])
        count += sum(other[0] <= row <= other[1] for other in spans[here + 1 :] for row in entered)
    return count


def _line(pens: dict[Cell, int], path: Sequence[Cell]) -> set[Cell]:
    """Draws a line through neighbouring cells, whose ends go on to the west and to the east."""
    for (x, y), (to_x, to_y) in pairwise(path):
        there, back = (_EAST, _WEST) if to_x > x else (_SOUTH, _NORTH) if to_y > y else (_NORTH, _SOUTH)
        pens[x, y] = pens.get((x, y), 0) | there
        pens[to_x, to_y] = pens.get((to_x, to_y), 0) | back
    pens[path[0]] = pens.get(path[0], 0) | _WEST
    pens[path[-1]] = pens.get(path[-1], 0) | _EAST
    return set(path)


class _Canvas:
    """Cells that are written to."""

    def __init__(self, width: int, pens: Mapping[Cell, int], areas: Mapping[str, Area]) -> None:
        height = max([*(area.y + area.height for area in areas.values()), *(y + 1 for _, y in pens)], default=0)
        self._rows = [[" "] * width for _ in range(height)]
        for (x, y), directions in pens.items():
            self._rows[y][x] = _GLYPHS[directions]

    def box(self, area: Area, box: Box, entered: set[int], leaves: bool) -> None:
        """Draws a box with what stands in it."""
        room = area.width - 4
        mark = cut(", ".join(box.marks), max(room - max(_LEAST_NAME, min(cell_len(box.name), _USUAL_NAME)), 0))
        if mark.endswith("..") and cell_len(box.name) + cell_len(mark) + 2 > room:
            # A piece of it is not worth a piece of the name.
            mark = ""
        mark = f" {mark} " if mark else ""
        name = f" {cut(box.name, room - cell_len(mark))} "
        self._write(area.x, area.y, f"┌{name}{'─' * (area.width - 2 - cell_len(name) - cell_len(mark))}{mark}┐")
        texts = [box.told, f"key {box.key}"]
        for column, told in box.references:
            texts += [column, f"  {told}"]
        for row, text in enumerate(texts, 1):
            number, odd = divmod(row - _FIRST, 2)
            west = "┤" if not odd and number in entered else "│"
            east = "├" if row == _KEY_ROW and leaves else "│"
            self._write(area.x, area.y + row, f"{west} {filled(text, room)} {east}")
        self._write(area.x, area.y + area.height - 1, f"└{'─' * (area.width - 2)}┘")

    def _write(self, x: int, y: int, text: str) -> None:
        shown = split(text)
        self._rows[y][x : x + len(shown)] = shown

    @property
    def cells(self) -> tuple[tuple[str, ...], ...]:
        return tuple(map(tuple, self._rows))
