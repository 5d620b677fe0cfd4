"""Published tables held against what their own numbers allow."""
