"""The documentation site: guides, tutorials and a page per public name, made by the package's own document engine."""
