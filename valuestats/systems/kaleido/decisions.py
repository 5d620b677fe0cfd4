"""From the values, rights and duties of a situation to a decision: relevance times valence, with its uncertainty."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.arguments import checked
from valuestats.base.errors import InputError
from valuestats.statistics.clusters import plan_clusters
from valuestats.statistics.entropy import plugin_entropy
from valuestats.statistics.ratios import ratio

Array = NDArray[np.float64]

VALENCES = ("supports", "opposes", "either")
_COLUMNS = ("action", "vrd", "text", "relevant", *VALENCES)


@checked
def read_kaleido(path: str | Path) -> pd.DataFrame:
    """The model's output: one row per value, right or duty of an action, with its relevance and valence.

    Parameters
    ----------
    path
        A CSV with ``action``, ``vrd`` (value, right or duty), ``text``, ``relevant`` and ``supports``, ``opposes``,
        ``either``.

    Returns
    -------
    pandas.DataFrame
        These columns, numbers from 0 to 1.

    Raises
    ------
    InputError
        No such file, a column is missing, a text stands twice in an action, a number is none from 0 to 1, or valences
        that do not sum to 1 (within .02, as they are printed with two decimals), with the row.

    Examples
    --------
    ::

        decision(read_kaleido("readme_example.csv"))
    """
    file = Path(path)
    if not file.is_file():
        raise InputError("no such file", file=file)
    frame = pd.read_csv(file, dtype=str, keep_default_na=False)
    missing = [c for c in _COLUMNS if c not in frame.columns]
    if missing:
        raise InputError(
            "the file lacks columns", file=file, parameter=", ".join(missing), expected=", ".join(_COLUMNS)
        )
    for column in ("relevant", *VALENCES):
        number = pd.to_numeric(frame[column], errors="coerce").astype(float)
        wrong = ~((number >= 0) & (number <= 1)).to_numpy()
        if wrong.any():
            row = int(wrong.argmax())
            raise InputError(
                "no probability", file=file, row=row, parameter=column, got=frame[column].iloc[row]
            )
        frame[column] = number
    off = (frame[list(VALENCES)].sum(axis=1) - 1).abs() > 0.02
    twice = frame.duplicated(["action", "vrd", "text"])
    for fault, what in ((off, "valences that do not sum to 1"), (twice, "a text stands twice")):
        if fault.any():
            row = int(fault.to_numpy().argmax())
            raise InputError(what, file=file, row=row, got=frame["text"].iloc[row])
    return frame[list(_COLUMNS)]


@checked
def decision(
    outputs: pd.DataFrame, *, level: float = 0.95, replicates: int = 2000, seed: int = 0
) -> pd.DataFrame:
    r"""How far the values of an action support it: :math:`\sum_i r_i v_i / \sum_i r_i`, relevance times valence.

    The interval resamples the values of the action, as another run would bring up others of the kind: Student's t with the
    error that leaving out one after another shows below 20 of them, none below four. ``entropy`` is that of the three shares
    in bits; its interval is from the same resamples.

    Parameters
    ----------
    outputs
        See `read_kaleido`.
    level, replicates, seed
        Of the intervals.

    Returns
    -------
    pandas.DataFrame
        ``action``, ``quantity`` (``supports``, ``opposes``, ``either``, ``entropy``), ``estimate``, ``std_error``,
        ``lower``,
        ``upper``, ``interval``, ``n_units`` (values). Null where nothing is relevant.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"action": "a", "vrd": "Value", "text": ["x", "y"], "relevant": [1.0, 0.5],
    ...     "supports": [1.0, 0.0], "opposes": [0.0, 1.0], "either": 0.0})
    >>> decision(frame)["estimate"].round(3).tolist()
    [0.667, 0.333, 0.0, 0.918]
    """
    parts = []
    for action, own in outputs.groupby("action", sort=False):
        r = own["relevant"].to_numpy(dtype=float)
        v = own[list(VALENCES)].to_numpy(dtype=float)
        rng = np.random.default_rng(seed)
        plan = plan_clusters(len(own), replicates, rng)
        point = _shares(np.ones((1, len(own))), r, v)[0]
        values = _shares(plan.weights, r, v)
        bound = np.log2(len(VALENCES))
        shares = plan.finish(values[:, :3], point[:3], len(own), level, within=(0.0, 1.0), what="values")
        spread = plan.finish(values[:, 3:], point[3:], len(own), level, within=(0.0, bound), what="values")
        known = ~np.isnan(point)
        table = {
            name: np.where(known, np.concatenate([getattr(shares, name), getattr(spread, name)]), np.nan)
            for name in ("std_error", "lower", "upper")
        }
        parts.append(
            pd.DataFrame(
                {
                    "action": str(action),
                    "quantity": [*VALENCES, "entropy"],
                    "estimate": point,
                    **table,
                    "level": level,
                    "interval": np.concatenate([shares.interval, spread.interval]).astype(str),
                    "n_units": len(own),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _shares(weights: Array, r: Array, v: Array) -> Array:
    """The three shares and their entropy (bits), shape ``(rows, 4)``."""
    total = weights @ (r[:, None] * v)
    whole = total.sum(axis=1, keepdims=True)
    shares = ratio(total, np.broadcast_to(whole, total.shape))
    entropy = plugin_entropy(np.where(whole > 0, total, np.nan)) / np.log(2)
    return np.concatenate([shares, entropy[:, None]], axis=1)
