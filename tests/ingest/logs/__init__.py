"""Logs as the tools wrote them, and the scripts that made them; a package, so that its conftest has a name of its own."""
