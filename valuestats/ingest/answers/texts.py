"""Values of any type as text, without loss and without surprises."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable

import numpy as np
import pandas as pd

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"})
_DECIMAL_BITS = 14_000  # some 4,200 digits
_SURROGATES = re.compile("[\ud800-\udfff]")


def without_surrogates(text: str) -> str:
    r"""A text whose lone surrogates, which no file can hold, are U+FFFD.

    Examples
    --------
    >>> without_surrogates("Ja\ud800pan") == "Ja\ufffdpan"
    True
    """
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)


def text_series(values: Iterable[str | None], index: pd.Index | None = None) -> pd.Series:
    """A column of texts; lone surrogates, which no file can hold, become U+FFFD."""
    values = list(values)
    try:
        return pd.Series(values, index=index, dtype="str")
    except UnicodeEncodeError:
        clean = [v if v is None else without_surrogates(v) for v in values]
        return pd.Series(clean, index=index, dtype="str")


def as_text(values: pd.Series) -> pd.Series:
    """Each value as text: strings as they are, null as null, whole numbers without a point, the rest as JSON.

    Examples
    --------
    >>> as_text(pd.Series([1, "1", 1.0, {"a": 1}, "None", None], dtype=object)).tolist()
    ['1', '1', '1', '{"a": 1}', 'None', nan]
    """
    if isinstance(values.dtype, pd.StringDtype):
        return values
    if isinstance(values.dtype, pd.CategoricalDtype):
        names = as_text(pd.Series(values.cat.categories, dtype=object))
        padded = text_series([*names, None])
        return padded.take(values.cat.codes.to_numpy() % len(padded)).set_axis(values.index)
    return text_series(map(_as_text, values.tolist()), values.index)


def sha256_text(text: str | None) -> str | None:
    """SHA-256 of a text, or None."""
    return None if text is None else hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def visible(text: str, limit: int = 80) -> str:
    r"""A text of unknown origin on one line: control, format and line characters written out, cut to a length.

    Examples
    --------
    >>> visible("like\nme \x1b[31m"), visible("a" * 9, limit=5)
    ('like\\nme \\x1b[31m', 'aaaa…')
    """
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    return "".join(
        c if c == " " or unicodedata.category(c) not in _HIDDEN else c.encode("unicode_escape").decode()
        for c in cut
    )


def _as_text(value: object) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > _DECIMAL_BITS:
        return hex(value)  # Python writes no longer number in decimals
    if isinstance(value, dict | list | tuple):
        try:
            return json.dumps(value, ensure_ascii=False, default=str)
        except ValueError:
            return json.dumps(_writable(value), ensure_ascii=False, default=str)
    if isinstance(value, np.ndarray):
        return json.dumps(value.tolist(), ensure_ascii=False, default=str)
    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return None
    if isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _writable(value: object) -> object:
    """A structure with the numbers that JSON can't write as text."""
    if isinstance(value, dict):
        return {str(key): _writable(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_writable(one) for one in value]
    return _as_text(value) if isinstance(value, int) and value.bit_length() > _DECIMAL_BITS else value
