"""How far rankings agree with people's, between chance and how far people agree with each other."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.allowed import Number
from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.base.labels import counted
from valuestats.orderings.cells import Cells, Different, ranking_cells
from valuestats.orderings.crossed import PIGEONHOLE, TWO_WAY, crossed_jackknife
from valuestats.orderings.overlaps import MEASURES, Measure, chance_level, ranking_vectors
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.clusters import FEW, LEAST
from valuestats.statistics.resampling import cluster_weights, equal_tailed
from valuestats.tables.choices import Choices

Array = NDArray[np.float64]
Resampling = Literal["jackknife", "bootstrap"]
PEOPLE = "people with each other"
"""Name of the row of people's agreement among themselves."""
OWN, SWAPPED = "own", "swapped"
CITATIONS = (
    "Webber, Moffat & Zobel (2010), ACM Transactions on Information Systems 28(4)",
    "Corsi & Urbano (2024), The treatment of ties in rank-biased overlap, SIGIR",
    "Fagin, Kumar & Sivakumar (2003), Comparing top k lists",
    "Kendall (1945)",
    "Cameron, Gelbach & Miller (2011), two-way clustering",
)


@checked
def ranking_agreement(
    rankings: pd.DataFrame | Choices,
    people: pd.DataFrame | Choices,
    *,
    measures: Sequence[Measure] = MEASURES,
    persistence: Annotated[float, Number(0.0, 1.0, "")] = 0.9,
    different: Different = "refuse",
    resampling: Resampling = "jackknife",
    draws: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    r"""How far models' rankings agree with people's, beside chance and beside people among themselves.

    Estimand: the mean over people and scenarios like these of a measure of agreement between the ranking that a model makes
    (for that person, where it makes one for each) and the person's own. Three numbers stand beside it: ``baseline``, the
    mean that a random order reaches, in closed form; the row "people with each other", the mean over pairs of different
    people in one scenario, which is what somebody else's ranking is worth; and ``swapped``, the agreement of rankings with
    *other* people than the ones they were made for, so that ``gain`` is what knowing the person brings.

    Both people and scenarios are samples. The interval is Student's t with the two-way jackknife's error
    (`valuestats.orderings.crossed`), none below four people or scenarios; ``resampling="bootstrap"`` draws people and
    scenarios with replacement, each on its own (Owen 2007), and is too wide where single cells are noisy, as they are with
    short rankings (``benchmarks/ranking_coverage.py``).

    Parameters
    ----------
    rankings
        One row per ranked option: ``model``, ``item`` (the scenario), ``option``, ``rank`` (lower is better, equal ranks
        tie, null: offered and not ranked, which shares the last place), ``respondent`` where the model ranks for each
        person, and optionally ``status``. The table that `valuestats.rank_by_values` gives will do, with its ``model``.
    people
        The same with ``respondent`` and no ``model``; optionally ``cluster`` of the scenarios, which are then left out
        together.
    measures
        Which: ``average_overlap``, ``rbo`` (extrapolated rank-biased overlap), ``kendall`` (τ-b), ``spearman``,
        ``first_choice``. Definitions, ties included: `valuestats.orderings.overlaps.ranking_vectors`.
    persistence
        p of the rank-biased overlap: the share of readers who go on from one rank to the next.
    different
        What to do with rankings of other options than the people ranked: refuse them, or leave those out, by name.
    resampling
        Of the interval.
    draws, seed
        Joint draws, for contrasts between models and ranks.
    level
        Probability inside the interval.

    Returns
    -------
    Result
        Kind ``"ranking_agreement"``, keys ``("model", "measure")``; besides ``baseline``, ``people`` (the people's row),
        ``swapped``, ``gain`` with ``gain_lower`` and ``gain_upper``, ``above_people`` with its ends, ``n_people``,
        ``n_items`` and ``degrees`` (of freedom). ``n_scored`` counts rankings of one person and scenario.

    Raises
    ------
    SpecificationError
        Rankings of different options, by name; one option only; no ranking at all.
    InputError
        A column is missing or null, or an option stands twice in a ranking.

    References
    ----------
    Webber, Moffat and Zobel (2010); Corsi and Urbano (2024); Kendall (1945); Cameron, Gelbach and Miller (2011); Owen
    (2007), The pigeonhole bootstrap.

    Examples
    --------
    >>> import pandas as pd
    >>> own = pd.DataFrame({"respondent": list("aaabbb"), "item": 1, "option": [1, 2, 3] * 2, "rank": [1, 2, 3, 2, 1, 3]})
    >>> told = pd.DataFrame({"model": "m", "item": 1, "option": [1, 2, 3], "rank": [1, 2, 3]})
    >>> found = ranking_agreement(told, own, measures=["average_overlap"]).estimates
    >>> found[["model", "estimate", "baseline"]].round(3).to_numpy().tolist()
    [['m', 0.833, 0.667], ['people with each other', 0.667, 0.667]]
    """
    started = time.perf_counter()
    if not measures or len(set(measures)) < len(measures):
        raise SpecificationError(
            "each measure once",
            parameter="measures",
            got=", ".join(measures) or "none",
            expected=", ".join(MEASURES),
        )
    cells = ranking_cells(rankings, people, different)
    rng = np.random.default_rng(seed)
    chosen: tuple[Measure, ...] = tuple(measures)
    names, scored, chance = _layout(cells, chosen, persistence)
    if resampling == "jackknife":
        sums = _sums(cells, chosen, persistence, names, None)
        found = crossed_jackknife(*sums, level, draws, rng)
        point, error, lower, upper, drawn = (
            found.point,
            found.std_error,
            found.lower,
            found.upper,
            found.draws,
        )
        degrees = found.degrees
    else:
        point, drawn = _bootstrapped(cells, chosen, persistence, names, draws, rng)
        enough = min(len(cells.respondents), len(cells.units)) >= LEAST
        drawn = drawn if enough else np.full_like(drawn, np.nan)
        lower, upper = equal_tailed(drawn, level)
        error, degrees = drawn.std(axis=0, ddof=1), np.full(len(point), np.nan)
    frame = _frame(cells, chosen, names, point, error, lower, upper, drawn, scored, chance, level)
    frame["degrees"] = [
        degrees[names[m, k, OWN]] for m, k in zip(frame["model"], frame["measure"], strict=True)
    ]
    frame["interval"] = np.where(
        frame["lower"].notna(), TWO_WAY if resampling == "jackknife" else PIGEONHOLE, "none"
    )
    meta = make_meta(
        f"agreement of rankings, {TWO_WAY if resampling == 'jackknife' else PIGEONHOLE}",
        {
            "measures": list(chosen),
            "persistence": persistence,
            "different": different,
            "resampling": resampling,
            "draws": draws,
            "level": level,
            "unit": "person and scenario",
        },
        citations=CITATIONS,
        seed=seed,
        warnings=[*cells.notes, *_notes(cells)],
        seconds=time.perf_counter() - started,
        tied=cells.tied,
    )
    whose = [*cells.models, PEOPLE]
    own = [[names[m, k, OWN] for k in chosen] for m in whose]
    tree = draws_tree("bootstrap", drawn[:, own], {"model": whose, "measure": list(chosen)})
    return Result("ranking_agreement", frame, ("model", "measure"), meta, tree)


Names = dict[tuple[str, str, str], int]


def _layout(
    cells: Cells, measures: tuple[Measure, ...], p: float
) -> tuple[Names, dict[str, int], dict[tuple[str, str], float]]:
    """Number of each estimate, rankings scored of each model, and the chance level over the scored ones."""
    names: Names = {}
    scored: dict[str, int] = {}
    chance: dict[tuple[str, str], float] = {}
    there = np.array([~np.isnan(s.people).all(axis=1) for s in cells.scenarios])
    for model in (*cells.models, PEOPLE):
        both = there.copy()
        if model != PEOPLE:
            both &= np.array([~np.isnan(s.models[model]).all(axis=1) for s in cells.scenarios])
        count = both.sum(axis=1)
        scored[model] = int(count.sum())
        weight = count * (count - 1) if model == PEOPLE else count
        for measure in measures:
            level = [chance_level(s.people.shape[1], measure, p) for s in cells.scenarios]
            chance[model, measure] = float(weight @ level / weight.sum()) if weight.any() else float("nan")
            names[model, measure, OWN] = len(names)
            if cells.personal.get(model):
                names[model, measure, SWAPPED] = len(names)
    return names, scored, chance


@dataclass(frozen=True)
class _Vectors:
    """Vectors of rankings and whether the measure is defined for them, shapes ``(people, features)``, ``(people,)``."""

    f: Array
    there: NDArray[np.bool_]


def _vectors(rankings: list[Array], measure: Measure, p: float) -> list[_Vectors]:
    """The vectors of each scenario's rankings; those with as many options are worked out together."""
    found: list[_Vectors] = [_Vectors(np.zeros((0, 0)), np.zeros(0, dtype=bool))] * len(rankings)
    sizes = np.array([r.shape[1] for r in rankings])
    for n in np.unique(sizes):
        here = np.flatnonzero(sizes == n)
        ranks = np.stack([rankings[k] for k in here])
        flat = ranks.reshape(-1, n)
        there = ~np.isnan(flat).all(axis=1)
        f, whole = ranking_vectors(np.where(there[:, None], flat, 0.0), measure, p)
        there &= whole
        f = (f * there[:, None]).reshape(*ranks.shape[:2], -1)
        for k, own, known in zip(here, f, there.reshape(ranks.shape[:2]), strict=True):
            found[k] = _Vectors(own, known)
    return found


def _weighted(values: Array, weights: Array | None) -> Array:
    """Sums over people: of all, then without each (no weights given), or under each row of weights after all."""
    values = values.reshape(len(values), -1)
    whole = values.sum(axis=0)
    rest = whole - values if weights is None else weights @ values
    return np.concatenate([whole[None], rest])


def _squared(values: Array, weights: Array | None) -> Array:
    return _weighted(values, None if weights is None else weights**2)[:, 0]


def _sums(
    cells: Cells, measures: tuple[Measure, ...], p: float, names: Names, weights: Array | None
) -> tuple[Array, Array]:
    """Numerators and denominators by unit of scenarios, shape ``(1 + evaluations, units, estimates)`` each."""
    evaluations = len(cells.respondents) if weights is None else len(weights)
    above = np.zeros((1 + evaluations, len(cells.units), len(names)))
    below = np.zeros_like(above)
    for measure in measures:
        people = _vectors([s.people for s in cells.scenarios], measure, p)
        sums = [_weighted(own.f, weights) for own in people]
        heads = [_weighted(own.there.astype(float), weights)[:, 0] for own in people]
        at = names[PEOPLE, measure, OWN]
        for own, total, head, unit in zip(people, sums, heads, cells.unit, strict=True):
            above[:, unit, at] += (total**2).sum(axis=1) - _squared((own.f**2).sum(axis=1), weights)
            below[:, unit, at] += head**2 - _squared(own.there.astype(float), weights)
        for model in cells.models:
            made = _vectors([s.models[model] for s in cells.scenarios], measure, p)
            at = names[model, measure, OWN]
            for own, other, total, head, unit in zip(people, made, sums, heads, cells.unit, strict=True):
                agree = (own.f * other.f).sum(axis=1)
                both = (own.there & other.there).astype(float)
                above[:, unit, at] += _weighted(agree, weights)[:, 0]
                below[:, unit, at] += _weighted(both, weights)[:, 0]
                if (model, measure, SWAPPED) in names:
                    to = names[model, measure, SWAPPED]
                    theirs = _weighted(other.f, weights)
                    above[:, unit, to] += (total * theirs).sum(axis=1) - _squared(agree, weights)
                    count = _weighted(other.there.astype(float), weights)[:, 0]
                    below[:, unit, to] += head * count - _squared(both, weights)
    return above, below


def _bootstrapped(
    cells: Cells, measures: tuple[Measure, ...], p: float, names: Names, draws: int, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Estimates, and their replicates under people and scenarios drawn with replacement, in parts that fit the memory."""
    part = max(1, int(2e7 / max(1, len(cells.units) * len(names))))
    found, point = [], np.zeros(0)
    for start in range(0, draws, part):
        size = min(part, draws - start)
        above, below = _sums(cells, measures, p, names, cluster_weights(len(cells.respondents), size, rng))
        scenarios = np.concatenate(
            [np.ones((1, len(cells.units))), cluster_weights(len(cells.units), size, rng)]
        )
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = np.einsum("bjk,bj->bk", above, scenarios) / np.einsum("bjk,bj->bk", below, scenarios)
        point = ratio[0]
        found.append(ratio[1:])
    return point, np.concatenate(found)


def _frame(
    cells: Cells,
    measures: tuple[Measure, ...],
    names: Names,
    point: Array,
    error: Array,
    lower: Array,
    upper: Array,
    drawn: Array,
    scored: dict[str, int],
    chance: dict[tuple[str, str], float],
    level: float,
) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for model in (*cells.models, PEOPLE):
        for measure in measures:
            at, them = names[model, measure, OWN], names[PEOPLE, measure, OWN]
            row: dict[str, Any] = {
                "estimand": "mean agreement of rankings",
                "model": model,
                "measure": measure,
                "estimate": point[at],
                "std_error": error[at],
                "lower": lower[at],
                "upper": upper[at],
                "level": level,
                "interval": "none",
                "n_scored": scored[model],
                "n_asked": cells.asked,
                "baseline": chance[model, measure],
                "people": point[them],
                "n_people": len(cells.respondents),
                "n_items": len(cells.items),
            }
            if model != PEOPLE:
                row |= _difference("above_people", at, them, point, drawn, level)
            if (model, measure, SWAPPED) in names:
                swapped = names[model, measure, SWAPPED]
                row |= {"swapped": point[swapped], **_difference("gain", at, swapped, point, drawn, level)}
            rows.append(row)
    frame = pd.DataFrame(rows)
    wanted = [f"{n}{end}" for n in ("above_people", "gain") for end in ("", "_lower", "_upper")] + ["swapped"]
    return frame.assign(**{c: np.nan for c in wanted if c not in frame.columns})


def _difference(name: str, one: int, two: int, point: Array, drawn: Array, level: float) -> dict[str, float]:
    lower, upper = equal_tailed(drawn[:, one] - drawn[:, two], level)
    return {name: point[one] - point[two], f"{name}_lower": float(lower), f"{name}_upper": float(upper)}


def _notes(cells: Cells) -> list[str]:
    found = []
    for count, one, several in (
        (len(cells.respondents), "person", "people"),
        (len(cells.units), "scenario", "scenarios"),
    ):
        if count < LEAST:
            found.append(f"{counted(count, one, several)}: fewer than {LEAST} give no interval")
        elif count < FEW:
            found.append(f"{counted(count, one, several)}: intervals over so few are rough")
    if cells.tied:
        found.append(f"{cells.tied:.0%} of the people's rankings hold ties, which are put in order at random")
    return found
