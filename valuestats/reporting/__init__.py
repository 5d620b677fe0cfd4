"""Reports: Quarto documents rendered by Quarto or by the package itself, and what their pages show."""

from valuestats.reporting.display import md, show, show_table
from valuestats.reporting.markdown import escape_markdown
from valuestats.reporting.render import RenderOutcome, render
from valuestats.reporting.setup import setup

__all__ = ["RenderOutcome", "escape_markdown", "md", "render", "setup", "show", "show_table"]
