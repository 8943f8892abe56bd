"""How answers are judged: typed values that travel as JSON. Importing this package makes all of them known.

They hold what a declaration says in numbers and names, and need neither its models nor a parser, so that checks which were
derived before are judged without either.
"""

from . import children, counts, curves, mixtures, patterns, shares

__all__ = ["children", "counts", "curves", "mixtures", "patterns", "shares"]
