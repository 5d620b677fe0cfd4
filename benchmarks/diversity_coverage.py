"""Coverage of the evenness of references: jackknifed entropy and its question bootstrap, beside what else one might take.

python benchmarks/diversity_coverage.py [studies]   ->   benchmarks/results/diversity_coverage.csv
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from valuestats.diversity.perspectives import perspective_diversity
from valuestats.systems.worldview.simulate import simulate_references

RATES = {
    "one perspective": {"a": 0.9, "b": 0.02, "c": 0.02, "d": 0.02, "e": 0.02, "f": 0.02},
    "uneven": {"a": 0.7, "b": 0.3, "c": 0.15, "d": 0.1, "e": 0.05, "f": 0.05},
    "nearly even": {"a": 0.5, "b": 0.45, "c": 0.4, "d": 0.4, "e": 0.35, "f": 0.3},
}


def evenness(rates):
    p = np.array(list(rates.values()))
    s = p / p.sum()
    return float(-(s * np.log(s)).sum() / np.log(len(s)))


def main(studies=400):
    rows = []
    truth = {name: evenness(rates) for name, rates in RATES.items()}
    names = list(next(iter(RATES.values())))
    for questions in (25, 50, 175):
        for epochs in (1, 5):
            found = []
            for k in range(studies):
                frame = simulate_references(
                    RATES, questions=questions, epochs=epochs, spread=3, seed=1000 * k + questions + epochs
                )
                result = perspective_diversity(frame, perspectives=names, replicates=500, seed=k)
                seen = simulate_references(
                    RATES,
                    questions=questions,
                    epochs=epochs,
                    spread=3,
                    sensitivity=0.85,
                    specificity=0.97,
                    seed=7 + k,
                )
                judged = perspective_diversity(
                    seen,
                    perspectives=names,
                    judge={"sensitivity": 0.85, "specificity": 0.97},
                    replicates=500,
                    seed=k,
                ).estimates
                found.append(judged.assign(study=k, condition=judged["condition"] + ", judge corrected"))
                pair = result.contrast("condition", "uneven", "one perspective").iloc[0]
                found.append(result.estimates.assign(study=k))
                found.append(
                    pd.DataFrame([pair]).assign(study=k, condition="contrast uneven - one perspective")
                )
            table = pd.concat(found)
            truths = {
                **truth,
                "contrast uneven - one perspective": truth["uneven"] - truth["one perspective"],
            }
            for condition, part in table.groupby("condition"):
                true = truths[condition]
                inside = (part["lower"] <= true) & (true <= part["upper"])
                independent = (part["dirichlet_lower"] <= true) & (true <= part["dirichlet_upper"])
                rows.append(
                    {
                        "questions": questions,
                        "epochs": epochs,
                        "condition": condition,
                        "truth": round(true, 4),
                        "bias": round(part["estimate"].mean() - true, 4),
                        "bias_plugin": round(part["plugin"].mean() - true, 4),
                        "coverage": round(inside.mean(), 4),
                        "coverage_dirichlet": round(independent.mean(), 4)
                        if part["dirichlet"].notna().any()
                        else np.nan,
                        "width": round((part["upper"] - part["lower"]).mean(), 4),
                        "studies": studies,
                    }
                )
                print(rows[-1], flush=True)
    pd.DataFrame(rows).to_csv(Path(__file__).parent / "results" / "diversity_coverage.csv", index=False)


if __name__ == "__main__":
    main(*(int(a) for a in sys.argv[1:]))
