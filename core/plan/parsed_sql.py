"""SQL expressions as trees that travel as JSON: sqlglot reads them here, and nothing behind this module knows it.

Compiled notebooks hold the trees of all expressions of their datasets; there `core/embedded/parsed_sql.py` takes this module's place.
"""

from __future__ import annotations

from typing import Any, Final

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from ..statement import nesting
from .sql_tree import MOST_CHARACTERS, MOST_DEPTH, Node, short

BINARY: Final[dict[type[exp.Expr], str]] = {
    exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.IntDiv: "//", exp.Mod: "%", exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<",
    exp.LTE: "<=", exp.GT: ">", exp.GTE: ">=", exp.And: "and", exp.Or: "or",
}  # fmt: skip
_CALLS: Final[dict[type[exp.Expr], str]] = {
    exp.Round: "round", exp.Floor: "floor", exp.Ceil: "ceil", exp.Abs: "abs", exp.Least: "least", exp.Greatest: "greatest",
    exp.Coalesce: "coalesce", exp.Nullif: "nullif", exp.Concat: "concat", exp.DPipe: "||", exp.Neg: "neg",
}  # fmt: skip
_TEXTS: Final[dict[type[exp.Expr], tuple[str, tuple[str, ...]]]] = {
    exp.Lower: ("lower", ()),
    exp.Upper: ("upper", ()),
    exp.Length: ("length", ()),
    exp.Left: ("left", ("expression",)),
    exp.Right: ("right", ("expression",)),
    exp.Pad: ("lpad", ("expression", "fill_pattern")),
    exp.Replace: ("replace", ("expression", "replacement")),
    exp.Contains: ("contains", ("expression",)),
    exp.StartsWith: ("starts_with", ("expression",)),
}
"""Functions of a text and of constants, and where sqlglot keeps each constant."""


def parse(text: str) -> Node:
    """The tree of an expression in DuckDB's dialect; raises ValueError with a sentence."""
    if len(text) > MOST_CHARACTERS:
        raise ValueError(f"`{short(text)}` has {len(text):,} characters; an expression may have {MOST_CHARACTERS:,}")
    try:
        # Brackets that are not closed, or too many in each other, are found before the parser walks them.
        if nesting(sqlglot.tokenize(text, read="duckdb")) > MOST_DEPTH:
            raise RecursionError
        parsed = sqlglot.parse(text, read="duckdb")
    except RecursionError:
        raise ValueError(f"`{short(text)}` is nested too deeply") from None
    except (SqlglotError, ValueError) as error:
        reason = str(error).split("\n")[0].split(". Line")[0]
        raise ValueError(f"`{short(text)}` is not SQL: {reason}") from None
    if len(parsed) != 1 or parsed[0] is None:
        raise ValueError(f"`{short(text)}` is not one expression")
    found = _node(parsed[0], 0)
    if found is None:
        raise ValueError(f"`{short(text)}` is not one expression")
    return found


def _node(node: Any, depth: int) -> Node | None:
    if not isinstance(node, exp.Expr):
        return None
    if depth > MOST_DEPTH:
        return Node("deep")

    def of(kind: str, value: str, *inner: Any) -> Node:
        return Node(kind, value, tuple(_node(each, depth + 1) for each in inner))

    match node:
        case exp.Paren():
            return of("paren", "", node.this)
        case exp.Column() | exp.Dot():
            return Node("path", ".".join(part.name for part in node.parts))
        case exp.Literal():
            return Node("string" if node.is_string else "number", node.this)
        case exp.Boolean():
            return Node("boolean", "true" if node.this else "false")
        case exp.Null():
            return Node("null")
        case exp.Case():
            branches = [each for branch in node.args["ifs"] for each in (branch.this, branch.args["true"])]
            return of("case", "", node.this or None, node.args.get("default"), *branches)
        case exp.Cast():
            kind = node.to.sql(dialect="duckdb").lower().replace(" ", "")
            return of("try_cast" if isinstance(node, exp.TryCast) else "cast", kind, node.this)
    return _operation(node, of)


def _operation(node: exp.Expr, of: Any) -> Node:
    found: Node
    kind = type(node)
    if kind in BINARY:
        found = of("binary", BINARY[kind], node.this, node.expression)
    elif isinstance(node, exp.Not):
        found = of("not", "", node.this)
    elif isinstance(node, exp.Is) and isinstance(node.expression, exp.Null):
        found = of("is_null", "", node.this)
    elif isinstance(node, exp.Between):
        found = of("between", "", node.this, node.args["low"], node.args["high"])
    elif isinstance(node, exp.In) and node.expressions:
        found = of("in", "", node.this, *node.expressions)
    elif kind in _TEXTS:
        name, places = _TEXTS[kind]
        name = "rpad" if isinstance(node, exp.Pad) and not node.args.get("is_left") else name
        found = of("text", name, node.this, *(node.args.get(place) for place in places))
    elif isinstance(node, exp.DateDiff):
        unit = str(node.args["unit"].name).lower() if node.args.get("unit") is not None else ""
        found = of("date_diff", unit, node.expression, node.this)
    elif kind in _CALLS:
        given = [node.args.get("this"), node.args.get("decimals"), node.args.get("expression"), *(node.expressions or [])]
        found = of("call", _CALLS[kind], *(each for each in given if isinstance(each, exp.Expr)))
    else:
        found = Node("unknown", node.name if isinstance(node, exp.Anonymous) else node.key)
    return found
