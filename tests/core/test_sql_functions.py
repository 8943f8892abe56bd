"""Functions that SQL of others may call are written down one by one, and none is missing."""

from __future__ import annotations

import re

import duckdb
import pytest
from ingen_fab.synthetic_data.core.errors import InputError
from ingen_fab.synthetic_data.core.run.guarded import guarded
from ingen_fab.synthetic_data.core.sql_functions import refused

NAMES = """
bitstring_byte_comparable can_cast_implicitly col_description combine combine_aggr create_sort_key current_connection_id current_query
current_query_id current_role current_setting current_transaction_id current_user currval finalize format_pg_type get_block_size
getvariable hive_partition_component icu_sort_key in_search_path index_key is_histogram_other_bin json_copy_strftime_if_date
json_copy_strftime_if_timestamp json_deserialize_sql json_serialize_plan json_serialize_sql map_to_pg_oid map_type_id_to_pg_oid nextval
obj_description parse_duckdb_log_message session_user setseed setval shobj_description sleep_ms stats sum_no_overflow
timetz_byte_comparable to_aggregate_state txid_current user variant_comparator variant_group_array variant_group_object vector_type
write_log
"""
REFUSED = {*NAMES.split(), "is distinct from", "is not distinct from"}
"""Functions that read or change settings, sequences or the catalogue, that wait or write, or that only DuckDB itself calls."""
FAMILIES = re.compile(r"(__internal|pg|has|inet)_.*")
"""More of them: how DuckDB passes values on, and what a client of Postgres asks for."""


def test_every_function_of_duckdb_is_known() -> None:
    """One that a new version brings is either allowed in `sql_functions.py` or refused here, once somebody has looked at it."""
    sql = "SELECT DISTINCT lower(function_name) FROM duckdb_functions() WHERE function_type IN ('scalar', 'aggregate', 'macro', 'window')"
    every = {name for (name,) in duckdb.execute(sql).fetchall()}
    missing = {name for name in every if refused(name)} - REFUSED
    assert {name for name in missing if not FAMILIES.fullmatch(name)} == set()
    assert {name for name in REFUSED if not refused(name)} == set()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT a_function_of_tomorrow(1)",
        "SELECT sum(a_function_of_tomorrow(1)) OVER ()",
        "SELECT a_function_of_tomorrow(1) OVER ()",
        "SELECT 1 ORDER BY 'x'.a_function_of_tomorrow()",
        "SELECT current_setting('threads')",
        "FROM a_function_of_tomorrow(1)",
    ],
)
def test_what_nobody_has_looked_at_is_refused(sql: str) -> None:
    """Wherever it stands."""
    with guarded(lambda _: None, lambda _: []) as (guard, _), pytest.raises(InputError, match=r"may not call [a-z_]+\(\)"):
        guard.asked(sql, "the query")


def test_usual_functions_are_allowed() -> None:
    """Operators, casts, orders of languages and what DuckDB's parser has its own names for."""
    with guarded(lambda _: None, lambda _: []) as (guard, _):
        for sql in (
            "SELECT 1 + 2 * 3 // 4 ** 2, -x, 'a' || 'b', x::INT, [1][1], {'a': 1}['a']",
            "SELECT x LIKE 'a%', x ILIKE 'b', x NOT LIKE 'c' ESCAPE '$'",
            "SELECT x SIMILAR TO 'a', x ~ 'b', x !~ 'b', x BETWEEN 1 AND 2, EXTRACT(year FROM x), x AT TIME ZONE 'UTC', 5!, x GLOB 'a*'",
            "SELECT count(*), count(DISTINCT x), coalesce(x, 1), nullif(x, 1), ifnull(x, 1), if(x, 1, 2), try_cast(x AS INT), grouping(x)",
            "SELECT row_number() OVER (), lag(x) OVER (ORDER BY y), sum(x) FILTER (WHERE y), string_agg(x, ',' ORDER BY y), list(x)",
            "SELECT x COLLATE de, now(), current_date, current_timestamp, INTERVAL 1 DAY, [d * 2 FOR d IN x], list_transform(x, d -> d)",
            "SELECT unnest([1]), position('a' IN x), substring(x FROM 1 FOR 2), trim(BOTH ' ' FROM x), x -> 'a', x ->> 'b'",
            "SELECT x[1:2], MAP {1: 2}",
            "FROM range(3), generate_series(1, 2), unnest([1]), json_each('{}'), json_tree('{}')",
            "SELECT COLUMNS(*), * EXCLUDE (x) FROM t WHERE x IN (1, 2) AND x IS NOT DISTINCT FROM 3 AND EXISTS (SELECT 1)",
        ):
            guard.asked(sql, "the query")
