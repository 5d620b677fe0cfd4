"""Survey statistics: shares by design, raking, instruments' scales."""
