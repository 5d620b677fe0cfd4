"""Scores of models on keyed items, and of people and models on instruments."""
