"""Valid values made wrong: what hypothesis changes in a config or a dataset."""

from __future__ import annotations

import copy
import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import yaml
from hypothesis import strategies as st
from ingen_fab.synthetic_data.core.errors import SyntheticDataError

Step = str | int | float

ODD: list[Any] = [
    *(None, True, False, 0, 1, -1, 2, 0.5, -0.0, 1e-9, 1e18, 1e308, -1e308, 10**6, 10**30, float("nan"), float("inf"), float("-inf")),
    *("", " ", "null", "key", "begin", "parent", "events", "5%", "10.000", "1,5M", "1e400", "²", "_", "0742", "7 days", "0.25 per orders"),
    *(
        "orders",
        "orders.total_amount",
        "order_id.customer_id",
        "a.b.c.d",
        "..",
        "../x",
        "[/] [bold",
        "\x1b]0;x\x07",
        "\ud83d\ude00",
        "x" * 3_000,
    ),
    *(
        "{a}",
        "{",
        "{customer_id.x}",
        "1/0",
        "SELECT 1",
        "NULL",
        "'",
        "amount + 1",
        "date '9999-12-31' + 1",
        "A9-#",
        "2024-02-29",
        "0000-00-00",
    ),
    *(
        [],
        [[]],
        [1, "a", None],
        {},
        {"a": 1},
        {"": None},
        {"type": "normal", "mean": 1e300, "stddev": 1e300},
        {"kind": "number", "distribution": 3},
    ),
]
"""Values of all types at the edges of what models take, and words that mean something elsewhere."""


def places(value: Any, here: tuple[Step, ...] = ()) -> Iterator[tuple[Step, ...]]:
    """Where something stands inside a value."""
    if here:
        yield here
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, one in inner:
        yield from places(one, (*here, step))


def _at(value: Any, place: tuple[Step, ...]) -> Any:
    for step in place:
        value = value[step]
    return value


@st.composite
def changed(draw: st.DrawFn, value: Any) -> Any:
    """A value with one to three changes: replaced, removed, renamed, added, or put where another stood."""
    out = copy.deepcopy(value)
    for _ in range(draw(st.integers(1, 3))):
        found = sorted(places(out), key=str)
        if not found:
            break
        place = draw(st.sampled_from(found))
        owner, step = _at(out, place[:-1]), place[-1]
        how = draw(st.sampled_from(("replace", "remove", "rename", "add", "move")))
        if how == "replace":
            owner[step] = copy.deepcopy(draw(st.sampled_from(ODD)))
        elif how == "move":
            owner[step] = copy.deepcopy(_at(out, draw(st.sampled_from(found))))
        elif how == "remove" or isinstance(owner, list):
            del owner[step]
        elif how == "rename":
            owner[draw(st.sampled_from((f"{step}s", str(step)[:-1], "x" * 90, "a.b", "", "_hidden")))] = owner.pop(step)
        else:
            name = draw(st.sampled_from((*(str(one[-1]) for one in found[:200]), "a", "kind", "rows", "unit")))
            owner[name] = copy.deepcopy(draw(st.sampled_from(ODD)))
    return out


@st.composite
def texts(draw: st.DrawFn, value: Any) -> str:
    """A changed value as YAML or JSON, now and then with broken characters."""
    changes = draw(changed(value))
    text = json.dumps(changes, default=str) if draw(st.booleans()) else yaml.safe_dump(changes, allow_unicode=True)
    if draw(st.integers(0, 4)) == 0:
        where = draw(st.integers(0, len(text)))
        text = (
            text[:where]
            + draw(st.sampled_from(("\t", "\x00", "{", "]", ":", "&a ", "*a", "!!int ", "%", "\ud800", "---\n", '"')))
            + text[where + 1 :]
        )
    return text


class _TooSlow(BaseException):
    """Not an error that anything catches."""


@contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """Fails where what is inside takes longer than so many seconds."""

    def stop(*_: object) -> None:
        raise _TooSlow(f"took more than {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def check_sentence(error: SyntheticDataError) -> None:
    """Bad input has exit code 2, and each problem one sentence of a bounded length."""
    assert error.exit_code == 2, repr(error)
    assert str(error)
    lines = str(error).splitlines()
    assert len(lines) <= 21
    assert all(0 < len(line) < 900 for line in lines), lines
