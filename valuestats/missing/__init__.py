"""Answers that are missing: refusal rates, bounds, declared differences, a joint model."""
