"""Captions, tables and choices of the pages on alignment with countries and demographic groups: stored results as text."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from valuestats.alignment.figures import country_chart
from valuestats.base.labels import listed, number, readable
from valuestats.ingest.surveys.answer_options import is_pseudo_country
from valuestats.reporting import md, setup, show, show_table
from valuestats.reporting.sections import heading, paragraph, show_figure, show_table_as
from valuestats.reporting.stored_study import StoredStudy
from valuestats.results.phrases import interval
from valuestats.results.result import Result
from valuestats.results.untested import with_intervals
from valuestats.similarity.figures import question_chart, similarity_chart
from valuestats.similarity.matrix_figure import similarity_matrix_chart
from valuestats.similarity.question_explorer import question_picker
from valuestats.similarity.tables import similarity_contrasts, similarity_table
from valuestats.similarity.world_map import off_the_map, place_on_map, world_chart

__all__ = [
    "OnTheMap",
    "StoredStudy",
    "between_caption",
    "ceiling_caption",
    "country_chart",
    "dot_plot_caption",
    "dot_plot_frame",
    "group_table",
    "groups_caption",
    "groups_title",
    "heading",
    "map_absent_sentence",
    "matrix_caption",
    "md",
    "on_the_map",
    "paragraph",
    "people_on_the_map",
    "question_chart",
    "question_picker",
    "questions_caption",
    "recovery_sentence",
    "representation_caption",
    "setup",
    "show",
    "show_figure",
    "show_table",
    "show_table_as",
    "similarity_chart",
    "similarity_contrasts",
    "similarity_matrix_chart",
    "similarity_table",
    "spread_caption",
    "steering_caption",
    "stereotype_caption",
    "variety_caption",
    "warnings_of",
    "world_chart",
]

LEAST = 8
"""Fewest questions on which a country is put on the map."""
_NAMED = 8
"""Names of countries that a page lists; of more it says how many."""


def between_caption(result: Result, *, what: str = "country") -> str:
    """How many similarities stand above chance and above other people, in words."""
    frame = result.estimates
    above = int((frame["lower"] > frame["baseline"]).sum())
    beyond = int((frame["lower"] > frame["ceiling"]).sum())
    tested = int(frame["lower"].notna().sum())
    conditioned = result.meta["specification"].get("conditioned")
    whose = (
        f"each model, answering for a {what}, to that {what}'s people"
        if conditioned
        else f"each model to each {what}'s people"
    )
    return (
        f"Similarity of {whose}, "
        f"{with_intervals(frame, 'over questions')}. {above} of {tested} tested lie above uniform answers (triangles, "
        f"chance) with their whole interval, {beyond} above the mean similarity of other people (diamonds)."
    )


def groups_title(result: Result) -> str:
    """What the groups are made by, as the call named it."""
    return f"Groups by {listed([readable(name) for name in result.meta['specification']['by']])}"


def groups_caption(result: Result) -> str:
    """Where models stand between chance and the noise ceiling on demographic groups."""
    frame = result.estimates
    signs = result.verdict.rows.get("answers", result.verdict.rows["sign"])
    tested = frame["lower"].notna() & (signs != "untested").to_numpy()
    above = int((tested & (frame["lower"] > frame["baseline"])).sum())
    against = (
        f"{above} of {int(tested.sum())} tested lie above uniform answers with their whole interval"
        if tested.any()
        else "None could be tested against uniform answers"
    )
    reach = int((frame["upper"] >= frame["noise_ceiling"]).sum())
    known = int((frame["noise_ceiling"].notna() & frame["upper"].notna()).sum())
    fixed = result.meta["specification"].get("questions") == "fixed"
    over = "over people and answers, on these questions alone" if fixed else "over questions and people"
    low, high = _ends(frame["noise_ceiling"].dropna())
    whose = (
        "of answers given for the group itself, " if result.meta["specification"].get("conditioned") else ""
    )
    return (
        f"Similarity to demographic groups, {whose}a panel per model, {with_intervals(frame, over)}. {against}; "
        f"{reach} of {known} intervals reach "
        f"the noise ceiling of {low} to {high}, what a model that gives the true shares would show against this sample."
    )


def steering_caption(result: Result) -> str:
    """How often naming a group changes the answers towards it, and more than naming another does."""
    frame = result.estimates
    own, specific = (frame[frame["quantity"] == q] for q in ("own", "specific"))
    parts = []
    if len(own):
        parts.append(f"closer to the group than default answers in {_clear(own)} of {len(own)} cases")
    if len(specific):
        parts.append(
            f"closer than answers under the name of another group in {_clear(specific)} of {len(specific)}"
        )
    return (
        f"What naming the group does to the similarity to it, in panels by quantity, {with_intervals(frame)}: "
        f"{listed(parts)} (interval above zero)."
    )


def stereotype_caption(result: Result) -> str:
    """How often differences are exaggerated or flattened, and answers less varied."""
    frame = result.estimates
    slope, spread = (frame[frame["quantity"] == q] for q in ("exaggeration", "variance ratio"))
    if slope.empty:
        return f"Variety of the answers given for a group, relative to the group's own (1), {with_intervals(frame)}."
    above, below = int((slope["lower"] > 1).sum()), int((slope["upper"] < 1).sum())
    narrow = int((spread["upper"] < 1).sum())
    return (
        f"Answers given for a group against the group's own answers (grey ticks), {with_intervals(frame)}. Differences "
        f"between groups are exaggerated in {above} of {len(slope)} cases and flattened in {below}; the answers are less "
        f"varied than the group's in {narrow} of {len(spread)}."
    )


def variety_caption(result: Result) -> str:
    """Which models make groups too alike, and which make people within them so."""
    frame = result.estimates
    parts = []
    for quantity in ("between groups", "within groups"):
        rows = frame[frame["quantity"] == quantity]
        low = list(rows.loc[rows["upper"] < 1, "model"].astype(str))
        high = list(rows.loc[rows["lower"] > 1, "model"].astype(str))
        parts.append(
            f"{quantity}, {listed(low) or 'no model'} gives too little and {listed(high) or 'no model'} too much"
        )
    return (
        f"Variance of the models' answers over the people's (1), {with_intervals(frame)}: {'; '.join(parts)}."
    )


def representation_caption(result: Result) -> str:
    """How far default answers and answers on request stand from the groups."""
    frame = result.estimates
    means = frame.groupby("quantity")["estimate"].mean()
    parts = [f"{q} {means[q]:.3f}" for q in ("representativeness", "steerability") if q in means.index]
    return (
        f"The measures of OpinionQA (1 − Wasserstein distance on ordered options) {with_intervals(frame)}; grey ticks are "
        f"uniform answers, and 0 for the gain. Means over models and groups: {listed(parts)}."
    )


def ceiling_caption(result: Result) -> str:
    """What the sample of people itself allows."""
    frame = result.estimates
    best = frame[frame["quantity"] == "perfect model"]
    low, high = _ends(best["estimate"])
    others = frame.loc[frame["quantity"] == "other groups", "estimate"]
    tail = f", where people of other groups reach {others.mean():.3f} on average" if len(others) else ""
    return (
        f"How similar people of a group are to themselves: a model that gave the true shares would reach {low} to {high} "
        f"against this sample{tail}."
    )


def recovery_sentence(table: pd.DataFrame) -> str:
    """How often intervals on demographic groups hold the stated truth."""
    parts = [
        f"{row['coverage']:.0%} of {number(row['n'])} for the {row['quantity']} (r = {row['correlation']:.2f})"
        for _, row in table.iterrows()
    ]
    return f"Intervals that claim {table['level'].iloc[0]:.0%} hold the stated truth in {listed(parts)}."


def matrix_caption(matrix: pd.DataFrame) -> str:
    """The most and the least similar pair of countries."""
    pairs = matrix[matrix["place"] < matrix["other_place"]].sort_values("similarity")
    low, high = pairs.iloc[0], pairs.iloc[-1]
    return (
        "Similarity between groups of people, in the order of an average-linkage clustering. Most alike are "
        f"{high['group']} and {high['other']} ({high['similarity']:.3f}), least {low['group']} and {low['other']} "
        f"({low['similarity']:.3f}); any two share at least {number(pairs['n_questions'].min())} questions."
    )


def questions_caption(extremes: pd.DataFrame) -> str:
    """What the explorer holds, and its ends."""
    ordered = extremes.drop_duplicates(["model", "group", "question"]).sort_values("similarity")
    low, high = ordered.iloc[0], ordered.iloc[-1]
    return (
        f"The model's and the people's distributions over the options of single questions, by identifier and position. The "
        f"lists hold {number(len(ordered))} of the least and most similar; shown first are {low['model']} for "
        f"{low['group']} ({low['similarity']:.3f}) and {high['model']} for {high['group']} ({high['similarity']:.3f})."
    )


def spread_caption(questions: pd.DataFrame, result: Result) -> str:
    """The spread over questions beside the spread over models."""
    spread = questions.groupby("model", observed=True)["similarity"].std().mean()
    between = result.estimates.groupby("model")["estimate"].mean()
    return (
        f"Similarity question by question. Its standard deviation over questions is {spread:.3f} on average, where the "
        f"means of the models lie {between.max() - between.min():.3f} apart: this is why the intervals resample questions."
    )


@dataclass(frozen=True)
class OnTheMap:
    """What a map of one model's similarities shows.

    Attributes
    ----------
    frame
        Countries with a place, one row each.
    absent
        Groups without a place.
    few
        Countries left out because fewer than `least` questions are shared.
    """

    frame: pd.DataFrame
    absent: list[str]
    few: list[str]
    least: int = LEAST

    def said(self) -> str:
        """What is not on the map, by name."""
        parts = []
        if self.few:
            parts.append(
                f"Left out with fewer than {self.least} shared questions: {number(len(self.few))} countries "
                f"({', '.join(self.few[:_NAMED])}{', …' if len(self.few) > _NAMED else ''})."
            )
        if self.absent:
            parts.append(
                f"Without a place on the map (special samples, small places): {number(len(self.absent))} "
                f"({', '.join(self.absent[:_NAMED])}{', …' if len(self.absent) > _NAMED else ''})."
            )
        return " ".join(parts)

    def caption(self) -> str:
        """The ends of the scale."""
        ordered = self.frame.sort_values("estimate")
        low, high = ordered.iloc[0], ordered.iloc[-1]
        return (
            f"{high['model']}: similarity to the people of {number(len(ordered))} countries on "
            f"{_span(ordered['n_scored'])} shared questions, highest for {high['group']} ({interval(high, 3)}), lowest "
            f"for {low['group']} ({interval(low, 3)})."
        )


def on_the_map(result: Result, model: str, *, least: int = LEAST) -> OnTheMap | None:
    """One model's similarities to the countries that a map can show; None where fewer than two can be.

    Where two groups stand for one country, the one with more questions is taken.
    """
    frame = result.estimates[result.estimates["model"].astype(str) == model]
    return _placed(frame.dropna(subset="estimate"), least)


def people_on_the_map(between: pd.DataFrame, group: str, *, least: int = LEAST) -> OnTheMap | None:
    """Every country's similarity to the people of one country, from `group_similarity`; None where none can be shown."""
    rows = between[(between["group"].astype(str) == group) & (between["other"].astype(str) != group)]
    frame = pd.DataFrame(
        {
            "model": f"People of {group}",
            "group": rows["other"].astype(str),
            "estimate": rows["similarity"],
            "lower": float("nan"),
            "upper": float("nan"),
            "n_scored": rows["n_questions"],
        }
    )
    return _placed(frame, least)


def _placed(frame: pd.DataFrame, least: int) -> OnTheMap | None:
    absent = off_the_map(frame["group"])
    placed = frame[~frame["group"].astype(str).isin(absent)]
    enough = placed[placed["n_scored"] >= least].sort_values("n_scored", ascending=False)
    places = enough["group"].map(lambda g: place_on_map(str(g)))
    shown = enough[~places.duplicated().to_numpy()].sort_values("group", ignore_index=True)
    if len(shown) < 2:
        return None
    few = sorted(map(str, placed.loc[placed["n_scored"] < least, "group"]))
    return OnTheMap(shown, absent, few, least)


def map_absent_sentence(result: Result) -> str:
    """Why there is no map."""
    names = off_the_map(result.estimates["group"])
    shown = listed(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
    return f"No map is drawn: {shown} have no place on a map of the world."


def dot_plot_frame(result: Result, model: str, *, least: int = LEAST, ends: int = 15) -> pd.DataFrame:
    """The countries most and least similar to one model, special samples and short comparisons left out."""
    frame = result.estimates
    enough = (frame["n_scored"] >= least) & frame["estimate"].notna()
    chosen = frame[(frame["model"].astype(str) == model) & enough]
    chosen = chosen[~chosen["group"].astype(str).map(is_pseudo_country)]
    ordered = chosen.sort_values("estimate", ascending=False, ignore_index=True)
    if len(ordered) <= 2 * ends:
        return ordered
    return pd.concat([ordered.head(ends), ordered.tail(ends)], ignore_index=True)


def dot_plot_caption(frame: pd.DataFrame) -> str:
    """Whether the first and the last country can be told apart."""
    ordered = frame.sort_values("estimate")
    low, high = ordered.iloc[0], ordered.iloc[-1]
    apart = "do not overlap" if low["upper"] < high["lower"] else "overlap"
    if pd.isna(low["upper"]) or pd.isna(high["lower"]):
        apart = "are not there, so the two were not tested"
    drawn = with_intervals(frame, f"over {_span(frame['n_scored'])} questions")
    above = int((frame["lower"] > frame["baseline"]).sum())
    return (
        f"{high['model']}: {number(len(frame))} countries beside one and the same set of answers, "
        f"{drawn}, uniform answers and other people. The intervals of the first and the last {apart}; {above} lie above "
        "uniform answers with their whole interval."
    )


def group_table(result: Result) -> pd.DataFrame:
    """One row per model and demographic group: similarity between chance, other groups and the noise ceiling."""
    frame = result.estimates.sort_values(["group", "estimate"], ascending=[True, False])
    return pd.DataFrame(
        {
            "Group": frame["group"].astype(str),
            "Model": frame["model"].astype(str),
            "Similarity [95%]": [interval(row, 3) for _, row in frame.iterrows()],
            "Uniform": [_text(x) for x in frame["baseline"]],
            "Other groups": [_text(x) for x in frame["ceiling"]],
            "Ceiling": [_text(x) for x in frame["noise_ceiling"]],
            "Scored": [f"{s:,.0f} of {a:,.0f}" for s, a in frame[["n_scored", "n_asked"]].to_numpy()],
        }
    )


def warnings_of(study: StoredStudy, steps: list[str]) -> str:
    """What a reader of several results must know, each thing once, as a list that is inert."""
    from valuestats.reporting.markdown import remarks

    return remarks(w for step in steps if step in study for w in study[step].meta["warnings"])


def _clear(frame: pd.DataFrame) -> int:
    return int((frame["lower"] > 0).sum())


def _span(counts: pd.Series) -> str:
    low, high = int(counts.min()), int(counts.max())
    return number(low) if low == high else f"{number(low)} to {number(high)}"


def _ends(values: pd.Series) -> tuple[str, str]:
    return f"{values.min():.3f}", f"{values.max():.3f}"


def _text(value: float) -> str:
    return "–" if pd.isna(value) else f"{value:.3f}".replace("-", "−")
