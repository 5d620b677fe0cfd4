"""Sentences, figures and tables of the page: stored results as text."""

from __future__ import annotations

import altair as alt
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.base.labels import counted, listed, number, p_cell, p_value, readable, signed
from valuestats.figures.intervals import interval_rows
from valuestats.figures.theme import PALETTE, SHAPES
from valuestats.preferences.figures import label_rows
from valuestats.reporting import md, setup, show, show_table
from valuestats.reporting.stored_study import StoredStudy
from valuestats.results.marks import findings, in_words, signed_frame
from valuestats.results.phrases import interval
from valuestats.results.result import Result
from valuestats.systems.daily_dilemmas.release import OPPOSING, PLAIN, SUPPORTING, THEORIES

__all__ = [
    "StoredStudy",
    "apart_sentence",
    "comparison_table",
    "data_sentence",
    "glance_sentence",
    "md",
    "missing_sentence",
    "preference_sentence",
    "preference_table",
    "score_table",
    "setup",
    "show",
    "show_table",
    "steering_sentence",
    "steering_test_table",
    "steps_chart",
    "theory_chart",
    "together_chart",
    "together_sentence",
]

STEPS = {"WVS": "wvs", "MFT": "mft", "Virtue": "virtue", "Emotion": "emotion", "Maslow": "maslow"}
AS_PUBLISHED, CHOSEN = "no system prompt, as published", "no system prompt, by what was chosen"


def _reproduced(study: StoredStudy) -> tuple[int, int]:
    printed = study["printed"].set_index("group")["value"]
    again = study["as_published"]
    again = again.set_index(again["principle"] + "; " + again["condition"])["score"]
    close = (printed - again.reindex(printed.index)).abs() < 1e-9
    return int(close.sum()), len(printed)


def glance_sentence(study: StoredStudy) -> str:
    """What steering changes by what was chosen, against what the published scores show."""
    arms = study["mcnemar"].estimates.set_index("condition")
    moved = {k: int(arms.loc[k, "up"] + arms.loc[k, "down"]) for k in (SUPPORTING, OPPOSING)}
    n = int(arms["n_pairs"].max())
    published, chosen = _mean_changes(study)
    hit, of = _reproduced(study)
    told = findings(study["mcnemar"])
    verdict = (
        "neither prompt has an effect that can be told from chance"
        if told.empty
        else f"{listed([str(k) for k in told['condition']])} can be told from no effect"
    )
    opening = "The system prompts hardly move GPT-4: of" if told.empty else "Of"
    turned = f"the supporting prompt turns {number(moved[SUPPORTING])} and the opposing one {number(moved[OPPOSING])}"
    return (
        f"{opening} {counted(n, 'choice')} that bear on a principle, {turned}, and {verdict}. The published scores show "
        "more, since the score before steering adds up both actions whatever was chosen: they move by "
        f"{published:.1f} on average over principles and prompts, by what was chosen {chosen:.1f}. The release's scores are "
        f"reproduced in {number(hit)} of {number(of)} cases."
    )


def data_sentence(study: StoredStudy) -> str:
    """Whose choices the page shows."""
    if any("substitute" in said for said in study.manifest["deviations"]):
        return "Data: a simulated release in the layout of the real one, with known preferences; nothing of GPT-4."
    return (
        "Data: the paper's own raw data, GPT-4's choices in the repository's files; those of the other models are not "
        "among the files at hand."
    )


def _mean_changes(study: StoredStudy) -> tuple[float, float]:
    """Mean absolute change of the scores against no system prompt, as published and by what was chosen."""
    found = []
    for step in ("as_published", "fair"):
        wide = study[step].pivot(index="principle", columns="condition", values="score")
        found.append(float((wide[[SUPPORTING, OPPOSING]].sub(wide[PLAIN], axis=0)).abs().to_numpy().mean()))
    return found[0], found[1]


def steps_chart(study: StoredStudy, *, width: int = 400) -> Figure:
    """Scores of each principle: before steering as published and by what was chosen, and under either prompt."""
    fair, printed = study["fair"], study["as_published"]
    parts = [
        printed[printed["condition"] == PLAIN].assign(series=AS_PUBLISHED),
        fair[fair["condition"] == PLAIN].assign(series=CHOSEN),
        fair[fair["condition"] == SUPPORTING].assign(series="under the supporting prompt"),
        fair[fair["condition"] == OPPOSING].assign(series="under the opposing prompt"),
    ]
    frame = pd.concat(parts, ignore_index=True)[["principle", "score", "series"]]
    frame["principle"] = frame["principle"].str.strip()
    names = list(dict.fromkeys(frame["series"]))
    before = frame[frame["series"] == CHOSEN].set_index("principle")["score"]
    gap = (frame[frame["series"] == AS_PUBLISHED].set_index("principle")["score"] - before).abs()
    order = list(gap.sort_values(ascending=False).index)
    y = alt.Y("principle:N", sort=order, title=None, axis=alt.Axis(labelLimit=290))
    spans = (
        frame[frame["series"].isin([AS_PUBLISHED, CHOSEN])]
        .pivot(index="principle", columns="series", values="score")
        .reset_index()
        .set_axis(["principle", "chosen", "published"], axis=1)
    )
    colours = [PALETTE[1], PALETTE[0], PALETTE[2], PALETTE[3]]
    scale = alt.Scale(domain=names, range=colours)
    shape = alt.Scale(domain=names, range=[SHAPES[3], SHAPES[0], SHAPES[2], SHAPES[5]])
    legend = alt.Legend(orient="bottom", columns=1, labelLimit=320)
    bar = alt.Chart(spans).mark_rule(strokeDash=[2, 3]).encode(x="published:Q", x2="chosen:Q", y=y)
    points = (
        alt.Chart(frame)
        .mark_point(filled=True, size=70, opacity=1)
        .encode(
            x=alt.X("score:Q", title="Score (supporting less opposing values of the chosen actions)"),
            y=y,
            color=alt.Color("series:N", title=None, scale=scale, legend=legend),
            shape=alt.Shape("series:N", title=None, scale=shape, legend=legend),
            tooltip=["principle:N", "series:N", alt.Tooltip("score:Q", format=".1f")],
        )
    )
    zero = alt.Chart(pd.DataFrame({"x": [0.0]})).mark_rule(strokeDash=[3, 3]).encode(x="x:Q")
    return alt.layer(zero, bar, points).properties(width=width, height=alt.Step(23))


def steering_sentence(study: StoredStudy) -> str:
    """Steerability with its interval, the prompt against its opposite, and what that says."""
    both, opposed = study["attained"].estimates.set_index("condition"), study["opposed"].estimates.iloc[0]
    ends = [
        interval(100 * both.loc[k, ["estimate", "lower", "upper"]], 0, signed=True)
        for k in (SUPPORTING, OPPOSING)
    ]
    against = interval(100 * opposed[["estimate", "lower", "upper"]], 0, signed=True)
    principles = study["steering"]
    found = len(findings(principles))
    return (
        f"Of what the choices could move towards the supported values, the supporting prompt attains {ends[0]}% and the "
        f"opposing one {ends[1]}% (which should be negative); between the two prompts lie {against}% "
        f"({p_value(float(opposed['p_value']))}, sign flips of dilemmas). Principle by principle {number(found)} of "
        f"{counted(len(principles.estimates), 'contrast')} can be told from no effect after Holm's adjustment. There is no "
        "placebo prompt and no repeat, so what asking again alone changes is not known."
    )


def steering_test_table(study: StoredStudy) -> pd.DataFrame:
    """How many choices each prompt turned, and the tests."""
    frame = signed_frame(study["mcnemar"]).set_index("condition").loc[[SUPPORTING, OPPOSING]]
    return pd.DataFrame(
        {
            "Prompt": frame.index,
            "Supports it: before | after": [
                f"{a:.0%} | {b:.0%}" for a, b in zip(frame["mean_against"], frame["mean"], strict=True)
            ],
            "Turned to it | away": [
                f"{number(a)} | {number(b)}" for a, b in zip(frame["up"], frame["down"], strict=True)
            ],
            "Change [95%]": [
                interval(100 * r[["estimate", "lower", "upper"]], 1, signed=True) for _, r in frame.iterrows()
            ],
            "p": [p_cell(float(p)) for p in frame["p_adjusted"]],
            "Log odds [95%]": [
                interval(
                    pd.Series(dict(zip(("estimate", "lower", "upper"), ends, strict=True))), 1, signed=True
                )
                for ends in frame[["log_odds", "log_odds_lower", "log_odds_upper"]].to_numpy()
            ],
            "Trust": [in_words(s) for s in frame["sign"]],
        }
    )


def score_table(study: StoredStudy) -> pd.DataFrame:
    """Scores per principle: published and recomputed, and without the faults."""
    printed = study["printed"].set_index("group")["value"]
    again = study["as_published"]
    again = again.set_index(again["principle"] + "; " + again["condition"])["score"]
    fair = study["fair"]
    wide = fair.pivot(index="principle", columns="condition", values="score")
    rows = []
    for principle in dict.fromkeys(fair["principle"]):
        keys = [f"{principle}; {k}" for k in (PLAIN, SUPPORTING, OPPOSING)]
        same = sum(abs(printed[k] - again[k]) < 1e-9 for k in keys)
        rows.append(
            {
                "Principle": principle.strip(),
                "Dilemmas": number(fair.loc[fair["principle"] == principle, "n"].max()),
                **{
                    f"{name}: published | corrected": f"{signed(printed[k], 1)} | {signed(wide.loc[principle, c], 1)}"
                    for name, k, c in zip(
                        ("Before", "Supporting", "Opposing"), keys, (PLAIN, SUPPORTING, OPPOSING), strict=True
                    )
                },
                "Reproduced": f"{same} of {len(keys)}",
            }
        )
    return pd.DataFrame(rows)


def comparison_table(study: StoredStudy) -> pd.DataFrame:
    """Published | Recomputed | Corrected of the preferences."""
    table = study["comparison"]
    table = table[table["quantity"] == "preference"]
    rows = []
    for _, row in table.iterrows():
        known = pd.notna(row["recomputed"])
        rows.append(
            {
                "Of": row["group"].replace("; ", ", "),
                "Published": signed(row["published"], 1),
                "Recomputed": signed(row["recomputed"], 1) if known else "–",
                "Corrected [95%, whatever is missing]": interval(row, 1, signed=True) if known else "–",
                "Scored": f"{number(row['n_scored'])} of {number(row['n_asked'])}" if known else "–",
                "Verdict": row["verdict"] + (f": {row['explanation']}" if row["explanation"] else ""),
            }
        )
    return pd.DataFrame(rows)


def _all(study: StoredStudy) -> pd.DataFrame:
    return pd.concat(
        [signed_frame(study[step]).assign(theory=THEORIES[name]) for name, step in STEPS.items()],
        ignore_index=True,
    )


def preference_sentence(study: StoredStudy) -> str:
    """The strongest preferences of each theory."""
    parts = []
    for name, step in STEPS.items():
        frame = findings(study[step])
        if frame.empty:
            parts.append(f"{THEORIES[name]}: none that can be told from chance")
            continue
        ordered = frame.sort_values("estimate", ascending=False)
        top, low = ordered.iloc[0], ordered.iloc[-1]
        ends = [row for row, wanted in ((top, 1), (low, -1)) if row["estimate"] * wanted > 0]
        parts.append(
            f"{THEORIES[name]}: {listed([f'{r["label"]} {interval(r, 0, signed=True)}' for r in ends])}"
        )
    total = sum(len(study[s].estimates) for s in STEPS.values())
    clear = sum(len(findings(study[s])) for s in STEPS.values())
    return (
        f"{number(clear)} of {counted(total, 'category', 'categories')} can be told from chance within their theory. Most "
        f"and least chosen: {'; '.join(parts)}."
    )


def missing_sentence(study: StoredStudy) -> str:
    """How many choices the files tell, and what the others could change."""
    counts = study["mft"].meta["choices"]["all"]
    gone = counts["asked"] - counts["made"]
    turned = sum(
        r.aspect == "missing" and r.sign == "care" for s in STEPS.values() for r in study[s].verdict.reasons
    )
    place = 100 * pd.Series(study["mft"].meta["position"]["all"])
    could = "none of the preferences" if not turned else counted(turned, "preference")
    return (
        f"The files tell {number(counts['made'])} of {number(counts['asked'])} choices; of the other {number(gone)} nothing "
        f"is known, and {could} that can be told from chance could be turned by them. The action that is named first, "
        f"always to do it, is chosen in {interval(50 + place[['estimate', 'lower', 'upper']], 0)}% of the dilemmas."
    )


def apart_sentence(study: StoredStudy) -> str:
    """What is left out where both actions carry a foundation alike."""
    alike, apart = (study[s].estimates.set_index("label") for s in ("mft", "mft_apart"))
    if "Care" not in alike.index or alike.loc["Care", "n_scored"] == 0:
        return ""
    one, two = (t[t.index == "Care"].iloc[0] for t in (alike, apart))
    return (
        "Where both actions carry a foundation alike, the choice says nothing of it and pulls the measure to nought: over "
        f"the {number(two['n_scored'])} of {number(one['n_scored'])} dilemmas whose actions differ in Care, its preference "
        f"is {interval(two, 0, signed=True)} instead of {interval(one, 0, signed=True)}."
    )


def _together(study: StoredStudy) -> pd.DataFrame:
    """Effects of values with all of them in one model, those of foundations left out."""
    frame = study["together"].estimates
    parents = set(study["mft"].estimates["label"].astype(str)) | {"position"}
    return frame[(frame["part"] == "coefficient") & ~frame["term"].isin(parents)]


def together_sentence(study: StoredStudy) -> str:
    """Which values tell choices where all stand in one model, and what those of one foundation have in common."""
    values = _together(study)
    clear = values[(values["lower"] > 0) | (values["upper"] < 0)]
    spread = study["together"].estimates.set_index("term").loc[["sd[labels]", "sd[MFT]"]]
    own, common = spread.iloc[0], spread.iloc[1]
    strongest = clear.reindex(clear["estimate"].abs().sort_values(ascending=False).index).head(3)
    named = listed([f"{readable(r['term'])} {interval(r, signed=True)}" for _, r in strongest.iterrows()])
    told = f", most of all {named} logits" if len(clear) else ""
    less = (
        f"less than that among themselves, {interval(own)}: a foundation says little of what is chosen"
        if common["upper"] < own["estimate"]
        else f"that among themselves {interval(own)}"
    )
    return (
        f"With all values in one model, the others and the place of the action held, {number(len(clear))} of "
        f"{counted(len(values), 'value')} have an interval without 0{told}. What the values of one foundation have in "
        f"common has a standard deviation of {interval(common)} logits, {less}."
    )


def together_chart(study: StoredStudy, *, width: int = 400) -> Figure:
    """The values with the strongest effects either way, all values in one model."""
    values = _together(study).sort_values("estimate", ascending=False)
    shown = pd.concat([values.head(8), values.tail(8)]).drop_duplicates("term")
    shown = shown.assign(row=[readable(t) for t in shown["term"]], series="all")
    return interval_rows(
        shown, order=list(shown["row"]), title="What the value adds (logits)", zero=True, width=width
    )


def theory_chart(study: StoredStudy, name: str, *, width: int = 400) -> Figure:
    """Preferences of one theory."""
    result: Result = study[STEPS[name]]
    return label_rows(
        signed_frame(result), title="Chosen less rejected, of 100 times on offer", by=None, width=width
    )


def preference_table(study: StoredStudy) -> pd.DataFrame:
    """All categories of all theories."""
    frame = _all(study)
    frame = frame.sort_values(["theory", "estimate"], ascending=[True, False])
    return pd.DataFrame(
        {
            "Theory": frame["theory"],
            "Category": frame["label"],
            "Preference [95%]": [interval(r, 1, signed=True) for _, r in frame.iterrows()],
            "Whatever is missing": [
                f"{signed(a, 1)} to {signed(b, 1)}"
                for a, b in zip(frame["bound_lower"], frame["bound_upper"], strict=True)
            ],
            "Place evened": [signed(x, 1) if pd.notna(x) else "–" for x in frame["balanced"]],
            "Dilemmas": [
                f"{number(a)} of {number(b)}"
                for a, b in zip(frame["n_scored"], frame["n_asked"], strict=True)
            ],
            "Trust": [in_words(s) for s in frame["sign"]],
        }
    )
