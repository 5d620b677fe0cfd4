"""What keys say of the scores that rest on them: more than chance, and worth anything in other raters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from valuestats.base.labels import counted
from valuestats.results.result import Result
from valuestats.results.trust import of_labels
from valuestats.results.verdicts import Reason, Sign, TrustLimits

_CHANCE = {"family", "dimension", "expected", "lower", "upper"}
_WORTH_LITTLE = 0.10
"""Out-of-sample correlation of keyed items below which a value is read with care; Cohen's (1988) small effect."""


def chance_evidence(piece: Any, result: Result, limits: TrustLimits) -> list[Reason] | None:
    """Keys of each value against the most that chance gives, from `valuestats.keying.chance.chance_keys`."""
    if not isinstance(piece, pd.DataFrame) or not set(piece.columns) >= _CHANCE:
        return None
    if "n_items" not in result.estimates.columns:
        return None
    key = result.value_key
    keys = result.estimates.groupby(result.estimates[key].astype(str), observed=True)["n_items"].max()
    found: dict[str, tuple[Sign, str]] = {}
    for row in _family(piece, set(keys.index)).to_dict("records"):
        n = int(keys[row["dimension"]])
        above = n > row["upper"]
        text = f"{counted(n, 'key')} where chance gives up to {row['upper']:.0f}"
        found[str(row["dimension"])] = ("sound", text) if above else ("none", text)
    return of_labels(result, "chance", found)


def validity_evidence(piece: Any, result: Result, limits: TrustLimits) -> list[Reason] | None:
    """Correlation of the keyed items with their value in raters who had no part in the keys; the first rule's."""
    if not isinstance(piece, Result) or piece.kind != "key_validity":
        return None
    frame = piece.estimates
    frame = frame[frame["rule"] == frame["rule"].iloc[0]]
    labels = set(result.estimates[result.value_key].astype(str))
    found: dict[str, tuple[Sign, str]] = {}
    for row in _family(frame, labels).dropna(subset="estimate").to_dict("records"):
        found[str(row["dimension"])] = _worth(row)
    return of_labels(result, "validity", found)


def validity_reasons(result: Result) -> list[Reason]:
    """What keys say of themselves: worth anything in other raters, or nothing, by the same bounds as for scores."""
    found = []
    for row in result.estimates.dropna(subset=["estimate", "lower"]).to_dict("records"):
        sign, text = _worth(row)
        if sign != "sound":
            found.append(Reason("validity", sign, text, {k: str(row[k]) for k in result.keys}))
    return found


def _worth(row: Mapping[Any, Any]) -> tuple[Sign, str]:
    sign: Sign = "none" if not row["lower"] > 0 else "care" if row["estimate"] < _WORTH_LITTLE else "sound"
    return sign, f"keyed items correlate {row['estimate']:.2f} with the value in other raters"


def _family(frame: pd.DataFrame, labels: set[str]) -> pd.DataFrame:
    """The rows of the labels, of the family that has most of them."""
    there = frame[frame["dimension"].isin(labels)]
    if there.empty:
        return there
    return there[there["family"] == there["family"].value_counts().idxmax()]
