"""Spark's types for those of Arrow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .on_executor import plain_type

if TYPE_CHECKING:
    import pyarrow as pa


def spark_schema(schema: pa.Schema) -> Any:
    """The `StructType` of rows of a schema; raises ValueError as `spark_type`."""
    from pyspark.sql.types import StructField, StructType

    return StructType([StructField(field.name, spark_type(plain_type(field.type)), field.nullable) for field in schema])


def spark_type(kind: pa.DataType) -> Any:
    """The `DataType` of a column without a dictionary; raises ValueError for one that no table has."""
    import pyarrow as pa
    from pyspark.sql import types

    if pa.types.is_decimal(kind):
        return types.DecimalType(kind.precision, kind.scale)
    known = {
        pa.string(): types.StringType(),
        pa.int64(): types.LongType(),
        pa.int32(): types.IntegerType(),
        pa.bool_(): types.BooleanType(),
        pa.float64(): types.DoubleType(),
        pa.date32(): types.DateType(),
        pa.timestamp("us", tz="UTC"): types.TimestampType(),
    }
    if kind not in known:
        raise ValueError(f"Spark has no type for {kind}")
    return known[kind]


def plain_texts(frame: Any) -> Any:
    """The same rows, with texts of Spark's own type: a client of Spark Connect names a collation, which other readers of Delta refuse."""
    from pyspark.sql import functions as f
    from pyspark.sql.types import StringType

    columns = []
    for field in frame.schema:
        column = f.col(f"`{field.name}`")
        columns.append(column.cast("string").alias(field.name) if isinstance(field.dataType, StringType) else column)
    return frame.select(*columns)
