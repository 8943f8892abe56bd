-- ddl/warehouse/001_config_tables.sql
-- Tables of the log and the configs

IF NOT EXISTS (SELECT 1 FROM sys.schemas WHERE name = 'config') EXEC ('CREATE SCHEMA [config]')
GO

-- config_synthetic_data_datasets: The datasets that are known.
IF OBJECT_ID('[config].[config_synthetic_data_datasets]', 'U') IS NULL
CREATE TABLE [config].[config_synthetic_data_datasets] (
  [dataset_id] VARCHAR(800) NOT NULL, -- The dataset, as asked for
  [dataset_name] VARCHAR(MAX) NOT NULL, -- The dataset's title
  [dataset_type] VARCHAR(200) NOT NULL, -- transactional, analytical, or another
  [schema_pattern] VARCHAR(200) NOT NULL, -- oltp, star_schema, or another
  [domain] VARCHAR(800) NOT NULL, -- The branch of business
  [target_rows] BIGINT NOT NULL, -- Rows of the driving table that were asked for
  [tables] VARCHAR(MAX) NOT NULL, -- The tables, separated by commas
  [description] VARCHAR(MAX) NOT NULL -- What the dataset is about
)
GO

-- sample_dataset_configurations: A configuration to start from, of each dataset that is known.
IF OBJECT_ID('[config].[sample_dataset_configurations]', 'U') IS NULL
CREATE TABLE [config].[sample_dataset_configurations] (
  [dataset_id] VARCHAR(800) NOT NULL, -- The dataset, as asked for
  [dataset_name] VARCHAR(MAX) NOT NULL, -- The dataset's title
  [dataset_type] VARCHAR(200) NOT NULL, -- transactional, analytical, or another
  [schema_pattern] VARCHAR(200) NOT NULL, -- oltp, star_schema, or another
  [domain] VARCHAR(800) NOT NULL, -- The branch of business
  [target_rows] BIGINT NOT NULL, -- Rows of the driving table that were asked for
  [tables] VARCHAR(MAX) NOT NULL, -- The tables, separated by commas
  [description] VARCHAR(MAX) NOT NULL, -- What the dataset is about
  [config_json] VARCHAR(MAX) NOT NULL -- The configuration, as JSON
)
GO

-- config_synthetic_data_generation_jobs: The jobs: a run each.
IF OBJECT_ID('[config].[config_synthetic_data_generation_jobs]', 'U') IS NULL
CREATE TABLE [config].[config_synthetic_data_generation_jobs] (
  [job_id] VARCHAR(800) NOT NULL, -- The job
  [dataset_id] VARCHAR(800) NOT NULL, -- The dataset, as asked for
  [job_name] VARCHAR(MAX) NOT NULL, -- The job's title
  [target_rows] BIGINT NOT NULL, -- Rows of the driving table that were asked for
  [generation_mode] VARCHAR(200) NOT NULL, -- python or pyspark
  [target_environment] VARCHAR(200) NOT NULL, -- lakehouse or warehouse
  [target_location] VARCHAR(800) NOT NULL, -- Folder or schema of the tables
  [chunk_size] BIGINT NOT NULL, -- Rows that a worker holds at once
  [parallel_workers] BIGINT NOT NULL, -- Worker processes
  [seed_value] BIGINT NOT NULL, -- The seed
  [custom_config_json] VARCHAR(MAX) NOT NULL, -- The settings that were given, as JSON
  [status] VARCHAR(200) NOT NULL, -- RUNNING, COMPLETED, FAILED or CANCELLED
  [created_date] DATETIME2(6) NOT NULL, -- When the job was made
  [started_date] DATETIME2(6) NOT NULL, -- When the run began
  [completed_date] DATETIME2(6) NULL, -- When the run ended
  [error_message] VARCHAR(MAX) NOT NULL -- Why the run failed
)
GO

-- log_synthetic_data_generation: The log: a row for each run, and for each day of a series.
IF OBJECT_ID('[config].[log_synthetic_data_generation]', 'U') IS NULL
CREATE TABLE [config].[log_synthetic_data_generation] (
  [log_id] VARCHAR(800) NOT NULL, -- The row: the run, and of a series the day
  [job_id] VARCHAR(800) NOT NULL, -- The job
  [dataset_id] VARCHAR(800) NOT NULL, -- The dataset, as asked for
  [generation_date] DATE NOT NULL, -- The day as of which the rows are seen, or the day of a series
  [tables_generated] VARCHAR(MAX) NOT NULL, -- The tables that were written, separated by commas
  [total_rows] BIGINT NOT NULL, -- Rows of all tables that were written
  [target_rows] BIGINT NOT NULL, -- Rows of the driving table that were asked for
  [file_paths] VARCHAR(MAX) NOT NULL, -- Where the tables or files lie, below the output root
  [status] VARCHAR(200) NOT NULL, -- RUNNING, COMPLETED, FAILED or CANCELLED
  [generation_mode] VARCHAR(200) NOT NULL, -- python or pyspark
  [target_environment] VARCHAR(200) NOT NULL, -- lakehouse or warehouse
  [output_mode] VARCHAR(200) NOT NULL, -- table, parquet or csv
  [seed_value] BIGINT NOT NULL, -- The seed
  [rows_per_second] FLOAT NULL, -- Rows a second
  [duration_seconds] FLOAT NULL, -- Seconds that the run took
  [peak_memory_gb] FLOAT NULL, -- Most memory that was used, in gigabytes
  [cpu_cores_used] FLOAT NULL, -- Processor cores that were busy, on average
  [started_at] DATETIME2(6) NOT NULL, -- When the run began
  [completed_at] DATETIME2(6) NULL, -- When the run ended
  [message] VARCHAR(MAX) NOT NULL -- What was told of the run
)
GO

IF NOT EXISTS (SELECT 1 FROM sys.key_constraints WHERE name = 'PK_config_synthetic_data_datasets' AND parent_object_id = OBJECT_ID('[config].[config_synthetic_data_datasets]'))
ALTER TABLE [config].[config_synthetic_data_datasets] ADD CONSTRAINT [PK_config_synthetic_data_datasets] PRIMARY KEY NONCLUSTERED ([dataset_id]) NOT ENFORCED
GO

IF NOT EXISTS (SELECT 1 FROM sys.key_constraints WHERE name = 'PK_sample_dataset_configurations' AND parent_object_id = OBJECT_ID('[config].[sample_dataset_configurations]'))
ALTER TABLE [config].[sample_dataset_configurations] ADD CONSTRAINT [PK_sample_dataset_configurations] PRIMARY KEY NONCLUSTERED ([dataset_id]) NOT ENFORCED
GO

IF NOT EXISTS (SELECT 1 FROM sys.key_constraints WHERE name = 'PK_config_synthetic_data_generation_jobs' AND parent_object_id = OBJECT_ID('[config].[config_synthetic_data_generation_jobs]'))
ALTER TABLE [config].[config_synthetic_data_generation_jobs] ADD CONSTRAINT [PK_config_synthetic_data_generation_jobs] PRIMARY KEY NONCLUSTERED ([job_id]) NOT ENFORCED
GO

IF NOT EXISTS (SELECT 1 FROM sys.key_constraints WHERE name = 'PK_log_synthetic_data_generation' AND parent_object_id = OBJECT_ID('[config].[log_synthetic_data_generation]'))
ALTER TABLE [config].[log_synthetic_data_generation] ADD CONSTRAINT [PK_log_synthetic_data_generation] PRIMARY KEY NONCLUSTERED ([log_id]) NOT ENFORCED
GO

-- ddl/warehouse/003_config_data_shop.sql
-- The dataset shop among those that are known

BEGIN TRANSACTION;
DELETE FROM [config].[config_synthetic_data_datasets] WHERE [dataset_id] IN ('shop');
INSERT INTO [config].[config_synthetic_data_datasets] ([dataset_id], [dataset_name], [dataset_type], [schema_pattern], [domain], [target_rows], [tables], [description]) VALUES
  ('shop', 'A shop''s orders', 'transactional', 'oltp', 'custom', 10000, 'customers, orders', 'Who orders what.');
COMMIT TRANSACTION;
GO

BEGIN TRANSACTION;
DELETE FROM [config].[sample_dataset_configurations] WHERE [dataset_id] IN ('shop');
INSERT INTO [config].[sample_dataset_configurations] ([dataset_id], [dataset_name], [dataset_type], [schema_pattern], [domain], [target_rows], [tables], [description], [config_json]) VALUES
  ('shop', 'A shop''s orders', 'transactional', 'oltp', 'custom', 10000, 'customers, orders', 'Who orders what.', '{"dataset_id": "shop", "target_rows": 10000, "seed_value": 42}');
COMMIT TRANSACTION;
GO

-- ddl/warehouse/010_shop.sql
-- Tables of the dataset shop

IF NOT EXISTS (SELECT 1 FROM sys.schemas WHERE name = 'shop') EXEC ('CREATE SCHEMA [shop]')
GO

-- customers: People; "regular" ones - - and others.
IF OBJECT_ID('[shop].[customers]', 'U') IS NULL
CREATE TABLE [shop].[customers] (
  [customer_id] BIGINT NOT NULL, -- Number in order of time
  [tier] VARCHAR(24) NOT NULL, -- Level
  [note] VARCHAR(240) NOT NULL, -- What was said
  [code] VARCHAR(24) NOT NULL
)
GO

-- orders: What was ordered.
IF OBJECT_ID('[shop].[orders]', 'U') IS NULL
CREATE TABLE [shop].[orders] (
  [order_id] BIGINT NOT NULL, -- Number in order of time
  [customer_id] BIGINT NOT NULL, -- Who ordered
  [placed_at] DATETIME2(6) NOT NULL, -- When it was ordered
  [placed_on] DATE NOT NULL,
  [is_paid] BIT NOT NULL, -- Whether it is paid
  [weight] DECIMAL(18, 2) NOT NULL -- In kg
)
GO

IF NOT EXISTS (SELECT 1 FROM sys.key_constraints WHERE name = 'PK_customers' AND parent_object_id = OBJECT_ID('[shop].[customers]'))
ALTER TABLE [shop].[customers] ADD CONSTRAINT [PK_customers] PRIMARY KEY NONCLUSTERED ([customer_id]) NOT ENFORCED
GO

IF NOT EXISTS (SELECT 1 FROM sys.key_constraints WHERE name = 'PK_orders' AND parent_object_id = OBJECT_ID('[shop].[orders]'))
ALTER TABLE [shop].[orders] ADD CONSTRAINT [PK_orders] PRIMARY KEY NONCLUSTERED ([order_id]) NOT ENFORCED
GO

IF NOT EXISTS (SELECT 1 FROM sys.foreign_keys WHERE name = 'FK_orders_customer_id' AND parent_object_id = OBJECT_ID('[shop].[orders]'))
ALTER TABLE [shop].[orders] ADD CONSTRAINT [FK_orders_customer_id] FOREIGN KEY ([customer_id]) REFERENCES [shop].[customers] ([customer_id]) NOT ENFORCED
GO

