"""SQL expressions: parsed by sqlglot, typed, and turned into the engine's trees."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any, Final

from ..errors import hint
from ..program.columns import Sql
from ..program.trees import column, constant, constant_of
from ..program.values import Tree
from ..spec.compiled import MOST_TEXT, Compiled, Found, decimal_places, longest
from .parsed_sql import parse
from .sql_tree import MOST_DEPTH, Node, short

_CALLS: Final = ("round", "floor", "ceil", "abs", "least", "greatest", "coalesce", "nullif", "concat")
_TEXTS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "lower": ("varchar", ()),
    "upper": ("varchar", ()),
    "length": ("bigint", ()),
    "left": ("varchar", ("bigint",)),
    "right": ("varchar", ("bigint",)),
    "lpad": ("varchar", ("bigint", "varchar")),
    "rpad": ("varchar", ("bigint", "varchar")),
    "replace": ("varchar", ("varchar", "varchar")),
    "contains": ("boolean", ("varchar",)),
    "starts_with": ("boolean", ("varchar",)),
}
"""Functions of a text and of constants: type of the result and of each constant."""
_DIFFERENCES: Final = ("year", "month", "day", "hour", "minute", "second")
FUNCTIONS: Final = tuple(sorted({*_CALLS, *_TEXTS, "date_diff"}))
"""Functions that expressions may call, besides CASE, CAST, IN, BETWEEN, IS NULL and the operators."""

_MOST_PLACES: Final = 9
_DECIMAL: Final = re.compile(r"decimal\((\d{1,4}),(\d{1,4})\)")
_ARGUMENTS: Final = {"floor": (1, 1), "ceil": (1, 1), "abs": (1, 1), "neg": (1, 1), "round": (1, 2), "nullif": (2, 2)}
"""How many arguments a function takes; others take one or more."""


class _Typed:
    __slots__ = ("longest", "nullable", "sees", "state", "tree", "type", "words")

    def __init__(self, tree: Tree, kind: str, nullable: bool = False, words: tuple[str, ...] | None = None) -> None:
        self.tree, self.type, self.nullable, self.words = tree, kind, nullable, words
        self.sees = self.state = False
        self.longest = longest(kind, words)
        """Most characters of its text."""


def compile_sql(text: str, find: Callable[[str], Found], happens: bool) -> Compiled:
    """An expression compiled for rows whose paths `find` resolves; raises ValueError with a sentence.

    `happens` says whether the rows happen: then what a path reaches is seen on the row's own day.
    """
    out = _Compiler(text, find, happens).visit(parse(text), 0)
    return Compiled(Sql(out.tree), out.type, out.words, out.nullable, out.sees, out.state, longest=out.longest)


class _Compiler:
    def __init__(self, text: str, find: Callable[[str], Found], happens: bool) -> None:
        self._text, self._find, self._happens = text, find, happens

    def _wrong(self, why: str) -> ValueError:
        return ValueError(f"`{short(self._text)}`: {why}")

    def visit(self, node: Node | None, depth: int) -> _Typed:
        """The type and the tree of a part of the expression; raises ValueError."""
        if depth > MOST_DEPTH or (node is not None and node.kind == "deep"):
            raise self._wrong("is nested too deeply")
        if node is None:
            raise self._wrong("a function lacks an argument")
        match node.kind:
            case "paren":
                return self.visit(node.inner[0], depth + 1)
            case "path":
                return self._path(node)
            case "string" | "number":
                return self._literal(node)
            case "boolean":
                return _Typed(node.value == "true", "boolean")
            case "null":
                return _Typed(None, "null", True)
            case "case":
                return self._case(node, depth)
            case "cast" | "try_cast":
                return self._cast(node, depth)
            case "text":
                return self._on_text(node, depth)
            case "date_diff":
                return self._difference(node, depth)
            case "call":
                return self._function(node, depth)
        return self._operation(node, depth)

    def _operation(self, node: Node, depth: int) -> _Typed:
        if node.kind == "unknown":
            allowed = f"{', '.join(FUNCTIONS)}, CASE, CAST, IN, BETWEEN and IS NULL"
            raise self._wrong(f"`{node.value}` is not supported; expressions may use {allowed}")
        first, *others = [self.visit(each, depth + 1) for each in node.inner]
        match node.kind:
            case "not":
                self._condition(first)
                return self._joined(["not", first.tree], "boolean", first)
            case "is_null":
                out = self._joined(["is_null", first.tree], "boolean", first)
                out.nullable = False
                return out
            case "between":
                low, high = others
                both = self._binary("and", self._binary(">=", first, low), self._binary("<=", first, high))
                if not _is_leaf(first):
                    both.tree = ["between", first.tree, low.tree, high.tree]
                return both
            case "in":
                for item in others:
                    self._comparable("=", first, item)
                return self._joined(["in", first.tree, [item.tree for item in others]], "boolean", first, *others)
        return self._binary(node.value, first, others[0])

    def _joined(self, tree: list[Any], kind: str, *inner: _Typed) -> _Typed:
        out = _Typed(tree, kind, any(i.nullable for i in inner))
        out.sees = any(i.sees for i in inner)
        out.state = any(i.state for i in inner)
        if kind == "varchar" and inner:
            out.longest = max(i.longest for i in inner)
        return out

    def _long(self, typed: _Typed, characters: int) -> _Typed:
        """A text that may have so many characters; refused where that is more than a column can hold."""
        if characters > MOST_TEXT:
            raise self._wrong(f"a text in it could reach {characters:,} characters; {MOST_TEXT:,} are allowed")
        typed.longest = characters
        return typed

    def _condition(self, operand: _Typed) -> None:
        if operand.type not in ("boolean", "null"):
            raise self._wrong(f"a {operand.type} is not a condition")

    def _path(self, node: Node) -> _Typed:
        found = self._find(node.value)
        inner = found.compiled
        out = _Typed(column(found.path, found.column, found.part), inner.type, inner.nullable, inner.words)
        out.sees = inner.sees and not (found.path and self._happens)
        out.state = inner.state
        out.longest = inner.most_characters
        return out

    def _literal(self, node: Node) -> _Typed:
        if node.kind == "string":
            return _Typed(constant("varchar", node.value), "varchar", words=(node.value,))
        whole, _, part = node.value.partition(".")
        if not (whole + part).isdigit() or len(whole + part) > 18 or len(part) > _MOST_PLACES:
            raise self._wrong(f"`{node.value}` is not a number of at most 18 digits")
        kind = f"decimal(18,{len(part)})" if part else "bigint"
        return _Typed(constant(kind, int(whole + part or "0")), kind)

    def _numeric(self, operand: _Typed) -> None:
        if not operand.type.startswith(("bigint", "integer", "decimal", "double", "null")):
            raise self._wrong(f"a {operand.type} is not a number")

    def _wider(self, *operands: _Typed) -> str:
        kinds = {o.type for o in operands if o.type != "null"}
        if len(kinds) == 1:
            return kinds.pop()
        if not kinds:
            raise self._wrong("has no type, because it is always NULL")
        for operand in operands:
            self._numeric(operand)
        if "double" in kinds:
            return "double"
        return f"decimal(18,{max(decimal_places(kind) for kind in kinds)})"

    def _comparable(self, name: str, a: _Typed, b: _Typed) -> None:
        if "varchar" in (a.type, b.type):
            if {a.type, b.type} - {"varchar", "null"}:
                raise self._wrong(f"a {a.type} is compared with a {b.type}")
            for one, other in ((a, b), (b, a)):
                told = constant_of(other.tree)
                if isinstance(one.tree, str) and told is not None and one.words:
                    value = told[1]
                    if name in ("=", "<>") and value not in one.words:
                        raise self._wrong(f"`{one.tree.partition('/')[0]}` is never '{value}'{hint(value, one.words)}")
        elif a.type != b.type:
            self._numeric(a)
            self._numeric(b)

    def _binary(self, name: str, a: _Typed, b: _Typed) -> _Typed:
        if name in ("and", "or"):
            for operand in (a, b):
                self._condition(operand)
            return self._joined([name, a.tree, b.tree], "boolean", a, b)
        if name in ("=", "<>", "<", "<=", ">", ">="):
            self._comparable(name, a, b)
            return self._joined([name, a.tree, b.tree], "boolean", a, b)
        if name in ("+", "-") and "date" in (a.type, b.type):
            kinds = {kind.replace("integer", "bigint") for kind in (a.type, b.type)}
            if kinds - {"date", "bigint"} or (kinds == {"date"} and name == "+") or (a.type != "date" and name == "-"):
                raise self._wrong(f"`{name}` of a {a.type} and a {b.type} is not supported; a date takes whole days")
            return self._joined([name, a.tree, b.tree], "bigint" if kinds == {"date"} else "date", a, b)
        self._numeric(a)
        self._numeric(b)
        if name == "//":
            if any(not operand.type.startswith(("bigint", "integer")) for operand in (a, b)):
                raise self._wrong("`//` divides whole numbers")
            out = self._joined([name, a.tree, b.tree], "bigint", a, b)
            out.nullable = out.nullable or constant_of(b.tree) is None
            return out
        if name == "/":
            out = self._joined([name, a.tree, b.tree], "double", a, b)
            out.nullable = out.nullable or constant_of(b.tree) is None
            return out
        if name == "*" and "double" not in (a.type, b.type):
            places = decimal_places(a.type) + decimal_places(b.type)
            if places > _MOST_PLACES:
                raise self._wrong(f"the product has {places} digits after the point, more than {_MOST_PLACES}; round in between")
            kind = f"decimal(18,{places})" if places else "bigint"
        else:
            kind = self._wider(a, b)
        return self._joined([name, a.tree, b.tree], kind, a, b)

    def _case(self, node: Node, depth: int) -> _Typed:
        asks, default, *ifs = node.inner
        subject = self.visit(asks, depth + 1) if asks is not None else None
        branches: list[tuple[_Typed, _Typed]] = []
        asked = []
        for when, then in zip(ifs[::2], ifs[1::2], strict=True):
            test = self.visit(when, depth + 1)
            asked.append(test.tree)
            if subject is not None:
                test = self._binary("=", subject, test)
            self._condition(test)
            branches.append((test, self.visit(then, depth + 1)))
        last = self.visit(default, depth + 1) if default is not None else _Typed(None, "null", True)
        values = [value for _, value in branches] + [last]
        kind = self._wider(*values)
        tree = ["case", [[test.tree, value.tree] for test, value in branches], last.tree]
        if subject is not None and not _is_leaf(subject):
            tree = ["switch", subject.tree, [[test, value.tree] for test, (_, value) in zip(asked, branches, strict=True)], last.tree]
        out = self._joined(tree, kind, *values)
        for test, _ in branches:
            out.sees |= test.sees
            out.state |= test.state
        if kind == "varchar" and all(value.words is not None for value in values if value.type != "null"):
            out.words = tuple(dict.fromkeys(w for value in values for w in value.words or ()))
        return out

    def _cast(self, node: Node, depth: int) -> _Typed:
        kind = {"int": "integer", "int64": "bigint", "text": "varchar"}.get(node.value, node.value)
        (what,) = node.inner
        if node.kind == "try_cast":
            raise self._wrong("`try_cast` is not supported; cast is")
        if kind == "date" and what is not None and what.kind == "string":
            return self._date(what.value)
        inner = self.visit(what, depth + 1)
        if kind == "varchar":
            if inner.type == "varchar":
                return inner
            if not inner.type.startswith(("bigint", "integer", "boolean", "date", "decimal")):
                raise self._wrong(f"a {inner.type} cannot be written as text; whole numbers, decimals, booleans and dates can")
            return self._joined(["to_text", inner.tree, inner.type], kind, inner)
        found = _DECIMAL.fullmatch(kind)
        if kind not in ("bigint", "integer", "double") and not found:
            raise self._wrong(f"a cast to {kind} is not supported; bigint, integer, double, decimal(p,s) and varchar are")
        if found and not (1 <= int(found[1]) <= 18 and int(found[2]) <= min(int(found[1]), _MOST_PLACES)):
            raise self._wrong(f"a {kind} is not supported; a decimal has at most 18 digits, {_MOST_PLACES} of them after the point")
        self._numeric(inner)
        return self._joined(["cast", inner.tree, kind], kind, inner)

    def _date(self, text: str) -> _Typed:
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise self._wrong(f"'{text}' is not a date; write it as '2024-12-31'") from None
        return _Typed(constant("date", (day - date(1970, 1, 1)).days), "date")

    def _on_text(self, node: Node, depth: int) -> _Typed:
        name = node.value
        kind, wanted = _TEXTS[name]
        inner = self.visit(node.inner[0], depth + 1)
        if inner.type != "varchar":
            raise self._wrong(f"{name} takes a text, not a {inner.type}")
        constants: list[int | str] = []
        for each, one in zip(node.inner[1:], wanted, strict=True):
            told = constant_of(self.visit(each, depth + 1).tree)
            if told is None or told[0] != one:
                raise self._wrong(f"{name} takes constants after its text: {', '.join(wanted)}")
            constants.append(told[1])
        if name in ("lpad", "rpad") and len(str(constants[1])) != 1:
            raise self._wrong(f"{name} fills with one character")
        out = self._joined(["text", name, inner.tree, constants], kind, inner)
        return out if kind != "varchar" else self._long(out, _longest(name, inner.longest, constants))

    def _difference(self, node: Node, depth: int) -> _Typed:
        part = node.value
        if part not in _DIFFERENCES:
            raise self._wrong(f"date_diff counts {', '.join(_DIFFERENCES)}, not `{part}`{hint(part, _DIFFERENCES)}")
        both = [self.visit(inner, depth + 1) for inner in node.inner]
        for inner in both:
            if inner.type not in ("date", "timestamp"):
                raise self._wrong(f"date_diff takes dates and timestamps, not a {inner.type}")
        trees = [inner.tree for inner in both]
        return self._joined(["date_diff", part, *trees, [inner.type == "date" for inner in both]], "bigint", *both)

    def _function(self, node: Node, depth: int) -> _Typed:
        name = "concat" if node.value == "||" else node.value
        inner = [self.visit(argument, depth + 1) for argument in node.inner]
        least, most = _ARGUMENTS.get(name, (1, len(inner)))
        if not least <= len(inner) <= most:
            raise self._wrong(f"{name} takes {least}{f' or {most}' if most > least else ''} arguments, not {len(inner)}")
        tree = [name, *(i.tree for i in inner)]
        if name in ("round", "floor", "ceil", "abs", "neg", "least", "greatest"):
            for operand in inner:
                self._numeric(operand)
        if name == "round":
            if len(inner) > 1 and not (type(inner[1].tree) is int and 0 <= inner[1].tree <= _MOST_PLACES):
                raise self._wrong("round takes a number of places from 0 to 9")
            places = inner[1].tree if len(inner) > 1 else 0
            return self._joined(tree, f"decimal(18,{places})" if places else "bigint", inner[0])
        if name in ("floor", "ceil"):
            return self._joined(tree, "bigint", *inner)
        if name in ("abs", "neg"):
            return self._joined(tree, inner[0].type, *inner)
        if name == "concat":
            if any(i.type != "varchar" for i in inner):
                raise self._wrong(f"{name} takes texts; cast others to varchar")
            if node.value == "concat":
                # Unlike ||, the function reads a NULL as an empty text.
                tree = [name, *(["coalesce", i.tree, constant("varchar", "")] if i.nullable else i.tree for i in inner)]
            out = self._joined(tree, "varchar", *inner)
            out.nullable = out.nullable and node.value != "concat"
            return self._long(out, sum(i.longest for i in inner))
        kind = self._wider(*inner)
        out = self._joined(tree, inner[0].type if name == "nullif" else kind, *inner)
        if name in ("coalesce", "least", "greatest"):
            out.nullable = all(i.nullable for i in inner)
        if name == "coalesce" and kind == "varchar" and all(i.words is not None for i in inner):
            out.words = tuple(dict.fromkeys(word for i in inner for word in i.words or ()))
        if name == "nullif":
            out.nullable = True
        return out


def _is_leaf(typed: _Typed) -> bool:
    """Whether an operand may stand twice in a tree; what is larger stands once, or trees grow as a power of their depth."""
    return isinstance(typed.tree, str) or constant_of(typed.tree) is not None


def _longest(name: str, characters: int, constants: list[int | str]) -> int:
    """Most characters of what a function makes of a text of so many."""
    if name in ("left", "right"):
        return min(characters, int(constants[0]))
    if name in ("lpad", "rpad"):
        return int(constants[0])
    if name == "replace" and constants[0]:
        return max(characters, -(-characters // len(str(constants[0]))) * len(str(constants[1])))
    return characters
