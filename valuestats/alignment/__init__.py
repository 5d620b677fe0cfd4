"""Alignment with demographic groups: shares, ceilings, homogenisation, poststratification."""
