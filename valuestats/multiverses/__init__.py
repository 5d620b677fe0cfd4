"""The same finding under every defensible choice of how to come by it."""
