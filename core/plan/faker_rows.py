"""Rows that Faker draws: one seeded instance a pool, only providers that are safe and give the same on every day and machine.

The one module that imports Faker; it is imported when such a pool is planned, and not known to the store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from inspect import isroutine, signature
from typing import Any, Final

from faker import Factory, Generator
from faker.config import AVAILABLE_LOCALES
from faker.providers import BaseProvider

from ..errors import brief, hint
from ..format import printable
from ..frozen import dataclass
from ..spec.drawn import Call, DrawnPool, TooLongError

_ROOMS: Final = (
    "address", "automotive", "bank", "barcode", "color", "company", "credit_card", "currency", "doi", "emoji", "geo", "internet", "isbn",
    "job", "lorem", "misc", "passport", "person", "phone_number", "profile", "sbn", "ssn",
)  # fmt: skip
"""Faker's modules that are loaded; those of files, Python objects and the clock are not."""
_SOME: Final = {
    "faker.providers": ("bothify", "hexify", "language_code", "lexify", "numerify", "random_int"),
    "faker.providers.misc": ("boolean", "md5", "password", "sha1", "sha256", "uuid4"),
}
"""Modules of which a few providers may be used: the others take classes or elements, or make files."""
_BY_CLOCK: Final[dict[str, tuple[str, ...]]] = {
    "businesses_ogrn": (), "individuals_ogrn": (), "passport_dates": (), "passport_dob": (), "passport_full": (),
    "ssn": ("et_EE", "fi_FI", "lv_LV", "no_NO", "sv_SE", "zh_CN"), "profile": ("et_EE", "fi_FI", "lv_LV", "no_NO", "sv_SE", "zh_CN"),
}  # fmt: skip
"""Providers that ask the clock themselves, and the locales in which they do (none: all)."""
_UNSORTED: Final = {"it_IT": ("city", "cities")}
"""A provider and its list, which Faker takes from a set: in another order in each process."""
_CHARACTERS: Final = 8_000_000
"""That are drawn for a pool, kept or not: a bound on its time too."""
_FIRST: Final = 1_000
"""Rows by which a pool that draws far more is known before all of it is drawn."""
_DIGITS: Final = 18
_LIKE_STATE: Final = ("administrative_unit", "region", "province", "prefecture", "county", "department")
"""What other countries call a state."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Drawn rows."""

    columns: Mapping[str, list[str]]
    """Field -> a text a row."""
    types: Mapping[str, str]
    """Field -> SQL type: varchar, boolean, bigint or decimal(18,p)."""
    notes: tuple[str, ...]


class _Days(BaseProvider):
    """Days that other providers ask for, such as births: counted back from a fixed day, so that values do not follow the clock."""

    _TODAY: Final = date(2025, 1, 1)

    def date_of_birth(self, tzinfo: Any = None, minimum_age: int = 0, maximum_age: int = 115) -> date:
        """As Faker's."""
        return self._TODAY - timedelta(days=self.random_int(minimum_age * 366, maximum_age * 365))

    def date_object(self, end_datetime: Any = None) -> date:
        """As Faker's: since 1970."""
        return date(1970, 1, 1) + timedelta(days=self.random_int(0, 20_000))

    def date_time(self, tzinfo: Any = None, end_datetime: Any = None) -> datetime:
        """As Faker's: since 1970."""
        return datetime.combine(self.date_object(), datetime.min.time()) + timedelta(seconds=self.random_int(0, 86_399))

    def date(self, pattern: str = "%Y-%m-%d", end_datetime: Any = None) -> str:
        """As Faker's: since 1970."""
        return self.date_object().strftime(pattern)

    def year(self) -> str:
        """As Faker's: since 1970."""
        return f"{self.date_object():%Y}"


def draw(pool: DrawnPool, locale: str, seed: int) -> Rows:
    """The rows of a pool; the first of many are the few. Raises ValueError with one sentence."""
    if locale not in AVAILABLE_LOCALES:
        raise ValueError(f"Faker has no locale `{brief(locale)}`{hint(locale, sorted(AVAILABLE_LOCALES))}")
    generator = Factory.create(locale, [f"faker.providers.{room}" for room in _ROOMS])
    able = _providers(generator)
    generator.add_provider(_Days)
    calls, notes = [], []
    for call in pool.faker.values():
        name = _found(call.provider, able, locale)
        _check_arguments(name, call, able[name])
        calls.append((name, able[name], call.arguments))
        theirs = getattr(getattr(able[name], "__self__", None), "__lang__", None)
        if theirs not in (None, locale) and name not in _SOME["faker.providers"]:
            notes.append(f"Faker has no `{name}` of its own for {locale}; those of {theirs} are taken")
    provider, attribute = _UNSORTED.get(locale, ("", ""))
    if provider in able:
        home = getattr(able[provider], "__self__", None)
        setattr(home, attribute, sorted(getattr(home, attribute)))
    generator.seed_instance(seed)
    columns, types = _columns(pool, locale, lambda: [_called(*call, locale) for call in calls])
    return Rows(columns, types, tuple(dict.fromkeys(notes)))


def _providers(generator: Generator) -> dict[str, Callable[..., Any]]:
    """Providers that may be used, by name; of two of one name the one that Faker calls."""
    out: dict[str, Callable[..., Any]] = {}
    for provider in reversed(generator.get_providers()):
        for name in dir(type(provider)):
            if name.startswith("_") or not isroutine(getattr(type(provider), name)):
                continue
            home = next(kind.__module__ for kind in reversed(type(provider).__mro__) if name in vars(kind))
            if name in _SOME.get(home, (name,)) and home.startswith("faker.providers"):
                out[name] = getattr(provider, name)
    return out


def _found(name: str, able: Mapping[str, Any], locale: str) -> str:
    """The name of a provider in a locale; raises ValueError."""
    if name == "state" and name not in able:
        name = next((other for other in _LIKE_STATE if other in able), name)
    if name in _BY_CLOCK and locale in (_BY_CLOCK[name] or (locale,)):
        raise ValueError(f"`{name}` of Faker counts from today in {locale}, so its values would change from day to day")
    if name not in able:
        raise ValueError(f"Faker has no provider `{brief(name)}` for {locale} that a pool may use{hint(name, sorted(able))}")
    return name


def _check_arguments(name: str, call: Call, provider: Callable[..., Any]) -> None:
    known = list(signature(provider).parameters)
    for argument in call.arguments:
        if argument not in known:
            raise ValueError(f"`{name}` of Faker takes no argument `{argument}`{hint(argument, known)}")


def _called(name: str, provider: Callable[..., Any], arguments: Mapping[str, Any], locale: str) -> Any:
    try:
        return provider(**arguments)
    except Exception as error:  # whatever a provider raises
        why = str(error).partition(" with locale")[0] or type(error).__name__
        raise ValueError(f"Faker cannot draw `{name}` for {locale}: {brief(why)}") from None


def _columns(pool: DrawnPool, locale: str, call: Callable[[], list[Any]]) -> tuple[dict[str, list[str]], dict[str, str]]:
    kept: list[list[Any]] = []
    seen: set[Any] = set()
    missed = characters = tries = cut = 0
    longest = ""
    while len(kept) < pool.rows:
        drawn = call()
        row = [_value(field, given) for field, given in zip(pool.names, _pieces(pool, drawn), strict=True)]
        tries += 1
        # What is drawn again, or is in no field, costs as much.
        characters += _characters(drawn)
        if characters > _CHARACTERS or (len(kept) == _FIRST and characters * pool.rows > 1.25 * _CHARACTERS * _FIRST):
            raise ValueError(_too_many(len(kept) * _CHARACTERS // characters))
        long = max((value for value in row if isinstance(value, str)), key=len, default="")
        if len(long) > pool.longest or (pool.unique and row[0] in seen):
            missed += 1
            if len(long) > pool.longest:
                cut += 1
                longest = max(longest, long, key=len)
            if missed > 1_000 + 10 * len(kept) or tries > 10_000 + 30 * pool.rows:
                if 2 * cut > tries - len(kept):
                    raise _too_long(pool, locale, tries - cut, tries, longest)
                raise ValueError(_too_few(pool, locale, len(kept), tries))
            continue
        missed = 0
        seen.add(row[0])
        kept.append(row)
    columns, types = {}, {}
    for field, values in zip(pool.names, zip(*kept, strict=True), strict=True):
        columns[field], types[field] = _typed(field, values)
    return columns, types


def _characters(value: Any) -> int:
    """What a value counts: each that it is made of ten at least."""
    if isinstance(value, Mapping):
        return sum(map(_characters, value.values()))
    return sum(map(_characters, value)) if isinstance(value, list | tuple) else max(len(str(value)), 10)


def _too_many(rows: int) -> str:
    """That a pool costs too much, and how many rows of it would not."""
    rows -= rows % 10 ** max(len(str(rows)) - 2, 0)
    return f"more than the {_CHARACTERS:,} characters that Faker may draw for one pool; lower `rows`" + (f" to {rows:,}" if rows else "")


def _too_few(pool: DrawnPool, locale: str, found: int, tries: int) -> str:
    what = f"different values of `{pool.names[0]}`" if pool.unique else "rows"
    there = f"Faker has no more than {found:,} {what} for {locale} ({tries:,} were drawn)"
    return f"{there}, fewer than the {pool.rows:,} asked for; lower `rows`"


def _too_long(pool: DrawnPool, locale: str, fitting: int, tries: int, longest: str) -> TooLongError:
    what = " and ".join(f"`{call.provider}`" for call in pool.faker.values())
    fit = f"only {fitting:,} of {tries:,}" if fitting else f"none of {tries:,}"
    there = f"Faker's {what} for {locale} has up to {len(longest):,} characters, such as `{brief(longest)}`"
    return TooLongError(f"{there}, and {fit} that were drawn fit in {pool.longest:,}", len(longest))


def _pieces(pool: DrawnPool, given: list[Any]) -> Iterator[Any]:
    """The value of each field of a row."""
    if not pool.fields:
        yield from given
        return
    (value,) = given
    (whole,) = (call.provider for call in pool.faker.values())
    for field, piece in pool.fields.items():
        if isinstance(value, Mapping) and isinstance(piece, str):
            if piece not in value:
                raise ValueError(f"`{whole}` of Faker gives no `{piece}`{hint(piece, [str(key) for key in value])}")
            yield value[piece]
        elif isinstance(value, list | tuple) and isinstance(piece, int):
            if piece > len(value):
                raise ValueError(f"`{whole}` of Faker gives {len(value)} values, so there is no place {piece} for `{field}`")
            yield value[piece - 1]
        else:
            raise ValueError(f"`{whole}` of Faker gives {_kind(value)}, in which there is no `{piece}` for `{field}`")


def _kind(value: Any) -> str:
    """What a provider gives, in words."""
    if isinstance(value, Mapping):
        return f"several values at once (name them: `fields: {{a: {next(iter(value), 'key')}}}`)"
    if isinstance(value, list | tuple):
        return f"{len(value)} values at once (name them: `fields: {{a: 1, b: 2}}`)"
    words: dict[type, str] = {str: "one text", bytes: "bytes", type(None): "nothing in some rows", datetime: "moments", date: "days"}
    return words.get(type(value), f"values of the type {type(value).__name__}")


def _value(field: str, value: Any) -> bool | int | Decimal | str:
    """A value that a list can hold; raises ValueError."""
    if isinstance(value, bool | int | Decimal):
        return value
    if isinstance(value, float):
        return Decimal(repr(value))
    if not isinstance(value, str):
        raise ValueError(f"`{field}`: Faker gives {_kind(value)}; a pool holds texts, whole numbers, decimals and booleans")
    text = printable(", ".join(filter(None, (line.strip() for line in value.splitlines()))))
    if not text:
        raise ValueError(f"`{field}`: Faker gives empty texts in some rows")
    return text


def _typed(field: str, values: tuple[Any, ...]) -> tuple[list[str], str]:
    """A field's values as texts, and their SQL type; raises ValueError."""
    kinds = {type(value) for value in values}
    if kinds == {str}:
        return list(values), "varchar"
    if kinds == {bool}:
        return [str(value).lower() for value in values], "boolean"
    if kinds == {int} and max(map(abs, values)) < 10**_DIGITS:
        return list(map(str, values)), "bigint"
    if kinds <= {int, Decimal}:
        texts = [f"{value:f}" for value in map(Decimal, values)]
        places = max(len(text.partition(".")[2]) for text in texts)
        if max(len(text.strip("-").partition(".")[0]) for text in texts) + places <= _DIGITS:
            return texts, f"decimal(18,{places})" if places else "bigint"
        raise ValueError(f"`{field}`: Faker gives numbers of more than {_DIGITS} digits")
    raise ValueError(f"`{field}`: Faker gives values of more than one kind")
