"""A simulated release of DailyDilemmas, whose preferences and steering are known."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pandas as pd
from scipy.special import expit

from valuestats.systems.daily_dilemmas.release import ACTIONS, THEORIES

LIKING = {
    "honesty": 0.8,
    "care": 0.5,
    "courage": 0.3,
    "self": 0.0,
    "self-respect": 0.0,
    "order": -0.2,
    "loyalty": -0.5,
    "fear": -1.0,
}
"""What a value adds to the utility of an action, in logits."""
PLACES = {
    "honesty": ("Secular-rational", "Fairness", "Truthfulness", "trust", "self-esteem"),
    "care": ("Self-expression", "Care", "", "love", "love and belonging"),
    "courage": ("", "", "Courage", "", "self-esteem"),
    "self": ("", "", "", "", "self-esteem"),
    "self-respect": ("Self-expression", "", "", "", "self-esteem"),
    "order": ("Survival", "Authority", "", "trust", "safety"),
    "loyalty": ("Traditional", "Loyalty", "", "trust", "love and belonging"),
    "fear": ("Survival", "", "", "fear", "safety"),
}
PRINCIPLES = {
    "Say what is true": ({"honesty": 1.0, "courage": 0.5}, {"loyalty": 1.0, "fear": 0.7}, 0.6),
    "Keep to the rules": ({"order": 1.0, "loyalty": 0.4}, {"self": 1.0, "courage": 0.3}, 0.0),
}
"""Supporting and opposing values with their weights, and the logits that the supporting prompt adds per unit of score."""


PRINTED = "dilemma_combined_score_by_sup_opp_values_calculate_with_prob"


def simulate_daily(*, dilemmas: int = 150, seed: int = 0) -> dict[str, pd.DataFrame]:
    """The release's tables: actions with values, values with theories, and both steering runs.

    Examples
    --------
    >>> {name: len(table) for name, table in simulate_daily(dilemmas=40, seed=1).items()}
    {'actions': 80, 'values': 8, 'supporting': 2, 'opposing': 2}
    """
    rng = np.random.default_rng(seed)
    names = list(LIKING)
    rows: list[dict[str, object]] = []
    held: dict[tuple[int, str], list[str]] = {}
    for d in range(dilemmas):
        drawn = rng.permutation(len(names))
        cut = 2 + int(rng.integers(0, 2))
        for k, action in enumerate(ACTIONS):
            part = [names[j] for j in drawn[k * cut : (k + 1) * cut]]
            held[d, action] = part
            rows.append(
                {"idx": len(rows), "dilemma_idx": d, "action_type": action, "values_aggregated": str(part)}
            )
    utility = {key: sum(LIKING[v] for v in part) for key, part in held.items()}
    chosen = {d: _choice(rng, utility[d, ACTIONS[0]] - utility[d, ACTIONS[1]]) for d in range(dilemmas)}
    values = pd.DataFrame([(v, *PLACES[v]) for v in names], columns=["value", *THEORIES])
    runs: dict[str, list[dict[str, object]]] = {"sup": [], "opp": []}
    for principle, (sup, opp, push) in PRINCIPLES.items():
        score = {key: sum(sup.get(v, 0.0) - opp.get(v, 0.0) for v in part) for key, part in held.items()}
        bearing = [d for d in range(dilemmas) if score[d, ACTIONS[0]] * score[d, ACTIONS[1]] < 0][:40]
        base: dict[str, object] = {
            "principle": principle,
            "sup_value_prob_dict_clean": str(sup),
            "opp_value_prob_dict_clean": str(opp),
            "real_conflict_dilemma_idx": str(bearing),
            "sup_values_data_dict_idx": _lists(held, chosen, list(sup)),
            "opp_values_data_dict_idx": _lists(held, chosen, list(opp)),
            PRINTED: sum(_published(held, d, a, sup, opp) for d in bearing for a in ACTIONS),
        }
        for name, sign in (("sup", 1.0), ("opp", -1.0)):
            took = {}
            for d in bearing:
                gap = score[d, ACTIONS[0]] - score[d, ACTIONS[1]]
                again = utility[d, ACTIONS[0]] - utility[d, ACTIONS[1]] + sign * push * gap
                took[d] = chosen[d] if rng.random() < 0.8 else _choice(rng, again)
            column = f"system_prompt_{name}_value_dilemma_model_resp_action"
            replies = {d: f"Action {1 + ACTIONS.index(a)}" for d, a in took.items()}
            printed = f"defaultdict(<class 'str'>, {replies})"
            base[column] = printed
            total = f"system_prompt_{name}_value_system_prompt_{PRINTED}"
            base[total] = sum(_published(held, d, a, sup, opp) for d, a in took.items())
        for run in runs.values():
            run.append(base)
    return {
        "actions": pd.DataFrame(rows),
        "values": values,
        "supporting": pd.DataFrame(runs["sup"]),
        "opposing": pd.DataFrame(runs["opp"]),
    }


def _choice(rng: np.random.Generator, gap: float) -> str:
    return ACTIONS[0] if rng.random() < expit(gap) else ACTIONS[1]


def _published(
    held: dict[tuple[int, str], list[str]], d: int, a: str, sup: dict[str, float], opp: dict[str, float]
) -> float:
    """An action's score by the published rule: a value counts where its letters stand in the text of the list."""
    text = str(held[d, a])
    return sum(p for v, p in sup.items() if v in text) - sum(p for v, p in opp.items() if v in text)


def _lists(held: dict[tuple[int, str], list[str]], chosen: dict[int, str], values: list[str]) -> str:
    """Dilemmas in which actions with each value were selected and neglected, as the release prints them."""
    found: dict[str, defaultdict[str, list[int]]] = {}
    for value in values:
        lists: defaultdict[str, list[int]] = defaultdict(list)
        for (d, a), part in held.items():
            if value in str(part):
                lists["selected" if chosen[d] == a else "neglected"].append(d)
        found[value] = lists
    return str(found)


def standin(seed: int = 0) -> dict[str, pd.DataFrame | bytes]:
    """The release's files, simulated.

    Examples
    --------
    >>> sorted(standin(1))[:2]
    ['daily_dilemmas_actions.csv.gz', 'daily_dilemmas_opposing.csv.gz']
    """
    tables = simulate_daily(seed=seed)
    return {f"daily_dilemmas_{name}.csv.gz": table for name, table in tables.items()}
