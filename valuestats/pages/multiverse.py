"""The same findings under other defensible choices: in how many specifications each sentence stands."""

from __future__ import annotations

import pandas as pd

from valuestats.base.labels import capitalised, readable
from valuestats.multiverses.presentation import specification_curve
from valuestats.reporting import md, setup, show, show_table
from valuestats.reporting.sections import heading, paragraph, show_figure, show_table_as
from valuestats.reporting.stored_study import StoredStudy
from valuestats.results.result import Result

__all__ = [
    "StoredStudy",
    "choice_table",
    "claim_table",
    "lead",
    "md",
    "sections",
    "setup",
    "show",
    "show_table",
]


def _found(study: StoredStudy) -> dict[str, Result]:
    return {step: r for step, r in study.results.items() if r.kind == "multiverse"}


def lead(study: StoredStudy) -> str:
    """The sentence of the first multiverse, with its verdict."""
    for result in _found(study).values():
        return f"{result.sentence()} {result.verdict.sentence()}"
    return "This study holds no multiverse: a step with the verb multiverse makes one of the results of other steps."


def claim_table(result: Result) -> pd.DataFrame:
    """Each claim: in how many specifications it stands, and between what its estimates lie."""
    rows = [
        (
            claim,
            f"{int(told['stands'])} of {int(told['n'])}",
            f"{told['share']:.0%}",
            f"{int(told['contradicts'])}",
            f"{int(told['without'])}",
            f"{told['median']:+.2f} ({told['lowest']:+.2f} to {told['highest']:+.2f})".replace("-", "−"),
        )
        for claim, told in result.meta["claims"].items()
    ]
    return pd.DataFrame(
        rows, columns=["Claim", "Stands in", "Share", "Contradicted in", "No estimate in", "Median (range)"]
    )


def choice_table(result: Result) -> pd.DataFrame:
    """For each choice the share of its specifications in which each claim stands."""
    frame = pd.DataFrame(result.meta["choices"])
    wide = frame.assign(
        Choice=frame["choice"].map(lambda c: capitalised(readable(str(c)))),
        Chosen=frame["chosen"].map(lambda c: readable(str(c))),
        share=[f"{s:.0%} of {n}" for s, n in zip(frame["share"], frame["n"], strict=True)],
    )
    table = wide.pivot(index=["Choice", "Chosen"], columns="claim", values="share").reset_index()
    return table.rename_axis(columns=None)


def sections(study: StoredStudy) -> None:
    """A section per multiverse: claims, the curve of each, and what each choice does."""
    for n, (step, result) in enumerate(_found(study).items()):
        anchor = chr(97 + n)
        heading(capitalised(readable(step)), f"sec-{anchor}")
        if n:  # that of the first leads the page
            paragraph(result.sentence())
        show_table_as(
            claim_table(result),
            f"tbl-claims-{anchor}",
            "Claims, and in how many specifications the interval of each lies above nothing.",
            align="lrrrrr",
        )
        for c, claim in enumerate(result.meta["claims"]):
            show_figure(
                specification_curve(result, claim=claim),
                f"fig-curve-{anchor}{chr(97 + c)}",
                f"{claim}: estimates of all specifications from lowest to highest with their intervals, and below them "
                "what was chosen for each.",
                result.sentence(),
            )
        show_table_as(
            choice_table(result),
            f"tbl-choices-{anchor}",
            "Share of the specifications with each choice in which a claim stands; of how many.",
        )
