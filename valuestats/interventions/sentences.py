"""Sentences of interventions."""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuestats.base.labels import counted, listed, number, p_value, readable
from valuestats.interventions.cells import OVER
from valuestats.interventions.dose import chosen
from valuestats.interventions.effects import OFF, TARGET
from valuestats.interventions.shapes import EMAX, FLAT, MONOTONE, THRESHOLD
from valuestats.interventions.trust import no_change, unchanged
from valuestats.results.marks import findings
from valuestats.results.phrases import interval
from valuestats.results.result import Result
from valuestats.results.untested import out_of, untested_because, untested_rows


def effects_sentence(result: Result) -> str:
    """What moved as it was meant to, what moved that should not, what was not tested, and what it rests on."""
    spec = result.meta["specification"]
    by = spec.get("by")
    whole = result.estimates if by is None else result.estimates[result.estimates[by] == OVER]
    kept = findings(result)
    still = whole[unchanged(whole)]  # which is more than that it can't be told from none
    kept = kept[kept.index.isin(whole.index) & ~kept.index.isin(still.index)]
    parts = []
    if spec["targets"] is None:
        parts.append(_told(result, whole, kept, "effect", "can be told from none", rate=True))
    else:
        aimed, off = whole[whole["family"] == TARGET], whole[whole["family"] == OFF]
        hit, stray = kept[kept["family"] == TARGET], kept[kept["family"] == OFF]
        if len(aimed):
            meant = f"that {'was' if len(aimed) == 1 else 'were'} meant can be told from none"
            parts.append(_told(result, aimed, hit, "effect", meant))
        if len(off):
            moves = f"that should stay {'moves' if len(stray) == 1 else 'move'}"
            parts.append(_told(result, off, stray, "value", moves))
    if by is not None and len(kept):
        parts.append(_each(result, kept, by))
    if len(still):
        same = [no_change(result, row) for _, row in still.iterrows()]
        more = [f"and so {number(len(same) - 3)} more"] if len(same) > 3 else []
        parts = [*([] if len(still) == len(whole) else parts), *same[:3], *more]
    whom = (
        "" if by is None else f" on the mean over {counted(result.estimates[by].nunique() - 1, readable(by))}"
    )
    return f"Held against {readable(spec['control'])},{whom} {'; '.join(parts)} ({_rests(result, whole)})."


def _told(
    result: Result, every: pd.DataFrame, kept: pd.DataFrame, what: str, told: str, *, rate: bool = False
) -> str:
    """How many of some effects can be told from none; that none of them was tested, where none could be."""
    if untested_rows(result, every).all():
        why = untested_because(result, every)
        meant = "" if rate else f" {told.partition(' can be')[0].partition(' move')[0]}"
        several = "was" if len(every) == 1 else "were"
        return f"{counted(len(every), what)}{meant} {several} not tested: {why}"
    level = f", at a false discovery rate of {100 * (1 - every['level'].iloc[0]):.0f}%" if rate else ""
    named = f": {_largest(kept)}" if len(kept) else ""
    rest = every[~every.index.isin(kept.index)].dropna(subset=["lower", "upper"])
    if what == "value" and len(rest):
        whose = "; of the others " if len(kept) else "; "
        named += (
            f"{whose}changes of up to {rest[['lower', 'upper']].abs().to_numpy().max():.2f} are not excluded"
        )
    return f"{number(len(kept))} of {out_of(result, every, what)} {told}{level}{named}"


def _each(result: Result, kept: pd.DataFrame, by: str) -> str:
    """In how many of the groups the largest effect on the mean has its sign, and is told from none."""
    top = kept.iloc[int(kept["estimate"].abs().to_numpy().argmax())]
    every = result.estimates
    own = every[(every[by] != OVER) & (every["condition"] == top["condition"])]
    own = own[own["dimension"] == top["dimension"]]
    same = int((np.sign(own["estimate"]) == np.sign(top["estimate"])).sum())
    clear = int(own.index.isin(findings(result).index).sum())
    name = readable(str(top["condition"] if top["dimension"] == "all" else top["dimension"]))
    return (
        f"the effect on {name} has this sign in {number(same)} of {counted(len(own), readable(by))} and can be told "
        + (f"from none in {number(clear)}")
    )


def _rests(result: Result, whole: pd.DataFrame) -> str:
    spec = result.meta["specification"]
    by = spec.get("by")
    each = result.estimates if by is None else result.estimates[result.estimates[by] != OVER]
    scored, asked = int(each["n_scored"].sum()), int(each["n_asked"].sum())
    rests = f"{number(scored)} of {counted(asked, 'pair')}"
    if spec.get("fixed_items"):
        rests += f", {counted(int(whole['n_units'].max()), 'role')} as clusters, the questions taken as given"
    else:
        rests += f", {_questions(whole)}"
    if result.meta["crossed"]:
        rests += f", with {counted(int(whole['n_roles'].max()), 'role')} as clusters"
    if "outside" in whole.columns and whole["outside"].notna().any():
        rests += f"; {whole['outside'].mean():.0%} of the answers' mass lies outside the options, "
        rests += f"{whole['outside_control'].mean():.0%} without the intervention"
    if result.meta["judge"] is not None:
        judge = result.meta["judge"]
        said = [
            f"{a:.2f} and {b:.2f}"
            for a, b in zip(judge["sensitivity"].values(), judge["specificity"].values(), strict=True)
        ]
        rests += f"; corrected for a judge of sensitivity and specificity {said[0]}"
    return rests


def _questions(frame: pd.DataFrame) -> str:
    least, most = int(frame["n_units"].min()), int(frame["n_units"].max())
    each = "" if len(set(frame["dimension"])) == 1 else " a value"
    return f"{counted(most, 'question') if least == most else f'{least} to {most} questions'}{each}"


def _largest(frame: pd.DataFrame) -> str:
    order = frame["estimate"].abs().sort_values(ascending=False).index
    return listed([_named(row, frame) for _, row in frame.reindex(order).head(3).iterrows()])


def _named(row: pd.Series, frame: pd.DataFrame) -> str:
    dimension = "" if row["dimension"] == "all" else readable(str(row["dimension"]))
    where = [dimension] if dimension else []
    where += [readable(str(row["condition"]))] if len(set(frame["condition"])) > 1 or not dimension else []
    more = ""
    if pd.notna(row.get("beyond", np.nan)):
        beyond = {
            k: row["beyond" if k == "estimate" else f"beyond_{k}"] for k in ("estimate", "lower", "upper")
        }
        more = f" ({interval(pd.Series(beyond), signed=True)} beyond the placebo)"
    return f"{' by '.join(where)} {interval(row, signed=True)}{more}"


def dose_sentence(result: Result) -> str:
    """Whether dose does anything, which shape foretells items held out best, and where its step or half effect lies."""
    shapes = {s["shape"]: s for s in result.meta["shapes"]}
    frame, row = result.estimates, result.estimates.iloc[-1]
    rests = f"{number(row['n_scored'])} of {counted(row['n_asked'], 'item')}, {counted(row['n_units'], 'cluster')}"
    level = float(row["level"])
    if result.meta.get("p_least", 0.0) >= 1 - level:
        return f"Not tested: {untested_because(result)} ({rests})."
    if all(not s["p_holm"] < 1 - level for s in shapes.values()):
        return (
            f"No finding: no shape over {counted(len(frame) + 1, 'dose')} can be told from a flat one (monotone "
            f"{p_value(shapes[MONOTONE]['p_holm'])}; {rests})."
        )
    best = chosen(result.meta["shapes"])
    text = (
        f"A flat response is excluded (monotone {p_value(shapes[MONOTONE]['p_holm'])}); from the lowest dose to "
        f"{row['dose']} the outcome changes by {interval(row, signed=True)}; "
    )
    if best == FLAT:
        return f"{text}yet no shape foretells items held out better than a flat one ({rests})."
    text += f"{_WORDS[best]} foretells items held out best ({100 * (1 - shapes[best]['error']):.0f}% less error than flat)"
    if best in (THRESHOLD, EMAX):
        place = shapes[best]
        what = "its step lies at" if best == THRESHOLD else "half of the effect is reached at"
        ends = pd.Series(
            {"estimate": place["place"], "lower": place.get("place_lower"), "upper": place.get("place_upper")}
        )
        text += f", {what} {interval(ends)}"
    return f"{text} ({rests})."


_WORDS = {
    "linear": "a straight line",
    THRESHOLD: "a threshold",
    EMAX: "a curve that levels off (Emax)",
    MONOTONE: "a monotone response",
    "any": "a response that is not monotone",
}
