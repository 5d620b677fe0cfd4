"""What the comparison of models shows."""

from __future__ import annotations

from valuestats.base.labels import listed, number, readable
from valuestats.figures.profiles import heat_caption, heat_chart, interval_chart, profile_chart
from valuestats.figures.statuses import status_chart
from valuestats.keying.correlation_figures import correlation_chart, key_chart
from valuestats.pages.decision import decision_caption, decision_chart, decision_sentence
from valuestats.pages.ordinal_parts import condition_table, predictive_frame, rank_caption, rank_figure
from valuestats.regression.figures import predictive_chart
from valuestats.reporting import md, setup, show, show_table
from valuestats.reporting.stored_study import StoredStudy
from valuestats.results.tables import mean_table, profile_table, verdict_table

__all__ = [
    "StoredStudy",
    "condition_table",
    "correlation_chart",
    "decision_caption",
    "decision_chart",
    "decision_sentence",
    "heat_caption",
    "heat_chart",
    "interval_chart",
    "key_chart",
    "key_sentence",
    "md",
    "mean_table",
    "predictive_chart",
    "predictive_frame",
    "profile_chart",
    "profile_table",
    "rank_caption",
    "rank_figure",
    "setup",
    "show",
    "show_table",
    "status_chart",
    "verdict_table",
]


def key_sentence(study: StoredStudy, family: str = "pvq") -> str:
    """How many keys were found, how many chance would give, and where the two do not differ."""
    chance, keyed = study["chance"], study["keys"]
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
    return (
        f"{number(len(found))} item-value pairs pass r > .30 where {in_all['expected']:.0f} "
        f"[{in_all['lower']:.0f}, {in_all['upper']:.0f}] would pass if ratings and values were unrelated; {tail}."
    )
