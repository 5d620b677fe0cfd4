"""A simulated release in which it is known what each method knows of a person."""

from __future__ import annotations

import gzip
from typing import Any

import numpy as np
import orjson

from valuestats.systems.valuepilot.release import PEOPLE, VALUES

SCENARIOS = (4, 5, 5, 6, 4, 4, 6, 6, 5, 4, 5)
"""Actions of each scenario, as in the release."""


def simulate_valuepilot(*, people: int = 10, seed: int = 0) -> dict[str, Any]:
    """The release's files by name: people who rank by their weights with noise, and four methods.

    ``personal`` knows the person's weights, ``common`` the mean person's only and so ranks alike for all, ``random`` knows
    nothing, and ``longer`` is personal and ranks an action too many in the tenth scenario.

    Examples
    --------
    >>> sorted(simulate_valuepilot(people=3, seed=1))
    ['common.json', 'longer.json', 'personal.json', 'random.json', 'result_en.json']
    """
    rng = np.random.default_rng(seed)
    weights = rng.uniform(0.1, 1.0, (people, len(VALUES))).round(1)
    serve = [rng.uniform(-1, 1, (n, len(VALUES))) for n in SCENARIOS]
    made: dict[str, list[list[list[str]]]] = {"personal": [], "common": [], "random": [], "longer": []}
    told = []
    fixed = [_order(s @ weights.mean(axis=0)) for s in serve]
    for person in weights:
        clear = [s @ person for s in serve]
        told.append([_order(c + 0.5 * rng.normal(size=len(c))) for c in clear])
        made["personal"].append([_text(_order(c + 0.3 * rng.normal(size=len(c)))) for c in clear])
        made["common"].append([_text(order) for order in fixed])
        made["random"].append([_text(_order(rng.normal(size=len(c)))) for c in clear])
        long = [_order(c + 0.6 * rng.normal(size=len(c))) for c in clear]
        long[9] = [len(long[9]) + 1, *long[9]]
        made["longer"].append([_text(order) for order in long])
    files: dict[str, Any] = {
        PEOPLE: [{"value_point": w.tolist(), "choices": c} for w, c in zip(weights, told, strict=True)]
    }
    for name, rankings in made.items():
        files[f"{name}.json"] = {
            "all_sorted_scenarios": [
                {"person_id": k, "sorted_scenarios": [{"ranked_actions": r} for r in own]}
                for k, own in enumerate(rankings, 1)
            ]
        }
    return files


def _order(scores: np.ndarray) -> list[int]:
    return [int(k) + 1 for k in np.argsort(-scores)]


def _text(order: list[int]) -> list[str]:
    return [str(k) for k in order]


def standin(seed: int = 0) -> dict[str, bytes]:
    """The release's files, simulated, in one.

    Examples
    --------
    >>> list(standin(1))
    ['valuepilot.json.gz']
    """
    return {"valuepilot.json.gz": gzip.compress(orjson.dumps(simulate_valuepilot(seed=seed)), mtime=0)}
