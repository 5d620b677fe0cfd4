"""Sentences, figures and tables of the page: stored results as text."""

from __future__ import annotations

import pandas as pd

from valuestats.auditing.figures import checks_table
from valuestats.auditing.findings import audit_findings
from valuestats.base.figure import Figure
from valuestats.base.labels import capitalised, counted, listed, number, span
from valuestats.reporting import md, setup, show, show_table
from valuestats.reporting.stored_study import StoredStudy
from valuestats.results.phrases import interval
from valuestats.systems.cvc.figures import agreement_chart, assumptions_chart

__all__ = [
    "StoredStudy",
    "agreement_figure",
    "agreement_sentence",
    "assumptions_figure",
    "audit_sentence",
    "checks",
    "glance_sentence",
    "interval_table",
    "md",
    "models_table",
    "position_sentence",
    "position_table",
    "published_table",
    "recovery_sentence",
    "recovery_table",
    "setup",
    "show",
    "show_table",
]


def glance_sentence(study: StoredStudy) -> str:
    """What the two published shares are worth under the assumptions."""
    table = study["intervals"]
    models, people = (table[table["who"] == who] for who in dict.fromkeys(table["who"]))
    copies, each = models.iloc[2], people.iloc[0]
    apart = "does not overlap" if copies["upper"] < each["lower"] else "overlaps"
    return (
        f"Models choose what conforms to the rule in {100 * copies['estimate']:.1f}% of cases, people in "
        f"{100 * each['estimate']:.1f}%. If five repeats of one question copy each other, "
        f"{number(models.iloc[0]['n_effective'])} "
        f"answers are worth {number(copies['n_effective'])} and the interval is {copies['lower']:.0%} to"
        f" {copies['upper']:.0%}; it "
        f"{apart} that of the people, {span(each['lower'], each['upper'], '.0%')}, even if every answer of theirs stands "
        "for itself. By six scenes, or five people, the design can't say which is higher."
    )


def assumptions_figure(study: StoredStudy) -> Figure:
    """See `assumptions_chart`."""
    return assumptions_chart(study["intervals"])


def published_table(study: StoredStudy) -> pd.DataFrame:
    """Published | Recomputed | Corrected."""
    table = study["comparison"]
    return pd.DataFrame(
        {
            "Share that conforms": table["group"],
            "Published": [f"{x:.1f}" for x in table["published"]],
            "Recomputed": "–",
            "Corrected": [interval(r, 1) for _, r in table.iterrows()],
            "Verdict": table["verdict"] + ": " + table["explanation"],
        }
    )


def interval_table(study: StoredStudy) -> pd.DataFrame:
    """Intervals by what is independent."""
    table = study["intervals"]
    return pd.DataFrame(
        {
            "Of": table["who"],
            "Independent": table["unit"].map(capitalised, na_action="ignore"),
            "Worth, answers": [number(x) for x in table["n_effective"]],
            "Design effect": [f"{x:.1f}" for x in table["design_effect"]],
            "Share [95%]": [
                f"{e:.0%} [{lo:.0%}, {hi:.0%}]"
                for e, lo, hi in table[["estimate", "lower", "upper"]].to_numpy(dtype=float)
            ],
        }
    )


def agreement_sentence(study: StoredStudy) -> str:
    """Agreement before and after chance is taken off, and whether the ranking of models changes."""
    pairs, models = study["agreement"], study["models"]
    high, low = pairs.loc[pairs["kappa"].idxmax()], pairs.loc[pairs["kappa"].idxmin()]
    moved = int((models["rank_matching"] != models["rank_kappa"]).sum())
    return (
        f"Over {counted(len(pairs), 'pair')} of models {pairs['matching'].mean():.0%} of the answers are equal, of which "
        f"{pairs['chance'].mean():.0%} would be by chance, given how often each model picks each option: kappa is "
        f"{pairs['kappa'].mean():.2f} on average, from {interval(_kappa(low))} ({low['one']} and {low['two']}) to "
        f"{interval(_kappa(high))} ({high['one']} and {high['two']}; in brackets what rounding leaves). "
        f"{counted(moved, 'model')} of {number(len(models))} change their place when chance is taken off. A blank answer "
        f"counts as a disagreement in the published share; among answers that both gave, agreement is "
        f"{span(pairs['answered_lower'].mean(), pairs['answered_upper'].mean(), '.0%')} on average."
    )


def _kappa(row: pd.Series) -> pd.Series:
    return pd.Series({"estimate": row["kappa"], "lower": row["lower"], "upper": row["upper"]})


def agreement_figure(study: StoredStudy) -> Figure:
    """See `agreement_chart`."""
    return agreement_chart(study["agreement"], study["models"]["model"].tolist())


def models_table(study: StoredStudy) -> pd.DataFrame:
    """Mean agreement of each model with the others."""
    table = study["models"]
    return pd.DataFrame(
        {
            "Model": table["model"],
            "Equal answers": [f"{x:.0%}" for x in table["matching"]],
            "By chance": [f"{x:.0%}" for x in table["chance"]],
            "Kappa": [f"{x:.2f}" for x in table["kappa"]],
            "Place by equal answers": table["rank_matching"],
            "Place by kappa": table["rank_kappa"],
        }
    )


def position_sentence(study: StoredStudy) -> str:
    """Which letter is preferred, and from how many dilemmas on that would be more than chance."""
    table = study["positions"]
    more, last = table.iloc[0], table.iloc[-1]
    first = int((table["first"] > 0.5).sum())
    far = table[(table["first"] - 0.5).abs() > 0.05]
    return (
        f"If letters are given out at random, the shares of A and B say nothing about values and measure position: "
        f"{number(first)} of {number(len(table))} models pick A more often, {more['model']} in {more['first']:.1%} of its"
        f" answers, "
        f"and {last['model']} B in {1 - last['first']:.1%}. The number of dilemmas is not known here; for the "
        f"{number(len(far))} models more than five points from a half, {number(far['needed'].max())} dilemmas or fewer would"
        " do to "
        "refuse a fair letter. A lean that most models share may also be the letters' own: if the better option happened to "
        "be A more often, all would show it."
    )


def position_table(study: StoredStudy) -> pd.DataFrame:
    """Share of A among A and B."""
    table = study["positions"]
    return pd.DataFrame(
        {
            "Model": table["model"],
            "A of A and B": [f"{x:.1%}" for x in table["first"]],
            "Blank (C)": [f"{x:.1%}" for x in table["blank"]],
            "Dilemmas that refuse a half": [number(x) for x in table["needed"]],
        }
    )


def audit_sentence(study: StoredStudy) -> str:
    """What the audits of the three tables found, and whether the two figures fit each other."""
    parts = []
    for step, name in (
        ("audit_shares", "shares"),
        ("audit_matching", "matrix"),
        ("audit_rules", "two percentages"),
    ):
        found = audit_findings(study[step])
        parts.append(
            f"in the {name} "
            + ("nothing" if found.empty else f"“{found['where'].iloc[0]}”: {found['text'].iloc[0]}")
        )
    pairs = study["agreement"]
    fits = int(pairs["possible"].sum())
    return (
        f"The audit, which knows nothing of the paper, found {listed(parts)}. Between the two figures, "
        f"{number(fits)} of {counted(len(pairs), 'published agreement')} lie within what the models' shares of options"
        " allow."
    )


def checks(study: StoredStudy) -> pd.DataFrame:
    """Checks of all three audits."""
    steps = {"Shares": "audit_shares", "Matrix": "audit_matching", "Two percentages": "audit_rules"}
    parts = [checks_table(study[step]).assign(Table=name) for name, step in steps.items()]
    return pd.concat(parts, ignore_index=True)[["Table", "Check", "Looked at", "Found", "Gravest"]]


def recovery_sentence(study: StoredStudy) -> str:
    """How often the intervals hold the truth in simulated studies of the design."""
    answers, scenes = study["recovery"].iloc[0], study["recovery"].iloc[1]
    return (
        f"In {number(answers['studies'])} simulated studies of this design (six scenes, seven models, five repeats, truth "
        f"{answers['truth']:.1%}) the interval that takes every answer as independent holds the truth in "
        f"{answers['coverage']:.0%} of them where it promises 95%; with scenes as clusters it is {scenes['coverage']:.0%} "
        f"(± {1.96 * scenes['error']:.0%}), and {scenes['width'] / answers['width']:.1f} times as wide."
    )


def recovery_table(study: StoredStudy) -> pd.DataFrame:
    """One simulated study by both intervals."""
    table = study["simulated"]
    truth = study["truth"]["share"]
    return pd.DataFrame(
        {
            "Unit": table["unit"].map(capitalised, na_action="ignore"),
            "Truth": f"{truth:.1%}",
            "Share [95%]": [
                f"{e:.1%} [{lo:.1%}, {hi:.1%}]"
                for e, lo, hi in table[["estimate", "lower", "upper"]].to_numpy(dtype=float)
            ],
            "Scored": [f"{a} of {b}" for a, b in zip(table["n_scored"], table["n_asked"], strict=True)],
            "Coverage": [f"{x:.0%}" for x in study["recovery"]["coverage"]],
        }
    )
