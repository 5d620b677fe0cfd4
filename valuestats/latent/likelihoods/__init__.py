"""Likelihoods of counted answers, one module each."""
