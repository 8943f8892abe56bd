"""Writes docs/language/words.md: every layout, kind and key with one line and one example, from the models and examples.yaml.

python3 scripts/language.py            writes the page
python3 scripts/language.py --check    changes nothing; exit code 1 if the page is not what would be written
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal, get_args, get_origin

from environment import PYTHON, ROOT, ensure

FOLDER: Final = ROOT / "docs" / "language"
PAGE: Final = FOLDER / "words.md"
EXAMPLES: Final = FOLDER / "examples.yaml"
_LONGEST: Final = 110
_HEAD: Final = """# Every word

Made by `python3 scripts/language.py` from the models and [examples.yaml](examples.yaml); a test holds it up to date and complete. A key
without a default must be given. How words work together is told on the other pages.

"""
_ROWS: Final = "| key | example | default | meaning |\n|---|---|---|---|\n"


def _is_text(text: str) -> bool:
    from ingen_fab.synthetic_data.core.spec.parse import parse_yaml

    return bool(parse_yaml(text, "a text") == text)


def flow(value: Any) -> str:
    """A value as YAML on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{flow(key)}: {flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and abs(value) >= 10_000:
        return f"{value:_}"
    if isinstance(value, int | float | date):
        return str(value)
    text = str(value)
    plain = text and not set(text) & set('{}[],&*#?|>%@`"') and ": " not in text and text[0] not in "-'!~ " and _is_text(text)
    return text if plain and text not in ("true", "false", "null") else f'"{text}"'


def _inner(annotation: Any) -> Any:
    """The model inside an annotation whose keys are its own; None where there is none, or it has a section of its own."""
    from ingen_fab.synthetic_data.core.spec.distributions import Distribution
    from ingen_fab.synthetic_data.core.spec.kinds import Column
    from ingen_fab.synthetic_data.core.spec.layouts import LayoutModel
    from pydantic import BaseModel

    if isinstance(annotation, type):
        return annotation if issubclass(annotation, BaseModel) and not issubclass(annotation, Distribution | Column | LayoutModel) else None
    found = [model for model in map(_inner, get_args(annotation)) if model is not None]
    return found[0] if found and get_origin(annotation) is not Literal else None


def _values(examples: Sequence[Any], key: str) -> list[Any]:
    """What the examples give for a key; of lists and of mappings by names, what is inside each."""
    return [example[key] for example in examples if isinstance(example, Mapping) and key in example]


def _unfolded(values: Sequence[Any], model: Any) -> list[Any]:
    """Mappings that are values of a model, wherever they stand inside lists and mappings by names."""
    keys = {field.alias or name for name, field in model.model_fields.items()}
    out: list[Any] = []
    for value in values:
        if isinstance(value, Mapping) and value and set(value) <= keys:
            out.append(value)
        elif isinstance(value, list | Mapping):
            out += _unfolded(list(value.values()) if isinstance(value, Mapping) else value, model)
    return out


def _default(field: Any) -> str:
    from pydantic import BaseModel

    if field.is_required():
        return ""
    value = field.get_default(call_default_factory=True)
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json", exclude_defaults=True)
        value = value["value"] if set(value) == {"type", "value"} else value or None
    return f"`{flow(value)}`" if value not in (None, "", [], {}) else "none"


def _choices(annotation: Any) -> list[str]:
    if get_origin(annotation) is Literal:
        return [one for one in get_args(annotation) if isinstance(one, str)]
    return [one for inner in get_args(annotation) for one in _choices(inner)] if not isinstance(annotation, type) else []


def keys(model: Any, examples: Sequence[Any], above: str = "", without: Sequence[str] = ()) -> Iterator[tuple[str, str, str, str]]:
    """(key, example, default, meaning) of a model's keys and of those inside them; raises ValueError for one without example or meaning."""
    for name, field in model.model_fields.items():
        key = field.alias or name
        if key in without:
            continue
        values = _values(examples, key)
        about = (field.description or "").split("\n\n")[0].replace("\n", " ")
        if not values or not about:
            raise ValueError(f"{model.__name__}.{key} has no {'meaning' if values else 'example in examples.yaml'}")
        choices = [one for one in _choices(field.annotation) if f"`{one}`" not in about and one != "auto"]
        if choices and _inner(field.annotation) is None:
            about += f" One of {', '.join(f'`{one}`' for one in choices)}."
        yield f"{above}{key}", min(map(flow, values), key=lambda text: (len(text) > _LONGEST, -len(text))), _default(field), about
        inner = _inner(field.annotation)
        if inner is not None:
            yield from keys(inner, _unfolded(values, inner), f"{above}{key}.")


def _table(model: Any, examples: Sequence[Any], without: Sequence[str] = ()) -> str:
    def cell(text: str) -> str:
        return text.replace("|", "\\|")

    rows = [
        f"| `{key}` | `{cell(text if len(text) <= _LONGEST else text[: _LONGEST - 3] + ' ..')}` | {default} | {cell(about)} |"
        for key, text, default, about in keys(model, examples, "", without)
    ]
    return _ROWS + "\n".join(rows) + "\n" if rows else ""


def _section(name: str, model: Any, examples: Sequence[Any], without: Sequence[str]) -> str:
    lines = "\n".join(f"    {flow(example)}" for example in examples)
    about = str(model.__doc__).split("\n\n")[0].replace("\n", " ")
    about = " ".join(about.split())
    return f"### `{name}`\n\n{about}\n\n{lines}\n\n{_table(model, examples, without)}\n"


def page() -> str:
    """The page; raises ValueError where a word lacks an example or a meaning."""
    from ingen_fab.synthetic_data.core.spec.dataset import Dataset
    from ingen_fab.synthetic_data.core.spec.described import described
    from ingen_fab.synthetic_data.core.spec.distributions import Distribution
    from ingen_fab.synthetic_data.core.spec.kinds import KINDS, Column
    from ingen_fab.synthetic_data.core.spec.layouts import LAYOUTS
    from ingen_fab.synthetic_data.core.spec.parse import read_mapping

    described()
    given = read_mapping(EXAMPLES)
    out = [_HEAD, "## The file\n\n", _table(Dataset, [given["dataset"]]), "\n## Layouts: what rows stand on\n\n"]
    for what, models in (("layout", LAYOUTS), ("kind", KINDS)):
        missing = set(models) ^ set(given[what])
        if missing:
            raise ValueError(f"examples.yaml and the models differ in {what}: {', '.join(sorted(missing))}")
    out += [_section(name, LAYOUTS[name], examples, ("layout",)) for name, examples in given["layout"].items()]
    every = [name for name in Column.model_fields if name != "as_"]
    out += ["## Kinds: what a column is\n\nKeys of every column:\n\n", _table(Column, [given["column"]], ("kind",)), "\n"]
    out += [_section(name, KINDS[name], examples, (*every, "as")) for name, examples in given["kind"].items()]
    out.append("## Distributions\n\nA number or a duration alone is a constant: `3`, `7 days`.\n\n")
    out.append(
        "| type | example |\n|---|---|\n" + "".join(f"| `{name}` | `{flow(one)}` |\n" for name, one in given["distribution"].items())
    )
    out.append("\n" + _table(Distribution, list(given["distribution"].values())))
    out.append(_of_other_tools())
    return "".join(out)


_PLACES: Final = {
    "kind": "`kind`", "layout": "`layout`", "Column": "any column", "_Moment": "`date`, `timestamp`", "Step": "`steps`",
    "Distribution": "a distribution", "Table": "a table", "LayoutModel": "`rows`", "Dataset": "the file", "History": "`history`",
    "CalendarUse": "`calendar`", "Size": "`sizes`", "DrawnPool": "`pools`", "Call": "`pools.faker`", "Check": "`checks`",
    "Relationship": "`relationships`", "RuntimeParameters": "settings of a run",
}  # fmt: skip
"""Class of a model -> where its keys stand, for those that are neither a kind nor a layout."""


def _of_other_tools() -> str:
    """The table of their words, by the place where they would stand and our word there."""
    from ingen_fab.synthetic_data.core.spec.foreign import FOREIGN
    from ingen_fab.synthetic_data.core.spec.kinds import KINDS
    from ingen_fab.synthetic_data.core.spec.layouts import LAYOUTS

    places = {model.__name__: f"`{name}`" for name, model in (*LAYOUTS.items(), *KINDS.items())} | _PLACES
    rows: dict[tuple[str, str], list[str]] = {}
    for one in FOREIGN:
        place = f"`{one.key}` of {places[one.where]}" if one.key else places[one.where]
        new = f"`{one.shape.split('`')[0]}`" if one.new == "kind" else f"`{one.new}`" + ("" if one.is_here else f" {one.place}")
        rows.setdefault((place, new), []).append(f"`{one.word}`")
    shared: dict[tuple[str, str], list[str]] = {}
    for (place, new), words in rows.items():
        shared.setdefault((", ".join(words), new), []).append(place)
    lines = "".join(f"| {', '.join(where)} | {words} | {new} |\n" for (words, new), where in shared.items())
    about = "Whoever writes one of these at such a place is told ours, however it is spelled (`maxLength`, `max-length`)."
    return f"\n## Words of other tools\n\n{about}\n\n| place | theirs | ours |\n|---|---|---|\n{lines}"


def main(arguments: list[str]) -> int:
    """Writes or checks the page."""
    text = page()
    if "--check" in arguments:
        return int(PAGE.read_text(encoding="utf-8") != text)
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    if Path(sys.prefix).resolve() != PYTHON.parents[1].resolve():
        ensure("dev")
        os.execv(PYTHON, [str(PYTHON), *sys.argv])  # noqa: S606  # the private environment has the package
    raise SystemExit(main(sys.argv[1:]))
