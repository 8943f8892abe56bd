"""Values made of values inside compiled notebooks: bounds, validators, lists, mappings and unions as pydantic reads them."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from ..embedded.fields import NOTHING
from ..embedded.values import Check, ValidationError, wrong

_BOUNDS: Final[Mapping[str, tuple[str, str, Callable[[Any, Any], bool]]]] = {
    "ge": ("greater_than_equal", "greater than or equal to", operator.ge),
    "gt": ("greater_than", "greater than", operator.gt),
    "le": ("less_than_equal", "less than or equal to", operator.le),
    "lt": ("less_than", "less than", operator.lt),
}
"""Bound of a field -> pydantic's name of the problem, its words, and what must hold."""


def asked(function: Callable[[Any], Any], value: Any) -> Any:
    """What a validator makes of a value; a ValueError of it is a problem of the value."""
    try:
        return function(value)
    except ValidationError:
        raise
    except (ValueError, AssertionError) as error:
        raise wrong("value_error", value, f"Value error, {error}", error=error) from None


def first(function: Callable[[Any], Any], check: Check) -> Check:
    """A check of what a function makes of the value."""
    return lambda value, strict: check(asked(function, value), strict)


def then(check: Check, function: Callable[[Any], Any]) -> Check:
    """A check whose value a function sees."""
    return lambda value, strict: asked(function, check(value, strict))


def within(check: Check, info: Any) -> Check:
    """A check of a value within the bounds of a field; None has none."""

    def checked(given: Any, strict: bool) -> Any:
        value = check(given, strict)
        if value is None:
            return value
        for name, (kind, told, holds) in _BOUNDS.items():
            bound = getattr(info, name)
            if bound is not None and not holds(value, bound):
                shown = type(value)(bound)
                raise wrong(kind, given, f"Input should be {told} {shown}", **{name: shown})
        text = "string_" if isinstance(value, str) else ""
        if info.min_length is not None and len(value) < info.min_length:
            raise wrong(f"{text}too_short", given, min_length=info.min_length)
        if info.max_length is not None and len(value) > info.max_length:
            told = f"String should have at most {info.max_length} characters" if text else ""
            raise wrong(f"{text}too_long", given, told, max_length=info.max_length)
        # As pydantic reads it: an end is the end, also where a line ends there.
        if info.pattern is not None and re.search(re.sub(r"\$$", r"\\Z", info.pattern), value) is None:
            raise wrong("string_pattern_mismatch", given, pattern=info.pattern)
        return value

    return checked


def optional(check: Check, may_lack: bool) -> Check:
    """A check of a value that may be None."""
    return (lambda value, strict: None if value is None else check(value, strict)) if may_lack else check


def union(checks: Sequence[tuple[Check, str]]) -> Check:
    """The member that a value belongs to as it is, else one that it can be made to: of models the one of which most is given."""

    def checked(value: Any, strict: bool) -> Any:
        for check, _ in checks:
            with suppress(ValidationError):
                return check(value, True)
        made, problems = [], []
        for check, label in checks if not strict else ():
            try:
                made.append(check(value, False))
            except ValidationError as error:
                problems += error.under(label)
        if not made:
            raise ValidationError(problems or wrong("union", value).errors())
        return max(made, key=lambda each: len(getattr(each, "model_fields_set", ())))

    return checked


def chosen(members: Mapping[str, Callable[[], Check]], choose: Callable[[Any], Any], name: str) -> Check:
    """The member that a value names."""
    checks: dict[str, Check] = {}

    def checked(value: Any, strict: bool) -> Any:
        tag = choose(value)
        if tag is None:
            raise wrong("union_tag_not_found", value, discriminator=name)
        if not isinstance(tag, str) or tag not in members:
            expected = ", ".join(f"'{each}'" for each in members)
            raise wrong("union_tag_invalid", value, discriminator=name, tag=str(tag), expected_tags=expected)
        if tag not in checks:
            checks[tag] = members[tag]()
        try:
            return checks[tag](value, strict)
        except ValidationError as error:
            raise ValidationError(error.under(tag)) from None

    return checked


def listing(check: Check, make: type[list[Any]] | type[tuple[Any, ...]] = list) -> Check:
    """A check of a list or tuple."""

    def checked(value: Any, strict: bool) -> Any:
        if not isinstance(value, make if strict else (list, tuple)):
            raise wrong(f"{make.__name__}_type", value, f"Input should be a valid {make.__name__}")
        out, problems = [], []
        for n, each in enumerate(value):
            try:
                out.append(check(each, strict))
            except ValidationError as error:
                problems += error.under(n)
        if problems:
            raise ValidationError(problems)
        return make(out)

    return checked


def row(checks: Sequence[Check]) -> Check:
    """A check of a tuple that has a value for each of these."""

    def checked(value: Any, strict: bool) -> Any:
        if not isinstance(value, tuple if strict else (list, tuple)):
            raise wrong("tuple_type", value, "Input should be a valid tuple")
        if len(value) > len(checks):
            raise wrong("too_long", value, max_length=len(checks))
        out, problems = [], []
        for n, check in enumerate(checks):
            try:
                if n >= len(value):
                    raise wrong("missing", value, "Field required")
                out.append(check(value[n], strict))
            except ValidationError as error:
                problems += error.under(n)
        if problems:
            raise ValidationError(problems)
        return tuple(out)

    return checked


def mapping(key: Check, inner: Check) -> Check:
    """A check of a mapping's keys and values."""

    def checked(value: Any, strict: bool) -> Any:
        if not isinstance(value, dict):
            raise wrong("dict_type", value, "Input should be a valid dictionary")
        out, problems = {}, []
        for name, each in value.items():
            made = NOTHING
            try:
                made = key(name, False)
            except ValidationError as error:
                problems += error.under(name, "[key]")
            try:
                kept = inner(each, strict)
                if made is not NOTHING:
                    out[made] = kept
            except ValidationError as error:
                problems += error.under(name)
        if problems:
            raise ValidationError(problems)
        return out

    return checked
