"""The published systems, a room each."""
