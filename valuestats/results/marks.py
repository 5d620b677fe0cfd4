"""The sign of a result's verdict beside what is printed and drawn of it."""

from __future__ import annotations

import pandas as pd

from valuestats.base.errors import SpecificationError
from valuestats.base.labels import readable
from valuestats.results.result import Result
from valuestats.results.verdicts import MARKS, SILENT, WORDS, Sign

GREY = "#808893"
"""Of what is no finding; at least 3:1 on the light and on the dark page."""


def marked(label: object, sign: Sign = "sound") -> str:
    """A label as it is printed, with the sign of what speaks against it.

    Examples
    --------
    >>> marked("Self_Direction", "none"), marked("Power")
    ('Self-Direction ○', 'Power')
    """
    return readable(str(label)) + ("" if sign == "sound" else f" {MARKS[sign]}")


def in_words(sign: Sign) -> str:
    """The sign and its words.

    Examples
    --------
    >>> in_words("care")
    '△ with care'
    """
    return f"{MARKS[sign]} {WORDS[sign]}"


def signed_frame(result: Result) -> pd.DataFrame:
    """The estimates with the column ``sign``."""
    return result.estimates.assign(sign=result.verdict.rows["sign"].to_numpy())


def one_model_column(result: Result, frame: pd.DataFrame) -> pd.DataFrame:
    """Rows whose ``model`` names the model and what it was asked under, where that is a key of its own."""
    apart = [k for k in result.keys if k not in ("model", result.value_key)]
    if not apart or "model" not in result.keys:
        return frame
    return frame.assign(model=frame[["model", *apart]].astype(str).agg(", ".join, axis=1))


def one_of(result: Result, column: str, asked: str | None) -> str:
    """The label that a chart is asked to show; the first of the result where none is.

    Raises
    ------
    SpecificationError
        The result has no such label.
    """
    known = list(dict.fromkeys(result.estimates[column].astype(str)))
    if asked is None:
        return known[0]
    if asked not in known:
        shown = ", ".join(known[:20]) + (f" and {len(known) - 20} more" if len(known) > 20 else "")
        raise SpecificationError(
            f"no such {column} in this result", parameter=column, got=asked, expected=shown
        )
    return asked


def findings(result: Result) -> pd.DataFrame:
    """The estimates that are findings: neither ``none`` nor ``untested``."""
    return result.estimates[~result.verdict.rows["sign"].isin(SILENT).to_numpy()]


def silent_words(result: Result) -> str:
    """How a sentence begins that has nothing to say: that nothing was tested, or that there is no finding."""
    return "Not tested" if result.verdict.sign == "untested" else "No finding"


def example(result: Result) -> str | None:
    """The label of the value key to show as an example: of the best sign, then with the largest spread between models.

    None where no estimate is a finding.
    """
    signs = result.verdict.of(result.value_key)
    frame = result.estimates
    spread = frame.groupby(frame[result.value_key].astype(str), observed=True)["estimate"].std(ddof=0)
    for sign in ("sound", "care"):
        labels = signs.index[signs == sign]
        if len(labels):
            return str(spread.reindex(labels).fillna(-1.0).idxmax())
    return None
