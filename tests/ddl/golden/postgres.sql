-- ddl/postgres/001_config_tables.sql
-- Tables of the log and the configs

CREATE SCHEMA IF NOT EXISTS "config";

CREATE TABLE IF NOT EXISTS "config"."config_synthetic_data_datasets" (
  "dataset_id" VARCHAR(200) NOT NULL,
  "dataset_name" TEXT NOT NULL,
  "dataset_type" VARCHAR(50) NOT NULL,
  "schema_pattern" VARCHAR(50) NOT NULL,
  "domain" VARCHAR(200) NOT NULL,
  "target_rows" BIGINT NOT NULL,
  "tables" TEXT NOT NULL,
  "description" TEXT NOT NULL,
  PRIMARY KEY ("dataset_id")
);

COMMENT ON TABLE "config"."config_synthetic_data_datasets" IS 'The datasets that are known.';

COMMENT ON COLUMN "config"."config_synthetic_data_datasets"."dataset_id" IS 'The dataset, as asked for';

COMMENT ON COLUMN "config"."config_synthetic_data_datasets"."dataset_name" IS 'The dataset''s title';

COMMENT ON COLUMN "config"."config_synthetic_data_datasets"."dataset_type" IS 'transactional, analytical, or another';

COMMENT ON COLUMN "config"."config_synthetic_data_datasets"."schema_pattern" IS 'oltp, star_schema, or another';

COMMENT ON COLUMN "config"."config_synthetic_data_datasets"."domain" IS 'The branch of business';

COMMENT ON COLUMN "config"."config_synthetic_data_datasets"."target_rows" IS 'Rows of the driving table that were asked for';

COMMENT ON COLUMN "config"."config_synthetic_data_datasets"."tables" IS 'The tables, separated by commas';

COMMENT ON COLUMN "config"."config_synthetic_data_datasets"."description" IS 'What the dataset is about';

CREATE TABLE IF NOT EXISTS "config"."sample_dataset_configurations" (
  "dataset_id" VARCHAR(200) NOT NULL,
  "dataset_name" TEXT NOT NULL,
  "dataset_type" VARCHAR(50) NOT NULL,
  "schema_pattern" VARCHAR(50) NOT NULL,
  "domain" VARCHAR(200) NOT NULL,
  "target_rows" BIGINT NOT NULL,
  "tables" TEXT NOT NULL,
  "description" TEXT NOT NULL,
  "config_json" TEXT NOT NULL,
  PRIMARY KEY ("dataset_id")
);

COMMENT ON TABLE "config"."sample_dataset_configurations" IS 'A configuration to start from, of each dataset that is known.';

COMMENT ON COLUMN "config"."sample_dataset_configurations"."dataset_id" IS 'The dataset, as asked for';

COMMENT ON COLUMN "config"."sample_dataset_configurations"."dataset_name" IS 'The dataset''s title';

COMMENT ON COLUMN "config"."sample_dataset_configurations"."dataset_type" IS 'transactional, analytical, or another';

COMMENT ON COLUMN "config"."sample_dataset_configurations"."schema_pattern" IS 'oltp, star_schema, or another';

COMMENT ON COLUMN "config"."sample_dataset_configurations"."domain" IS 'The branch of business';

COMMENT ON COLUMN "config"."sample_dataset_configurations"."target_rows" IS 'Rows of the driving table that were asked for';

COMMENT ON COLUMN "config"."sample_dataset_configurations"."tables" IS 'The tables, separated by commas';

COMMENT ON COLUMN "config"."sample_dataset_configurations"."description" IS 'What the dataset is about';

COMMENT ON COLUMN "config"."sample_dataset_configurations"."config_json" IS 'The configuration, as JSON';

CREATE TABLE IF NOT EXISTS "config"."config_synthetic_data_generation_jobs" (
  "job_id" VARCHAR(200) NOT NULL,
  "dataset_id" VARCHAR(200) NOT NULL,
  "job_name" TEXT NOT NULL,
  "target_rows" BIGINT NOT NULL,
  "generation_mode" VARCHAR(50) NOT NULL,
  "target_environment" VARCHAR(50) NOT NULL,
  "target_location" VARCHAR(200) NOT NULL,
  "chunk_size" BIGINT NOT NULL,
  "parallel_workers" BIGINT NOT NULL,
  "seed_value" BIGINT NOT NULL,
  "custom_config_json" TEXT NOT NULL,
  "status" VARCHAR(50) NOT NULL,
  "created_date" TIMESTAMP WITH TIME ZONE NOT NULL,
  "started_date" TIMESTAMP WITH TIME ZONE NOT NULL,
  "completed_date" TIMESTAMP WITH TIME ZONE,
  "error_message" TEXT NOT NULL,
  PRIMARY KEY ("job_id")
);

COMMENT ON TABLE "config"."config_synthetic_data_generation_jobs" IS 'The jobs: a run each.';

COMMENT ON COLUMN "config"."config_synthetic_data_generation_jobs"."job_id" IS 'The job';

COMMENT ON COLUMN "config"."config_synthetic_data_generation_jobs"."dataset_id" IS 'The dataset, as asked for';

COMMENT ON COLUMN "config"."config_synthetic_data_generation_jobs"."job_name" IS 'The job''s title';

COMMENT ON COLUMN "config"."config_synthetic_data_generation_jobs"."target_rows" IS 'Rows of the driving table that were asked for';

COMMENT ON COLUMN "config"."config_synthetic_data_generation_jobs"."generation_mode" IS 'python or pyspark';

COMMENT ON COLUMN "config"."config_synthetic_data_generation_jobs"."target_environment" IS 'lakehouse or warehouse';

COMMENT ON COLUMN "config"."config_synthetic_data_generation_jobs"."target_location" IS 'Folder or schema of the tables';

COMMENT ON COLUMN "config"."config_synthetic_data_generation_jobs"."chunk_size" IS 'Rows that a worker holds at once';

COMMENT ON COLUMN "config"."config_synthetic_data_generation_jobs"."parallel_workers" IS 'Worker processes';

COMMENT ON COLUMN "config"."config_synthetic_data_generation_jobs"."seed_value" IS 'The seed';

COMMENT ON COLUMN "config"."config_synthetic_data_generation_jobs"."custom_config_json" IS 'The settings that were given, as JSON';

COMMENT ON COLUMN "config"."config_synthetic_data_generation_jobs"."status" IS 'RUNNING, COMPLETED, FAILED or CANCELLED';

COMMENT ON COLUMN "config"."config_synthetic_data_generation_jobs"."created_date" IS 'When the job was made';

COMMENT ON COLUMN "config"."config_synthetic_data_generation_jobs"."started_date" IS 'When the run began';

COMMENT ON COLUMN "config"."config_synthetic_data_generation_jobs"."completed_date" IS 'When the run ended';

COMMENT ON COLUMN "config"."config_synthetic_data_generation_jobs"."error_message" IS 'Why the run failed';

CREATE TABLE IF NOT EXISTS "config"."log_synthetic_data_generation" (
  "log_id" VARCHAR(200) NOT NULL,
  "job_id" VARCHAR(200) NOT NULL,
  "dataset_id" VARCHAR(200) NOT NULL,
  "generation_date" DATE NOT NULL,
  "tables_generated" TEXT NOT NULL,
  "total_rows" BIGINT NOT NULL,
  "target_rows" BIGINT NOT NULL,
  "file_paths" TEXT NOT NULL,
  "status" VARCHAR(50) NOT NULL,
  "generation_mode" VARCHAR(50) NOT NULL,
  "target_environment" VARCHAR(50) NOT NULL,
  "output_mode" VARCHAR(50) NOT NULL,
  "seed_value" BIGINT NOT NULL,
  "rows_per_second" DOUBLE PRECISION,
  "duration_seconds" DOUBLE PRECISION,
  "peak_memory_gb" DOUBLE PRECISION,
  "cpu_cores_used" DOUBLE PRECISION,
  "started_at" TIMESTAMP WITH TIME ZONE NOT NULL,
  "completed_at" TIMESTAMP WITH TIME ZONE,
  "message" TEXT NOT NULL,
  PRIMARY KEY ("log_id")
);

COMMENT ON TABLE "config"."log_synthetic_data_generation" IS 'The log: a row for each run, and for each day of a series.';

COMMENT ON COLUMN "config"."log_synthetic_data_generation"."log_id" IS 'The row: the run, and of a series the day';

COMMENT ON COLUMN "config"."log_synthetic_data_generation"."job_id" IS 'The job';

COMMENT ON COLUMN "config"."log_synthetic_data_generation"."dataset_id" IS 'The dataset, as asked for';

COMMENT ON COLUMN "config"."log_synthetic_data_generation"."generation_date" IS 'The day as of which the rows are seen, or the day of a series';

COMMENT ON COLUMN "config"."log_synthetic_data_generation"."tables_generated" IS 'The tables that were written, separated by commas';

COMMENT ON COLUMN "config"."log_synthetic_data_generation"."total_rows" IS 'Rows of all tables that were written';

COMMENT ON COLUMN "config"."log_synthetic_data_generation"."target_rows" IS 'Rows of the driving table that were asked for';

COMMENT ON COLUMN "config"."log_synthetic_data_generation"."file_paths" IS 'Where the tables or files lie, below the output root';

COMMENT ON COLUMN "config"."log_synthetic_data_generation"."status" IS 'RUNNING, COMPLETED, FAILED or CANCELLED';

COMMENT ON COLUMN "config"."log_synthetic_data_generation"."generation_mode" IS 'python or pyspark';

COMMENT ON COLUMN "config"."log_synthetic_data_generation"."target_environment" IS 'lakehouse or warehouse';

COMMENT ON COLUMN "config"."log_synthetic_data_generation"."output_mode" IS 'table, parquet or csv';

COMMENT ON COLUMN "config"."log_synthetic_data_generation"."seed_value" IS 'The seed';

COMMENT ON COLUMN "config"."log_synthetic_data_generation"."rows_per_second" IS 'Rows a second';

COMMENT ON COLUMN "config"."log_synthetic_data_generation"."duration_seconds" IS 'Seconds that the run took';

COMMENT ON COLUMN "config"."log_synthetic_data_generation"."peak_memory_gb" IS 'Most memory that was used, in gigabytes';

COMMENT ON COLUMN "config"."log_synthetic_data_generation"."cpu_cores_used" IS 'Processor cores that were busy, on average';

COMMENT ON COLUMN "config"."log_synthetic_data_generation"."started_at" IS 'When the run began';

COMMENT ON COLUMN "config"."log_synthetic_data_generation"."completed_at" IS 'When the run ended';

COMMENT ON COLUMN "config"."log_synthetic_data_generation"."message" IS 'What was told of the run';

-- ddl/postgres/003_config_data_shop.sql
-- The dataset shop among those that are known

BEGIN;

DELETE FROM "config"."config_synthetic_data_datasets" WHERE "dataset_id" IN ('shop');

INSERT INTO "config"."config_synthetic_data_datasets" ("dataset_id", "dataset_name", "dataset_type", "schema_pattern", "domain", "target_rows", "tables", "description") VALUES
  ('shop', 'A shop''s orders', 'transactional', 'oltp', 'custom', 10000, 'customers, orders', 'Who orders what.');

COMMIT;

BEGIN;

DELETE FROM "config"."sample_dataset_configurations" WHERE "dataset_id" IN ('shop');

INSERT INTO "config"."sample_dataset_configurations" ("dataset_id", "dataset_name", "dataset_type", "schema_pattern", "domain", "target_rows", "tables", "description", "config_json") VALUES
  ('shop', 'A shop''s orders', 'transactional', 'oltp', 'custom', 10000, 'customers, orders', 'Who orders what.', '{"dataset_id": "shop", "target_rows": 10000, "seed_value": 42}');

COMMIT;

-- ddl/postgres/010_shop.sql
-- Tables of the dataset shop

CREATE SCHEMA IF NOT EXISTS "shop";

CREATE TABLE IF NOT EXISTS "shop"."customers" (
  "customer_id" BIGINT NOT NULL,
  "tier" VARCHAR(6) NOT NULL,
  "note" VARCHAR(60) NOT NULL,
  "code" VARCHAR(6) NOT NULL,
  PRIMARY KEY ("customer_id")
);

COMMENT ON TABLE "shop"."customers" IS 'People; "regular" ones -- and others.';

COMMENT ON COLUMN "shop"."customers"."customer_id" IS 'Number in order of time';

COMMENT ON COLUMN "shop"."customers"."tier" IS 'Level';

COMMENT ON COLUMN "shop"."customers"."note" IS 'What was said';

CREATE TABLE IF NOT EXISTS "shop"."orders" (
  "order_id" BIGINT NOT NULL,
  "customer_id" BIGINT NOT NULL,
  "placed_at" TIMESTAMP WITH TIME ZONE NOT NULL,
  "placed_on" DATE NOT NULL,
  "is_paid" BOOLEAN NOT NULL,
  "weight" DECIMAL(18, 2) NOT NULL,
  PRIMARY KEY ("order_id")
);

COMMENT ON TABLE "shop"."orders" IS 'What was ordered.';

COMMENT ON COLUMN "shop"."orders"."order_id" IS 'Number in order of time';

COMMENT ON COLUMN "shop"."orders"."customer_id" IS 'Who ordered';

COMMENT ON COLUMN "shop"."orders"."placed_at" IS 'When it was ordered';

COMMENT ON COLUMN "shop"."orders"."is_paid" IS 'Whether it is paid';

COMMENT ON COLUMN "shop"."orders"."weight" IS 'In kg';

DO 'BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conname = ''fk_orders_customer_id'' AND conrelid = ''"shop"."orders"''::regclass) THEN ALTER TABLE "shop"."orders" ADD CONSTRAINT "fk_orders_customer_id" FOREIGN KEY ("customer_id") REFERENCES "shop"."customers" ("customer_id") DEFERRABLE INITIALLY DEFERRED; END IF; END';

