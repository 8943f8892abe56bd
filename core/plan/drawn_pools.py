"""Pools that Faker draws: from what a dataset declares to a file of the content store.

A pool is drawn once for a declaration, a seed, a dataset and a version of Faker. The store remembers which content that
was, so a plan that is made again neither draws nor imports Faker.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from hashlib import sha256
from io import StringIO
from pathlib import Path
from re import fullmatch
from typing import TYPE_CHECKING, Any, Final

from ..cache import Store
from ..errors import InputError
from ..format import many
from ..frozen import dataclass
from ..program.content import KNOWN

if TYPE_CHECKING:
    from ..spec.dataset import Dataset
    from ..spec.drawn import DrawnPool

_RULES: Final = 1
"""Rises when the same Faker would be asked for other values."""
_TYPE: Final = r"varchar|boolean|bigint|decimal\(18,([1-9]|1[0-8])\)"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A pool as it was drawn."""

    faker: Mapping[str, str]
    """Field -> provider."""
    locale: str
    rows: int
    sha256: str
    """Of the list: a CSV text."""
    version: str
    """Of Faker."""
    declared: str
    """SHA-256 of all that decides the values but Faker itself; two lists of one declaration differ by Faker alone."""
    notes: tuple[str, ...] = ()
    """Sentences about it that the user should see."""

    def __str__(self) -> str:
        providers = ", ".join(dict.fromkeys(self.faker.values()))
        return f"{many(self.rows, 'row')} of {providers}, {self.locale}, drawn by Faker {self.version}"

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, without the notes."""
        value = asdict(self) | {"faker": dict(self.faker)}
        del value["notes"]
        return value


@dataclass(frozen=True, slots=True)
class DrawnList:
    """A drawn pool and its file."""

    drawn: Drawn
    path: Path
    fields: Mapping[str, str]
    """SQL type of each field."""


class DrawnPools:
    """The pools of one dataset at one seed, each drawn when it is first asked for."""

    def __init__(self, dataset: Dataset, seed: int) -> None:
        self._dataset, self._seed = dataset, seed
        self._found: dict[str, DrawnList] = {}

    def names(self) -> tuple[str, ...]:
        """Pools that the dataset declares."""
        return tuple(self._dataset.pools)

    def find(self, name: str) -> DrawnList | None:
        """A pool by its name; None where it is not a drawn one. Raises ValueError with one sentence."""
        if name not in self._found:
            # A plan that was kept needs none of what declares pools.
            from ..spec.drawn import TooLongError, found_built_in

            own = self._dataset.pools.get(name)
            pool = own or found_built_in(name)
            if pool is None:
                return None
            try:
                self._found[name] = self._drawn(name, pool)
            except ValueError as error:
                told = str(error)
                if isinstance(error, TooLongError):
                    told += f"; write {f'`longest: {error.needed}`' if own else f'varchar({error.needed})'}"
                # Nobody wrote the name of one that is built in.
                raise ValueError(f"the pool `{name}`: {told}" if own else told) from None
        return self._found[name]

    def drawn(self) -> dict[str, Drawn]:
        """All that were asked for."""
        return {name: found.drawn for name, found in self._found.items()}

    def notes(self) -> tuple[str, ...]:
        """Sentences about them."""
        return tuple(note for found in self._found.values() for note in found.drawn.notes)

    def _drawn(self, name: str, pool: DrawnPool) -> DrawnList:
        # Loaded where a pool is drawn: most plans have none.
        from ..spec.drawn import DEFAULT_LOCALE

        locale = pool.locale or self._dataset.locale or DEFAULT_LOCALE
        # Fewer rows are the first of many, so their number decides no value.
        asked = pool.model_dump(mode="json", exclude={"rows", "sha256", "version", "locale"})
        world = self._dataset.pool_world(name)
        seed = _digest([_RULES, self._seed, world, name, locale, asked])
        declared = _digest([seed, pool.rows])
        found, faker = _brought(declared) or _kept(declared, pool, locale, int(seed[:16], 16))
        calls = {field: call.provider for field, call in pool.faker.items()}
        if pool.fields:
            (whole,) = calls.values()
            calls = {field: f"{whole}.{piece}" for field, piece in pool.fields.items()}
        drawn = Drawn(calls, locale, pool.rows, found.path.name, faker, declared)
        notes = tuple(f"the pool `{name}`: {note}" for note in (*found.notes, *_changed(pool, drawn)))
        return DrawnList(replace(drawn, notes=notes), found.path, found.fields)


def restore(dataset: Dataset, seed: int, drawn: Mapping[str, Drawn]) -> None:
    """Draws anew what was deleted from the cache since a plan was made; raises InputError where that gives other values."""
    gone = [name for name, before in drawn.items() if Store().find(before.sha256) is None]
    pools = DrawnPools(dataset, seed)
    for name in gone:
        try:
            found = pools.find(name)
        except ValueError as error:
            raise InputError(str(error)) from None
        if found is None or found.drawn.sha256 != drawn[name].sha256:
            raise InputError(f"the pool `{name}` was deleted from the cache, and Faker draws other values now: plan again")
        KNOWN.lies(found.drawn.sha256, found.path)


@dataclass(frozen=True, slots=True)
class _Listed:
    path: Path
    """Named by its content."""
    fields: dict[str, str]
    notes: tuple[str, ...]


BROUGHT: Final = "drawn.json"
"""Beside the datasets of a compiled notebook: by `Drawn.declared` what was drawn when it was compiled, since Faker is missing there."""


def _brought(declared: str) -> tuple[_Listed, str] | None:
    """A list that this notebook brings, and the version that drew it; None where this is none, or brings another."""
    from ..spec.repository import CONFIGS

    file = CONFIGS / BROUGHT
    found = json.loads(file.read_text(encoding="utf-8")).get(declared) if file.exists() else None
    if found is None:
        return None
    path = Store().put(found["text"].encode())
    return _Listed(path, found["fields"], tuple(found["notes"])), found["version"]


def brought(drawn: Drawn, listed: Path, fields: Mapping[str, str]) -> dict[str, Any]:
    """What a notebook brings of a list, as plain JSON values."""
    return {
        "version": drawn.version,
        "fields": dict(fields),
        "notes": [],
        "text": listed.read_bytes().decode(),
    }


def _kept(declared: str, pool: DrawnPool, locale: str, seed: int) -> tuple[_Listed, str]:
    """A list of the store, which is drawn where it is not there, and the version of Faker; raises ValueError where there is none."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        faker = version("faker")
    except PackageNotFoundError:
        raise ValueError(_missing()) from None
    store, key = Store(), _digest([declared, faker])
    found = _remembered(store, store.noted(key))
    if found is None:
        found = _draw(store, pool, locale, seed)
        store.note(key, {"sha256": found.path.name, "fields": found.fields, "notes": found.notes})
    return found, faker


def _missing() -> str:
    from ..spec.repository import CONFIGS

    if (CONFIGS / BROUGHT).exists():
        return "this notebook brings what was drawn for the seed and the rows that it was compiled with; compile one for others"
    return "Faker, which draws it, is not installed; install it: pip install faker"


def _digest(value: Any) -> str:
    return sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _draw(store: Store, pool: DrawnPool, locale: str, seed: int) -> _Listed:
    try:
        from .faker_rows import draw
    except ImportError:
        raise ValueError(_missing()) from None
    import csv

    rows = draw(pool, locale, seed)
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(rows.columns)
    writer.writerows(zip(*rows.columns.values(), strict=True))
    return _Listed(store.put(text.getvalue().encode()), dict(rows.types), rows.notes)


def _remembered(store: Store, note: Mapping[str, Any]) -> _Listed | None:
    """What a note of the store says, where it can be so and its content is there."""
    digest, fields, notes = (note.get(name) for name in ("sha256", "fields", "notes"))
    if not isinstance(digest, str) or not isinstance(fields, dict) or not isinstance(notes, list):
        return None
    if not all(isinstance(kind, str) and fullmatch(_TYPE, kind) for kind in fields.values()):
        return None
    path = store.find(digest) if fullmatch("[0-9a-f]{64}", digest) else None
    return None if path is None else _Listed(path, fields, tuple(map(str, notes)))


def _changed(pool: DrawnPool, drawn: Drawn) -> tuple[str, ...]:
    """A note where a list is not the one that its declaration knows."""
    if pool.sha256 in (None, drawn.sha256):
        return ()
    before = replace(drawn, sha256=str(pool.sha256), version=pool.version or "")
    return (other_values(before, drawn),)


def other_values(before: Drawn, now: Drawn) -> str:
    """That two lists of one declaration differ, and what to do."""
    if before.version in ("", now.version):
        return f"Faker {now.version} draws other values ({now.sha256[:12]}..) than the declared ones ({before.sha256[:12]}..)"
    return (
        f"Faker {now.version} draws other values than Faker {before.version}, which drew those before; for them: "
        f"pip install faker=={before.version}"
    )
