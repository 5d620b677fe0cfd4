"""Sentences of similarities to people."""

from __future__ import annotations

import pandas as pd

from valuestats.base.labels import counted, listed, number, span
from valuestats.results.phrases import interval
from valuestats.results.result import Result
from valuestats.results.untested import interval_caveat
from valuestats.results.verdicts import SILENT
from valuestats.similarity.group_order import nearer_phrases
from valuestats.similarity.sampling_error import FEWEST

_MOST = 4


def similarity_sentence(result: Result) -> str:
    """The sentence of similarity; what is not above uniform answers is said to be so, and is no headline."""
    return asked_as(result, _similarity(result))


def asked_as(result: Result, said: str) -> str:
    """A sentence with whom the models were asked to answer for before it, and what was not compared behind it.

    Nothing is added where all answers of the table were given by default.
    """
    spec = result.meta.get("specification", {})
    aside = spec.get("not_compared") or []
    if spec.get("conditioned"):
        said = f"Of answers given for the group itself: {said}"
    elif any("persona" in text for text in aside):
        said = f"By default, asked without a persona: {said}"
    return left_aside(result, said)


def left_aside(result: Result, said: str) -> str:
    """A sentence with what was not compared behind it."""
    aside = result.meta.get("specification", {}).get("not_compared") or []
    return f"{said.rstrip('.')}; not compared: {listed(aside)}." if aside else said


def _similarity(result: Result) -> str:
    return likeness(result, "people in ", known_phrase(result))


def likeness(result: Result, people: str, tail: str) -> str:
    """What similarities say: against uniform answers, and among the groups, each where it can be told.

    Parameters
    ----------
    result
        Of similarities of models to groups.
    people
        Stands before the name of a group.
    tail
        What the intervals hold.
    """
    frame = result.estimates.dropna(subset="estimate").sort_values("estimate", ascending=False)
    found = above_uniform(result)
    nearer = nearer_phrases(result)
    if found.empty:
        return _below(result, frame, nearer, tail)
    best, last = found.iloc[0], frame.iloc[-1]
    silent = frame.drop(found.index)
    others = f" and other groups' people {best['ceiling']:.3f}" if best["ceiling"] == best["ceiling"] else ""
    among = f"{'; '.join(nearer)}; " if nearer else nearest(result)
    least = (
        f"the least like are {last['model']} and {last['group']} at {interval(last, 3)}, "
        if len(frame) > 1
        else ""
    )
    return (
        f"{best['model']} answers most like {people}{best['group']}: {interval(best, 3)} where {_uniform(best)}{others}; "
        f"{among}{least}on {range_phrase(frame['n_scored'])} shared questions; {_not_above(silent, len(frame))}{tail}."
    )


def _below(result: Result, frame: pd.DataFrame, nearer: list[str], tail: str) -> str:
    """The sentence where no similarity is above that of uniform answers, or none can be told from it."""
    few, best = untold(result), frame.iloc[0]
    if nearer:
        top = f"{interval(best, 3)} ({best['model']}, {best['group']}) where {_uniform(best)}"
        absolute = f"can't be told: {few}" if few else f"is known of none: the highest similarity is {top}"
        text = "; ".join(nearer)
        return (
            f"{text} ({range_phrase(frame['n_scored'])} shared questions; intervals hold for all pairs of groups at once); "
            f"whether a model answers more like people than uniform answers do {absolute}; {tail}."
        )
    if few:
        return (
            f"How similar the models are to the people can't be told: {few}; ask each question more often, or pool wordings "
            "and languages."
        )
    return (
        f"No model answers more like the people of any group than uniform answers would: the highest similarity, "
        f"{best['model']} to {best['group']}, is {interval(best, 3)} where {_uniform(best)}; {tail}."
    )


def above_uniform(result: Result) -> pd.DataFrame:
    """The similarities that are told from those of uniform answers, the greatest first."""
    rows = result.verdict.rows
    signs = rows["answers"] if "answers" in rows.columns else rows["sign"]
    kept = ~signs.isin(SILENT).to_numpy() & result.estimates["estimate"].notna().to_numpy()
    return result.estimates[kept].sort_values("estimate", ascending=False)


def untold(result: Result) -> str:
    """Why no similarity can be told where the shares of all rest on too few answers; empty where they don't."""
    reasons = [r for r in result.verdict.reasons if (r.aspect, r.sign) == ("answers", "untested")]
    rows = int(result.estimates["estimate"].notna().sum())
    return reasons[0].text if reasons and len(reasons) == rows else ""


def _uniform(row: pd.Series) -> str:
    """What uniform answers score, and where the model's are few what as many of the people's own do."""
    n, own = row.get("n_answers", float("nan")), row.get("own_sample", float("nan"))
    if n == n and own == own and n < FEWEST:
        return (
            f"as few uniform answers ({n:.0f} a question) score {row['baseline']:.3f}, as few of these people's own "
            f"{own:.3f}"
        )
    return f"uniform answers score {row['baseline']:.3f}"


def nearest(result: Result) -> str:
    """The group that each model is nearest to, where models are held against several; of the first it is said already."""
    frame = result.estimates.dropna(subset="estimate").sort_values("estimate", ascending=False)
    spec = result.meta.get("specification", {})
    if spec.get("conditioned") or len(set(frame["group"])) < 2:
        return ""
    tops = frame.drop_duplicates("model")[1:]
    if tops.empty:
        return ""
    told = [
        f"{row['model']} is nearest to {row['group']} ({interval(row, 3)})"
        for _, row in tops[:_MOST].iterrows()
    ]
    more = f" and {number(len(tops) - _MOST)} more" if len(tops) > _MOST else ""
    return f"{'; '.join(told)}{more}; "


def known_phrase(result: Result) -> str:
    """What intervals hold, or why there are none, and what was done about sampling error."""
    spec = result.meta.get("specification", {})
    corrected = spec.get("people_uncertainty") == "jackknife"
    if not corrected:
        return interval_caveat(result, "the people's shares are taken as known, without their sampling error")
    held = "the intervals hold the sampling error of shares"
    if spec.get("questions") == "fixed":
        held = f"the intervals leave out {spec['unit']}s and answers, and are of these questions alone"
    over = int((result.estimates["unclipped"] > 1).sum()) if "unclipped" in result.estimates else 0
    cut = f"; {counted(over, 'estimate')} above 1 once corrected, and cut there" if over else ""
    return (
        f"{interval_caveat(result, held)}; similarities are corrected for the sampling error of shares{cut}"
    )


def _not_above(silent: pd.DataFrame, total: int) -> str:
    """How many similarities are not above that of uniform answers, by name where they are few."""
    if silent.empty:
        return ""
    below = int((silent["upper"] < silent["baseline"]).sum())
    names = (
        "" if len(silent) > 3 else f" ({listed([f'{r.model} to {r.group}' for r in silent.itertuples()])})"
    )
    verb = "is" if len(silent) == 1 else "are"
    return (
        f"{number(len(silent))} of {number(total)} similarities {verb} not above what uniform answers score{names}"
        + (f", {number(below)} of them below it" if below else "")
        + "; "
    )


def of_quantity(frame: pd.DataFrame, quantity: str) -> pd.DataFrame:
    """Rows of one quantity, the greatest first."""
    return frame[frame["quantity"] == quantity].sort_values("estimate", ascending=False)


def _clear(frame: pd.DataFrame, above: float = 0.0) -> int:
    return int((frame["lower"] > above).sum())


def range_phrase(numbers: pd.Series) -> str:
    """The span of some whole numbers, or the one number they are."""
    return span(numbers.min(), numbers.max(), ".0f")


def condition_effect_sentence(result: Result) -> str:
    """The sentence of condition effect."""
    what = str(result.meta["specification"]["condition"])
    frame = result.estimates
    own, specific = of_quantity(frame, "own"), of_quantity(frame, "specific")
    return left_aside(result, _effect(what, own, specific))


def _effect(what: str, own: pd.DataFrame, specific: pd.DataFrame) -> str:
    if own.empty:
        best, last = specific.iloc[0], specific.iloc[-1]
        return (
            f"Answers under the {what} that is meant are more similar to the group than answers under the {what} of other "
            f"groups by {interval(last, 3, signed=True)} ({last['model']}, {last['group']}) to "
            f"{interval(best, 3, signed=True)} ({best['model']}, {best['group']}); the whole interval lies above zero in "
            f"{_clear(specific)} of {len(specific)} cases; there are no default answers to compare with; intervals resample "
            f"{range_phrase(specific['n_scored'])} questions and take the people's shares as known."
        )
    best, last = own.iloc[0], own.iloc[-1]
    text = (
        f"By {what}, the similarity to the group that is meant changes from {interval(last, 3, signed=True)} "
        f"({last['model']}, {last['group']}) to {interval(best, 3, signed=True)} ({best['model']}, {best['group']})"
    )
    if len(specific):
        text += (
            f"; more than by the {what} of other groups it rises in {_clear(specific)} of {len(specific)} cases whose "
            f"interval lies above zero, each judged alone ({_by_chance(specific)})"
        )
    else:
        text += "; there is no other group to compare the change to, so it may be the same for all"
    return (
        f"{text}; intervals resample {range_phrase(own['n_scored'])} questions and take the "
        "people's shares as known."
    )


def _by_chance(frame: pd.DataFrame) -> str:
    """How many intervals would lie above zero though nothing changed."""
    return f"{len(frame) * (1 - float(frame['level'].iloc[0])) / 2:.1f} would by chance"


def stereotype_sentence(result: Result) -> str:
    """The sentence of stereotype."""
    frame = result.estimates
    parts = []
    slope, spread = of_quantity(frame, "exaggeration"), of_quantity(frame, "variance ratio")
    if len(slope):
        top = slope.iloc[0]
        parts.append(
            f"differences between the groups are exaggerated (slope above 1, interval included) in {_clear(slope, 1.0)} of "
            f"{len(slope)} cases, most by {top['model']} for {top['group']}: {interval(top)}"
        )
    if not len(spread):
        spread = of_quantity(frame, "entropy ratio")
    flat = spread.iloc[-1]
    parts.append(
        f"the answers are less varied than the group's in {int((spread['upper'] < 1).sum())} of {len(spread)} cases, least "
        f"by {flat['model']} for {flat['group']}: {flat['quantity']} {interval(flat)}"
    )
    text = "; ".join(parts)
    said = f"{text[:1].upper()}{text[1:]}; a group's own answers have slope and ratio 1; intervals resample questions."
    return left_aside(result, said)


def representation_sentence(result: Result) -> str:
    """The sentence of representation."""
    frame = result.estimates
    parts = []
    for quantity, says in (
        ("representativeness", "default answers stand closest to"),
        ("steerability", "answers on request stand closest to"),
    ):
        rows = of_quantity(frame, quantity)
        if len(rows):
            top, low = rows.iloc[0], rows.iloc[-1]
            parts.append(
                f"{says} {top['group']} ({top['model']}, {interval(top, 3)}, uniform answers {top['baseline']:.3f}) and "
                f"furthest from {low['group']} ({low['model']}, {interval(low, 3)})"
            )
    same = of_quantity(frame, "consistency")
    if len(same):
        top = same.iloc[0]
        parts.append(
            f"the best represented group is the same in {top['estimate']:.0%} of topics at most ({top['model']}; "
            f"{top['baseline']:.0%} by chance)"
        )
    text = "; ".join(parts)
    said = (
        f"{text[:1].upper()}{text[1:]}; 1 is a group's own distribution on every question; intervals resample questions "
        "and take the people's shares as known."
    )
    return left_aside(result, said)
