"""SQL expressions: parsed by sqlglot, typed, and turned into the engine's trees."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from ..errors import hint
from ..spec.kinds.base import Compiled, Found, decimal_places

_BINARY: Final[dict[type[exp.Expr], str]] = {
    exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%", exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<",
    exp.LTE: "<=", exp.GT: ">", exp.GTE: ">=", exp.And: "and", exp.Or: "or",
}  # fmt: skip
_FUNCTIONS: Final[dict[type[exp.Expr], str]] = {
    exp.Round: "round", exp.Floor: "floor", exp.Ceil: "ceil", exp.Abs: "abs", exp.Least: "least", exp.Greatest: "greatest",
    exp.Coalesce: "coalesce", exp.Nullif: "nullif", exp.Lower: "lower", exp.Upper: "upper", exp.Length: "length",
    exp.Concat: "concat", exp.DPipe: "concat", exp.Neg: "neg",
}  # fmt: skip
FUNCTIONS: Final = tuple(sorted(set(_FUNCTIONS.values()) - {"neg"}))
"""Functions that expressions may call, besides CASE, CAST, IN, BETWEEN, IS NULL and the operators."""

_MOST_PLACES: Final = 9


class _Typed:
    __slots__ = ("nullable", "sees", "state", "tree", "type", "words")

    def __init__(self, tree: list[Any], kind: str, nullable: bool = False, words: tuple[str, ...] | None = None) -> None:
        self.tree, self.type, self.nullable, self.words = tree, kind, nullable, words
        self.sees = self.state = False


def compile_sql(text: str, find: Callable[[str], Found], happens: bool) -> Compiled:
    """An expression compiled for rows whose paths `find` resolves; raises ValueError with a sentence.

    `happens` says whether the rows happen: then what a path reaches is seen on the row's own day.
    """
    try:
        parsed = sqlglot.parse_one(text, read="duckdb")
    except (SqlglotError, RecursionError, ValueError) as error:
        reason = str(error).split("\n")[0].split(". Line")[0]
        raise ValueError(f"`{text}` is not SQL: {reason}") from None
    out = _Compiler(text, find, happens).visit(parsed, 0)
    return Compiled({"tree": out.tree}, out.type, out.words, out.nullable, out.sees, out.state)


class _Compiler:
    def __init__(self, text: str, find: Callable[[str], Found], happens: bool) -> None:
        self._text, self._find, self._happens = text, find, happens

    def _wrong(self, why: str) -> ValueError:
        return ValueError(f"`{self._text}`: {why}")

    def visit(self, node: exp.Expr, depth: int) -> _Typed:
        if depth > 60:
            raise self._wrong("is nested too deeply")
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
            return self._joined(["not", inner.tree], "boolean", inner)
        if isinstance(node, exp.Is) and isinstance(node.expression, exp.Null):
            inner = self.visit(node.this, depth + 1)
            out = self._joined(["is_null", inner.tree], "boolean", inner)
            out.nullable = False
            return out
        if isinstance(node, exp.Between):
            value = self.visit(node.this, depth + 1)
            low = self._binary(">=", value, self.visit(node.args["low"], depth + 1))
            high = self._binary("<=", value, self.visit(node.args["high"], depth + 1))
            return self._binary("and", low, high)
        if isinstance(node, exp.In) and node.expressions:
            value = self.visit(node.this, depth + 1)
            items = [self.visit(item, depth + 1) for item in node.expressions]
            for item in items:
                self._comparable("=", value, item)
            return self._joined(["in", value.tree, [item.tree for item in items]], "boolean", value, *items)
        if type(node) in _FUNCTIONS:
            return self._function(_FUNCTIONS[type(node)], node, depth)
        name = node.name if isinstance(node, exp.Anonymous) else node.key
        raise self._wrong(f"`{name}` is not supported; expressions may use {', '.join(FUNCTIONS)}, CASE, CAST, IN, BETWEEN and IS NULL")

    def _joined(self, tree: list[Any], kind: str, *inner: _Typed) -> _Typed:
        out = _Typed(tree, kind, any(i.nullable for i in inner))
        out.sees = any(i.sees for i in inner)
        out.state = any(i.state for i in inner)
        return out

    def _path(self, node: exp.Expr) -> _Typed:
        steps = [part.name for part in (node.parts if isinstance(node, exp.Column | exp.Dot) else [])]
        found = self._find(".".join(steps))
        inner = found.compiled
        out = _Typed(["col", *found.program], inner.type, inner.nullable, inner.words)
        out.sees = inner.sees and not (found.path and self._happens)
        out.state = inner.state
        return out

    def _literal(self, node: exp.Literal) -> _Typed:
        if node.is_string:
            return _Typed(["lit", "varchar", node.this], "varchar", words=(node.this,))
        whole, _, part = node.this.partition(".")
        if not (whole + part).isdigit() or len(whole + part) > 18 or len(part) > _MOST_PLACES:
            raise self._wrong(f"`{node.this}` is no number of at most 18 digits")
        kind = f"decimal(18,{len(part)})" if part else "bigint"
        return _Typed(["lit", kind, int(whole + part or "0")], kind)

    def _numeric(self, operand: _Typed) -> None:
        if not operand.type.startswith(("bigint", "integer", "decimal", "double", "null")):
            raise self._wrong(f"a {operand.type} is no number")

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
                if operand.type not in ("boolean", "null"):
                    raise self._wrong(f"a {operand.type} is no condition")
            return self._joined([name, a.tree, b.tree], "boolean", a, b)
        if name in ("=", "<>", "<", "<=", ">", ">="):
            self._comparable(name, a, b)
            return self._joined([name, a.tree, b.tree], "boolean", a, b)
        if name == "-" and a.type == b.type == "date":
            return self._joined([name, a.tree, b.tree], "bigint", a, b)
        self._numeric(a)
        self._numeric(b)
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
        for branch in node.args["ifs"]:
            test = self.visit(branch.this, depth + 1)
            if subject is not None:
                test = self._binary("=", subject, test)
            branches.append((test, self.visit(branch.args["true"], depth + 1)))
        default = node.args.get("default")
        last = self.visit(default, depth + 1) if default is not None else _Typed(["null"], "null", True)
        values = [value for _, value in branches] + [last]
        kind = self._wider(*values)
        tree = ["case", [[test.tree, value.tree] for test, value in branches], last.tree]
        out = self._joined(tree, kind, *values)
        for test, _ in branches:
            out.sees |= test.sees
            out.state |= test.state
        if kind == "varchar" and all(value.words is not None for value in values if value.type != "null"):
            out.words = tuple(dict.fromkeys(w for value in values for w in value.words or ()))
        return out

    def _cast(self, node: exp.Cast, depth: int) -> _Typed:
        inner = self.visit(node.this, depth + 1)
        kind = node.to.sql(dialect="duckdb").lower().replace(" ", "")
        kind = {"int": "integer", "int64": "bigint"}.get(kind, kind)
        if not kind.startswith(("bigint", "integer", "double", "decimal(")):
            raise self._wrong(f"a cast to {kind} is not supported; bigint, integer, double and decimal(p,s) are")
        self._numeric(inner)
        return self._joined(["cast", inner.tree, kind], kind, inner)

    def _function(self, name: str, node: exp.Expr, depth: int) -> _Typed:
        arguments = [a for a in (node.args.get("this"), node.args.get("decimals"), node.args.get("expression")) if a is not None]
        arguments += node.expressions or []
        inner = [self.visit(argument, depth + 1) for argument in arguments if isinstance(argument, exp.Expr)]
        tree = [name, *(i.tree for i in inner)]
        if name in ("round", "floor", "ceil", "abs", "neg", "least", "greatest"):
            for operand in inner:
                self._numeric(operand)
        if name == "round":
            if len(inner) > 1 and (inner[1].tree[0] != "lit" or not 0 <= inner[1].tree[2] <= _MOST_PLACES):
                raise self._wrong("round takes a number of places from 0 to 9")
            places = inner[1].tree[2] if len(inner) > 1 else 0
            return self._joined(tree, f"decimal(18,{places})" if places else "bigint", inner[0])
        if name in ("floor", "ceil"):
            return self._joined(tree, "bigint", *inner)
        if name in ("abs", "neg"):
            return self._joined(tree, inner[0].type, *inner)
        if name in ("lower", "upper", "concat", "length"):
            if any(i.type not in ("varchar", "null") for i in inner):
                raise self._wrong(f"{name} takes texts")
            return self._joined(tree, "bigint" if name == "length" else "varchar", *inner)
        out = self._joined(tree, self._wider(*inner), *inner)
        if name == "coalesce":
            out.nullable = all(i.nullable for i in inner)
        if name == "nullif":
            out.nullable = True
        return out
