"""Reliability: internal consistency, intraclass correlations, stability of answers."""
