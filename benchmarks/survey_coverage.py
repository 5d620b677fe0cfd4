"""Coverage of the intervals of weighted shares under a stratified cluster design, from a finite population.

Population: 4 strata of 250 clusters of 20 to 60 people; the answer (4 options) depends on stratum, cluster and
sex. Sample: in each stratum some clusters with probability proportional to size, then a fixed number of people in
each, so that weights differ by stratum; women answer less often and are weighted back by the inverse of that probability.
The estimand is the share in the whole population and among women. Each interval is also compared with one that ignores
the design. Run with ``python benchmarks/survey_coverage.py``; it writes ``benchmarks/results/survey_coverage.csv``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from valuestats.base.progress import track
from valuestats.surveys.linearisation import linearised_shares, share_interval

RESULTS = Path(__file__).parent / "results"
STRATA, CLUSTERS, OPTIONS = 4, 250, 4
ANSWERS = {"m": 0.9, "f": 0.6}


def population(spread: float, rng: np.random.Generator) -> pd.DataFrame:
    sizes = rng.integers(20, 61, STRATA * CLUSTERS)
    cluster = np.repeat(np.arange(len(sizes)), sizes)
    stratum = cluster // CLUSTERS
    woman = rng.random(len(cluster)) < 0.5
    eta = 0.4 * stratum + spread * rng.normal(size=len(sizes))[cluster] + 0.5 * woman
    answer = np.digitize(eta + rng.logistic(size=len(cluster)), [-2.0, 0.5, 3.5])
    return pd.DataFrame(
        {"stratum": stratum, "cluster": cluster, "woman": woman, "answer": answer, "size": sizes[cluster]}
    )


def draw(people: pd.DataFrame, clusters: int, per_cluster: int, rng: np.random.Generator) -> pd.DataFrame:
    """Clusters by systematic sampling with probability proportional to size, then people, then who answers."""
    chosen = []
    first = people.drop_duplicates("cluster")
    for h, part in first.groupby("stratum"):
        k = clusters + 2 * int(h)
        order = part.sample(frac=1, random_state=int(rng.integers(1 << 31)))
        ends = np.cumsum(order["size"].to_numpy())
        points = (rng.random() + np.arange(k)) * ends[-1] / k
        hit = order.iloc[np.searchsorted(ends, points)]
        chosen.append(pd.DataFrame({"cluster": hit["cluster"], "inclusion": k * hit["size"] / ends[-1]}))
    frame = people.merge(pd.concat(chosen), on="cluster")
    frame = frame.assign(u=rng.random(len(frame))).sort_values(["cluster", "u"])
    frame = frame[frame.groupby("cluster").cumcount() < per_cluster]
    respond = np.where(frame["woman"], ANSWERS["f"], ANSWERS["m"])
    frame["weight"] = frame["size"] / per_cluster / frame["inclusion"] / respond
    return frame[rng.random(len(frame)) < respond]


def setting(
    spread: float, clusters: int, per_cluster: int, simulations: int, seed: int
) -> list[dict[str, object]]:
    rng = np.random.default_rng(seed)
    people = population(spread, rng)
    domains = {"all": people, "women": people[people["woman"]]}
    truth = np.array([np.bincount(d["answer"], minlength=OPTIONS) / len(d) for d in domains.values()])
    kinds = ["logit", "korn_graubard", "logit, design ignored"]
    hits = {(k, d): np.zeros(OPTIONS) for k in kinds for d in domains}
    deffs, sums = [], np.zeros_like(truth)
    for _ in range(simulations):
        s = draw(people, clusters, per_cluster, rng)
        n = len(s)
        _, psu = np.unique(s["cluster"], return_inverse=True)
        for number, (name, inside) in enumerate(
            {"all": np.ones(n, bool), "women": s["woman"].to_numpy()}.items()
        ):
            domain = np.where(inside, 0, -1)
            args = (s["answer"].to_numpy(), domain, s["weight"].to_numpy())
            design = linearised_shares(*args, s["stratum"].to_numpy(), psu, (1, OPTIONS))
            plain = linearised_shares(*args, np.zeros(n, int), np.arange(n), (1, OPTIONS))
            sums[number] += design.share[0]
            deffs.append(np.nanmedian(design.deff))
            for kind in kinds:
                found = plain if "ignored" in kind else design
                low, high = share_interval(
                    found, 0.95, "korn_graubard" if kind == "korn_graubard" else "logit"
                )
                hits[kind, name] += (low[0] <= truth[number]) & (truth[number] <= high[0])
    return [
        {
            "interval": kind,
            "domain": name,
            "cluster_spread": spread,
            "clusters": STRATA * clusters + 12,
            "people_per_cluster": per_cluster,
            "option": k + 1,
            "truth": truth[number, k],
            "bias": sums[number, k] / simulations - truth[number, k],
            "median_deff": float(np.median(deffs)),
            "simulations": simulations,
            "coverage": hits[kind, name][k] / simulations,
            "monte_carlo_error": (0.95 * 0.05 / simulations) ** 0.5,
        }
        for kind in kinds
        for number, name in enumerate(domains)
        for k in range(OPTIONS)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=1000)
    chosen = parser.parse_args()
    settings = [(0.0, 8, 10), (1.5, 8, 10), (1.5, 20, 10)]
    rows = []
    for seed, (spread, clusters, people) in enumerate(track(settings, "designs")):
        rows += setting(spread, clusters, people, chosen.simulations, seed)
    table = pd.DataFrame(rows).assign(
        command=" ".join(["python", "benchmarks/survey_coverage.py", *sys.argv[1:]])
    )
    RESULTS.mkdir(exist_ok=True)
    table.to_csv(RESULTS / "survey_coverage.csv", index=False, float_format="%.5g")
    print(
        table.groupby(["cluster_spread", "clusters", "interval", "domain"])["coverage"].agg(["mean", "min"])
    )


if __name__ == "__main__":
    main()
