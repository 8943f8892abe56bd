"""Words of other tools: whoever writes one is told ours for the same thing.

They are those of SDV, dbldatagen, Faker, Great Expectations, dbt, JSON Schema and SQL.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from ..frozen import dataclass

_HERE: Final = "here"
_TABLE: Final = "at the table"
_TOP: Final = "at the top of the file"


@dataclass(frozen=True, slots=True)
class Foreign:
    """A word of other tools, and what is written here."""

    where: str
    """`kind`, `layout`, or the class of the model whose key, or value of a key, it would be."""
    word: str
    new: str
    key: str = ""
    """Of a value: the key that it is written under."""
    shape: str = ""
    """How the new word is written."""
    place: str = _HERE
    """Where the new word stands."""

    @property
    def is_here(self) -> bool:
        """Whether the new word stands where this one was written."""
        return self.place == _HERE

    def sentence(self, written: str) -> str:
        """What is told to those who write it, in their spelling."""
        if self.new == "kind":
            return f"`{written}` is written here as `{self.shape}`"
        what = _WHAT.get(self.where, "")
        told = f"`{written}` stands {self.place}" if self.word == self.new else f"`{written}` is {what}`{self.new}` {self.place}"
        return told + (f": `{self.shape}`" if self.shape else "")


_WHAT: Final = {"kind": "the kind ", "layout": "the layout "}

_LIST: Final = "pool: names` of `pools: {names: {faker: name}}"
_REFERENCE: Final = "{kind: reference, to: customers}"
_IN_TABLE: Final = "columns: {customer_id: {kind: reference, to: customers}}"
_DAYS: Final = "from: _first, plus: {type: uniform, min: 0, max: 365, unit: days}` beside `_first: {kind: constant, value: 2024-01-01}"
_UNIFORM: Final = "{type: uniform, min: 1, max: 100}"
_NORMAL: Final = "{type: normal, mean: 50, stddev: 10}"
_CHECK: Final = "{no order is negative: SELECT order_id FROM orders WHERE total < 0}"

_DESCRIPTIONS: Final = "description desc comment comments doc docs documentation meaning summary note notes help"
_TYPES: Final = "type dtype data_type datatype sdtype sql_type column_type"
_PLACES: Final = "decimals precision scale digits round rounding decimal_places right_digits ndigits"
_COUNTED: Final = "num_rows number_of_rows row_count nrows n_rows num_records record_count records size"
_COUNTS: Final = f"rows {_COUNTED}"
_KEYS: Final = "foreign_key foreignkey fk references ref relationship relationships parent_table belongs_to"
_POINTED: Final = f"{_KEYS} parent"
_WEIGHTS: Final = (
    "choices enum categories options elements accepted_values allowed_values value_set levels items probabilities probs prob_dist"
    " frequencies"
)
_FAKER: Final = "faker provider generator faker_provider"
_OWNERS: Final = "parent parents parent_table owner references ref foreign_key fk table depends_on"


def _words(where: str, new: str, words: str, shape: str = "", *, key: str = "", place: str = _HERE) -> list[Foreign]:
    return [Foreign(one, word, new, key, shape, place) for one in where.split() for word in words.split()]


_KINDS: Final = (
    *_words(
        "kind", "number", "int integer int2 int4 int8 bigint smallint tinyint long numerical random_int pyint uniform",
        f"{{kind: number, distribution: {_UNIFORM}}}",
    ),
    *_words("kind", "number", "normal gaussian", f"{{kind: number, distribution: {_NORMAL}}}"),
    *_words(
        "kind", "number", "float double real numeric decimal money amount pyfloat pydecimal lognormal",
        "{kind: number, distribution: {type: lognormal, mean: 80, stddev: 60}, places: 2}",
    ),
    *_words("kind", "text", "str string varchar nvarchar char nchar sentence paragraph lorem words", "{kind: text, words: 3}"),
    *_words(
        "kind", "category", f"categorical choice one_of random_element weighted values weights {_WEIGHTS}",
        "{kind: category, weights: {new: 0.7, paid: 0.3}}",
    ),
    *_words("kind", "boolean", "bool bit bernoulli pybool flag", "{kind: boolean, rate: 0.3}"),
    *_words(
        "kind", "timestamp", "datetime datetime2 timestamptz date_time moment",
        "{kind: timestamp, from: ordered_at, plus: {type: uniform, min: 0, max: 30, unit: days}}",
    ),
    *_words(
        "kind", "key", "id primary_key pk autoincrement auto_increment serial bigserial identity surrogate_key row_number", "{kind: key}",
    ),
    *_words("kind", "reference", f"{_KEYS} relation lookup many_to_one", _REFERENCE),
    *_words(
        "kind", "pool",
        f"{_FAKER} name first_name last_name person email address street city state country company phone phone_number job postcode",
        "{kind: pool, pool: names}` of `pools: {names: {faker: name}}",
    ),
    *_words("kind", "code", "regex pattern regex_format", "{kind: code, scheme: pattern, pattern: 'AA-####'}"),
    *_words("kind", "code", "uuid uuid4 guid uniqueidentifier", "{kind: code, scheme: uuid}"),
    *_words("kind", "sql", "expression expr formula computed derived calculated generated", "{kind: sql, sql: price * quantity}"),
    *_words("kind", "constant", "literal fixed static default const", "{kind: constant, value: EUR}"),
    *_words("kind", "json", "struct object dict map variant", "{kind: json, fields: {city: city}}"),
)  # fmt: skip
_LAYOUTS: Final = (
    *_words("layout", "entities", "entity dimension dim master table static", "{layout: entities, number: 500}"),
    *_words("layout", "events", "fact facts transaction transactions time_series timeseries log", "{layout: events}"),
    *_words("layout", "children", "child detail details lines one_to_many nested", "{layout: children, of: orders, count: 3}"),
    *_words("layout", "versions", "scd scd2 scd_type_2 type2 history slowly_changing", "{layout: versions, of: customers}"),
    *_words("layout", "calendar", "date_dimension dates date_table time", "{layout: calendar}"),
    *_words("layout", "list", "seed seeds lookup reference constants inline", "{layout: list, values: [{code: C, name: card}]}"),
)
_COLUMNS: Final = (
    *_words("Column", "about", _DESCRIPTIONS),
    *_words("Column", "as", _TYPES, "as: bigint"),
    *_words("Column", "as", f"{_PLACES} places", "as: 'decimal(12,2)'"),
    *_words(
        "Column", "nulls",
        "nullable null_probability null_prob null_rate null_ratio null_percentage null_percent null_pct null_fraction null_frac"
        " percent_nulls missing missing_rate na_rate allow_null allow_nulls is_nullable optional",
        "nulls: 0.05",
    ),
    *_words("Column", "nulls", "not_null required mandatory non_null", "nulls: 0"),
    *_words("Column", "when", "condition if only_if", "when: status = 'paid'"),
    *_words("Column", "kind", "primary_key pk is_key is_primary_key autoincrement auto_increment identity", "kind: key"),
    *_words("Column", "kind", _POINTED, _REFERENCE.strip("{}")),
    *_words("Column", "kind", _FAKER, f"kind: pool, {_LIST}"),
    *_words("Column", "kind", f"{_WEIGHTS} weights values", "kind: category, weights: {new: 0.7, paid: 0.3}"),
    *_words("Column", "kind", "expression expr formula sql computed generated", "kind: sql, sql: price * quantity"),
    *_words("Column", "kind", "regex pattern regex_format", "kind: code, scheme: pattern, pattern: 'AA-####'"),
    *_words("Column", "primary_key", "unique unique_values is_unique", "primary_key: [order_id]", place=_TABLE),
    *_words("Column Table", "locale", "locale locales lang language", "locale: de_DE", place=_TOP),
    *_words("Column Table", "seed", "seed random_seed random_state", "seed: 42", place=_TOP),
    *_words("Number", "places", _PLACES, "places: 2"),
    *_words("Number", "distribution", "min max low high minimum maximum min_value max_value range data_range", f"distribution: {_UNIFORM}"),
    *_words("Number", "distribution", "mean std stddev std_dev sd sigma mu loc dist distribution_type", f"distribution: {_NORMAL}"),
    *_words("Number", "distribution", f"{_WEIGHTS} weights values", "distribution: {type: empirical, values: {1: 0.7, 2: 0.3}}"),
    *_words("Number", "multiply_by", "multiplier factor"),
    *_words("Category", "weights", f"{_WEIGHTS} values", "weights: {new: 0.7, paid: 0.3}"),
    *_words(
        "Boolean", "rate", "probability prob p true_rate true_probability true_ratio chance chance_of_getting_true share weights weight",
        "rate: 0.3",
    ),
    *_words(
        "_Moment", "from",
        "min max start end start_date end_date start_datetime end_datetime begin minimum maximum min_value max_value range data_range"
        " date_range",
        _DAYS,
    ),
    *_words("_Moment", "from", "after relative_to base base_column since", "from: ordered_at, plus: 3 days"),
    *_words("_Moment", "as", "format pattern", "as: varchar"),
    *_words("_Moment", "plus", "offset delta lag delay interval", "plus: {type: uniform, min: 0, max: 30, unit: days}"),
    *_words("Code", "pattern", "regex regex_format format template mask", "scheme: pattern, pattern: 'AA-####'"),
    *_words("Code", "scheme", _TYPES, "scheme: uuid"),
    *_words("Code", "pattern", "regex regexp mask", key="scheme", shape="scheme: pattern, pattern: 'AA-####'"),
    *_words("Code", "uuid", "uuid4 guid uniqueidentifier", key="scheme"),
    *_words("Code", "us_phone", "phone phone_number", key="scheme"),
    *_words("Code", "ean13", "ean barcode gtin", key="scheme"),
    *_words("Code", "luhn", "credit_card credit_card_number", key="scheme", shape="scheme: luhn, pattern: '4###############'"),
    *_words("Code", "bic", "swift swift_code", key="scheme"),
    *_words("Code", "ipv4", "ip ip_address", key="scheme"),
    *_words("Text", "template", "pattern format mask", "template: 'user{customer_id}@example.com'"),
    *_words(
        "Text", "length",
        "min_length max_length max_len min_len max_chars max_nb_chars size nb_chars",
        "length: {type: uniform, min: 10, max: 40}",
    ),
    *_words("Text", "words", "nb_words num_words word_count sentences nb_sentences", "words: 3"),
    *_words("Pool", "pool", f"{_FAKER} list lookup source", _LIST),
    *_words("Reference", "to", f"{_POINTED} table target column field parent_key to_column model entity", "to: customers"),
    *_words("Reference", "required", "not_null mandatory non_null", "required: true"),
    *_words("Reference", "skew", "distribution zipf popularity", "skew: {zipf: 0.9}"),
    *_words("Reference", "distinct", "unique unique_values is_unique", "distinct: true"),
    *_words(
        "Reference", "rows", "cardinality one_to_one one_to_many per_parent", "rows: {layout: children, of: customers, count: 3}",
        place=_TABLE,
    ),
    *_words("Sql", "sql", "expression expr formula query calculation computed generated", "sql: price * quantity"),
    *_words("Aggregate", "take", "function func agg aggregation op", "take: sum"),
    *_words("Aggregate", "of", "column source field expression", "of: order_items.amount"),
    *_words("Aggregate", "where", "filter condition"),
    *_words("Constant", "value", "default literal const values"),
    *_words("Step", "share", "probability prob p rate chance"),
    *_words("Step", "lag", "delay duration offset interval", "lag: {type: exponential, mean: 2, unit: days}"),
    *_words("Step", "after", "depends_on parent previous follows"),
    *_words("Step", "when", "condition if", "when: status = 'paid'"),
)  # fmt: skip
_DISTRIBUTION: Final = (
    *_words("Distribution", "type", "name distribution kind dist"),
    *_words("Distribution", "mean", "mu loc average avg"),
    *_words("Distribution", "stddev", "std std_dev sd stdev standard_deviation scale"),
    *_words("Distribution", "min", "low lower minimum min_value start"),
    *_words("Distribution", "max", "high upper maximum max_value end"),
    *_words("Distribution", "values", _WEIGHTS + " weights", "values: {1: 0.7, 2: 0.3}"),
    *_words("Distribution", "normal", "gaussian gauss norm", key="type"),
    *_words("Distribution", "lognormal", "log_normal lognorm", key="type"),
    *_words("Distribution", "exponential", "exp expon", key="type"),
    *_words("Distribution", "uniform", "randint random random_int flat", key="type"),
    *_words("Distribution", "empirical", "categorical discrete choice histogram custom", key="type"),
    *_words("Distribution", "pareto", "zipf zipfian powerlaw power_law", key="type"),
    *_words("Distribution", "constant", "fixed const", key="type"),
)
_TABLES: Final = (
    *_words("Table", "about", _DESCRIPTIONS),
    *_words("Table", "rows", f"{_COUNTED} count number cardinality target_rows", "rows: {number: 500}"),
    *_words("Table", "rows", "layout type kind materialized", "rows: {layout: children, of: orders}"),
    *_words("Table", "columns", "fields attributes cols properties", "columns: {id: key, total: 'decimal(10,2)'}"),
    *_words("Table", "columns", f"{_POINTED} foreign_keys references_to depends_on joins", _IN_TABLE),
    *_words("Table", "primary_key", "pk primary_keys key keys unique_key unique", "primary_key: [order_id]"),
    *_words("Table", "checks", "tests data_tests constraints expectations checks", f"checks: {_CHECK}", place=_TOP),
    *_words("LayoutModel", "layout", "type kind materialized"),
    *_words("Entities Events Posts Grid Panel", "number", f"{_COUNTS} count n", "number: 500"),
    *_words("Children Entities Subset Recurring Versions Renewals Grid Panel", "of", _OWNERS),
    *_words(
        "Children",
        "count",
        f"{_COUNTS} number n cardinality per_parent ratio min max",
        "count: {type: geometric, mean: 3, min: 1, max: 20}",
    ),
    *_words("Renewals", "count", f"{_COUNTS} number n cardinality per_owner"),
    *_words("Listed", "values", f"{_COUNTS} data items elements", "values: [{code: C, name: card}]"),
    *_words("Subset Recurring", "where", "filter condition when"),
)
_FILE: Final = (
    *_words("Dataset", "about", _DESCRIPTIONS),
    *_words("Dataset", "dataset_name", "name title label display_name"),
    *_words("Dataset", "dataset_id", "id dataset"),
    *_words("Dataset", "target_rows", f"{_COUNTS} count", "target_rows: 10_000"),
    *_words("Dataset", "tables", "models entities nodes sources", "tables: {orders: {columns: {order_id: key}}}"),
    *_words("Dataset", "tables", "columns fields", "tables: {orders: {columns: {order_id: key}}}"),
    *_words("Dataset", "tables", "foreign_key foreign_keys fk references", f"tables: {{orders: {{{_IN_TABLE}}}}}"),
    *_words(
        "Dataset", "history", "start end start_date end_date begin_date begin period date_range from to time_range",
        "history: {start: 2023-01-01, end: 2024-12-31}",
    ),
    *_words("Dataset", "calendar", "timezone time_zone tz", "calendar: {time_zone: Europe/Berlin}"),
    *_words("Dataset", "calendar", "holidays", "calendar: {name: us_retail}"),
    *_words(
        "Dataset", "checks", "tests data_tests expectations constraints validations rules asserts expectation_suite", f"checks: {_CHECK}",
    ),
    *_words("Dataset", "pools", "lists faker provider providers generators fakers", "pools: {names: {faker: name}}"),
    *_words("Dataset", "locale", "locales lang language country", "locale: de_DE"),
    *_words("Dataset", "seed", "random_seed random_state"),
    *_words("Dataset", "extends", "base inherits include import parent depends_on"),
    *_words("Dataset", "driving", "driver main_table fact_table"),
    *_words("Dataset", "temporal_patterns", "seasonality patterns", "temporal_patterns: {weekdays: {saturday: 1.4}}"),
    *_words("History", "start", "from begin first start_date begin_date min since"),
    *_words("History", "end", "to until last end_date max through"),
    *_words("CalendarUse", "time_zone", "timezone tz zone"),
    *_words("CalendarUse", "name", "holidays events country file", "name: us_retail"),
    *_words("Size", "target_rows", f"{_COUNTS} count number"),
    *_words("DrawnPool", "faker", "provider generator type kind method name", "faker: company"),
    *_words("DrawnPool", "rows", f"{_COUNTED} count n number num target_rows"),
    *_words("DrawnPool", "longest", "max_length max_len max_chars length"),
    *_words("DrawnPool", "locale", "language lang country locales", "locale: de_DE"),
    *_words("DrawnPool", "unique", "distinct unique_values is_unique"),
    *_words("DrawnPool", "fields", "columns keys"),
    *_words("Call", "provider", "method name function generator type"),
    *_words("Call", "arguments", "args kwargs parameters params options"),
    *_words("Check", "sql", "query expression statement rule condition test assert"),
    *_words("Relationship", "parent", "parent_table parent_table_name parent_primary_key to", "parent: customers.customer_id"),
    *_words("Relationship", "child", "child_table child_table_name child_foreign_key from", "child: orders.customer_id"),
    *_words("Relationship", "type", "cardinality kind"),
    *_words("RuntimeParameters", "target_rows", f"{_COUNTS} count", "target_rows: 10_000"),
    *_words("RuntimeParameters", "tables", "models entities nodes sources", "tables: {orders: {columns: {order_id: key}}}"),
    *_words("RuntimeParameters", "seed_value", "random_seed random_state"),
    *_words("RuntimeParameters", "scale_factor", "scale factor"),
)  # fmt: skip

FOREIGN: Final[tuple[Foreign, ...]] = (*_KINDS, *_LAYOUTS, *_COLUMNS, *_DISTRIBUTION, *_TABLES, *_FILE)
"""Every word of other tools that we know, at the places where it is none of ours."""

NAMING: Final = ("format", *_TYPES.split())
"""Keys under which other tools name a kind."""


def spelled(word: str) -> str:
    """A word as the table has it: `maxLength`, `max-length` and `MAX_LENGTH` are `max_length`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", word[:_LONGEST]).lower().replace("-", "_").replace(" ", "_").lstrip("$")


_LONGEST: Final = 60
_TABLE_OF: Final = {(one.where, one.word, one.key): one for one in reversed(FOREIGN)}


def foreign(where: Iterable[str], written: str, key: str = "") -> Foreign | None:
    """The word, by the names of a model's classes from the nearest on (or `kind`, `layout`); None where it is none that we know."""
    word = spelled(written)
    return next((one for place in where if (one := _TABLE_OF.get((place, word, key))) is not None), None)
