"""DDL: one typed model of tables, and a dialect each for Fabric Warehouse, Spark SQL, DuckDB and PostgreSQL."""
