"""Coverage of poststratified scores of people and models from one regression, for a known truth.

Truth (`simulated_people`): people of four countries and two ages, ages surveyed unlike their shares in the
population; a model that stands half a logit higher, asked plainly and as each persona, which moves it half as far as people
differ. Estimands: expected answers averaged over the population, and the differences of model and people.

    python benchmarks/people_and_models_coverage.py [simulations]   ->   benchmarks/results/people_and_models_coverage.csv

The table is written anew after every ten simulations.
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import pandas as pd
from simulated_people import simulate_people_and_models

from valuestats.base.progress import track
from valuestats.latent.sampling import Sampling
from valuestats.regression.fit import fit_ordinal
from valuestats.regression.population import people_and_models, poststratified_scores

RESULTS = Path(__file__).parent / "results" / "people_and_models_coverage.csv"
VARYING = ("country", "age", "source:country", "source:age", "item", "source:item", "respondent")
FORMULA = " + ".join(["answer ~ source", *(f"(1|{name})" for name in VARYING)])


def main(simulations=100):
    """Simulate, fit, and write coverage, bias and width, of the naive mean of people too."""
    rows = []
    for k in track(range(simulations), "studies"):
        study = simulate_people_and_models(countries=4, people=15, items=8, epochs=3, seed=k)
        table = people_and_models(study.people, study.models, ["country", "age"], personas=study.personas)
        found = poststratified_scores(
            fit_ordinal(FORMULA, table, sampling=Sampling(draws=300), seed=k), study.population
        )
        true = study.truth.set_index("source")["expected"]
        parts = [
            found.estimates.assign(what=found.estimates["source"], true=found.estimates["source"].map(true))
        ]
        for name in ("model", "model as persona"):
            gap = found.contrast("source", name, "people")
            parts.append(gap.assign(what=f"{name} - people", true=true[name] - true["people"]))
        for part in parts:
            kept = part[["what", "true", "estimate", "lower", "upper"]]
            rows.append(kept.assign(simulation=k, raw=study.people["answer"].mean()))
        if (k + 1) % 10 == 0 or k + 1 == simulations:
            out = summary(pd.concat(rows), k + 1)
    print(out.drop(columns=["command", "date"]).to_string())


def summary(table, simulations):
    """Write the table of what was simulated so far."""
    table = table.assign(
        coverage=(table["lower"] <= table["true"]) & (table["true"] <= table["upper"]),
        bias=table["estimate"] - table["true"],
        width=table["upper"] - table["lower"],
    )
    table["bias_of_raw_mean"] = (table["raw"] - table["true"]).where(table["what"] == "people")
    out = table.groupby("what")[["coverage", "bias", "width", "bias_of_raw_mean"]].mean().reset_index()
    out = out.assign(
        monte_carlo_error=(0.95 * 0.05 / simulations) ** 0.5,
        simulations=simulations,
        command=" ".join(["python", "benchmarks/people_and_models_coverage.py", *sys.argv[1:]]),
        date=str(pd.Timestamp.now().date()),
    )
    out.to_csv(RESULTS, index=False)
    return out


if __name__ == "__main__":
    main(*(int(a) for a in sys.argv[1:]))
