"""Graphs of what moves with what among values."""
