"""False edges of value graphs by what is taken for the unit, and coverage of the correlations beside them.

Profiles of 60 or 100 roles, each under ten features and none, of six or 17 values. A share of the variance of each value is
the role's, the rest of the single row; values are independent, or joined by a sparse acyclic linear model. Counted are
edges between values that no edge joins, of all such pairs (at most 5 % are to be there at a level of .05), for the test
that takes clusters for units and for the one that takes rows; edges that are found; edges with the right direction; how
often a resampled graph has an edge that is not there; and how often the interval of the correlation given all others holds
the true one. Run with ``python benchmarks/graph_errors.py``; it writes ``benchmarks/results/graph_errors.csv``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from valuestats.base.progress import track
from valuestats.graphs.evidence import equivalents, partial_correlations
from valuestats.graphs.graph import graph_of
from valuestats.graphs.value_graph import value_graph

RESULTS = Path(__file__).parent / "results"
ROWS = 11
SETTINGS: dict[str, dict[str, Any]] = {
    f"{kind}, {values} values, {roles} roles, {share:.0%} of the variance the role's{extra}": {
        "values": values,
        "roles": roles,
        "share": share,
        "density": density,
        "options": options,
    }
    for kind, density in (("independent", 0.0), ("sparse", 0.3))
    for values, roles in ((6, 30), (6, 100), (17, 100))
    for share in (0.0, 0.3, 0.6, 0.9)
    for extra, options in (("", {}), (", ranks", {"correlation": "spearman"}))
    if not (extra and (values == 17 or roles == 30 or share == 0.9))
}


def model(rng: np.random.Generator, values: int, density: float) -> np.ndarray:
    """Weights from cause to effect of an acyclic model, in random order."""
    size = rng.uniform(0.3, 0.7, (values, values)) * rng.choice([-1, 1], (values, values))
    weight = np.triu(size * (rng.random((values, values)) < density * 5 / (values - 1)), 1)
    order = rng.permutation(values)
    return np.asarray(weight[np.ix_(order, order)])


def profiles(rng: np.random.Generator, weight: np.ndarray, roles: int, share: float) -> pd.DataFrame:
    p = len(weight)
    noise = np.sqrt(share) * rng.normal(size=(roles, 1, p)) + np.sqrt(1 - share) * rng.normal(
        size=(roles, ROWS, p)
    )
    scores = (noise @ np.linalg.inv(np.eye(p) - weight)).reshape(-1, p)
    frame = pd.DataFrame(scores, columns=[f"v{k}" for k in range(p)])
    return frame.assign(role=np.repeat(np.arange(roles), ROWS))


def errors(name: str, studies: int) -> dict[str, Any]:
    made = SETTINGS[name]
    rng = np.random.default_rng(list(SETTINGS).index(name))
    p, upper = made["values"], np.triu_indices(made["values"], 1)
    count = dict.fromkeys(
        ("apart", "false_by_roles", "false_by_rows", "edges", "found", "directed", "support", "held"), 0.0
    )
    for k in range(studies):
        weight = model(rng, p, made["density"])
        truth = (weight != 0).astype(np.uint8)
        class_ = equivalents(truth)
        joined = (truth | truth.T)[upper].astype(bool)
        through = np.linalg.inv(np.eye(p) - weight)
        true = partial_correlations(_correlation(through.T @ through))[upper]
        frame = profiles(rng, weight, made["roles"], made["share"])
        by = value_graph(frame, cluster="role", replicates=200, seed=k, **made["options"])
        rows = value_graph(frame, cluster="role", test="rows", replicates=0, seed=k, **made["options"])
        ours, plain = (graph_of(g).marks for g in (by, rows))
        edge, other = ((m | m.T)[upper].astype(bool) for m in (ours, plain))
        count["apart"] += (~joined).sum()
        count["false_by_roles"] += (edge & ~joined).sum()
        count["false_by_rows"] += (other & ~joined).sum()
        count["edges"] += joined.sum()
        count["found"] += (edge & joined).sum()
        count["directed"] += ((ours == class_) & (ours.T == class_.T))[upper][edge & joined].sum()
        table = by.estimates
        count["support"] += table["support"].to_numpy()[~joined].sum()
        count["held"] += ((table["lower"] <= true) & (true <= table["upper"])).mean()
    with np.errstate(invalid="ignore", divide="ignore"):
        return {
            "setting": name,
            "studies": studies,
            "false_by_roles": count["false_by_roles"] / count["apart"],
            "false_by_rows": count["false_by_rows"] / count["apart"],
            "found": np.float64(count["found"]) / count["edges"],
            "directed_as_the_class": np.float64(count["directed"]) / count["found"],
            "support_of_no_edge": count["support"] / count["apart"],
            "held": np.nan if made["options"] else count["held"] / studies,
        }


def _correlation(covariance: np.ndarray) -> np.ndarray:
    sd = np.sqrt(np.diag(covariance))
    return np.asarray(covariance / np.outer(sd, sd))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=1000)
    parser.add_argument("--only", default="")
    chosen = parser.parse_args()
    command = " ".join(["python", "benchmarks/graph_errors.py", *sys.argv[1:]])
    for name in track([n for n in SETTINGS if chosen.only in n], "settings"):
        row = errors(name, chosen.studies)
        print(row, flush=True)
        keep({**row, "command": command, "date": str(pd.Timestamp.now().date())})


def keep(row: dict[str, Any]) -> None:
    """Write one setting's row; those of settings that are not run now stay."""
    out = RESULTS / "graph_errors.csv"
    table = pd.DataFrame([row])
    if out.exists():
        known = pd.read_csv(out)
        table = pd.concat([known[known["setting"] != row["setting"]], table], ignore_index=True)
    table.to_csv(out, index=False, float_format="%.5g")


if __name__ == "__main__":
    main()
