"""Chinese Value Corpus."""
