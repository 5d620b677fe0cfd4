"""Readers of surveys and of published shares of answers."""
