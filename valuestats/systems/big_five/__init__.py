"""The Big Five in a large sample of people."""
