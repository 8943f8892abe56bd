"""Pools that Faker draws: the same everywhere, of any country, told where they change, and closed to attacks."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.dictionary import dictionary_json, markdown
from ingen_fab.synthetic_data.core.plan.faker_rows import draw
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.preview import preview
from ingen_fab.synthetic_data.core.spec.drawn import MOST_ROWS, DrawnPool

PlanOf = Callable[..., Plan]
FAKER = version("faker")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache."""
    monkeypatch.setenv("SYNTHETIC_DATA_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def planned(tmp_path: Path, plan_of: PlanOf) -> PlanOf:
    """Plans of a dataset with these pools, each the value of one column: `planned({"companies": {"faker": "company"}})`."""

    def make(pools: dict[str, Any], name: str = "shop", locale: str | None = None, columns: Any = {}, **settings: Any) -> Plan:
        drawn = {pool: {"kind": "pool", "pool": pool} for pool in pools}
        value: dict[str, Any] = {
            "dataset_id": name,
            "pools": pools,
            "tables": {"orders": {"rows": "events", "columns": {"order_id": "key", **drawn, **columns}}},
        }
        if locale is not None:
            value["locale"] = locale
        (tmp_path / "own").mkdir(exist_ok=True)
        (tmp_path / "own" / f"{name}.json").write_text(json.dumps(value))
        return plan_of(name, datasets=[tmp_path / "own"], **{"target_rows": 200, **settings})

    return make


def listed(plan: Plan, pool: str) -> list[dict[str, str]]:
    """The rows of a pool."""
    with plan.lists[pool].path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def refused(planned: PlanOf, pool: Any, **more: Any) -> str:
    """What is said of a pool."""
    with pytest.raises(ConfigError) as found:
        planned({"companies": pool}, **more)
    assert "\n" not in str(found.value)
    return str(found.value)


def test_a_pool_is_a_list_of_a_country(planned: PlanOf) -> None:
    """So many rows, no two alike; a column holds its values, and a path its fields."""
    plan = planned({"companies": {"faker": "company", "locale": "de_DE", "rows": "2_000", "unique": True}})
    names = [row["company"] for row in listed(plan, "companies")]
    assert len(set(names)) == len(names) == 2_000
    assert any("GmbH" in name for name in names)
    assert {row["companies"] for row in preview(plan, "orders", 0, 200).to_pylist()} <= set(names)
    drawn = plan.drawn["companies"]
    assert (drawn.locale, drawn.rows, drawn.version) == ("de_DE", 2_000, FAKER)
    assert plan.program.pools["companies"].sha256 == drawn.sha256 == plan.lists["companies"].path.name


def test_fields_belong_together(planned: PlanOf) -> None:
    """Several providers of a row, or what one gives at once, by key or by place."""
    code = {"provider": "bothify", "arguments": {"text": "A-###"}}
    plan = planned(
        {
            "accounts": {"faker": {"holder": "name", "iban": {"provider": "iban"}, "code": code}, "unique": True},
            "people": {"faker": "profile", "fields": {"person": "name", "work": "job"}},
            "money": {"faker": "currency", "fields": {"title": 2, "code": 1}},
        },
        columns={"holder": "accounts.holder", "iban": "accounts.iban", "work": "people.work", "code": "money.code"},
    )  # fmt: skip
    rows = preview(plan, "orders", 0, 200).to_pylist()
    accounts = {row["holder"]: row["iban"] for row in listed(plan, "accounts")}
    assert all(accounts[row["holder"]] == row["iban"] and row["accounts"] == row["holder"] for row in rows)
    assert all(row["code"][:2] == "A-" for row in listed(plan, "accounts"))
    assert all(len(row["code"]) == 3 and len(row["title"]) > 3 for row in listed(plan, "money"))
    assert list(listed(plan, "people")[0]) == ["person", "work"]


def test_types_follow_what_is_given(planned: PlanOf) -> None:
    """Texts stay texts, however much they look like numbers."""
    pools = {
        "codes": {"faker": "postcode", "locale": "de_DE"},
        "ports": {"faker": "port_number"},
        "spots": {"faker": "latitude"},
        "flags": {"faker": "boolean"},
    }
    plan = planned(pools)
    types = {column.name: column.type for column in plan.table("orders").columns}
    assert types["codes"] == "varchar"
    assert types["ports"] == "bigint"
    assert types["spots"].startswith("decimal(18,")
    assert types["flags"] == "boolean"
    assert all(len(row["codes"]) == 5 for row in preview(plan, "orders", 0, 200).to_pylist())


def test_the_same_is_drawn_everywhere(planned: PlanOf, cache: Path) -> None:
    """With another cache, with none, and when another pool stands beside it."""
    pools = {"companies": {"faker": "company", "locale": "de_DE"}}
    first = planned(pools).drawn["companies"].sha256
    assert planned(pools).drawn["companies"].sha256 == first
    shutil.rmtree(cache)
    assert planned({"before": {"faker": "job"}, **pools}, seed_value=42).drawn["companies"].sha256 == first


def test_what_decides_the_values(planned: PlanOf) -> None:
    """The seed, the dataset, the pool's name, its locale and its providers."""
    pool = {"faker": "company", "locale": "de_DE"}
    digests = [
        planned({"companies": pool}).drawn["companies"].sha256,
        planned({"companies": pool}, seed_value=7).drawn["companies"].sha256,
        planned({"companies": pool}, name="other").drawn["companies"].sha256,
        planned({"firms": pool}).drawn["firms"].sha256,
        planned({"companies": {**pool, "locale": "de_AT"}}).drawn["companies"].sha256,
        planned({"companies": {**pool, "faker": {"company": "company", "job": "job"}}}).drawn["companies"].sha256,
    ]
    assert len(set(digests)) == len(digests)


@pytest.mark.parametrize("unique", [False, True])
def test_more_rows_leave_the_first_ones(planned: PlanOf, unique: bool) -> None:
    """A longer list begins with the shorter one."""
    few, many = (listed(planned({"names": {"faker": "name", "rows": rows, "unique": unique}}), "names") for rows in (50, 300))
    assert many[:50] == few


def test_the_cache_is_safe_to_delete_and_never_trusted(planned: PlanOf, cache: Path) -> None:
    """A list that was changed is drawn again, and so is one whose note says what cannot be."""
    pools = {"companies": {"faker": "company"}}
    plan = planned(pools)
    expected = listed(plan, "companies")
    plan.lists["companies"].path.write_text("company\nEvil\n")
    assert listed(planned(pools), "companies") == expected
    (note,) = (cache / "notes").iterdir()
    for text in ("", "{}", '{"sha256": "../../../etc/passwd", "fields": {}, "notes": []}', '{"sha256": 1, "fields": [], "notes": 2}'):
        note.write_text(text)
        assert listed(planned(pools), "companies") == expected
    digest = plan.drawn["companies"].sha256
    note.write_text(json.dumps({"sha256": digest, "fields": {"company": "blob"}, "notes": []}))
    assert planned(pools).program.pools["companies"].fields == {"company": "varchar"}


def drawn_elsewhere(folder: Path, cache: Path, code: str = "") -> str:
    """What another process, with another hash seed and an empty cache, draws for the dataset of a folder."""
    program = f"""{code}
from pathlib import Path
from ingen_fab.synthetic_data.core.plan.make import make_plan
from ingen_fab.synthetic_data.core.spec.repository import DatasetConfigurationRepository
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters
import json
plan = make_plan(resolve_parameters("shop", repository=DatasetConfigurationRepository([{str(folder)!r}])))
print(json.dumps({{name: drawn.sha256 for name, drawn in plan.drawn.items()}}))
"""
    environment = {**os.environ, "PYTHONHASHSEED": "77", "SYNTHETIC_DATA_CACHE": str(cache)}
    return subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.slow
def test_another_process_draws_the_same(planned: PlanOf, tmp_path: Path) -> None:
    """On its own, whatever its hash seed."""
    pools = {
        "companies": {"faker": "company", "locale": "ja_JP"},
        "places": {"faker": {"city": "city", "state": "state"}, "locale": "it_IT"},
    }
    mine = {name: drawn.sha256 for name, drawn in planned(pools).drawn.items()}
    assert json.loads(drawn_elsewhere(tmp_path / "own", tmp_path / "elsewhere")) == mine


ANOTHER_DAY = """
import datetime, time
class Date(datetime.date):
    @classmethod
    def today(cls):
        return cls(2041, 5, 6)
class Moment(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls(2041, 5, 6, 7, 8, 9, tzinfo=tz)
    today = utcnow = now
datetime.date, datetime.datetime = Date, Moment
import faker
"""
"""Runs before anything else is imported: Faker thinks that it is another day."""


@pytest.mark.parametrize("locale", ["en_US", "de_DE", "ja_JP", "it_IT", "sv_SE", "ru_RU"])
@pytest.mark.slow
def test_every_provider_is_the_same_on_another_day(tmp_path: Path, locale: str) -> None:
    """And with another hash seed: all that a pool may use, each alone."""
    draw = f"""
import json
from faker import Factory
from ingen_fab.synthetic_data.core.plan import faker_rows
from ingen_fab.synthetic_data.core.spec.drawn import DrawnPool
able = faker_rows._providers(Factory.create({locale!r}, ["faker.providers." + room for room in faker_rows._ROOMS]))
out = {{}}
for name in sorted(able):
    try:
        out[name] = faker_rows.draw(DrawnPool(faker=name, rows=20), {locale!r}, 5).columns[name]
    except ValueError as error:
        out[name] = str(error)
print(json.dumps(out))
"""
    found = []
    for seed, before in (("1", ""), ("2", ANOTHER_DAY)):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run(
            [sys.executable, "-c", before + draw], env=environment, capture_output=True, text=True, check=True, cwd=tmp_path
        )
        found.append(json.loads(done.stdout.splitlines()[-1]))
    assert len(found[0]) > 100
    assert {name for name in found[0] if found[0][name] != found[1][name]} == set()


def test_locales(planned: PlanOf) -> None:
    """Of the pool, else of the dataset, else of the US; what Faker takes from another country is told."""
    pools = {"names": {"faker": "name"}, "plates": {"faker": "license_plate", "locale": "de_DE"}, "states": {"faker": "state"}}
    plan = planned(pools, locale="ja_JP")
    assert all(ord(row["name"][0]) > 0x3000 for row in listed(plan, "names"))
    assert {drawn.locale for drawn in plan.drawn.values()} == {"ja_JP", "de_DE"}
    assert any(row["state"] == "東京都" for row in listed(plan, "states"))
    assert planned({"names": {"faker": "name"}}).drawn["names"].locale == "en_US"
    told = planned({"accounts": {"faker": "iban"}}, locale="ja_JP").notes
    assert "the pool `accounts`: Faker has no `iban` of its own for ja_JP; those of en_GB are taken" in told


def test_an_extended_dataset_keeps_its_pools(planned: PlanOf, tmp_path: Path, plan_of: PlanOf) -> None:
    """Their values, and their locale, are those of the dataset that declares them."""
    base = planned({"companies": {"faker": "company"}}, locale="de_DE")
    mart = {"extends": "shop", "locale": "fr_FR", "driving": "facts", "pools": {"jobs": {"faker": "job"}}, "tables": {
        "facts": {"rows": {"layout": "children", "of": "orders"}, "columns": {"fact_id": "key", "job": {"kind": "pool", "pool": "jobs"},
            "company": {"kind": "pool", "pool": "companies"}}}}}  # fmt: skip
    (tmp_path / "own" / "mart.json").write_text(json.dumps(mart))
    plan = plan_of("mart", datasets=[tmp_path / "own"], target_rows=300)
    assert plan.drawn["companies"] == base.drawn["companies"]
    assert plan.drawn["jobs"].locale == "fr_FR"
    mart["pools"] = {"companies": {"faker": "job"}}
    (tmp_path / "own" / "mart.json").write_text(json.dumps(mart))
    with pytest.raises(ConfigError, match=r"pools\.companies: `shop`, which this dataset extends, has a pool of this name"):
        plan_of("mart", datasets=[tmp_path / "own"])


def test_another_faker_is_told(planned: PlanOf) -> None:
    """By the digest in the declaration, and the version where it is there too."""
    pool: dict[str, Any] = {"faker": "company"}
    digest = planned({"companies": pool}).drawn["companies"].sha256
    assert not planned({"companies": {**pool, "sha256": digest, "version": "38.0.0"}}).notes
    told = planned({"companies": {**pool, "sha256": "0" * 64, "version": "38.0.0"}})
    assert told.drawn["companies"].sha256 == digest
    (note,) = told.notes
    assert note == (
        f"the pool `companies`: Faker {FAKER} draws other values than Faker 38.0.0, which drew those before; for them: "
        "pip install faker==38.0.0"
    )
    (note,) = planned({"companies": {**pool, "sha256": "0" * 64}}).notes
    assert note == f"the pool `companies`: Faker {FAKER} draws other values ({digest[:12]}..) than the declared ones (000000000000..)"


def test_without_faker_there_is_a_remedy(planned: PlanOf, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence; what needs no such pool goes on."""
    for name in [name for name in sys.modules if name == "faker" or name.startswith("faker.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "faker", None)
    monkeypatch.delitem(sys.modules, "ingen_fab.synthetic_data.core.plan.faker_rows", raising=False)
    assert refused(planned, {"faker": "company"}).endswith(
        "the pool `companies`: Faker, which draws it, is not installed; install it: pip install faker"
    )
    assert planned({}).drawn == {}


def test_shipped_datasets_do_not_load_it(plan_of: PlanOf) -> None:
    """Nor does a plan whose pools were drawn before."""
    assert plan_of("retail_oltp_small", target_rows=100).drawn == {}
    code = "import sys; from ingen_fab.synthetic_data import SyntheticDataGenerator; SyntheticDataGenerator('retail_oltp_small').plan; "
    done = subprocess.run([sys.executable, "-c", f"{code}print('faker' in sys.modules)"], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


SENTENCES: Sequence[tuple[Any, str]] = [
    ({"faker": "compny"}, "Faker has no provider `compny` for en_US that a pool may use; did you mean `company`?"),
    ({"faker": "company", "locale": "de_DD"}, "Faker has no locale `de_DD`; did you mean `de_DE`?"),
    ({"faker": "company", "locale": "../etc"}, "`../etc` is not a locale; write for example de_DE"),
    ({"faker": "company", "rows": MOST_ROWS + 1}, "rows: must be at most 100,000"),
    ({"faker": "company", "rows": 0}, "rows: must be at least 1"),
    ({"faker": "safe_color_name", "rows": 1_000, "unique": True}, "different values of `safe_color_name` for en_US ("),
    ({"faker": "company", "longest": 2}, "Faker's `company` for en_US has up to 35 characters, such as `"),
    ({"faker": "company", "longest": 2}, "`, and none of 1,001 that were drawn fit in 2; write `longest: 35`"),
    ({"faker": "company", "longest": 6, "rows": 5_000}, " that were drawn fit in 6; write `longest: "),
    ({"faker": "currency"}, "Faker gives 2 values at once (name them: `fields: {a: 1, b: 2}`)"),
    ({"faker": "profile"}, "Faker gives several values at once (name them: `fields: {a: job}`)"),
    ({"faker": "currency", "fields": {"a": 3}}, "`currency` of Faker gives 2 values, so there is no place 3 for `a`"),
    ({"faker": "profile", "fields": {"a": "nam"}}, "`profile` of Faker gives no `nam`; did you mean `name`?"),
    ({"faker": "company", "fields": {"a": 1}}, "`company` of Faker gives one text, in which there is no `1` for `a`"),
    ({"faker": "profile", "fields": {"a": "birthdate"}}, "Faker gives days; a pool holds texts, whole numbers, decimals and booleans"),
    ({"faker": "profile", "fields": {"a": "website"}}, "values at once"),
    ({"faker": {"weight": "company"}}, "a field may not be called `weight`"),
    ({"faker": {"a": "company", "b": "job"}, "fields": {"b": 1}}, "`fields` names what one provider gives at once"),
    ({"faker": "credit_card_expire"}, "Faker cannot draw `credit_card_expire` for en_US"),
    ({"faker": "passport_full"}, "`passport_full` of Faker counts from today in en_US, so its values would change from day to day"),
    ({"faker": {"a": {"provider": "company", "arguments": {"upper": True}}}}, "`company` of Faker takes no argument `upper`"),
    ({"faker": {"a": {"provider": "numerify", "arguments": {"tekst": "##"}}}}, "no argument `tekst` may be given; did you mean `text`?"),
    ({"faker": "company", "sha256": "abc"}, "sha256"),
    ({}, "needs `faker`"),
]  # fmt: skip


@pytest.mark.parametrize(("pool", "sentence"), SENTENCES)
def test_what_cannot_be_drawn_is_one_sentence(planned: PlanOf, pool: Any, sentence: str) -> None:
    """With what is allowed, or the nearest match."""
    assert sentence in refused(planned, pool)


@pytest.mark.parametrize(
    "provider",
    ["binary", "zip", "tar", "image", "json", "json_bytes", "csv", "dsv", "fixed_width", "xml", "pystr_format", "pystruct", "enum",
     "file_path", "unix_device", "random_element", "random_elements", "random_choices", "time_series", "date_of_birth", "date_time", "now",
     "add_provider", "generator", "seed", "seed_instance", "format", "parse", "uuid1", "pyobject", "optional", "unique", "user_agent"],
)  # fmt: skip
def test_providers_of_files_classes_and_the_clock_are_closed(planned: PlanOf, provider: str) -> None:
    """What costs memory, takes classes or elements, or differs from day to day is not there."""
    assert f"Faker has no provider `{provider}` for en_US that a pool may use" in refused(planned, {"faker": provider})


@pytest.mark.parametrize(
    "provider", ["__class__", "_Generator__config", "company.__globals__", "os.system", "../company", "", "Company", "x" * 100, "{{name}}"]
)
def test_names_reach_no_attribute(planned: PlanOf, provider: str) -> None:
    """A provider is a plain name."""
    assert "pools.companies.faker" in refused(planned, {"faker": {"a": provider}})
    assert "Error" not in refused(planned, {"faker": {"a": provider}})


@pytest.mark.parametrize(
    "arguments",
    [
        {"text": "#" * 100_000}, {"text": ["#"]}, {"text": {"a": 1}}, {"text": "\x1b[2J"}, {"text": None}, {"text": 5}, {"letters": 1.5},
        {"self": 1}, {"generator": "x"}, {"__class__": "x"}, {"elements": "abc"}, {"cls": "x"}, {"cast_to": "eval"}, {"length": 10**9},
        {"nb_words": 10**9}, {"max": 10**18}, {"max": True}, {"upper": "yes"}, {"raw_output": True}, {"ext_word_list": ["a"]},
    ],
)  # fmt: skip
def test_arguments_are_short_and_plain(planned: PlanOf, arguments: Any) -> None:
    """True or false, bounded whole numbers, short printable texts, each under a name of the list."""
    assert "pools.companies" in refused(planned, {"faker": {"a": {"provider": "bothify", "arguments": arguments}}})


@pytest.mark.parametrize(
    ("pool", "most"),
    [({"faker": "profile", "fields": {"n": "name"}}, 33_000), ({"faker": "paragraphs", "fields": {"first": 1}}, 34_000)],
)
def test_what_no_field_keeps_counts_too(planned: PlanOf, pool: Any, most: int) -> None:
    """It is drawn all the same; far too much is told by the first rows, with how many rows would do."""
    told = refused(planned, {**pool, "rows": MOST_ROWS})
    _, _, rows = told.partition("more than the 8,000,000 characters that Faker may draw for one pool; lower `rows` to ")
    assert 0.7 * most < int(rows.replace(",", "")) <= most
    assert len(listed(planned({"companies": {**pool, "rows": 1_500}}), "companies")) == 1_500


@pytest.mark.slow
def test_endless_work_is_bounded(planned: PlanOf) -> None:
    """A pool costs at most so many characters, kept or not."""
    call = {"provider": "text", "arguments": {"max_nb_chars": 1_000}}
    pool = {"faker": {"a": call, "b": call}, "rows": MOST_ROWS}
    assert "more than the 8,000,000 characters that Faker may draw for one pool; lower `rows`" in refused(planned, pool)


def test_lines_become_one(planned: PlanOf) -> None:
    """Addresses of several lines are texts of one."""
    rows = listed(planned({"places": {"faker": "address", "locale": "de_DE"}}), "places")
    assert all("\n" not in row["address"] and ", " in row["address"] for row in rows)


def test_the_dictionary_and_the_plan_tell_of_pools(planned: PlanOf) -> None:
    """With the version of Faker and the digest."""
    plan = planned({"companies": {"faker": "company", "locale": "de_DE", "rows": 50}})
    digest = plan.drawn["companies"].sha256
    assert f"| companies | company | de_DE | 50 | {FAKER} | {digest} |" in markdown(plan)
    assert dictionary_json(plan)["pools"]["companies"]["sha256"] == digest
    assert plan.to_json()["drawn"]["companies"]["version"] == FAKER
    assert str(plan.drawn["companies"]) == f"50 rows of company, de_DE, drawn by Faker {FAKER}"


@pytest.mark.skipif(FAKER != "40.63.0", reason="the digests are those of Faker 40.63.0")
def test_known_lists(planned: PlanOf) -> None:
    """What Faker 40.63.0 draws, on any machine and with any Python."""
    plan = planned(
        {
            "companies": {"faker": "company", "locale": "de_DE", "unique": True},
            "people": {"faker": {"name": "name", "city": "city", "at": "latitude"}, "locale": "ja_JP"},
        },
        seed_value=42,
    )
    assert {name: drawn.sha256[:16] for name, drawn in plan.drawn.items()} == {
        "companies": "6095f6564966ab82",
        "people": "e18526fb50c4fcd0",
    }


def test_threads_draw_the_same() -> None:
    """Each has an instance of its own."""
    pools = [DrawnPool.model_validate({"faker": {"name": "name", "iban": "iban"}, "rows": rows}) for rows in (50, 60, 70, 80)] * 2
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda pool: draw(pool, "de_DE", 5).columns["name"][:50], pools))
    assert all(names == found[0] for names in found)


@pytest.mark.parametrize(
    ("uses", "privacy"),
    [({}, False), ({"company": {"kind": "pool", "pool": "companies"}}, False), ({"company": {"kind": "constant", "value": "x"}}, True)],
)
def test_a_pool_that_nothing_uses_is_refused(tmp_path: Path, plan_of: PlanOf, uses: dict[str, Any], privacy: bool) -> None:
    """By its name; what a privacy profile puts in is a use, also of runs without it."""
    value: dict[str, Any] = {
        "dataset_id": "shop",
        "pools": {"companies": {"faker": "company", "rows": 10}},
        "tables": {"orders": {"rows": "events", "columns": {"order_id": "key", **uses}}},
    }
    if privacy:
        value["privacy"] = {"invented": {"orders": {"company": {"kind": "pool", "pool": "companies"}}}}
    (tmp_path / "shop.json").write_text(json.dumps(value))
    if uses:
        assert plan_of("shop", datasets=[tmp_path], target_rows=100).rows == 100
        return
    with pytest.raises(ConfigError, match=r"pools.companies: no column or list uses it; write `{kind: pool, pool: companies}`, or leave"):
        plan_of("shop", datasets=[tmp_path])


def test_a_pool_may_be_the_rows_of_a_table(tmp_path: Path, plan_of: PlanOf) -> None:
    """A list takes all of it."""
    value = {
        "dataset_id": "shop",
        "pools": {"companies": {"faker": "company", "rows": 10}},
        "tables": {
            "firms": {"rows": {"layout": "list", "pool": "companies"}, "columns": {"firm_id": "key", "company": "copy"}},
            "orders": {"rows": "events", "columns": {"order_id": "key", "firm_id": {"kind": "reference", "to": "firms"}}},
        },
    }
    (tmp_path / "shop.json").write_text(json.dumps(value))
    assert plan_of("shop", datasets=[tmp_path]).table("firms").rows == 10
