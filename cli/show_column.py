"""What `show` prints of one column."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ..core.charts import bars, framed, lying
from .show import in_a_line, wrapped
from .streams import tell, tell_json, width_of_terminal

if TYPE_CHECKING:
    from ..core.explain.column import ColumnFacts
    from ..core.explain.sample import ColumnSample
    from ..core.spec.enhanced import Template

_WIDTH: Final = 72
_HEIGHT: Final = 6
_MOST: Final = 24


def show_column(
    dataset_id: str | None,
    place: str,
    flags: Mapping[str, Any],
    config: Path | None,
    sets: Sequence[str],
    as_json: bool,
    template: Template | None = None,
) -> None:
    """Prints what a column means, what it is drawn from, a sample of it, and what changes it."""
    from ..core.explain.column import column_facts
    from ..core.explain.sample import Sampler
    from ..core.plan.kept import planned

    plan, _ = planned(dataset_id, flags=flags, sets=sets, config=config, environ=os.environ, template=template)
    facts = column_facts(plan, place)
    sample = Sampler(plan).column(facts.table, facts.column)
    if as_json:
        tell_json({**facts.to_json(), "sample": sample.to_json()})
        return
    width = width_of_terminal()
    for line in [*facts_lines(facts), "", *sample_lines(facts, sample, min(width or _WIDTH, _WIDTH))]:
        tell(*(wrapped(line, "", width, "    ") or [""]) if not line.startswith(" ") else [line])


def facts_lines(facts: ColumnFacts) -> Iterator[str]:
    """What the declaration says."""
    roles = f"  {', '.join(facts.roles)}" if facts.roles else ""
    unit = f" ({in_a_line(facts.unit)})" if facts.unit else ""
    yield f"{facts.table}.{facts.column}  {facts.type}{roles}"
    if facts.about:
        yield f"{in_a_line(facts.about)}{unit}"
    yield f"{facts.kind}: {facts.words}"
    if facts.law:
        yield ""
        yield from (f"{name}: {in_a_line(told)}" for name, told in facts.law)
    for title, names in (
        ("depends on (by this word of the declaration)", facts.depends_on),
        ("and by way of these on", facts.further),
        ("used by", facts.used_by),
    ):
        if names:
            yield f"{title}: {', '.join(names)}"
    if facts.settings:
        yield ""
        yield "settings that change it"
        yield from (f"{name}: {told}" for name, told in facts.settings)


def sample_lines(facts: ColumnFacts, sample: ColumnSample, width: int) -> Iterator[str]:
    """What some of its rows look like, and their shares beside those that are declared."""
    yield f"in a sample of {sample.rows:,} rows"
    told = [("empty", f"{sample.empty:.1%}")] if sample.empty else []
    told += [("different", f"{sample.distinct:,}")]
    told += [("from", sample.least), ("to", sample.most)] if sample.least else []
    told += [("mean", f"{sample.mean:,.6g}")] if sample.mean is not None else []
    told += [("quartiles", " | ".join(sample.quartiles))] if sample.quartiles else []
    yield ", ".join(f"{name} {value}" for name, value in told)
    declared = dict(facts.values)
    if sample.values:
        shown = sample.values[:_MOST]
        figures = [f"{share:.1%}" + (f" (declared {declared[value]:.1%})" if value in declared else "") for value, share in shown]
        labels = [in_a_line(value) or '""' for value, _ in shown]
        yield from (f"  {line}" for line in lying([share for _, share in shown], labels, figures, width - 2))
    elif sample.shape is not None:
        shape = sample.shape
        yield shape.title
        most = max(shape.shares)
        drawn = bars(shape.shares, shape.labels, width - 10, _HEIGHT)
        body, below = (drawn[:-1], [drawn[-1]]) if shape.labels else (drawn, [])
        lines = framed(body, f"{most:.1%}", "0", shape.ends)
        gutter = len(lines[0]) - len(body[0])
        yield from (f"  {line.rstrip()}" for line in [*lines, *(f"{' ' * gutter}{line}" for line in below)])
    elif sample.examples:
        yield f"such as {', '.join(in_a_line(example) for example in sample.examples)}"
