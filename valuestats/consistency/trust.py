"""What the reliability of a scale says of scores on it."""

from __future__ import annotations

from typing import Any

from valuestats.base.labels import listed, minus
from valuestats.results.result import Result
from valuestats.results.trust import of_labels
from valuestats.results.verdicts import TRUST_LIMITS, Reason, Sign, TrustLimits

_PREFERRED = ("omega_total", "alpha", "split_half")


def reliability_evidence(piece: Any, result: Result, limits: TrustLimits) -> list[Reason] | None:
    """The coefficient of each scale, omega where there is one."""
    if not isinstance(piece, Result) or piece.kind != "reliability" or "scale" not in piece.keys:
        return None
    frame = piece.estimates.dropna(subset="estimate")
    known = [c for c in _PREFERRED if c in set(frame["coefficient"])]
    if not known:
        return None
    found: dict[str, tuple[Sign, str]] = {}
    for row in frame[frame["coefficient"] == known[0]].to_dict("records"):
        sign: Sign = "sound" if row["estimate"] >= limits.reliability else "care"
        found[str(row["scale"])] = (sign, f"{row['estimand']} {row['estimate']:.2f}")
    return of_labels(result, "reliability", found)


def coefficient_reasons(result: Result) -> list[Reason]:
    """Coefficients of scales below the usual limit (those of a general factor have none); items that are none of theirs."""
    if "scale" not in result.keys:
        return []
    limit = TRUST_LIMITS.reliability
    found = []
    for row in result.estimates.to_dict("records"):
        where = {"scale": str(row["scale"]), "coefficient": str(row["coefficient"])}
        if row["estimate"] != row["estimate"]:
            found.append(Reason("reliability", "none", f"no coefficient: {row['reason']}", where))
        elif not where["coefficient"].startswith("omega_hierarchical") and row["estimate"] < limit:
            zero = "; its interval holds 0" if row["lower"] <= 0 else ""
            text = f"{row['estimand']} {row['estimate']:.2f}, below {limit:.2f}{zero}"
            found.append(Reason("reliability", "care", minus(text), where))
    rests = result.meta.get("item_rest", {})  # stored before they were, there are none
    for scale, items in result.meta.get("apart", {}).items():
        if items:
            low = listed([f"{item} ({rests[scale][item]:.2f})" for item in items[:8]])
            text = f"hardly go with the other items, by their correlation with the rest of the scale: {low}"
            found.append(Reason("items", "care", minus(text), {"scale": scale}))
    return found
