"""Frozen dataclasses whose methods are compiled when they are first needed.

A command imports some two hundred of them and makes values of few. `dataclasses` compiles six methods for each at its import, which
took a sixth of the time of a small run and two fifths of that of `show`.
"""

from __future__ import annotations

from dataclasses import MISSING, FrozenInstanceError, fields, make_dataclass
from dataclasses import dataclass as _dataclass
from typing import TYPE_CHECKING, Any, Final, NoReturn

__all__ = ["dataclass"]

_UNSET: Final = object()
_LATE: Final = ("__init__", "__repr__", "__eq__", "__hash__")

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(*, frozen, slots):
        """As `dataclasses.dataclass(frozen=True, slots=True)`, the one form that there is."""
        if not (frozen and slots):
            raise TypeError("classes whose values may change, or have no slots, are made by `dataclasses.dataclass`")
        return _made


def _made(given: type) -> type:
    own = {name for name in _LATE if given.__dict__.get(name) is not None}
    made: type = _dataclass(init=False, repr=False, eq=False, slots=True)(given)
    for name in _LATE:
        if name not in own:
            setattr(made, name, _late(made, name))
    for name, method in (("__setattr__", _set), ("__delattr__", _delete), ("__getstate__", _state), ("__setstate__", _restore)):
        setattr(made, name, method)
    return made


def _late(made: type, name: str) -> Any:
    def method(self: Any, *arguments: Any, **named: Any) -> Any:
        compiled = _init(made) if name == "__init__" else _of_twin(made, name)
        setattr(made, name, compiled)
        return compiled(self, *arguments, **named)

    method.__name__, method.__qualname__ = name, f"{made.__qualname__}.{name}"
    return method


def _of_twin(made: type, name: str) -> Any:
    """A method as a dataclass of the same fields has it."""
    all_fields = [(one.name, one.type, one) for one in fields(made)]
    # Without a docstring `dataclasses` makes one of the signature, which takes a third of the time.
    twin = make_dataclass(
        made.__name__,
        all_fields,
        init=False,
        repr=name == "__repr__",
        eq=name != "__repr__",
        unsafe_hash=name == "__hash__",
        namespace={"__doc__": "made for one method", "__match_args__": ()},
    )
    twin.__qualname__ = made.__qualname__
    return twin.__dict__[name]


def _init(made: type) -> Any:
    """The `__init__` of a class, which gives its fields their values past `__setattr__`."""
    known: dict[str, Any] = {"_put": object.__setattr__, "_UNSET": _UNSET}
    given: dict[bool, list[str]] = {False: [], True: []}
    body = []
    for one in fields(made):
        value, has_factory = one.name, one.default_factory is not MISSING
        known[f"_factory_{one.name}"], known[f"_default_{one.name}"] = one.default_factory, one.default
        if one.init:
            default = "=_UNSET" if has_factory else "" if one.default is MISSING else f"=_default_{one.name}"
            given[one.kw_only is True].append(f"{one.name}{default}")
            value = f"_factory_{one.name}() if {one.name} is _UNSET else {one.name}" if has_factory else value
        elif has_factory or one.default is not MISSING:
            value = f"_factory_{one.name}()" if has_factory else f"_default_{one.name}"
        else:
            continue
        body.append(f" _put(self, {one.name!r}, {value})")
    if hasattr(made, "__post_init__"):
        body.append(" self.__post_init__()")
    words = ["self", *given[False], *(["*", *given[True]] if given[True] else [])]
    # The words are names of fields, which stand in our own modules.
    exec(f"def __init__({', '.join(words)}):\n" + "\n".join(body or [" pass"]), known)  # noqa: S102  # as `dataclasses` does
    return known["__init__"]


def _set(self: Any, name: str, value: Any) -> NoReturn:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _delete(self: Any, name: str) -> NoReturn:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, one.name) for one in fields(self)]


def _restore(self: Any, state: list[Any]) -> None:
    for one, value in zip(fields(self), state, strict=True):
        object.__setattr__(self, one.name, value)
