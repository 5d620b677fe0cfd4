r"""Several correlated traits: the posterior in coordinates in which respondents and item parameters are nearly independent.

Around a reference value of the item parameters and correlations psi, with a root of their covariance, every respondent's
traits have a normal approximation whose centre moves with psi:
:math:`\psi = \hat\psi + S v`, :math:`\theta_p = \hat\theta_p + G_p v + F_p w_p`. The map is linear, so the posterior of
:math:`(v, w)` is the exact one, and nearly standard normal: the No-U-Turn sampler needs few steps. In psi and the traits
themselves it would need hundreds of times as many, as discriminations and correlations drag thousands of traits along.
The reference is found by Newton steps with the marginal score (Fisher's identity) and information (Louis 1982), from
weighted draws of the traits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

from valuestats.latent.likelihoods.graded import (
    conditional_pass,
    normal_pass,
    person_values,
    placed,
    pulled_back,
    score_pass,
)
from valuestats.measurement.graded.correlations import factor_jacobian
from valuestats.measurement.graded.design import GradedDesign
from valuestats.measurement.graded.model import GradedLayout, GradedPriors
from valuestats.measurement.graded.posterior import start_near
from valuestats.statistics.ordinal import Link, check_link

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Reference:
    """Normal reference of the marginal posterior.

    Attributes
    ----------
    centre
        Shape ``(coordinates,)``.
    root
        Lower root of the covariance.
    theta
        Traits at the centre from which Newton steps begin, shape ``(respondents, traits)``.
    """

    centre: Floats
    root: Floats
    theta: Floats


@dataclass(frozen=True)
class _Place:
    """What a value of the coordinates gives: traits' approximations and the log density apart from respondents'."""

    x: Floats
    cut: Floats
    slope: Floats
    precision: Floats
    centre: Floats
    factor: Floats


class TraitPosterior:
    """The posterior of a design of several traits.

    Parameters
    ----------
    design
        Answers.
    link, priors
        As of `valuestats.measurement.graded.posterior.GradedPosterior`.
    """

    def __init__(
        self, design: GradedDesign, *, link: Link = "logit", priors: GradedPriors | None = None
    ) -> None:
        self.design, self.link = design, check_link(link)
        self.layout = GradedLayout(design, (priors or GradedPriors()).of(link))
        self._codes = np.ascontiguousarray(design.codes, dtype=np.int64)
        self._trait = np.ascontiguousarray(design.trait, dtype=np.int64)
        self._probit = link == "probit"
        self._of_items = self.layout.slices["partial"].start

    def at(self, x: Floats, theta: Floats) -> _Place:
        """Approximations of the traits at `x` by one Newton step from `theta`."""
        found = self.layout.parameters(x)
        cut, slope = np.ascontiguousarray(found.cut[0]), np.ascontiguousarray(found.slope[0])
        inverse = solve_triangular(found.factor, np.eye(len(found.factor)), lower=True)
        precision = inverse.T @ inverse
        centre, factor = normal_pass(cut, slope, theta, self._trait, self._codes, precision, self._probit)
        return _Place(x, cut, slope, precision, centre, factor)

    def values(self, place: _Place, w: Floats) -> tuple[Floats, Floats]:
        """Each respondent's log density at the coordinates `w`, and the traits."""
        theta = placed(place.centre, place.factor, w)
        value = person_values(
            place.cut, place.slope, theta, self._trait, self._codes, place.precision, self._probit
        )
        return value, theta

    def reference(self, rng: np.random.Generator) -> Reference:
        """Find the mode of the marginal posterior and its curvature."""
        x = start_near(self.layout, self.link, rng)
        theta = np.zeros((len(self._codes), self.design.traits))
        kept = []
        turns = 40
        for turn in range(turns):
            late = turn >= turns - 12
            theta = self.at(x, theta).centre
            score, complete, missing = self._louis(x, theta, 12 if late else 3, rng)
            # the share of the missing information that is taken off grows from 0 (expectation-maximisation) to 1 (Newton)
            step = np.linalg.solve(_left(complete, min(1.0, turn / 12) * missing), score)
            x = x + step / max(1.0, float(np.abs(step).max()) / 0.5)
            if late:
                kept.append(x)
        centre = np.mean(kept[4:], axis=0)
        for _ in range(3):
            theta = self.at(centre, theta).centre
        _, complete, missing = self._louis(centre, theta, 40, rng)
        information = _left(complete, missing)
        return Reference(centre, np.linalg.cholesky(np.linalg.inv(information)), theta)

    def _louis(
        self, x: Floats, theta: Floats, draws: int, rng: np.random.Generator
    ) -> tuple[Floats, Floats, Floats]:
        """Score of the marginal posterior, complete and missing information, from weighted draws of the traits."""
        layout, size = self.layout, self.layout.size
        place = self.at(x, theta)
        people, traits = theta.shape
        found = layout.parameters(x)
        jacobian = factor_jacobian(np.tanh(x[layout.slices["partial"]]), found.factor)
        inverse = solve_triangular(found.factor, np.eye(traits), lower=True)
        noise = rng.normal(size=((draws + 1) // 2, people, traits))
        noise = np.concatenate([noise, -noise])[:draws]
        scores, log_weight, traits_drawn = [], [], []
        for w in noise:
            value, drawn = self.values(place, w)
            log_weight.append(value + 0.5 * (w**2).sum(axis=1))
            scores.append(self._scores(x, place, drawn, inverse, jacobian))
            traits_drawn.append(drawn)
        weight = np.exp(np.array(log_weight) - np.max(log_weight, axis=0))
        weight /= weight.sum(axis=0)
        middle = np.einsum("mp,mpk->pk", weight, np.array(scores))
        missing = np.zeros((size, size))
        for share, score in zip(weight, scores, strict=True):
            away = score - middle
            missing += (away * (share / np.maximum(1.0 - share, 0.1))[:, None]).T @ away
        few = weight[:4] / weight[:4].sum(axis=0)  # curvature varies little between draws
        complete = self._complete(x, np.array(traits_drawn[:4]), few)
        if not _positive(complete[: self._of_items, : self._of_items]):
            # far from the mode: outer products of the scores, as if the model held
            own = self._blocks()
            complete = sum((s * w[:, None]).T @ s for s, w in zip(scores, weight, strict=True)) * own
        at = layout.slices["partial"]
        complete[at, at] = people * _correlation_information(inverse, jacobian)
        complete += np.diag(self._prior_precision(x))
        return middle.sum(axis=0) + layout.log_prior(x)[1], complete, missing

    def _complete(self, x: Floats, theta: Floats, weight: Floats) -> Floats:
        """Expected complete-data information of the items by differences: items are independent given the traits."""
        layout = self.layout
        items, steps = self.design.codes.shape[1], self.design.categories - 1
        places = np.concatenate(
            [
                np.arange(layout.size)[layout.slices[name]].reshape(items, -1)
                for name in ("log_a", "middle", "log_gap")
            ],
            axis=1,
        )
        out = np.zeros((layout.size, layout.size))
        h = 1e-4
        for c in range(steps + 1):
            change = np.zeros((2, layout.size))
            for k, sign in enumerate((1.0, -1.0)):
                moved = x.copy()
                moved[places[:, c]] += sign * h
                found = layout.parameters(moved)
                cut, slope = np.ascontiguousarray(found.cut[0]), np.ascontiguousarray(found.slope[0])
                for drawn, share in zip(theta, weight, strict=True):
                    raw = score_pass(cut, slope, drawn, self._trait, self._codes, self._probit)
                    change[k] += self._by_coordinates(moved, slope, np.tensordot(share, raw, axes=1)[None])[0]
            by = (change[1] - change[0]) / (2 * h)
            for j in range(items):
                out[places[j], places[j, c]] = by[places[j]]
        return 0.5 * (out + out.T)

    def _blocks(self) -> Floats:
        """1 where two coordinates belong to one item."""
        layout = self.layout
        of = np.full(layout.size, -1)
        items = self.design.codes.shape[1]
        for name in ("log_a", "middle", "log_gap"):
            at = layout.slices[name]
            of[at] = np.repeat(np.arange(items), (at.stop - at.start) // items)
        return ((of[:, None] == of) & (of >= 0)).astype(float)

    def _by_coordinates(self, x: Floats, slope: Floats, raw: Floats) -> Floats:
        """Scores of the items' coordinates from those of thresholds and discriminations; 0 for the correlations."""
        layout = self.layout
        out = np.zeros((len(raw), layout.size))
        by_cut = raw[:, :, :-1]
        out[:, layout.slices["log_a"]] = raw[:, :, -1] * slope
        out[:, layout.slices["middle"]] = by_cut.sum(axis=2)
        gaps = (by_cut @ layout.basis.T) * np.exp(layout.split(x)["log_gap"])
        out[:, layout.slices["log_gap"]] = gaps.reshape(len(raw), -1)
        return out

    def _scores(self, x: Floats, place: _Place, theta: Floats, inverse: Floats, jacobian: Floats) -> Floats:
        """Each respondent's complete-data score by the coordinates."""
        layout = self.layout
        raw = score_pass(place.cut, place.slope, theta, self._trait, self._codes, self._probit)
        out = self._by_coordinates(x, place.slope, raw)
        u = theta @ inverse.T
        # d log N(theta; 0, LL') / dL = L^-T (u u' - I)
        by_factor = np.einsum("ia,pi,pb->pab", inverse, u, u) - inverse.T
        out[:, layout.slices["partial"]] = by_factor.reshape(len(theta), -1) @ jacobian
        return out

    def _prior_precision(self, x: Floats) -> Floats:
        h = 1e-4
        return np.asarray((self.layout.log_prior(x - h)[1] - self.layout.log_prior(x + h)[1]) / (2 * h))


def _positive(matrix: Floats) -> bool:
    return bool(np.linalg.eigvalsh(matrix).min() > 0.0)


def _correlation_information(inverse: Floats, jacobian: Floats) -> Floats:
    """Fisher information of one respondent's traits about the correlations' coordinates."""
    size = len(inverse)
    moved = np.einsum("ab,bck->kac", inverse, jacobian.reshape(size, size, -1))
    turned = (moved + moved.swapaxes(1, 2)).reshape(len(moved), -1)
    return np.asarray(0.5 * turned @ turned.T)


def _left(complete: Floats, missing: Floats) -> Floats:
    """Complete less missing information; in units of the complete one, at least a fiftieth is left."""
    root = np.linalg.cholesky(complete)
    inverse = solve_triangular(root, np.eye(len(root)), lower=True)
    left, turned = np.linalg.eigh(np.eye(len(root)) - inverse @ missing @ inverse.T)
    whole = root @ turned
    return np.asarray((whole * np.clip(left, 0.02, 1.0)) @ whole.T)


class WhitenedTraits:
    """The posterior in the coordinates of a reference: `v` of the parameters, then `w` of the respondents.

    Parameters
    ----------
    posterior
        Of the design.
    reference
        Of the posterior.
    """

    def __init__(self, posterior: TraitPosterior, reference: Reference) -> None:
        self.posterior, self.reference = posterior, reference
        place = posterior.at(reference.centre, reference.theta)
        self._centre, self._factor = place.centre, place.factor
        size, h = len(reference.centre), 1e-3
        self._slope = np.empty((self._centre.size, size), dtype=np.float32)
        for k in range(size):
            ends = [
                posterior.at(reference.centre + s * h * reference.root[:, k], reference.theta).centre
                for s in (1, -1)
            ]
            self._slope[:, k] = ((ends[0] - ends[1]) / (2 * h)).ravel()
        self.shapes = {"v": (size,), "w": self._centre.shape}

    def parameters(self, v: Floats) -> Floats:
        """Coordinates of the layout, ``(..., coordinates)``."""
        return np.asarray(self.reference.centre + v @ self.reference.root.T)

    def traits(self, v: Floats, w: Floats) -> Floats:
        """Traits at one point, ``(respondents, traits)``."""
        moved = (self._slope @ v.astype(np.float32)).reshape(self._centre.shape)
        return np.asarray(placed(self._centre + moved, self._factor, np.ascontiguousarray(w, dtype=float)))

    def log_density(self, q: Floats) -> tuple[float, Floats]:
        """Log posterior density (up to a constant) and its gradient at one point."""
        own, layout = self.posterior, self.posterior.layout
        v, w = q[: layout.size], q[layout.size :].reshape(self._centre.shape)
        x = self.parameters(v)
        with np.errstate(all="ignore"):
            found = layout.parameters(x)
            if not (np.diag(found.factor) > 0).all():  # a trajectory that ran away, to correlations of 1
                return -np.inf, np.zeros(len(q))
            theta = self.traits(v, w)
            likelihood, d_cut, d_slope, d_theta = conditional_pass(
                np.ascontiguousarray(found.cut[0]),
                np.ascontiguousarray(found.slope[0]),
                theta,
                own._trait,
                own._codes,
                own._probit,
            )
            inverse = solve_triangular(
                found.factor, np.eye(len(found.factor)), lower=True, check_finite=False
            )
            u = theta @ inverse.T
            people = len(theta)
            value, by_x = layout.log_prior(x)
            value += likelihood - 0.5 * float((u * u).sum()) + people * float(np.log(np.diag(inverse)).sum())
            d_theta = d_theta - u @ inverse
            nothing = np.zeros(1)
            by_x = by_x + layout.pull_back(x, found, d_slope[None], d_cut[None], nothing, nothing)
            by_factor = inverse.T @ (u.T @ u - people * np.eye(len(inverse)))
            jacobian = factor_jacobian(np.tanh(x[layout.slices["partial"]]), found.factor)
            by_x[layout.slices["partial"]] += by_factor.ravel() @ jacobian
            by_v = self.reference.root.T @ by_x + d_theta.ravel().astype(np.float32) @ self._slope
            by_w = pulled_back(self._factor, d_theta)
        return value, np.concatenate([by_v, by_w.ravel()])

    def start(self, rng: np.random.Generator) -> Floats:
        """A point of the reference."""
        return rng.normal(size=self.posterior.layout.size + self._centre.size)
