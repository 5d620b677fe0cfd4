"""Tables and sentences of the page on the Portrait Values Questionnaire: stored results as text."""

from __future__ import annotations

import pandas as pd

from valuestats.base.figure import Figure
from valuestats.base.labels import capitalised, listed, number, readable
from valuestats.circle.opposed_values import DIFFERENCE, NAMES
from valuestats.circle.pole_figures import group_contrast_chart, poles_chart, poles_plane
from valuestats.circle.sentences import contrast_sentence
from valuestats.measurement.page import (
    circle_caption,
    dif_caption,
    invariance_caption,
    loadings_caption,
    reliability_caption,
    scale_sentence,
)
from valuestats.reporting import md, setup, show, show_table
from valuestats.reporting.stored_study import StoredStudy
from valuestats.results.phrases import interval

__all__ = [
    "StoredStudy",
    "alpha_sentence",
    "circle_caption",
    "claim_contrast_sentence",
    "claim_figure",
    "claim_sentence",
    "claims_table",
    "contrast_table",
    "dif_caption",
    "invariance_caption",
    "loadings_caption",
    "makers",
    "md",
    "people_poles_sentence",
    "plane_caption",
    "planted_sentence",
    "poles_chart",
    "poles_plane",
    "recovery_table",
    "reliability_caption",
    "scale_sentence",
    "setup",
    "show",
    "show_table",
    "simulated_sentence",
    "truth_table",
    "validity_sentence",
    "weighting_table",
]

_DIRECTION = {1.0: "higher", -1.0: "lower"}
_QUANTITIES = {
    "value profile": "Value profile (3 models × 10 values)",
    "Self_Transcendence": "Self-transcendence",
    "Self_Enhancement": "Self-enhancement",
    DIFFERENCE: "Self-transcendence − self-enhancement",
    "contrasts of the poles between models": "Contrasts of the three between models",
}
MAKERS = {"deepseek": "DeepSeek", "gemini": "Gemini", "gpt": "ChatGPT", "chatgpt": "ChatGPT"}


def claims_table(table: pd.DataFrame) -> pd.DataFrame:
    """Published | Recomputed | Corrected for claims that are directions without a number."""
    return pd.DataFrame(
        {
            "Claim": table["quantity"].map(capitalised, na_action="ignore"),
            "Of": table["group"],
            "Published": [f"{_DIRECTION[float(x)]} (no number)" for x in table["published"]],
            "Recomputed": "–",
            "Corrected": "–",
            "Verdict": table["verdict"] + ": " + table["explanation"],
        }
    )


def simulated_sentence(study: StoredStudy) -> str:
    """What the simulated study finds of what was put into it."""
    found = study.finding("simulated_poles")
    contrasts, ranks = study["simulated_contrasts"], study["simulated_ranks"]
    last = ranks.sort_values("rank").iloc[-1]
    rows = contrasts[(contrasts["pole"] == NAMES[1]) & (contrasts["kind"] == "groups")]
    told = listed([f"{row['contrast']} {interval(row, signed=True)}" for _, row in rows.iterrows()])
    return (
        f"{found.sentence()} On self-enhancement the contrasts are {told}; {last['model']} has rank {last['rank']:.0f} of "
        f"{len(ranks)} [{last['rank_lower']:.0f}, {last['rank_upper']:.0f}]."
    )


def planted_sentence(study: StoredStudy) -> str:
    """How the planted difference comes out beside its truth."""
    truth = (
        study["truth"]
        .pivot(index="model", columns="value", values="truth")[["Achievement", "Power"]]
        .mean(axis=1)
    )
    rows = study["simulated_contrasts"]
    rows = rows[(rows["pole"] == NAMES[1]) & (rows["kind"] == "models")]
    told, held, smaller = [], 0, 0
    for _, row in rows.iterrows():
        one, other = str(row["contrast"]).split(" − ")
        true = float(truth[one] - truth[other])
        held += bool(row["lower"] <= true <= row["upper"])
        smaller += bool(abs(row["estimate"]) < abs(true))
        told.append(
            f"{interval(row, signed=True)} for a true {true:+.2f} (against {other})".replace(" -", " −")
        )
    return (
        f"The planted difference in self-enhancement is estimated as {listed(told)}; {held} of {len(rows)} intervals hold "
        f"it, and {smaller} of {len(rows)} estimates are smaller than the truth. All these contrasts share Model C's own "
        "reactions to the same seven items, so they tend to miss together or not at all: one study shows little of coverage."
    )


def recovery_table(table: pd.DataFrame) -> pd.DataFrame:
    """Coverage, bias and root mean squared error by quantity."""
    return pd.DataFrame(
        {
            "Quantity": [_QUANTITIES.get(q, q) for q in table["quantity"]],
            "Estimates": table["n"].map(number),
            "Intervals that hold the truth": [
                f"{c * n:.0f} of {n}" for c, n in zip(table["coverage"], table["n"], strict=True)
            ],
            "Level": [f"{x:.0%}" for x in table["level"]],
            "Bias": [f"{x:+.2f}".replace("-", "−") for x in table["bias"]],
            "RMSE": [f"{x:.2f}" for x in table["rmse"]],
        }
    )


def truth_table(study: StoredStudy) -> pd.DataFrame:
    """True and estimated poles of each simulated model."""
    estimates = study.finding("simulated_poles").estimates.set_index(["model", "pole"])
    truth = study["truth"].pivot(index="model", columns="value", values="truth")
    first = truth[["Benevolence", "Universalism"]].mean(axis=1)
    second = truth[["Achievement", "Power"]].mean(axis=1)
    true = {NAMES[0]: first, NAMES[1]: second, DIFFERENCE: first - second}
    return pd.DataFrame(
        [
            {
                "Model": model,
                "Quantity": _QUANTITIES[pole],
                "Truth": f"{true[pole][model]:+.2f}".replace("-", "−"),
                "Estimate [95%]": interval(estimates.loc[(model, pole)], signed=True),
            }
            for model in study["truth"]["model"].unique()
            for pole in (*NAMES, DIFFERENCE)
        ]
    )


def weighting_table(study: StoredStudy) -> pd.DataFrame:
    """Higher-order values of people under both weightings, by file."""
    rows = []
    for file, label in (("pvq40", "PVQ-40"), ("pvq21", "PVQ-21")):
        values = study[f"{file}_higher"].estimates.set_index("dimension")
        items = study[f"{file}_higher_items"].estimates.set_index("dimension")
        rows += [
            {
                "People": f"{label} (n = {number(values.loc[d, 'n_units'])})",
                "Higher-order value": readable(str(d)),
                "Values weighted": interval(values.loc[d], signed=True),
                "Items weighted": interval(items.loc[d], signed=True),
            }
            for d in values.index
        ]
    return pd.DataFrame(rows)


def alpha_sentence(study: StoredStudy) -> str:
    """The range of the values' consistency, and what the fuller coefficients change."""
    parts = []
    for file, label in (("pvq40", "PVQ-40"), ("pvq21", "PVQ-21")):
        frame = study[f"{file}_reliability"].estimates
        alpha = frame[frame["coefficient"] == "alpha"].dropna(subset="estimate")
        low, high = alpha.loc[alpha["estimate"].idxmin()], alpha.loc[alpha["estimate"].idxmax()]
        ordinal = frame[frame["coefficient"] == "alpha_ordinal"]["estimate"].mean()
        parts.append(
            f"{label}: alpha of the ten values runs from {interval(low)} ({readable(str(low['scale']))}) to "
            f"{interval(high)} ({readable(str(high['scale']))}), mean {alpha['estimate'].mean():.2f}; the mean of ordinal "
            f"alpha is {ordinal:.2f}"
        )
    higher = study["pvq40_general"].estimates
    general = higher[higher["coefficient"] == "omega_hierarchical"].dropna(subset="estimate")
    if len(general):
        least = general.loc[general["estimate"].idxmin()]
        total = higher[(higher["coefficient"] == "omega_total") & (higher["scale"] == least["scale"])].iloc[0]
        parts.append(
            f"of the higher-order values of the PVQ-40, {readable(str(least['scale']))} has the smallest general factor "
            f"(omega hierarchical {interval(least)}, omega total {interval(total)})"
        )
    return "; ".join(parts) + ". Alpha is of the raw answers, before any centring."


def people_poles_sentence(study: StoredStudy) -> str:
    """Self-transcendence minus self-enhancement of the people in both files."""
    parts = []
    for file, label in (("pvq40", "PVQ-40"), ("pvq21", "PVQ-21")):
        frame = study[f"{file}_poles"].estimates
        row = frame[frame["pole"] == DIFFERENCE].iloc[0]
        parts.append(f"{interval(row, signed=True)} scale points ({label})")
    return f"People put self-transcendence above self-enhancement by {listed(parts)}, unweighted."


def validity_sentence(study: StoredStudy) -> str:
    """How well the keys of the four values hold in other raters."""
    frame = study["validity"].estimates
    held = frame[(frame["family"] == "pvq") & (frame["rule"] == "threshold")].set_index("dimension")
    names = ["Benevolence", "Universalism", "Achievement", "Power"]
    told = [f"{n} {interval(held.loc[n], signed=True)}" for n in names if n in held.index]
    return (
        f"Mean correlation of the keyed items with their value in raters who did not make the keys: {listed(told)}. These "
        "items measure their values barely, so a difference between models on them is one of answers to these items first."
    )


def makers(study: StoredStudy) -> dict[str, str]:
    """Model to its maker's group, for the models that the claim is about."""
    names = study["score_poles"].estimates["model"].unique()
    return {m: group for m in names for start, group in MAKERS.items() if str(m).startswith(start)}


def claim_sentence(study: StoredStudy) -> str:
    """Whether real answers to other items look like the claim about DeepSeek."""
    verdicts, seen = [], True
    for step, label in (("score_contrasts", "centred scores"), ("claim_contrasts", "the ordinal model")):
        table = study[step]
        rows = table[(table["pole"] == NAMES[1]) & (table["kind"] == "groups")]
        lower, upper = int((rows["upper_all"] < 0).sum()), int((rows["lower_all"] > 0).sum())
        if lower == len(rows):
            found = "lower than all others"
        elif lower + upper == 0:
            found = f"told apart from none of the {len(rows)} others"
        else:
            found = f"lower than {lower} and higher than {upper} of the {len(rows)} others"
        seen = seen and lower == len(rows)
        verdicts.append(f"by {label} the mean of DeepSeek's models is {found}")
    ranks = study["claim_ranks"].set_index("model") if study["claim_ordinal"].passed else None
    places = "" if ranks is None else f" {_places(ranks)}"
    return (
        f"On these items the claim is {'seen' if seen else 'not seen'}: {' and '.join(verdicts)} (simultaneous intervals "
        f"of the groups' means).{places}"
    )


def _places(ranks: pd.DataFrame) -> str:
    own = [m for m in ranks.index if str(m).startswith("deepseek")]
    told = [
        f"{m} {ranks.loc[m, 'rank']:.0f} [{ranks.loc[m, 'rank_lower']:.0f}, {ranks.loc[m, 'rank_upper']:.0f}]"
        for m in own
    ]
    return f"Ranks on self-enhancement among the {len(ranks)} models, 1 the highest: {listed(told)} (ordinal model, 95%)."


def plane_caption(study: StoredStudy) -> str:
    """Where DeepSeek's models stand on self-enhancement among all."""
    frame = study["score_poles"].estimates
    low = frame[frame["pole"] == NAMES[1]].sort_values("estimate").reset_index(drop=True)
    own = low[low["model"].str.startswith("deepseek")]
    told = [f"{row['model']} {number(k + 1)}" for k, row in own.iterrows()]
    return f"Places by estimated self-enhancement, the lowest first, of {len(low)}: {listed(told)}."


def contrast_table(study: StoredStudy) -> pd.DataFrame:
    """Contrasts of group means under both estimators."""
    rows = []
    for step, label in (
        ("score_contrasts", "Centred scores, scale points"),
        ("claim_contrasts", "Ordinal model, logits"),
    ):
        table = study[step]
        for _, row in table[table["kind"] == "groups"].iterrows():
            pole = str(row["pole"])
            rows.append(
                {
                    "Estimator": label,
                    "Quantity": _QUANTITIES[pole],
                    "Contrast": row["contrast"],
                    "Difference [95%]": interval(row, signed=True),
                    "Held together [95%]": f"[{row['lower_all']:+.2f},\u00a0{row['upper_all']:+.2f}]".replace(
                        "-", "−"
                    ),
                }
            )
    return pd.DataFrame(rows)


def claim_contrast_sentence(study: StoredStudy) -> str:
    """The contrasts of both estimators on self-enhancement, in words."""
    if not study["claim_ordinal"].passed:
        return (
            study["claim_ordinal"].sentence()
            + " "
            + contrast_sentence(study["score_contrasts"], pole=NAMES[1])
        )
    return (
        f"By the ordinal model: {contrast_sentence(study['claim_contrasts'], pole=NAMES[1])} By centred scores: "
        f"{contrast_sentence(study['score_contrasts'], pole=NAMES[1])}"
    )


def claim_figure(study: StoredStudy) -> Figure:
    """The contrasts on self-enhancement by the ordinal model; by the scores where its gate failed."""
    step = "claim_contrasts" if study["claim_ordinal"].passed else "score_contrasts"
    return group_contrast_chart(study[step], pole=NAMES[1])
