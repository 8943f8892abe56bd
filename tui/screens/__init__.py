"""The steps, one module a step."""
