"""Posteriors of `fit_ordinal` beside those of brms (Stan): ``python benchmarks/ordinal_agreement.py [fit ...]``.

The seven regressions of ``tests/r/brms.R``: same data, same priors (those of the thresholds included, which the script
adds to the Stan code). Writes ``results/ordinal_agreement.csv``: posterior mean, standard deviation and 95 % interval of
every term by both, the differences in units of brms's posterior standard deviation, and the engine. With names of fits
only those are run and their rows replaced; ``compare`` runs none. Stops with an error where a mean differs by more than
0.1 or an end of an interval by more than 0.2 standard deviations, or a standard deviation by more than 7 %: some three to
four Monte Carlo errors of both. Four fits compile a PyMC model: some minutes (run on 21 November 2026).
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

import pandas as pd

from valuestats.latent.sampling import Sampling
from valuestats.regression.effects_formula import OrdinalSpec
from valuestats.regression.fit import fit_ordinal

HERE = Path(__file__).parents[1]
OUT = Path(__file__).parent / "results" / "ordinal_agreement.csv"
R = HERE / "tests" / "r"
SAMPLER = Sampling(draws=1000, tune=500, chains=4)
# Laplace draws cost next to nothing, and ends of a skewed spread's interval need many.
BY_LAPLACE = {"crossed", "adjacent"}
MEAN, END, SPREAD = 0.1, 0.2, 0.07
NUMBERS = ["mean", "sd", "lower", "upper"]
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


def fitted(name: str, data: pd.DataFrame) -> pd.DataFrame:
    """Our posterior of one fit."""
    start = time.perf_counter()
    fit = fit_ordinal(
        FITS[name], data, sampling=replace(SAMPLER, draws=8000) if name in BY_LAPLACE else SAMPLER, seed=1
    )
    frame = fit.estimates[["term", "estimate", "std_error", "lower", "upper"]]
    frame = frame.rename(columns={"estimate": "mean", "std_error": "sd"}).assign(
        engine=fit.result.meta["engine"], passed=fit.passed, seconds=round(time.perf_counter() - start, 1)
    )
    frame.insert(0, "formula", FITS[name].formula)
    frame.insert(0, "fit", name)
    return frame


def compared(ours: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Our posteriors beside those of brms, where it has the same terms, and their differences."""
    theirs = known.rename(columns={c: f"brms_{c}" for c in NUMBERS}).assign(brms=known["name"])
    both = ours.assign(brms=ours["term"].map(BRMS)).merge(
        theirs, how="inner", on=["fit", "brms"], validate="1:1"
    )
    for name in set(ours["fit"]) & set(known["fit"]):
        alone = (ours["fit"] == name).sum(), (known["fit"] == name).sum(), (both["fit"] == name).sum()
        if len(set(alone)) > 1:
            raise SystemExit(f"{name}: {alone[0]} terms here, {alone[1]} in brms, {alone[2]} in both")
    for column in NUMBERS:
        both[f"brms_{column}"] *= both["term"].map(unit)
    sd = both["brms_sd"]
    both["mean_off"] = (both["mean"] - both["brms_mean"]) / sd
    ends = [(both[end] - both[f"brms_{end}"]).abs() / sd for end in ("lower", "upper")]
    both["end_off"] = pd.concat(ends, axis=1).max(axis=1)
    both["sd_ratio"] = both["sd"] / sd
    return both.drop(columns=["brms", "name", "ess"])


def main() -> None:
    """Fit, compare, write the table, and stop where the two differ."""
    data = pd.read_csv(R / "brms_data.csv")
    known = pd.read_csv(R / "brms.csv", comment="#") if (R / "brms.csv").exists() else None
    old = pd.read_csv(OUT) if OUT.exists() else pd.DataFrame({"fit": []})
    names = [n for n in sys.argv[1:] if n != "compare"] or ([] if sys.argv[1:] else list(FITS))
    for name in names:
        old = pd.concat([old[old["fit"] != name], fitted(name, data)])
        old.to_csv(OUT, index=False)
    if known is None:
        raise SystemExit("no tests/r/brms.csv to compare with: run tests/r/brms.R")
    own = ["fit", "formula", "term", *NUMBERS, "engine", "passed", "seconds"]
    table = compared(old[own], known)
    whole = pd.concat(
        [table, old.loc[~old["fit"].isin(table["fit"]), own]]
    )  # fits that brms has not had stay
    whole = whole.sort_values("fit", key=lambda f: f.map(list(FITS).index), kind="stable")
    whole.round(4).to_csv(OUT, index=False)
    print(
        table[["fit", "term", "mean", "brms_mean", "mean_off", "end_off", "sd_ratio", "engine"]]
        .round(3)
        .to_string()
    )
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
