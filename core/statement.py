"""SQL that comes from others: what it may be, and a first look at it before any database sees it.

Nothing here runs SQL. `guarded.py` asks DuckDB's own parser the same questions before a statement runs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from logging import ERROR, getLogger
from typing import Any, Final

from .errors import InputError, brief, first_line, hint
from .frozen import dataclass
from .sql_functions import TABLES, refused

LENGTH: Final = 50_000
"""Characters that a statement may have."""
DEPTH: Final = 20
"""Brackets and CASEs that may stand in one another."""

PIVOT: Final = "it may stand behind a table, with the values that become columns: FROM orders PIVOT (count(*) FOR status IN ('a', 'b'))"
"""What is allowed of PIVOT: of the other forms DuckDB makes more statements than one."""

_ENDS: Final = {"L_PAREN": "R_PAREN", "L_BRACKET": "R_BRACKET", "L_BRACE": "R_BRACE"}
_OWN: Final = re.compile(r"(pg|duckdb|sqlite|pragma|information)_.*", re.DOTALL)
"""Names of DuckDB's own views, which answer without a schema."""


def with_name(name: str, what: str) -> str:
    """The name of a query of a WITH in small letters; raises InputError where it is one of DuckDB's own, or that of a file."""
    if _OWN.fullmatch(name.lower()):
        raise InputError(f"{what} names a query of WITH `{brief(name)}`: names that begin so are the database's own")
    if not name.isprintable() or set(name) & set("/\\:*?."):
        raise InputError(f"{what} names a query of WITH `{brief(name)}`: it may have a plain name, without points and slashes")
    return name.lower()


@dataclass(frozen=True, slots=True)
class Rule:
    """A SELECT over the tables of a dataset."""

    sql: str
    """Without the semicolon at its end."""
    tables: tuple[str, ...]
    """Those of the dataset, in the order in which they are named."""
    columns: frozenset[str]
    """Names of columns, whosever they are."""


def nesting(words: Sequence[Any]) -> int:
    """How many brackets and CASEs stand in one another, by the kinds of sqlglot's tokens: in texts and quoted names they are letters."""
    open_: list[str] = []
    deepest = 0
    before = ""
    for word in words:
        kind = word.token_type.name
        # Behind a point or AS, CASE and END are names of columns.
        if kind in _ENDS or (kind == "CASE" and before not in ("DOT", "ALIAS")):
            open_.append(kind)
            deepest = max(deepest, len(open_))
        elif kind == "END" and open_[-1:] == ["CASE"] and before not in ("DOT", "ALIAS"):
            open_.pop()
        elif kind in _ENDS.values():
            while open_ and _ENDS.get(last := open_.pop()) != kind and last == "CASE":
                pass
        before = kind
    return deepest


def tokens(sql: str, what: str) -> list[Any]:
    """The words of a statement, of bounded length and depth; `what` names it in a sentence. Raises InputError."""
    from sqlglot import tokenize
    from sqlglot.errors import SqlglotError

    if len(sql) > LENGTH:
        raise InputError(f"{what} has {len(sql):,} characters; it may have {LENGTH:,}")
    try:
        found = list(tokenize(sql, read="duckdb"))
    except SqlglotError as error:
        raise InputError(f"{what} cannot be read: {_plain(error)}") from None
    deepest = nesting(found)
    if deepest > DEPTH:
        raise InputError(f"{what} is nested {deepest} levels deep; {DEPTH} are allowed")
    while found and found[-1].token_type.name == "SEMICOLON":
        found.pop()
    if not found:
        raise InputError(f"{what} is empty")
    if any(token.token_type.name == "SEMICOLON" for token in found):
        raise InputError(f"{what} must be one statement, without a semicolon in it")
    return found


def rule(sql: str, tables: Mapping[str, Sequence[str]]) -> Rule:
    """A check of a dataset, whose tables and columns are given; raises InputError for what it may not be or name."""
    return _rule(sql, tuple((name, tuple(columns)) for name, columns in tables.items()))


@lru_cache(maxsize=4096)
def _rule(sql: str, known: tuple[tuple[str, tuple[str, ...]], ...]) -> Rule:
    from sqlglot import Dialect, exp
    from sqlglot.errors import SqlglotError

    what = "the check"
    words = tokens(sql, what)
    alone = f"{what} must be one SELECT over the dataset's tables; nothing else is allowed"
    if words[0].text.upper() in ("PIVOT", "UNPIVOT"):
        raise InputError(f"{what} has a PIVOT that is not allowed: {PIVOT}")
    if words[0].text.upper() not in ("SELECT", "WITH", "FROM", "TABLE", "VALUES", "("):
        raise InputError(alone)
    # What sqlglot has to say about syntax that it does not know is said below, in a sentence.
    getLogger("sqlglot").setLevel(ERROR)
    try:
        trees = Dialect.get_or_raise("duckdb").parser().parse(words, sql)
    except SqlglotError as error:
        raise InputError(f"{what} cannot be read: {_plain(error)}") from None
    except RecursionError:
        raise InputError(f"{what} is nested too deeply") from None
    tree = trees[0] if len(trees) == 1 else None
    if not isinstance(tree, exp.Query | exp.Values):
        raise InputError(alone)
    nodes = list(tree.walk())
    if any(isinstance(node, exp.DDL | exp.DML | exp.Command | exp.Into) and not isinstance(node, exp.Query) for node in nodes):
        raise InputError(alone)
    for node in nodes:
        if isinstance(node, exp.Pivot) and node.this is not None:
            raise InputError(f"{what} has a PIVOT that is not allowed: {PIVOT}")
        # Those that sqlglot has names of its own for are looked at again under the names of DuckDB's.
        if isinstance(node, exp.ReadCSV | exp.ReadParquet) or (isinstance(node, exp.Anonymous) and refused(node.name)):
            raise InputError(f"{what} may not call {_function(node)}(): a check only reads the dataset's tables")
    return Rule(sql[: words[-1].end + 1], *_names(nodes, {name.lower(): (name, columns) for name, columns in known}, what))


def _function(node: Any) -> str:
    from sqlglot import exp

    return str(node.name if isinstance(node, exp.Anonymous) else node.sql_name()).lower()


def _names(nodes: Sequence[Any], known: Mapping[str, tuple[str, tuple[str, ...]]], what: str) -> tuple[tuple[str, ...], frozenset[str]]:
    """The tables and columns that are named; each must be there, as far as that can be told without planning the statement."""
    from sqlglot import exp

    own = {with_name(node.alias_or_name, what) for node in nodes if isinstance(node, exp.CTE)}
    sources: dict[str, tuple[str, ...] | None] = dict.fromkeys(own)
    tables: dict[str, None] = {}
    free: set[str] = set()
    """Names that the statement makes itself."""
    unknown = False
    """Whether it has columns whose names only the database can tell."""
    for node in nodes:
        match node:
            case exp.Table(this=exp.Func()):
                if _function(node.this) not in TABLES:
                    raise InputError(f"{what} may not call {_function(node.this)}(): a check only reads the dataset's tables")
                unknown = True
                sources[node.alias_or_name.lower()] = None
            case exp.Table():
                name, alias = node.name.lower(), node.alias_or_name.lower()
                if len(node.parts) > 1:
                    raise InputError(f"{what} names `{'.'.join(p.name for p in node.parts)}`: a check names tables without their schema")
                made = name in own and _in_scope(node, name)
                if name not in known and not made:
                    listed = [own_name for own_name, _ in known.values()]
                    raise InputError(f"{what} names `{node.name}`, which is not a table of the dataset{hint(node.name, listed)}")
                if not made:
                    tables[known[name][0]] = None
                # One alias may stand for different tables in different parts of a statement, and may name the columns anew.
                sources[alias] = None if made or alias in sources or node.alias_column_names else known[name][1]
            case exp.Unnest() | exp.Lateral() | exp.Pivot():
                unknown = True
            case exp.Lambda() | exp.Comprehension():
                given = node.args.get("expressions") or [node.expression, node.args.get("position")]
                free |= {each.name.lower() for each in given if each is not None}
            case exp.Aliases():
                free |= {each.name.lower() for each in node.aliases}
            case exp.TableAlias():
                free |= {each.name.lower() for each in (node.this, *node.columns) if each is not None}
                if not isinstance(node.parent, exp.Table):
                    # Inside what has this name a table may have it too.
                    sources[node.name.lower()] = None
            case exp.Alias():
                free.add(node.alias.lower())
    columns = {column.lower(): column for table in tables for column in known[table.lower()][1]}
    named = set()
    for node in nodes:
        if not isinstance(node, exp.Column) or isinstance(node.this, exp.Star):
            continue
        parts = [part.name for part in node.parts]
        named.add(node.name)
        first = parts[0].lower()
        if first in sources:
            mine = sources[first]
            if len(parts) > 1 and mine is not None and first not in columns and parts[1].lower() not in {name.lower() for name in mine}:
                raise InputError(f"{what} names `{parts[0]}.{parts[1]}`, but there is no such column{hint(parts[1], list(mine))}")
        elif not (unknown or first in columns or first in free):
            raise InputError(f"{what} names `{parts[0]}`, which is not a column of its tables{hint(parts[0], list(columns.values()))}")
    return tuple(tables), frozenset(named)


def _in_scope(table: Any, name: str) -> bool:
    """Whether a query of a WITH with this name is seen where a table stands: by the WITH's statement and by its later queries."""
    from sqlglot import exp

    node = table
    while (parent := node.parent) is not None:
        if isinstance(node, exp.CTE) and isinstance(parent, exp.With):
            place = next(n for n, other in enumerate(parent.expressions) if other is node)
            seen = parent.expressions[: place + bool(parent.recursive)]
        else:
            seen = [
                query
                for clause in parent.args.values()
                if isinstance(clause, exp.With) and clause is not node
                for query in clause.expressions
            ]
        if any(query.alias_or_name.lower() == name for query in seen):
            return True
        node = parent
    return False


def _plain(error: Exception) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", first_line(error)).rstrip(".")
