"""Dynamics of opinions on networks."""
