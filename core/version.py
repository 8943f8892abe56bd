"""The version, where all that note it read it."""

__version__ = "0.1.0"
