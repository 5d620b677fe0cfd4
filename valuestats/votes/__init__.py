"""Votes on which of two values is the wiser one, and the graph that they make."""
