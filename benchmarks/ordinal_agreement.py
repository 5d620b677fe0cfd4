"""Posteriors of `fit_ordinal` beside those of brms (Stan): ``python benchmarks/ordinal_agreement.py [fit ...]``.

The seven regressions of ``tests/r/brms.R``, same data and same priors (thresholds included, which the script adds to the
Stan code). Writes ``results/ordinal_agreement.csv``: posterior mean, standard deviation and 95 % interval of every term
by both, the differences in units of brms's posterior standard deviation, and the engine. With names of fits only those
are run and their rows replaced. Stops with an error where a mean differs by more than 0.1 or an end of an interval by
more than 0.2 standard deviations, or a standard deviation by more than 7 %: some three to four Monte Carlo errors of
4,000 draws on our side and of brms's 3,000 to 10,000 effective ones. Four fits compile a PyMC model: some minutes
(run on 21 November 2026).
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pandas as pd

from valuestats.models.effects_formula import OrdinalSpec
from valuestats.ordinal_formula import fit_ordinal

HERE = Path(__file__).parents[1]
OUT = Path(__file__).parent / "results" / "ordinal_agreement.csv"
R = HERE / "tests" / "r"
SAMPLER = {"draws": 1000, "tune": 500, "chains": 4, "seed": 1}
MEAN, END, SPREAD = 0.1, 0.2, 0.07
FITS = {
    "crossed": OrdinalSpec("answer ~ model + x + (1|item) + (1|wording)"),
    "scale": OrdinalSpec("answer ~ model + x", link="probit", disc="~ model"),
    "cloglog": OrdinalSpec("answer ~ model + x", link="cloglog"),
    "specific": OrdinalSpec("answer ~ model + cs(x)", family="sequential"),
    "adjacent": OrdinalSpec("answer ~ model + x + (1|item)", family="adjacent"),
    "monotonic": OrdinalSpec("answer ~ model + mo(effort)"),
    "slopes": OrdinalSpec("answer ~ model + x + (x|item)"),
}
_STEPS = ("1|2", "2|3", "3|4")
BRMS = {
    **{f"threshold[{s}]": f"b_Intercept[{k}]" for k, s in enumerate(_STEPS, 1)},
    **{f"cs(x)[{s}]": f"bcs_x[{k}]" for k, s in enumerate(_STEPS, 1)},
    **{f"mo(effort)[{k - 1} to {k}]": f"simo_moeffort1[{k}]" for k in (1, 2, 3)},
    "model[b]": "b_modelb",
    "x": "b_x",
    "disc[model[b]]": "b_disc_modelb",
    "mo(effort)": "bsp_moeffort",
    "sd[Intercept|item]": "sd_item__Intercept",
    "sd[x|item]": "sd_item__x",
    "sd[Intercept|wording]": "sd_wording__Intercept",
    "cor[Intercept, x|item]": "cor_item__Intercept__x",
}


def unit(term: str) -> float:
    """brms gives a monotonic effect per step, valuestats from the lowest to the highest level."""
    return 3.0 if term == "mo(effort)" else 1.0


def compared(name: str, data: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Both posteriors of one fit, and their differences."""
    start = time.perf_counter()
    fit = fit_ordinal(FITS[name], data, **SAMPLER)
    seconds = time.perf_counter() - start
    frame, theirs = fit.estimates.set_index("term"), known[known["fit"] == name].set_index("name")
    rows = []
    for term in frame.index:
        ours, other = frame.loc[term], theirs.loc[BRMS[term]]
        scale = unit(term)
        mean, sd, lower, upper = (scale * other[c] for c in ("mean", "sd", "lower", "upper"))
        rows.append(
            {
                "fit": name,
                "formula": FITS[name].formula,
                "term": term,
                "mean": ours["estimate"],
                "brms_mean": mean,
                "sd": ours["std_error"],
                "brms_sd": sd,
                "lower": ours["lower"],
                "brms_lower": lower,
                "upper": ours["upper"],
                "brms_upper": upper,
                "mean_off": (ours["estimate"] - mean) / sd,
                "end_off": max(abs(ours["lower"] - lower), abs(ours["upper"] - upper)) / sd,
                "sd_ratio": ours["std_error"] / sd,
                "engine": fit.result.meta["engine"],
                "passed": fit.passed,
                "seconds": round(seconds, 1),
            }
        )
    missing = set(theirs.index) - {BRMS[t] for t in frame.index}
    if missing:
        raise SystemExit(f"{name}: no counterpart of {', '.join(sorted(missing))}")
    return pd.DataFrame(rows)


def main() -> None:
    """Fit, compare, write the table, and stop where the two differ."""
    data = pd.read_csv(R / "brms_data.csv")
    known = pd.read_csv(R / "brms.csv", comment="#")
    names = sys.argv[1:] or list(FITS)
    for name in names:
        found = compared(name, data, known)
        if OUT.exists():
            old = pd.read_csv(OUT)
            found = pd.concat([old[old["fit"] != name], found])
        found["order"] = found["fit"].map(list(FITS).index)
        found = found.sort_values("order", kind="stable").drop(columns="order")
        found.round(5).to_csv(OUT, index=False)
        own = found[found["fit"] == name]
        print(
            own[["term", "mean", "brms_mean", "mean_off", "end_off", "sd_ratio", "engine"]]
            .round(3)
            .to_string(),
            flush=True,
        )
    table = pd.read_csv(OUT)
    table = table[table["fit"].isin(names)]
    wrong = table[
        (table["mean_off"].abs() > MEAN) | (table["end_off"] > END) | ((table["sd_ratio"] - 1).abs() > SPREAD)
    ]
    if len(wrong):
        raise SystemExit("differs from brms:\n" + wrong.to_string())
    worst = table[["mean_off", "end_off"]].abs().max()
    print(
        f"agrees: means within {worst['mean_off']:.3f}, ends within {worst['end_off']:.3f} standard deviations"
    )


if __name__ == "__main__":
    main()
