-- ddl/lakehouse/001_config_tables.sql
-- Tables of the log and the configs

CREATE TABLE IF NOT EXISTS `config_synthetic_data_datasets` (
  `dataset_id` VARCHAR(200) NOT NULL COMMENT 'The dataset, as asked for; primary key',
  `dataset_name` STRING NOT NULL COMMENT 'The dataset\u0027s title',
  `dataset_type` VARCHAR(50) NOT NULL COMMENT 'transactional, analytical, or another',
  `schema_pattern` VARCHAR(50) NOT NULL COMMENT 'oltp, star_schema, or another',
  `domain` VARCHAR(200) NOT NULL COMMENT 'The branch of business',
  `target_rows` BIGINT NOT NULL COMMENT 'Rows of the driving table that were asked for',
  `tables` STRING NOT NULL COMMENT 'The tables, separated by commas',
  `description` STRING NOT NULL COMMENT 'What the dataset is about'
)
USING DELTA
COMMENT 'The datasets that are known.';

CREATE TABLE IF NOT EXISTS `sample_dataset_configurations` (
  `dataset_id` VARCHAR(200) NOT NULL COMMENT 'The dataset, as asked for; primary key',
  `dataset_name` STRING NOT NULL COMMENT 'The dataset\u0027s title',
  `dataset_type` VARCHAR(50) NOT NULL COMMENT 'transactional, analytical, or another',
  `schema_pattern` VARCHAR(50) NOT NULL COMMENT 'oltp, star_schema, or another',
  `domain` VARCHAR(200) NOT NULL COMMENT 'The branch of business',
  `target_rows` BIGINT NOT NULL COMMENT 'Rows of the driving table that were asked for',
  `tables` STRING NOT NULL COMMENT 'The tables, separated by commas',
  `description` STRING NOT NULL COMMENT 'What the dataset is about',
  `config_json` STRING NOT NULL COMMENT 'The configuration, as JSON'
)
USING DELTA
COMMENT 'A configuration to start from, of each dataset that is known.';

CREATE TABLE IF NOT EXISTS `config_synthetic_data_generation_jobs` (
  `job_id` VARCHAR(200) NOT NULL COMMENT 'The job; primary key',
  `dataset_id` VARCHAR(200) NOT NULL COMMENT 'The dataset, as asked for',
  `job_name` STRING NOT NULL COMMENT 'The job\u0027s title',
  `target_rows` BIGINT NOT NULL COMMENT 'Rows of the driving table that were asked for',
  `generation_mode` VARCHAR(50) NOT NULL COMMENT 'python or pyspark',
  `target_environment` VARCHAR(50) NOT NULL COMMENT 'lakehouse or warehouse',
  `target_location` VARCHAR(200) NOT NULL COMMENT 'Folder or schema of the tables',
  `chunk_size` BIGINT NOT NULL COMMENT 'Rows that a worker holds at once',
  `parallel_workers` BIGINT NOT NULL COMMENT 'Worker processes',
  `seed_value` BIGINT NOT NULL COMMENT 'The seed',
  `custom_config_json` STRING NOT NULL COMMENT 'The settings that were given, as JSON',
  `status` VARCHAR(50) NOT NULL COMMENT 'RUNNING, COMPLETED, FAILED or CANCELLED',
  `created_date` TIMESTAMP NOT NULL COMMENT 'When the job was made',
  `started_date` TIMESTAMP NOT NULL COMMENT 'When the run began',
  `completed_date` TIMESTAMP COMMENT 'When the run ended',
  `error_message` STRING NOT NULL COMMENT 'Why the run failed'
)
USING DELTA
COMMENT 'The jobs: a run each.';

CREATE TABLE IF NOT EXISTS `log_synthetic_data_generation` (
  `log_id` VARCHAR(200) NOT NULL COMMENT 'The row: the run, and of a series the day; primary key',
  `job_id` VARCHAR(200) NOT NULL COMMENT 'The job',
  `dataset_id` VARCHAR(200) NOT NULL COMMENT 'The dataset, as asked for',
  `generation_date` DATE NOT NULL COMMENT 'The day as of which the rows are seen, or the day of a series',
  `tables_generated` STRING NOT NULL COMMENT 'The tables that were written, separated by commas',
  `total_rows` BIGINT NOT NULL COMMENT 'Rows of all tables that were written',
  `target_rows` BIGINT NOT NULL COMMENT 'Rows of the driving table that were asked for',
  `file_paths` STRING NOT NULL COMMENT 'Where the tables or files lie, below the output root',
  `status` VARCHAR(50) NOT NULL COMMENT 'RUNNING, COMPLETED, FAILED or CANCELLED',
  `generation_mode` VARCHAR(50) NOT NULL COMMENT 'python or pyspark',
  `target_environment` VARCHAR(50) NOT NULL COMMENT 'lakehouse or warehouse',
  `output_mode` VARCHAR(50) NOT NULL COMMENT 'table, parquet or csv',
  `seed_value` BIGINT NOT NULL COMMENT 'The seed',
  `rows_per_second` DOUBLE COMMENT 'Rows a second',
  `duration_seconds` DOUBLE COMMENT 'Seconds that the run took',
  `peak_memory_gb` DOUBLE COMMENT 'Most memory that was used, in gigabytes',
  `cpu_cores_used` DOUBLE COMMENT 'Processor cores that were busy, on average',
  `started_at` TIMESTAMP NOT NULL COMMENT 'When the run began',
  `completed_at` TIMESTAMP COMMENT 'When the run ended',
  `message` STRING NOT NULL COMMENT 'What was told of the run'
)
USING DELTA
COMMENT 'The log: a row for each run, and for each day of a series.';

-- ddl/lakehouse/003_config_data_shop.sql
-- The dataset shop among those that are known

MERGE INTO `config_synthetic_data_datasets` AS old
USING (SELECT * FROM VALUES
  ('shop', 'A shop\u0027s orders', 'transactional', 'oltp', 'custom', 10000, 'customers, orders', 'Who orders what.')
  AS given (`dataset_id`, `dataset_name`, `dataset_type`, `schema_pattern`, `domain`, `target_rows`, `tables`, `description`)) AS new
ON old.`dataset_id` = new.`dataset_id`
WHEN MATCHED AND NOT (old.`dataset_name` <=> new.`dataset_name` AND old.`dataset_type` <=> new.`dataset_type` AND old.`schema_pattern` <=> new.`schema_pattern` AND old.`domain` <=> new.`domain` AND old.`target_rows` <=> new.`target_rows` AND old.`tables` <=> new.`tables` AND old.`description` <=> new.`description`) THEN
  UPDATE SET old.`dataset_name` = new.`dataset_name`, old.`dataset_type` = new.`dataset_type`, old.`schema_pattern` = new.`schema_pattern`, old.`domain` = new.`domain`, old.`target_rows` = new.`target_rows`, old.`tables` = new.`tables`, old.`description` = new.`description`
WHEN NOT MATCHED THEN INSERT (`dataset_id`, `dataset_name`, `dataset_type`, `schema_pattern`, `domain`, `target_rows`, `tables`, `description`) VALUES (new.`dataset_id`, new.`dataset_name`, new.`dataset_type`, new.`schema_pattern`, new.`domain`, new.`target_rows`, new.`tables`, new.`description`);

MERGE INTO `sample_dataset_configurations` AS old
USING (SELECT * FROM VALUES
  ('shop', 'A shop\u0027s orders', 'transactional', 'oltp', 'custom', 10000, 'customers, orders', 'Who orders what.', '{"dataset_id": "shop", "target_rows": 10000, "seed_value": 42}')
  AS given (`dataset_id`, `dataset_name`, `dataset_type`, `schema_pattern`, `domain`, `target_rows`, `tables`, `description`, `config_json`)) AS new
ON old.`dataset_id` = new.`dataset_id`
WHEN MATCHED AND NOT (old.`dataset_name` <=> new.`dataset_name` AND old.`dataset_type` <=> new.`dataset_type` AND old.`schema_pattern` <=> new.`schema_pattern` AND old.`domain` <=> new.`domain` AND old.`target_rows` <=> new.`target_rows` AND old.`tables` <=> new.`tables` AND old.`description` <=> new.`description` AND old.`config_json` <=> new.`config_json`) THEN
  UPDATE SET old.`dataset_name` = new.`dataset_name`, old.`dataset_type` = new.`dataset_type`, old.`schema_pattern` = new.`schema_pattern`, old.`domain` = new.`domain`, old.`target_rows` = new.`target_rows`, old.`tables` = new.`tables`, old.`description` = new.`description`, old.`config_json` = new.`config_json`
WHEN NOT MATCHED THEN INSERT (`dataset_id`, `dataset_name`, `dataset_type`, `schema_pattern`, `domain`, `target_rows`, `tables`, `description`, `config_json`) VALUES (new.`dataset_id`, new.`dataset_name`, new.`dataset_type`, new.`schema_pattern`, new.`domain`, new.`target_rows`, new.`tables`, new.`description`, new.`config_json`);

-- ddl/lakehouse/010_shop.sql
-- Tables of the dataset shop

CREATE SCHEMA IF NOT EXISTS `shop`;

CREATE TABLE IF NOT EXISTS `shop`.`customers` (
  `customer_id` BIGINT NOT NULL COMMENT 'Number in order of time; primary key',
  `tier` VARCHAR(6) NOT NULL COMMENT 'Level',
  `note` VARCHAR(60) NOT NULL COMMENT 'What was said',
  `code` VARCHAR(6) NOT NULL
)
USING DELTA
COMMENT 'People; "regular" ones -- and others.'
TBLPROPERTIES ('delta.autoOptimize.autoCompact' = 'true');

CREATE TABLE IF NOT EXISTS `shop`.`orders` (
  `order_id` BIGINT NOT NULL COMMENT 'Number in order of time; primary key',
  `customer_id` BIGINT NOT NULL COMMENT 'Who ordered; refers to customers.customer_id',
  `placed_at` TIMESTAMP NOT NULL COMMENT 'When it was ordered',
  `placed_on` DATE NOT NULL,
  `is_paid` BOOLEAN NOT NULL COMMENT 'Whether it is paid',
  `weight` DECIMAL(18, 2) NOT NULL COMMENT 'In kg',
  `year` INT NOT NULL COMMENT 'Year of the day on which the row begins',
  `month` INT NOT NULL COMMENT 'Month of the day on which the row begins, from 1',
  `day` INT NOT NULL COMMENT 'Day of the month on which the row begins'
)
USING DELTA
PARTITIONED BY (`year`, `month`, `day`)
COMMENT 'What was ordered.'
TBLPROPERTIES ('delta.autoOptimize.autoCompact' = 'true');

