"""What pages show of a study's ordinal model: effects of the prompt, ranks, predicted shares."""

from __future__ import annotations

from typing import Any

import pandas as pd

from valuestats.figures.profiles import rank_chart
from valuestats.figures.refused import refused_chart
from valuestats.reporting.stored_study import StoredStudy
from valuestats.results.marks import example, marked
from valuestats.results.phrases import interval
from valuestats.results.result import Result
from valuestats.results.verdicts import SILENT


def condition_table(study: StoredStudy, step: str = "ordinal") -> pd.DataFrame:
    """Effects of wording and order on the latent scale, common to all models, and how models differ in them."""
    rows = [
        (
            f"{record['condition']} {record['label']}",
            interval(pd.Series(record), signed=True),
            "–" if record["between_models_sd"] is None else f"{record['between_models_sd']:.2f}",
        )
        for record in study[step].meta["conditions"]
    ]
    return pd.DataFrame(rows, columns=["Prompt", "Effect (logits) [95%]", "SD between models"])


def predictive_frame(study: StoredStudy, step: str = "ordinal") -> pd.DataFrame:
    """Observed and predicted shares of each answer category, by model, from the fit's predictive check."""
    shares = pd.DataFrame(study[step].meta["predictive"]["shares"])
    return shares[shares["group"] == "model"]


def rank_figure(study: StoredStudy, step: str = "ordinal") -> Any:
    """Ranks of the models on the value that says most, from the same draws as the estimates."""

    def draw(result: Result) -> Any:
        label = example(result)
        if label is None:
            return refused_chart([r.text for r in result.verdict.reasons if r.sign in SILENT][:6])
        ranks = result.rank("model", level=float(study.manifest["level"]))
        return rank_chart(ranks[ranks[result.value_key].astype(str) == label], key="model")

    return study.figure(step, draw)


def rank_caption(study: StoredStudy, step: str = "ordinal") -> str:
    """Which value's ranks are shown, and its sign."""
    result: Result = study[step]
    label = example(result)
    if label is None:
        return "No value is a finding, so models are ranked on none."
    shown = marked(label, result.verdict.of(result.value_key)[label])
    return (
        f"Rank of each model on {shown} under the ordinal model, with posterior intervals of "
        f"{float(study.manifest['level']):.0%}; of the values that may be read, the one on which models lie furthest apart."
    )
