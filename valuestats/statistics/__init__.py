"""Numerics on arrays that several subjects share."""
