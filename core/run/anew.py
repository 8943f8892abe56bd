"""The plan of a run that has been, made once more."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from ..errors import InputError, SyntheticDataError
from ..plan.plan import Plan
from ..spec.repository import DatasetConfigurationRepository
from .drawn import other_pools
from .manifest import Noted


def plan_of(noted: Noted, *, root: Path | None = None, repository: DatasetConfigurationRepository | None = None) -> Plan:
    """The plan of a manifest's run, made anew; `root` is where the output lies now.

    Raises InputError where the dataset is not the one that the run was planned with.
    """
    # The check after a run has its plan, and needs none of what makes plans.
    from ..plan.make import make_plan
    from ..spec.resolve import resolve_parameters

    value = noted.value
    run = f"run {noted.run_id} of `{value.dataset_id}`"
    try:
        resolved = resolve_parameters(value.dataset_id, edited=value.parameters, repository=repository)
        first, last = (date.fromisoformat(day) for day in value.window)
        as_of = date.fromisoformat(value.as_of)
        plan = make_plan(resolved, window=(first, last), as_of=as_of, output_dir=root or noted.path.parent.parent)
    except (SyntheticDataError, ValueError) as error:
        raise InputError(f"{run} cannot be planned anew: {error}") from None
    drawn = other_pools(plan, [value.pools])
    if drawn:
        raise InputError(f"{run} cannot be checked: {drawn[0]}; or generate it again")
    if plan.spec_hash != value.spec_hash or plan.algorithm_version != value.algorithm_version:
        raise InputError(f"the dataset has changed since {run} was written (another specification hash): generate it again, then check it")
    return plan
