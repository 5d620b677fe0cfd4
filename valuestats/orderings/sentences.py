"""Sentences of rankings and of profiles against a target."""

from __future__ import annotations

import pandas as pd

from valuestats.base.labels import counted, number
from valuestats.orderings.agreement import PEOPLE
from valuestats.orderings.criteria import METHODS
from valuestats.orderings.overlaps import NAMES
from valuestats.orderings.targets import ALL
from valuestats.results.phrases import interval
from valuestats.results.result import Result


def agreement_sentence(result: Result) -> str:
    """Which model's rankings agree best, beside chance and people, how many are above both, and what was scored."""
    frame = result.estimates
    measure = str(frame["measure"].iloc[0])
    own = frame[(frame["measure"] == measure) & (frame["model"] != PEOPLE)].dropna(subset="estimate")
    if own.empty:
        return "No ranking could be compared."
    best = own.sort_values("estimate").iloc[-1]
    name = NAMES[measure]
    name = name if measure in ("kendall", "spearman") else name[0].lower() + name[1:]
    first = (
        f"Over {counted(best['n_people'], 'person', 'people')} and {counted(best['n_items'], 'scenario')}, "
        f"{best['model']} agrees best with people's rankings ({name} "
        f"{interval(best)}; a random order {best['baseline']:.2f}, somebody else's ranking {_number(best['people'])})"
    )
    above = int((own["lower"] > own["baseline"]).sum())
    said = f"{number(above)} of {counted(len(own), 'model')} {'is' if above == 1 else 'are'} above a random order"
    personal = own.dropna(subset="gain")
    if len(personal):
        gains = int((personal["gain_lower"] > 0).sum())
        said += (
            f", and {number(gains)} of {number(len(personal))} {'fits' if gains == 1 else 'fit'} the person better than "
            "other people"
        )
    scored, asked = int(own["n_scored"].sum()), int(own["n_asked"].sum())
    return f"{first}; {said}; scored {number(scored)} of {counted(asked, 'ranking')}."


def _number(x: float) -> str:
    return "not known" if pd.isna(x) else f"{x:.2f}".replace("-", "−")


def ranking_sentence(result: Result) -> str:
    """How many rankings were made, and how often the weights leave the first place open."""
    frame = result.estimates
    spec = result.meta["specification"]
    each = frame.groupby(["respondent", "item"], sort=False)["probability_first"].max()
    made = (
        f"{METHODS[spec['method']]} ranks the options of {counted(frame['item'].nunique(), 'scenario')} for "
        f"{counted(frame['respondent'].nunique(), 'person', 'people')}"
    )
    if not spec["uncertain"]:
        return f"{made}; the weights are taken as known, so nothing is said of how sure the places are."
    sure = int((each >= spec["level"]).sum())
    return (
        f"{made}; over draws of the weights one option is first in at least {spec['level']:.0%} of them in "
        f"{number(sure)} of {counted(len(each), 'ranking')}, on average in {each.mean():.0%}."
    )


def target_sentence(result: Result) -> str:
    """Which model is closest to the target, in which dimension it misses most, and what was done about the judge."""
    frame = result.estimates
    spec = result.meta["specification"]
    whole = frame[frame["dimension"] == ALL].dropna(subset="estimate")
    if whole.empty:
        return "No answer could be held against the target."
    best = whole.sort_values("estimate").iloc[0]
    single = frame[(frame["model"] == best["model"]) & (frame["dimension"] != ALL)].dropna(subset="estimate")
    worst = single.sort_values("estimate").iloc[-1]
    what = {"absolute": "absolute", "squared": "squared"}[spec["error"]]
    who = (
        f"Of {counted(len(whole), 'model')}, {best['model']} is" if len(whole) > 1 else f"{best['model']} is"
    )
    closest = "closest to the target" if len(whole) > 1 else "off the target"
    scored, asked = (int(single[c].sum()) for c in ("n_scored", "n_asked"))
    ranks = ""
    if pd.notna(best["correlation"]):
        own = best.rename({"correlation": "ranks", "correlation_lower": "low", "correlation_upper": "high"})
        shown = pd.Series({"estimate": own["ranks"], "lower": own["low"], "upper": own["high"]})
        ranks = f"; the order of its dimensions agrees with the target's by {interval(shown)} (Spearman)"
    return (
        f"{who} {closest} (mean {what} error, summed over {counted(len(single), 'dimension')}, {interval(best)}; uniform "
        f"answers {best['baseline']:.2f}), and misses {worst['dimension']} most ({interval(worst)}){ranks}; the judge is "
        f"{spec['judge']}; scored {number(scored)} of {counted(asked, 'answer')}."
    )
