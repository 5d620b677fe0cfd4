"""KorNAT."""
