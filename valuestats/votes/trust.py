"""What speaks against a graph of votes and its ranks."""

from __future__ import annotations

from valuestats.base.labels import counted, listed
from valuestats.results.result import Result
from valuestats.results.verdicts import TRUST_LIMITS, Reason

AGREEMENT = 0.667
"""Krippendorff's alpha below which he draws no conclusion (Krippendorff 2004)."""


def graph_reasons(result: Result) -> list[Reason]:
    """Edges without a clear direction, participants who agree little, steps called wiser both ways, cycles."""
    frame, meta = result.estimates, result.meta
    level = float(frame["level"].iloc[0])
    sure = 1 - (1 - level) / 2
    found = []
    for row in frame[frame["direction"] < sure].to_dict("records"):
        where = {key: str(row[key]) for key in result.keys}
        text = f"that it is called wiser more often than less wise has probability {row['direction']:.2f}"
        found.append(Reason("votes", "none", text, where))
    alpha = meta["alpha"]
    if alpha is not None and alpha < AGREEMENT:
        text = f"participants' votes agree with alpha = {alpha:.2f}, below {AGREEMENT}".replace("-", "−")
        found.append(Reason("agreement", "care", text))
    twice = meta["both_ways"]
    if twice is not None and twice["lower"] > 1:
        text = (
            f"over {counted(twice['pairs'], 'pair')} shown both ways round, the shares that call the step wiser sum to "
            f"{twice['sum']:.2f}, more than 1"
        )
        found.append(Reason("both ways", "care", text))
    if meta["cycles"]:
        sizes = listed([str(len(group)) for group in meta["cycles"]])
        found.append(Reason("cycles", "care", f"by majority, groups of {sizes} values go round in circles"))
    return found or [Reason("votes", "sound", "every step has a clear direction")]


def rank_reasons(result: Result) -> list[Reason]:
    """Mass that is lost, and a first place that changes with the participants."""
    meta, frame = result.meta, result.estimates
    found = []
    if meta["mass"] < 1 - 1e-6:
        found.append(
            Reason(
                "mass", "none", f"the ranks sum to {meta['mass']:.2f}: mass is lost where nothing leads on"
            )
        )
    first = frame["first_share"].max()
    if first < frame["level"].iloc[0]:
        top = frame.sort_values("estimate").iloc[-1]
        text = f"{top['value']} ranks first in {top['first_share']:.0%} of samples of participants"
        found.append(Reason("first", "care", text))
    units = int(frame["n_units"].min())
    if units < TRUST_LIMITS.units:
        found.append(Reason("units", "care", f"rests on {counted(units, 'participant')}"))
    return found or [Reason("units", "sound", "one value ranks first whoever takes part")]
