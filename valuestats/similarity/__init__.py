"""Similarity of answer distributions: models to countries, and what asking as someone from there changes."""
