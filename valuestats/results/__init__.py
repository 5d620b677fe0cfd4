"""What every verb returns, its store and its presentation."""
