"""Diversity of perspectives in free answers."""
