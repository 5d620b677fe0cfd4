"""The scale argument of the readers: a scale, an instrument, the name of one, or the ends of a range of codes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from valuestats.base.errors import SpecificationError
from valuestats.ingest.answers.own import extractor
from valuestats.instruments import AnswerScale, Instrument, load_instrument
from valuestats.instruments.scale import normalise_text

ScaleLike = AnswerScale | Instrument | str | Path | tuple[int, int] | Sequence[str] | Mapping[int, str]
_MOST_CODES = 1001
_RANGE = re.compile(r"\s*(-?\d{1,9})\s*(?:-|\u2013|\.\.)\s*(-?\d{1,9})\s*")
_LETTERS = re.compile(r"\s*([A-Za-z])\s*(?:-|\u2013|\.\.)\s*([A-Za-z])\s*")
_EXPECTED = (
    "an AnswerScale, an Instrument or an instrument's name, lowest and highest code or letter, e.g. (1, 5), '1-5' or 'A-D', "
    "or the options in their order, e.g. ['no', 'unsure', 'yes']"
)


NO_SCALE = AnswerScale({0: "\0 no scale", 1: "\0 no scale either"}, contains=False)
"""A scale on which no text is an answer: by it a log is read for what it holds before a scale is chosen."""


def as_scale(scale: ScaleLike) -> AnswerScale:
    """The answer scale meant by a scale, an instrument, an instrument's name or its file, its ends or its options.

    Options in their order, or letters, have the codes 1, 2, …; a mapping says the codes.

    Examples
    --------
    >>> as_scale("pvq21").bounds
    (1, 6)
    >>> as_scale((0, 10)).codes == as_scale("0-10").codes == tuple(range(11))
    True
    >>> as_scale("A-D").options == as_scale(["A", "B", "C", "D"]).options
    True
    >>> as_scale({0: "no", 1: "yes"}).options
    {0: 'no', 1: 'yes'}
    """
    if isinstance(scale, AnswerScale):
        return scale
    if isinstance(scale, Instrument):
        return scale.scale
    if isinstance(scale, Mapping):
        return option_scale(dict(scale))
    if isinstance(scale, tuple | list):
        if scale and all(isinstance(text, str) for text in scale):
            return option_scale(dict(enumerate(map(str, scale), start=1)))
        return range_scale(scale)
    ends = _RANGE.fullmatch(scale) if isinstance(scale, str) else None
    if ends is not None:
        return range_scale((int(ends[1]), int(ends[2])))
    ends = _LETTERS.fullmatch(scale) if isinstance(scale, str) else None
    if ends is not None and ends[1] < ends[2]:
        return option_scale(
            {n: chr(letter) for n, letter in enumerate(range(ord(ends[1]), ord(ends[2]) + 1), start=1)}
        )
    if isinstance(scale, str | Path):
        return load_instrument(scale).scale
    raise SpecificationError(
        "not a scale",
        parameter="scale",
        got=type(scale).__name__,
        expected=_EXPECTED,
    )


def option_scale(options: dict[int, str]) -> AnswerScale:
    """The scale of these options; inside longer texts an option counts where all have more than a letter.

    Raises
    ------
    SpecificationError
        Fewer than two options, or two that are the same.

    Examples
    --------
    >>> option_scale({1: "A", 2: "B"}).contains, option_scale({1: "disagree", 2: "agree"}).contains
    (False, True)
    """
    texts = [normalise_text(text) for text in options.values()]
    if len(texts) < 2 or len(set(texts)) < len(texts) or not all(texts):
        raise SpecificationError(
            "not the options of a scale",
            parameter="scale",
            got=list(options.values()),
            expected="two or more options in their order, each another text",
        )
    return AnswerScale(options, contains=all(len(text) > 1 for text in texts))


def range_scale(ends: Sequence[int]) -> AnswerScale:
    """The scale of answers that are whole numbers of a range and have no words.

    Raises
    ------
    SpecificationError
        Not two whole numbers that rise.

    Examples
    --------
    >>> scale = range_scale((-2, 2))
    >>> scale.codes, scale.numeric
    ((-2, -1, 0, 1, 2), True)
    """
    whole = all(isinstance(end, int | np.integer) and not isinstance(end, bool) for end in ends)
    if len(ends) != 2 or not whole or not ends[0] < ends[1] or ends[1] - ends[0] >= _MOST_CODES:
        raise SpecificationError(
            "not the ends of a range of codes",
            parameter="scale",
            got=list(ends),
            expected=f"two whole numbers that rise, at most {_MOST_CODES:,} codes, e.g. (1, 5)",
        )
    low, high = int(ends[0]), int(ends[1])
    texts = {code: str(code) if code >= 0 else f"minus {-code}" for code in range(low, high + 1)}
    return AnswerScale(texts, numeric=True, contains=False)


def with_parser(scale: ScaleLike, parser: str) -> AnswerScale:
    """The scale, its texts read by a parser of your own.

    Examples
    --------
    >>> with_parser("pvq21", "json:rating").parser
    'json:rating'
    """
    extractor(parser)
    return replace(as_scale(scale), parser=parser)


def needed_scale(scale: ScaleLike | None) -> ScaleLike:
    """The scale, or an error where there is none: raw texts can't be read without one."""
    if scale is None:
        raise SpecificationError(
            "raw texts need a scale",
            parameter="scale",
            expected=_EXPECTED,
        )
    return scale
