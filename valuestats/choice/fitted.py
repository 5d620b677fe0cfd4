"""A fitted choice model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.errors import SpecificationError
from valuestats.base.registry import load
from valuestats.choice.fit_checks import pair_residuals, transitivity_table
from valuestats.choice.fit_design import ChoiceDesign
from valuestats.choice.fit_draws import ChoiceDraws
from valuestats.choice.fit_grid import grid_utilities, preferred
from valuestats.choice.fit_loo import Fitted, leave_choices_out
from valuestats.choice.fit_maximum import ChoiceMaximum
from valuestats.choice.grid_choices import choice_grid
from valuestats.choice.spec import ChoicePriors
from valuestats.regression.grid_columns import Others
from valuestats.results.pairs import rank_sets
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.resampling import equal_tailed
from valuestats.tables.choices import Choices

if TYPE_CHECKING:
    import xarray as xr

    from valuestats.regression.grid_effects import Comparison
    from valuestats.regression.prediction_results import GroupEffects

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ChoiceFit:
    """A fitted choice model.

    Attributes
    ----------
    result
        `Result` of kind ``"choice_fit"`` with the key ``term``.
    design
        Counted choices and matrices.
    draws
        Draws of all parts; of a fit by maximum likelihood, from the normal approximation.
    priors
        The priors.
    settings
        Engine and sampler settings, for refits.
    choices
        The choices.
    maximum
        Of the likelihood; None of a Bayesian fit.
    at_maximum
        The maximum as one draw, effects of groups at their mode; None of a Bayesian fit.
    """

    result: Result
    design: ChoiceDesign
    draws: ChoiceDraws
    priors: ChoicePriors
    settings: dict[str, Any]
    choices: Choices
    maximum: ChoiceMaximum | None = None
    at_maximum: ChoiceDraws | None = None

    @property
    def centre(self) -> ChoiceDraws:
        """The maximum as one draw; of a Bayesian fit its draws."""
        return self.draws if self.at_maximum is None else self.at_maximum

    @property
    def estimates(self) -> pd.DataFrame:
        """The result's estimates."""
        return self.result.estimates

    @property
    def passed(self) -> bool:
        """Whether the gate passed."""
        return self.result.passed

    def strengths(self, by: Sequence[str] = ()) -> Result:
        """Utility of each option about the mean option, at each combination of levels of `by`.

        Options stand in the same contexts: nothing is shown first, other columns are averaged over the choices, and groups
        that neither the option nor `by` names are typical ones (`valuestats.choice.fit_grid.grid_utilities`). Its
        ``contrasts("option")`` are all pairs with intervals that hold together, of which `rank_sets` follow.

        Returns
        -------
        Result
            Kind ``"choice_strengths"``, keys ``(*by, "option")``; ``win_probability`` is the mean over the other options of
            the probability to be preferred where one of the two is.
        """
        names = [by] if isinstance(by, str) else list(by)
        keys, drawn = grid_utilities(self.design, self.draws, names)
        level = float(self.result.meta["specification"]["level"])
        n = len(self.design.rows.options)
        together = drawn.reshape(-1, n, drawn.shape[1])
        wins = np.stack(
            [
                preferred(
                    self.design, self.draws, block[:, None] - block[None], self._label(keys, k * n)
                ).sum(axis=1)
                for k, block in enumerate(together)
            ]
        )
        wins -= 0.5  # of an option against itself
        estimate, error, lower, upper = self._summarised(drawn, level)
        meta = {
            **self.result.meta,
            "specification": {**self.result.meta["specification"], "by": names, "unit": self._unit},
            "parameters": [],
            "fits": [],
            "student": "df",
        }
        asked, scored = self._offered()
        frame = keys.assign(
            estimand="utility (logit, sums to 0)",
            estimate=estimate,
            std_error=error,
            lower=lower,
            upper=upper,
            level=level,
            interval=self.result.estimates["interval"].iloc[0],
            n_scored=keys["option"].map(scored),
            n_asked=keys["option"].map(asked),
            win_probability=wins.mean(axis=2).ravel() / (n - 1),
            n_units=self._units,
            df=self._degrees,
        )
        labels = {c: sorted(keys[c].unique(), key=list(keys[c].unique()).index) for c in keys.columns}
        cube = np.full((drawn.shape[1], *(len(v) for v in labels.values())), np.nan)
        at = tuple(pd.Index(labels[c]).get_indexer(pd.Index(keys[c])) for c in keys.columns)
        cube[(slice(None), *at)] = drawn.T
        group: Literal["posterior", "bootstrap"] = "bootstrap" if self.maximum is not None else "posterior"
        return Result("choice_strengths", frame, tuple(keys.columns), meta, draws_tree(group, cube, labels))

    def _label(self, keys: pd.DataFrame, row: int) -> object:
        """The level of the column of thresholds, where the grid has it."""
        column = self.design.spec.thresholds
        return keys[column].iloc[row] if column in keys.columns else None

    def _summarised(self, drawn: Floats, level: float) -> tuple[Floats, Floats, Floats, Floats]:
        lower, upper = equal_tailed(drawn.T, level)
        return drawn.mean(axis=1), drawn.std(axis=1, ddof=1), lower, upper

    @property
    def _unit(self) -> str:
        return str(self.settings.get("cluster") or "choice")

    @property
    def _units(self) -> float:
        if self.maximum is not None and np.isfinite(self.maximum.degrees):
            return self.maximum.degrees + 1
        return self.design.rows.scored

    @property
    def _degrees(self) -> float:
        """Of Student's t behind the draws; null where they are normal or a posterior's."""
        clustered = self.maximum is not None and np.isfinite(self.maximum.degrees)
        return self.maximum.degrees if self.maximum is not None and clustered else np.nan

    def _offered(self) -> tuple[pd.Series, pd.Series]:
        rows = self.design.rows
        scored = pd.Series(np.bincount(rows.option_of, rows.times, len(rows.options)), list(rows.options))
        return scored * (rows.asked / rows.scored), scored

    def win_probabilities(self, by: Sequence[str] = ()) -> pd.DataFrame:
        """Probability that one option is preferred to another where one of the two is, of all ordered pairs.

        Returns
        -------
        pandas.DataFrame
            `by`, ``first``, ``second``, ``estimate``, ``lower``, ``upper``; rows with ``second`` "the field" are means over
            all other options.
        """
        names = [by] if isinstance(by, str) else list(by)
        keys, drawn = grid_utilities(self.design, self.draws, names)
        level = float(self.result.meta["specification"]["level"])
        options = self.design.rows.options
        n = len(options)
        parts = []
        for k, block in enumerate(drawn.reshape(-1, n, drawn.shape[1])):
            p = preferred(self.design, self.draws, block[:, None] - block[None], self._label(keys, k * n))
            p[np.arange(n), np.arange(n)] = np.nan
            whole = np.concatenate([p, np.nanmean(p, axis=1)[:, None]], axis=1)
            one, two = np.divmod(np.arange(n * (n + 1)), n + 1)
            there = one != two
            flat = whole.reshape(-1, drawn.shape[1])[there]
            lower, upper = equal_tailed(flat.T, level)
            labels = np.array([*options, "the field"], dtype=object)
            parts.append(
                pd.DataFrame(
                    {
                        **{c: keys[c].iloc[k * n] for c in names},
                        "first": labels[one[there]],
                        "second": labels[two[there]],
                        "estimate": flat.mean(axis=1),
                        "lower": lower,
                        "upper": upper,
                    }
                )
            )
        return pd.concat(parts, ignore_index=True).assign(level=level)

    def datagrid(
        self,
        at: Mapping[str, Any] | Sequence[str] | str | None = None,
        *,
        sets: Sequence[Any] | str = "pairs",
        others: Others = "typical",
    ) -> pd.DataFrame:
        """Sets of options in contexts, for `predictions` and `comparisons`; see `valuestats.datagrid`."""
        return choice_grid(self.design, at, sets, others)

    def predictions(
        self,
        grid: pd.DataFrame | None = None,
        *,
        by: Sequence[str] | str | None = None,
        outcome: str | None = None,
        groups: GroupEffects = "observed",
        level: float = 0.95,
        most: int = 1000,
    ) -> Result:
        """How likely each option of each set is taken, as a `Result`; see `valuestats.predictions`."""
        asked: dict[str, Any] = {"outcome": outcome, "groups": groups, "level": level, "most": most}
        found: Result = load("valuestats.choice.grid_wins:choice_predictions")(self, grid, by, asked)
        return found

    def comparisons(
        self,
        variables: Mapping[str, Any] | Sequence[str] | str,
        grid: pd.DataFrame | None = None,
        *,
        by: Sequence[str] | str | None = (),
        outcome: str | None = None,
        comparison: Comparison = "difference",
        groups: GroupEffects = "observed",
        level: float = 0.95,
        most: int = 1000,
    ) -> Result:
        """How that changes where a column does, as a `Result`; see `valuestats.comparisons`."""
        asked: dict[str, Any] = {"outcome": outcome, "groups": groups, "level": level, "most": most}
        compare = load("valuestats.choice.grid_wins:choice_comparisons")
        found: Result = compare(self, variables, grid, by, comparison, asked)
        return found

    def to_datatree(self, *, most: int = 1000) -> xr.DataTree:
        """The fit for ArviZ (``arviz.summary``, ``loo``, ``plot_ppc_rootogram``, …), chains apart.

        Parameters
        ----------
        most
            At most so many draws, thinned within each chain.

        Returns
        -------
        xarray.DataTree
            See `valuestats.choice.arviz_trees.choice_tree`.

        Raises
        ------
        SpecificationError
            A fit by maximum likelihood; so many choices and draws that single choices do not fit.
        """
        from valuestats.choice.arviz_trees import choice_tree

        self._require_posterior("a tree of posterior draws")
        return choice_tree(self.design, self.draws, self.priors, most=most, seed=int(self.settings["seed"]))

    def _require_posterior(self, what: str) -> None:
        if self.maximum is not None:
            raise SpecificationError(
                f"{what} needs a posterior",
                parameter="fit",
                got='engine="ml"',
                expected="a Bayesian engine",
            )

    def contrasts(self, by: Sequence[str] = (), *, level: float = 0.95) -> pd.DataFrame:
        """Differences of all pairs of options with intervals that hold together."""
        return self.strengths(by).contrasts("option", level=level)

    def rank_sets(self, by: Sequence[str] = (), *, level: float = 0.95) -> pd.DataFrame:
        """Places that the choices leave open for each option, for the whole ranking at once."""
        return rank_sets(self.strengths(by), "option", level)

    def residuals(self) -> pd.DataFrame:
        """Each pair's wins against what the model expects; see `valuestats.choice.fit_checks.pair_residuals`."""
        return pair_residuals(self.design, self.centre)

    def pp_check(self, *, level: float = 0.95, seed: int = 0) -> Result:
        """Each option's share of its choices against choices made anew by the model.

        Returns
        -------
        Result
            Kind ``"pp_check"``; see `valuestats.choice.predictive_checks.choice_check`.
        """
        from valuestats.choice.predictive_checks import choice_check

        by_maximum = self.maximum is not None
        return choice_check(
            self.result, self.design, self.draws, by_maximum=by_maximum, level=level, seed=seed
        )

    def transitivity(self, *, level: float = 0.95) -> pd.DataFrame:
        """Triples that break transitivity, observed and expected; see `valuestats.choice.fit_checks.transitivity_table`."""
        return transitivity_table(self.design, self.draws, level=level, seed=int(self.settings["seed"]))

    def leave_out(self, by: str | None = None, *, most: int = 400, refit: bool = True) -> pd.DataFrame:
        """Expected log predictive density of each choice, or of all choices of a level of `by` together, left out.

        By Pareto-smoothed importance sampling (Vehtari, Gelman and Gabry 2017) over at most so many draws; a group is fitted
        again without its choices where its k is above 0.7, or where effects vary over it: it is then predicted as a new one.

        Parameters
        ----------
        by
            Column of the choice: ``"judge"``, ``"item"``; None: each choice.
        most
            At most so many draws are used.
        refit
            Whether to fit again; otherwise such groups are marked as not reliable.

        Returns
        -------
        pandas.DataFrame
            ``choice`` and ``times``, or ``group`` and ``choices``; ``elpd``, ``pareto_k``, ``reliable``, and of groups
            ``elpd_per_choice`` and ``refitted``.

        Raises
        ------
        SpecificationError
            A fit by maximum likelihood, no such column.
        """
        self._require_posterior("leave-one-out")
        fit = Fitted(self.design, self.draws, self.priors, self.settings)
        return leave_choices_out(fit, by, most=most, refit=refit)

    def summary(self) -> str:
        """The result's summary."""
        return self.result.summary()
