"""Community Alignment (2025)."""
