"""The scale argument of the readers: a scale, an instrument, or the name of one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from valuestats.base.errors import SpecificationError
from valuestats.ingest.answers.own import extractor
from valuestats.instruments import AnswerScale, Instrument, load_instrument

ScaleLike = AnswerScale | Instrument | str | Path


NO_SCALE = AnswerScale({0: "\0 no scale", 1: "\0 no scale either"}, contains=False)
"""A scale on which no text is an answer: by it a log is read for what it holds before a scale is chosen."""


def as_scale(scale: ScaleLike) -> AnswerScale:
    """The answer scale meant by a scale, an instrument, an instrument's name or its file.

    Examples
    --------
    >>> as_scale("pvq21").bounds
    (1, 6)
    """
    if isinstance(scale, AnswerScale):
        return scale
    if isinstance(scale, Instrument):
        return scale.scale
    if isinstance(scale, str | Path):
        return load_instrument(scale).scale
    raise SpecificationError(
        "not a scale",
        parameter="scale",
        got=type(scale).__name__,
        expected="an AnswerScale, an Instrument or an instrument's name",
    )


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
            expected="an AnswerScale, an Instrument or an instrument's name",
        )
    return scale
