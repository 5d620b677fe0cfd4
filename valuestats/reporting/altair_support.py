"""Altair inside a page: charts without a built-in theme, shown through the page's own renderer."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@functools.cache
def _register(alt: Any) -> None:
    alt.theme.register("valuestats-plain", enable=False)(lambda: alt.theme.ThemeConfig())


@contextmanager
def plain_theme(alt: Any) -> Iterator[None]:
    """Write a chart's specification without Altair's default config, so that the page's theme applies."""
    _register(alt)
    with alt.theme.enable("valuestats-plain"), alt.data_transformers.enable("default", max_rows=None):
        yield
