"""Published | Recomputed | Corrected: hold published numbers against the data they came from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from valuestats.base.errors import InputError
from valuestats.results.result import Result

Verdict = Literal["reproduced", "differs", "not computable"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)

KEY = ["quantity", "group"]


def read_published(path: str | Path) -> pd.DataFrame:
    """Read ``published.csv``: columns ``quantity, group, value, source``, one number a row.

    Raises
    ------
    InputError
        A column is missing, a value is not a number, or a quantity and group stand twice.
    """
    file = Path(path)
    frame = pd.read_csv(file, dtype={"quantity": str, "group": str, "source": str}, keep_default_na=False)
    missing = [c for c in (*KEY, "value", "source") if c not in frame.columns]
    if missing:
        raise InputError("published numbers: a column is missing", file=file, parameter=", ".join(missing))
    frame["value"] = pd.to_numeric(frame["value"], errors="coerce")
    bad = frame["value"].isna() | frame.duplicated(KEY)
    if bad.any():
        row = int(bad.to_numpy().argmax())
        raise InputError(
            "published numbers: not a number, or given twice",
            file=file,
            row=row,
            got=", ".join(map(str, frame.iloc[row])),
        )
    return frame


def compare_published(
    published: pd.DataFrame,
    recomputed: pd.DataFrame,
    corrected: pd.DataFrame | None = None,
    *,
    tolerance: float = 1e-9,
    explanations: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Set published numbers beside their recomputation and their correction; the verdict is computed.

    Parameters
    ----------
    published
        Columns ``quantity, group, value, source``.
    recomputed
        Columns ``quantity, group, value``: the paper's own estimator on the raw data.
    corrected
        Columns ``quantity, group, estimate, lower, upper, unit, n_scored, n_asked``: what is reported
        instead, `unit` naming what was resampled.
    tolerance
        Largest absolute difference that counts as reproduced (``inclusive``).
    explanations
        Columns ``quantity, group, explanation``.

    Returns
    -------
    pandas.DataFrame
        One row per published number: ``published``, ``recomputed``, ``difference``, ``verdict``, the columns
        of `corrected`, ``explanation`` and ``source``.

    Examples
    --------
    >>> import pandas as pd
    >>> told = pd.DataFrame({"quantity": "pairs", "group": ["a", "b"], "value": [3.0, 4.0], "source": "T"})
    >>> again = pd.DataFrame({"quantity": "pairs", "group": ["a", "b"], "value": [3.0, 5.0]})
    >>> compare_published(told, again)["verdict"].tolist()
    ['reproduced', 'differs']
    """
    table = published.rename(columns={"value": "published"}).merge(
        recomputed.rename(columns={"value": "recomputed"})[[*KEY, "recomputed"]],
        on=KEY,
        how="left",
        validate="one_to_one",
    )
    table["difference"] = table["recomputed"] - table["published"]
    close = table["difference"].abs() <= tolerance
    table["verdict"] = np.select(
        [table["recomputed"].isna(), close], ["not computable", "reproduced"], "differs"
    )
    if corrected is not None:
        table = table.merge(corrected, on=KEY, how="left", validate="one_to_one")
    if explanations is not None:
        table = table.merge(explanations, on=KEY, how="left", validate="one_to_one")
        table["explanation"] = table["explanation"].fillna("")
    return table[[*(c for c in table.columns if c != "source"), "source"]]


SIMULATED = "the data are not at hand, and simulated ones stand in"
"""Why nothing is recomputed where a study ran on its substitute."""
_NUMBERS = ["estimate", "lower", "upper", "n_units", "n_scored", "n_asked"]


def of_simulated(published_csv: str | Path) -> pd.DataFrame:
    """Published numbers beside data that are simulated: every verdict is "not computable", and nothing is corrected.

    Parameters
    ----------
    published_csv
        See `read_published`.
    """
    return without_data(published_csv, SIMULATED).assign(**dict.fromkeys(_NUMBERS, np.nan))


def without_data(published_csv: str | Path, reason: str) -> pd.DataFrame:
    """Published numbers that nothing public allows to recompute: every verdict is "not computable", with the reason.

    Parameters
    ----------
    published_csv
        See `read_published`.
    reason
        Why there is nothing to recompute from.
    """
    published = read_published(published_csv)
    nothing = pd.DataFrame(columns=["quantity", "group", "value"])
    return compare_published(published, nothing, explanations=published[KEY].assign(explanation=reason))


def reproduction(
    published: str | Path, results: Mapping[str, Any], *, tolerance: float = 0.005
) -> pd.DataFrame:
    """Hold a paper's numbers against results of the same study: published, recomputed, corrected, with a verdict each.

    Parameters
    ----------
    published
        CSV with ``quantity, group, value, source``, one number a row; ``group`` names the row of the result by its keys,
        joined with ``", "`` in their order (``"model-a, Power"``). A group that the result lacks is not computable.
    results
        Quantity to the result that recomputes it, whose interval and counts stand beside the number, or to a table with
        ``group, value``.
    tolerance
        Largest absolute difference that counts as reproduced; half a unit of the last printed digit, usually.

    Returns
    -------
    pandas.DataFrame
        See `compare_published`.

    Raises
    ------
    InputError
        A file that is no table of published numbers, or a quantity that stands in none of its rows.
    """
    told = read_published(published)
    unknown = sorted(set(results) - set(told["quantity"]))
    if unknown:
        raise InputError(
            "no such quantity among the published numbers",
            parameter="results",
            got=", ".join(unknown),
            expected=", ".join(dict.fromkeys(told["quantity"].astype(str))),
        )
    again, beside = [], []
    for quantity, found in results.items():
        if isinstance(found, Result):
            frame = found.estimates
            group = frame[list(found.keys)].astype(str).agg(", ".join, axis=1)
            units = frame["n_units"] if "n_units" in frame.columns else None
            again.append(pd.DataFrame({"quantity": quantity, "group": group, "value": frame["estimate"]}))
            beside.append(
                pd.DataFrame(
                    {
                        "quantity": quantity,
                        "group": group,
                        "estimate": frame["estimate"],
                        "lower": frame["lower"],
                        "upper": frame["upper"],
                        "unit": str(found.meta["specification"].get("unit", "")),
                        "n_scored": frame["n_scored"],
                        "n_asked": frame["n_asked"],
                        **({} if units is None else {"n_units": units}),
                    }
                )
            )
        else:
            again.append(found[["group", "value"]].assign(quantity=quantity))
    recomputed = pd.concat(again, ignore_index=True)
    corrected = pd.concat(beside, ignore_index=True) if beside else None
    return compare_published(told, recomputed, corrected, tolerance=tolerance)
