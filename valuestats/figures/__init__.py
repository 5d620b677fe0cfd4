"""The theme of the figures and the building blocks of several subjects."""
