"""From the raw text of an answer to its code and status."""
