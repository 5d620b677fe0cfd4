"""The components of a generalizability study, ready to be divided by the sizes of a design."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

import numpy as np

from valuestats.base.errors import SpecificationError
from valuestats.generalizability.variance_components import RESIDUAL, Effect, Precision, precision
from valuestats.results.result import Result

Error = Literal["absolute", "relative"]


@dataclass(frozen=True)
class Plan:
    """Components of a study, ready to be divided by sizes."""

    facets: list[str]
    dimensions: list[str]
    components: list[str]
    effects: list[Effect]
    variance: np.ndarray
    draws: np.ndarray
    levels: dict[str, dict[str, float]]
    counts: dict[str, tuple[int, int]]
    fixed: tuple[int, ...]
    confounded: bool
    kind: Error

    @classmethod
    def of(cls, study: Result, fixed: Sequence[str], error: Error) -> Plan:
        """The components of a study; `fixed` facets keep their levels."""
        if study.kind != "generalizability":
            raise SpecificationError(
                "a decision study starts from variance components",
                parameter="study",
                got=study.kind,
                expected="a result of generalizability_study",
            )
        if error not in ("absolute", "relative"):
            raise SpecificationError(
                "no such error", parameter="error", got=error, expected="absolute or relative"
            )
        told = study.meta["specification"]
        facets = list(told["facets"])
        strange = [f for f in fixed if f not in facets]
        if strange:
            raise SpecificationError(
                "no such facet", parameter="fixed", got=", ".join(strange), expected=", ".join(facets)
            )
        axes = {"model": 0, **{name: k + 1 for k, name in enumerate(facets)}}
        wide = study.estimates.pivot(index="dimension", columns="component", values="estimate")
        components = list(dict.fromkeys(study.estimates["component"]))
        dimensions = list(dict.fromkeys(study.estimates["dimension"]))
        effects = [
            RESIDUAL if c == "residual" else tuple(axes[a] for a in c.split(" x ")) for c in components
        ]
        full = tuple(range(len(facets) + 1))
        drawn = np.empty((0, len(dimensions), len(components)))
        if study.draws is not None:
            drawn = study.replicates().sel(dimension=dimensions, component=components).to_numpy()
        levels = {d: {**{f: float(told["levels"][d][f]) for f in facets}, "epoch": 1.0} for d in dimensions}
        counted = study.estimates.drop_duplicates("dimension").set_index("dimension")
        counts = {d: (int(counted.loc[d, "n_scored"]), int(counted.loc[d, "n_asked"])) for d in dimensions}
        return cls(
            facets,
            dimensions,
            components,
            effects,
            wide.loc[dimensions, components].to_numpy(dtype=float),
            drawn,
            levels,
            counts,
            tuple(axes[f] for f in fixed),
            full not in effects,
            error,
        )

    def at(self, dimension: int, sizes: Mapping[str, float], *, draws: bool = False) -> Precision:
        """Precision of one dimension at these sizes, of each draw where asked."""
        variance = self.draws[:, dimension] if draws else self.variance[dimension]
        axes = {k + 1: sizes[f] for k, f in enumerate(self.facets)}
        return precision(variance, self.effects, axes, sizes["epoch"], self.fixed)

    def at_zero(self, dimension: int) -> list[str]:
        """Components of the relative error that were estimated at or below zero: designs seem not to depend on them."""
        axes = {k + 1 for k in range(len(self.facets))}
        others = [axes if e == RESIDUAL else {a for a in e if a != 0} for e in self.effects]
        return [
            name
            for name, effect, rest, value in zip(
                self.components, self.effects, others, self.variance[dimension], strict=True
            )
            if value <= 0 and rest - set(self.fixed) and (effect == RESIDUAL or 0 in effect)
        ]

    def error(self, found: Precision) -> np.ndarray:
        """The variance of error that is asked for."""
        return found.absolute if self.kind == "absolute" else found.relative


def combinations_of(sizes: Mapping[str, int | Sequence[int]], plan: Plan) -> list[dict[str, int]]:
    """All combinations of sizes of a study's facets.

    Raises
    ------
    SpecificationError
        No such facet, a fixed one, or a size that is no whole number from 1.
    """
    choices = {}
    for name, chosen in sizes.items():
        values: list[Any] = (
            list(chosen) if isinstance(chosen, list | tuple | range | np.ndarray) else [chosen]
        )
        if name not in (*plan.facets, "epoch"):
            raise SpecificationError(
                "no such facet", parameter="sizes", got=name, expected=", ".join([*plan.facets, "epoch"])
            )
        if not values or any(
            isinstance(v, bool) or not isinstance(v, int | np.integer) or v < 1 for v in values
        ):
            raise SpecificationError("sizes are whole numbers from 1", parameter=f"sizes.{name}", got=values)
        if name in plan.facets and plan.facets.index(name) + 1 in plan.fixed:
            raise SpecificationError(
                "a fixed facet keeps its levels",
                parameter=f"sizes.{name}",
                got=values,
                expected="no other size",
            )
        if name == "epoch" and "epoch" not in plan.facets and plan.confounded and max(values) > 1:
            raise SpecificationError(
                "the study has one answer per cell, so nothing is known of the noise between epochs",
                parameter="sizes.epoch",
                got=values,
                expected="1",
                hint="ask some cells several times, or vary facets that the study has",
            )
        choices[name] = [int(v) for v in values]
    return [dict(zip(choices, point, strict=True)) for point in product(*choices.values())]
