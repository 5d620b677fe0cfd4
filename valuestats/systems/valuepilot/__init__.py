"""ValuePilot (2025): actions ranked by a person's value weights."""
