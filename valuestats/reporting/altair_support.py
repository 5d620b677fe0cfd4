"""Altair inside a page: charts without a built-in theme, shown through the page's own renderer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def plain_theme(alt: Any) -> Iterator[None]:
    """Write a chart's specification without Altair's default config, so that the page's theme applies."""
    if "valuestats-plain" not in alt.theme.names():
        alt.theme.register("valuestats-plain", enable=False)(lambda: alt.theme.ThemeConfig())
    with alt.theme.enable("valuestats-plain"), alt.data_transformers.enable("default", max_rows=None):
        yield
