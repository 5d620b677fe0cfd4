"""A simulated release whose values have known strengths, and whose participants say yes too readily."""

from __future__ import annotations

import gzip

import numpy as np
import orjson
import pandas as pd
from scipy.special import expit

from valuestats.systems.moral_graph.release import REPRESENTED, SIMULATED

VALUES, PAIRS, PEOPLE, PER = 24, 40, 200, 4
YES = 0.8
"""What being asked about as the wiser value adds, in logits."""
BOTH = 6
"""Pairs that are asked both ways round."""


def strengths() -> np.ndarray:
    """True strengths of the values, from the lowest number to the highest."""
    return np.linspace(-1.5, 1.5, VALUES)


def simulate_votes(*, people: int = PEOPLE, seed: int = 0) -> pd.DataFrame:
    """Votes of participants on steps, four each: wiser with the probability that strengths and yes-saying give.

    Examples
    --------
    >>> simulate_votes(people=5, seed=1).shape
    (20, 4)
    """
    rng = np.random.default_rng(seed)
    every = np.array([(i, j) for i in range(VALUES) for j in range(i + 1, VALUES) if j - i <= 6])
    pairs = every[rng.permutation(len(every))[:PAIRS]]
    flipped = rng.random(PAIRS) < 0.25
    pairs[flipped] = pairs[flipped][:, ::-1]
    shown = np.concatenate([pairs, pairs[:BOTH, ::-1]])
    popular = 1 / np.arange(1, len(shown) + 1) ** 0.7
    popular /= popular.sum()
    rows = []
    for person in range(people):
        taken: set[frozenset[int]] = set()
        for one, two in shown[rng.choice(len(shown), 12, replace=False, p=popular)]:
            if len(taken) == PER or frozenset((int(one), int(two))) in taken:
                continue
            taken.add(frozenset((int(one), int(two))))
            beta = strengths()
            wiser = expit(beta[two] - beta[one] + YES)
            word = rng.choice(["upgrade", "no_upgrade", "not_sure"], p=[0.8 * wiser, 0.8 * (1 - wiser), 0.2])
            rows.append((person, 100 + int(one), 100 + int(two), str(word)))
    return pd.DataFrame(rows, columns=["respondent", "from", "to", "vote"])


def _edge(counts: list[int], shown: int) -> tuple[float, float]:
    """Likelihood and entropy by the published rule, worked out on its own here."""
    total = sum(counts)
    five = [c / (total + shown) for c in [*counts, shown] if c]
    return (counts[0] - counts[1]) / total, -sum(p * float(np.log2(p)) for p in five)


def _graph(votes: pd.DataFrame) -> dict[str, object]:
    """The published graph of the votes."""
    table: dict[tuple[int, int], list[int]] = {}
    for one, two, word in votes[["from", "to", "vote"]].itertuples(index=False):
        there, back = table.setdefault((one, two), [0] * 5), table.setdefault((two, one), [0] * 5)
        there[{"upgrade": 0, "no_upgrade": 2, "not_sure": 3}[word]] += 1
        back[1] += word == "upgrade"
        there[4] += 1
        back[4] += 1
    edges, used = [], set()
    for (one, two), (*counts, shown) in table.items():
        if not sum(counts):
            continue
        likelihood, entropy = _edge(counts, shown)
        if counts[0] >= 2 and likelihood >= 0.33 and entropy <= 1.69:
            used |= {one, two}
            names = ("markedWiser", "markedLessWise", "markedNotWiser", "markedUnsure")
            edges.append(
                {
                    "sourceValueId": one,
                    "wiserValueId": two,
                    "counts": {**dict(zip(names, counts, strict=True)), "impressions": shown},
                    "summary": {"wiserLikelihood": likelihood, "entropy": round(entropy, 12)},
                }
            )
    values = sorted(used)
    return {"values": [{"id": v, "title": f"Simulated value {v - 100}"} for v in values], "edges": edges}


def _packed(content: object) -> bytes:
    return gzip.compress(orjson.dumps(content), mtime=0)


def standin(seed: int = 0) -> dict[str, bytes | pd.DataFrame]:
    """The release's files, simulated.

    Examples
    --------
    >>> sorted(standin(1))[:2]
    ['moral_graph_all.json.gz', 'moral_graph_edge.json.gz']
    """
    votes = simulate_votes(seed=seed)
    rng = np.random.default_rng(seed + 1)
    records = [
        {
            "userId": person,
            "fromId": one,
            "toId": two,
            "contextId": "simulated",
            "relationship": word,
            "createdAt": "2023-10-01T00:00:00.000Z",
            SIMULATED: True,
        }
        for person, one, two, word in zip(*(votes[c].tolist() for c in votes.columns), strict=True)
    ]
    survey = pd.DataFrame(
        {"respondent": range(120), REPRESENTED: rng.choice(5, 120, p=[0.02, 0.03, 0.1, 0.35, 0.5]) + 1}
    )
    positions = [
        {
            "userId": k,
            "deduplicatedCardId": 100 + k % VALUES,
            "isSatisfiedWithPosition": bool(rng.random() < 0.88),
        }
        for k in range(80)
    ]
    return {
        "moral_graph_edge.json.gz": _packed(records),
        "moral_graph_all.json.gz": _packed(_graph(votes)),
        "moral_graph_survey.csv.gz": survey,
        "moral_graph_positions.json.gz": _packed(positions),
    }
