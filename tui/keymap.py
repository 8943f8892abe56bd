"""All keys of the wizard with their ids, and what a file of a user's changes of them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from textual.app import App
from textual.binding import Binding
from textual.dom import DOMNode
from textual.keys import KEY_NAME_REPLACEMENTS, Keys, format_key, key_to_character
from textual.screen import ModalScreen

from ..core.errors import brief
from ..core.format import printable

_FOLDERS: Final = ("screens", "widgets")
_MODIFIERS: Final = ("ctrl", "alt", "shift", "super", "meta", "hyper")
_NAMED: Final = frozenset((*(key.value for key in Keys), *KEY_NAME_REPLACEMENTS.values()))


@dataclass(frozen=True, slots=True)
class Key:
    """One thing that keys do."""

    id: str
    """Empty where the keys cannot be changed."""
    keys: tuple[str, ...]
    about: str
    where: str
    """The class that has it, in words; `everywhere` for the application's own."""
    alone: bool = False
    """Whether it is of a dialog, over which no other keys act."""

    @property
    def shown(self) -> str:
        """The keys as they are written for people."""
        return ", ".join(format_key(key) for key in self.keys)

    def with_keys(self, keys: str) -> Key:
        """The same on other keys, as `changed_keys` gives them."""
        return replace(self, keys=tuple(keys.split(",")))


def all_keys(app: type[App[Any]]) -> tuple[Key, ...]:
    """Every key of the application, its steps, dialogs and widgets; imports all of them, which takes a moment."""
    out: dict[tuple[str, str, str, bool], tuple[str, ...]] = {}
    for cls in holders(app):
        for binding in own(cls):
            if binding.description:
                place = (_where(cls), binding.id or "", binding.description, issubclass(cls, ModalScreen))
                out[place] = tuple(dict.fromkeys((*out.get(place, ()), binding.key)))
    return tuple(Key(name, keys, about, where, alone) for (where, name, about, alone), keys in out.items())


def holders(app: type[App[Any]]) -> tuple[type[DOMNode], ...]:
    """The application and the classes of its steps, dialogs and widgets, whose keys they are."""
    found: dict[type[DOMNode], None] = dict.fromkeys(cls for cls in app.__mro__ if _is_ours(cls))
    here = Path(__file__).parent
    for folder in _FOLDERS:
        for file in sorted((here / folder).glob("*.py")):
            module = import_module(f"{__package__}.{folder}.{file.stem}")
            found |= dict.fromkeys(cls for cls in vars(module).values() if isinstance(cls, type) and _is_ours(cls))
    return tuple(found)


def _is_ours(cls: type) -> bool:
    return issubclass(cls, DOMNode) and cls.__module__.startswith(f"{__package__}.")


def own(cls: type[DOMNode]) -> Iterator[Binding]:
    """The keys of a class itself, one by one."""
    return iter(Binding.make_bindings(vars(cls).get("BINDINGS", ())))


def _where(cls: type[DOMNode]) -> str:
    if issubclass(cls, App):
        return "everywhere"
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in cls.__name__.removesuffix("Screen"))
    return words.strip()


def changed_keys(given: Mapping[str, Any]) -> tuple[dict[str, str], list[str]]:
    """What a keymap file changes, as id -> keys for Textual, and a sentence for each entry that is ignored.

    Keys are a text such as `f5` or `ctrl+g, f5`, or a list of such. Whether there is such an id is not looked at: see `misplaced`.
    """
    taken: dict[str, str] = {}
    problems: list[str] = []
    for name, value in given.items():
        texts = value if isinstance(value, list) else [value]
        keys = [key.strip() for text in texts if isinstance(text, str | int) and not isinstance(text, bool) for key in _parts(str(text))]
        wrong = [key for key in keys if not _is_key(key)]
        if wrong or not keys or len(keys) < len(texts):
            what = f"`{brief(wrong[0])}`" if wrong else "that"
            problems.append(f"keymap: {brief(name)}: {what} is not a key; write one such as f5, ctrl+g or x. It is ignored.")
        else:
            taken[str(name)] = ",".join(_as_textual(key) for key in keys)
    return taken, [printable(problem) for problem in problems]


def misplaced(taken: Mapping[str, str], known: Iterable[Key]) -> list[str]:
    """A sentence for each id that does not exist, and for each key that would do two things at one place."""
    known = tuple(known)
    ids = {key.id for key in known if key.id}
    problems = [f"keymap: there is no id `{brief(name)}`; `?` lists them all. It is ignored." for name in taken if name not in ids]
    by_place: dict[str, dict[str, str]] = {}
    for key in known:
        keys = taken[key.id].split(",") if key.id in taken else key.keys
        for one in keys:
            name = key.id or key.about
            places = [key.where] if key.alone or key.where == "everywhere" else [key.where, "everywhere"]
            other = next((by_place[place][one] for place in places if one in by_place.get(place, {})), None)
            by_place.setdefault(key.where, {}).setdefault(one, name)
            if other is not None and other != name and (key.id in taken or other in taken):
                problems.append(
                    f"keymap: {format_key(one)} is the key of {brief(other)} and of {brief(name)}; one of them hides the other."
                )
    return [printable(problem) for problem in dict.fromkeys(problems)]


def _parts(text: str) -> list[str]:
    # A comma may be the key itself.
    return [text] if len(text) == 1 else text.split(",")


def _is_key(text: str) -> bool:
    if len(text) == 1:
        return text.isprintable() and not text.isspace()
    if text in _NAMED:
        return True
    *modifiers, key = text.split("+")
    if any(modifier not in _MODIFIERS for modifier in modifiers) or not key:
        return False
    if len(key) == 1:
        return key.isprintable() and not key.isspace()
    return key in _NAMED or key_to_character(key) is not None


def _as_textual(key: str) -> str:
    # Textual names characters that are no letters or digits, and parts its lists at commas.
    if len(key) == 1 and not key.isalnum():
        name = unicodedata.name(key, key).lower().replace(" ", "_").replace("-", "_")
        return KEY_NAME_REPLACEMENTS.get(name, name)
    return key
