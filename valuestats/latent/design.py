"""A declared latent linear model of counted ordered answers: its terms, blocks of coefficients and spreads.

The location of cell c and the thresholds of set s are linear in normal coefficients ``x`` (thresholds through
`threshold_map`)::

    eta = sum_t A_t r_t,   r_t = sum_b B_b x_b,   x_j ~ Normal(0, s_j(theta)),   theta ~ hyperpriors

A *term* is a sparse matrix ``A_t`` from its levels to the cells (an index matrix for a factor, a column for a
covariate); a *block* is a set of coefficients with a basis ``B_b`` (levels x coefficients: identity, an orthonormal
zero-sum basis, a Kronecker product, any matrix) and standard deviations. Several blocks may feed one term.

**To add an effect**: one entry in ``terms`` and one `Block` that names it. A fixed effect is a block with a number
as `sd` and no `scales`; a random one names its spread hyperparameter in ``scales`` (several factors multiply). A
zero-sum effect takes `valuestats.latent.bases.zero_sum_basis` as basis. Mark a block ``leaf=True`` if its
basis is the identity and every cell has exactly one of its levels (the finest random effects, and the clusters they
nest in, finest first): the solver then eliminates it one by one instead of factorising it. Effects that meet others of
their own cluster only (what differs between judges) say so by ``within``, the cluster of each, on all their blocks, which
then may have any basis: many of them are eliminated cluster by cluster (`valuestats.latent.clusters`), and nested Laplace
weights each cluster by itself.

**To add a hyperparameter**: one `Hyper` with one of the priors of ``HYPER_PRIORS``; a new prior is one function in
`valuestats.latent.hyper_priors`, its quantile map: every hyperparameter (but a ``centred`` one) has a coordinate ``t``
that is standard normal a priori, in which a spread that the data hardly tell from 0 has no long tail, as in ``log``.

**Another ordinal family**: set ``family`` and ``link`` (see `valuestats.latent.likelihoods.families`), with
``threshold_map="direct"`` where thresholds need not ascend (sequential, adjacent). **Another likelihood** (counts, choices,
shares): `LatentDesign.around`, and `valuestats.latent.likelihoods.protocol`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack
from scipy.special import expit, log_expit

from valuestats.base.errors import SpecificationError
from valuestats.latent.blocks import Block as Block
from valuestats.latent.blocks import Hyper as Hyper
from valuestats.latent.blocks import Scale as Scale
from valuestats.latent.clusters import Clusters
from valuestats.latent.hyper_priors import HYPER_PRIORS
from valuestats.latent.likelihoods.families import Family, FamilyLink, check_family
from valuestats.latent.likelihoods.protocol import Likelihood
from valuestats.latent.sparse_times import sparse_times

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
ThresholdMap = Literal["shares", "direct"]
THRESHOLDS = "thresholds"


@dataclass(frozen=True)
class LatentDesign:
    """A latent linear model with its counted cells.

    Attributes
    ----------
    counts
        Answers per cell and category, shape ``(cells, K)``.
    group
        Threshold set of each cell, shape ``(cells,)``.
    sets
        Number of threshold sets.
    terms
        Sparse matrices ``(cells, levels)`` by name.
    blocks
        The coefficients; those of ``"thresholds"`` have a basis of ``sets * (K - 1)`` rows.
    hypers
        The hyperparameters; one of prior ``"around"`` comes after those it names.
    family, link
        The likelihood.
    threshold_map
        ``"shares"``: the threshold coordinates are log category shares relative to category `reference`, which
        keeps thresholds ascending; ``"direct"``: they are the thresholds.
    reference
        The category whose log share is 0.
    likelihood
        Of anything else than ordered answers; see `around`.
    of_row
        Cluster of each location, where blocks have clusters.
    """

    counts: Floats
    group: Ints
    sets: int
    terms: Mapping[str, Any]
    blocks: tuple[Block, ...]
    hypers: tuple[Hyper, ...]
    family: Family = "cumulative"
    link: FamilyLink = "logit"
    threshold_map: ThresholdMap = "shares"
    reference: int = 0
    likelihood: Likelihood | None = None
    of_row: Ints | None = None
    slices: dict[str, slice] = field(init=False, default_factory=dict)
    hyper_slices: dict[str, slice] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        check_family(self.family, self.link)
        if self.threshold_map not in get_args(ThresholdMap):
            raise SpecificationError(
                "unknown threshold map",
                parameter="threshold_map",
                got=self.threshold_map,
                expected="shares or direct",
            )
        if self.threshold_map == "shares" and self.family != "cumulative":
            raise SpecificationError(
                "log shares describe the thresholds of the cumulative family only",
                parameter="threshold_map",
                got=f"{self.family} {self.link}",
                hint='use threshold_map="direct"',
            )
        at = 0
        for hyper in self.hypers:
            self.hyper_slices[hyper.name] = slice(at, at + hyper.size)
            at += hyper.size
        start, cells = 0, self.rows
        for block in self.blocks:
            rows = self.levels(block.term)
            shape = (block.size, block.size) if block.basis is None else block.basis.shape
            if shape != (rows, block.size):
                raise SpecificationError(
                    f"the basis of {block.name} does not fit its term",
                    parameter="basis",
                    got=shape,
                    expected=(rows, block.size),
                )
            for scale in block.scales:
                if scale.hyper not in self.hyper_slices:
                    raise SpecificationError(
                        f"{block.name} names a hyperparameter that is not declared",
                        parameter="scales",
                        got=scale.hyper,
                    )
            self.slices[block.name] = slice(start, start + block.size)
            start += block.size
        for name, matrix in self.terms.items():
            if matrix.shape[0] != cells:
                raise SpecificationError(
                    f"the term {name} does not fit the cells",
                    parameter="terms",
                    got=matrix.shape[0],
                    expected=cells,
                )

    @cached_property
    def size(self) -> int:
        """Number of coefficients."""
        return sum(block.size for block in self.blocks)

    @cached_property
    def hyper_size(self) -> int:
        """Number of hyperparameters."""
        return sum(hyper.size for hyper in self.hypers)

    @property
    def steps(self) -> int:
        """Thresholds per set, K - 1."""
        return int(self.counts.shape[1]) - 1

    @property
    def rows(self) -> int:
        """Number of locations."""
        return len(self.counts) if self.likelihood is None else self.likelihood.rows

    @cached_property
    def likelihood_of_rows(self) -> Likelihood:
        """The likelihood, that of the counted answers unless another was given."""
        if self.likelihood is not None:
            return self.likelihood
        from valuestats.latent.likelihoods.ordered import OrderedAnswers

        return OrderedAnswers(
            self.counts,
            self.group,
            self.sets,
            family=self.family,
            link=self.link,
            shares=self.threshold_map == "shares",
            reference=self.reference,
        )

    @classmethod
    def around(
        cls,
        likelihood: Likelihood,
        terms: Mapping[str, Any],
        blocks: tuple[Block, ...],
        hypers: tuple[Hyper, ...] = (),
        of_row: Ints | None = None,
    ) -> LatentDesign:
        """A model of any other likelihood (`valuestats.latent.likelihoods.protocol`), without counted answers.

        Terms have a row for each of the likelihood's; blocks of ``"thresholds"`` feed its own parameters.
        """
        none = np.zeros(0, dtype=np.int64)
        return cls(np.zeros((0, 1)), none, 0, terms, blocks, hypers, likelihood=likelihood, of_row=of_row)

    @cached_property
    def clusters(self) -> Clusters | None:
        """The clusters of the coefficients; None where no block declares any."""
        if all(b.within is None for b in self.blocks):
            return None
        rest = [np.full(b.size, -1) if b.within is None else b.within for b in self.blocks]
        return Clusters(np.concatenate(rest))

    def levels(self, term: str) -> int:
        """Number of levels of a term."""
        if term == THRESHOLDS:
            return self.sets * self.steps if self.likelihood is None else self.likelihood.own
        if term not in self.terms:
            raise SpecificationError(
                "unknown term", parameter="term", got=term, expected=", ".join(self.terms)
            )
        return int(self.terms[term].shape[1])

    def unconstrained(self, phi: Floats) -> Floats:
        """Hyperparameters ``u`` from their coordinates ``t``, both ``(hyperparameters, chains)``."""
        return self.mapped(phi)[0]

    def mapped(self, phi: Floats) -> tuple[Floats, Floats]:
        """Hyperparameters ``u`` and their derivatives by their own coordinates."""
        u, slope = np.empty_like(phi), np.empty_like(phi)
        for hyper in self.hypers:
            at = self.hyper_slices[hyper.name]
            if hyper.centred:
                u[at], slope[at] = phi[at], 1.0
            elif hyper.prior == "around":
                slope[at] = np.exp(u[self.hyper_slices[hyper.spread]])
                u[at] = u[self.hyper_slices[hyper.centre]] + slope[at] * phi[at]
            else:
                u[at], slope[at] = HYPER_PRIORS[hyper.prior](phi[at], hyper.scale)
        return u, slope

    def pull_back(self, phi: Floats, d_u: Floats, slope: Floats) -> Floats:
        """Gradient by the coordinates from the gradient by ``u``, with the slope that `mapped` gives."""
        d = d_u.copy()
        for hyper in self.hypers:
            if hyper.prior == "around" and not hyper.centred:
                at = self.hyper_slices[hyper.name]
                d[self.hyper_slices[hyper.centre]] += d[at].sum(axis=0)
                d[self.hyper_slices[hyper.spread]] += (d[at] * slope[at] * phi[at]).sum(axis=0)
        return d * slope

    def hyper_prior(self, phi: Floats, mapped: tuple[Floats, Floats] | None = None) -> tuple[Floats, Floats]:
        """Log-prior of the coordinates and its gradient: they are standard normal, unless centred."""
        squares, gradient = phi**2, -phi
        value = np.zeros(phi.shape[1])
        for hyper in self.hypers:
            if hyper.centred:
                at, centre, spread = (self.hyper_slices[n] for n in (hyper.name, hyper.centre, hyper.spread))
                u, slope = mapped or self.mapped(phi)
                z = (u[at] - u[centre]) * np.exp(-u[spread])
                squares[at], gradient[at] = z**2, -z * np.exp(-u[spread])
                value -= hyper.size * u[spread][0]
                gradient[centre] -= gradient[at].sum(axis=0) * slope[centre]
                gradient[spread] += (z**2 - 1.0).sum(axis=0) * slope[spread]
        return value - 0.5 * squares.sum(axis=0), gradient

    def log_sd(self, u: Floats) -> Floats:
        """Log standard deviation of each coefficient, shape ``(coefficients, chains)``."""
        out = np.empty((self.size, u.shape[1]))
        for block in self.blocks:
            out[self.slices[block.name]] = self.block_log_sd(block, u)
        return out

    def block_log_sd(self, block: Block, u: Floats, rows: Any = slice(None)) -> Any:
        """Of chosen coefficients of a block, or one row for all where they share it."""
        out: Any = np.log(block.sd)
        for scale in block.scales:
            part = u[self.hyper_slices[scale.hyper]]
            if scale.kind != "log":
                part = 0.5 * log_expit(part if scale.kind == "share" else -part)
            out = out + (part if scale.index is None else part[scale.index[rows]])
        return out

    def moved(self, phi: Floats, u: Floats, axis: int) -> Floats:
        """Hyperparameters of coordinates that differ from those of `u` on one axis only."""
        u = u.copy()
        at = slice(axis, axis + 1)
        for hyper in self.hypers:
            own = self.hyper_slices[hyper.name]
            here = own.start <= axis < own.stop
            if hyper.centred:
                u[own] = phi[own]
            elif hyper.prior == "around":
                named = (self.hyper_slices[hyper.centre], self.hyper_slices[hyper.spread])
                if here or any(s.start <= axis < s.stop for s in named):
                    u[own] = u[named[0]] + np.exp(u[named[1]]) * phi[own]
            elif here:
                u[at] = HYPER_PRIORS[hyper.prior](phi[at], hyper.scale)[0]
        return u

    def blocks_under(self, axis: int) -> list[Block]:
        """Blocks whose standard deviations depend on a coordinate of the hyperparameters."""
        own = {n for n, at in self.hyper_slices.items() if at.start <= axis < at.stop}
        under = {h.name for h in self.hypers if own & {h.name, *(() if h.centred else (h.centre, h.spread))}}
        return [b for b in self.blocks if any(scale.hyper in under for scale in b.scales)]

    def log_ratios(self, block: Block, u: Floats, tried: Floats) -> Floats:
        """Log of a block's standard deviations under `tried` over those under `u`; one row if they share it."""
        return np.asarray(self.block_log_sd(block, tried) - self.block_log_sd(block, u))

    def stretched(self, x: Floats, u: Floats, tried: Floats, axis: int) -> Floats:
        """Coefficients under hyperparameters that differ on one axis, the same in units of their standard deviations."""
        out = x.copy()
        for block in self.blocks_under(axis):
            out[self.slices[block.name]] *= np.exp(self.log_ratios(block, u, tried))
        return out

    def by_hyper(self, u: Floats, d_log_sd: Floats, by: csr_array | None = None) -> Floats:
        """Gradient by ``u`` (one column will do for all) from the gradient by the log standard deviations.

        They are those of the coefficients, or of what the columns of `by` stand for, in place of `scale_sums`.
        """
        out = np.zeros((len(u), d_log_sd.shape[1]))
        sums, start = sparse_times(self.scale_sums if by is None else by, d_log_sd), 0
        for block in self.blocks:
            for scale in block.scales:
                at = self.hyper_slices[scale.hyper]
                part = sums[start : start + (1 if scale.index is None else at.stop - at.start)]
                start += len(part)
                if scale.kind == "share":
                    part = part * 0.5 * expit(-u[at])
                elif scale.kind == "rest":
                    part = part * -0.5 * expit(u[at])
                out[at] += part
        return out

    @cached_property
    def scale_sums(self) -> csr_array:
        """Adds up coefficients by the elements of each of their blocks' scales, one scale after the other."""
        parts = [csr_array((0, self.size))]
        for block in self.blocks:
            columns = np.arange(self.slices[block.name].start, self.slices[block.name].stop)
            for scale in block.scales:
                own = self.hyper_slices[scale.hyper]
                size = 1 if scale.index is None else own.stop - own.start
                rows = np.zeros_like(columns) if scale.index is None else scale.index
                parts.append(csr_array((np.ones(block.size), (rows, columns)), shape=(size, self.size)))
        return csr_array(vstack(parts))


def index_term(index: Ints, size: int, weights: Floats | None = None) -> csr_array:
    """The sparse matrix of a factor: one level per cell, optionally weighted, shape ``(cells, size)``."""
    cells = len(index)
    data = np.ones(cells) if weights is None else weights
    return csr_array((data, index, np.arange(cells + 1)), shape=(cells, size))
