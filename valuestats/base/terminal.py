"""Text of unknown origin on a terminal: what would steer it is shown as text."""

from __future__ import annotations

import re

# Controls but line ends and tabs; lone surrogates, which can't be printed; marks that turn the direction of a line or
# end it.
_STEERS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def inert(text: str) -> str:
    r"""A text whose control characters are written out, so that a terminal shows them and does nothing else.

    Line ends and tabs stay.

    Examples
    --------
    >>> inert("model \x1b[2Jm")
    'model \\x1b[2Jm'
    """
    return _STEERS.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def show(text: object = "") -> None:
    """Print a text to standard output, its control characters written out."""
    print(inert(str(text)))
