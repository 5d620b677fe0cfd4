"""Dates in files of statistical packages: numbers since a day of their own, written out as texts."""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import pandas as pd

from valuestats.tables.survey import Code, code_text

_SPSS_DAYS = re.compile(r"(?:[AES]?DATE|JDATE|QYR|MOYR|WKYR)\d*")
_SPSS_SECONDS = re.compile(r"(?:DATETIME|YMDHMS)[\d.]*")
_STATA_DAYS = re.compile(r"%-?(?:td|d).*", re.DOTALL)
_STATA_MILLISECONDS = re.compile(r"%-?t[cC].*", re.DOTALL)
_SAS_DAYS = re.compile(
    r"(?:DATE|DAY|MMDDYY[A-Z]?|DDMMYY[A-Z]?|YYMMDD[A-Z]?|MONYY|WORDDATX?|WEEKDATX?|E8601DA|B8601DA|JULIAN)[\d.]*"
)
_SAS_SECONDS = re.compile(r"(?:DATETIME|E8601DT|B8601DT|DATEAMPM)[\d.]*")


@dataclass(frozen=True)
class DateForm:
    """What the numbers of a variable count: units of so many seconds since a day, of which only the date is meant or not."""

    origin: datetime.datetime
    seconds: float
    is_day: bool

    def text(self, number: float) -> str | None:
        """The date in ISO form; None where there is no such date (before year 1, after 9999)."""
        try:
            moment = self.origin + datetime.timedelta(seconds=number * self.seconds)
        except (OverflowError, ValueError):
            return None
        return moment.date().isoformat() if self.is_day else moment.isoformat(sep=" ")


_SPSS = datetime.datetime(1582, 10, 14)
_SIXTIES = datetime.datetime(1960, 1, 1)


def date_form(declared: str | None, package: str) -> DateForm | None:
    """The form of a variable's dates by its format in the file, or None where it holds none.

    Examples
    --------
    >>> date_form("DATE11", "SPSS").text(13797216000.0), date_form("%td", "Stata").text(0.0)
    ('2020-01-01', '1960-01-01')
    >>> date_form("F8.2", "SPSS") is None, date_form("%td", "Stata").text(1e9) is None
    (True, True)
    """
    name = (declared or "").strip()
    upper = name.upper()
    if package == "SPSS":
        if _SPSS_DAYS.fullmatch(upper):
            return DateForm(_SPSS, 1.0, is_day=True)
        return DateForm(_SPSS, 1.0, is_day=False) if _SPSS_SECONDS.fullmatch(upper) else None
    if package == "Stata":
        if _STATA_DAYS.fullmatch(name):
            return DateForm(_SIXTIES, 86400.0, is_day=True)
        return DateForm(_SIXTIES, 0.001, is_day=False) if _STATA_MILLISECONDS.fullmatch(name) else None
    if _SAS_DAYS.fullmatch(upper):
        return DateForm(_SIXTIES, 86400.0, is_day=True)
    return DateForm(_SIXTIES, 1.0, is_day=False) if _SAS_SECONDS.fullmatch(upper) else None


def as_dates(values: pd.Series, form: DateForm, missing: Collection[Code]) -> tuple[pd.Series, int, str]:
    """A column of numbers as dates, how many are none, and the first of these; missing codes stay as they are."""
    texts: list[Any] = []
    wrong, first = 0, ""
    for value in values:
        if not isinstance(value, float) or value != value or value in missing:
            texts.append(value)
            continue
        text = form.text(value)
        if text is None:
            wrong += 1
            text = code_text(value)
            first = first or text
        texts.append(text)
    return pd.Series(texts, dtype=object, index=values.index), wrong, first
