"""A fitted ordinal regression."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.errors import SpecificationError
from valuestats.base.registry import load
from valuestats.regression.effects_design import EffectsDesign
from valuestats.regression.effects_draws import EffectDraws, EffectPriors
from valuestats.regression.effects_report import (
    ReportedTerms,
    reported_terms,
)
from valuestats.regression.grid_columns import require_known
from valuestats.results.result import Result

if TYPE_CHECKING:
    import xarray as xr

    from valuestats.regression.maximum import Maximum


_QUICK = 2_000  # cells of a regression with groups whose maximum is found in a second or two


@dataclass(frozen=True)
class OrdinalFit:
    """A fitted ordinal regression.

    Attributes
    ----------
    result
        `Result` of kind ``"ordinal_fit"``.
    design
        Counted cells and matrices.
    draws
        Posterior draws of all parts; of a fit by maximum likelihood, draws from its normal approximation.
    priors
        The priors.
    settings
        Engine and sampler settings, for refits.
    maximum
        Of the likelihood; None of a Bayesian fit.
    """

    result: Result
    design: EffectsDesign
    draws: EffectDraws
    priors: EffectPriors
    settings: dict[str, Any]
    maximum: Maximum | None = None

    @property
    def estimates(self) -> pd.DataFrame:
        """The result's estimates."""
        return self.result.estimates

    @property
    def passed(self) -> bool:
        """Whether the gate passed."""
        return self.result.passed

    @cached_property
    def _at_mode(self) -> tuple[ReportedTerms, float]:
        from valuestats.regression.maximum_likelihood import Likelihood
        from valuestats.regression.posterior_mode import posterior_mode

        if self.maximum is not None:
            psi, u, value = self.maximum.psi, self.maximum.u, self.maximum.log_likelihood
        else:
            psi, u, value = posterior_mode(self.design, self.priors)
        drawn = Likelihood(self.design).draws(psi[None], u[None])
        return reported_terms(self.design, drawn), value

    @property
    def mode(self) -> pd.Series:
        """The mode of each term: of the posterior, or of the likelihood (``engine="ml"``).

        Group effects are integrated out (Laplace's method); see `posterior_mode` for the coordinates.

        Raises
        ------
        SpecificationError
            A part without a mode of this form: correlated effects, pooled thresholds, `discrimination`, ``mo()``.
        """
        terms = self._at_mode[0]
        return pd.Series(terms.values[0], pd.Index(terms.names, name="term"), name="mode")

    @property
    def log_likelihood(self) -> float:
        """Log-likelihood at the mode, group effects integrated out; without the multinomial constant, as R's ``logLik``."""
        return self._at_mode[1]

    @cached_property
    def shrinkage(self) -> pd.DataFrame:
        """How much of each term is its prior.

        ``term``, ``part``, ``estimate``, ``posterior_sd``, ``prior_sd``, their ``ratio`` (near 0: the answers say it all;
        near 1: nothing was learned), and ``flat``, the estimate without priors: the likelihood's maximum, with standard
        deviations of groups and pooled thresholds held at their posterior means. Null where the likelihood has no maximum or
        the part none without priors.

        Raises
        ------
        SpecificationError
            Of a fit by maximum likelihood, which has no priors.
        """
        from valuestats.regression.shrinkage import shrinkage_table

        posterior_of(self, "shrinkage")
        return shrinkage_table(self.design, self.draws, self.priors)

    def summary(self) -> str:
        """The result's summary and, of a Bayesian fit, how far its priors shrink each term (`shrinkage`).

        With groups and many cells the estimates without priors take a while: they are then in `shrinkage` only.
        """
        from valuestats.regression.shrinkage import shrinkage_table, shrinkage_text

        if self.maximum is not None:
            return self.result.summary()
        quick = not self.design.groups or len(self.design.counts) <= _QUICK
        table = self.shrinkage if quick else shrinkage_table(self.design, self.draws, self.priors, flat=False)
        return f"{self.result.summary()}\n\n{shrinkage_text(table)}"

    def to_datatree(self, *, by: Literal["answer", "cell"] = "answer", most: int = 1000) -> xr.DataTree:
        """The fit for ArviZ (``arviz.summary``, ``loo``, ``plot_ppc_rootogram``, …), chains apart.

        Parameters
        ----------
        by
            ``"answer"``: likelihood, replicates and data of each single answer. ``"cell"``: of the counted cells, for very
            many answers; cross-validation then leaves out whole cells.
        most
            At most so many draws, thinned within each chain.

        Returns
        -------
        xarray.DataTree
            See `valuestats.regression.arviz_trees.effects_tree`.

        Raises
        ------
        SpecificationError
            A fit by maximum likelihood; so many answers and draws that single answers do not fit.
        """
        from valuestats.regression.arviz_trees import effects_tree

        posterior_of(self, "a tree of posterior draws")
        seed = int(self.settings["seed"])
        return effects_tree(self.design, self.draws, self.priors, by=by, most=most, seed=seed)

    def pp_check(self, by: str | None = None, *, level: float = 0.95, seed: int = 0) -> Result:
        """Posterior predictive check; see `valuestats.pp_check`."""
        found: Result = load("valuestats.regression.predictive_checks:pp_check")(
            self, by, level=level, seed=seed
        )
        return found

    @cached_property
    def coordinates(self) -> dict[str, tuple[Any, ...]]:
        """Levels of each column of the formula, as fitted."""
        return {c: tuple(sorted(self.design.cells[c].unique())) for c in self.design.cells.columns}


Floats = NDArray[np.float64]


def posterior_of(fit: OrdinalFit, what: str) -> None:
    """Refuse a fit by maximum likelihood where posterior draws are needed."""
    if fit.maximum is not None:
        raise SpecificationError(
            f"{what} needs a posterior",
            parameter="fit",
            got='engine="ml"',
            hint="fit with a Bayesian engine; fits by maximum likelihood have aic and likelihood_ratio_test",
        )


def require_in_formula(design: EffectsDesign, names: Iterable[object], parameter: str) -> None:
    """Refuse names that are no columns of the formula."""
    require_known(design.cells.columns, names, parameter)
