"""Specification: datasets, their language, and the parameters of a run."""
