"""The graded response model: its design, posterior, sampler and estimands."""
