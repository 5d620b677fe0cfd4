"""Tables 1 and 2 of the paper again, directions of steering on held-out items and roles, beside what was published."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from valuestats.base.arguments import checked
from valuestats.base.errors import InputError
from valuestats.graphs.graph import NONE, Graph, graph_of
from valuestats.graphs.prediction import DESCENDANTS, REST
from valuestats.results.result import Result
from valuestats.statistics.multiplicity import adjusted_p
from valuestats.systems.causal_graph.release import PLAIN, TITLES, graph_from, value_changes
from valuestats.systems.comparison import KEY, compare_published, read_published

WAYS = {"role": "roles", "feature": "steering"}


def feature_effects(train: pd.DataFrame, test: pd.DataFrame) -> pd.DataFrame:
    """How many roles a steering feature moves up and down on each value, and whether other roles and items say the same.

    Each role is held against itself without steering. The sign test takes roles as units and leaves out those that did not
    move; its p-values are adjusted over all cells (Benjamini and Hochberg). Training and test use other roles and other
    items, so a direction that is found again is found on held-out items.

    Parameters
    ----------
    train, test
        As `valuestats.systems.causal_graph.release.read_value_profiles` returns them.

    Returns
    -------
    pandas.DataFrame
        One row per ``feature`` and ``value``: ``up``, ``down``, ``same`` in training and ``test_up``, ``test_down``,
        ``test_same``; ``p_value``, ``q_value``; ``found`` (q at most .05), ``again`` (the same direction in the test),
        ``test_p`` (one-sided, in that direction), ``replicated`` (found, and test_p at most .05).

    References
    ----------
    Dixon and Mood (1946) for the sign test; Benjamini and Hochberg (1995).
    """
    one, two = (_counts(value_changes(frame, "feature")) for frame in (train, test))
    found = one.merge(two.add_prefix("test_"), left_index=True, right_index=True, how="outer").reset_index()
    up, down = (found[c].to_numpy(dtype=int) for c in ("up", "down"))
    found["p_value"] = _sign_p(up, down)
    found["q_value"] = adjusted_p(found["p_value"].to_numpy())
    found["found"] = found["q_value"] <= 0.05
    sense = np.sign(up - down)
    after = (found["test_up"] - found["test_down"]).to_numpy()
    found["again"] = (np.sign(after) == sense) & (sense != 0)
    along = np.where(sense >= 0, found["test_up"], found["test_down"]).astype(int)
    moved = (found["test_up"] + found["test_down"]).to_numpy(dtype=int)
    found["test_p"] = stats.binom.sf(along - 1, moved, 0.5)
    found["replicated"] = found["found"] & found["again"] & (found["test_p"] <= 0.05)
    return found


def _counts(moved: pd.DataFrame) -> pd.DataFrame:
    values = [c for c in moved.columns if c not in ("role", "feature")]
    long = moved.melt("feature", values, var_name="value", value_name="change")
    parts = long.assign(up=long["change"] > 0, down=long["change"] < 0, same=long["change"] == 0)
    return parts.groupby(["feature", "value"])[["up", "down", "same"]].sum().astype(int)


def _sign_p(up: np.ndarray, down: np.ndarray) -> np.ndarray:
    less = np.minimum(up, down)
    return np.asarray(np.minimum(1.0, 2 * stats.binom.cdf(less, up + down, 0.5)))


def published_shares(test: pd.DataFrame, edges: pd.DataFrame, role: str = "Mary Holt") -> pd.DataFrame:
    """Table 2 by the paper's own script: unsteered roles against the first role, and the features of one role.

    Parameters
    ----------
    test
        Test profiles.
    edges
        The published graph.
    role
        The one role whose features the paper's script takes; where it is not among the profiles, the first one.

    Returns
    -------
    pandas.DataFrame
        ``way`` (``"roles"``, ``"steering"``), ``descendants``, ``rest``, ``rows``, ``n_roles``.
    """
    names = [c for c in test.columns if c not in ("role", "feature")]
    graph = graph_from(edges, names)
    roles = list(test["role"][test["role"] != PLAIN])
    role = role if role in roles else roles[0]
    rows = []
    for by, name in WAYS.items():
        moved = (
            value_changes(test, "role", "first")
            if by == "role"
            else value_changes(test, "feature", role=role)
        )
        own, rest = _mean_shares(moved[names].to_numpy() != 0, graph)
        rows.append(
            {
                "way": name,
                DESCENDANTS: own,
                REST: rest,
                "rows": len(moved),
                "n_roles": moved["role"].nunique(),
            }
        )
    return pd.DataFrame(rows)


def _mean_shares(changed: np.ndarray, graph: Graph) -> tuple[float, float]:
    reach = graph.reach()
    np.fill_diagonal(reach, False)
    means: tuple[list[float], list[float]] = ([], [])
    for i in range(len(reach)):
        held = changed[changed[:, i]]
        others = np.arange(len(reach)) != i
        for into, which in zip(means, (reach[i], ~reach[i] & others), strict=True):
            if len(held) and which.any():
                into.append(float(held[:, which].mean()))
    return float(np.mean(means[0])), float(np.mean(means[1]))


@checked
def causal_graph_comparison(
    published_csv: str | Path,
    table_csv: str | Path,
    published: Mapping[str, Any],
    corrected: Mapping[str, Any],
    edges: Mapping[str, Any],
    effects: Mapping[str, Any],
    shares: Mapping[str, Any],
    by_roles: Mapping[str, Any],
    by_features: Mapping[str, Any],
) -> pd.DataFrame:
    """Hold edges, cells of Table 1 and shares of Table 2 against the release's own data, and against what clusters allow.

    Parameters
    ----------
    published_csv, table_csv
        See `valuestats.systems.comparison.read_published`; and Table 1: ``model``, ``feature``, ``value``, and counts of
        roles ``up``, ``down``, ``same``, ``test_up``, ``test_down``, ``test_same``.
    published, corrected
        `valuestats.value_graph` by model: the published way, and with roles as clusters.
    edges
        Edges of the published graphs by model.
    effects
        `feature_effects` by model.
    shares
        `published_shares` by model.
    by_roles, by_features
        `valuestats.graph_prediction` of the published graph by model.

    Returns
    -------
    pandas.DataFrame
        As `valuestats.systems.comparison.compare_published`.
    """
    told = read_published(published_csv)
    cells = _read_cells(table_csv)
    again: list[dict[str, Any]] = []
    better: list[dict[str, Any]] = []
    why: list[dict[str, Any]] = []
    for model, title in TITLES.items():
        if not _is_release(effects[model], cells[cells["model"] == model]):
            why += [
                {**dict(zip(KEY, key, strict=True)), "explanation": "the profiles are simulated"}
                for key in told.loc[told["group"].str.startswith(title), KEY].to_numpy().tolist()
            ]
            continue
        graph, own = published[model], corrected[model]
        found = set(graph_of(graph).edges())
        listed = set(edges[model].itertuples(index=False, name=None))
        n = int(own.estimates["n_scored"].iloc[0])
        again.append({"quantity": "directed edges", "group": title, "value": len(found)})
        again.append({"quantity": "published edges found", "group": title, "value": len(found & listed)})
        again.append(
            {
                "quantity": "cells of Table 1",
                "group": title,
                "value": _cells_alike(effects[model], cells, model),
            }
        )
        kept = (own.estimates["edge"] != NONE).sum()
        better.append(
            _row("directed edges", title, float(kept), f"{own.estimates['n_units'].iloc[0]} roles", n)
        )
        cell = effects[model]
        better.append(_row("cells of Table 1", title, float(cell["replicated"].sum()), "roles", len(cell)))
        for way, result in (("roles", by_roles[model]), ("steering", by_features[model])):
            line = shares[model].set_index("way").loc[way]
            rows = result.estimates.set_index("quantity")
            for quantity in (DESCENDANTS, REST):
                group = f"{title}, {way}"
                again.append(
                    {"quantity": f"share of {quantity}", "group": group, "value": float(line[quantity])}
                )
                row = rows.loc[quantity]
                better.append(
                    {
                        "quantity": f"share of {quantity}",
                        "group": group,
                        **{k: float(row[k]) for k in ("estimate", "lower", "upper")},
                        "unit": f"{int(row['n_units'])} roles",
                        "n_scored": int(row["n_scored"]),
                        "n_asked": int(row["n_asked"]),
                    }
                )
    return compare_published(
        told,
        pd.DataFrame(again, columns=[*KEY, "value"]),
        pd.DataFrame(better, columns=[*KEY, "estimate", "lower", "upper", "unit", "n_scored", "n_asked"]),
        tolerance=5e-4,
        explanations=pd.DataFrame(why, columns=[*KEY, "explanation"]),
    )


def _row(quantity: str, group: str, estimate: float, unit: str, n: int) -> dict[str, Any]:
    nan = float("nan")
    return {
        "quantity": quantity,
        "group": group,
        "estimate": estimate,
        "lower": nan,
        "upper": nan,
        "unit": unit,
        "n_scored": n,
        "n_asked": n,
    }


COUNTS = ("up", "down", "same", "test_up", "test_down", "test_same")


def _read_cells(path: str | Path) -> pd.DataFrame:
    frame = pd.read_csv(path, dtype={"feature": str})
    missing = [c for c in ("model", "feature", "value", *COUNTS) if c not in frame.columns]
    if missing:
        raise InputError(
            "cells of Table 1: a column is missing", file=Path(path), parameter=", ".join(missing)
        )
    return frame


def _is_release(effects: pd.DataFrame, cells: pd.DataFrame) -> bool:
    return set(effects["feature"]) == set(cells["feature"])


def _cells_alike(effects: pd.DataFrame, cells: pd.DataFrame, model: str) -> int:
    own = cells[cells["model"] == model]
    both = effects.merge(own, on=["feature", "value"], suffixes=("", "_told"))
    return int(np.logical_and.reduce([both[c] == both[f"{c}_told"] for c in COUNTS]).sum())


def effect_summary(effects: pd.DataFrame) -> dict[str, int]:
    """Cells in all, found in training, found with the same direction again, and replicated."""
    found = effects["found"]
    return {
        "cells": len(effects),
        "found": int(found.sum()),
        "again": int((found & effects["again"]).sum()),
        "replicated": int(effects["replicated"].sum()),
    }


def graphs_alike(one: Result, two: Result) -> int:
    """Pairs that both graphs join."""
    a, b = (r.estimates.set_index("pair")["edge"] != NONE for r in (one, two))
    return int((a & b).sum())
