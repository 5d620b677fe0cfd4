"""Causal graphs of values, and what steering features do to them (2025)."""
