"""Reading YAML and JSON safely, and saying what is wrong with it in sentences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from ..errors import ConfigError, hint, nearest

_LARGEST: Final = 4_000_000
_DEEPEST: Final = 40

M = TypeVar("M", bound=BaseModel)


class _Loader(yaml.SafeLoader):
    """YAML without surprises: no duplicate keys, no aliases, and only `true` and `false` are booleans."""

    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            event: Any = self.peek_event()  # type: ignore[no-untyped-call]  # PyYAML has no types here
            raise yaml.constructor.ConstructorError(None, None, "aliases (*name) are not allowed", event.start_mark)
        self.depth += 1
        if self.depth > _DEEPEST:
            raise yaml.constructor.ConstructorError(None, None, f"nested deeper than {_DEEPEST} levels", None)
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str | int | float) and key is not None and not hasattr(key, "isoformat"):
                raise yaml.constructor.ConstructorError(None, None, "a key must be a word or a number", key_node.start_mark)
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"`{key}` is given twice", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:merge")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


def parse_yaml(text: str, file: Path | str) -> Any:
    """The value of a YAML (or JSON) text; raises ConfigError with the line."""
    if len(text) > _LARGEST:
        raise ConfigError(file, [("", f"is larger than {_LARGEST // 1_000_000} MB")])
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506  # _Loader is a SafeLoader, made stricter
    except yaml.MarkedYAMLError as error:
        where = f"line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ConfigError(file, [(where, error.problem or "is not YAML")]) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(file, [("", f"is not YAML: {str(error).splitlines()[0]}")]) from None


def read_mapping(path: Path) -> dict[str, Any]:
    """The mapping in a file; raises ConfigError where there is none."""
    try:
        if path.stat().st_size > _LARGEST:
            raise ConfigError(path, [("", f"is larger than {_LARGEST // 1_000_000} MB")])
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(path, [("", "does not exist")]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(path, [("", f"cannot be read: {error}")]) from None
    value = parse_yaml(text, path)
    if not isinstance(value, dict):
        raise ConfigError(path, [("", "must hold a mapping of keys to values")])
    return value


def validate(model: type[M], value: Mapping[str, Any], file: Path | str) -> M:
    """The model of a value; raises ConfigError with one sentence a problem."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise ConfigError(file, list(_sentences(error, model))) from None


def problems(error: ValidationError, model: type[BaseModel]) -> list[tuple[str, str]]:
    """(path, sentence) of each problem that pydantic found."""
    return list(_sentences(error, model))


_ALLOWED: Final = {
    "greater_than_equal": "must be at least {ge}",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be at most {le}",
    "less_than": "must be less than {lt}",
    "float_": "must be a number",
    "int_": "must be a whole number",
    "bool_": "must be true or false",
    "date_": "must be a day such as 2024-12-31",
    "string_type": "must be a text",
    "literal_error": "may be {expected}",
}
"""Start of pydantic's name of a problem -> what is allowed, in our words."""


def _sentences(error: ValidationError, model: type[BaseModel]) -> Iterable[tuple[str, str]]:
    from .bare import TYPES
    from .kinds import KINDS
    from .layouts import LAYOUTS

    layouts = tuple(LAYOUTS)
    seen = set()
    for problem in error.errors(include_url=False):
        # Pydantic's own steps have brackets, and so may an unknown key, which stands last.
        unknown = problem["loc"][-1] if problem["type"] == "extra_forbidden" else None
        location = [str(step) for step in problem["loc"] if "[" not in str(step) or step is unknown]
        # A union's tag is no key of the file.
        shown = [
            s
            for n, s in enumerate(location)
            if not (n >= 1 and ((s in KINDS and n >= 2 and location[n - 2] == "columns") or (s in layouts and location[n - 1] == "rows")))
        ]
        path = ".".join(shown)
        kind, context = problem["type"], problem.get("ctx", {})
        if kind == "extra_forbidden":
            text = f"unknown key{hint(shown[-1], _allowed(model, location))}"
        elif kind == "union_tag_invalid":
            tag = str(context.get("tag"))
            expected = list(KINDS) if "columns" in shown else list(layouts)
            what = "kind" if "columns" in shown else "layout"
            near = nearest(tag, TYPES) if what == "kind" and nearest(tag, expected) is None else None
            text = f"no {what} is called `{tag}`" + (f"; did you mean the type `{near}`?" if near else hint(tag, expected))
        elif kind == "union_tag_not_found":
            text = "needs a `kind`"
        elif kind == "missing":
            path, text = ".".join(shown[:-1]), f"needs `{shown[-1]}`"
        elif kind in ("value_error", "assertion_error"):
            text = str(context.get("error", problem["msg"])).removeprefix("Value error, ")
        else:
            given = problem.get("input")
            what = f", not `{given}`" if isinstance(given, str | int | float | bool) else ""
            allowed = next((sentence for prefix, sentence in _ALLOWED.items() if kind.startswith(prefix)), "")
            text = (allowed.format(**context) if allowed else problem["msg"][:1].lower() + problem["msg"][1:]) + what
        if (path, text) not in seen:
            seen.add((path, text))
            yield path, text


def _allowed(model: type[BaseModel], location: list[str]) -> list[str]:
    """The keys that are allowed where the last step of a location stands."""
    from .kinds import KINDS
    from .layouts import LAYOUTS

    here: Any = model
    for n, step in enumerate(location[:-1]):
        if step in KINDS and n >= 2 and location[n - 2] == "columns":
            here = KINDS[step]
            continue
        if n >= 1 and location[n - 1] == "rows" and step in LAYOUTS:
            here = LAYOUTS[step]
            continue
        if isinstance(here, type) and issubclass(here, BaseModel):
            found = here.model_fields.get(step) or next((f for f in here.model_fields.values() if f.alias == step), None)
            here = _model_in(found.annotation) if found else None
    if isinstance(here, type) and issubclass(here, BaseModel):
        return [field.alias or name for name, field in here.model_fields.items()]
    return []


def _model_in(annotation: Any) -> Any:
    """The first model inside an annotation."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()) or ():
        found = _model_in(inner)
        if found is not None:
            return found
    return None
