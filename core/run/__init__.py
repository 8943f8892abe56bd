"""Running plans, looking at them before and asking about them after."""
