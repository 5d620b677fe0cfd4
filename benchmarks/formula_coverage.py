"""Coverage, bias and error of `fit_ordinal`'s intervals over a grid of sample sizes, for one fixed truth.

Five categories, ``answer ~ model + value + condition + (1|item) + (1|model:item)``: every model answers every item under two
conditions, `repeats` times each; items belong to one of two values in turn. Thresholds, effects of the models (evenly spaced
over 1.6 logits), of the value (0.6) and of the condition (0.3) are the same in all simulations; items (sd 0.8) and
model x item effects (sd 0.5) are drawn anew, because the intervals speak of items like those asked. The engine is `laplace`.

    python benchmarks/formula_coverage.py [simulations]   ->   benchmarks/results/formula_coverage.csv

A row per cell of the grid and term: all contrasts of models with the first one, the value, the condition.
"""

import os
import sys
import time
from itertools import product
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd

from valuestats.latent.sampling import Sampling
from valuestats.regression.fit import fit_ordinal
from valuestats.statistics.ordinal import category_probabilities
from valuestats.statistics.resampling import equal_tailed

RESULTS = Path(__file__).parent / "results" / "formula_coverage.csv"
GRID = {"models": (3, 10, 30), "items": (10, 40), "repeats": (1, 5, 50)}
LEVELS = (0.80, 0.95)
ROUND = 20
FORMULA = "answer ~ model + value + condition + (1|item) + (1|model:item)"
CUT = np.array([-1.5, -0.4, 0.5, 1.6])
VALUE, CONDITION, ITEM_SD, OWN_SD = 0.6, 0.3, 0.8, 0.5


def models_truth(models):
    """Locations of the models, spread in an order that has nothing to do with their names."""
    return np.random.default_rng(models).permutation(np.linspace(-0.8, 0.8, models))


def simulated(models, items, repeats, seed):
    """Counts of the answers of one study."""
    rng = np.random.default_rng(seed)
    m, i, c = (a.ravel() for a in np.indices((models, items, 2)))
    eta = models_truth(models)[m] + VALUE * (i % 2) + CONDITION * c
    eta = eta + rng.normal(0, ITEM_SD, items)[i] + rng.normal(0, OWN_SD, (models, items))[m, i]
    p = category_probabilities(CUT, eta)
    counts = rng.multinomial(repeats, p / p.sum(axis=1, keepdims=True))
    cell, code = np.nonzero(counts)
    names = {
        "model": [f"m{k:02d}" for k in m[cell]],
        "item": [f"i{k:02d}" for k in i[cell]],
        "value": np.where(i[cell] % 2, "b", "a"),
        "condition": np.where(c[cell], "b", "a"),
    }
    return pd.DataFrame({**names, "answer": code + 1, "count": counts[cell, code]})


def one_study(models, items, repeats, seed):
    """A row per term: estimate, truth, whether each interval holds it."""
    data = simulated(models, items, repeats, seed)
    start = time.process_time()
    fit = fit_ordinal(
        FORMULA,
        data,
        scale=(1, 5),
        engine="laplace",
        unidentified="warn",
        sampling=Sampling(draws=250, chains=4),
        seed=seed,
    )
    spent = time.process_time() - start
    where = models_truth(models)
    truth = {f"model[m{k:02d}]": where[k] - where[0] for k in range(1, models)}
    truth |= {"value[b]": VALUE, "condition[b]": CONDITION}
    draws = fit.result.replicates().sel(term=list(truth)).transpose("draw", "term").to_numpy()
    true = np.array(list(truth.values()))
    found = {"term": ["models" if t.startswith("model[") else t.split("[")[0] for t in truth]}
    found |= {"estimate": draws.mean(axis=0), "truth": true, "sd": draws.std(axis=0, ddof=1)}
    for level in LEVELS:
        lower, upper = equal_tailed(draws, level)
        found[f"covered_{level:.2f}"] = (lower <= true) & (true <= upper)
        found[f"width_{level:.2f}"] = upper - lower
    k = fit.result.meta["pareto_k"]
    return pd.DataFrame(found).assign(
        study=seed,
        seconds=spent,
        pareto_k=k,
        unused=any("never used" in w for w in fit.result.meta["warnings"]),
    )


def summarised(rows):
    """Coverage, bias and error by term; errors of coverage from studies, whose contrasts hang together."""
    rows = rows.assign(error=rows["estimate"] - rows["truth"])
    out = []
    for term, part in rows.groupby("term", sort=False):
        record = {"term": term, "simulations": part["study"].nunique()}
        for level in LEVELS:
            name = f"covered_{level:.2f}"
            record[f"coverage_{level:.2f}"] = part[name].mean()
            by_study = part.groupby("study")[name].mean()
            record[f"coverage_{level:.2f}_error"] = by_study.std(ddof=1) / np.sqrt(len(by_study))
        # a contrast's bias has the sign of its truth if estimates are drawn out or drawn in
        slope = (part["error"] * part["truth"]).sum() / (part["truth"] ** 2).sum()
        record |= {
            "bias": part["error"].mean(),
            "relative_bias": slope,
            "rmse": np.sqrt((part["error"] ** 2).mean()),
            "posterior_sd": np.sqrt((part["sd"] ** 2).mean()),
            "width_0.95": part["width_0.95"].mean(),
            "pareto_k_above_0.7": (part.groupby("study")["pareto_k"].first() > 0.7).mean(),
            "unused_category": part.groupby("study")["unused"].first().mean(),
            "seconds": part.groupby("study")["seconds"].first().median(),
        }
        out.append(record)
    return out


def main(simulations=100):
    """The whole grid, in rounds; half as many studies of 30 models. A second call goes on where the first stopped."""
    command = f"python benchmarks/formula_coverage.py {simulations}"
    scratch = Path(__file__).parent / ".scratch" / "formula_coverage"
    scratch.mkdir(parents=True, exist_ok=True)
    for part in [*range(ROUND, simulations, ROUND), simulations]:
        table = []
        for models, items, repeats in product(*GRID.values()):
            kept = scratch / f"{models}_{items}_{repeats}.csv"
            done = pd.read_csv(kept)["study"].nunique() if kept.exists() else 0
            for seed in range(done, part if models < 30 else part // 2):
                study = one_study(models, items, repeats, seed)
                study.to_csv(kept, index=False, mode="a", header=seed == 0)
            where = {"models": models, "items": items, "repeats": repeats}
            table += [{**where, **r} for r in summarised(pd.read_csv(kept))]
        print(f"{part} simulations", flush=True)
        result = pd.DataFrame(table).round(4)
        result.assign(command=command, date=str(pd.Timestamp.now().date())).to_csv(RESULTS, index=False)


if __name__ == "__main__":
    main(*(int(a) for a in sys.argv[1:]))
