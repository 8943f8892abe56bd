"""Planning: a dataset and its parameters become one frozen plan."""
