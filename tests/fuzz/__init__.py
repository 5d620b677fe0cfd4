"""A deterministic fuzzer of everything that reads a stranger's file."""
