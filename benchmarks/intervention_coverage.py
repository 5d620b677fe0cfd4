"""Coverage of effects of interventions, the share of false discoveries off target, and errors of dose-response.

Answers to questions of ten values by several roles, with and without an intervention: questions and roles differ in how
far they are moved, so that pairs of one question, and of one role, depend on each other. One value is meant to move, one
moves besides. Beside the package's intervals stand those that take pairs for independent and those of questions alone;
beside its discoveries off target those of paired t-tests over pairs, with the same adjustment. A judge of sensitivity .8 and
specificity .9 labels everything, people a quarter: effects as judged and corrected. Doses: outcomes of questions at five
doses, flat or of a known shape; beside the permutation test the F-test of dose that takes answers for independent, and the
best of four t-tests.
Run with ``python benchmarks/intervention_coverage.py``; it writes ``benchmarks/results/intervention_coverage.csv``.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

import numpy as np
import pandas as pd
from kept_rows import keep_row
from scipy import stats
from statsmodels.stats.multitest import multipletests

from valuestats.base.progress import track
from valuestats.interventions.dose import chosen, dose_response
from valuestats.interventions.effects import intervention_effects

VALUES = tuple(f"v{k}" for k in range(10))
MEANT, BESIDE = 0.5, 0.35
DOSES = np.array([0.0, 1, 2, 4, 8])


def answers(
    rng: np.random.Generator, items: int, roles: int, *, by_item: float = 0.4, by_role: float = 0.25
) -> pd.DataFrame:
    """Outcomes without and with an intervention that moves v0 as meant and v1 besides."""
    parts = []
    for value in VALUES:
        add = MEANT if value == "v0" else BESIDE if value == "v1" else 0.0
        level = rng.normal(size=(items, 1)) + 0.3 * rng.normal(size=(items, roles))
        moved = (
            add + by_item * rng.normal(size=(items, 1)) + by_role * rng.normal(size=(1, roles)) * (roles > 1)
        )
        for condition, mean in (("plain", level), ("steered", level + moved)):
            parts.append(
                pd.DataFrame(
                    {
                        "item": np.repeat([f"{value} {k}" for k in range(items)], roles),
                        "role": np.tile([f"r{k}" for k in range(roles)], items),
                        "condition": condition,
                        "dimension": value,
                        "value": (mean + 0.5 * rng.normal(size=mean.shape)).ravel(),
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)


SIZES = {
    "20 questions, 8 roles": (20, 8),
    "40 questions, 20 roles": (40, 20),
    "24 questions, one role": (24, 1),
    "8 questions, one role": (8, 1),
}


def effects(name: str, studies: int) -> dict[str, Any]:
    items, roles = SIZES[name]
    rng = np.random.default_rng(10 + list(SIZES).index(name))
    held: dict[str, list[float]] = {
        k: [] for k in ("covered", "pairs", "questions", "fdr", "fdr_pairs", "power", "kept")
    }
    for k in range(studies):
        frame = answers(rng, items, roles)
        found = intervention_effects(
            frame, control="plain", targets={"steered": ["v0"]}, draws=50, permutations=499, seed=k
        )
        wide = frame.pivot(index=["dimension", "item", "role"], columns="condition", values="value")
        change = (wide["steered"] - wide["plain"]).reset_index(name="d")
        p_pairs = []
        for _, row in found.estimates.iterrows():
            truth = {"v0": MEANT, "v1": BESIDE}.get(row["dimension"], 0.0)
            own = change[change["dimension"] == row["dimension"]]
            held["covered"].append(row["lower"] <= truth <= row["upper"])
            for unit, values in (("pairs", own["d"]), ("questions", own.groupby("item")["d"].mean())):
                ends = stats.t.interval(0.95, len(values) - 1, values.mean(), values.sem())
                held[unit].append(ends[0] <= truth <= ends[1])
            p_pairs.append(stats.ttest_1samp(own["d"], 0).pvalue)
        off = found.estimates[found.estimates["family"] == "off target"]
        said = off[off["p_adjusted"] <= 0.05]["dimension"]
        held["fdr"].append(float((said != "v1").sum() / max(len(said), 1)))
        naive = np.array(VALUES[1:])[multipletests(p_pairs[1:], method="fdr_bh")[0]]
        held["fdr_pairs"].append(float((naive != "v1").sum() / max(len(naive), 1)))
        held["power"].append(float("v1" in set(said)))
        if found.meta["replication"]["picked"] > 0:
            held["kept"].append(found.meta["replication"]["kept"])
    return {
        "setting": name,
        "studies": studies,
        **{k: round(float(np.mean(v)), 4) for k, v in held.items() if v},
    }


def judged(name: str, studies: int) -> dict[str, Any]:
    rng = np.random.default_rng(50)
    alike = name == "judge errs alike"
    held: dict[str, list[float]] = {"as_judged": [], "covered": [], "bias": []}
    item = np.arange(600)
    for k in range(studies):
        parts = []
        for condition, share, false in (("plain", 0.3, 0.1), ("steered", 0.45, 0.1 if alike else 0.25)):
            true = rng.random(600) < share
            said = np.where(true, rng.random(600) < 0.8, rng.random(600) < false)
            parts.append(
                pd.DataFrame(
                    {
                        "item": item,
                        "condition": condition,
                        "value": said.astype(int),
                        "label": true.astype(int),
                    }
                )
            )
        frame = pd.concat(parts, ignore_index=True)
        part = frame[frame["item"] < 150].rename(columns={"value": "judge"})
        found = intervention_effects(
            frame,
            control="plain",
            judged=part,
            judge_errs="alike" if alike else "by condition",
            draws=1000,
            permutations=99,
            seed=k,
        ).estimates.iloc[0]
        plain = intervention_effects(
            frame, control="plain", draws=50, permutations=99, seed=k
        ).estimates.iloc[0]
        held["as_judged"].append(plain["lower"] <= 0.15 <= plain["upper"])
        held["covered"].append(found["lower"] <= 0.15 <= found["upper"])
        held["bias"].append(found["estimate"] - 0.15)
    return {"setting": name, "studies": studies, **{k: round(float(np.mean(v)), 4) for k, v in held.items()}}


SHAPES = {
    "flat": lambda d: 0 * d,
    "threshold": lambda d: 0.5 * (d >= 4),
    "Emax": lambda d: 0.8 * d / (1 + d),
    "linear": lambda d: 0.6 * d / 8,
}


def doses(name: str, studies: int) -> dict[str, Any]:
    shape = name.split(", ")[1]
    truth = SHAPES[shape](DOSES)
    rng = np.random.default_rng(80 + list(SHAPES).index(shape))
    held: dict[str, list[float]] = {
        k: [] for k in ("excluded", "f_test", "best_t", "covered", "chosen", "place")
    }
    cluster = np.repeat(np.arange(30), 2)
    for k in range(studies):
        shared = 0.25 * rng.normal(size=(30, len(DOSES)))[cluster]
        y = truth + rng.normal(size=(60, 1)) + shared + 0.4 * rng.normal(size=(60, len(DOSES)))
        frame = pd.DataFrame(
            {
                "item": np.repeat(np.arange(60), len(DOSES)),
                "cluster": np.repeat(cluster, len(DOSES)),
                "dose": np.tile(DOSES, 60),
                "value": y.ravel(),
            }
        )
        found = dose_response(frame, replicates=300, permutations=199, seed=k)
        shapes = {s["shape"]: s for s in found.meta["shapes"]}
        rows = found.estimates
        held["excluded"].append(shapes["monotone"]["p_value"] <= 0.05)
        within = y - y.mean(axis=1, keepdims=True)
        m = within.mean(axis=0)
        f = 60 * (m @ m) / 4 / (((within - m) ** 2).sum() / (59 * 4))
        held["f_test"].append(stats.f.sf(f, 4, 236) <= 0.05)
        held["best_t"].append(min(stats.ttest_rel(y[:, j], y[:, 0]).pvalue for j in range(1, 5)) <= 0.05)
        change = truth[1:] - truth[0]
        held["covered"] += list((rows["lower"] <= change) & (change <= rows["upper"]))
        held["chosen"].append(chosen(found.meta["shapes"]) == shape)
        place = {"threshold": 3.0, "Emax": 1.0}.get(shape)
        if place is not None:
            held["place"].append(shapes[shape]["place_lower"] <= place <= shapes[shape]["place_upper"])
    return {
        "setting": name,
        "studies": studies,
        **{k: round(float(np.mean(v)), 4) for k, v in held.items() if v},
    }


JOBS: dict[str, Any] = {
    **dict.fromkeys(SIZES, effects),
    **dict.fromkeys(("judge errs alike", "judge errs by condition"), judged),
    **{f"dose, {s}": doses for s in SHAPES},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=400)
    parser.add_argument("--only", default="")
    chosen_args = parser.parse_args()
    command = " ".join(["python", "benchmarks/intervention_coverage.py", *sys.argv[1:]])
    for name in track([n for n in JOBS if n.startswith(chosen_args.only)], "settings"):
        row = JOBS[name](name, chosen_args.studies)
        print(row, flush=True)
        keep_row("intervention_coverage.csv", row, command)


if __name__ == "__main__":
    main()
