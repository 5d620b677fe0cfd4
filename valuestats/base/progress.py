"""One way to show progress: a bar on a terminal, now and then a line anywhere else, both on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Sized

from tqdm import tqdm

from valuestats.base.terminal import inert

DELAY = 2.0
"""Seconds before a bar is shown."""
EVERY = 30.0
"""Seconds between two lines where standard error is no terminal."""


def track[T](
    items: Iterable[T], description: str, *, total: int | None = None, unit: str = "it"
) -> Iterator[T]:
    """Yield from `items`, showing a bar once two seconds have gone by.

    A bar redraws its line, which a file would keep as one endless line: where standard error is no terminal, a line
    of its own says every half minute how far it has come.

    Examples
    --------
    >>> list(track(range(3), "counting"))
    [0, 1, 2]
    """
    if sys.stderr.isatty():
        yield from bar(items, description, total=total, unit=unit)
        return
    if total is None and isinstance(items, Sized):
        total = len(items)
    said = time.monotonic()
    for done, item in enumerate(items, start=1):
        yield item
        if time.monotonic() - said >= EVERY:
            said = time.monotonic()
            say(f"{description}: {done}{'' if total is None else f' of {total}'} {unit}")


def bar[T](
    items: Iterable[T],
    description: str,
    *,
    total: int | None = None,
    unit: str = "it",
    shown: bool = True,
) -> tqdm[T]:
    """A bar over `items`, to be moved by iterating or by hand; nothing where standard error is no terminal."""
    return tqdm(
        items,
        desc=inert(description),
        total=total,
        unit=unit,
        delay=DELAY,
        file=sys.stderr,
        leave=False,
        disable=None if shown else True,
    )


def say(message: str) -> None:
    """Print one line of progress to standard error at once, its control characters written out."""
    print(inert(message), file=sys.stderr, flush=True)
