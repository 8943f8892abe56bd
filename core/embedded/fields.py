"""What is said of the fields of models inside compiled notebooks, in pydantic's words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field as _field
from typing import Any, Final

NOTHING: Final[Any] = object()
"""In the place of a value that is not there."""


@dataclass(frozen=True)
class BeforeValidator:
    """A function that sees a value first; what json_schema_input_type says is of the published schema alone."""

    func: Callable[[Any], Any]
    json_schema_input_type: Any = None


@dataclass(frozen=True)
class AfterValidator:
    """A function that sees a value which has its type."""

    func: Callable[[Any], Any]


@dataclass(frozen=True)
class Tag:
    """The name of a member of a union."""

    tag: str


@dataclass(frozen=True)
class Discriminator:
    """A function that names the member of a union to which a value belongs."""

    discriminator: Callable[[Any], Any]


class AliasChoices:
    """Names of a field in what is read; the first that is there counts."""

    def __init__(self, *choices: str) -> None:
        self.choices = choices


@dataclass(eq=False)
class FieldInfo:
    """What is said of a field."""

    default: Any = NOTHING
    alias: str | None = None
    validation_alias: Any = None
    title: str | None = None
    ge: Any = None
    gt: Any = None
    le: Any = None
    lt: Any = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    discriminator: str | None = None
    validate_default: bool = False
    json_schema_extra: Any = None
    description: str | None = None
    annotation: Any = None
    whole: Any = None
    """The annotation with all that stands beside it."""
    validators: list[Callable[[Any], Any]] = _field(default_factory=list)

    @property
    def names(self) -> tuple[str, ...]:
        """Those of the field in what is read, besides its own."""
        if isinstance(self.validation_alias, AliasChoices):
            return self.validation_alias.choices
        return (self.alias,) if self.alias is not None else ()


def Field(default: Any = NOTHING, **said: Any) -> Any:  # noqa: N802  # as pydantic calls it
    """What is said of a field."""
    return FieldInfo(default, **said)


def bounded(info: FieldInfo) -> bool:
    """Whether a field has bounds, a length or a form."""
    bounds = (info.ge, info.gt, info.le, info.lt, info.min_length, info.max_length, info.pattern)
    return any(bound is not None for bound in bounds)
