"""The pilot runs of the release: what models answered, and what the pipeline made of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from valuestats.base.arguments import checked
from valuestats.base.errors import InputError
from valuestats.ingest.readers import read_responses
from valuestats.instruments.scale import AnswerScale
from valuestats.statistics.clusters import LEAST
from valuestats.tables.responses import Responses

FOLDER = "Plain(fundamental)"
SCALE = AnswerScale({0: "no", 1: "yes"}, contains=False)
COLUMNS = {"model": "Model Name", "item": "Image Name", "raw": "Answer", "condition": "Platform"}
STAY = "Stay Duration"


@checked
def read_pilot(path: str | Path) -> Responses:
    """Answers of the pilot without a persona, read by the package's rules: yes (1), no (0), or a status.

    Parameters
    ----------
    path
        The release's folder, or one file in its layout (``Image Name``, ``Answer``, ``Stay Duration``, ``Platform``,
        ``Model Name``).

    Returns
    -------
    Responses
        ``item`` is the screenshot, ``condition`` the platform it is from, ``stay`` the seconds that the pipeline
        then stayed.

    Raises
    ------
    InputError
        No such file, or a column is missing.

    Examples
    --------
    ::

        read_pilot(fetch("value_spectrum_pilot"))
    """
    place = Path(path)
    files = sorted((place / FOLDER).glob("*.csv*")) if place.is_dir() else [place]
    if not files:
        raise InputError("no file of the pilot", file=place / FOLDER, expected="*.csv")
    parts = []
    for file in files:
        answers = read_responses(
            file,
            reader="table",
            columns=COLUMNS,
            constants={"persona": "none"},
            scale=SCALE,
            duplicates="report",
        ).frame
        told = pd.read_csv(file, dtype=str, keep_default_na=False)
        if STAY not in told.columns:
            raise InputError(
                "the file lacks a column", file=file, parameter=STAY, got=", ".join(told.columns)
            )
        stay = pd.to_numeric(told[STAY], errors="coerce").to_numpy(dtype=float)
        parts.append(answers.assign(stay=stay[answers["source_row"].to_numpy(dtype=int)]))
    return Responses(pd.concat(parts, ignore_index=True))


@checked
def pilot_rates(answers: Responses, *, level: float = 0.95) -> pd.DataFrame:
    """Yes, no and neither by model and platform: as read, and as the pipeline took it (it stays, or it does not).

    Parameters
    ----------
    answers
        See `read_pilot`.
    level
        Of Wilson's intervals.

    Returns
    -------
    pandas.DataFrame
        ``model``, ``platform``, ``n_asked``, ``n_scored`` (yes or no), ``yes``, ``estimate`` with ``lower`` and ``upper``
        (of those scored), ``stayed`` (the pipeline's rate, of all), ``unread_as_no`` (answers that say neither and did not
        stay), ``worst`` and ``best`` (neither taken as no, and as yes).

    Examples
    --------
    ::

        pilot_rates(read_pilot("pilot.csv"))
    """
    frame = answers.frame
    rows = []
    for (model, platform), part in frame.groupby(["model", "condition"], observed=True, sort=True):
        valid = part["status"] == "valid"
        n, asked, yes = int(valid.sum()), len(part), int((part["answer"] == 1).sum())
        stayed = part["stay"] > 0
        low, high = proportion_confint(yes, n, alpha=1 - level, method="wilson") if n else (np.nan, np.nan)
        rows.append(
            {
                "model": str(model),
                "platform": str(platform),
                "n_asked": asked,
                "n_scored": n,
                "yes": yes,
                "estimate": yes / n if n else np.nan,
                "lower": float(low),
                "upper": float(high),
                "stayed": float(stayed.mean()),
                "unread_as_no": int((~valid & ~stayed).sum()),
                "worst": yes / asked,
                "best": (yes + asked - n) / asked,
            }
        )
    return pd.DataFrame(rows)


@checked
def read_persona_run(path: str | Path, *, run: str | None = None) -> pd.DataFrame:
    """One run with a persona, in the order in which its screenshots came: ``run``, ``position``, ``yes``.

    Parameters
    ----------
    path
        A file in the release's layout. Its answers are not kept, only whether the pipeline stayed: that is taken as yes.
    run
        The session, as the names of its screenshots begin; the longest where not given.

    Raises
    ------
    InputError
        A column is missing, or there is no such session.
    """
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    missing = [c for c in ("Image Name", STAY) if c not in frame.columns]
    if missing:
        raise InputError("the file lacks columns", file=path, parameter=", ".join(missing), expected=STAY)
    session = frame["Image Name"].str.extract(r"^(.*)\\")[0].fillna("")
    chosen = session.value_counts().index[0] if run is None else run
    own = frame[session == chosen]
    if own.empty:
        raise InputError(
            "no such session", file=path, parameter="run", got=run, expected=", ".join(session.unique())
        )
    stay = pd.to_numeric(own[STAY])
    return pd.DataFrame({"run": str(chosen), "position": range(len(own)), "yes": stay.gt(0).astype(float)})


@checked
def adoption_change(runs: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    r"""Change of the rate of yes between the first and the second half of each run, and its mean over runs.

    Within a run :math:`\hat p_2 - \hat p_1` with Newcombe's interval (1998, method 10), which takes screenshots as
    independent; over runs the mean of these differences with Student's t over runs, each paired with itself (none below
    four). Answers that say neither yes nor no are left out of their half and counted.

    Parameters
    ----------
    runs
        ``run``, ``position`` (in time), ``yes`` (1, 0, or null).
    level
        Of the intervals.

    Returns
    -------
    pandas.DataFrame
        ``run`` (``"all runs"`` last), ``first``, ``second``, ``estimate`` with ``lower`` and ``upper``, ``n_scored``,
        ``n_asked``, ``n_units`` (runs).

    Raises
    ------
    InputError
        A column is missing, or a half without an answer.

    Examples
    --------
    >>> import pandas as pd
    >>> one = pd.DataFrame({"run": "a", "position": range(8), "yes": [0, 0, 0, 1, 1, 1, 0, 1]})
    >>> adoption_change(one)[["run", "first", "second", "estimate"]].to_numpy().tolist()[0]
    ['a', 0.25, 0.75, 0.5]
    """
    missing = [c for c in ("run", "position", "yes") if c not in runs.columns]
    if missing:
        raise InputError(
            "a column is missing", parameter="runs", got=", ".join(missing), expected="run, position, yes"
        )
    rows = []
    for run, part in runs.groupby("run", observed=True, sort=False):
        ordered = part.sort_values("position")["yes"].to_numpy(dtype=float)
        middle = len(ordered) // 2
        halves = [h[~np.isnan(h)] for h in (ordered[:middle], ordered[middle:])]
        if any(len(h) == 0 for h in halves):
            raise InputError(
                "a half without an answer", parameter="yes", got=str(run), expected="an answer in each half"
            )
        (one, two), (k1, k2) = [len(h) for h in halves], [int(h.sum()) for h in halves]
        low, high = confint_proportions_2indep(k2, two, k1, one, method="newcomb", alpha=1 - level)
        rows.append(
            {
                "run": str(run),
                "first": k1 / one,
                "second": k2 / two,
                "estimate": k2 / two - k1 / one,
                "lower": float(low),
                "upper": float(high),
                "n_scored": one + two,
                "n_asked": len(ordered),
                "n_units": 1,
            }
        )
    table = pd.DataFrame(rows)
    n = len(table)
    error = float(table["estimate"].std(ddof=1) / np.sqrt(n)) if n > 1 else np.nan
    reach = float(stats.t.ppf((1 + level) / 2, n - 1)) * error if n >= LEAST else np.nan
    mean = float(table["estimate"].mean())
    whole = {
        "run": "all runs",
        "first": table["first"].mean(),
        "second": table["second"].mean(),
        "estimate": mean,
        "lower": mean - reach,
        "upper": mean + reach,
        "n_scored": table["n_scored"].sum(),
        "n_asked": table["n_asked"].sum(),
        "n_units": n,
    }
    return pd.concat([table, pd.DataFrame([whole])], ignore_index=True) if n > 1 else table
