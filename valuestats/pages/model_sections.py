"""Sections that pages about models share: what can be said, the answers, scores, and an ordinal model."""

from __future__ import annotations

from valuestats.base.labels import CIRCLE, capitalised, readable
from valuestats.figures.profiles import heat_caption, heat_chart, profile_chart
from valuestats.figures.statuses import status_chart
from valuestats.pages.decision import decision_caption, decision_chart, decision_sentence
from valuestats.pages.ordinal_parts import condition_table, predictive_frame, rank_caption, rank_figure
from valuestats.pages.parts import step_of
from valuestats.regression.figures import predictive_chart
from valuestats.reporting.display import md
from valuestats.reporting.sections import paragraph, show_figure, show_table_as
from valuestats.reporting.stored_study import StoredStudy
from valuestats.results.result import Result
from valuestats.results.tables import mean_table, profile_table, verdict_table

SCORES = ("scores", "instrument_scores")
SCORING = "score"
"""The verb that makes scores of models, as an error names it."""
_BESIDE = 5
_TRUST = "○ no finding: not above chance or failed; △ to be read with care; ● nothing that was looked at speaks against it."


def scores_of(study: StoredStudy) -> str | None:
    """The scores of models that a page shows."""
    return step_of(study, kinds=SCORES, keys=("model",), usual=("scores",))


def ordinal_of(study: StoredStudy) -> str | None:
    """The ordinal model that a page shows."""
    return step_of(study, kinds=("ordinal",), keys=("model",), usual=("ordinal",))


def value_word(result: Result) -> str:
    """What a result's second key is called in a sentence."""
    return "value" if result.value_key == "value" or _on_the_circle(result) else "dimension"


def _on_the_circle(result: Result) -> bool:
    return set(result.estimates[result.value_key].astype(str)) <= set(CIRCLE)


def unit_of(result: Result) -> str:
    """Of the estimates of a result that compares models."""
    return "logits" if result.kind == "ordinal" else "scale points"


def said(study: StoredStudy, step: str) -> None:
    """What can be said: who differs, by how much, and whether it can be trusted."""
    result: Result = study[step]
    word = value_word(result)
    paragraph(decision_sentence(result, unit_of(result)))
    alt = f"Dots, with intervals where there are any, one row per model, on the {word} that says most."
    show_figure(study.figure(step, decision_chart), "fig-said", decision_caption(result), alt)
    caption = f"What may be read of each {word}, and why. {_TRUST}"
    show_table_as(verdict_table(result), "tbl-trust", caption, align="lll")


def answers(study: StoredStudy) -> None:
    """Every raw answer by status, and which models lost some."""
    counts = study.responses.status_counts("model")
    lost = bool((counts["valid"] < counts["asked"]).any())
    md(
        "Every raw answer that went in is counted below with a status; nothing is dropped and nothing is imputed. "
        f"@tbl-status counts them{', @fig-status shows which models lost answers, and why' if lost else ''}."
    )
    show_table_as(study.status_table(), "tbl-status", "Raw answers by status.", align="lrr")
    if not lost:
        paragraph("Every answer could be scored.")
        return
    show_figure(
        status_chart(counts),
        "fig-status",
        "Answers that could not be scored, by model and reason; a model without a row lost none. A model with many of them "
        "is compared on fewer answers than the others.",
        "Horizontal bars: for each model with lost answers, their number coloured by reason.",
    )


def scores(study: StoredStudy, step: str) -> None:
    """Scores of models: over models, in a map, and one by one."""
    result: Result = study[step]
    word = value_word(result)
    paragraph(f"How a score is made: {result.meta['method']}. {result.sentence()}")
    signs = "What is no finding (○) is grey and comes last; △ is to be read with care."
    show_figure(
        study.figure(step, profile_chart),
        "fig-scores",
        f"Scores: each tick is a model, the dot the mean over models. {signs}",
        f"One row per {word}, sorted by mean score; ticks are models.",
    )
    show_table_as(
        mean_table(result),
        "tbl-scores",
        "Scores over models, with the answers scored of those asked; what is no finding comes last.",
        align="lrrrrrl",
    )
    circle = f" The {word}s are in the order of Schwartz's circle." if _on_the_circle(result) else ""
    show_figure(
        study.figure(step, heat_chart),
        "fig-heat",
        f"{heat_caption(result, word)}{circle}",
        f"Map of models by {word}s; one colour above, another below the model's own mean.",
    )
    table = profile_table(result)
    few = len(table) <= _BESIDE
    if few:  # models side by side, which paper has room for
        table = table.set_index("Model").T.rename_axis(columns=None, index=capitalised(word)).reset_index()
    else:
        md('::: {.content-visible when-format="html"}')
    show_table_as(
        table,
        "tbl-profiles",
        f"Scores of all models and {word}s, with {100 * float(study.manifest['level']):g}% intervals where there are "
        "enough units for one; ○ no finding, △ to be read with care.",
        align="l" + "r" * (table.shape[1] - 1),
    )
    if not few:
        md(":::")


def ordinal(study: StoredStudy, step: str) -> None:
    """An ordinal model: what it is, its gate, profiles, ranks, effects of the prompt, and what it predicts."""
    result: Result = study[step]
    spec = result.meta["specification"]
    own = "thresholds of each model" if spec["thresholds"] == "model" else "thresholds that all models share"
    md(
        f"The answers are ordered categories, not numbers. The model gives each answer a cumulative-{spec['link']} "
        f"likelihood with {own}, model by value effects, and effects of items and of each model's own reaction to each "
        "item; counts per cell enter the likelihood, so its cost does not grow with repeats. @tbl-gate holds the fit "
        "against the gate that it must pass before anything below may be read."
    )
    show_table_as(study.gate_table(step), "tbl-gate", "Diagnostics of the fit.", align="lrr")
    paragraph(result.sentence())
    if result.meta["warnings"]:
        paragraph("What a reader must know of the fit:")
        md(study.warning_list(step))
    show_figure(
        study.figure(step, profile_chart),
        "fig-ordinal",
        "Profiles on the latent scale of the ordinal model, centred within each model; each tick is a model, the dot "
        "the mean over models. What is no finding (○) is grey and comes last; △ is to be read with care.",
        f"One row per {readable(result.value_key)}, sorted by mean latent profile; ticks are models.",
    )
    show_figure(
        rank_figure(study, step),
        "fig-ranks",
        rank_caption(study, step),
        "Dots with intervals: rank of each model.",
    )
    if result.meta["conditions"]:
        show_table_as(
            condition_table(study, step),
            "tbl-conditions",
            "Effects of the prompt's wording on the latent answer, common to all models, and how much models differ in "
            "them: positive means more agreement.",
            align="lrr",
        )
    show_figure(
        study.figure(step, lambda _: predictive_chart(predictive_frame(study, step))),
        "fig-predictive",
        "Posterior predictive check: share of each answer category in each model's answers, observed and predicted with "
        "intervals. Points on the dashed line are described by the fitted model.",
        "Scatter of predicted on observed shares along the diagonal, one point per model and answer category.",
    )
