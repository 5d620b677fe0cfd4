"""Readers of tables: CSV, JSON lines, Parquet."""
