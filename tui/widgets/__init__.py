"""What steps are built of."""
