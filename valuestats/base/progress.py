"""One way to show progress: a bar on standard error for whatever lasts over two seconds."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from tqdm import tqdm


def track[T](
    items: Iterable[T], description: str, *, total: int | None = None, unit: str = "it"
) -> Iterator[T]:
    """Yield from `items`, showing a bar once two seconds have gone by.

    Examples
    --------
    >>> list(track(range(3), "counting"))
    [0, 1, 2]
    """
    yield from tqdm(items, desc=description, total=total, unit=unit, delay=2.0, file=sys.stderr, leave=False)


def say(message: str) -> None:
    """Print one line of progress to standard error at once."""
    print(message, file=sys.stderr, flush=True)
