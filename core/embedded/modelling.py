"""The models' library inside compiled notebooks: as much of pydantic as `core/spec/modelling.py` names, on the standard library alone.

It reads annotations as pydantic does and finds the same values and the same problems (type, place and context), so that
sentences are equal too; a test holds that over all shipped datasets and over bad input. Where pydantic reads more (bytes as
texts), this refuses.
"""

from __future__ import annotations

import copy
from abc import ABCMeta
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from types import NoneType, UnionType
from typing import Annotated, Any, ClassVar, Literal, Union, get_args, get_origin, get_type_hints

from ..embedded.fields import (
    NOTHING,
    AfterValidator,
    AliasChoices,  # noqa: F401  # models import it from here
    BeforeValidator,
    Discriminator,
    Field,  # noqa: F401  # likewise
    FieldInfo,
    Tag,
    bounded,
)
from ..embedded.made_of import asked, chosen, first, listing, mapping, optional, row, then, union, within
from ..embedded.values import SCALARS, Check, ValidationError, literal, wrong


def ConfigDict(**settings: Any) -> dict[str, Any]:  # noqa: N802  # as pydantic calls it
    """Settings of a model. All models are frozen, refuse unknown keys, and take fields by their names as well as their aliases."""
    return settings


@dataclass(eq=False)
class _Private:
    make: Callable[[], Any]


def PrivateAttr(default: Any = None, default_factory: Callable[[], Any] | None = None) -> Any:  # noqa: N802  # as pydantic calls it
    """An attribute that is no field."""
    return _Private(default_factory or (lambda: default))


def field_validator(*names: str) -> Callable[[Any], Any]:
    """Marks a class method that sees the value of these fields once it has its type."""

    def mark(method: Any) -> Any:
        method.__func__._of_fields = names
        return method

    return mark


def model_validator(*, mode: str) -> Callable[[Any], Any]:
    """Marks a method that sees a whole model: `before`, a class method, what it is made from; `after` what was made."""

    def mark(method: Any) -> Any:
        getattr(method, "__func__", method)._of_model = mode
        return method

    return mark


class _Meta(ABCMeta):
    __declared__: _Told | None

    @property
    def model_fields(cls) -> dict[str, FieldInfo]:
        return cls._said.fields

    @property
    def _said(cls) -> _Told:
        found = cls.__dict__.get("__declared__")
        if found is None:
            # Annotations may name classes that are declared later, so they are read when the first value comes.
            found = _Told(cls)
            cls.__declared__ = found
        return found


class _Told:
    """A model as it is declared."""

    def __init__(self, model: Any) -> None:
        hints = get_type_hints(model, include_extras=True)
        self.fields: dict[str, FieldInfo] = {}
        for name, hint in hints.items():
            if name.startswith(("_", "model_")) or get_origin(hint) is ClassVar:
                continue
            given = next((base.__dict__[name] for base in model.__mro__ if name in base.__dict__), NOTHING)
            info = copy.copy(given) if isinstance(given, FieldInfo) else FieldInfo(given)
            info.whole, info.validators = hint, []
            info.annotation = get_args(hint)[0] if get_origin(hint) is Annotated else hint
            self.fields[name] = info
        members = {name: each for base in reversed(model.__mro__) for name, each in base.__dict__.items()}
        self.before, self.after = [], []
        for name, each in members.items():
            function = getattr(each, "__func__", each)
            for field in getattr(function, "_of_fields", ()):
                self.fields[field].validators.append(getattr(model, name))
            mode = getattr(function, "_of_model", "")
            if mode == "before":
                self.before.append(getattr(model, name))
            elif mode == "after":
                self.after.append(function)
        self.private = {name: each.make for name, each in members.items() if isinstance(each, _Private)}
        self.checks = {name: _checked(info) for name, info in self.fields.items()}
        self.known = {name: field for field, info in self.fields.items() for name in (*info.names, field)}


def _checked(info: FieldInfo) -> Check:
    inner = get_args(info.whole)
    # Bounds of a field are looked at before its functions, as far as it must have a value.
    check = _with(_of(inner[0]), [info, *inner[1:]]) if _plain(info.whole) else _with(_of(info.whole), [info])
    validators = info.validators

    def checked(value: Any, strict: bool) -> Any:
        value = check(value, strict)
        for validator in validators:
            value = asked(validator, value)
        return value

    return checked


class BaseModel(metaclass=_Meta):
    """A model: its fields are what its class annotates."""

    __declared__: ClassVar[Any] = None

    def __init__(self, **given: Any) -> None:
        self._fill(given)

    def __init_subclass__(cls, **words: Any) -> None:
        super().__init_subclass__(**words)
        super(cls, cls).__pydantic_init_subclass__(**words)  # type: ignore[misc]  # of the base, as pydantic calls it

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        """Called for each model that is made of this one."""

    @classmethod
    def model_validate(cls, value: Any) -> Any:
        """The model of a mapping, or of one of its own; raises ValidationError."""
        return _model(cls)(value, False)

    def _fill(self, given: Any) -> None:
        told = type(self)._said
        values: dict[str, Any] = {}
        problems: list[dict[str, Any]] = []
        for name, info in told.fields.items():
            key = next((key for key in (*info.names, name) if key in given), None)
            if key is not None:
                try:
                    values[name] = told.checks[name](given[key], False)
                except ValidationError as error:
                    problems += error.under(key)
            elif info.default is NOTHING:
                problems += wrong("missing", given, "Field required").under((*info.names, name)[0])
            elif info.validate_default:
                values[name] = told.checks[name](info.default, False)
            else:
                values[name] = copy.copy(info.default) if isinstance(info.default, dict | list) else info.default
        for key in given:
            if key not in told.known:
                problems += wrong("extra_forbidden", given[key], "Extra inputs are not permitted").under(key)
        if problems:
            raise ValidationError(problems)
        own = self.__dict__
        own.update(values)
        own["__set"] = {told.known[key] for key in given}
        for name, make in told.private.items():
            own[name] = make()
        for validator in told.after:
            asked(validator, self)

    @property
    def model_fields_set(self) -> set[str]:
        """Names of the fields that were given."""
        found: set[str] = self.__dict__["__set"]
        return found

    def model_copy(self, *, update: Mapping[str, Any] = {}) -> Any:
        """The same with other values, which nothing checks."""
        out = object.__new__(type(self))
        private = {name: copy.copy(self.__dict__[name]) for name in type(self)._said.private}
        out.__dict__.update({**self.__dict__, **private, **update, "__set": self.model_fields_set | set(update)})
        return out

    def model_dump(
        self,
        *,
        mode: str = "python",
        by_alias: bool = False,
        exclude_unset: bool = False,
        exclude_defaults: bool = False,
        exclude: Any = (),
    ) -> dict[str, Any]:
        """A mapping of the fields, with those of models in it."""

        def plain(value: Any, without: Any = ()) -> Any:
            if isinstance(value, BaseModel):
                return value.model_dump(
                    mode=mode, by_alias=by_alias, exclude_unset=exclude_unset, exclude_defaults=exclude_defaults, exclude=without
                )
            if isinstance(value, dict):
                kept = {key: each for key, each in value.items() if key not in without}
                return {_key(key) if mode == "json" else key: plain(each) for key, each in kept.items()}
            if isinstance(value, list | tuple):
                return [plain(each) for each in value] if mode == "json" else type(value)(plain(each) for each in value)
            return value.isoformat() if mode == "json" and isinstance(value, date) else value

        out = {}
        for name, info in type(self)._said.fields.items():
            value, inside = self.__dict__[name], exclude.get(name, ()) if isinstance(exclude, dict) else ()
            if (name in exclude and not inside) or (exclude_unset and name not in self.model_fields_set):
                continue
            if exclude_defaults and info.default is not NOTHING and value == info.default:
                continue
            out[(info.alias if by_alias else None) or name] = plain(value, inside)
        return out

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in type(self)._said.private:
            raise wrong("frozen_instance", value, "Instance is frozen")
        self.__dict__[name] = value

    @property
    def _values(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "__set"}

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and isinstance(other, BaseModel) and self._values == other._values

    def __hash__(self) -> int:
        return hash((type(self), *(self.__dict__[name] for name in type(self)._said.fields)))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={self.__dict__[name]!r}' for name in type(self)._said.fields)})"


def _key(key: Any) -> str:
    return key if isinstance(key, str) else key.isoformat() if isinstance(key, date) else str(key)


def _of(hint: Any) -> Check:
    """The check of an annotation."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        beside = inner[1:]
        named_by = next((each for each in beside if isinstance(each, Discriminator)), None)
        named = next((each.discriminator for each in beside if isinstance(each, FieldInfo) and each.discriminator), None)
        rest = [each for each in beside if not isinstance(each, Discriminator | Tag)]
        if named_by is not None:
            members = {_tag(member): member for member in get_args(inner[0])}
            return _with(chosen({tag: _later(each) for tag, each in members.items()}, named_by.discriminator, "custom"), rest)
        if named is not None:
            models = {get_args(get_type_hints(member)[named])[0]: member for member in get_args(inner[0]) or (inner[0],)}
            return _with(chosen({tag: _later(each) for tag, each in models.items()}, lambda value: _at(value, named), named), rest)
        return _with(_of(inner[0]), rest)
    if origin in (Union, UnionType):
        members_ = [member for member in inner if member is not NoneType]
        checks = [(_of(each), _label(each)) for each in members_]
        return optional(checks[0][0] if len(checks) == 1 else union(checks), len(members_) < len(inner))
    if origin is Literal:
        return literal(inner)
    if origin is list:
        return listing(_of(inner[0]))
    if origin is tuple:
        return listing(_of(inner[0]), tuple) if inner[-1] is ... else row([_of(each) for each in inner])
    if origin is dict:
        return mapping(_of(inner[0]), _of(inner[1]))
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return _model(hint)
    if hint is Any:
        return lambda value, strict: value
    return SCALARS[hint]


def _label(hint: Any) -> str:
    """What pydantic calls a member of a union in the place of a problem."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        label = _label(inner[0])
        for each in inner[1:]:
            # Lists and mappings know their own bounds.
            if isinstance(each, FieldInfo) and bounded(each) and inner[0] in SCALARS:
                label = f"constrained-{label}"
            elif isinstance(each, BeforeValidator | AfterValidator):
                when = "before" if isinstance(each, BeforeValidator) else "after"
                label = f"function-{when}[{each.func.__name__}(), {label}]"
        return label
    if origin is Literal:
        return f"literal[{','.join(map(repr, inner))}]"
    if origin is not None:
        return f"{'union' if origin in (Union, UnionType) else origin.__name__}[{','.join(map(_label, inner))}]"
    after = hint._said.after if issubclass(hint, BaseModel) else ()
    return f"function-after[{after[-1].__name__}(), {hint.__name__}]" if after else str(hint.__name__)


def _later(hint: Any) -> Callable[[], Check]:
    return lambda: _of(hint)


def _tag(member: Any) -> str:
    found: str = next(each.tag for each in get_args(member)[1:] if isinstance(each, Tag))
    return found


def _at(value: Any, name: str) -> Any:
    if not isinstance(value, dict | BaseModel):
        raise wrong("model_attributes_type", value)
    found = value.get(name, NOTHING) if isinstance(value, dict) else getattr(value, name)
    return None if found is NOTHING else str(found)


def _plain(hint: Any) -> bool:
    """Whether a hint is one of the scalars, with functions beside it."""
    return get_origin(hint) is Annotated and get_args(hint)[0] in SCALARS


def _with(check: Check, beside: list[Any]) -> Check:
    """A check with what stands beside an annotation, in its order: what comes later is asked before, and answers after."""
    for each in beside:
        if isinstance(each, BeforeValidator):
            check = first(each.func, check)
        elif isinstance(each, AfterValidator):
            check = then(check, each.func)
        elif isinstance(each, FieldInfo) and bounded(each):
            check = within(check, each)
    return check


def _model(model: Any) -> Check:
    def checked(value: Any, strict: bool) -> Any:
        if isinstance(value, model):
            return value
        for validator in () if strict else model._said.before:
            value = asked(validator, value)
        if strict or not isinstance(value, dict):
            raise wrong("model_type", value, class_name=model.__name__)
        out = object.__new__(model)
        out._fill(value)
        return out

    return checked
