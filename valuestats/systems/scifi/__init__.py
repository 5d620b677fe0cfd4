"""SciFi-Benchmark."""
