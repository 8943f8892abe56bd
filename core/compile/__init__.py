"""Compiled artefacts: what a Fabric workspace is made of, as values, and as files in a folder."""
