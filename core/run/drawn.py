"""What manifests remember of pools that Faker drew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from re import fullmatch
from typing import Any

from ..plan.drawn_pools import Drawn, other_values
from ..plan.plan import Plan


def other_pools(plan: Plan, runs: Iterable[Mapping[str, Any]]) -> list[str]:
    """A sentence for each pool of a plan that Faker drew otherwise for a run; of the pools of runs, the newest first, the first count."""
    out: dict[str, str] = {}
    for pools in runs:
        for name, now in plan.drawn.items():
            before = _remembered(pools.get(name), now)
            if before is not None and name not in out:
                out[name] = f"the pool `{name}`: {other_values(before, now)}" if before.sha256 != now.sha256 else ""
    return [sentence for sentence in out.values() if sentence]


def _remembered(told: Any, now: Drawn) -> Drawn | None:
    """The pool of the same declaration as a manifest tells of it; None where it tells nothing that can be so."""
    if not isinstance(told, dict) or told.get("declared") != now.declared:
        return None
    digest, version = str(told.get("sha256")), str(told.get("version"))
    if not fullmatch("[0-9a-f]{64}", digest) or not fullmatch(r"[0-9]{1,4}(\.[0-9]{1,4}){0,3}", version):
        return None
    return replace(now, sha256=digest, version=version)
