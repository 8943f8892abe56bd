"""Generation on Spark: the only room that knows pyspark, which is imported where it is used."""
