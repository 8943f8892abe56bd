"""Files of anyone's: JSON is JSON, YAML has no surprises, all is bounded, and a mistake is one sentence with its line."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.errors import ConfigError, InputError, hint, nearest
from ingen_fab.synthetic_data.core.spec.export import export
from ingen_fab.synthetic_data.core.spec.parse import parse_yaml, read_mapping
from ingen_fab.synthetic_data.core.spec.repository import load_dataset
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

FACE = "\U0001f600"


@pytest.mark.parametrize(
    "text",
    [
        '{\n\t"a": [1, 2.5e3, -0.5],\n\t"b": "c\\td"\n}',
        '{"a": "\\ud83d\\ude00", "b": "\\/ \\u00e9"}',
        '{"a": null, "b": true, "c": {"": []}}',
        '["x", {"y": 1e5}]',
        '"\\ud83d\\ude00"',
    ],
)
@pytest.mark.parametrize("suffix", [".json", ".yaml"])
def test_json_is_read_as_json(text: str, suffix: str) -> None:
    """Tabs, pairs of surrogates, escaped slashes: whatever the file is called."""
    assert parse_yaml(text, Path(f"a{suffix}")) == json.loads(text)


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_an_export_with_an_emoji_comes_back(tmp_path: Path, form: Any) -> None:
    """As JSON, whose writer makes pairs of surrogates of it, and as YAML."""
    resolved = resolve_parameters("retail_oltp_small", edited={"dataset_name": f"shop {FACE}\ttab"})
    file = tmp_path / f"run.{form}"
    file.write_text(export(resolved, form), encoding="utf-8")
    assert resolve_parameters(config=file).parameters.dataset_name == f"shop {FACE}\ttab"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0742", "0742"),
        ("0x1F", "0x1F"),
        ("0o17", "0o17"),
        ("1:30", "1:30"),
        ("yes", "yes"),
        ("1_0", "1_0"),
        (".nan", ".nan"),
        ("=", "="),
        ("<<", "<<"),
        ("8_000", 8_000),
        ("-3", -3),
        ("1.5", 1.5),
        ("true", True),
        ("~", None),
    ],
)
def test_unquoted_words(text: str, value: Any) -> None:
    """Only what looks like a decimal number, a day, true, false or null is more than a text."""
    assert parse_yaml(text, "a") == value
    assert parse_yaml(f"a: {text}\n", "a") == {"a": value}


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("!!bool maybe", "line 2: tags (!name) are not allowed"),
        ('!!int ""', "line 2: tags (!name) are not allowed"),
        ("!!timestamp foo", "line 2: tags (!name) are not allowed"),
        ("!!map [a]", "line 2: tags (!name) are not allowed"),
        ("!!python/object:os.system x", "line 2: tags (!name) are not allowed"),
        ("!x 1", "line 2: tags (!name) are not allowed"),
        ("*x", "line 2: aliases (*name) are not allowed"),
        ("{1: 2, 1: 3}", "line 2: `1` is given twice"),
        ("{[1]: 2}", "line 2: a key must be a word or a number"),
        ("9" * 5_000, "line 2: `9999"),
        ("1.0e+400", "line 2: `1.0e+400` is too large for a number"),
        ("10.000", "line 2: `10.000` could mean 10 or 10,000"),
        ("2024-02-30", "line 2: `2024-02-30` is not a day and time of the calendar"),
        ("2024-01-01 25:00:00", "line 2: `2024-01-01 25:00:00` is not a day and time of the calendar"),
        ("[" * 60 + "]" * 60, "line 2: is nested deeper than 40 levels"),
        ('"\\uD800"', "is not YAML"),
        ("x: y: z", "line 2: is not YAML"),
        ("a\n---\nb: 2", "holds a second document"),
        ("\x00", "is not YAML"),
    ],
)
def test_what_is_wrong_is_one_sentence(value: str, sentence: str) -> None:
    """With the line, and nothing of a long text."""
    with pytest.raises(ConfigError) as refused:
        parse_yaml(f"a: 1\nb: {value}\n", "file")
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"a": 1,\n "a": 2}', "`a` is given twice"),
        ('{"a": 1,\n "b": NaN}', "line 2: `NaN` is not a number that JSON has"),
        ('{"a": 1,\n "b": -Infinity}', "line 2: `-Infinity` is not a number that JSON has"),
        ('{"a": 1,\n "b": 1e400}', "line 2: `1e400` is too large for a number"),
        ('{"a": 1,\n "b": 10.000}', "line 2: `10.000` could mean 10 or 10,000"),
        ('{"a": 1,\n "b": ' + "9" * 5_000 + "}", "line 2: `9999"),
        ('{"a": 1,\n "b": 2,}', "line 2: is not JSON"),
        ('{"a":\n' + "[" * 100_000 + "]" * 100_000 + "}", "is nested deeper than 40 levels"),
        ('{"a":\n' + "[" * 60 + "]" * 60 + "}", "is nested deeper than 40 levels"),
        ('{"a":\n[' + "1," * 200_000 + "1]}", "holds more than 200,000 values"),
        ('{"a":\n "\\ud800"}', "half of a character"),
    ],
)
def test_what_is_wrong_with_json(text: str, sentence: str) -> None:
    """Its own sentences, as bounded as those of YAML."""
    with pytest.raises(ConfigError) as refused:
        parse_yaml(text, Path("file.json"))
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 200


def _no_file(folder: Path, kind: str) -> Path:
    file = folder / "named_by_mistake"
    if kind == "folder":
        file.mkdir()
    elif kind == "pipe":
        os.mkfifo(file)
    elif kind == "link":
        file.symlink_to("nowhere")
    elif kind == "device":
        return Path("/dev/zero")
    elif kind == "large":
        file.write_bytes(b"a: 1\n" * 900_000)
    else:
        file.write_bytes(
            {
                "binary": bytes(range(256)),
                "passwords": b"root:secret:1:0:::\n" * 30,
                "secrets": b"".join(b"key%d: secret\n" % n for n in range(30)),
                "environment": b"A=secret\nB=secret\n",
                "list": b"- secret\n- secret\n",
                "empty": b"",
            }[kind]
        )
    return file


@pytest.mark.parametrize(
    "kind",
    ["folder", "pipe", "link", "device", "large", "binary", "passwords", "secrets", "environment", "list", "empty"],
)
@pytest.mark.parametrize("by", ["config", "custom_schema"])
def test_a_file_named_by_mistake_is_not_told(tmp_path: Path, kind: str, by: str) -> None:
    """One short sentence at once, with nothing of what the file holds."""
    file = _no_file(tmp_path, kind)
    with pytest.raises(InputError) as refused:
        resolve_parameters(**({"config": file} if by == "config" else {"flags": {"custom_schema": str(file)}}))
    assert "secret" not in str(refused.value)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 100 + len(str(file))


def test_a_byte_order_mark_is_no_part_of_a_file(tmp_path: Path) -> None:
    """As editors of Windows write it."""
    (tmp_path / "a.json").write_bytes(b'\xef\xbb\xbf{"a": 1}')
    (tmp_path / "a.yaml").write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert read_mapping(tmp_path / "a.json") == read_mapping(tmp_path / "a.yaml") == {"a": 1}


@pytest.mark.parametrize("known", ["", "target_rows: 5\n"])
def test_a_large_file_of_unknown_keys_is_answered_at_once(tmp_path: Path, known: str) -> None:
    """The first problems are told, and how many more there are."""
    file = tmp_path / "run.yaml"
    file.write_text(known + "".join(f"unknown_key_{n:05}_{'x' * 8}: {n}\n" for n in range(12_000)))
    before = time.process_time()
    with pytest.raises(InputError) as refused:
        resolve_parameters("retail_oltp_small", config=file)
    assert time.process_time() - before < 3
    lines = str(refused.value).splitlines()
    assert len(lines) == (21 if known else 1)
    assert not known or lines[-1].endswith("and 11,980 more problems")


@pytest.mark.parametrize("text", ["1:" * 150_000 + "1", "seed: " + "1_" * 150_000, "a:" + " " * 300_000 + "b", "0x" + "f" * 300_000])
def test_long_values_take_no_time(text: str) -> None:
    """Nothing is quadratic."""
    before = time.process_time()
    with pytest.raises(InputError) as refused:
        resolve_parameters("retail_oltp_small", sets=[f"seed_value={text}"])
    assert len(str(refused.value)) < 200
    assert time.process_time() - before < 2


def test_near_names() -> None:
    """Case does not count, half a word is enough, and a column of the same table comes first."""
    assert nearest("CSV", ["table", "parquet", "csv"]) == "csv"
    assert nearest("orders.totl", ["orders.status", "orders.total_amount", "order.totals"]) == "orders.total_amount"
    assert nearest("x" * 10_000, ["x" * 9_999]) is None
    assert nearest("", ["a"]) is None
    assert hint("zzzzzz", [f"name_{n:02}" for n in range(30)]).endswith("name_11 and 18 more")


def test_a_setting_at_the_wrong_level_is_told_its_place(tmp_path: Path) -> None:
    """In a config file, and among the settings of a dataset's file."""
    file = tmp_path / "run.yaml"
    file.write_text("dataset_id: retail_oltp_small\noutput_mode: parquet\noutput_settings: {target_rows: 5, chunk_size: 4}\n")
    with pytest.raises(ConfigError) as refused:
        resolve_parameters(config=file)
    told = {path: text.removeprefix("unknown key; did you mean ") for path, text in refused.value.problems}
    assert told == {
        "output_mode": "`output_settings.output_mode`?",
        "output_settings.target_rows": "`target_rows`?",
        "output_settings.chunk_size": "`generation_settings.chunk_size`?",
    }
    file.write_text("output_mode: parquet\nif_exists: fail\ntables: {orders: {rows: events, columns: {id: key}}}\n")
    with pytest.raises(ConfigError) as refused:
        load_dataset(file)
    assert dict(refused.value.problems)["output_mode"] == "unknown key; did you mean `output_settings.output_mode`?"
    # A file that may come from others does not say where its runs write, so it is not told how.
    assert "output_settings" not in dict(refused.value.problems)["if_exists"]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("sede=3", "did you mean `seed_value`?"),
        ("chunksize=3", "did you mean `generation_settings.chunk_size`?"),
        ("output_settings.chunk_size=3", "did you mean `generation_settings.chunk_size`?"),
        ("output_settings.seed=3", "did you mean `seed_value`?"),
        ("output_mode=parquet", "--set output_mode: unknown key; did you mean `output_settings.output_mode`?"),
        ("schema=mine", "did you mean `output_settings.schema`?"),
        ("output_settings.target_rows=3", "did you mean `target_rows`?"),
        ("output_settings.output_mode=CSV", "not `CSV`; did you mean `csv`?"),
        (
            "distributions={orders.total_amount: lognormal}",
            "`lognormal` is the name of a distribution; write {type: lognormal, mean: .., stddev: ..}",
        ),
        ("distributions={orders.total_amount: lognrmal}", "did you mean `lognormal`?"),
        ("distributions={orders.total_amount: {type: normal, men: 3}}", "did you mean `mean`?"),
        (f"{'x' * 5_000}=1", "unknown key; it may be one of"),
        (".".join("a" * 5_000) + "=1", "has more than 12 steps"),
        ("seed_value=" + "x" * 5_000, "is not a whole number"),
    ],
)
def test_what_set_says(given: str, sentence: str) -> None:
    """The nearest key wherever it stands, a few where none is near, and never more than a line."""
    with pytest.raises(InputError) as refused:
        resolve_parameters("retail_oltp_small", sets=[given])
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 500
