"""Relationships as they are drawn: boxes apart, every reference a line from its key, and lines that only cross."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st
from ingen_fab.synthetic_data.core.cells import cell_len
from ingen_fab.synthetic_data.core.explain.diagram import Area, Box, Diagram, Link, drawn, of_plan
from ingen_fab.synthetic_data.core.explain.relations import relations
from ingen_fab.synthetic_data.core.plan.make import make_plan
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

GOLDEN = """
┌ customers  changes ┐   ┌ orders ── driving ┐
│ 10 rows, entities  │   │ 20 rows, events   │
│ key customer_id    ├─┐ │ key order_id      ├─┐  ┌ items ────────────┐
└────────────────────┘ ├─┤ customer_id       │ │  │ 50 rows, children │
                       │ │   n : 1 customers │ │  │ key item_id       │
                       │ │ first_id          │ └──┤ order_id          │
                       │ │   n : 0..1 itself │    │   n : 1 orders    │
                       │ └───────────────────┘  ┌─┤ customer_id       │
                       │                        │ │   n : 1 customers │
                       │                        │ └───────────────────┘
                       │ ┌──────────────────────┘
                       └─┘
"""


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[Box], list[Link]]:
    """Some tables and references between them, to themselves and in circles too."""
    names = [f"t{number}" for number in range(draw(st.integers(1, 8)))]
    boxes, links = [], []
    for name in names:
        parents = draw(st.lists(st.sampled_from(names), max_size=4))
        references = tuple((f"c{number}", f"n : 1 {parent}") for number, parent in enumerate(parents))
        boxes.append(Box(name, ("driving",) if name == "t0" else (), "1 row, events", "id", references))
        links += [Link(name, number, parent) for number, parent in enumerate(parents)]
    return boxes, links


def apart(areas: Mapping[str, Area]) -> bool:
    """Whether no two boxes have a cell in common."""
    cells = [(x, y) for area in areas.values() for x in range(area.x, area.x + area.width) for y in range(area.y, area.y + area.height)]
    return len(cells) == len(set(cells))


def reached(found: Diagram, link: Link) -> bool:
    """Whether a link's line leads from the key of its parent to its own row of its child."""
    parent, child, path = found.areas[link.parent], found.areas[link.child], set(found.paths[link])
    end = (child.x - 1, child.y + 3 + 2 * link.number)
    pending = [(parent.x + parent.width, parent.y + 2)]
    while pending:
        here = pending.pop()
        if here == end:
            return found.lines[end[1]][end[0] + 1] == "┤" and found.lines[parent.y + 2][parent.x + parent.width - 1] == "├"
        if here in path:
            path.remove(here)
            pending += [(here[0] + dx, here[1] + dy) for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1))]
    return False


@given(worlds(), st.sampled_from([(32, 2), (8, 0)]))
def test_every_reference_is_drawn_and_nothing_overlaps(world: tuple[list[Box], list[Link]], room: tuple[int, int]) -> None:
    """A reference to the table itself, or one that closes a circle, is named in its box; all others are lines of their own."""
    boxes, links = world
    found = drawn(boxes, links, *room)
    assert len({len(line) for line in found.lines}) == 1
    assert set(found.areas) == {name for layer in found.layers for name in layer} == {box.name for box in boxes}
    assert apart(found.areas)
    layer = {name: number for number, names in enumerate(found.layers) for name in names}
    assert set(found.paths) == {link for link in links if layer[link.parent] < layer[link.child]}
    owners: dict[tuple[int, int], set[str]] = {}
    for link, path in found.paths.items():
        assert reached(found, link)
        for cell in path:
            assert found.at(*cell) is None
            owners.setdefault(cell, set()).add(link.parent)
    assert all(found.lines[y][x] == "┼" for (x, y), parents in owners.items() if len(parents) > 1)


def test_a_small_world_is_drawn_like_this() -> None:
    """The driving table, what changes, keys and cardinalities; and the same without room."""
    boxes = [
        Box("customers", ("changes",), "10 rows, entities", "customer_id"),
        Box("orders", ("driving",), "20 rows, events", "order_id", (("customer_id", "n : 1 customers"), ("first_id", "n : 0..1 itself"))),
        Box("items", (), "50 rows, children", "item_id", (("order_id", "n : 1 orders"), ("customer_id", "n : 1 customers"))),
    ]
    links = [Link("orders", 0, "customers"), Link("orders", 1, "orders"), Link("items", 0, "orders"), Link("items", 1, "customers")]
    found = drawn(boxes, links)
    assert "\n".join(line.rstrip() for line in found.lines) == GOLDEN.strip("\n")
    assert [found.beside("customers", 1, 0), found.beside("items", -1, 0), found.beside("orders", 0, 1)] == ["orders", "orders", "orders"]
    assert found.at(found.areas["items"].x, found.areas["items"].y) == "items"


def test_a_plan_is_drawn_with_its_cardinalities() -> None:
    """A line that may lead nowhere, a history, the driving table; the compact form fits a small terminal."""
    plan = make_plan(resolve_parameters("retail_oltp_small"))
    found = {f"{one.child}.{one.column}": one for one in relations(plan)}
    assert found["orders.store_id"].cardinality == "n : 0..1"
    assert found["order_items.order_id"].sentence == "many rows of order_items to one row of orders"
    compact = of_plan(plan, compact=True)
    assert (len(compact.lines[0]) <= 76, len(compact.lines) <= 20) == (True, True)
    assert all(any(part in line for line in compact.lines) for part in ("orders ───── driving", "n : 0..1 stores", "changes"))
    star = of_plan(make_plan(resolve_parameters("retail_star_small")))
    assert any("dim_customer  history" in line for line in star.lines)


def test_wide_letters_leave_no_gaps() -> None:
    """A letter of two cells takes two, a mark over a letter none: every line is as long, and every border in its place."""
    boxes = [Box("顧客", ("履歴",), "3 rows", "キー"), Box("cafe\u0301", (), "3 rows, events", "id", (("顧客id", "n : 1 顧客"),))]
    found = drawn(boxes, [Link("cafe\u0301", 0, "顧客")], widest=12)
    assert {cell_len(line) for line in found.lines} == {found.width}
    for area in found.areas.values():
        assert {found.cells[y][area.x + area.width - 1] for y in range(area.y, area.y + area.height)} <= set("┐│├┘")
