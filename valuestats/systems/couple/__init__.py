"""COUPLE: steering an answer to a profile of values through a structural model of them (2025)."""
