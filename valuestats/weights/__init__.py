"""Weights behind choices: what each feature of an option is worth to those who choose."""
