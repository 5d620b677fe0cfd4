"""Tables and sentences of pages that hold keys against other rules and other raters."""

from __future__ import annotations

import pandas as pd

from valuestats.base.labels import CIRCLE, counted, listed, number, readable
from valuestats.reporting.stored_study import StoredStudy
from valuestats.results.phrases import interval

STEPS = {
    "keys": "r > .30",
    "keys_stable": "80% of halves",
    "keys_fdr": "FDR .05",
    "keys_posterior": "posterior",
}
"""Steps of the study that hold keys, and the rules as they are printed."""

SCORES = {"signed": "both signs", "stable": "80% of halves", "fdr": "FDR .05", "posterior": "posterior"}

_LEAVING = {
    "signed": "adding negative keys, reversed,",
    "stable": "keeping only keys that 80% of halves make again",
    "fdr": "the false-discovery rule",
    "posterior": "the posterior rule",
}


def survival_table(study: StoredStudy, family: str = "pvq") -> pd.DataFrame:
    """Keys per value under each rule, beside the number that chance would key by the first."""
    chance = study["chance"]
    expected = chance[chance["family"] == family].set_index("dimension")["expected"]
    counts = {name: _of(study[step], family)["dimension"].value_counts() for step, name in STEPS.items()}
    values = [v for v in CIRCLE if v in expected.index] or [d for d in expected.index if d != "(all)"]
    rows = []
    for value in [*values, "(all)"]:
        found = [c.sum() if value == "(all)" else c.get(value, 0) for c in counts.values()]
        name = "All" if value == "(all)" else readable(value)
        rows.append((name, number(found[0]), f"{expected[value]:.1f}", *map(number, found[1:])))
    first, *others = counts
    return pd.DataFrame(rows, columns=["Value", first, "By chance", *others])


def survival_sentence(study: StoredStudy, family: str = "pvq") -> str:
    """How many keys each rule leaves, and the false-key rate of the first."""
    chance = study["chance"].set_index(["family", "dimension"])
    expected = chance.loc[(family, "(all)")]
    counts = {step: int((study[step]["family"] == family).sum()) for step in STEPS}
    shares = [min(expected[k] / counts["keys"], 1.0) for k in ("expected", "lower", "upper")]
    several = _of(study["keys_items"], family)
    return (
        f"Of {number(counts['keys'])} keys by r > .30, {shares[0]:.0%} [{shares[1]:.0%}, {shares[2]:.0%}] would be expected "
        f"if ratings and values were unrelated (raters permuted within their group). {number(counts['keys_stable'])} are "
        f"made again in at least 80% of random halves of the raters, {number(counts['keys_fdr'])} pass a false-discovery "
        f"rate of 5% over all pairs of the family, and {number(counts['keys_posterior'])} have a true correlation that is "
        f"more likely than not above .30. {number(several['several'].sum())} of the {number(len(several))} keyed items are "
        "keyed to more than one value, so that the same answers count in several scores."
    )


def several_table(study: StoredStudy, family: str = "pvq", rows: int = 12) -> pd.DataFrame:
    """Items keyed to most values, those first."""
    items = _of(study["keys_items"].query("several"), family).head(rows)
    names = [", ".join(readable(d) for d in text.split(", ")) for text in items["dimensions"]]
    return pd.DataFrame({"Item": items["item"], "Keyed to": names, "Values": items["n_keys"].map(number)})


def validity_table(study: StoredStudy, family: str = "pvq") -> pd.DataFrame:
    """Keys by r > .30 where they were made and where they were held out, by value."""
    halves, folds = (_by_threshold(study[step].estimates, family) for step in ("validity", "validity_folds"))
    values = [v for v in (*CIRCLE, "(all)") if v in halves.index] or list(halves.index)
    rows = []
    for value in values:
        half, fifth = halves.loc[[value]].iloc[0], folds.loc[[value]].iloc[0]
        stepped = float(half["spearman_brown"])
        rows.append(
            (
                "All" if value == "(all)" else readable(value),
                f"{float(half['in_sample']):.2f}",
                interval(half),
                interval(fifth),
                f"{float(half['kept']):.0%}",
                "–" if pd.isna(stepped) else f"{stepped:.2f}",
            )
        )
    columns = ["Value", "Where made", "Held out, halves", "Held out, fifths", "Kept", "Spearman-Brown"]
    return pd.DataFrame(rows, columns=columns)


def _of(frame: pd.DataFrame, family: str) -> pd.DataFrame:
    return frame[frame["family"] == family]


def _by_threshold(frame: pd.DataFrame, family: str) -> pd.DataFrame:
    return frame[(frame["rule"] == "threshold") & (frame["family"] == family)].set_index("dimension")


def ranking_table(study: StoredStudy) -> pd.DataFrame:
    """Per value and rule: items, agreement of the models' order with that under r > .30, largest move."""
    table = study["rankings"]
    table = table[table["verdict"] != "no keys"]
    order = {value: k for k, value in enumerate(CIRCLE)}
    table = table.sort_values("dimension", key=lambda s: s.map(order), kind="stable")

    def text(value: float, form: str = ".2f") -> str:
        return f"{value:{form}}".replace("-", "−")

    noise = [
        f"{text(r.noise)} [{text(r.noise_lower)}, {text(r.noise_upper)}]".replace(", ", ",\u00a0")
        for r in table.itertuples()
    ]
    moves = [
        f"{model} {text(shift, '+.0f')}"
        for model, shift in zip(table["model"], table["largest_shift"], strict=True)
    ]
    return pd.DataFrame(
        {
            "Value": table["dimension"].map(readable),
            "Rule": table["rule"].map(SCORES),
            "Items": [f"{a} → {b}" for a, b in zip(table["n_items_first"], table["n_items"], strict=True)],
            "τ": table["tau"].map(text),
            "Noise of τ": noise,
            "Largest move": moves,
            "Change": table["verdict"],
        }
    )


def ranking_sentence(study: StoredStudy) -> str:
    """On how many values each rule leaves keys, and on how many it moves the models beyond noise."""
    parts = []
    for rule, part in study["rankings"].groupby("rule", sort=False):
        keyed = part[part["verdict"] != "no keys"]
        beyond = int((keyed["verdict"] == "beyond noise").sum())
        parts.append(
            f"{_LEAVING[str(rule)]} leaves keys for {len(keyed)} of {len(part)} values "
            f"(median τ {keyed['tau'].median():.2f}; {beyond} beyond noise)".replace("τ -", "τ −")
        )
    first = study["rankings"].drop_duplicates("dimension")
    return (
        f"Against the order of the {int(first['n_models'].max())} models under r > .30, {listed(parts)}. Noise is the "
        f"agreement of that order with its own under other draws of queries, median τ {first['noise'].median():.2f}; "
        "a rule with few items changes scores by its few items' own noise as well."
    )


def map_sentence(study: StoredStudy, family: str = "pvq") -> str:
    """What the map of items and values shows."""
    keyed, stable = (_of(study[step], family) for step in ("keys", "keys_stable"))
    top = [readable(v) for v in stable["dimension"].value_counts().index[:2]]
    bare = [readable(v) for v in CIRCLE if v in set(keyed["dimension"]) - set(stable["dimension"])]
    share = len(stable[stable["dimension"].isin(stable["dimension"].value_counts().index[:2])]) / max(
        len(stable), 1
    )
    text = (
        f"{number(len(keyed))} cells are keyed (dots) and {number(len(stable))} of them are made again by at least 80% of "
        f"random halves (diamonds); {share:.0%} of those belong to {listed(top)}"
    )
    return f"{text}; none is left for {listed(bare)}." if bare else f"{text}."


def coefficient_sentence(study: StoredStudy, family: str = "pvq") -> str:
    """What the choice of the coefficient changes in the number of keys."""
    table = study["coefficients"]
    part = table[table["family"] == family].set_index("coefficient")
    first = part.iloc[0]
    told = [
        f"{name} keys {number(row['positive'])} ({number(row['shared'])} of them shared)"
        for name, row in part.iloc[1:].iterrows()
    ]
    steep = table.loc[table["ratio"].idxmax()]
    return (
        f"{part.index[0]}'s correlation keys {number(first['positive'])} items to a value by r > .30; {listed(told)}. "
        f"Correlations of the normal variables behind the categories lie further from zero ({steep['coefficient']} "
        f"{steep['ratio']:.2f} times Spearman's), so that the same threshold keys more by them; their intervals are wider "
        "by as much. Polychoric correlations are for the traits alone, whose scores have nine categories."
    )


def coefficient_table(study: StoredStudy) -> pd.DataFrame:
    """Keys under each coefficient, by family."""
    table = study["coefficients"]
    return pd.DataFrame(
        {
            "Family": table["family"].map(lambda f: readable(str(f))),
            "Coefficient": table["coefficient"],
            "r > .30": table["positive"].map(number),
            "r < −.30": table["negative"].map(number),
            "Shared": table["shared"].map(number),
            "Slope": [f"{x:.2f}" for x in table["ratio"]],
            "Width": [f"{x:.2f}" for x in table["width"]],
        }
    )


def signed_sentence(study: StoredStudy, family: str = "pvq") -> str:
    """How many keys are negative, and what scoring them reversed does to the order of the models."""
    keyed = _of(study["keys_both"], family)
    negative = keyed[keyed["sign"] < 0]
    part = study["rankings"]
    part = part[part["rule"] == "signed"]
    beyond = [readable(str(d)) for d in part.loc[part["verdict"] == "beyond noise", "dimension"]]
    told = f"beyond its noise for {listed(beyond)}" if beyond else "beyond its noise for no value"
    both = set(keyed.loc[keyed["sign"] > 0, "item"]) & set(negative["item"])
    return (
        f"{number(len(negative))} more keys are negative (r < −.30): who is like the response holds the value less. "
        f"{counted(len(both), 'item is', 'items are')} keyed positively to one value and negatively to another. With them a "
        f"score adds the distances to the model's own response level, turned where the key is negative, so that agreeing "
        f"with everything no longer counts for a value; the order of the models changes {told} (median τ "
        f"{part['tau'].median():.2f})."
    )


def _follows_level(study: StoredStudy, step: str) -> pd.Series:
    """Rank correlation over models of each value's scores with the models' response level."""
    style = study["style"].estimates
    level = style[style["style"] == "level"].set_index("model")["estimate"]
    wide = study[step].estimates.pivot(index="model", columns="dimension", values="estimate")
    return wide.corrwith(level.reindex(wide.index), method="spearman")


def signed_table(study: StoredStudy, family: str = "pvq") -> pd.DataFrame:
    """Keys of both signs by value, and the order of the models with both."""
    keyed, table = _of(study["keys_both"], family), study["rankings"]
    signs = keyed.groupby(["dimension", "sign"], observed=True).size().unstack(fill_value=0)
    part = table[table["rule"] == "signed"].set_index("dimension")
    alone, both = _follows_level(study, "scores"), _follows_level(study, "scores_signed")
    rows = []
    for value in [v for v in CIRCLE if v in part.index]:
        row = part.loc[[value]].iloc[0]
        noise = f"{row['noise']:.2f} [{row['noise_lower']:.2f},\u00a0{row['noise_upper']:.2f}]".replace(
            "-", "−"
        )
        counts = [number(signs[s].get(value, 0)) if s in signs.columns else "0" for s in (1, -1)]
        level = [f"{r[value]:.2f}".replace("-", "−") for r in (alone, both)]
        rows.append((readable(value), *counts, f"{row['tau']:.2f}".replace("-", "−"), noise, *level))
    columns = ["Value", "Positive", "Negative", "τ", "Noise of τ", "Level, positive keys", "Level, both"]
    return pd.DataFrame(rows, columns=columns)
