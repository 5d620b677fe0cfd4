"""Values on the circle: the circumplex, and opposed higher-order values."""
