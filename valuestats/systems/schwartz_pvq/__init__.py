"""Cultural value alignment with the PVQ-40 (Segerer 2025)."""
