"""What the comparison of models shows, of any study that has scores of models or an ordinal model."""

from __future__ import annotations

import pandas as pd

from valuestats.base.labels import listed, number, readable
from valuestats.keying.correlation_figures import correlation_chart, key_chart
from valuestats.pages.model_sections import answers, ordinal, ordinal_of, said, scores, scores_of
from valuestats.pages.parts import absent, at_a_glance, made, required, step_of
from valuestats.reporting import md, setup
from valuestats.reporting.sections import heading, paragraph, show_figure
from valuestats.reporting.stored_study import StoredStudy

__all__ = ["StoredStudy", "key_sentence", "md", "sections", "setup"]

KEY_VERBS = ("keys", "key_frame", "select_keys", "instrument_keys")


def key_sentence(keyed: pd.DataFrame, chance: pd.DataFrame, family: str) -> str:
    """How many keys were found, how many chance would give, and where the two do not differ."""
    in_all = chance[(chance["family"] == family) & (chance["dimension"] == "(all)")].iloc[0]
    found = keyed[keyed["family"] == family]
    per_value = found["dimension"].value_counts()
    each = chance[(chance["family"] == family) & (chance["dimension"] != "(all)")].set_index("dimension")
    counts = per_value.reindex(each.index).fillna(0)
    weak = [readable(d) for d in each.index if counts[d] <= each.loc[d, "upper"]]
    tail = (
        f"for {listed(weak)} the number of keys is within what chance gives"
        if weak
        else "every value has more keys than chance gives"
    )
    bound = threshold_of(chance)
    return (
        f"{number(len(found))} item-value pairs pass r > {bound} where {in_all['expected']:.0f} "
        f"[{in_all['lower']:.0f}, {in_all['upper']:.0f}] would pass if ratings and values were unrelated; {tail}."
    )


def threshold_of(chance: pd.DataFrame) -> str:
    """The bound that keys were held against, as it is printed."""
    bound = float(chance["threshold"].iloc[0]) if "threshold" in chance.columns else 0.30
    return f"{bound:.2f}".lstrip("0")


def _keys(study: StoredStudy, family: str | None) -> tuple[str, str] | None:
    """The keys and their number by chance, where the study has both for this family."""
    keyed, chance = keys_of(study, family), step_of(study, verbs=("chance_keys",), usual=("chance",))
    if keyed is None or chance is None or family not in set(study[chance]["family"]):
        return None
    return keyed, chance


def keys_of(study: StoredStudy, family: str | None) -> str | None:
    """The step with the keys of a family: made by a verb of keys, or a table that was read."""
    found = [s for s, told in study.manifest["steps"].items() if told["verb"] in (*KEY_VERBS, "read_table")]
    for step in sorted(found, key=lambda s: s != "keys"):
        columns = set(study[step].columns)
        if {"item", "family", "dimension", "sign"} <= columns and family in set(study[step]["family"]):
            return step
    return None


def sections(study: StoredStudy) -> None:
    """The page: what can be said first, then where it comes from."""
    scored, modelled = scores_of(study), ordinal_of(study)
    lead = required(
        study,
        "model_comparison",
        "scores of models or an ordinal model of their answers",
        "score or value_profile",
        scored or modelled,
    )
    heading("What can be said", "sec-said")
    said(study, lead)
    family = None if scored is None else study[scored].meta["specification"].get("family")
    both = _keys(study, family)
    lines = {
        "Answers": study.status_sentence() if study.asked else "",
        "Keys": key_sentence(study[both[0]], study[both[1]], str(family)) if both else "",
        "Scores": study[scored].sentence() if scored else "",
        "Ordinal model": study[modelled].sentence() if modelled else "",
    }
    at_a_glance(study, lines)
    heading("The answers", "sec-answers")
    if study.asked:
        answers(study)
    else:
        absent("raw answers", "read_responses")
    heading("Which items speak to which values", "sec-keys")
    _key_section(study, both, str(family))
    heading("Scores", "sec-scores")
    if scored:
        scores(study, scored)
    else:
        absent("scores of models", "score")
    heading("Bayesian ordinal model", "sec-ordinal")
    if modelled:
        ordinal(study, modelled)
    else:
        absent("ordinal model of the answers", "value_profile")
    heading("How this was made", "sec-made")
    related = step_of(study, kinds=("item_values",), usual=("correlations",))
    made(study, [s for s in (scored, related, modelled) if s])


def _key_section(study: StoredStudy, both: tuple[str, str] | None, family: str) -> None:
    related = step_of(study, kinds=("item_values",), usual=("correlations",))
    if related is None:
        absent("ratings of the items by people", "item_values and keys")
        return
    bound = threshold_of(study[both[1]]) if both else None
    paragraph(
        "An item is keyed to a value when people's ratings of the item go together with their own standing on the value"
        + (f", by a correlation of more than {bound}. " if bound else ". ")
        + study[related].sentence()
    )
    show_figure(
        correlation_chart(study[related], threshold=float(bound) if bound else 0.30),
        "fig-correlations",
        "Distribution of all item-value correlations; the dashed line is "
        + ("the threshold of the keys." if bound else "a correlation of .30."),
        "Histogram of correlations with a dashed line.",
    )
    if both is None:
        absent("keys held against their number by chance", "keys and chance_keys")
        return
    show_figure(
        key_chart(study[both[0]], study[both[1]], family=family),
        "fig-keys",
        "Items keyed to each value (dots) against what chance would key: mean (tick) and 95% range (bar) over "
        "permutations of raters within groups. A dot inside its bar is a value whose keys are no more than chance would "
        "give; scores on it should not be read as measurements.",
        "For each value a dot with the number of keyed items and a bar with the range expected by chance.",
    )
