"""Profile intervals and likelihood-ratio tests of regressions fitted by maximum likelihood."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.linalg import null_space
from scipy.stats import chi2, norm

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.regression.effects_design import EffectsDesign
from valuestats.regression.fitted import OrdinalFit
from valuestats.regression.maximum import Maximum, climb
from valuestats.regression.maximum_fit import terms_at
from valuestats.regression.maximum_likelihood import Likelihood

Floats = NDArray[np.float64]
_FAR = 30.0  # standard errors beyond which an end is taken to be infinite
_CLOSE = 1e-6  # of the signed root of the deviance


@checked
def profile_intervals(
    fit: OrdinalFit, terms: Sequence[str] | str | None = None, *, level: float = 0.95
) -> pd.DataFrame:
    r"""Profile likelihood intervals of a regression's terms.

    An interval holds the values t of a term that a likelihood-ratio test does not reject,
    :math:`2 (M(\hat\psi) - \max_{\psi: t(\psi) = t} M(\psi)) \le \chi^2_{1, level}` (Venzon and Moolgavkar 1988): unlike
    Wald's it need not be symmetric, and it knows a standard deviation that may be 0.

    Parameters
    ----------
    fit
        What `fit_ordinal` gave with ``engine="ml"``.
    terms
        Names of terms, as in the fit's estimates; all but the thresholds if not given.
    level
        Probability inside the intervals.

    Returns
    -------
    pandas.DataFrame
        ``term, estimate, lower, upper, level, interval``; an end is infinite where the profile never falls so far.

    Raises
    ------
    SpecificationError
        A fit that is not by maximum likelihood, or no such term.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats.regression.fit import fit_ordinal
    >>> data = pd.DataFrame({"model": ["a"] * 3 + ["b"] * 3, "answer": [1, 2, 3] * 2,
    ...     "count": [20, 30, 10, 8, 25, 27]})
    >>> profile_intervals(fit_ordinal("answer ~ model", data, engine="ml"))[["lower", "upper"]].round(2).to_numpy().tolist()
    [[0.61, 2.04]]
    """
    found = maximum_of(fit, "profile intervals")
    likelihood = Likelihood(fit.design)
    known, jacobian = terms_at(likelihood, found)
    asked = [terms] if isinstance(terms, str) else terms
    if asked is None:
        asked = [n for n, part in zip(known.names, known.parts, strict=True) if part != "threshold"]
    unknown = [n for n in asked if n not in known.names]
    if unknown:
        raise SpecificationError(
            "no such term", parameter="terms", got=", ".join(unknown), expected=", ".join(known.names)
        )
    information = np.linalg.inv(found.covariance)
    rows = []
    for name in asked:
        at = known.names.index(name)
        floor = 0.0 if known.parts[at] == "standard deviation" else -np.inf
        one = _Profile(likelihood, found, information, jacobian[at])
        estimate = float(known.values[0, at])
        lower, upper = (one.end(side * norm.ppf(0.5 + 0.5 * level), estimate - floor) for side in (-1.0, 1.0))
        rows.append((name, estimate, estimate + lower, estimate + upper, level, "profile likelihood"))
    return pd.DataFrame(rows, columns=["term", "estimate", "lower", "upper", "level", "interval"])


class _Profile:
    """The highest likelihood with a linear function of the parameters moved from where it is."""

    def __init__(self, likelihood: Likelihood, found: Maximum, information: Floats, slope: Floats) -> None:
        self.likelihood, self.found, self.information = likelihood, found, information
        self.error = float(np.sqrt(slope @ found.covariance @ slope))
        # The direction in which the others follow while the function moves by one, and the rest of the space.
        self.along = found.covariance @ slope / self.error**2
        self.basis = null_space(slope[None])

    def root(self, move: float, start: tuple[Floats, Floats]) -> tuple[float, tuple[Floats, Floats]]:
        """Signed root of the deviance at a move, and where it was reached."""
        psi, u, value = climb(self.likelihood, *start, self.basis, self.information)
        deviance = max(2.0 * (self.found.log_likelihood - value), 0.0)
        return float(np.sign(move) * np.sqrt(deviance)), (psi, u)

    def end(self, aim: float, room: float) -> float:
        """The move at which the signed root of the deviance is `aim`, by secants; downwards no more than `room`."""
        sign = np.sign(aim)
        limit = min(room, _FAR * self.error) if sign < 0 else _FAR * self.error
        move, before = aim * self.error, (0.0, 0.0)
        place, psi, u = 0.0, self.found.psi, self.found.u
        for _ in range(40):
            move = sign * min(abs(move), limit)
            got, (psi, u) = self.root(move, (psi + (move - place) * self.along, u))
            place = move
            if abs(got - aim) < _CLOSE:
                return move
            if abs(move) >= limit and abs(got) < abs(aim):
                return float(-room if sign < 0 and limit == room else sign * np.inf)
            rise = (got - before[1]) / (move - before[0])
            before = (move, got)
            step = (aim - got) / rise if rise > 0 else sign * self.error
            # A flat profile would throw the secant far out.
            move = move + float(np.clip(step, -4.0 * self.error, 4.0 * self.error))
        return move


@checked
def likelihood_ratio_test(fits: Mapping[str, OrdinalFit]) -> pd.DataFrame:
    r"""Compare nested regressions of the same answers by likelihood-ratio tests, as ``anova`` does in R.

    Sorted by their number of parameters, each fit is tested against the one before it:
    :math:`LR = 2 (M_2 - M_1) \sim \chi^2` with the difference of their numbers of parameters as degrees of freedom. Where
    the larger one adds a standard deviation, which is 0 under the smaller, the test is conservative (Self and Liang 1987)
    and the row says so.

    Parameters
    ----------
    fits
        Two or more fits by name, all with ``engine="ml"``.

    Returns
    -------
    pandas.DataFrame
        ``fit, parameters, log_likelihood, aic, lr, df, p`` and ``note``; null in the first row.

    Raises
    ------
    SpecificationError
        Fewer than two fits, other engines, other answers, families or links, or fits that are not nested.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats.regression.fit import fit_ordinal
    >>> data = pd.DataFrame({"model": ["a"] * 3 + ["b"] * 3, "answer": [1, 2, 3] * 2,
    ...     "count": [20, 30, 10, 8, 25, 27]})
    >>> fits = {f: fit_ordinal(f"answer ~ {f}", data, engine="ml") for f in ("1", "model")}
    >>> likelihood_ratio_test(fits)[["df", "p"]].iloc[1].round(4).tolist()
    [1.0, 0.0002]
    """
    if len(fits) < 2:
        raise SpecificationError("a comparison needs two fits", parameter="fits", got=len(fits))
    found = {name: maximum_of(fit, "a likelihood-ratio test") for name, fit in fits.items()}
    order = sorted(fits, key=lambda name: found[name].parameters)
    rows: list[tuple[Any, ...]] = [(order[0], *_measures(found[order[0]]), np.nan, np.nan, np.nan, None)]
    for small, large in pairwise(order):
        _check_nested(fits[small].design, fits[large].design, f"{small} in {large}")
        ratio = max(2.0 * (found[large].log_likelihood - found[small].log_likelihood), 0.0)
        df = found[large].parameters - found[small].parameters
        more = _spreads(fits[large].design) - _spreads(fits[small].design)
        note = f"conservative: {', '.join(sorted(more))} may be 0" if more else None
        rows.append((large, *_measures(found[large]), ratio, float(df), float(chi2.sf(ratio, df)), note))
    return pd.DataFrame(rows, columns=["fit", "parameters", "log_likelihood", "aic", "lr", "df", "p", "note"])


def _measures(found: Maximum) -> tuple[int, float, float]:
    return found.parameters, found.log_likelihood, found.aic


def maximum_of(fit: OrdinalFit, what: str) -> Maximum:
    """The maximum of a fit's likelihood; `SpecificationError` of a Bayesian fit."""
    if fit.maximum is None:
        raise SpecificationError(
            f"{what} of a fit that is not by maximum likelihood",
            parameter="fit",
            got=f'engine="{fit.result.meta["engine"]}"',
            expected='fit_ordinal(…, engine="ml")',
        )
    return fit.maximum


def _spreads(design: EffectsDesign) -> set[str]:
    return {f"sd[{name}|{':'.join(sorted(g.factor))}]" for g in design.groups for name in g.names}


def _check_nested(small: EffectsDesign, large: EffectsDesign, which: str) -> None:
    """Refuse fits of other answers, or a smaller one whose columns the larger does not span."""
    same = len(small.row_cell) == len(large.row_cell)
    if not (same and np.array_equal(small.row_category, large.row_category)
            and np.array_equal(small.row_count, large.row_count)):  # fmt: skip
        raise SpecificationError("the fits are of different answers", parameter="fits", got=which)
    one, two = small.spec, large.spec
    if (one.family, one.link) != (two.family, two.link):
        raise SpecificationError(
            "the fits have different families or links, so neither is a case of the other",
            parameter="fits",
            got=f"{one.family} {one.link}, {two.family} {two.link}",
            hint="compare their aic",
        )
    pairs = np.unique(np.column_stack([small.row_cell, large.row_cell]), axis=0)
    inside = _spreads(small) <= _spreads(large)
    inside &= np.allclose(
        (small.matrices.offset + small.centres["offset"])[pairs[:, 0]],
        (large.matrices.offset + large.centres["offset"])[pairs[:, 1]],
    )
    ones = np.ones((len(pairs), 1))
    sets = [
        np.eye(max(1, len(d.set_labels)))[d.matrices.sets[pairs[:, n]]] for n, d in enumerate((small, large))
    ]
    for name in ("x", "disc", "specific"):
        first, second = (getattr(d.matrices, name)[pairs[:, n]] for n, d in enumerate((small, large)))
        if name == "x":  # category-specific columns and thresholds of sets hold common ones
            first = np.column_stack([first, sets[0]])
            second = np.column_stack([second, large.matrices.specific[pairs[:, 1]], sets[1]])
        whole = np.column_stack([ones, second])
        inside &= np.linalg.matrix_rank(np.column_stack([whole, first])) == np.linalg.matrix_rank(whole)
    if not inside:
        raise SpecificationError(
            "the fits are not nested", parameter="fits", got=which, hint="compare their aic"
        )
