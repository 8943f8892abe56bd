"""Hostile names, comments and data stay what they are, in each dialect; where an engine is at hand, it says so."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import duckdb
import pytest
import sqlglot
from ingen_fab.synthetic_data.core.compile.ddl.dialect import one_line, whole
from ingen_fab.synthetic_data.core.compile.ddl.model import Column, Table, Type
from ingen_fab.synthetic_data.core.compile.ddl.scripts import DIALECTS, Script, Target, declared
from ingen_fab.synthetic_data.core.errors import InputError
from sqlglot import exp

Ask = Callable[[str], list[tuple[Any, ...]]]
ATTACKS = [
    "'; DROP TABLE victims; --",
    "'); DROP TABLE victims; --",
    '"; DROP TABLE victims; --',
    "]; DROP TABLE victims; --",
    "`; DROP TABLE victims; --",
    "\\'; DROP TABLE victims; --",
    "ends with a backslash \\",
    "\\\nGO\nDROP TABLE victims\nGO\n",
    "\r\nGO\r\nDROP TABLE victims",
    "-- \n; DROP TABLE victims",
    "*/ DROP TABLE victims /*",
    "$$; DROP TABLE victims; $$",
    "$ddl$; DROP TABLE victims; $ddl$",
    "${spark.app.name} ${env:PATH} $(PATH) $(SQLCMDUSER)",
    "\x00'; DROP TABLE victims; --",
    "E'\\047; DROP TABLE victims'",
    "\\u0027; DROP TABLE victims; --",
    "%s %(name)s ? :name {0} {{ 7 * 7 }}",
    "tab\t, bell\x07, escape\x1b[31m, delete\x7f",
    "\ud800 half a character, \u202e turned, \u2028 a line",
    "’; a quote of typographers, ＇ a wide one",
    ";\n\n;",
    "x" * 4_000 + "' \n",
    "",
]


def table(schema: str, attack: str) -> Table:
    """A table that says it everywhere but in names."""
    columns = (Column("id", Type("bigint"), False, attack), Column("text", Type("varchar", None), True, attack))
    return Table(schema, "attacked", columns, attack, ("id",))


def statements(target: Target, schema: str, attack: str) -> Script:
    """Those that make it and fill it."""
    dialect, mine = DIALECTS[target], table(schema, attack)
    return Script("1.sql", target, attack, (*declared(dialect, [mine]), *dialect.fill(mine, [{"id": 7, "text": attack}])))


@pytest.mark.parametrize("attack", ATTACKS)
def test_duckdb(attack: str) -> None:
    """As a file, as a client runs it."""
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE victims (id INTEGER)")
        connection.execute(statements("duckdb", "s", attack).text)
        assert connection.execute("FROM s.attacked").fetchall() == [(7, whole(attack))]
        told = connection.execute("SELECT DISTINCT comment FROM duckdb_columns() WHERE column_name = 'text'").fetchall()
        assert told == [(one_line(attack) or None,)]
        assert connection.execute("SELECT count(*) FROM duckdb_tables()").fetchall() == [(2,)]
        if _is_name("duckdb", attack):
            connection.execute("; ".join(DIALECTS["duckdb"].create_table(Table("", attack, (Column(attack, Type("date")),)))))
            assert connection.execute("SELECT table_name FROM duckdb_columns() WHERE column_name = ?", [attack]).fetchall() == [(attack,)]


@pytest.mark.parametrize("standard", ["on", "off"])
def test_postgres(rows_of: Ask, standard: str) -> None:
    """Each in a schema of its own; also where a backslash is an escape by a setting of the server."""
    rows_of(f"SET standard_conforming_strings = {standard}")
    rows_of("SET backslash_quote = on")
    rows_of("CREATE TABLE victims (id INTEGER)")
    for attack in ATTACKS:
        schema = f"s_{uuid4().hex[:12]}"
        rows_of(statements("postgres", schema, attack).text)
        assert rows_of(f"SELECT * FROM {schema}.attacked") == [(7, whole(attack))]
        assert rows_of(f"SELECT col_description('{schema}.attacked'::regclass, 2)") == [(one_line(attack) or None,)]
        if _is_name("postgres", attack):
            key = Table(schema, attack, (Column(attack, Type("bigint")),), primary_key=(attack,))
            rows_of("; ".join(declared(DIALECTS["postgres"], [key])))
            sql = f"SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = '{schema}' AND data_type = 'bigint'"
            assert (attack, attack) in rows_of(sql)
    assert rows_of("SELECT count(*) FROM victims") == [(0,)]


@pytest.mark.parametrize("attack", ATTACKS)
def test_fabric(attack: str) -> None:
    """As sqlglot reads it; batches as sqlcmd cuts them, whose variables are in none."""
    script = statements("warehouse", "s", attack)
    batches = re.split(r"(?im)^\s*GO\s*$", script.text)
    assert len(batches) == len(script.statements) + 1
    assert "$(" not in script.text
    assert "\x00" not in script.text
    for batch in batches[:-1]:
        for tree in filter(None, sqlglot.parse(batch, dialect="fabric")):
            assert not list(tree.find_all(exp.Drop))
    fill = sqlglot.parse(script.statements[-1], dialect="fabric")
    assert [type(tree).__name__ for tree in fill] == ["Transaction", "Delete", "Insert", "Commit"]
    literal = DIALECTS["warehouse"].literal(attack)
    assert literal in script.statements[-1]
    assert _value_of(literal) == whole(attack)
    name = re.search(r"^\s+\[text\] VARCHAR\(MAX\) NULL( -- [^\n]*)?$", script.text, re.MULTILINE)
    assert name is not None
    if _is_name("warehouse", attack):
        quoted = DIALECTS["warehouse"].name(attack)
        assert quoted[1:-1].replace("]]", "").count("]") == 0


def _value_of(literal: str) -> str:
    """Of a sum of strings and CHAR()s, as a server adds them."""
    out, rest = "", literal.removeprefix("CAST('' AS VARCHAR(MAX)) + ")
    while rest:
        found = re.match(r"(?:'((?:[^'\x00-\x1f]|'')*)'|CHAR\((\d+)\))(?: \+ |\Z)", rest)
        assert found is not None, rest
        out += found[1].replace("''", "'") if found[1] is not None else chr(int(found[2]))
        rest = rest[found.end() :]
    return out


def _is_name(target: Target, text: str) -> bool:
    """Whether a dialect takes a text for a name; the others are refused in a sentence."""
    try:
        return bool(DIALECTS[target].name(text))
    except InputError:
        return False


@pytest.mark.slow
def test_spark(spark: Any) -> None:
    """All at once, each in a row and in the comment of a column, by Spark with Delta; a second time changes nothing."""
    dialect = DIALECTS["lakehouse"]
    schema = f"s_{uuid4().hex[:12]}"
    columns = tuple(Column(f"c{number}", Type("varchar"), True, attack[:400]) for number, attack in enumerate(ATTACKS))
    mine = Table(schema, "attacked", (Column("id", Type("bigint"), False), *columns), ATTACKS[0], properties={"a.b": ATTACKS[3]})
    row = {f"c{number}": attack for number, attack in enumerate(ATTACKS)}
    script = Script("1.sql", "lakehouse", ATTACKS[1], (*declared(dialect, [mine]), *dialect.fill(mine, [{"id": 7, **row}])))
    for _ in range(2):
        for statement in re.split(r";$", script.text, flags=re.MULTILINE)[:-1]:
            spark.sql(statement)
    found = spark.table(f"{schema}.attacked")
    assert [tuple(row) for row in found.collect()] == [(7, *map(whole, ATTACKS))]
    comments = [field.metadata.get("comment", "") for field in found.schema.fields[1:]]
    assert comments == [one_line(attack[:400]) for attack in ATTACKS]
    history = spark.sql(f"DESCRIBE HISTORY {schema}.attacked").collect()
    changed = [one.operationMetrics.get("numTargetRowsUpdated", "0") for one in history]
    assert set(changed) == {"0"}
    spark.sql(f"DROP SCHEMA {schema} CASCADE")
