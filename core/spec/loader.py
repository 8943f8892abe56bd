"""From what a file holds to a model, and what is wrong with it in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from re import findall
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from ..errors import ConfigError, brief, hint, nearest
from .modelling import BaseModel, ValidationError
from .numbers import number
from .renamed import renamed

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

M = TypeVar("M", bound=BaseModel)


def validate(model: type[M], value: Mapping[str, Any], file: Path | str) -> M:
    """The model of a value; raises ConfigError with one sentence a problem."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise failure(error, model, file) from None


def failure(error: ValidationError, model: type[BaseModel], file: Path | str) -> ConfigError:
    """What pydantic found, as an error of a file."""
    found = problems(error, model)
    return ConfigError(file, found, error.error_count() if len(found) == _TOLD else 0)


def problems(error: ValidationError, model: type[BaseModel]) -> list[tuple[str, str]]:
    """(path, sentence) of the first problems that pydantic found."""
    out: list[tuple[str, str]] = []
    for path, text in _sentences(error, model):
        if out and out[-1][0] == path and text.startswith(_CHOICE):
            # Two ways to write one value, of which neither was met.
            out[-1] = path, f"{out[-1][1]}; it may also be {text.removeprefix(_CHOICE).partition(', not `')[0]}"
        elif len(out) == _TOLD:
            break
        else:
            out.append((path, text))
    return out


_TOLD: Final = 20
_CHOICE: Final = "may be "

_ALLOWED: Final = {
    "greater_than_equal": "must be at least {ge}",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be at most {le}",
    "less_than": "must be less than {lt}",
    "float_": "must be a number",
    "finite_number": "must be a finite number",
    "int_": "must be a whole number",
    "bool_": "must be true or false",
    "date_": "must be a day such as 2024-12-31",
    "string_type": "must be a text",
    "literal_error": "may be {expected}",
    "dict_type": "must be a mapping of keys to values",
    "model_type": "must be a mapping of keys to values",
    "model_attributes_type": "must be a mapping of keys to values",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "too_short": "needs {min_length} or more entries",
    "too_long": "may hold at most {max_length} entries",
}
"""Start of pydantic's name of a problem -> what is allowed, in our words."""
_PATTERNS: Final = {
    "as": "may be bigint, integer, boolean, double, varchar, date, timestamp or decimal(10,2)",
    "master": "must be local[*], local[4], yarn, spark://host:7077 or k8s://host, without a user or a token",
    "schema": "may hold letters, digits and underscores, at most 63 of them, and must not begin with a digit",
    "sha256": "must be 64 hexadecimal digits",
    "version": "must be a version such as 40.1",
}
"""Key -> what is allowed where a value must have a form."""
_EXAMPLES: Final = {
    ("Table", "rows"): "rows: {number: 500}",
    ("Table", "columns"): "columns: {id: key, total: 'decimal(10,2)'}",
    ("Table", "primary_key"): "primary_key: [order_id]",
    ("Dataset", "tables"): "tables: {orders: {columns: {order_id: key}}}",
}
"""Class and key -> how a value is written that is often written in another shape."""


def _sentences(error: ValidationError, model: type[BaseModel]) -> Iterable[tuple[str, str]]:
    from .kinds import KINDS
    from .layouts import LAYOUTS

    seen = set()
    found = error.errors(include_url=False)
    # A key that is missing because it stands there under its old name is one problem, not two.
    old = {_new_place(problem, model) for problem in found if problem["type"] == "extra_forbidden"}
    for problem in found:
        if problem["type"] == "missing" and problem["loc"] in old:
            continue
        # Pydantic's own steps have brackets or this beginning, and so may an unknown key, which stands last.
        unknown = problem["loc"][-1] if problem["type"] == "extra_forbidden" else None
        steps = [step for step in problem["loc"] if step is unknown or not ("[" in str(step) or str(step).startswith("constrained-"))]
        location = [str(step) for step in steps]
        # A union's tag is no key of the file.
        shown = [
            s
            for n, s in enumerate(location)
            if not (n >= 1 and ((s in KINDS and n >= 2 and location[n - 2] == "columns") or (s in LAYOUTS and location[n - 1] == "rows")))
        ]
        if problem["type"] == "missing":
            shown, text = shown[:-1], f"needs `{shown[-1]}`"
        else:
            text = _sentence(problem, model, location, shown)
        path = ".".join(brief(step) for step in shown)
        if (path, text) not in seen:
            seen.add((path, text))
            yield path, text


def _new_place(problem: ErrorDetails, model: type[BaseModel]) -> tuple[int | str, ...]:
    """Where an unknown key stands under our name of now; () where it is no word that we know."""
    location = [str(step) for step in problem["loc"]]
    return (*problem["loc"][:-1], _known(_classes(model, location), location[-1]).new)


class _Known(NamedTuple):
    """A word of old, or of another tool."""

    sentence: str
    """Empty where it is none."""
    new: str
    """Our word, where it stands at the same place."""


def _known(places: Sequence[str], word: str, key: str = "") -> _Known:
    """What is said of a word, by the names of a model's classes (or `kind`, `layout`)."""
    old = renamed(places, word, key)
    if old is not None:
        return _Known(old.sentence, old.new)
    # Looked for where something is wrong alone.
    from .foreign import foreign

    theirs = foreign(places, word, key)
    return _Known("", "") if theirs is None else _Known(theirs.sentence(brief(word)), theirs.new if theirs.is_here else "")


def _classes(model: type[BaseModel], location: list[str]) -> list[str]:
    """The names of the classes that the last step of a location is a key of."""
    here = _model_at(model, location)
    return [one.__name__ for one in here.__mro__] if isinstance(here, type) else []


def _sentence(problem: ErrorDetails, model: type[BaseModel], location: list[str], shown: list[str]) -> str:
    from .bare import TYPES
    from .kinds import KINDS
    from .layouts import LAYOUTS

    kind, context, given = problem["type"], problem.get("ctx", {}), problem.get("input")
    if kind == "extra_forbidden":
        return _known(_classes(model, location), location[-1]).sentence or f"unknown key{_near_key(shown[-1], model, location)}"
    if kind == "union_tag_invalid":
        tag, what = str(context.get("tag")), "layout" if shown[-1] == "rows" and shown[-2:-1] != ["columns"] else "kind"
        if what == "kind" and isinstance(given, Mapping) and "kind" not in given:
            return _without_kind(given)
        told = _known((what,), tag).sentence
        if told:
            return told + (_alone(tag) if what == "kind" else "")
        expected = list(KINDS if what == "kind" else LAYOUTS)
        near = nearest(tag, TYPES) if what == "kind" and nearest(tag, expected) is None else None
        return f"no {what} is called `{brief(tag)}`" + (f"; did you mean the type `{near}`?" if near else hint(tag, expected))
    if kind == "union_tag_not_found":
        return "needs a `kind`"
    if kind in ("value_error", "assertion_error"):
        return str(context.get("error", problem["msg"])).removeprefix("Value error, ")
    if kind.startswith(("float_", "int_")) and isinstance(given, str):
        try:
            number(given)
        except ValueError as better:
            return str(better)
    places = _classes(model, location) if location else []
    told = _known(places, given, location[-1]).sentence if places and isinstance(given, str) else ""
    if told:
        return told
    allowed = next((sentence for prefix, sentence in _ALLOWED.items() if kind.startswith(prefix)), "")
    bounds = {name: f"{bound:,}" if isinstance(bound, int) and abs(bound) >= 10_000 else bound for name, bound in context.items()}
    bounds["expected"] = str(bounds.get("expected", "")).replace("False, True", "false, true")
    if kind == "string_pattern_mismatch":
        allowed = _PATTERNS.get(location[-1], "")
    text = allowed.format(**bounds) if allowed else problem["msg"][:1].lower() + problem["msg"][1:]
    if isinstance(given, bool):
        return f"{text}, not `{str(given).lower()}`"
    example = next((_EXAMPLES[place, location[-1]] for place in places if (place, location[-1]) in _EXAMPLES), "")
    shown_as = f"; write for example `{example}`" if example else ""
    if not isinstance(given, str | int | float):
        return f"{text}{shown_as}"
    near = nearest(given, findall(r"'([^']*)'", context["expected"])) if kind == "literal_error" and isinstance(given, str) else None
    return f"{text}, not `{brief(given)}`" + (f"; did you mean `{near}`?" if near else shown_as)


def _without_kind(column: Mapping[Any, Any]) -> str:
    """What is said of a column that names no kind: which one other tools mean by its keys or type, or to which alone its keys belong."""
    from .foreign import NAMING, spelled
    from .kinds import KINDS

    named = [str(value) for key, value in column.items() if spelled(str(key)) in NAMING and isinstance(value, str)]
    for word in map(str, column):
        known = _known(("Column",), word)
        if known.new == "kind":
            return f"needs a `kind`: {known.sentence}"
    for word in named:
        name = word.partition("(")[0].strip()
        told = f"`{name}` is a kind here: `kind: {name}`" if name in KINDS else _known(("kind",), name).sentence
        if told:
            return f"needs a `kind`: {told}{_alone(word)}"
    able = [kind for kind, model in KINDS.items() if set(column) <= set(_keys(model))]
    return f"needs a `kind`; did you mean `kind: {able[0]}`?" if len(able) == 1 else f"needs a `kind`{hint('', list(KINDS))}"


def _alone(word: str) -> str:
    """How a SQL type is written that is all that is said of a column."""
    from .bare import is_type

    return f"; or write the type alone, without a mapping: `{brief(word)}`" if is_type(word) else ""


def _near_key(key: str, model: type[BaseModel], location: list[str]) -> str:
    """`; did you mean X?` for a key that is not known here; X may stand in another block."""
    here = _allowed(model, location)
    if len(location) <= 2:
        elsewhere = _elsewhere(model)
        if len(location) == 2:
            elsewhere |= {name: name for name in model.model_fields}
        # The very word in another block is meant rather than one here that looks like it.
        found = key if key in elsewhere else nearest(key, elsewhere) if nearest(key, here) is None else None
        if found is not None:
            return f"; did you mean `{elsewhere[found]}`?"
    return hint(key, here)


def _elsewhere(model: type[BaseModel]) -> dict[str, str]:
    """The keys in the blocks of a file, and their paths; of a setting with several spellings the first."""
    from .dataset import Dataset
    from .parameters import RuntimeParameters
    from .trust import USERS_OWN

    models = (model, RuntimeParameters) if model is Dataset else (model,)
    out: dict[str, str] = {}
    for one in models:
        for block, field in one.model_fields.items():
            paths = {leaf: f"{block}.{leaf}" for leaf in _keys(field.annotation)}
            # A dataset's file may hold settings of runs, but not these.
            out = {leaf: path for leaf, path in paths.items() if model is not Dataset or path not in USERS_OWN} | out
    return out


def _keys(annotation: Any) -> list[str]:
    """The keys of a model; none of anything else."""
    if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
        return []
    return [field.alias or name for name, field in annotation.model_fields.items()]


def _allowed(model: type[BaseModel], location: list[str]) -> list[str]:
    """The keys that are allowed where the last step of a location stands."""
    return _keys(_model_at(model, location))


def _model_at(model: type[BaseModel], location: list[str]) -> Any:
    """The model that the last step of a location is, or should be, a key of; None where there is none."""
    from .kinds import KINDS
    from .layouts import LAYOUTS

    here: Any = model
    named = False
    for n, step in enumerate(location[:-1]):
        if step in KINDS and n >= 2 and location[n - 2] == "columns":
            here = KINDS[step]
        elif n >= 1 and location[n - 1] == "rows" and step in LAYOUTS:
            here = LAYOUTS[step]
        elif named or step == getattr(here, "__name__", ""):
            # The name of a table or a column, or a place in a list, behind which stands what `here` is already; or a member of a union.
            named = False
        elif isinstance(here, type) and issubclass(here, BaseModel):
            found = here.model_fields.get(step) or next((f for f in here.model_fields.values() if f.alias == step), None)
            named = found is not None and ("dict[" in str(found.annotation) or "list[" in str(found.annotation))
            here = _model_in(found.annotation) if found else None
    return here


def _model_in(annotation: Any) -> Any:
    """The first model inside an annotation."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()) or ():
        found = _model_in(inner)
        if found is not None:
            return found
    return None
