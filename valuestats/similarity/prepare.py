"""From two tables to matched pairs of distributions, under the declared policies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from valuestats.base.errors import SpecificationError
from valuestats.base.labels import counted
from valuestats.similarity.chosen import Match, choose
from valuestats.similarity.cube import Pairs, pairs
from valuestats.similarity.options import RefusalPolicy, check_policy, is_refusal_option, without_refusals
from valuestats.similarity.questions import Aligned, Block, Catalogue, align
from valuestats.similarity.reports import data_reports, unlike_options
from valuestats.statistics.distances import MEASURES, Measure
from valuestats.tables import Population

ON_A_SCALE = ("wasserstein", "energy")
"""The measures that use the order of the options."""


@dataclass(frozen=True)
class Prepared:
    """Everything that a similarity is computed from.

    Attributes
    ----------
    catalogue
        The questions.
    people
        The countries' usable distributions.
    models, groups
        Names, in alphabetical order.
    found
        Pairs of distributions over a shared question; the model's side is all zero where it was asked and
        gave no usable distribution.
    conditioned
        Whether each model answered for the country it is compared to.
    reports
        See `valuestats.similarity.reports.data_reports`; also ``unmatched_personas``, ``not_compared`` (answers that stand
        in the table and are no part of the comparison, in words) and ``left_out``.
    """

    catalogue: Catalogue
    people: Aligned
    models: list[str]
    groups: list[str]
    found: list[Pairs]
    conditioned: bool
    reports: dict[str, Any]

    def personas(self) -> np.ndarray:
        """Whom each model was asked to answer for, in the order of models and groups; null where it was for nobody."""
        n_models, n_groups, _ = self.shape
        names = np.array(self.groups if self.conditioned else [None] * n_groups, dtype=object)
        return np.tile(names, n_models)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Numbers of models, countries and questions."""
        return len(self.models), len(self.groups), len(self.catalogue)


def prepare(
    answers: Population,
    people: Population,
    *,
    measure: Measure,
    refusal_options: RefusalPolicy,
    match: Match | None,
) -> Prepared:
    """Match models' answers to countries' answers."""
    chosen = choose(answers.frame, match)
    frame, conditioned = chosen.frame, chosen.conditioned
    columns = ["group", "persona"] if conditioned else ["group"]
    catalogue, (humans, asked), dropped = align_tables(
        [(people.frame, ["group"]), (frame, columns)], measure, refusal_options
    )
    models = sorted({unit[0] for unit in asked.units})
    groups = [unit[0] for unit in humans.units]
    persona, unmatched = None, []
    if conditioned:
        persona = np.array([groups.index(u[1]) if u[1] in groups else -1 for u in asked.units], dtype=np.intp)
        unmatched = sorted({unit[1] for unit in asked.units} - set(groups))
    usable = humans.usable()
    found = list(pairs(asked, usable, models, persona))
    if not any(np.isfinite(block.answers.negative_entropy[block.answer_row]).any() for block in found):
        raise SpecificationError(
            "the models and the people share no question that both answered",
            parameter="answers, people",
            got=f"models {_some(models)}; groups {_some(groups)}"
            + (f"; personas that are no group: {_some(unmatched)}" if unmatched else ""),
            expected="the same question identifiers with the same options on both sides",
            hint="; ".join(unlike_options(catalogue, humans, asked)[:1])
            or "a question counts as shared when its identifier and its set of options are the same",
        )
    reports = data_reports(catalogue, humans, asked, [people.frame, frame])
    sides = {"people": people, "models": answers}
    reports["adjusted"] = [f"{side}: {note}" for side, table in sides.items() for note in table.notes()]
    told = list(chosen.not_compared)
    if unmatched:
        told.append(f"answers given for {_some(unmatched)}, whom no group is called by")
    reports |= {"unmatched_personas": unmatched, "not_compared": told, "left_out": dropped}
    return Prepared(catalogue, usable, models, groups, found, conditioned, reports)


def align_tables(
    tables: Sequence[tuple[pd.DataFrame, Sequence[str]]], measure: Measure, refusal_options: RefusalPolicy
) -> tuple[Catalogue, list[Aligned], list[str]]:
    """Align tables after the policy for refusal options; say what had to be left out."""
    check_policy(refusal_options)
    if measure not in MEASURES:
        raise SpecificationError(
            "no such measure", parameter="measure", got=measure, expected=", ".join(MEASURES)
        )
    if refusal_options == "drop":
        tables = [(without_refusals(frame, columns), columns) for frame, columns in tables]
    catalogue, aligned = align(tables)
    said = []
    sizes = [len(options) for options in catalogue.options]
    keep = np.array([size > 1 for size in sizes], dtype=bool)
    if not keep.all():
        said.append(f"{counted(int((~keep).sum()), 'question')} with a single option")
    if measure in ON_A_SCALE:
        scale = catalogue.ordered & np.array(
            [not any(is_refusal_option(o) for o in options) for options in catalogue.options], dtype=bool
        )
        if not (keep & scale).any():
            raise SpecificationError(
                "no question has options that are declared to form an ordered scale",
                parameter="measure",
                got=measure,
                expected="a column `ordered` that is true for some questions",
                hint="refusal options have no place on a scale: use refusal_options='drop'",
            )
        unscaled = int((keep & ~scale).sum())
        if unscaled:
            said.append(f"{counted(unscaled, 'question')} whose options form no declared ordered scale")
        keep &= scale
    return catalogue, [_only(table, keep) for table in aligned], said


def _only(table: Aligned, keep: np.ndarray) -> Aligned:
    blocks: dict[int, Block] = {}
    for size, block in table.blocks.items():
        part = block.take(keep[block.question])
        if len(part.unit):
            blocks[size] = part
    return Aligned(table.units, blocks)


def _some(names: list[str], limit: int = 8) -> str:
    return ", ".join(names[:limit]) + (f", … ({len(names)})" if len(names) > limit else "")
