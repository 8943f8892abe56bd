"""Pools that Faker draws when a plan is made: what a dataset may ask of it."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from ..errors import brief, hint
from ..format import printable
from .modelling import BeforeValidator, Field, field_validator, model_validator
from .names import Name, Strict
from .numbers import Whole

MOST_ROWS: Final = 100_000
"""Rows of a pool."""
MOST_FIELDS: Final = 16
MOST_CHARACTERS: Final = 1_000
"""Of one text."""
DEFAULT_LOCALE: Final = "en_US"
_LOCALE: Final = re.compile(r"[a-z]{2,3}(_[A-Z]{2})?")
_LARGEST: Final = 10**9
_TEXT: Final = 60

_SWITCHES: Final = (
    "alphabet", "coords_only", "digits", "include_unassigned", "is_dynamic", "is_system", "is_user", "leading_zero", "lower_case",
    "multicast", "network", "primary", "safe", "special_chars", "upper", "upper_case", "use_dataset", "variable_nb_sentences",
    "variable_nb_words",
)  # fmt: skip
_NUMBERS: Final = ("max", "min", "step")
_COUNTS: Final = {
    "chance_of_getting_true": 100, "deep": 5, "length": 100, "levels": 5, "max_nb_chars": MOST_CHARACTERS, "nb_sentences": 20,
    "nb_words": 100,
}  # fmt: skip
_TEXTS: Final = (
    "address_class", "card_type", "code", "country_code", "domain", "gender", "letters", "luminosity", "part_of_speech", "private",
    "representation", "separator", "sex", "suffix", "text",
)  # fmt: skip
ARGUMENTS: Final = (*_SWITCHES, *_NUMBERS, *_COUNTS, *_TEXTS)
"""Arguments that a dataset may give: values of one kind each, none of which a provider looks up, opens, runs or grows without bound."""


class TooLongError(ValueError):
    """Faker's texts are longer than they may be; `needed` is how long they are."""

    def __init__(self, text: str, needed: int) -> None:
        self.needed = needed
        super().__init__(text)


def _argument(name: str, value: Any) -> bool | int | str:
    """An argument of the kind that its name takes; raises ValueError."""
    if name in _SWITCHES:
        if isinstance(value, bool):
            return value
        raise ValueError(f"the argument `{name}` is true or false, not `{brief(value)}`")
    if name in _TEXTS:
        if isinstance(value, str) and len(value) <= _TEXT and printable(value) == value:
            return value
        raise ValueError(f"the argument `{name}` is a text of at most {_TEXT} printable characters, not `{brief(value)}`")
    if name in (*_NUMBERS, *_COUNTS):
        low, high = (-_LARGEST, _LARGEST) if name in _NUMBERS else (0, _COUNTS[name])
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        raise ValueError(f"the argument `{name}` is a whole number from {low:,} to {high:,}, not `{brief(value)}`")
    raise ValueError(f"no argument `{brief(name)}` may be given{hint(name, ARGUMENTS)}")


class Call(Strict):
    """One call of a provider."""

    provider: Name
    """The provider's name, as in Faker's documentation."""
    arguments: Annotated[dict[str, Any], Field(max_length=8)] = {}
    """Its arguments: true or false, whole numbers, short texts."""

    @field_validator("arguments")
    @classmethod
    def _safe(cls, value: dict[str, Any]) -> dict[str, Any]:
        return {name: _argument(name, given) for name, given in value.items()}


def locale_name(text: str) -> str:
    """Checks a locale's form; raises ValueError."""
    if not _LOCALE.fullmatch(text):
        raise ValueError(f"`{brief(text)}` is not a locale; write for example de_DE")
    return text


AnyCall = Annotated[Call, BeforeValidator(lambda v: {"provider": v} if isinstance(v, str) else v, json_schema_input_type=str | Call)]
Calls = Annotated[
    dict[Name, AnyCall],
    Field(min_length=1, max_length=MOST_FIELDS),
    BeforeValidator(lambda v: {v: v} if isinstance(v, str) else v, json_schema_input_type=str | dict[str, str | Call]),
]


class DrawnPool(Strict):
    """A list that Faker draws when the plan is made: `{faker: company, locale: de_DE, rows: 20_000, unique: true}`."""

    faker: Calls
    """A provider, whose name is the field's too; or fields and the provider of each: `{company: company, account: iban}`."""
    fields: Annotated[dict[Name, Name | Annotated[int, Field(ge=1, le=MOST_FIELDS)]], Field(max_length=MOST_FIELDS)] = {}
    """Of one provider that gives several values at once: a name for each that is wanted, by its key or its place from 1."""
    locale: str | None = None
    """A locale of Faker; the dataset's own, else en_US."""
    rows: Annotated[Whole, Field(ge=1, le=MOST_ROWS)] = 1_000
    """Rows of the list."""
    unique: bool = False
    """true: no value of the first field comes twice."""
    longest: Annotated[Whole, Field(ge=1, le=MOST_CHARACTERS)] = MOST_CHARACTERS
    """Most characters of a text; rows with a longer one are drawn again."""
    sha256: str | None = Field(default=None, pattern="^[0-9a-f]{64}$")
    """What the list is known to be; where the installed Faker draws another, a note says so."""
    version: str | None = Field(default=None, pattern=r"^[0-9]{1,4}(\.[0-9]{1,4}){0,3}$")
    """The version of Faker that drew it."""

    @field_validator("locale")
    @classmethod
    def _form(cls, value: str | None) -> str | None:
        return None if value is None else locale_name(value)

    @model_validator(mode="after")
    def _one_shape(self) -> DrawnPool:
        if self.fields and len(self.faker) > 1:
            raise ValueError("`fields` names what one provider gives at once, but there are several providers")
        if "weight" in self.names:
            raise ValueError("a field may not be called `weight`, which is how often a row of a list comes; give it another name")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """The fields, in order; the first is the value of a column that stands for a whole row."""
        return tuple(self.fields) or tuple(self.faker)


_PREFIX: Final = "faker_"
_ROWS: Final = 5_000
BUILT_IN: Final[dict[str, tuple[dict[str, str], int, int]]] = {
    "first_names": ({"first_name": "first_name"}, 8, 25),
    "last_names": ({"last_name": "last_name"}, 8, 25),
    "people": ({"name": "name"}, 15, 40),
    "cities": ({"city": "city"}, 10, 40),
    "states": ({"state": "state"}, 12, 40),
    "postcodes": ({"postal_code": "postcode"}, 5, 12),
    "phones": ({"phone": "phone_number"}, 16, 25),
    "streets": ({"street": "street_address"}, 20, 40),
    "countries": ({"country": "country"}, 15, 40),
    "companies": ({"company": "company"}, 15, 40),
    "jobs": ({"job": "job"}, 20, 40),
    "ibans": ({"iban": "iban"}, 22, 34),
    "bics": ({"bic": "swift"}, 11, 11),
    "plates": ({"license_plate": "license_plate"}, 10, 15),
    "vehicles": ({"vin": "vin"}, 17, 17),
    "colours": ({"colour": "color_name"}, 15, 25),
    "books": ({"isbn": "isbn13"}, 17, 17),
    "currencies": ({"code": "currency_code"}, 3, 3),
    "languages": ({"language": "language_name"}, 15, 30),
}
"""Pools for columns that say no more than a name and a SQL type: fields and their providers, the least characters that a column must
hold, and the most that a text has: one that is longer than the column is drawn again."""


def built_in(what: str, locale: str | None, room: int) -> str:
    """The name of such a pool in a locale, where one is asked for, with texts of at most `room` characters."""
    told = [locale.lower()] if locale is not None else []
    if room < BUILT_IN[what][2]:
        told.append(str(room))
    return "__".join([f"{_PREFIX}{what}", *told])


def found_built_in(name: str) -> DrawnPool | None:
    """The pool of such a name; None for other names."""
    what, *told = name.removeprefix(_PREFIX).split("__")
    if not name.startswith(_PREFIX) or what not in BUILT_IN or len(told) > 2:
        return None
    calls, least, longest = BUILT_IN[what]
    if told and told[-1].isdecimal():
        longest = min(max(int(told.pop()[:9]), least), longest)
    language, _, country = "".join(told).partition("_")
    spelled = f"{language}_{country.upper()}" if country else language or None
    return DrawnPool.model_validate({"faker": calls, "locale": spelled, "rows": _ROWS, "longest": longest})
