"""Laws of size: how a measured value changes with the size of a model or of its data."""
