"""Pure numerics on arrays."""
