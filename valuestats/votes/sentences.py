"""Sentences of votes and of their graph."""

from __future__ import annotations

import pandas as pd

from valuestats.base.labels import counted, number
from valuestats.results.marks import findings
from valuestats.results.phrases import interval
from valuestats.results.result import Result


def graph_sentence(result: Result) -> str:
    """How many edges the thresholds keep, how many are sure, how far participants agree, and the circles."""
    frame, meta = result.estimates, result.meta
    spec = meta["specification"]
    kept = frame[frame["kept"]]
    level = float(frame["level"].iloc[0])
    sure = int((kept["above"] >= level).sum())
    text = (
        f"Of {counted(len(frame), 'step')} between {counted(meta['values'], 'value')} that "
        f"{counted(meta['participants'], 'participant')} voted on, the thresholds keep {number(len(kept))}; for "
        f"{number(sure)} of them the votes leave at most {1 - level:.0%} doubt that the likelihood is above "
        f"{spec['least_likelihood']:g}, and {number(len(findings(result)))} of all steps have a clear direction"
    )
    if kept["kept_share"].notna().any():
        firm = int((kept["kept_share"] >= level).sum())
        text += f"; {number(firm)} of the kept ones stay in {level:.0%} of samples of participants or more"
    if meta["alpha"] is not None:
        text += f"; participants agree with Krippendorff's alpha = {meta['alpha']:.2f}".replace("-", "−")
    if meta["cycles"]:
        text += f"; {counted(sum(map(len, meta['cycles'])), 'value')} go round in circles by majority"
    scored, asked = int(frame["n_scored"].sum()), int(frame["n_asked"].sum())
    return f"{text}; counted {number(scored)} of {counted(asked, 'vote')}."


def pagerank_sentence(result: Result) -> str:
    """Which value ranks first, how sure that is, and how many rank above a graph without edges."""
    frame = result.estimates
    top = frame.sort_values("estimate").iloc[-1]
    above = int((frame["lower"] > frame["baseline"]).sum())
    text = f"{top['value']} ranks first of {counted(len(frame), 'value')} (PageRank {interval(top, 3)}"
    if pd.notna(top["first_share"]):
        text += f", first in {top['first_share']:.0%} of samples of {counted(top['n_units'], 'participant')}"
    ranks = "ranks" if above == 1 else "rank"
    text += f"); {number(above)} {ranks} above the {top['baseline']:.3f} of a graph without edges"
    if result.meta["mass"] < 1 - 1e-6:
        text += f"; the ranks sum to {result.meta['mass']:.2f}, as mass is lost where nothing leads on"
    return text + "."
