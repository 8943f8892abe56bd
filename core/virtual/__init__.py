"""Tables that are generated while they are read."""
