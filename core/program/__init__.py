"""The program: what the engine is told, as typed values that travel as JSON. The ground floor: the standard library alone."""
