"""The Staircase of Ethics."""
