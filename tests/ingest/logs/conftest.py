"""The scripts that made the logs need the tools themselves, which the test environment doesn't have."""

collect_ignore_glob = ["make_*.py"]
