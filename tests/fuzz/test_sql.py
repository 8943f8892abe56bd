"""SQL of others: whatever it says, nothing is written or read outside the tables, and the answer is rows or a sentence."""

from __future__ import annotations

import string
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingen_fab.synthetic_data.core.errors import InputError, SyntheticDataError
from ingen_fab.synthetic_data.core.run.guarded import checked_tables, guarded
from ingen_fab.synthetic_data.core.run.query import answer
from ingen_fab.synthetic_data.core.statement import rule

TABLES = {"orders": ("id", "total"), "people": ("id", "name")}
HIDDEN = "what-another-keeps"

NAMES = st.sampled_from(["id", "total", "orders", "people", "o", "x", "*", '"id"', "orders.id", "o.id", "main.orders", "nope", "é"])
FUNCTIONS = st.sampled_from(
    [
        "abs",
        "sum",
        "count",
        "lower",
        "getenv",
        "current_setting",
        "write_log",
        "nextval",
        "struct_pack",
        "list_value",
        "main.getenv",
        "hash",
    ]
)
READERS = st.sampled_from(
    ["read_csv", "read_text", "read_blob", "read_json", "read_parquet", "parquet_scan", "sniff_csv", "glob", "query", "query_table",
     "duckdb_settings", "range", "unnest", "parquet_metadata", "read_csv_auto", "main.read_text", '"read_text"', "arrow_scan", "summary"]
)  # fmt: skip
LITERALS = st.one_of(
    st.integers(-3, 10**20).map(str),
    st.sampled_from(["NULL", "true", "'a'", "'{secret}'", "'{target}'", "E'\\x2f'", "$$ ; $$", "DATE 'infinity'", "[1]", "{{'a': 1}}"]),
)
EXPRESSIONS = st.recursive(
    st.one_of(NAMES, LITERALS),
    lambda inner: st.one_of(
        st.tuples(FUNCTIONS, inner).map(lambda p: f"{p[0]}({p[1]})"),
        st.tuples(inner, st.sampled_from(["+", "-", "=", "AND", "||", "IN", "->", "::", ".", ":=", "LIKE"]), inner).map(" ".join),
        inner.map(lambda e: f"(SELECT {e})"),
        inner.map(lambda e: f"CASE {e} WHEN 1 THEN 2 END"),
        st.tuples(inner, inner).map(lambda p: f"1 BETWEEN ({p[0]}) AND ({p[1]})"),
    ),
    max_leaves=6,
)
SOURCES = st.one_of(
    st.sampled_from(["orders", "people", "orders o", "nope", "'{secret}'", '"{secret}"', "main.orders", "information_schema.tables"]),
    st.tuples(READERS, EXPRESSIONS).map(lambda p: f"{p[0]}({p[1]})"),
    READERS.map(lambda name: f"{name}('{{secret}}')"),
)
SELECTS = st.recursive(
    st.tuples(EXPRESSIONS, SOURCES, EXPRESSIONS).map(lambda p: f"SELECT {p[0]} FROM {p[1]} WHERE {p[2]}"),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["UNION ALL", "EXCEPT", "INTERSECT"]), inner).map(" ".join),
        inner.map(lambda s: f"SELECT * FROM ({s})"),
        inner.map(lambda s: f'WITH x AS ({s}) SELECT * FROM x, "{{secret}}"'),
        inner.map(lambda s: f"COPY ({s}) TO '{{target}}'"),
        inner.map(lambda s: f"EXPLAIN ANALYZE {s}"),
        inner.map(lambda s: f"EXPLAIN {s}"),
        inner.map(lambda s: f"DESCRIBE {s}"),
        inner.map(lambda s: f"CREATE TABLE t AS {s}"),
    ),
    max_leaves=3,
)
ATTACKS = st.sampled_from(
    [
        "SELECT 1) t; COPY (SELECT '..') TO '{target}'; SELECT 0 FROM (SELECT 1 FROM orders",
        "EXPLAIN ANALYZE COPY (SELECT 'gone' AS x) TO '{target}'",
        "WITH x AS (INSERT INTO orders VALUES (1) RETURNING 1) SELECT * FROM x",
        "ATTACH '{target}' AS t",
        "EXPORT DATABASE '{target}'",
        "SELECT * FROM read_text('{secret}')",
        "SELECT content FROM read_blob('{secret}')",
        "SELECT * FROM '{secret}'",
        "INSTALL httpfs; LOAD httpfs",
        "SET enable_external_access = true",
        "PREPARE p AS COPY (SELECT 1) TO '{target}'",
        "SUMMARIZE SELECT * FROM read_csv('{secret}')",
        "SELECT * FROM query('COPY (SELECT 1) TO ''{target}''')",
        "SELECT * FROM json_execute_serialized_sql('{{}}')",
        "MERGE INTO orders USING people ON true WHEN MATCHED THEN DELETE",
        "SELECT 1 -- \n; COPY orders TO '{target}'",
        "SELECT /* */ 1 /* ; */ ; COPY orders TO '{target}'",
        "FROM orders SELECT id",
        "PIVOT orders ON id USING sum(total)",
    ]
)


@st.composite
def statements(draw: st.DrawFn) -> str:
    """A statement of the grammar or an attack, whole or with a few characters taken away, put in or doubled."""
    text = draw(st.one_of(SELECTS, ATTACKS))
    for _ in range(draw(st.integers(0, 2))):
        at, length = draw(st.integers(0, len(text))), draw(st.integers(0, 6))
        new = draw(
            st.one_of(st.text(string.printable, max_size=3), st.sampled_from([";", "--", "/*", "*/", "'", '"', "$$", "(", ")", "\0"]))
        )
        text = text[:at] + new + text[at + length :]
    return text


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an output root of two tables, and a file beside it that nobody may read."""
    import pyarrow as pa
    from pyarrow.parquet import write_table

    folder = tmp_path_factory.mktemp("fuzz")
    for name, columns in TABLES.items():
        (folder / "root" / "Files" / name).mkdir(parents=True)
        write_table(pa.table({column: [1, 2] for column in columns}), folder / "root" / "Files" / name / "data.parquet")
    (folder / "secret.csv").write_text(f"{HIDDEN}\n{HIDDEN}\n")
    return folder


def standing(folder: Path) -> dict[Path, bytes]:
    """All that is there."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def filled(text: str, place: Path) -> str:
    """The statement with its places."""
    return (
        text.replace("{secret}", str(place / "secret.csv")).replace("{target}", str(place / "target")).replace("{{", "{").replace("}}", "}")
    )


@given(statements())
def test_queries_write_nothing_and_read_nothing_else(place: Path, text: str) -> None:
    """An answer or one sentence; the secret is in neither, and everything stands as before."""
    before = standing(place)
    try:
        shown = str(answer(place / "root", filled(text, place), seconds=5))
    except SyntheticDataError as error:
        shown = str(error)
    assert shown
    assert HIDDEN not in shown
    assert standing(place) == before


@given(statements())
def test_checks_are_read_or_refused(place: Path, text: str) -> None:
    """What a first look lets through is one SELECT for DuckDB too, of the same tables; and it ends soon."""
    try:
        found = rule(filled(text, place), TABLES)
    except InputError:
        return
    with guarded(lambda _: None, lambda _: []) as (guard, _):
        try:
            asked = guard.asked(f"SELECT count(*) FROM ({found.sql}\n) AS broken", "the check")
        except InputError:
            return
        checked_tables(asked, {("", name): None for name in TABLES}, {})


@given(
    st.lists(st.sampled_from(["(", "[", "{'a': ", "CASE ", "CASE WHEN ", "1 BETWEEN (", "f(", "(SELECT ", "NOT ", "x -> "]), max_size=300)
)
def test_nesting_ends(parts: list[str]) -> None:
    """However it is nested, a check is read or refused at once."""
    closing = {"(": ")", "[": "]", "{'a': ": "}", "CASE ": " WHEN 1 THEN 2 END", "CASE WHEN ": " THEN 1 END", "1 BETWEEN (": ") AND 2"}
    closing |= {"f(": ")", "(SELECT ": ")", "NOT ": "", "x -> ": ""}
    with suppress(InputError):
        rule("SELECT " + "".join(parts) + "1" + "".join(closing[part] for part in reversed(parts)), TABLES)
