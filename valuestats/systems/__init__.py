"""What only one published system needs: its released files' quirks and its table of published numbers."""
