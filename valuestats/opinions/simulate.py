"""Simulated opinions on networks, by the rules that are fitted."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pandas as pd

from valuestats.base.allowed import SHARE, Number, Whole
from valuestats.base.arguments import checked
from valuestats.base.errors import InputError
from valuestats.opinions.loops import encounters, moved_once
from valuestats.opinions.panel import Array
from valuestats.opinions.rules import RULES, RuleName


@checked
def simulate_opinions(
    opinions: pd.DataFrame,
    ties: pd.DataFrame,
    *,
    rule: RuleName = "bounded_confidence",
    confidence: Annotated[float, Number(0.0)] = np.inf,
    influence: float = 0.5,
    susceptibility: Annotated[float, SHARE] = 1.0,
    self_weight: Annotated[float, SHARE] = 0.0,
    waves: Annotated[int, Whole(2)] = 2,
    steps: Annotated[int, Whole(1)] = 1,
    noise: Annotated[float, Number(0.0)] = 0.0,
    seed: int = 0,
) -> pd.DataFrame:
    """Opinions of later waves from those of the first, by a rule; everybody updates at once, in ``deffuant`` one by one.

    Parameters
    ----------
    opinions
        ``person``, ``opinion``, optionally ``network``.
    ties
        ``person`` listens to ``other``; optionally ``weight`` and ``network``.
    rule
        As in `valuestats.opinion_dynamics`. A step of ``deffuant`` is as many encounters as people who listen: one of them
        and a friend, drawn by weight, come closer by the share `influence` of what is between them where that is no more
        than `confidence` (the friend moves too where both listen).
    confidence, influence, susceptibility, self_weight
        Parameters of the rules that have them.
    waves, steps
        Waves in all, and updates between two of them.
    noise
        Standard deviation of what is added to those who listen to somebody, at each step.
    seed
        Of noise and encounters.

    Returns
    -------
    pandas.DataFrame
        ``person``, ``wave`` (from 0), ``opinion``, and ``network`` where there was one.

    Raises
    ------
    InputError
        A missing column, a null or no opinion, a person twice, a tie to somebody who has no opinion.

    Examples
    --------
    >>> import pandas as pd
    >>> people = pd.DataFrame({"person": ["a", "b"], "opinion": [0.0, 1.0]})
    >>> ties = pd.DataFrame({"person": ["a"], "other": ["b"]})
    >>> simulate_opinions(people, ties, rule="degroot", influence=0.25)["opinion"].tolist()
    [0.0, 1.0, 0.25, 1.0]
    """
    net = "network" in opinions.columns
    keys = ["network", "person"] if net else ["person"]
    for name, frame, wanted in (
        ("opinions", opinions, [*keys, "opinion"]),
        ("ties", ties, [*keys, "other"]),
    ):
        missing = [c for c in wanted if c not in frame.columns]
        if missing:
            raise InputError(
                "a column is missing",
                parameter=name,
                got=", ".join(map(str, frame.columns)),
                expected=missing[0],
            )
    x = pd.to_numeric(opinions["opinion"], errors="coerce").to_numpy(dtype=float)
    if not np.isfinite(x).all():
        row = int(np.flatnonzero(~np.isfinite(x))[0])
        raise InputError(
            "an opinion is a number", row=row, parameter="opinion", got=opinions["opinion"].iloc[row]
        )
    names = pd.MultiIndex.from_frame(opinions[keys].astype(str))
    if names.has_duplicates:
        row = int(np.flatnonzero(names.duplicated())[0])
        raise InputError(
            "a person is given twice", row=row, parameter="opinions", got=opinions["person"].iloc[row]
        )
    ends = []
    for column in ("person", "other"):
        at = names.get_indexer(pd.MultiIndex.from_frame(ties[[*keys[:-1], column]].astype(str)))
        if (at < 0).any():
            row = int(np.flatnonzero(at < 0)[0])
            raise InputError(
                "a tie to somebody who has no opinion", row=row, parameter=column, got=ties[column].iloc[row]
            )
        ends.append(at)
    weight = ties["weight"].to_numpy(dtype=float) if "weight" in ties.columns else np.ones(len(ties))
    order = np.argsort(ends[0], kind="stable")
    who, to, weight = ends[0][order], ends[1][order].astype(np.int64), weight[order]
    start = np.searchsorted(who, np.arange(len(x) + 1)).astype(np.int64)
    path = _path(
        x,
        start,
        who,
        to,
        weight,
        rule,
        (confidence, influence, susceptibility, self_weight),
        waves,
        steps,
        noise,
        seed,
    )
    frame = pd.concat([opinions[keys]] * waves, ignore_index=True)
    frame["wave"] = np.repeat(np.arange(waves), len(x))
    frame["opinion"] = path.ravel()
    return frame


def _path(
    x: Array,
    start: np.ndarray,
    who: np.ndarray,
    to: np.ndarray,
    weight: Array,
    rule: str,
    parameters: tuple[float, float, float, float],
    waves: int,
    steps: int,
    noise: float,
    seed: int,
) -> Array:
    bound, influence, susceptible, own_weight = parameters
    rng = np.random.default_rng(seed)
    listens = np.diff(start) > 0
    pairs = set(zip(who.tolist(), to.tolist(), strict=True)) if rule == "deffuant" else set()
    mutual = (
        np.array([(b, a) in pairs for a, b in zip(who, to, strict=True)], dtype=np.int64) if pairs else who
    )
    first, path = x.copy(), [x]
    for _ in range(waves - 1):
        now = path[-1].copy()
        for _ in range(steps):
            if rule == "deffuant":
                people = rng.choice(np.flatnonzero(listens), int(listens.sum()))
                encounters(start, to, weight, mutual, now, bound, influence, people, rng.random(len(people)))
            elif rule == "friedkin_johnsen":
                moved = moved_once(0, start, to, weight, now, np.inf, 1 - own_weight)
                now = np.where(listens, susceptible * moved + (1 - susceptible) * first, now)
            else:
                kind = RULES[rule].kind
                reach = bound if RULES[rule].bounded else np.inf
                now = moved_once(
                    kind, start, to, weight, now, reach, influence if RULES[rule].strength else 1.0
                )
            if noise:
                now = now + noise * rng.standard_normal(len(now)) * listens
        path.append(now)
    return np.stack(path)


@checked
def simulate_ego_networks(
    *,
    people: Annotated[int, Whole(1)] = 275,
    friends: Annotated[int, Whole(1)] = 12,
    rule: RuleName = "bounded_confidence",
    confidence: Annotated[float, Number(0.0)] = 0.3,
    influence: float = 0.3,
    susceptibility: Annotated[float, SHARE] = 1.0,
    self_weight: Annotated[float, SHARE] = 0.0,
    alike: Annotated[float, SHARE] = 0.2,
    waves: Annotated[int, Whole(2)] = 2,
    noise: Annotated[float, Number(0.0)] = 0.05,
    error: Annotated[float, Number(0.0)] = 0.0,
    seed: int = 0,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    r"""Egos with their friends, whose opinions move by a rule with known parameters.

    Opinions are :math:`.5 + .2(\sqrt{\rho}\,u + \sqrt{1-\rho}\,v)`, u shared by a network and v a person's own (standard
    normal), so that friends resemble each other with correlation :math:`\rho` (`alike`) before anybody moves. Friends
    number 2 at least and `friends` on average, and stay as they are: they listen to nobody who is in the data.

    Parameters
    ----------
    people
        Egos, one network each.
    friends
        Friends of an ego on average.
    rule, confidence, influence, susceptibility, self_weight
        What moves egos.
    alike
        Correlation of opinions within a network.
    waves
        Waves.
    noise
        Standard deviation of what else moves an ego from wave to wave.
    error
        Standard deviation of the error with which each opinion is measured.
    seed
        Of all.

    Returns
    -------
    tuple of pandas.DataFrame
        The panel (``network``, ``person``, ``wave``, ``opinion``) and the ties (``network``, ``person``, ``other``), as
        `valuestats.opinion_dynamics` takes them.

    Examples
    --------
    >>> panel, ties = simulate_ego_networks(people=3)
    >>> panel["network"].nunique(), sorted(panel["wave"].unique().tolist())
    (3, [0, 1])
    """
    rng = np.random.default_rng(seed)
    size = 2 + rng.poisson(max(friends - 2, 0), people)
    network = np.repeat(np.arange(people), size + 1)
    ego = np.r_[True, np.diff(network) > 0]
    shared = rng.standard_normal(people)[network]
    opinion = 0.5 + 0.2 * (np.sqrt(alike) * shared + np.sqrt(1 - alike) * rng.standard_normal(len(network)))
    name = np.char.add("network ", (network + 1).astype(str))
    place = np.arange(len(network)) - np.flatnonzero(ego)[network]
    person = np.where(
        ego, np.char.add("ego ", (network + 1).astype(str)), np.char.add("friend ", place.astype(str))
    )
    first = pd.DataFrame({"network": name, "person": person, "opinion": opinion})
    ties = pd.DataFrame({"network": name[~ego], "person": person[ego][network[~ego]], "other": person[~ego]})
    panel = simulate_opinions(
        first,
        ties,
        rule=rule,
        confidence=confidence,
        influence=influence,
        susceptibility=susceptibility,
        self_weight=self_weight,
        waves=waves,
        noise=noise,
        seed=int(rng.integers(2**31)),
    )
    panel["opinion"] += error * rng.standard_normal(len(panel))
    return panel, ties
