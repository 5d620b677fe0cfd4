"""The posterior of a graded response model: log density and gradient, in NumPy and compiled passes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from valuestats.latent.likelihoods.graded import mixture_pass
from valuestats.measurement.graded.design import GradedDesign
from valuestats.measurement.graded.marginal import nodes, patterns
from valuestats.measurement.graded.model import GradedLayout, GradedPriors
from valuestats.statistics.ordinal import Link, check_link

Floats = NDArray[np.float64]


class GradedPosterior:
    """Log density of a one-trait design's coordinates, whose names and shapes the layout holds.

    The trait is summed over nodes (`valuestats.measurement.graded.marginal`), respondents of one response pattern together,
    so that the sampler sees item parameters only. Several traits go by `valuestats.measurement.graded.traits`.

    Parameters
    ----------
    design
        Answers.
    link
        ``"logit"``, or ``"probit"``: ordinal factor analysis (Takane and de Leeuw 1987).
    priors
        `GradedPriors` in logit units; None for the defaults.
    """

    def __init__(
        self, design: GradedDesign, *, link: Link = "logit", priors: GradedPriors | None = None
    ) -> None:
        self.design, self.link = design, check_link(link)
        self.layout = GradedLayout(design, (priors or GradedPriors()).of(link))
        self._probit = link == "probit"
        self._nodes, self._log_weight = nodes(25 if design.codes.shape[1] <= 8 else 33)
        self._index, self._count, _ = patterns(design.codes, design.group, design.categories)

    @property
    def size(self) -> int:
        """Number of coordinates."""
        return self.layout.size

    def log_density(self, x: Floats) -> tuple[float, Floats]:
        """Log posterior density (up to a constant) and its gradient at one point."""
        value, gradient = self.layout.log_prior(x)
        with np.errstate(all="ignore"):
            at = self.layout.parameters(x)
            standing = at.mean[:, None] + at.sd[:, None] * self._nodes
            likelihood, d_cut, d_slope, d_standing = mixture_pass(
                np.ascontiguousarray(at.cut),
                at.slope,
                standing,
                self._log_weight,
                self._index,
                self._count,
                self._probit,
            )
            back = self.layout.pull_back(
                x, at, d_slope, d_cut, d_standing.sum(axis=1), d_standing @ self._nodes
            )
        return float(value + likelihood), gradient + back

    def start(self, rng: np.random.Generator) -> Floats:
        """A point near the bulk: thresholds from the items' own shares, the rest from near its prior's middle."""
        return start_near(self.layout, self.link, rng)


def start_near(layout: GradedLayout, link: Link, rng: np.random.Generator) -> Floats:
    """A point near the bulk: thresholds from the items' own shares, the rest from near its prior's middle."""
    design = layout.design
    x = 0.1 * rng.normal(size=layout.size)
    x[layout.slices["log_a"]] += layout.prior.log_discrimination[0]
    share = np.stack([(design.codes == k).sum(axis=0) + 0.5 for k in range(design.categories)], axis=1)
    below = np.cumsum(share, axis=1)[:, :-1] / share.sum(axis=1, keepdims=True)
    unit = 1.0 if link == "logit" else 1.0 / 1.7
    cut = 1.3 * unit * logit(below)
    x[layout.slices["middle"]] += cut.mean(axis=1)
    x[layout.slices["log_gap"]] += np.log(np.diff(cut, axis=1)).ravel()
    if layout.kinds:
        x[layout.slices["spread"]] = 0.0  # their prior median
    return x
