"""Spark's types for those of Arrow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .on_executor import in_units, plain_type

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


def schema_in_units(schema: pa.Schema) -> Any:
    """The `StructType` of such rows, their decimals as `units_of` has them."""
    import pyarrow as pa

    return spark_schema(pa.schema([field.with_type(pa.int64()) if in_units(field.type) else field for field in schema]))


def with_decimals(frame: Any, schema: pa.Schema) -> Any:
    """The rows of a frame in units with decimals again.

    An Arrow decimal becomes three objects on its way into Java, which took a fifteenth of the time of a whole run. `MakeDecimal` is
    what Spark itself makes decimals of sums with; no SQL function has it, so that a server cannot be asked for it.
    """
    from pyspark.sql import functions as f
    from pyspark.sql.classic.column import Column

    java = frame.sparkSession._jvm.org.apache.spark.sql
    trees, make = java.classic.ExpressionUtils, java.catalyst.expressions.MakeDecimal
    columns = [f.col(f"`{name}`") for name in frame.columns]
    for place, kind in enumerate(schema.types):
        if in_units(kind):
            made = make(trees.expression(columns[place]._jc), kind.precision, kind.scale)
            columns[place] = Column(trees.column(made)).alias(schema.names[place])
    return frame.select(*columns)


def plain_texts(frame: Any) -> Any:
    """The same rows, with texts of Spark's own type: a client of Spark Connect names a collation, which other readers of Delta refuse."""
    from pyspark.sql import functions as f
    from pyspark.sql.types import StringType

    columns = []
    for field in frame.schema:
        column = f.col(f"`{field.name}`")
        columns.append(column.cast("string").alias(field.name) if isinstance(field.dataType, StringType) else column)
    return frame.select(*columns)
