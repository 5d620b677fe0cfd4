"""Sentences, figures and tables of the page: stored results as text."""

from __future__ import annotations

import altair as alt
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.base.labels import capitalised, counted, listed, minus, number
from valuestats.figures.intervals import interval_rows
from valuestats.informing.selection import ALL, CHOSEN, ELSEWHERE, GAIN, INFLATION
from valuestats.reporting import md, setup, show, show_table
from valuestats.reporting.stored_study import StoredStudy
from valuestats.results.phrases import interval
from valuestats.systems.adaem.comparison import CENTRED, RAW

__all__ = [
    "StoredStudy",
    "audit_sentence",
    "component_sentence",
    "component_table",
    "fold_chart",
    "fold_sentence",
    "glance_sentence",
    "item_table",
    "kind_sentence",
    "md",
    "order_table",
    "orders_sentence",
    "profile_chart",
    "published_table",
    "selection_figure",
    "setup",
    "show",
    "show_table",
]


def _minus(text: str) -> str:
    return minus(text.replace("-0.00", "0.00"))


def glance_sentence(study: StoredStudy) -> str:
    """What the most informative items show where they were chosen, and in other models."""
    few = {str(r["quantity"]): r for _, r in study["selection_few"].estimates.iterrows()}
    spec = study["selection_few"].meta["specification"]
    inside, outside, every, gain = (few[k] for k in (CHOSEN, ELSEWHERE, ALL, GAIN))
    lost = few[INFLATION]["estimate"] / inside["estimate"]
    verdict = "more than" if gain["lower"] > 0 else "no more for certain than"
    simulated = any(d.startswith("choices:") for d in study.manifest["deviations"])
    source = "simulated choices" if simulated else "LitmusValues' raw choices"
    return (
        f"**Items picked because models differ on them differ less in other models.** On {source} the "
        f"{spec['size']} pairs of values that tell one half of {counted(int(inside['n_units']), 'model')} apart "
        "best are worth "
        f"{interval(inside)} bits there and {interval(outside)} bits in the other half, {verdict} the "
        f"{every['estimate']:.2f} "
        f"bits of any pair: {lost:.0%} of the difference was made by looking for it."
    )


def selection_figure(study: StoredStudy) -> Figure:
    """What chosen items are worth where they were chosen and elsewhere, for two sizes."""
    parts = []
    for step in ("selection_few", "selection"):
        frame = study[step].estimates
        size = study[step].meta["specification"]["size"]
        kept = frame[frame["quantity"].isin((CHOSEN, ELSEWHERE, ALL))]
        parts.append(
            kept.assign(series=f"best {size}", row=kept["quantity"].map(capitalised, na_action="ignore"))
        )
    order = [capitalised(k) for k in (CHOSEN, ELSEWHERE, ALL)]
    return interval_rows(
        pd.concat(parts, ignore_index=True),
        order=order,
        title="Mean informativeness of the items (bits)",
        zero=True,
        width=400,
    )


def item_table(study: StoredStudy, most: int = 10) -> pd.DataFrame:
    """The items that tell most, with what few answers alone would have made of them."""
    frame = study["information"].estimates.sort_values("estimate", ascending=False).head(most)
    plain = study["disagreement"].estimates.set_index("item")
    chosen = {r["item"]: r["chosen"] for r in study["selection"].meta["items"]}
    return pd.DataFrame(
        {
            "Pair of values": frame["item"].astype(str).to_list(),
            "Uncorrected": [f"{x:.2f}" for x in frame["plugin"]],
            "Corrected, bits": [interval(row) for _, row in frame.iterrows()],
            "Excess disagreement": [interval(plain.loc[i]) for i in frame["item"]],
            "Chosen in": [f"{chosen[i]:.0%}" if i in chosen else "–" for i in frame["item"].astype(str)],
        }
    )


def component_sentence(study: StoredStudy) -> str:
    """How much one level of answering holds, and what is left about each model's mean."""
    raw, own = study["components"].set_index("scores").loc[[RAW, CENTRED]].to_dict("records")
    alpha = study["alpha"].estimates.iloc[0]
    profiles = study["profiles"].sort_values("centred", ascending=False)
    full = profiles[profiles["above"] == 1]["item"].tolist()
    none = profiles[profiles["above"] == 0]["item"].tolist()
    return (
        f"One component holds {raw['estimate']:.0%} [{raw['lower']:.0%}, {raw['upper']:.0%}] of the variance between the "
        f"{counted(int(raw['n_units']), 'model')} on the leaderboard (chance {raw['baseline']:.0%}), "
        f"{'all' if raw['same_sign'] == 1 else format(raw['same_sign'], '.0%') + ' of the'} values with one sign: "
        "models that "
        "score high do so on power and on benevolence alike (alpha over the ten values, which theory sets "
        "against each other, "
        f"{interval(alpha)}). That is a level of answering, and no value; without {raw['influential']}, which "
        "stands furthest from the others, "
        f"it holds {raw['without']:.0%}. About each model's own mean it holds "
        f"{own['estimate']:.0%} [{own['lower']:.0%}, {own['upper']:.0%}] (chance {own['baseline']:.0%}); there "
        f"{listed(full) if full else 'no value'} {'stands' if len(full) == 1 else 'stand'} above the mean in "
        "every model and "
        f"{listed(none) if none else 'none'} in none."
    )


def component_table(study: StoredStudy) -> pd.DataFrame:
    """Profiles as printed and about each model's mean."""
    frame = study["profiles"].sort_values("centred", ascending=False)
    return pd.DataFrame(
        {
            "Value": frame["item"].astype(str).to_list(),
            "Mean": [f"{x:.1f}" for x in frame["mean"]],
            "SD over models": [f"{x:.1f}" for x in frame["spread"]],
            "About the own mean": [_minus(f"{x:+.1f}") for x in frame["centred"]],
            "SD about it": [f"{x:.1f}" for x in frame["spread_centred"]],
            "Models above it": [f"{x:.0%}" for x in frame["above"]],
        }
    )


def profile_chart(study: StoredStudy) -> Figure:
    """Scores about each model's own mean, a dot per model, beside the scores as printed."""
    scores = study["scores"].rename(columns={"respondent": "model", "item": "value", "rating": "score"})
    own = scores["score"] - scores.groupby("model")["score"].transform("mean")
    order = study["profiles"].sort_values("centred", ascending=False)["item"].tolist()
    frame = pd.concat(
        [
            scores.assign(kind="as printed"),
            scores.assign(score=own, kind="about the model's own mean"),
        ],
        ignore_index=True,
    )
    y = alt.Y("value:N", sort=order, title=None)
    panels = []
    for kind in ("as printed", "about the model's own mean"):
        base = alt.Chart(frame[frame["kind"] == kind])
        dots = base.mark_tick(thickness=1.5, size=12).encode(
            x=alt.X("score:Q", title=f"Score {kind}", scale=alt.Scale(zero=False)),
            y=y,
            tooltip=["model:N", "value:N", alt.Tooltip("score:Q", format=".1f")],
        )
        panels.append(dots.properties(width=430, height=alt.Step(17)))
    return alt.vconcat(*panels)


def _scales(study: StoredStudy) -> pd.DataFrame:
    frame = study["fold_alpha"].estimates
    return frame.assign(row=frame["scale"].astype(str)).sort_values("estimate", ascending=False)


def fold_sentence(study: StoredStudy) -> str:
    """Reliability over five folds of the stand-in's items, value by value, beside the published one."""
    frame = _scales(study)
    told = study["comparison"].set_index("quantity").loc["alpha over five folds", "published"]
    reach = int((frame["upper"] >= told).sum())
    high, low = frame.iloc[0], frame.iloc[-1]
    return (
        f"The paper reports an alpha of {told:.2f} over five folds of its questions. On the stand-in five random "
        "folds of the "
        f"pairs give a median of {frame['estimate'].median():.2f} over {counted(len(frame), 'value')}, from {interval(low)} "
        f"({low['row']}) to {interval(high)} ({high['row']}); the intervals of {number(reach)} reach {told:.2f}. "
        "One alpha for all "
        "values hides that some of them are measured far less well than others."
    )


def fold_chart(study: StoredStudy) -> Figure:
    """Alpha over five folds, value by value."""
    frame = _scales(study)
    return interval_rows(
        frame.assign(series="all"),
        order=frame["row"].tolist(),
        title="Alpha over five folds of the pairs",
        zero=False,
        width=430,
    )


def kind_sentence(study: StoredStudy) -> str:
    """Which coefficient the heat map shows."""
    table = study["kind"]
    cells, plain, own = (int(table[k].sum()) for k in ("cells", "on_grid", "on_own_grid"))
    verdict = (
        "they are Spearman's rank correlations"
        if own == cells
        else f"{number(cells - own)} of them are no rank correlations of ten values"
    )
    tied = int(table["tied_models"].max())
    return (
        f"The heat map is named a cosine similarity, but its {number(cells)} numbers say otherwise: "
        f"{number(plain)} lie on the "
        f"grid of steps of 2/165 that rank correlations of ten values without ties have, {number(own)} once the "
        f"{counted(tied, 'model')} whose printed scores tie {'is' if tied == 1 else 'are'} allowed for, so that "
        f"{verdict}. They go "
        f"down to {table['lowest'].min():.2f}, while the least cosine of any two models' scores is "
        f"{table['lowest_cosine'].min():.2f}: a cosine of positive scores hardly tells profiles apart. As ten "
        "ranks are behind "
        "each, a coefficient below 0.65 is within chance at 5%."
    )


def audit_sentence(study: StoredStudy) -> str:
    """What the general audit finds in the printed scores."""
    return str(study["audit"].sentence())


def orders_sentence(study: StoredStudy) -> str:
    """How far the order of the games alone moves a rating, beside the errors of the fit to all at once."""
    table = study["orders"]
    first, top = table.iloc[0], table.loc[table["top"].idxmax()]
    width = table["place_upper"] - table["place_lower"] + 1
    best = interval(first.rename({"strength": "estimate"}), signed=True)
    return (
        f"A rating that takes games one after another (Elo here; TrueSkill does the same) depends on their order: over "
        f"1,000 orders of the same choices a value holds {width.mean():.1f} places on average, and "
        f"{top['option']} comes first in "
        f"{top['top']:.0%} of the orders. The fit to all choices at once has no order: {first['option']} comes first with "
        f"{best} logits, models as clusters."
    )


def order_table(study: StoredStudy) -> pd.DataFrame:
    """Fit to all at once beside ratings in sequence."""
    table = study["orders"]
    return pd.DataFrame(
        {
            "Value": table["option"].astype(str).to_list(),
            "Place": table["place"].astype(str).to_list(),
            "Strength": [
                interval(
                    pd.Series({"estimate": r["strength"], "lower": r["lower"], "upper": r["upper"]}),
                    signed=True,
                )
                for _, r in table.iterrows()
            ],
            "Rating": [number(x) for x in table["rating"]],
            "SD of orders": [f"{x:.1f}" for x in table["sd_of_orders"]],
            "Places over orders": [
                f"{a:.0f} to {b:.0f}" for a, b in zip(table["place_lower"], table["place_upper"], strict=True)
            ],
        }
    )


def published_table(study: StoredStudy) -> pd.DataFrame:
    """Published | Recomputed | Corrected."""
    table = study["comparison"]

    def text(x: float) -> str:
        return "–" if pd.isna(x) else (f"{x:,.0f}" if float(x).is_integer() else f"{x:.4f}")

    return pd.DataFrame(
        {
            "Quantity": table["quantity"].map(capitalised, na_action="ignore"),
            "Of": table["group"],
            "Published": table["published"].map(text),
            "Recomputed": table["recomputed"].map(text),
            "Verdict": table["verdict"],
            "Corrected": "–",
            "Why": table["explanation"].map(capitalised, na_action="ignore"),
        }
    )
