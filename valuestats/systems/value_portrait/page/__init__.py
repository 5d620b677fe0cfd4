"""Sentences, captions and tables of the Value Portrait page."""
