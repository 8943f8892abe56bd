"""Columns that say no more than a SQL type, as in `{id: bigint, customer_id: bigint, amount: "decimal(10,2)"}`.

What they hold follows from the type, and for a few names from the name. It is a start that one refines: each is written
as the column of the language that it stands for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from .drawn import BUILT_IN, built_in, locale_name

_TYPE: Final = re.compile(
    r"(?P<name>[a-z][a-z0-9]*(?: precision| with time zone)?)(?: ?\( ?(?P<a>\d+)(?: ?, ?(?P<b>\d+))? ?\))?"
    r"(?P<rest>(?: not null| primary key| unique)*)"
)
_WHOLE: Final = {
    "bigint": "bigint", "int8": "bigint", "long": "bigint", "bigserial": "bigint",
    "integer": "integer", "int": "integer", "int4": "integer", "serial": "integer", "smallint": "integer", "tinyint": "integer",
}  # fmt: skip
_TEXTS: Final = ("varchar", "nvarchar", "char", "nchar", "string", "text")
_DECIMALS: Final = ("decimal", "numeric", "money")
_FLOATS: Final = ("double", "double precision", "float", "real")
_BOOLEANS: Final = ("boolean", "bool", "bit")
_MOMENTS: Final = ("timestamp", "timestamptz", "timestamp with time zone", "datetime", "datetime2")
_UUIDS: Final = ("uuid", "uniqueidentifier")
TYPES: Final = (*_WHOLE, *_TEXTS, *_DECIMALS, *_FLOATS, *_BOOLEANS, "date", *_MOMENTS, *_UUIDS)
"""SQL types that may stand for a column, in any case; a length, `not null`, `unique` and `primary key` may follow."""

_WORD: Final = 15
"""Characters that the longest word and a space need."""
_MAIL: Final = 40
_UUID: Final = 36
_PHONE: Final = 14

_CODE: Final = 10
"""A text of exactly so many characters, or fewer, is a code."""

Raw = dict[str, Any]


def expand(tables: Any, locale: Any = None) -> Any:
    """Tables as they are written, with each bare SQL type replaced by a column of the language; all else is left alone.

    People and places are of the `locale`, where one is given; of the shipped lists, which are of the US, where none is.
    """
    if not isinstance(tables, Mapping):
        return tables
    raw = {name: table for name, table in tables.items() if isinstance(table, Mapping) and isinstance(table.get("columns"), Mapping)}
    found = {name: {c: _read(given) for c, given in table["columns"].items()} for name, table in raw.items()}
    if not any(kind is not None for columns in found.values() for kind in columns.values()):
        return tables
    keys = {str(name): _key(str(name), table, found[name]) for name, table in raw.items()}
    spoken = _locale(locale)
    return {**tables, **{name: _Expanded(str(name), table, found[name], keys, spoken).table for name, table in raw.items()}}


def _locale(given: Any) -> str | None:
    """A locale of the right form; the model tells of others."""
    try:
        return locale_name(given) if isinstance(given, str) else None
    except ValueError:
        return None


def default_rows(tables: Any) -> Any:
    """Tables of which none says what its rows stand on: the last one that refers to another, else the last, holds events."""
    if not isinstance(tables, Mapping) or not all(isinstance(table, Mapping) and "rows" not in table for table in tables.values()):
        return tables
    refers = [name for name, table in tables.items() if any(_refers(c) for c in (table.get("columns") or {}).values())]
    last = refers[-1] if refers else next(reversed(tables), None)
    return {name: {**table, "rows": "events"} if name == last else table for name, table in tables.items()}


def _refers(column: Any) -> bool:
    return isinstance(column, Mapping) and column.get("kind") == "reference"


class _Type:
    def __init__(self, name: str, a: int | None, b: int | None, rest: str) -> None:
        self.name, self.a, self.b, self.rest = name, a, b, rest

    @property
    def family(self) -> str:
        """whole, text, uuid or the type's own name."""
        return "whole" if self.name in _WHOLE else "text" if self.name in _TEXTS else "uuid" if self.name in _UUIDS else self.name


def _read(given: Any) -> _Type | None:
    found = _TYPE.fullmatch(" ".join(given.lower().split())) if isinstance(given, str) and "." not in given else None
    if found is None or found["name"] not in TYPES:
        return None
    a, b = (int(found[part]) if found[part] else None for part in ("a", "b"))
    return _Type(found["name"], a, b, found["rest"])


def is_type(text: str) -> bool:
    """Whether a text alone is a column, by its SQL type."""
    return _read(text) is not None


def _singular(name: str) -> str:
    if name.endswith("ies"):
        return name[:-3] + "y"
    return name[:-2] if name.endswith(("sses", "xes", "ches")) else name.removesuffix("s")


def _key(table: str, raw: Mapping[str, Any], types: Mapping[str, _Type | None]) -> str | None:
    """The column that is the key, None where there is none of one column."""
    given = raw.get("primary_key")
    if given:
        return given[0] if isinstance(given, list) and len(given) == 1 else None
    for name, column in raw["columns"].items():
        if column == "key" or (isinstance(column, Mapping) and column.get("kind") == "key"):
            return str(name)
    able = {name: kind for name, kind in types.items() if kind is not None and kind.family in ("whole", "text", "uuid")}
    named = [name for name, kind in able.items() if "primary key" in kind.rest]
    of = table.removeprefix("dim_").removeprefix("fact_")
    named += [n for n in able if n in ("id", f"{of}_id", f"{_singular(of)}_id", f"{of}_key", f"{_singular(of)}_key")]
    return named[0] if named else None


class _Expanded:
    """One table, with its bare columns written out."""

    def __init__(
        self,
        name: str,
        raw: Mapping[str, Any],
        types: Mapping[str, _Type | None],
        keys: Mapping[str, str | None],
        locale: str | None,
    ) -> None:
        self._name, self._types, self._keys, self._locale = name, types, keys, locale
        self._columns: Raw = {}
        self.table: Raw = dict(raw)
        self._begin = next(
            (n for n, c in raw["columns"].items() if c == "begin" or (isinstance(c, Mapping) and c.get("kind") == "begin")), ""
        )
        self._first = next((n for n, kind in types.items() if self._is_moment(kind) and n not in _BIRTHS), "")
        for column, given in raw["columns"].items():
            kind = types[column]
            # A name that is no text is a mistake, of which the model tells.
            self._columns[column] = given if kind is None else self._column(column, kind) if isinstance(column, str) else _ANY
        self.table["columns"] = self._columns

    @staticmethod
    def _is_moment(kind: _Type | None) -> bool:
        return kind is not None and (kind.name in _MOMENTS or kind.name == "date")

    def _hidden(self, name: str, column: Any) -> str:
        self._columns.setdefault(name, column)
        return name

    def _column(self, name: str, kind: _Type) -> Any:
        if name == self._keys[self._name]:
            return self._own_key(name, kind)
        target = self._target(name, kind)
        if target is not None:
            return {"kind": "reference", "to": target} | ({"required": True} if "not null" in kind.rest else {})
        if kind.family == "whole":
            return {"kind": "number", "distribution": {"type": "uniform", "min": 1, "max": 100}, "as": _WHOLE[kind.name]}
        if kind.family == "uuid":
            return {"kind": "code", "scheme": "uuid"}
        if kind.name in _BOOLEANS:
            return {"kind": "boolean", "rate": 0.5}
        if kind.name in (*_DECIMALS, *_FLOATS):
            return self._amount(name, kind)
        return self._moment(name, kind) if self._is_moment(kind) else self._text(name, kind)

    def _own_key(self, name: str, kind: _Type) -> Any:
        if kind.family == "whole":
            return "key"
        self.table.setdefault("primary_key", [name])
        if kind.family == "uuid":
            return {"kind": "code", "scheme": "uuid"}
        return {"kind": "code", "scheme": "pattern", "pattern": "A" * min(kind.a or 8, 8)}

    def _target(self, name: str, kind: _Type) -> str | None:
        """The table whose key a column is named after."""
        if kind.family not in ("whole", "text", "uuid"):
            return None
        same = [table for table, key in self._keys.items() if key == name and table != self._name]
        stem = name.removesuffix("_id").removesuffix("_key")
        if not same and stem != name:
            same = [t for t, key in self._keys.items() if key and t != self._name and stem in (t, _singular(t.removeprefix("dim_")))]
        return same[0] if len(same) == 1 else None

    def _amount(self, name: str, kind: _Type) -> Any:
        decimal = kind.name in _DECIMALS
        places = min((kind.b if kind.a is not None and kind.b is not None else 0 if kind.a is not None else 2) if decimal else 2, 9)
        room = 10.0 ** min((kind.a or 18) - places, 12) - 1 if decimal else 1e12
        distribution: Raw = {"type": "lognormal", "mean": 100, "stddev": 80, "min": 0, "max": room}
        if room < 500:
            distribution = {"type": "uniform", "min": 0, "max": max(room, 0.9)}
        number = {"kind": "number", "distribution": distribution, "places": places}
        if decimal:
            return number | ({"as": f"decimal({kind.a},{places})"} if kind.a is not None and places else {})
        return {"kind": "sql", "sql": f"CAST({self._hidden(f'_{name}', number)} AS double)"}

    def _moment(self, name: str, kind: _Type) -> Any:
        of = "date" if kind.name == "date" else "timestamp"
        if name in _BIRTHS:
            age = {"type": "normal", "mean": 42, "stddev": 15, "min": 18, "max": 95, "unit": "years"}
            return {"kind": of, "from": self._begin or self._hidden("_begin", "begin"), "minus": age}
        if name == self._first and not self._begin:
            self._begin = name
            return {"kind": "begin", "as": of}
        later = {"type": "uniform", "min": 0, "max": 30, "unit": "days"}
        return {"kind": of, "from": self._begin or self._hidden("_begin", "begin"), "plus": later}

    def _text(self, name: str, kind: _Type) -> Any:
        room = kind.a or 255
        named = self._listed(name, room)
        if named is not None and room >= named[2]:
            pool, field, _ = named
            return f"{self._hidden(f'_{pool}', {'kind': 'pool', 'pool': pool})}.{field}"
        key = self._keys[self._name]
        mine = self._types.get(key) if key else None
        if name in ("email", "email_address") and key and room >= _MAIL + (_UUID if mine and mine.family == "uuid" else 0):
            return {"kind": "text", "template": f"user{{{key}}}@example.com", "case": "lower"}
        if name in _PHONES and room >= _PHONE and self._locale is None:
            return {"kind": "code", "scheme": "us_phone", "unique": False}
        words = min((room + 1) // _WORD, 3)
        if words:
            return {"kind": "text", "words": {"min": 1, "max": words}}
        if room < 3 or (kind.name in ("char", "nchar") and room <= _CODE):
            return {"kind": "code", "scheme": "pattern", "pattern": "A" * room, "unique": False}
        return {"kind": "text", "length": {"min": max(room // 2, 2), "max": room}}

    def _listed(self, name: str, room: int) -> tuple[str, str, int] | None:
        """The list that a name of a text is drawn from: pool, field, and the characters that it needs."""
        if self._locale is None and name in NAMED:
            return NAMED[name]
        what = (LOCAL if self._locale is not None else {}).get(name) or DRAWN.get(name)
        if what is None:
            return None
        pool, field = what
        return built_in(pool, self._locale, room), field, BUILT_IN[pool][1]


_ANY: Final = {"kind": "constant", "value": 0}
_BIRTHS: Final = ("birth_date", "birthdate", "date_of_birth", "dob")
NAMED: Final = {
    "first_name": ("first_names", "name", 11),
    "last_name": ("last_names", "name", 11),
    "city": ("us_places", "city", 22),
    "state": ("us_places", "state", 2),
    "postal_code": ("us_places", "postal_code", 5),
    "zip_code": ("us_places", "postal_code", 5),
    "zip": ("us_places", "postal_code", 5),
}
"""Names of texts that a shipped list is at hand for: pool, field, and the characters that its longest text needs."""
_PHONES: Final = ("phone", "phone_number", "mobile", "mobile_phone", "telephone")
LOCAL: Final[Mapping[str, tuple[str, str]]] = {
    "first_name": ("first_names", "first_name"),
    "last_name": ("last_names", "last_name"),
    "city": ("cities", "city"),
    "state": ("states", "state"),
    "province": ("states", "state"),
    "region": ("states", "state"),
    **dict.fromkeys(("postal_code", "postcode", "zip_code", "zip"), ("postcodes", "postal_code")),
    **dict.fromkeys(_PHONES, ("phones", "phone")),
}
"""Names of texts that are drawn by Faker where a locale is given: built-in pool and field."""
DRAWN: Final[Mapping[str, tuple[str, str]]] = {
    **dict.fromkeys(("full_name", "customer_name", "contact_name", "employee_name", "person_name"), ("people", "name")),
    **dict.fromkeys(("company", "company_name", "employer", "supplier_name", "vendor_name"), ("companies", "company")),
    **dict.fromkeys(("job", "job_title", "occupation", "profession"), ("jobs", "job")),
    **dict.fromkeys(("street", "street_address", "address", "address_line_1", "address_line1", "address1"), ("streets", "street")),
    **dict.fromkeys(("country", "country_name"), ("countries", "country")),
    "iban": ("ibans", "iban"),
    **dict.fromkeys(("bic", "swift", "swift_code"), ("bics", "bic")),
    **dict.fromkeys(("license_plate", "licence_plate", "number_plate", "plate_number"), ("plates", "license_plate")),
    "vin": ("vehicles", "vin"),
    **dict.fromkeys(("color", "colour"), ("colours", "colour")),
    **dict.fromkeys(("isbn", "isbn13"), ("books", "isbn")),
    **dict.fromkeys(("currency", "currency_code"), ("currencies", "code")),
    **dict.fromkeys(("language", "language_name"), ("languages", "language")),
}
"""Names of texts that Faker draws, in any locale."""
