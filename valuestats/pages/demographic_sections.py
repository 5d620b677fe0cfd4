"""The page on alignment with countries and demographic groups, of any study that measures either."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from valuestats.base.figure import Figure
from valuestats.base.labels import readable
from valuestats.pages import demographic_alignment as said
from valuestats.pages.parts import made, required, step_of
from valuestats.reporting import md, setup
from valuestats.reporting.sections import heading, paragraph, show_figure, show_table_as
from valuestats.reporting.stored_study import StoredStudy
from valuestats.results.result import Result

__all__ = ["StoredStudy", "md", "sections", "setup"]

SIMILARITY = "similarity of models' answers to those of countries or groups"
_MEASURES = {
    "jensen_shannon": "the Jensen-Shannon distance (base 2)",
    "wasserstein": "Wasserstein's distance on the ordered options over its maximum",
    "top_choice": "the distance of the most chosen options (0 where they are the same, 1 elsewhere)",
}
_VERBS = "country_similarity or demographic_alignment"


@dataclass(frozen=True)
class _Part:
    """A sentence and a figure of the results of one kind: names of its steps, heading, label, caption, alternative text.

    `absent` is said where the study has none; `under` are parts under whose heading it stands where one is shown.
    """

    kind: str
    usual: tuple[str, ...]
    title: str
    name: str
    caption: Callable[[Result], str]
    alt: str
    absent: str = ""
    under: frozenset[str] = frozenset()
    chart: Callable[[Result], Figure] = Result.plot


def _small_caption(shares: Result) -> str:
    return (
        f"Question {shares.estimates['question'].iloc[0]}: shares of the options by group, modelled and averaged by the "
        "population's cells, with intervals; ticks are the weighted shares of the group's own respondents."
    )


_PARTS = (
    _Part(
        "demographic_alignment",
        ("group_alignment",),
        "Demographic groups",
        "groups",
        said.groups_caption,
        "Demographic groups in rows, a panel per model: a dot with interval between uniform answers and the noise ceiling.",
        "Similarity to demographic groups was not measured (a step of demographic_alignment would).",
    ),
    _Part(
        "noise_ceiling",
        ("noise_ceiling",),
        "The noise ceiling",
        "ceiling",
        said.ceiling_caption,
        "Panels for split halves, another sample, a perfect model and other groups; a dot with interval per group.",
        under=frozenset({"groups"}),
    ),
    _Part(
        "poststratified",
        ("poststratified",),
        "Shares of small groups",
        "poststratified",
        _small_caption,
        "A panel per option, groups in rows, a dot with interval and a tick.",
        under=frozenset({"groups", "ceiling"}),
        chart=lambda shares: shares.plot(width=190),
    ),
    _Part(
        "condition_effect",
        ("steering", "specificity"),
        "What naming a group does",
        "steering",
        said.steering_caption,
        "Panels by quantity, groups in rows, a dot with interval per model beside zero.",
        "What naming a group does was not measured (a step of steering_effect would).",
    ),
    _Part(
        "representation",
        ("representation",),
        "Default answers and answers on request",
        "representation",
        said.representation_caption,
        "Panels by measure, groups in rows, a dot with interval per model beside its baseline.",
        under=frozenset({"steering"}),
    ),
    _Part(
        "stereotype",
        ("group_stereotypes", "stereotypes"),
        "Stereotypes",
        "stereotypes",
        said.stereotype_caption,
        "Panels for overshoot, exaggeration, variance and entropy ratio; groups in rows, a dot with interval per model.",
        "Whether differences are exaggerated was not looked at (a step of stereotype_check would).",
    ),
    _Part(
        "homogenisation",
        ("homogenisation",),
        "Variety",
        "variety",
        said.variety_caption,
        "Panels for variance within groups, between groups and in all; a dot with interval per model beside 1.",
        "The variety of answers was not compared with people's (a step of homogenisation would).",
    ),
)


def sections(study: StoredStudy) -> None:
    """The page: what the study holds of it in sections, what it does not in a sentence each."""
    countries = step_of(study, kinds=("similarity",), keys=("model", "group"), usual=("similarity",))
    groups = step_of(study, kinds=("demographic_alignment",), usual=("group_alignment",))
    effect = step_of(study, kinds=("condition_effect",), usual=("steering", "specificity"))
    variety = step_of(study, kinds=("homogenisation",), usual=("homogenisation",))
    lead = required(study, "demographic_alignment", SIMILARITY, _VERBS, countries or groups)
    heading("What can be said", "sec-glance")
    paragraph(f"{study[lead].sentence()} {study[lead].verdict.sentence()}")
    told = [step for step in (groups, variety, effect) if step and step != lead]
    for step in told:
        paragraph(study[step].sentence())
    left: list[str] = []
    shown = [lead]
    if countries:
        _countries(study, countries)
    elif not groups:
        left.append("Similarity to countries was not measured (a step of country_similarity would).")
    _matrix(study, left, asked=bool(countries))
    shown += _parts(study, left, {lead, *told})
    _questions(study, countries, left)
    heading("What a reader must know", "sec-caveats")
    known = said.warnings_of(study, list(dict.fromkeys(shown)))
    md("\n".join([*filter(None, [known]), *(f"- {text}" for text in left)]))
    heading("How this was made", "sec-made")
    made(study, shown, steps=False)


def _countries(study: StoredStudy, step: str) -> None:
    result = study.finding(step)
    heading("Similarity by country", "sec-similarity")
    measure = str(result.meta["specification"]["measure"])
    named = _MEASURES.get(measure, f"the {readable(measure)} distance")
    paragraph(
        "The similarity of a model to a country is the mean, over the questions that both answered, of one minus "
        f"{named} between its distribution over the options and the country's. A similarity means little by itself: "
        "it is set between what uniform answers would score on the same questions and how similar other people are on them."
    )
    show_figure(
        said.similarity_chart(result),
        "fig-similarity",
        said.between_caption(result),
        "One row per country: a dot with interval for each model, beside a triangle for uniform answers and a diamond for "
        "other countries' people.",
    )
    show_table_as(
        said.similarity_table(result),
        "tbl-similarity",
        "Similarity, baseline and ceiling on the same questions. A model may exceed the mean of other countries' "
        "people; it is then closer to this country's people than an average other country is.",
        groups="Country",
        align="lrrrrr",
    )
    _maps(study, step)
    if result.draws is not None and result.estimates["model"].nunique() > 1:
        heading("Differences between models", "sec-contrasts")
        paragraph(
            "Differences are taken question by question from the same resamples, not from two intervals."
        )
        show_table_as(
            said.similarity_contrasts(result),
            "tbl-contrasts",
            "Paired differences between models by country. An interval that excludes zero is not corrected for the "
            "number of rows.",
            groups="Country",
            align="llrr",
        )


def _maps(study: StoredStudy, step: str) -> None:
    wide = step_of(study, kinds=("similarity",), keys=("model", "group"), usual=("everywhere", step))
    everywhere = study[wide or step]
    heading("On the map", "sec-map", level=2)
    shown = 0
    for place, model in enumerate(sorted(map(str, everywhere.estimates["model"].unique())), 1):
        seen = said.on_the_map(everywhere, model)
        if seen is None:
            continue
        shown += 1
        show_figure(
            said.world_chart(seen.frame, title="Similarity", model=model),
            f"fig-map-m{place}",
            seen.caption(),
            f"Map of the world with countries coloured by their similarity to {model}.",
        )
        if seen.said():
            paragraph(seen.said())
    if not shown:
        paragraph(said.map_absent_sentence(everywhere))
    if wide != "everywhere":
        return
    for place, model in enumerate(sorted(map(str, everywhere.estimates["model"].unique())), 1):
        frame = said.dot_plot_frame(everywhere, model)
        if len(frame):
            show_figure(
                said.country_chart(frame),
                f"fig-dots-m{place}",
                said.dot_plot_caption(frame),
                "Countries in rows: a dot with interval, a triangle for uniform answers, a diamond for other countries' "
                "people.",
            )


def _matrix(study: StoredStudy, left: list[str], *, asked: bool) -> None:
    step = step_of(study, verbs=("similarity_matrix",), usual=("matrix",))
    if step is None:
        if asked:
            left.append("Countries were not held against each other (a step of similarity_matrix would).")
        return
    heading("Countries among themselves", "sec-matrix")
    show_figure(
        said.similarity_matrix_chart(study[step]),
        "fig-matrix",
        said.matrix_caption(study[step]),
        "Map of countries by countries; similar countries stand next to each other.",
    )


def _parts(study: StoredStudy, left: list[str], told: set[str]) -> list[str]:
    """The parts that are a sentence and a figure each; those that belong to one that is shown stand under its heading.

    Sentences of the steps in `told` stand on the page already.
    """
    shown: dict[str, str] = {}
    for part in _PARTS:
        step = step_of(study, kinds=(part.kind,), usual=part.usual)
        if step is None:
            left += [part.absent] if part.absent else []
            continue
        result = study.finding(step)
        title = said.groups_title(result) if part.name == "groups" else part.title
        heading(title, f"sec-{part.name}", level=2 if shown.keys() & part.under else 1)
        shown[part.name] = step
        if step not in told:
            paragraph(result.sentence())
        show_figure(part.chart(result), f"fig-{part.name}", part.caption(result), part.alt)
        if part.name == "groups":
            caption = (
                "Similarity to demographic groups on the same questions: chance, people of the other groups, and what a "
                "model that gives the true shares would reach against this sample."
            )
            show_table_as(said.group_table(result), "tbl-groups", caption, groups="Group", align="lrrrrr")
    return list(shown.values())


def _questions(study: StoredStudy, countries: str | None, left: list[str]) -> None:
    step = step_of(study, verbs=("similarity_by_question",), usual=("similarity_questions", "questions"))
    ends = step_of(study, verbs=("extreme_questions",), usual=("similarity_extremes", "extremes"))
    if step is None and ends is None:
        left.append("No question is shown by itself (steps of similarity_by_question would).")
        return
    heading("Questions", "sec-questions")
    if step and countries:
        show_figure(
            said.question_chart(study[step]),
            "fig-questions",
            said.spread_caption(study[step], study[countries]),
            "Box plots of question-level similarity for each model.",
        )
    if ends:
        show_figure(
            said.question_picker(study[ends]),
            "fig-explorer",
            said.questions_caption(study[ends]),
            "Two panels of bars, the model's shares beside the people's over option positions: a least similar question "
            "and a most similar one; in the page each can be chosen from a list.",
        )
