"""Generalizability and decision studies."""
