"""Which items speak to which value, learned from people's ratings: correlations, keys, and what keys are worth."""
