"""`python -m ingen_fab.synthetic_data` is the `synthetic-data` command."""

from .cli.main import synthetic_data

if __name__ == "__main__":
    synthetic_data()
