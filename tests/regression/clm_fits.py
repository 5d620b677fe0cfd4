"""Fits that R's `ordinal::clm` and `clmm` made too (tests/r/formulas.R), their data and R's numbers."""

from pathlib import Path

import pandas as pd

HERE = Path(__file__).parents[1] / "r"


def read(name):
    return pd.read_csv(HERE / name, comment="#")


WINE, FAMILIES, DATA = read("wine.csv"), read("ordinal_families_data.csv"), read("formula_data.csv")
KNOWN = {label: part.set_index("name") for label, part in read("formula_fits.csv").groupby("fit")}
FITS = {
    "wine logit": (WINE, "rating ~ temp + contact", {}),
    "wine probit": (WINE, "rating ~ temp + contact", {"link": "probit"}),
    "wine cloglog": (WINE, "rating ~ temp + contact", {"link": "cloglog"}),
    "wine temp": (WINE, "rating ~ temp", {}),
    "wine product": (WINE, "rating ~ temp * contact", {}),
    "offset": (DATA, "y ~ a + offset(x)", {}),
    "offsets": (DATA, "y ~ a + offset(log(z)) + offset(0.5 * x)", {}),
    "nested": (DATA, "y ~ a/x", {}),
    "polynomial": (DATA, "y ~ poly(x, 2) + log(z)", {}),
}
MIXED = {
    "wine judge": (WINE, "rating ~ temp + contact + (1|judge)", {}),
    "wine judge bottle": (WINE, "rating ~ temp + contact + (1|judge) + (1|bottle)", {}),
    "wine judge temp": (WINE, "rating ~ temp + (1|judge)", {}),
    "families crossed": (FAMILIES, "answer ~ model + x + (1|item) + (1|persona)", {}),
    "families probit": (FAMILIES, "answer ~ model + x + (1|item)", {"link": "probit"}),
    "families slope": (FAMILIES, "answer ~ model + x + (x||item)", {}),
}
