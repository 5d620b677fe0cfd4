"""CIVICS (Pistilli et al. 2024)."""
