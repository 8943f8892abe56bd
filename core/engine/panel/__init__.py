"""Panels: rows of many owners, with a sum for each that is exact.

Values pass one way: months, census, entries, members, schedule, deal, settling, units.
"""
