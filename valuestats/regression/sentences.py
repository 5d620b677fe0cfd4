"""Sentences of ordinal regressions by formula, their predictions and effects."""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuestats.base.labels import listed, number, readable
from valuestats.results.phrases import profile_phrase
from valuestats.results.result import ESTIMATE_COLUMNS, Result
from valuestats.statistics.resampling import equal_tailed


def _minus(text: str) -> str:
    return text.replace(" -", " −").replace("(-", "(−")


def _row(frame_row: object, digits: int = 2) -> str:
    row = frame_row
    return f"{row.estimate:+.{digits}f} ({row.lower:+.{digits}f} to {row.upper:+.{digits}f})"  # type: ignore[attr-defined]


def _asked(result: Result) -> str:
    whole = result.kind == "poststratified_scores"  # whose rows have numbers of their own
    scored = int(result.estimates["n_scored"].sum() if whole else result.estimates["n_scored"].iloc[0])
    asked = int(result.estimates["n_asked"].iloc[0])
    if result.meta.get("answers") and not whole:  # rows may count the answers at their own levels
        scored, asked = (int(result.meta["answers"][k]) for k in ("scored", "asked"))
    return f"{number(scored)} of {number(asked)} answers were scored"


def _interval(result: Result) -> str:
    kind = "Wald" if str(result.estimates["interval"].iloc[0]).startswith("Wald") else "posterior"
    return f"{100 * float(result.estimates['level'].iloc[0]):g}% {kind} intervals"


def ordinal_fit_sentence(result: Result) -> str:
    """The sentence of ordinal fit."""
    spec = result.meta["specification"]
    effects = result.estimates[result.estimates["part"] == "coefficient"]
    clear = effects[(effects["lower"] > 0) | (effects["upper"] < 0)]
    head = f"In the {spec['family']} {spec['link']} regression {spec['formula']}"
    terms = [str(t) for t in effects["term"]]
    if effects.empty:
        said = f"{head} no fixed effect was asked for"
    elif clear.empty:
        said = f"{head} no fixed effect of {number(len(effects))} is clear of zero{_within(terms)}"
    else:
        largest = clear.iloc[clear["estimate"].abs().argmax()]
        said = (
            f"{head} {number(len(clear))} of {number(len(effects))} fixed effects are clear of zero, the largest "
            f"{largest['term']} with {_row(largest)} on the latent scale{held_at(str(largest['term']), terms)}"
            f"{_within(terms, str(largest['term']))}"
        )
    noted = result.meta["warnings"]
    caveat = f"; {len(noted)} warnings go with it" if len(noted) > 1 else f"; {noted[0]}" if noted else ""
    return _minus(
        f"{said}; {_asked(result)}; {_interval(result)} take the model as given, and latent effects are in units of the "
        f"answers' own noise{caveat}."
    )


def held_at(term: str, terms: list[str]) -> str:
    """Where a main effect holds whose column stands in interactions too.

    Examples
    --------
    >>> held_at("llm[B]", ["llm[B]", "temp", "llm[B]:temp"]), held_at("temp", ["llm[B]", "temp", "llm[B]:temp"])
    (' where temp is 0', ' at the first level of llm')
    >>> held_at("lang[en]", ["lang[en]", "llm[B]", "temp", "llm[B]:temp"])
    ''
    """
    if ":" in term:
        return ""
    partners: dict[str, str] = {}
    for other in terms:
        parts = other.split(":")
        if len(parts) > 1 and any(_column(p) == _column(term) for p in parts):
            for part in parts:
                if _column(part) != _column(term):
                    levels = part != _column(part) or part.startswith("C(")
                    partners[_column(part)] = (
                        f"at the first level of {_column(part)}" if levels else f"where {part} is 0"
                    )
    return f" {listed(list(partners.values()))}" if partners else ""


def _column(part: str) -> str:
    """The column of a term's part, without its level."""
    name = part.split("[", 1)[0]
    return name[2:-1] if name.startswith("C(") and name.endswith(")") else name


def _within(terms: list[str], said: str = "") -> str:
    """That other main effects within interactions hold at one level too."""
    inside = dict.fromkeys(_column(t) for t in terms if held_at(t, terms))
    others = [c for c in inside if c != _column(said)]
    if not others:
        return ""
    they = "it is" if len(others) == 1 else "they are"
    return (
        f" (main effects of {listed(others)} hold where what {they} crossed with is 0 or at its first level)"
    )


def ordinal_prediction_sentence(result: Result) -> str:
    """The sentence of ordinal prediction."""
    quantity = result.meta["specification"]["quantity"]
    frame = result.estimates
    keys = [k for k in result.keys if k != "code"]
    if quantity == "probability":
        top = frame.iloc[frame["estimate"].argmax()]
        where = "".join(f" at {named}" for named in [_placed(top, frame, keys)] if named)
        said = (
            f"The likeliest prediction is answer {top['code']}{where}, {top['estimate']:.0%} "
            f"({top['lower']:.0%} to {top['upper']:.0%})"
        )
    else:
        high, low = frame.iloc[frame["estimate"].argmax()], frame.iloc[frame["estimate"].argmin()]
        span = f"{high['estimate']:.2f} ({high['lower']:.2f} to {high['upper']:.2f})"
        said = f"The expected answer is highest for {_placed(high, frame, keys)}, {span}"
        if len(frame) > 1:
            least = f"{low['estimate']:.2f} ({low['lower']:.2f} to {low['upper']:.2f})"
            said += f", and lowest for {_placed(low, frame, keys)}, {least}"
    at = result.meta["specification"].get("at")
    over = (
        "averaged over the rows of the grid"
        if at == "grid" and "row" not in keys
        else "at the rows of the grid"
        if at == "grid"
        else "averaged over the rows of the data"
        if "row" not in keys or len(frame) == 1
        else "for the rows asked for"
    )
    return f"{said}, {over}; {_asked(result)}; {_interval(result)} take the model as given."


def _placed(row: pd.Series, frame: pd.DataFrame, keys: list[str]) -> str:
    """A row by its columns and their values; one of a grid by the columns that vary over it."""
    if keys == ["row"]:
        known = {"row", "count", "code", *ESTIMATE_COLUMNS}
        names = [c for c in frame.columns if c not in known and len(set(frame[c].astype(str))) > 1]
        if not names:
            return "all rows" if row["row"] == "all" else f"row {row['row']}"
        return ", ".join(f"{readable(c)} {_value(row[c])}" for c in names)
    return ", ".join(f"{readable(k)} {_value(row[k])}" for k in keys)


def _value(x: object) -> str:
    return f"{x:g}" if isinstance(x, float) else str(x)


def poststratified_scores_sentence(result: Result) -> str:
    """The sentence of poststratified scores."""
    from valuestats.regression.population import PEOPLE  # the estimator's module loads slowly

    spec, frame = result.meta["specification"], result.estimates
    key = result.keys[0]
    by = frame.set_index(key)

    def placed(name: str) -> str:
        row = by.loc[name]
        return f"{name} {row['estimate']:.2f} ({row['lower']:.2f} to {row['upper']:.2f})"

    text = f"Averaged over {number(spec['cells'])} cells of {listed(spec['factors'])} by their shares in the population"
    others = [n for n in by.index if n != PEOPLE]
    if PEOPLE in by.index and others:
        drawn = result.replicates()
        gaps = {n: drawn.sel({key: n}) - drawn.sel({key: PEOPLE}) for n in others}
        name = max(gaps, key=lambda n: abs(float(gaps[n].mean())))
        low, high = equal_tailed(gaps[name].to_numpy(), spec["level"])
        text += (
            f", the expected answer is {placed(PEOPLE)} and differs most for {placed(name)}, by "
            f"{float(gaps[name].mean()):+.2f} ({float(low):+.2f} to {float(high):+.2f})"
        )
    else:
        text += f", the expected answer is {listed([placed(n) for n in by.index])}"
    return _minus(
        f"{text}; {_asked(result)}; {_interval(result)} take the model as given. Design weights enter by the population's "
        "cells alone, not by the regression, which must hold the factors that they rest on."
    )


def ordinal_effect_sentence(result: Result) -> str:
    """The sentence of ordinal effect."""
    spec = result.meta["specification"]
    frame = result.estimates
    none = 1.0 if spec["quantity"] == "ratio" else 0.0
    largest = frame.iloc[(frame["estimate"] - none).abs().argmax()]
    where = ", ".join(str(largest[k]) for k in result.keys if k != "code")
    how = spec.get("comparison", spec.get("slope", "difference"))
    unit = (
        "points of expected answer"
        if spec["outcome"] == "score"
        else f"in the probability of answer {largest['code']}"
    )
    if how not in ("difference", "dydx"):
        of = "of expected answers" if spec["outcome"] == "score" else unit
        unit = f"as {'an' if how[0] in 'aeiou' else 'a'} {how} {of}"
    clear = int(((frame["lower"] > none) | (frame["upper"] < none)).sum())
    whole = "" if spec.get("at", "answers") == "answers" else " at the rows of the grid"
    return _minus(
        f"The largest average effect of {readable(spec['variable'])}{whole} is {where}: {_row(largest, 3)} {unit}; {clear} "
        f"of {len(frame)} intervals exclude {none:g}, with no correction for their number; {_asked(result)}; "
        f"{_interval(result)} take the model as given, and an effect is causal only where the prompts were "
        "assigned so."
    )


def ordinal_sentence(result: Result) -> str:
    """The sentence of ordinal."""
    return profile_phrase(
        result,
        "logits",
        "intervals are posterior and cover items, wordings and models' own reactions to items, but take the keys as given",
    )


def option_curves_sentence(result: Result) -> str:
    """The sentence of option curves."""
    spec, frame = result.meta["specification"], result.estimates
    groups = [k for k in result.keys if k not in ("option", "step")]
    drawn = result.replicates()
    first, last = frame["step"].iloc[0], frame["step"].iloc[-1]
    gaps = drawn.sel(step=last) - drawn.sel(step=first)
    mean = gaps.mean("draw")
    place = np.unravel_index(int(np.abs(mean.to_numpy()).argmax()), mean.shape)
    where = {str(d): mean[d].to_numpy()[i] for d, i in zip(mean.dims, place, strict=True)}
    low, high = equal_tailed(gaps.sel(where).to_numpy(), spec["level"])
    own = frame[np.logical_and.reduce([frame[k] == v for k, v in where.items()])].set_index("step")[
        "estimate"
    ]
    named = f"“{where['option']}”" + "".join(f" ({where[k]})" for k in groups)
    scored = int(frame.drop_duplicates([*groups, "step"])["n_scored"].sum())
    units = number(result.meta["units"]) if spec["unit"] else ""
    rest = (
        f"; shares are those of the population that {units} levels of {readable(spec['unit'])} are from"
        if units
        else ""
    )
    return _minus(
        f"From {readable(spec['axis'])} {first} to {last} the share of {named} moves most, from {own[first]:.0%} to "
        f"{own[last]:.0%}, by {float(mean.sel(where)):+.2f} ({float(low):+.2f} to {float(high):+.2f}); "
        f"{number(scored)} of {number(int(frame['n_asked'].iloc[0]))} answers were scored{rest}; {_interval(result)} take "
        "the model as given."
    )
