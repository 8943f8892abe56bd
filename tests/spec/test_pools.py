"""Lists that a user brings along: which types their fields get, and how rows are chosen from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from ingen_fab.synthetic_data.core.engine.pools import field_type
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.preview import preview

LIST = """agent,device,is_bot,code,share,weight
Phone,mobile,false,0742,0.5,3
Tablet,tablet,false,5411,0.25,1
Desk,desktop,false,5412,1,5
Crawler,desktop,true,5413,0,2
Walker,mobile,true,5414,0.125,1
"""

DATASET = """
dataset_id: visits
tables:
  visits:
    rows: events
    columns:
      visit_id: key
      is_bot: {kind: boolean, rate: 0.3}
      device: {kind: category, weights: {mobile: 5, desktop: 4, tablet: 1}}
      _agent: {kind: pool, pool: agents, match: {device: device, is_bot: is_bot}}
      agent: _agent.agent
      agent_is_bot: _agent.is_bot
      code: _agent.code
      share: _agent.share
      person: {kind: text, template: "{agent}!", when: "NOT _agent.is_bot"}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A directory with the dataset and its list."""
    (tmp_path / "own" / "pools").mkdir(parents=True)
    (tmp_path / "own" / "pools" / "agents.csv").write_text(LIST)
    (tmp_path / "own" / "visits.yaml").write_text(DATASET)
    return tmp_path / "own"


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["true", "false"], "boolean"),
        (["true", "true"], "boolean"),
        (["true", "maybe"], "varchar"),
        (["True", "False"], "varchar"),
        (["1", "20"], "bigint"),
        (["0.5", "20"], "decimal(18,1)"),
        (["0742", "5411"], "varchar"),
        (["5411", "5412"], "bigint"),
        (["123456789012345", "0.12345678901"], "varchar"),
    ],
)
def test_a_field_has_the_narrowest_type(values: list[str], kind: str) -> None:
    """Booleans are written true and false; one leading zero makes a field of codes a field of texts."""
    assert field_type(values) == kind


def test_rows_match_every_field(plan_of: Callable[..., Plan], folder: Path) -> None:
    """A row of the list has the visit's device and is a bot's where the visit is one; booleans are usable as conditions."""
    plan = plan_of("visits", datasets=[folder], target_rows=4_000)
    rows = preview(plan, "visits", 0, 4_000).to_pylist()
    assert {column.name: column.type for column in plan.table("visits").columns}["agent_is_bot"] == "boolean"
    agents = {("mobile", False): "Phone", ("tablet", False): "Tablet", ("desktop", False): "Desk"}
    agents |= {("desktop", True): "Crawler", ("mobile", True): "Walker"}
    for row in rows:
        if (row["device"], row["is_bot"]) in agents:
            assert row["agent"] == agents[row["device"], row["is_bot"]]
            assert row["agent_is_bot"] == row["is_bot"]
        assert row["person"] == (None if row["agent_is_bot"] else row["agent"] + "!")
    assert {row["code"] for row in rows} == {"0742", "5411", "5412", "5413", "5414"}


def test_a_combination_that_the_list_lacks_keeps_the_first_fields(plan_of: Callable[..., Plan], folder: Path) -> None:
    """No bot in the list is a tablet: such a visit gets a tablet all the same."""
    rows = preview(plan_of("visits", datasets=[folder], target_rows=4_000), "visits", 0, 4_000).to_pylist()
    assert Counter(row["agent"] for row in rows if row["device"] == "tablet" and row["is_bot"]).keys() == {"Tablet"}


def test_single_rows_equal_the_block(plan_of: Callable[..., Plan], folder: Path) -> None:
    """A row alone, whose block holds one combination, is the row of the whole table."""
    plan = plan_of("visits", datasets=[folder], target_rows=300)
    whole = preview(plan, "visits", 0, 300).to_pylist()
    assert [preview(plan, "visits", place, 1).to_pylist()[0] for place in range(0, 300, 13)] == whole[::13]


@pytest.mark.parametrize(
    ("match", "sentence"),
    [
        ("{is_bot: device}", "a pool is matched by texts from a list, or booleans; `is_bot` is a boolean, `device` a varchar"),
        ("{device: is_bot}", "a pool is matched by texts from a list, or booleans; `device` is a varchar, `is_bot` a boolean"),
        ("{share: visit_id}", "`share` is a decimal(18,3), `visit_id` a bigint"),
        ("{devise: device}", "the pool `agents` has no field `devise`; did you mean `device`?"),
    ],
)
def test_what_cannot_match_is_refused(plan_of: Callable[..., Plan], folder: Path, match: str, sentence: str) -> None:
    """Fields are compared with columns of their own type only."""
    (folder / "visits.yaml").write_text(DATASET.replace("{device: device, is_bot: is_bot}", match))
    with pytest.raises(ConfigError) as refused:
        plan_of("visits", datasets=[folder])
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("agent,device\n", "a header and rows"),
        ("", "a header and rows"),
        ("agent,device\nPhone\n", "a value in every field"),
        ("agent,device\nPhone,mobile,1\n", "a value in every field"),
        ("agent,agent\nPhone,mobile\n", "two fields have one name"),
        ("agent,weight\nPhone,0\n", "each weight must be a whole number"),
        ("agent,weight\nPhone,-1\nDesk,2\n", "each weight must be a whole number"),
        ("agent,weight\nPhone,1.5\n", "each weight must be a whole number"),
        ("agent,weight\nPhone,99999999999999999999\n", "each weight must be a whole number"),
    ],
)
def test_a_list_that_is_no_table_is_refused(plan_of: Callable[..., Plan], folder: Path, text: str, told: str) -> None:
    """With the file's name."""
    (folder / "pools" / "agents.csv").write_text(text)
    with pytest.raises(ConfigError, match=rf"agents\.csv cannot be used: .*{told}"):
        plan_of("visits", datasets=[folder], target_rows=10)


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_lines_may_end_in_any_way(plan_of: Callable[..., Plan], folder: Path, end: str) -> None:
    """As other machines write them, a byte order mark included: the rows are the same."""
    expected = preview(plan_of("visits", datasets=[folder], target_rows=50), "visits", 0, 50)
    (folder / "pools" / "agents.csv").write_bytes(b"\xef\xbb\xbf" + LIST.replace("\n", end).encode())
    assert preview(plan_of("visits", datasets=[folder], target_rows=50), "visits", 0, 50).equals(expected)


@pytest.mark.parametrize("linked", ["file", "folder"])
def test_a_list_lies_in_the_dataset_s_folder(plan_of: Callable[..., Plan], folder: Path, tmp_path: Path, linked: str) -> None:
    """A link that leads elsewhere is refused, so that a dataset of others reads nothing of its user's."""
    (tmp_path / "secret").mkdir()
    (folder / "pools" / "agents.csv").rename(tmp_path / "secret" / "agents.csv")
    if linked == "folder":
        (folder / "pools").rmdir()
        (folder / "pools").symlink_to(tmp_path / "secret")
    else:
        (folder / "pools" / "agents.csv").symlink_to(tmp_path / "secret" / "agents.csv")
    with pytest.raises(ConfigError, match="the pool `agents` is a link that leads out of the dataset's folder"):
        plan_of("visits", datasets=[folder], target_rows=10)


def test_a_link_to_nothing_is_no_list(plan_of: Callable[..., Plan], folder: Path) -> None:
    """And is not offered as the nearest match of itself."""
    (folder / "pools" / "agents.csv").unlink()
    (folder / "pools" / "agents.csv").symlink_to("nowhere.csv")
    with pytest.raises(ConfigError, match=r"the pool `agents` cannot be read: .*agents\.csv is not a file"):
        plan_of("visits", datasets=[folder], target_rows=10)
