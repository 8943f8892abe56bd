"""Where rows end up: files of one part, folders of files, Delta tables, a DuckDB warehouse."""
