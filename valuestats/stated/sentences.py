"""Sentences of what is said beside what is chosen."""

from __future__ import annotations

import pandas as pd

from valuestats.base.labels import counted, listed, number, readable
from valuestats.results.marks import findings, silent_words
from valuestats.results.phrases import interval
from valuestats.results.result import Result
from valuestats.results.untested import out_of, untested_because, untested_rows
from valuestats.stated.gaps import REVERSED

_NAMED = 3


def _unit(result: Result, rows: pd.DataFrame) -> str:
    unit = result.meta["specification"]["unit"]
    if unit == "choice":
        return "errors of answers taken as independent, or as each result says"
    return f"errors over {counted(int(rows['n_units'].min()), 'cluster')} or more ({readable(str(unit))})".replace(
        " (cluster)", ""
    )


def agreement_sentence(result: Result) -> str:
    """How far models' stated and revealed profiles agree without noise, and for how many a gap is beyond noise."""
    kept = findings(result)
    own = kept[kept["of"] == "model"]
    all_models = int((result.estimates["of"] == "model").sum())
    if own.empty:
        return f"{silent_words(result)}: {result.verdict.sentence().rstrip('.')} ({_unit(result, result.estimates)})."
    apart = own[own["upper"] < 1]
    turned = own[own["relation"] == REVERSED].sort_values("estimate")
    found = own["estimate"].to_numpy()
    low, high = own.iloc[int(found.argmin())], own.iloc[int(found.argmax())]
    ends = (
        interval(low)
        if len(own) == 1
        else f"{interval(low)} ({low['name']}) to {interval(high)} ({high['name']})"
    )
    text = f"{_reversed(turned, all_models)} " if len(turned) else ""
    text += (
        f"Without noise, what is said and what is chosen correlate over {counted(len(result.meta['values']), 'value')} "
        f"by {ends}; as seen by {own['seen'].min():.2f} to {own['seen'].max():.2f} under a ceiling of "
        f"{own['ceiling'].min():.2f} to {own['ceiling'].max():.2f}. A gap beyond noise stands in {number(len(apart))} of "
        f"{counted(all_models, 'model')}"
    ).replace(" -", " −")
    if all_models > len(own):
        rest = counted(all_models - len(own), "model")
        text += f"; of {rest} neither agreement nor a gap can be told from noise"
    return f"{text} ({_unit(result, own)}; of these values only{_left_out(result)})."


def _minus(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def _left_out(result: Result) -> str:
    """What was measured one way only, by name."""
    lost = [
        f"{counted(len(names), what)} ({listed([readable(n) for n in names[:_NAMED]])}{' …' if len(names) > _NAMED else ''})"
        for what, names in (
            ("model", result.meta["left_out"]["models"]),
            ("value", result.meta["left_out"]["values"]),
        )
        if names
    ]
    return f"; measured one way only and left out: {listed(lost)}" if lost else ""


def _reversed(turned: pd.DataFrame, models: int) -> str:
    """Models whose profiles run against each other, beyond noise, by name."""
    said = [
        f"{r['name']} ({interval(r)}; {_minus(r['seen'])} as seen)"
        for _, r in turned.iloc[:_NAMED].iterrows()
    ]
    more = [f"{number(len(turned) - _NAMED)} more"] if len(turned) > _NAMED else []
    one = len(turned) == 1
    return (
        f"{number(len(turned))} of {counted(models, 'model')} {'chooses' if one else 'choose'} the reverse of what "
        f"{'it says' if one else 'they say'}: {listed([*said, *more])}."
    )


def gaps_sentence(result: Result) -> str:
    """How many gaps can be told from noise, and the values most often said more, or chosen more."""
    kept = findings(result)
    total = len(result.estimates)
    if untested_rows(result, result.estimates).all():
        was = "was" if total == 1 else "were"
        return f"{counted(total, 'gap')} {was} not tested: {untested_because(result)}."
    if kept.empty:
        several = out_of(result, result.estimates, "gap")
        return (
            f"None of {several} can be told from noise ({_unit(result, result.estimates)}; Holm within a model"
            f"{_left_out(result)})."
        )
    ends = []
    for sign, word in ((1, "more said than chosen"), (-1, "more chosen than said")):
        own = kept[sign * kept["estimate"] > 0]
        if len(own):
            times = own["value"].value_counts()
            names = [readable(str(v)) for v in times.index[:2]]
            counts = [number(int(c)) for c in times.iloc[:2]]
            ends.append(
                f"{word} is most often {listed([f'{n} ({c})' for n, c in zip(names, counts, strict=True)])}"
            )
    return (
        f"{number(len(kept))} of {counted(total, 'gap')} of a value in a model can be told from noise; {', '.join(ends)} "
        f"({_unit(result, kept)}; Holm within a model{_left_out(result)})."
    )


def norms_sentence(result: Result) -> str:
    """How many models lie nearer to some group than its own people do, and which groups are nearest."""
    frame = result.estimates.dropna(subset="estimate")
    nearest = frame.loc[frame.groupby("model")["estimate"].idxmin()]
    inside = nearest[nearest["upper"] < 1]
    outside = nearest[nearest["lower"] > 1]
    times = nearest["group"].value_counts()
    names = [f"{g} ({number(int(c))})" for g, c in times.iloc[:3].items()]
    return (
        f"Of {counted(len(nearest), 'model')}, {number(len(inside))} surely lie nearer to the middle of their nearest "
        f"group than a person drawn from it, and {number(len(outside))} surely farther; nearest is most often "
        f"{listed(names)} (errors over {counted(int(frame['n_units'].min()), 'item')} a dimension; norms taken as known)."
    )
