"""Moral Graph Elicitation (Klingefjord, Lowe and Edelman 2024)."""
