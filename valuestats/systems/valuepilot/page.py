"""Sentences and tables of the page on ValuePilot: stored results as text."""

from __future__ import annotations

import pandas as pd

from valuestats.base.figure import Figure
from valuestats.base.labels import capitalised, counted, listed, number, signed
from valuestats.orderings.agreement import PEOPLE
from valuestats.orderings.figures import agreement_chart
from valuestats.orderings.overlaps import NAMES
from valuestats.reporting import md, setup, show, show_table
from valuestats.reporting.stored_study import StoredStudy
from valuestats.results.marks import marked
from valuestats.results.phrases import interval
from valuestats.results.verdicts import SILENT
from valuestats.systems.valuepilot.comparison import people_row
from valuestats.systems.valuepilot.figures import power_chart

__all__ = [
    "StoredStudy",
    "agreement_caption",
    "agreement_figure",
    "alike_sentence",
    "comparison_table",
    "glance_sentence",
    "items_sentence",
    "md",
    "measure_table",
    "people_sentence",
    "power_caption",
    "power_figure",
    "power_sentence",
    "setup",
    "show",
    "show_table",
    "source_sentence",
    "trust_sentence",
]


def _gain(row: pd.Series) -> str:
    if pd.isna(row["gain"]):
        return "–"
    return f"{signed(row['gain'], 3)} [{signed(row['gain_lower'], 3)}, {signed(row['gain_upper'], 3)}]"


def source_sentence(study: StoredStudy) -> str:
    """Whose rankings the page shows."""
    if study["comparison"]["recomputed"].isna().all():
        return (
            "**The release is not at hand. Every number below is worked out from SIMULATED people and four simulated "
            "methods, of which it is known what they know of a person; nothing is said of the paper's methods.**"
        )
    people = study["people"]
    return (
        f"The page shows the release's own raw rankings of an **earlier study of "
        f"{counted(people['respondent'].nunique(), 'person', 'people')}** in {people['item'].nunique()} scenarios; the "
        "published numbers are of a later study of 40, whose answers are not released. The data carry no licence: "
        "they are read where they are at hand and appear here as means alone."
    )


def glance_sentence(study: StoredStudy) -> str:
    """Which methods know the person, which give all people one ranking, and how many can be told apart."""
    frame = study["agreement"].estimates
    own = frame[(frame["measure"] == "average_overlap") & (frame["model"] != PEOPLE)]
    best = own.sort_values("estimate").iloc[-1]
    alike = study["alike"]
    same = [str(m) for m in alike.loc[alike["same"], "model"]]
    gains = own[own["gain_lower"] > 0]
    above = own[own["above_people_lower"] > 0]
    text = (
        f"{best['model']} agrees best with the person it ranks for: average overlap {interval(best)}, where a random "
        f"order reaches {best['baseline']:.2f} and somebody else's ranking {best['people']:.2f}. "
        f"{number(len(gains))} of {counted(len(own), 'method')} {'fits' if len(gains) == 1 else 'fit'} the person "
        f"better than other people, and {number(len(above))} {'is' if len(above) == 1 else 'are'} better than "
        f"somebody else's ranking."
    )
    if same:
        text += (
            f" {listed(same)} {'gives' if len(same) == 1 else 'give'} every person one and the same ranking."
        )
    return text


def agreement_figure(study: StoredStudy) -> Figure:
    """Agreement with the person, with other people, and by chance."""
    return agreement_chart(study["agreement"])


def agreement_caption(study: StoredStudy) -> str:
    """How to read the figure."""
    frame = study["agreement"].estimates
    return (
        f"Average overlap of each method's rankings with those of the person that they were made for (dots with "
        f"95% intervals over {int(frame['n_people'].max())} people and {int(frame['n_items'].max())} scenarios), "
        "and of the same rankings with all other people (diamonds). Where both lie on each other the method tells "
        "no two people apart."
    )


def comparison_table(table: pd.DataFrame) -> pd.DataFrame:
    """Published | Recomputed | Corrected."""
    rows = []
    for row in table.to_dict("records"):
        known = pd.notna(row["recomputed"])
        rows.append(
            {
                "Quantity": capitalised(row["quantity"]),
                "Of": row["group"],
                "Published, 40 people": f"{row['published']:.2%}",
                "Recomputed": f"{row['recomputed']:.2%}" if known else "–",
                "Verdict": f"{row['verdict']}: {row['explanation']}",
                "Corrected [95%]": interval(pd.Series(row), 3) if known else "–",
            }
        )
    return pd.DataFrame(rows)


def measure_table(study: StoredStudy, measure: str) -> pd.DataFrame:
    """One measure of all methods beside what they reach with other people."""
    result = study["agreement"]
    signs = result.verdict.rows["sign"].to_numpy()
    frame = result.estimates.assign(sign=signs)
    frame = frame[frame["measure"] == measure].sort_values("estimate", ascending=False)
    return pd.DataFrame(
        {
            "Ranking by": [marked(m, s) for m, s in zip(frame["model"], frame["sign"], strict=True)],
            f"{NAMES[measure]} [95%]": [interval(r, 3) for _, r in frame.iterrows()],
            "Random": [f"{x:.3f}" for x in frame["baseline"]],
            "With others": ["–" if pd.isna(x) else f"{x:.3f}".replace("-", "−") for x in frame["swapped"]],
            "Gain [95%]": [_gain(r) for _, r in frame.iterrows()],
            "Scored": [f"{s} of {a}" for s, a in zip(frame["n_scored"], frame["n_asked"], strict=True)],
        }
    )


def items_sentence(study: StoredStudy) -> str:
    """Which rankings are of other actions than the people ranked, and what was done with them."""
    notes = [w for w in study["agreement"].meta["warnings"] if "other options" in w]
    rest = [w for w in study["agreement"].meta["warnings"] if "no ranking, are" in w]
    if not notes:
        return "All rankings are of the actions that the people ranked."
    what = listed([w.removeprefix("left out, of other options than the people ranked: ") for w in notes])
    text = (
        f"The check of options finds {counted(len(notes), 'ranking of other actions', 'rankings of other actions')}: "
        f"{what}. The release's script compares them down to the shorter ranking all the same; here they are left out."
    )
    return text + (f" Besides, {listed(rest)}." if rest else "")


def people_sentence(study: StoredStudy) -> str:
    """How far people agree with each other, beside chance."""
    rows = {m: people_row(study["agreement"], m) for m in ("average_overlap", "kendall", "first_choice")}
    one, two, three = (rows[m] for m in ("average_overlap", "kendall", "first_choice"))
    return (
        f"Two people agree by an average overlap of {interval(one)} (random {one['baseline']:.2f}), Kendall's τ-b of "
        f"{interval(two)}, and put the same action first in {three['estimate']:.0%} of scenarios (random "
        f"{three['baseline']:.0%}). This is what somebody else's ranking is worth, and no upper bound: a method that "
        f"knows the person can do better. The bound would be the same person's second ranking, which the study did "
        "not ask for."
    )


def alike_sentence(study: StoredStudy) -> str:
    """Which methods give everybody the same ranking."""
    alike = study["alike"]
    same = [str(m) for m in alike.loc[alike["same"], "model"]]
    if not same:
        return "No method gives all people one ranking in every scenario."
    one = len(same) == 1
    return (
        f"{listed(same)} {'gives' if one else 'give'} all people the same ranking in every scenario, whatever "
        f"their weights. Average overlap alone does not show it: {'it is' if one else 'they are'} above a random "
        "order as far as people agree with each other."
    )


def power_sentence(study: StoredStudy) -> str:
    """What 40 people can tell apart, in as many and in four times as many scenarios."""
    said = []
    for step in ("power", "power_scenarios"):
        table = study[step]
        forty = table[table["people"] == 40]
        enough = int((forty["power"] >= 0.8).sum())
        said.append((int(table["scenarios"].iloc[0]), enough, len(forty)))
    first = str(study["power"]["first"].iloc[0])
    (few, one, of), (many, two, _) = said
    table = study["power"]
    most = table[table["people"] == table["people"].max()]
    never = [str(m) for m in most.loc[most["power"] < 0.8, "model"]]
    text = (
        f"Were the differences as large as observed, a study of 40 people in {few} scenarios would tell {first} from "
        f"{number(one)} of {counted(of, 'other method')} with a probability of 80%; in {many} scenarios from "
        f"{number(two)}."
    )
    if never:
        text += (
            f" From {listed(never)} not even {number(table['people'].max())} people would do in {few} scenarios: "
            "scenarios are a sample too."
        )
    return text


def power_figure(study: StoredStudy) -> Figure:
    """Power by number of people."""
    return power_chart(study["power"])


def power_caption(study: StoredStudy) -> str:
    """What was simulated."""
    table = study["power"]
    return (
        f"Probability that a study of so many people, in {int(table['scenarios'].iloc[0])} scenarios, tells "
        f"{table['first'].iloc[0]} from each other method by average overlap: simulated studies with the observed "
        "difference and the observed variances of people, scenarios and cells. In brackets the observed difference."
    )


def trust_sentence(study: StoredStudy) -> str:
    """What speaks against the numbers."""
    found = study["agreement"].verdict
    general = [r.text for r in found.reasons if not r.where and r.sign != "sound"]
    silent = int(found.rows["sign"].isin(SILENT).sum())
    return (
        f"{f'The result {listed(general)}' if general else 'Nothing speaks against the intervals'}. "
        f"{number(silent)} of {counted(len(found.rows), 'estimate')} can't be told from a random order (○)."
    )
