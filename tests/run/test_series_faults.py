"""Series in roots that others have been at, and in the middle of what can go wrong."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import pytest
from ingen_fab.synthetic_data.core.errors import ExistsError, ForeignError, InputError, PlaceError, SyntheticDataError
from ingen_fab.synthetic_data.core.plan.make import make_plan
from ingen_fab.synthetic_data.core.plan.make_series import make_series
from ingen_fab.synthetic_data.core.plan.series import Series
from ingen_fab.synthetic_data.core.run import publish
from ingen_fab.synthetic_data.core.run.days_there import nothing_to_do, standing
from ingen_fab.synthetic_data.core.run.ledger import LEDGER, Ledger
from ingen_fab.synthetic_data.core.run.query import query
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.run.series import run_series
from ingen_fab.synthetic_data.core.run.state import repair, states, verify
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

pytestmark = pytest.mark.slow

DATASET = "retail_oltp_small"
FIRST = date(2023, 1, 1)
Make = Callable[..., Series]


class Crash(SystemExit):
    """The end of a process: nothing is put back."""


@pytest.fixture
def series_of(tmp_path: Path) -> Make:
    """So many days from the first of the history, or from `start`, under the test's own folder."""

    def make(days: int, *sets: str, start: date = FIRST, mode: str = "parquet", root: str = "out") -> Series:
        given = (f"output_settings.output_dir={tmp_path / root}", f"output_settings.output_mode={mode}", "target_rows=2000", *sets)
        return make_series(resolve_parameters(DATASET, sets=given), start, start + timedelta(days=days - 1))

    return make


def orders(root: Path) -> list[int]:
    """The keys of all orders, in order."""
    return [row["order_id"] for row in query(root, f"SELECT order_id FROM {DATASET}.orders ORDER BY 1").to_pylist()]


def change(root: Path, sql: str, *values: Any) -> None:
    """Somebody changes the ledger."""
    with closing(sqlite3.connect(root / LEDGER)) as connection, connection:
        connection.execute(sql, values)


# What others plant


def test_a_journal_that_names_another_file_is_not_followed(series_of: Make, tmp_path: Path) -> None:
    """SQLite would remove that file."""
    run_series(series_of(2), workers=0)
    victim = tmp_path / "victim"
    victim.write_text("mine")
    magic = bytes.fromhex("d9d505f920a163d7")
    name = str(victim).encode()
    tail = b"\0\0\0\x01" + name + len(name).to_bytes(4, "big") + (sum(name) & 0xFFFFFFFF).to_bytes(4, "big") + magic
    head = magic + (0).to_bytes(4, "big") + b"\0\0\0\0" + (3).to_bytes(4, "big") + (512).to_bytes(4, "big") + (4096).to_bytes(4, "big")
    (tmp_path / "out" / f"{LEDGER}-journal").write_bytes(head.ljust(512, b"\0") + tail)
    for ask in (lambda: states(tmp_path / "out"), lambda: run_series(series_of(2), workers=0)):
        with pytest.raises(PlaceError, match="names another file"):
            ask()
    assert victim.read_text() == "mine"


@pytest.mark.parametrize("ending", ["-wal", "-shm"])
def test_other_files_of_sqlite_are_refused(series_of: Make, tmp_path: Path, ending: str) -> None:
    """No series leaves one."""
    run_series(series_of(1), workers=0)
    (tmp_path / "out" / f"{LEDGER}{ending}").write_bytes(b"x")
    with pytest.raises(PlaceError, match="which no series leaves"):
        states(tmp_path / "out")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("rows", float("inf")),
        ("rows", -1),
        ("files", "[" * 100_000),
        ("files", '[["../x", 1, "0"]]'),
        ("files", '[["a/b", 1e999, "0"]]'),
        ("files", "7"),
        ("day", "9999-12-31"),
        ("day", "2023-W01-1"),
        ("place", b"ab"),
        ("digest", b"ab"),
    ],
)
def test_values_that_no_series_has_are_refused(series_of: Make, tmp_path: Path, column: str, value: Any) -> None:
    """In a sentence; queries of other tables work on."""
    run_series(series_of(1), workers=0)
    change(tmp_path / "out", f"UPDATE entry SET {column} = ? WHERE name = 'orders'", value)
    if column != "day" or "W" in str(value):
        with pytest.raises(PlaceError, match="not a ledger"):
            states(tmp_path / "out")
    assert query(tmp_path / "out", "SELECT count(*) AS n FROM log_synthetic_data_generation").to_pylist() == [{"n": 1}]


def test_a_ledger_says_nothing_of_places(series_of: Make, tmp_path: Path) -> None:
    """Where datasets and outputs lie is said by whoever repairs."""
    run_series(series_of(3), workers=0)
    (tmp_path / "secret.yaml").write_text("seed: hunter2\n")
    (made,) = Ledger(tmp_path / "out").told(f"{DATASET}-parquet").values()
    for more in ({"custom_schema": str(tmp_path / "secret.yaml")}, {"datasets": [str(tmp_path)]}):
        told = {**made, "parameters": {**made["parameters"], **more}}
        change(tmp_path / "out", "UPDATE series SET told = ?", json.dumps(told))
        next((tmp_path / "out").rglob("orders/data.parquet")).unlink()
        (result,) = repair(tmp_path / "out")
        assert len(result.days) == 1
    change(tmp_path / "out", "UPDATE series SET told = ?", json.dumps({**made, "parameters": {"output_settings": "x"}}))
    with pytest.raises(InputError, match="does not tell how"):
        repair(tmp_path / "out")


def planted(root: Path, files: Mapping[str, bytes], staged: Mapping[str, bytes] = {}, **change: Any) -> Path:
    """A journal of days that somebody has put there."""
    folder = root / ".staging" / "20260101T000000-abcd1234"
    for name, content in staged.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    folder.mkdir(parents=True, exist_ok=True)
    listed = [{"path": path, "bytes": len(content), "sha256": sha256(content).hexdigest()} for path, content in files.items()]
    table = {"day": "2023-01-01", "table": "orders", "rows": 1, "digest": "", "files": listed, "gone": [], **change}
    step = {"kind": "days", "place": f"{DATASET}-parquet", "tables": [table], "told": "{}", "dropped": []}
    (folder / "publish.json").write_text(json.dumps({"schema_name": DATASET, "steps": [step]}))
    return folder


def test_a_planted_journal_writes_nothing_through_links(series_of: Make, tmp_path: Path) -> None:
    """Neither what it brings nor what it would put back."""
    run_series(series_of(1), workers=0)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "auth").write_bytes(b"mine")
    (tmp_path / "out" / "Files" / DATASET / "x").symlink_to(outside)
    planted(tmp_path / "out", {"x/auth": b"EVIL"}, {"old/x/auth": b"EVIL"})
    query(tmp_path / "out", "SELECT 1")
    assert (outside / "auth").read_bytes() == b"mine"


def test_a_planted_journal_takes_no_file_away(series_of: Make, tmp_path: Path) -> None:
    """One that stands, and that it names with its size and digest, or with others; and days that there are not."""
    run_series(series_of(1), workers=0)
    path = next((tmp_path / "out").rglob("orders/data.parquet"))
    name, content = path.relative_to(tmp_path / "out" / "Files" / DATASET).as_posix(), path.read_bytes()
    before = orders(tmp_path / "out")
    for change in ({"rows": 10**30}, {"day": "9999-99-99"}, {"rows": -1}, {"table": "x" * 300}):
        planted(tmp_path / "out", {name: content}, **change)
        assert orders(tmp_path / "out") == before
    planted(tmp_path / "out", {name: b"x" * len(content)})
    assert orders(tmp_path / "out") == before
    assert path.read_bytes() == content


def test_links_in_place_of_days_are_not_followed_when_days_go(series_of: Make, tmp_path: Path) -> None:
    """A pattern that changes takes old files away: those that it wrote, never those behind a link."""
    series = series_of(1)
    run_series(series, workers=0)
    folder = tmp_path / "out" / "Files" / DATASET
    (folder / "2023").rename(tmp_path / "elsewhere")
    (folder / "2023").symlink_to(tmp_path / "elsewhere")
    kept = {path: path.read_bytes() for path in (tmp_path / "elsewhere").rglob("*.parquet")}
    result = run_series(series_of(1, "output_settings.path_format=flat"), again=True, workers=0)
    assert result.status == "FAILED"
    assert {path: path.read_bytes() for path in (tmp_path / "elsewhere").rglob("*.parquet")} == kept


# What is lost, and what is told


def test_days_of_two_kinds_do_not_stand_beside_each_other(series_of: Make) -> None:
    """Another seed has to write all days again; a run that fails changes nothing of what is known."""
    run_series(series_of(4), workers=0)
    other = series_of(1, "seed_value=7", start=FIRST + timedelta(days=1))
    with pytest.raises(InputError, match="must write all of them again"):
        run_series(other, again=True, workers=0)
    assert standing(series_of(4)).left == ()
    assert run_series(series_of(4, "seed_value=7"), again=True, workers=0).status == "COMPLETED"
    with pytest.raises(InputError, match="seed_value was 7, and is 42"):
        standing(series_of(4))


def test_a_run_that_fails_leaves_the_days_that_are_known(series_of: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are put back, nothing is left in the staging folder, and the next run goes on."""
    run_series(series_of(2), workers=0)
    before = orders(tmp_path / "out")

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "note", full)
        assert run_series(series_of(4), workers=0).status == "FAILED"
        assert run_series(series_of(2, "seed_value=7"), again=True, workers=0).status == "FAILED"
    assert list((tmp_path / "out").glob(".staging/*")) == []
    assert orders(tmp_path / "out") == before
    assert len(run_series(series_of(4), workers=0).days) == 2
    assert verify(tmp_path / "out") == []


@pytest.mark.parametrize("where", ["note", "log"])
def test_a_crash_between_publication_ledger_and_log(series_of: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    """The next run finishes it, also where nothing else is left to do; each day is in the log once."""

    def crash(*_: Any) -> None:
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, where, crash)
        patch.setattr(publish, "_undo", crash)
        with pytest.raises(Crash):
            run_series(series_of(3), batch=3, workers=0)
    if where == "note":
        assert verify(tmp_path / "out") == []
    assert nothing_to_do(series_of(3)) is None
    result = run_series(series_of(3), batch=3, workers=0)
    assert (result.status, len(result.days)) == ("COMPLETED", 0)
    assert nothing_to_do(series_of(3)) is not None
    sql = "SELECT generation_date AS day FROM log_synthetic_data_generation WHERE status = 'COMPLETED' ORDER BY 1"
    assert [row["day"] for row in query(tmp_path / "out", sql).to_pylist()] == [FIRST + timedelta(days=n) for n in range(3)]


def test_a_corrected_pattern_keeps_every_day(series_of: Make, tmp_path: Path) -> None:
    """The new path of one day may be the old path of another."""
    wrong = 'output_settings.path_format="{table}/{date:%Y%d%m}{part}.{ext}"'
    run_series(series_of(20, wrong), batch=4, workers=0)
    right = series_of(20, 'output_settings.path_format="{table}/{date:%Y%m%d}{part}.{ext}"')
    before = orders(tmp_path / "out")
    assert run_series(right, again=True, batch=4, workers=0).status == "COMPLETED"
    assert verify(tmp_path / "out") == []
    assert orders(tmp_path / "out") == before
    assert standing(right).left == ()


def test_a_day_whose_file_is_gone_is_not_there(series_of: Make, tmp_path: Path) -> None:
    """The series writes it again."""
    series = series_of(3)
    run_series(series, workers=0)
    next((tmp_path / "out").rglob("02/orders/data.parquet")).unlink()
    assert standing(series).left == (FIRST + timedelta(days=1),)
    assert len(run_series(series, workers=0).days) == 1
    assert verify(tmp_path / "out") == []


def test_an_empty_file_is_no_ledger(series_of: Make, tmp_path: Path) -> None:
    """As a process leaves it that dies before its first word."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / LEDGER).touch()
    assert len(run_series(series_of(1), workers=0).days) == 1


@pytest.mark.parametrize("name", ["out[1]", "out?", "o*t"])
def test_days_are_read_in_roots_of_any_name(series_of: Make, tmp_path: Path, name: str) -> None:
    """DuckDB takes some letters for patterns."""
    run_series(series_of(3, root=name), workers=0)
    run_series(series_of(3, root="plain"), workers=0)
    assert orders(tmp_path / name) == orders(tmp_path / "plain")
    assert orders(tmp_path / name)


def test_if_exists_fail_refuses_days_that_are_there(series_of: Make) -> None:
    """As it does for tables; the days are named."""
    run_series(series_of(2), workers=0)
    with pytest.raises(ExistsError, match=r"^part of \S+ to \S+ under \S+ exists"):
        run_series(series_of(2, "output_settings.if_exists=fail"), workers=0)
    with pytest.raises(ExistsError):
        nothing_to_do(series_of(2, "output_settings.if_exists=fail"))


def test_runs_and_series_do_not_take_each_others_folder(series_of: Make, tmp_path: Path) -> None:
    """In either order."""
    run_series(series_of(2), workers=0)
    plan = make_plan(resolve_parameters(DATASET, sets=("output_settings.output_mode=parquet", "target_rows=50")))
    plan = replace(plan, output=replace(plan.output, root=tmp_path / "out"))
    with pytest.raises(ForeignError, match="holds days of a series"):
        run(plan, workers=0)
    other = replace(plan, output=replace(plan.output, root=tmp_path / "other"))
    run(other, workers=0)
    with pytest.raises(InputError, match="holds tables of a run"):
        run_series(series_of(2, root="other"), workers=0)


def test_several_files_of_a_day_come_at_once(series_of: Make, tmp_path: Path) -> None:
    """Also in the place of one: the folder is exchanged."""
    one = series_of(1, "scale_factor=1500", "tables=[orders]")
    many = series_of(1, "scale_factor=1500", "tables=[orders]", "output_settings.rows_per_file=1000")
    run_series(one, workers=0)
    whole = orders(tmp_path / "out")
    assert run_series(many, again=True, workers=0).status == "COMPLETED"
    assert len(list((tmp_path / "out").rglob("*.parquet"))) > 2
    assert orders(tmp_path / "out") == whole
    assert run_series(one, again=True, workers=0).status == "COMPLETED"
    assert orders(tmp_path / "out") == whole
    assert verify(tmp_path / "out") == []


@pytest.mark.parametrize("pattern", ["flat", "{table}/{date}{part}.{ext}", "{date}/{table}{part}.{ext}"])
def test_a_day_in_a_shared_folder_is_one_file(series_of: Make, tmp_path: Path, pattern: str) -> None:
    """However many rows it has, because files that come one after another would be half a day for a while; the series says so."""
    given = ("scale_factor=1500", "tables=[orders]")
    series = series_of(2, *given, "output_settings.rows_per_file=1000", f'output_settings.path_format="{pattern}"')
    assert any("a table of a day is one file, so that it comes as a whole" in note for note in series.plan.notes)
    result = run_series(series, workers=0)
    assert result.days[0].rows > 2_000
    assert len(list((tmp_path / "out").rglob("Files/**/*.parquet"))) == 2
    nested = run_series(series_of(2, *given, "output_settings.rows_per_file=1000", root="nested"), workers=0)
    assert nested.days == tuple(replace(day, bytes=other.bytes) for day, other in zip(result.days, nested.days, strict=True))
    assert not any("one file" in note for note in nested.notes)


@pytest.mark.parametrize(("fraction", "limit"), [("0.8", "256MiB"), ("0.000001", "64MiB")])
def test_the_log_keeps_to_the_memory_of_its_run(series_of: Make, monkeypatch: pytest.MonkeyPatch, fraction: str, limit: str) -> None:
    """DuckDB takes the share that is set, within the bounds of all loads."""
    limits: list[str] = []
    connect = duckdb.connect

    def told(*arguments: Any, **named: Any) -> duckdb.DuckDBPyConnection:
        limits.append(named["config"]["memory_limit"])
        return connect(*arguments, **named)

    monkeypatch.setattr(duckdb, "connect", told)
    given = ("output_settings.target_environment=warehouse", f"generation_settings.memory_fraction={fraction}", "tables=[stores]")
    assert run_series(series_of(2, *given), workers=0).status == "COMPLETED"
    # Whatever looks at what stands before a run takes as much as it needs.
    assert limit in limits
    assert set(limits) <= {limit, "256MiB"}


# Tables


def test_tables_are_loaded_anew_as_a_whole(series_of: Make, tmp_path: Path) -> None:
    """Days that do not cover what stands, or begin before it, are refused; nothing is lost."""
    later = FIRST + timedelta(days=20)
    run_series(series_of(6, start=later, mode="table"), workers=0)
    before = orders(tmp_path / "out")
    for days, start, again, told in (
        (1, later + timedelta(days=2), True, "are loaded anew as a whole"),
        (30, FIRST, False, "the tables begin with 2023-01-21"),
    ):
        with pytest.raises(InputError, match=told):
            run_series(series_of(days, start=start, mode="table"), again=again, workers=0)
    assert orders(tmp_path / "out") == before
    assert run_series(series_of(6, start=later, mode="table"), again=True, workers=0).status == "COMPLETED"
    assert orders(tmp_path / "out") == before


@pytest.mark.parametrize(
    "setting", ["tables=[orders]", "incremental_config.late_arrivals={share: 0.5, days: {type: uniform, min: 1, max: 3}}", "seed_value=7"]
)
def test_tables_do_not_go_on_with_other_settings(series_of: Make, setting: str) -> None:
    """A selection of tables, late rows, a seed."""
    run_series(series_of(2, mode="table"), workers=0)
    with pytest.raises(InputError, match="wrote these tables with other settings"):
        run_series(series_of(4, setting, mode="table"), workers=0)


def test_a_run_between_two_batches_is_refused(series_of: Make, tmp_path: Path) -> None:
    """The root is held for all batches."""
    series, told = series_of(6, mode="table"), list[str]()

    def meddle(event: Any) -> None:
        if type(event).__name__ == "DaysProgress" and not told:
            try:
                run_series(series_of(2, mode="table"), again=True, workers=0)
            except SyntheticDataError as error:
                told.append(type(error).__name__)

    assert run_series(series, batch=3, emit=meddle, workers=0).status == "COMPLETED"
    assert told == ["LockedError"]


def test_lines_come_late_with_their_orders(series_of: Make, tmp_path: Path) -> None:
    """An order is not torn apart."""
    run_series(series_of(30, "incremental_config.late_arrivals={share: 0.4, days: {type: uniform, min: 1, max: 3.6}}"), workers=0)
    sql = f"SELECT count(*) AS n FROM {DATASET}.orders AS o JOIN {DATASET}.order_items AS i USING (order_id) WHERE o._day <> i._day"
    assert query(tmp_path / "out", sql).to_pylist() == [{"n": 0}]
    late = f"SELECT DISTINCT _day - order_date AS days FROM {DATASET}.orders ORDER BY 1"
    assert [row["days"] for row in query(tmp_path / "out", late).to_pylist()] == [0, 1, 2, 3, 4]
