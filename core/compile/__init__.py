"""From a dataset and parameters to what is deployed: notebooks and DDL."""
