"""Cultural value alignment with the PVQ-40 (Segerer 2025): its claims, its design on a known truth, and other data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
import pandas as pd

from valuestats.base.errors import SpecificationError
from valuestats.base.former import formerly
from valuestats.circle.opposed_values import DIFFERENCE, ENHANCEMENT, NAMES, TRANSCENDENCE
from valuestats.results.result import Result
from valuestats.systems.comparison import compare_published, read_published
from valuestats.tables import Responses

NO_DATA = "neither the answers nor the code are public"


def claims(published_csv: str | Path) -> pd.DataFrame:
    """The published claims, which are directions (+1 higher, -1 lower) and no numbers; none can be recomputed."""
    published = read_published(published_csv)
    nothing = pd.DataFrame(columns=["quantity", "group", "value"])
    reasons = published[["quantity", "group"]].assign(explanation=NO_DATA)
    return compare_published(published, nothing, explanations=reasons)


@formerly(responses="answers")
def select_models(answers: Responses, models: Sequence[str]) -> Responses:
    """The answers of some models only; ``*`` and ``?`` in a name stand for any text.

    Raises
    ------
    SpecificationError
        A name that no model has.

    Examples
    --------
    ::

        select_models(responses, ["deepseek-*", "gemini-*"])
    """
    names = list(answers.models)
    absent = [p for p in models if not any(fnmatchcase(n, p) for n in names)]
    if absent:
        raise SpecificationError(
            "no such model", parameter="models", got=", ".join(absent), expected=", ".join(names[:10])
        )
    kept = [n for n in names if any(fnmatchcase(n, p) for p in models)]
    rows = answers.frame[answers.frame["model"].isin(kept)].reset_index(drop=True)
    return Responses(rows, answers.findings)


def true_poles(truth: pd.DataFrame) -> pd.DataFrame:
    """True self-transcendence, self-enhancement and their difference: ``model, pole, truth``.

    Examples
    --------
    >>> import pandas as pd
    >>> truth = pd.DataFrame({"model": "m", "value": ["Benevolence", "Universalism", "Achievement", "Power"],
    ...     "truth": [1.0, 0.0, 0.0, -1.0]})
    >>> true_poles(truth)["truth"].tolist()
    [0.5, -0.5, 1.0]
    """
    wide = truth.pivot(index="model", columns="value", values="truth").reindex(truth["model"].unique())
    poles = pd.DataFrame(
        {NAMES[0]: wide[list(TRANSCENDENCE)].mean(axis=1), NAMES[1]: wide[list(ENHANCEMENT)].mean(axis=1)}
    )
    poles[DIFFERENCE] = poles[NAMES[0]] - poles[NAMES[1]]
    long = poles.rename_axis("model").reset_index().melt("model", var_name="pole", value_name="truth")
    return long.sort_values("model", kind="stable").reset_index(drop=True)


def portrait_recovery(
    truth: pd.DataFrame,
    profile: Result,
    poles: Result,
    contrasts: pd.DataFrame,
    groups: Mapping[str, Sequence[str]],
) -> pd.DataFrame:
    """How the estimates of a simulated study stand to its truth.

    Parameters
    ----------
    truth
        ``model, value, truth``.
    profile, poles
        Of `valuestats.value_profile` and `valuestats.opposed_values`.
    contrasts
        Of `valuestats.group_contrasts`; its group means are held against the truth.
    groups
        As given to it.

    Returns
    -------
    pandas.DataFrame
        ``quantity``, ``n`` (estimates), ``coverage``, ``level``, ``bias`` (estimate minus truth), ``rmse``. Estimates of
        one study lean on the same draws, so the coverage of one study is rough; ``benchmarks/portraits_coverage.py``
        repeats it.
    """
    true = true_poles(truth)
    means = {
        group: true[[any(fnmatchcase(m, p) for p in patterns) for m in true["model"]]]
        .groupby("pole")["truth"]
        .mean()
        for group, patterns in groups.items()
    }
    between = contrasts[contrasts["kind"] == "groups"].copy()
    heads = between["contrast"].str.split(" − ").str[0]
    between["truth"] = [
        means[h][p] - means[o][p] for h, o, p in zip(heads, between["other"], between["pole"], strict=True)
    ]
    parts = {
        "value profile": profile.estimates.merge(truth, on=["model", "value"]),
        **{
            str(pole): rows
            for pole, rows in poles.estimates.merge(true, on=["model", "pole"]).groupby("pole", sort=False)
        },
        "contrasts of the poles between models": between,
    }
    return pd.DataFrame([_recovered(name, rows) for name, rows in parts.items()])


def _recovered(quantity: str, rows: pd.DataFrame) -> dict[str, object]:
    error = (rows["estimate"] - rows["truth"]).to_numpy(dtype=float)
    inside = (rows["lower"] <= rows["truth"]) & (rows["truth"] <= rows["upper"])
    return {
        "quantity": quantity,
        "n": len(rows),
        "coverage": float(inside.mean()),
        "level": float(rows["level"].iloc[0]),
        "bias": float(error.mean()),
        "rmse": float(np.sqrt((error**2).mean())),
    }
