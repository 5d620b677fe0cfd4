"""AdAEM (Duan et al. 2025)."""
