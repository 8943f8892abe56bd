"""What is compiled from plans, to be deployed elsewhere."""
