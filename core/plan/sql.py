"""SQL expressions: parsed by sqlglot, typed, and turned into the engine's trees."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any, Final

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from ..errors import hint
from ..program.columns import Sql
from ..spec.compiled import MOST_TEXT, Compiled, Found, decimal_places, longest
from ..statement import nesting

_BINARY: Final[dict[type[exp.Expr], str]] = {
    exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.IntDiv: "//", exp.Mod: "%", exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<",
    exp.LTE: "<=", exp.GT: ">", exp.GTE: ">=", exp.And: "and", exp.Or: "or",
}  # fmt: skip
_FUNCTIONS: Final[dict[type[exp.Expr], str]] = {
    exp.Round: "round", exp.Floor: "floor", exp.Ceil: "ceil", exp.Abs: "abs", exp.Least: "least", exp.Greatest: "greatest",
    exp.Coalesce: "coalesce", exp.Nullif: "nullif", exp.Concat: "concat", exp.DPipe: "concat", exp.Neg: "neg",
}  # fmt: skip
_TEXTS: Final[dict[type[exp.Expr], tuple[str, str, tuple[tuple[str, str], ...]]]] = {
    exp.Lower: ("lower", "varchar", ()),
    exp.Upper: ("upper", "varchar", ()),
    exp.Length: ("length", "bigint", ()),
    exp.Left: ("left", "varchar", (("expression", "bigint"),)),
    exp.Right: ("right", "varchar", (("expression", "bigint"),)),
    exp.Pad: ("lpad", "varchar", (("expression", "bigint"), ("fill_pattern", "varchar"))),
    exp.Replace: ("replace", "varchar", (("expression", "varchar"), ("replacement", "varchar"))),
    exp.Contains: ("contains", "boolean", (("expression", "varchar"),)),
    exp.StartsWith: ("starts_with", "boolean", (("expression", "varchar"),)),
}
"""Functions of a text and of constants: name, type of the result, and where sqlglot keeps each constant."""
_DIFFERENCES: Final = ("year", "month", "day", "hour", "minute", "second")
FUNCTIONS: Final = tuple(sorted({*_FUNCTIONS.values(), *(text[0] for text in _TEXTS.values()), "rpad", "date_diff"} - {"neg"}))
"""Functions that expressions may call, besides CASE, CAST, IN, BETWEEN, IS NULL and the operators."""

_MOST_PLACES: Final = 9
_MOST_CHARACTERS: Final = 10_000
_MOST_DEPTH: Final = 60
_SHOWN: Final = 200
"""Characters of an expression that a sentence repeats."""
_DECIMAL: Final = re.compile(r"decimal\((\d{1,4}),(\d{1,4})\)")
_ARGUMENTS: Final = {"floor": (1, 1), "ceil": (1, 1), "abs": (1, 1), "neg": (1, 1), "round": (1, 2), "nullif": (2, 2)}
"""How many arguments a function takes; others take one or more."""


class _Typed:
    __slots__ = ("longest", "nullable", "sees", "state", "tree", "type", "words")

    def __init__(self, tree: list[Any], kind: str, nullable: bool = False, words: tuple[str, ...] | None = None) -> None:
        self.tree, self.type, self.nullable, self.words = tree, kind, nullable, words
        self.sees = self.state = False
        self.longest = longest(kind, words)
        """Most characters of its text."""


def compile_sql(text: str, find: Callable[[str], Found], happens: bool) -> Compiled:
    """An expression compiled for rows whose paths `find` resolves; raises ValueError with a sentence.

    `happens` says whether the rows happen: then what a path reaches is seen on the row's own day.
    """
    out = _Compiler(text, find, happens).visit(_parsed(text), 0)
    return Compiled(Sql(out.tree), out.type, out.words, out.nullable, out.sees, out.state, longest=out.longest)


def _parsed(text: str) -> exp.Expr:
    if len(text) > _MOST_CHARACTERS:
        raise ValueError(f"`{_short(text)}` has {len(text):,} characters; an expression may have {_MOST_CHARACTERS:,}")
    try:
        # Brackets that are not closed, or too many in each other, are found before the parser walks them.
        if nesting(sqlglot.tokenize(text, read="duckdb")) > _MOST_DEPTH:
            raise RecursionError
        parsed = sqlglot.parse(text, read="duckdb")
    except RecursionError:
        raise ValueError(f"`{_short(text)}` is nested too deeply") from None
    except (SqlglotError, ValueError) as error:
        reason = str(error).split("\n")[0].split(". Line")[0]
        raise ValueError(f"`{_short(text)}` is not SQL: {reason}") from None
    if len(parsed) != 1 or parsed[0] is None:
        raise ValueError(f"`{_short(text)}` is not one expression")
    return parsed[0]


class _Compiler:
    def __init__(self, text: str, find: Callable[[str], Found], happens: bool) -> None:
        self._text, self._find, self._happens = text, find, happens

    def _wrong(self, why: str) -> ValueError:
        return ValueError(f"`{_short(self._text)}`: {why}")

    def visit(self, node: Any, depth: int) -> _Typed:
        """The type and the tree of a part of the expression; raises ValueError."""
        if depth > _MOST_DEPTH:
            raise self._wrong("is nested too deeply")
        if not isinstance(node, exp.Expr):
            raise self._wrong("a function lacks an argument")
        if isinstance(node, exp.Paren):
            return self.visit(node.this, depth + 1)
        if isinstance(node, exp.Column | exp.Dot):
            return self._path(node)
        if isinstance(node, exp.Literal):
            return self._literal(node)
        if isinstance(node, exp.Boolean):
            return _Typed(["lit", "boolean", bool(node.this)], "boolean")
        if isinstance(node, exp.Null):
            return _Typed(["null"], "null", True)
        if isinstance(node, exp.Case):
            return self._case(node, depth)
        if isinstance(node, exp.Cast):
            return self._cast(node, depth)
        return self._operation(node, depth)

    def _operation(self, node: exp.Expr, depth: int) -> _Typed:
        if type(node) in _BINARY:
            return self._binary(_BINARY[type(node)], self.visit(node.this, depth + 1), self.visit(node.expression, depth + 1))
        if isinstance(node, exp.Not):
            inner = self.visit(node.this, depth + 1)
            self._condition(inner)
            return self._joined(["not", inner.tree], "boolean", inner)
        if isinstance(node, exp.Is) and isinstance(node.expression, exp.Null):
            inner = self.visit(node.this, depth + 1)
            out = self._joined(["is_null", inner.tree], "boolean", inner)
            out.nullable = False
            return out
        if isinstance(node, exp.Between):
            value, low, high = (self.visit(each, depth + 1) for each in (node.this, node.args["low"], node.args["high"]))
            both = self._binary("and", self._binary(">=", value, low), self._binary("<=", value, high))
            if not _is_leaf(value):
                both.tree = ["between", value.tree, low.tree, high.tree]
            return both
        if isinstance(node, exp.In) and node.expressions:
            value = self.visit(node.this, depth + 1)
            items = [self.visit(item, depth + 1) for item in node.expressions]
            for item in items:
                self._comparable("=", value, item)
            return self._joined(["in", value.tree, [item.tree for item in items]], "boolean", value, *items)
        if type(node) in _TEXTS:
            return self._on_text(node, depth)
        if isinstance(node, exp.DateDiff):
            return self._difference(node, depth)
        if type(node) in _FUNCTIONS:
            return self._function(_FUNCTIONS[type(node)], node, depth)
        name = node.name if isinstance(node, exp.Anonymous) else node.key
        raise self._wrong(f"`{name}` is not supported; expressions may use {', '.join(FUNCTIONS)}, CASE, CAST, IN, BETWEEN and IS NULL")

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

    def _path(self, node: exp.Expr) -> _Typed:
        steps = [part.name for part in (node.parts if isinstance(node, exp.Column | exp.Dot) else [])]
        found = self._find(".".join(steps))
        inner = found.compiled
        out = _Typed(["col", list(found.path), found.column, found.part], inner.type, inner.nullable, inner.words)
        out.sees = inner.sees and not (found.path and self._happens)
        out.state = inner.state
        out.longest = inner.most_characters
        return out

    def _literal(self, node: exp.Literal) -> _Typed:
        if node.is_string:
            return _Typed(["lit", "varchar", node.this], "varchar", words=(node.this,))
        whole, _, part = node.this.partition(".")
        if not (whole + part).isdigit() or len(whole + part) > 18 or len(part) > _MOST_PLACES:
            raise self._wrong(f"`{node.this}` is not a number of at most 18 digits")
        kind = f"decimal(18,{len(part)})" if part else "bigint"
        return _Typed(["lit", kind, int(whole + part or "0")], kind)

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
            for column, constant in ((a, b), (b, a)):
                if column.tree[0] == "col" and constant.tree[0] == "lit" and column.words:
                    value = constant.tree[2]
                    if name in ("=", "<>") and value not in column.words:
                        where = ".".join([*column.tree[1], column.tree[2]])
                        raise self._wrong(f"`{where}` is never '{value}'{hint(value, column.words)}")
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
            out.nullable = out.nullable or b.tree[0] != "lit"
            return out
        if name == "/":
            out = self._joined([name, a.tree, b.tree], "double", a, b)
            out.nullable = out.nullable or b.tree[0] != "lit"
            return out
        if name == "*" and "double" not in (a.type, b.type):
            places = decimal_places(a.type) + decimal_places(b.type)
            if places > _MOST_PLACES:
                raise self._wrong(f"the product has {places} digits after the point, more than {_MOST_PLACES}; round in between")
            kind = f"decimal(18,{places})" if places else "bigint"
        else:
            kind = self._wider(a, b)
        return self._joined([name, a.tree, b.tree], kind, a, b)

    def _case(self, node: exp.Case, depth: int) -> _Typed:
        subject = self.visit(node.this, depth + 1) if node.this else None
        branches: list[tuple[_Typed, _Typed]] = []
        asked = []
        for branch in node.args["ifs"]:
            test = self.visit(branch.this, depth + 1)
            asked.append(test.tree)
            if subject is not None:
                test = self._binary("=", subject, test)
            self._condition(test)
            branches.append((test, self.visit(branch.args["true"], depth + 1)))
        default = node.args.get("default")
        last = self.visit(default, depth + 1) if default is not None else _Typed(["null"], "null", True)
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

    def _cast(self, node: exp.Cast, depth: int) -> _Typed:
        kind = node.to.sql(dialect="duckdb").lower().replace(" ", "")
        kind = {"int": "integer", "int64": "bigint", "text": "varchar"}.get(kind, kind)
        if isinstance(node, exp.TryCast):
            raise self._wrong("`try_cast` is not supported; cast is")
        if kind == "date" and isinstance(node.this, exp.Literal) and node.this.is_string:
            return self._date(node.this.this)
        inner = self.visit(node.this, depth + 1)
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
        return _Typed(["lit", "date", (day - date(1970, 1, 1)).days], "date")

    def _on_text(self, node: exp.Expr, depth: int) -> _Typed:
        name, kind, places = _TEXTS[type(node)]
        if isinstance(node, exp.Pad) and not node.args.get("is_left"):
            name = "rpad"
        inner = self.visit(node.this, depth + 1)
        if inner.type != "varchar":
            raise self._wrong(f"{name} takes a text, not a {inner.type}")
        constants: list[int | str] = []
        for place, wanted in places:
            constant = self.visit(node.args.get(place), depth + 1)
            if constant.tree[0] != "lit" or constant.type != wanted:
                raise self._wrong(f"{name} takes constants after its text: {', '.join(kind for _, kind in places)}")
            constants.append(constant.tree[2])
        if isinstance(node, exp.Pad) and len(str(constants[1])) != 1:
            raise self._wrong(f"{name} fills with one character")
        out = self._joined(["text", name, inner.tree, constants], kind, inner)
        return out if kind != "varchar" else self._long(out, _longest(name, inner.longest, constants))

    def _difference(self, node: exp.DateDiff, depth: int) -> _Typed:
        part = str(node.args["unit"].name).lower() if node.args.get("unit") is not None else ""
        if part not in _DIFFERENCES:
            raise self._wrong(f"date_diff counts {', '.join(_DIFFERENCES)}, not `{part}`{hint(part, _DIFFERENCES)}")
        both = [self.visit(inner, depth + 1) for inner in (node.expression, node.this)]
        for inner in both:
            if inner.type not in ("date", "timestamp"):
                raise self._wrong(f"date_diff takes dates and timestamps, not a {inner.type}")
        trees = [inner.tree for inner in both]
        return self._joined(["date_diff", part, *trees, [inner.type == "date" for inner in both]], "bigint", *both)

    def _function(self, name: str, node: exp.Expr, depth: int) -> _Typed:
        arguments = [a for a in (node.args.get("this"), node.args.get("decimals"), node.args.get("expression")) if a is not None]
        arguments += node.expressions or []
        inner = [self.visit(argument, depth + 1) for argument in arguments if isinstance(argument, exp.Expr)]
        least, most = _ARGUMENTS.get(name, (1, len(inner)))
        if not least <= len(inner) <= most:
            raise self._wrong(f"{name} takes {least}{f' or {most}' if most > least else ''} arguments, not {len(inner)}")
        tree = [name, *(i.tree for i in inner)]
        if name in ("round", "floor", "ceil", "abs", "neg", "least", "greatest"):
            for operand in inner:
                self._numeric(operand)
        if name == "round":
            if len(inner) > 1 and (inner[1].tree[:2] != ["lit", "bigint"] or not 0 <= inner[1].tree[2] <= _MOST_PLACES):
                raise self._wrong("round takes a number of places from 0 to 9")
            places = inner[1].tree[2] if len(inner) > 1 else 0
            return self._joined(tree, f"decimal(18,{places})" if places else "bigint", inner[0])
        if name in ("floor", "ceil"):
            return self._joined(tree, "bigint", *inner)
        if name in ("abs", "neg"):
            return self._joined(tree, inner[0].type, *inner)
        if name == "concat":
            if any(i.type != "varchar" for i in inner):
                raise self._wrong(f"{name} takes texts; cast others to varchar")
            if isinstance(node, exp.Concat):
                # Unlike ||, the function reads a NULL as an empty text.
                tree = [name, *(["coalesce", i.tree, ["lit", "varchar", ""]] if i.nullable else i.tree for i in inner)]
            out = self._joined(tree, "varchar", *inner)
            out.nullable = out.nullable and not isinstance(node, exp.Concat)
            return self._long(out, sum(i.longest for i in inner))
        kind = self._wider(*inner)
        out = self._joined(tree, inner[0].type if name == "nullif" else kind, *inner)
        if name in ("coalesce", "least", "greatest"):
            out.nullable = all(i.nullable for i in inner)
        if name == "nullif":
            out.nullable = True
        return out


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}.."


def _is_leaf(typed: _Typed) -> bool:
    """Whether an operand may stand twice in a tree; what is larger stands once, or trees grow as a power of their depth."""
    return typed.tree[0] in ("col", "lit")


def _longest(name: str, characters: int, constants: list[int | str]) -> int:
    """Most characters of what a function makes of a text of so many."""
    if name in ("left", "right"):
        return min(characters, int(constants[0]))
    if name in ("lpad", "rpad"):
        return int(constants[0])
    if name == "replace" and constants[0]:
        return max(characters, -(-characters // len(str(constants[0]))) * len(str(constants[1])))
    return characters
