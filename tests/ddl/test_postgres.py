"""DDL on a real PostgreSQL server."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from ingen_fab.synthetic_data.core.compile.ddl.scripts import scripts_of
from ingen_fab.synthetic_data.core.compile.ddl.server import apply_to
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.plan.plan import Plan

Ask = Callable[[str], list[tuple[Any, ...]]]
Call = Callable[..., subprocess.CompletedProcess[str]]
STATE = """
SELECT table_schema, table_name, column_name, data_type, character_maximum_length, is_nullable FROM information_schema.columns
WHERE table_schema NOT IN ('information_schema', 'pg_catalog') ORDER BY 1, 2, ordinal_position
"""
KEYS = "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' ORDER BY 1"


class Server(NamedTuple):
    """As in conftest."""

    port: int
    url: Callable[..., str]


@pytest.mark.parametrize("dataset", ["retail_oltp_small", "ecommerce_star_small"])
def test_rows_of_a_run_come_in(plan_of: Callable[..., Plan], database: str, rows_of: Ask, dataset: str) -> None:
    """Tables are made once; rows fit them and their keys hold; a second time changes nothing, and nor do the scripts themselves."""
    import psycopg

    plan = plan_of(dataset, target_rows=200)
    done = apply_to(database, plan, ())
    assert (len(done.made), done.there) == (len(plan.tables) + 4, ())
    engine = Engine(plan.program)
    with psycopg.connect(database) as connection:
        for table in plan.tables:
            batch = engine.batch(table.name, table.first_row, table.first_row + table.rows)
            into = f'COPY "{dataset}"."{table.name}" ({", ".join(batch.schema.names)}) FROM STDIN'
            with connection.cursor().copy(into.encode()) as copy:
                for row in batch.to_pylist():
                    copy.write_row(list(row.values()))
    before = rows_of(STATE), rows_of(KEYS), rows_of("SELECT * FROM config.sample_dataset_configurations")
    assert before[2][0][0] == dataset
    assert apply_to(database, plan, ()).made == ()
    for script in scripts_of(plan, "postgres", ()):
        for statement in script.statements:
            rows_of(statement)
    assert (rows_of(STATE), rows_of(KEYS), rows_of("SELECT * FROM config.sample_dataset_configurations")) == before
    assert {row[3] for row in before[0]} <= {
        "bigint",
        "boolean",
        "character varying",
        "date",
        "double precision",
        "integer",
        "numeric",
        "text",
        "timestamp with time zone",
    }
    assert len(before[1]) == len({(table.name, key.column) for table in plan.tables for key in table.foreign_keys})


def test_the_command_tells_what_it_made(call: Call, tmp_path: Path, database: str) -> None:
    """The configs' tables alone, without a dataset; the password is in nothing that is told."""
    done = call("ddl", "apply", "--url", database, "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert len(told["made"]) == 4
    assert told["place"].startswith("postgresql://tester@127.0.0.1:")
    assert "4 there before" in call("ddl", "apply", "--url", database, cwd=tmp_path).stdout


def test_what_the_server_refuses_is_one_sentence(call: Call, tmp_path: Path, server: Server, database: str, rows_of: Ask) -> None:
    """A wrong password, no such database, nobody there, no URL, a role without rights."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        closed = one.getsockname()[1]
        rows_of("DO $$ BEGIN CREATE ROLE guest LOGIN PASSWORD 'hush-hush'; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
        cases = [
            (server.url("postgres", "hush-hush"), 1, "does not take this user and password"),
            (f"postgresql://tester@127.0.0.1:{server.port}/postgres", 1, "does not take this user and password"),
            (server.url("nowhere"), 1, "no such database"),
            (f"postgresql://tester:hush-hush@127.0.0.1:{closed}/postgres", 1, "does not answer"),
            ("postgresql://tester:hush-hush@127.0.0.1:port/x", 1, "does not answer"),
            ("mysql://tester:hush-hush@127.0.0.1/x", 2, "not of PostgreSQL"),
            ("postgresql://tester:hush-hush@[/x", 2, "cannot be read"),
            (f"postgresql://guest:hush-hush@127.0.0.1:{server.port}/{database.rpartition('/')[2]}", 1, "permission denied"),
        ]
        for url, code, told in cases:
            done = call("ddl", "apply", "--url", url, cwd=tmp_path)
            assert (done.returncode, done.stdout) == (code, ""), url
            assert told in done.stderr
            assert len(done.stderr.splitlines()) == 1
            assert "hush-hush" not in done.stderr
            assert "cr3t" not in done.stderr
