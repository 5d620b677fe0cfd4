"""Drift: answers that move along an ordered axis, and what of it is opinion."""
