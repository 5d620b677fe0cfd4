"""Agreement: of raters, and of parsers of the same answers."""
