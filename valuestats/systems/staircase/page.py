"""Sentences, figures and tables of the page: stored results as text."""

from __future__ import annotations

import altair as alt
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.base.labels import capitalised, counted, listed, number, p_cell, p_value, signed
from valuestats.figures.theme import PALETTE, SHAPES
from valuestats.preferences.figures import preference_chart, slope_chart
from valuestats.reporting import md, setup, show, show_table
from valuestats.reporting.stored_study import StoredStudy
from valuestats.results.marks import findings
from valuestats.results.phrases import interval
from valuestats.systems.staircase.published import FIRST, LAST

__all__ = [
    "StoredStudy",
    "audit_sentence",
    "comparison_table",
    "cycle_sentence",
    "cycle_table",
    "glance_sentence",
    "md",
    "other_sentence",
    "preference_chart",
    "recovery_sentence",
    "sample_sentence",
    "setup",
    "shift_sentence",
    "shift_table",
    "show",
    "show_table",
    "slope_chart",
    "stages_chart",
    "totals_table",
    "triples_table",
]


def glance_sentence(study: StoredStudy) -> str:
    """The order that comes out again, what the steps change, and what the cycles are worth."""
    table = study["comparison"]
    own = table[table["quantity"] == "place of the foundation"]
    same = int((own["verdict"] == "reproduced").sum())
    shift = findings(study["shift"])
    rise, fall = (shift[shift["estimate"] * sign > 0] for sign in (1, -1))
    cycles = study["cycles"]
    sure = int(cycles["told"].sum())
    told = number(sure) if sure else "none"
    return (
        f"The published order of the foundations comes out of the published win rates in {number(same)} of "
        f"{number(len(own))} "
        f"places, and the nine models move together from the first to the last step: {_named(rise)} gain and {_named(fall)} "
        f"lose. The rates hold {counted(len(cycles), 'cycle')} of three foundations; {told} of them can be "
        "told from "
        "noise by the number of choices that the rounding makes sure of, since how many there were is not published. Data: "
        "published tables of the paper (facts); raw choices are not public, so that those of LitmusValues stand in "
        "for them, "
        "and simulated dilemmas, both named where they are shown."
    )


def _named(frame: pd.DataFrame) -> str:
    ordered = frame.reindex(frame["estimate"].abs().sort_values(ascending=False).index)
    return listed([str(v) for v in ordered["label"]]) if len(ordered) else "none"


def stages_chart(study: StoredStudy, *, width: int = 330) -> Figure:
    """Strength of each foundation at the first and the last step, with intervals over the models."""
    frame = study["levels"]
    shown = frame.loc[
        frame["stage"].isin([FIRST, LAST]), ["stage", "label", "estimate", "lower", "upper"]
    ].reset_index(drop=True)
    names = list(shown[shown["stage"] == LAST].sort_values("estimate", ascending=False)["label"])
    shown = shown.merge(_apart(shown[shown["stage"] == LAST]), on="label")
    colour = alt.Color(
        "label:N",
        title=None,
        scale=alt.Scale(domain=names, range=list(PALETTE[: len(names)])),
        legend=None,
    )
    shape = alt.Shape("label:N", scale=alt.Scale(domain=names, range=list(SHAPES[: len(names)])), legend=None)
    x = alt.X("stage:N", title=None, axis=alt.Axis(labelAngle=0), scale=alt.Scale(padding=0.35))
    y = alt.Y("estimate:Q", title="Strength (logits about the mean foundation)")
    base = alt.Chart(shown)
    end = base.transform_filter(alt.datum.stage == LAST)
    return alt.layer(
        base.mark_line(strokeWidth=1.6).encode(x=x, y=y, color=colour, detail="label:N"),
        base.mark_rule(strokeWidth=1.8).encode(x=x, y="lower:Q", y2="upper:Q", color=colour),
        base.mark_point(filled=True, size=60, opacity=1).encode(
            x=x,
            y=y,
            color=colour,
            shape=shape,
            tooltip=[
                alt.Tooltip("label:N", title="Foundation"),
                alt.Tooltip("stage:N", title="Stage"),
                *(alt.Tooltip(f"{c}:Q", format=".2f") for c in ("estimate", "lower", "upper")),
            ],
        ),
        end.mark_text(align="left", dx=10, fontWeight=600).encode(
            x=x, y="height:Q", text="label:N", color=colour
        ),
    ).properties(width=width, height=330)


def _apart(frame: pd.DataFrame, gap: float = 0.085) -> pd.DataFrame:
    """Heights of the names, moved so far apart that none hides another."""
    ordered = frame.sort_values("estimate", ascending=False)
    heights: list[float] = []
    for value in ordered["estimate"]:
        heights.append(min(value, heights[-1] - gap) if heights else value + gap / 3)
    return pd.DataFrame({"label": ordered["label"].to_numpy(), "height": heights})


def audit_sentence(study: StoredStudy) -> str:
    """What the audit of the published tables found."""
    totals = study["totals"]
    over = totals[totals["more"] > 0]
    short = totals[totals["more"] < 0]
    implied = study["implied"]
    told = [
        f"{r['theory']} {counted(r['labels'], 'label')} by {r['labeller'].replace('_', ' ')}, {number(r['more'])} more than "
        f"the {number(r['options'])} options, which can't be with one label each"
        for _, r in over.iterrows()
    ]
    gone = (
        f"; {counted(len(short), 'other total falls', 'other totals fall')} short, by up to "
        f"{number(-short['more'].min())}"
        if len(short)
        else ""
    )
    sums = f" The label counts add up to {listed(told)}{gone}." if told else " The label counts add up."
    return (
        study["audit"].sentence()
        + sums
        + f" All models' rates of a pair are possible together from {number(implied['least'].min())} to "
        f"{number(implied['least'].max())} choices on, depending on the pair; {implied['ruled_out'].mean():.0%} of "
        "the numbers "
        "up to 100 are ruled out."
    )


def totals_table(study: StoredStudy) -> pd.DataFrame:
    """Labels in all, by theory and labeller."""
    table = study["totals"]
    return pd.DataFrame(
        {
            "Theory": table["theory"],
            "Labels of": table["labeller"].str.replace("_", " "),
            "Labels": table["labels"].map(number),
            "Options": table["options"].map(number),
            "More or fewer": [signed(x, 0) for x in table["more"]],
        }
    )


def comparison_table(study: StoredStudy) -> pd.DataFrame:
    """Published | Recomputed | Corrected."""
    table = study["comparison"]
    return pd.DataFrame(
        {
            "Quantity": table["quantity"].map(capitalised, na_action="ignore"),
            "Of": table["group"],
            "Published": table["published"].map(number),
            "From the tables": [number(x) if pd.notna(x) else "–" for x in table["recomputed"]],
            "Strength, all steps [95% over models]": [
                interval(r, 2, signed=True) if pd.notna(r["estimate"]) else "–" for _, r in table.iterrows()
            ],
            "Verdict": table["verdict"],
        }
    )


def shift_sentence(study: StoredStudy) -> str:
    """What the steps change, model by model."""
    result = study["shift"]
    levels = study["levels"].pivot(index="label", columns="stage", values="place")
    moved = levels[levels[FIRST] != levels[LAST]]
    told = [f"{name} from place {r[FIRST]:.0f} to {r[LAST]:.0f}" for name, r in moved.iterrows()]
    rho = levels[FIRST].corr(levels[LAST], method="spearman")
    return (
        f"{result.sentence()} In places: {listed(told) if told else 'none moves'}; the orders at both steps agree by "
        "Spearman's "
        f"correlation of {rho:.2f}. The models answered the same dilemmas: the intervals tell how models differ, and "
        "what other "
        "dilemmas would give is not known."
    )


def shift_table(study: StoredStudy) -> pd.DataFrame:
    """Strengths at both steps and their difference."""
    levels = study["levels"].set_index(["stage", "label"])
    frame = study["shift"].estimates.sort_values("estimate", ascending=False)
    rows = []
    for _, row in frame.iterrows():
        one, two = (levels.loc[(stage, row["label"])] for stage in (FIRST, LAST))
        rows.append(
            {
                "Foundation": row["label"],
                "Step 1": interval(pd.Series(one), 2, signed=True),
                "Step 5": interval(pd.Series(two), 2, signed=True),
                "Change": interval(row, 2, signed=True),
                "Models up | down": f"{row['up']} | {row['down']}",
                "p (Holm)": p_cell(float(row["p_adjusted"])),
            }
        )
    return pd.DataFrame(rows)


def cycle_sentence(study: StoredStudy) -> str:
    """How many cycles, and what would be needed to believe them."""
    cycles = study["cycles"]
    triples = 20 * len(study["rates"].groupby(["stage", "model"]))
    if cycles.empty:
        return f"None of {counted(triples, 'triple')} is a cycle."
    easy = cycles.loc[cycles["needed"].idxmin()]
    most = cycles["cycle"].map(lambda c: ", ".join(sorted(c.split(", ")))).value_counts()
    return (
        f"{number(len(cycles))} of {counted(triples, 'triple')} of foundations are cycles; the most frequent, "
        f"{most.index[0]}, "
        f"stands in {counted(int(most.iloc[0]), 'table')}. Half of them need {number(cycles['needed'].median())} "
        "choices or more "
        f"for each of their pairs to be told from noise, the clearest ({easy['cycle']}, {easy['model']}) "
        f"{number(easy['needed'])}; the rounding makes sure of {number(cycles['least'].min())} to "
        f"{number(cycles['least'].max())}."
    )


def cycle_table(study: StoredStudy, rows: int = 8) -> pd.DataFrame:
    """The clearest cycles."""
    table = study["cycles"].sort_values("needed").head(rows)
    return pd.DataFrame(
        {
            "Stage": table["stage"].map(capitalised, na_action="ignore"),
            "Model": table["model"],
            "Each is chosen over the next": table["cycle"],
            "Weakest rate": [f"{x:.2f}" for x in table["weakest"]],
            "Choices needed": table["needed"].map(number),
            "Sure to be there": table["least"].map(number),
        }
    )


def sample_sentence(study: StoredStudy) -> str:
    """What the sample of the dilemmas holds."""
    frame = study["sample"]
    share = frame["value"].value_counts(normalize=True)
    same = frame.groupby(["dilemma", "step"])["value"].nunique().eq(1).sum()
    return (
        f"The sample holds {counted(frame['dilemma'].nunique(), 'dilemma')} of five steps: {share.iloc[0]:.0%} of "
        "their options "
        f"stand for {share.index[0]}, {share.iloc[-1]:.0%} for {share.index[-1]}, and at {number(same)} of "
        f"{counted(len(frame) // 2, 'step')} both options stand for the same foundation, so that the choice says nothing."
    )


def other_sentence(study: StoredStudy) -> str:
    """What raw choices show that tables can't: the first place, and broken triples."""
    triples = study["other_triples"].set_index("transitivity").loc["weak"]
    place = study["other_preference"].meta["position"]["all"]
    chosen = pd.Series({k: 100 * place[k] for k in ("estimate", "lower", "upper")})
    return (
        f"{study['other_preference'].sentence()} The first place is chosen {interval(chosen, 1, signed=True)} of 100 "
        "times beyond chance. "
        f"{counted(int(triples['observed']), 'triple')} of values are cycles, where choices by Bradley and Terry's "
        "model with the "
        f"first place would have {triples['expected']:.1f} [{triples['lower']:.0f}, {triples['upper']:.0f}]"
        f" ({p_value(float(triples['p']))})."
    )


def triples_table(study: StoredStudy) -> pd.DataFrame:
    """Broken triples, seen and expected."""
    table = study["other_triples"]
    return pd.DataFrame(
        {
            "Transitivity": table["transitivity"],
            "Triples that break it": table["observed"].map(number),
            "Expected [95%]": [
                f"{r['expected']:.1f} [{r['lower']:.0f}, {r['upper']:.0f}]" for _, r in table.iterrows()
            ],
            "p": [p_cell(float(p)) for p in table["p"]],
        }
    )


def recovery_sentence(study: StoredStudy) -> str:
    """How many of the known truths are held."""
    table = study["recovery"]
    parts = []
    for name, own in table.groupby("quantity", sort=False):
        parts.append(f"{number(own['holds'].sum())} of {number(len(own))} for {name}")
    return (
        f"The intervals hold the truth in {listed(parts)}. {study['slopes'].sentence()} In truth Care falls, "
        "Authority and, less, "
        "Liberty rise, and the others stay; the first option is liked by 0.5 logits."
    )
