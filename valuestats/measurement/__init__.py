"""Measurement models: graded response, invariance, differential item functioning, plausible values."""
