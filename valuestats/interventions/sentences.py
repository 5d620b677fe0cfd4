"""Sentences of interventions."""

from __future__ import annotations

import pandas as pd

from valuestats.base.labels import counted, listed, number, p_value, readable
from valuestats.interventions.dose import chosen
from valuestats.interventions.effects import OFF, TARGET
from valuestats.interventions.shapes import EMAX, FLAT, MONOTONE, THRESHOLD
from valuestats.results.marks import findings
from valuestats.results.phrases import interval
from valuestats.results.result import Result


def effects_sentence(result: Result) -> str:
    """What moved as it was meant to, what moved that should not, whether signs hold, and what it rests on."""
    every, kept, spec = result.estimates, findings(result), result.meta["specification"]
    parts = []
    if spec["targets"] is None:
        parts.append(
            f"{number(len(kept))} of {counted(len(every), 'effect')} can be told from none, at a false discovery rate of "
            f"{100 * (1 - every['level'].iloc[0]):.0f}%" + (f": {_largest(kept)}" if len(kept) else "")
        )
    else:
        aimed, off = every[every["family"] == TARGET], every[every["family"] == OFF]
        hit, stray = kept[kept["family"] == TARGET], kept[kept["family"] == OFF]
        if len(aimed):
            parts.append(
                f"{number(len(hit))} of {counted(len(aimed), 'effect')} that {'was' if len(aimed) == 1 else 'were'} meant "
                f"can be told from none" + (f": {_largest(hit)}" if len(hit) else "")
            )
        if len(off):
            parts.append(
                f"{number(len(stray))} of {counted(len(off), 'value')} that should stay "
                f"{'moves' if len(stray) == 1 else 'move'}" + (f": {_largest(stray)}" if len(stray) else "")
            )
    held = result.meta["replication"]
    if held["picked"] > 0 and pd.notna(held["kept"]):
        parts.append(
            f"of effects picked in half of the questions {held['kept']:.0%} keep their sign in the other half"
        )
    scored, asked = int(every["n_scored"].sum()), int(every["n_asked"].sum())
    rests = f"{number(scored)} of {counted(asked, 'pair')}, {_questions(every)}"
    if result.meta["crossed"]:
        rests += f", with {counted(int(every['n_roles'].max()), 'role')} as clusters"
    if "outside" in every.columns and every["outside"].notna().any():
        rests += f"; {every['outside'].mean():.0%} of the answers' mass lies outside the options, "
        rests += f"{every['outside_control'].mean():.0%} without the intervention"
    if result.meta["judge"] is not None:
        judge = result.meta["judge"]
        said = [
            f"{a:.2f} and {b:.2f}"
            for a, b in zip(judge["sensitivity"].values(), judge["specificity"].values(), strict=True)
        ]
        rests += f"; corrected for a judge of sensitivity and specificity {said[0]}"
    return f"Held against {readable(spec['control'])}, {'; '.join(parts)} ({rests})."


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
    return f"{' by '.join(where)} {interval(row, signed=True)}"


def dose_sentence(result: Result) -> str:
    """Whether dose does anything, which shape foretells items held out best, and where its step or half effect lies."""
    shapes = {s["shape"]: s for s in result.meta["shapes"]}
    frame, row = result.estimates, result.estimates.iloc[-1]
    rests = f"{number(row['n_scored'])} of {counted(row['n_asked'], 'item')}, {counted(row['n_units'], 'cluster')}"
    level = float(row["level"])
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
