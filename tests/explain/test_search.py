"""The search finds what people call things by, the best first, and reads files without parsing them."""

from __future__ import annotations

import json
from pathlib import Path

from ingen_fab.synthetic_data.core.explain.search import Index, read_columns
from ingen_fab.synthetic_data.core.spec.repository import DatasetConfigurationRepository
from ingen_fab.synthetic_data.core.spec.templates import TemplateRepository


def index(repository: DatasetConfigurationRepository) -> Index:
    """Of all that a repository has, and of the shipped templates."""
    infos = [(info.dataset_id, info) for info in (*repository.list(), *repository.incremental())]
    templates = [(f"template {one.template_id}", one) for one in TemplateRepository(datasets=repository).list()]
    return Index.of(infos, templates, read_columns(info.source for _, info in infos))


def test_every_column_of_shipped_files_is_seen_as_a_reader_sees_it() -> None:
    """Line by line the same columns and meanings as the models have."""
    repository = DatasetConfigurationRepository()
    infos = {info.source: info for info in repository.list()}
    read = read_columns(infos)
    for source, info in infos.items():
        tables = repository.get(info.dataset_id).dataset.tables
        known = {(table, name): model.about for table in info.tables for name, model in tables[table].columns.items() if name[0] != "_"}
        assert {(one.table, one.name): one.about for one in read[source]} == known


def test_names_come_before_what_is_inside() -> None:
    """All words are wanted; a column is named where it is why; what finds nothing gets the nearest word."""
    found = index(DatasetConfigurationRepository())
    assert [one.id for one in found.search("retail small")[:2]] == ["retail_oltp_small", "retail_star_small"]
    assert found.search("fraud")[0].why.startswith("transactions.fraud_type: ")
    assert found.search("patients")[0] == found.search("PATIENTS")[0]
    assert found.search("patients")[0].why == "table patients"
    assert {one.id for one in found.search("daily retail")} >= {"retail_oltp_small_incremental"}
    assert found.search("enhanced")[0].id.startswith("template ")
    assert found.search("retail nothinglikethis") == []
    assert found.near("emial") == "email"


def test_own_files_are_searched_too(tmp_path: Path) -> None:
    """Also those in other forms, and those that cannot be read do no harm."""
    columns = {"sale_id": "key", "voucher": {"kind": "text", "words": 1, "about": "A bon"}}
    (tmp_path / "shop.json").write_text(json.dumps({"dataset_id": "shop", "tables": {"sales": {"columns": columns}}}))
    (tmp_path / "broken.yaml").write_text("tables: [")
    found = index(DatasetConfigurationRepository([tmp_path]))
    assert [(one.id, one.why) for one in found.search("voucher")] == [
        ("shop", "sales.voucher: A bon"),
        ("shop_incremental", "sales.voucher: A bon"),
    ]
    assert found.search("bon sales shop")[0].id == "shop"
