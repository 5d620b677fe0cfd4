"""Value Portrait (Han et al. 2025)."""
