"""Ordinal regressions: value profiles of models, and any that a formula describes."""
