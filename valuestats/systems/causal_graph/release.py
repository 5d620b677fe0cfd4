"""The release of the causal value graphs: scores of 17 values by role and steering feature, and the published graphs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import orjson
import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.errors import InputError
from valuestats.graphs.graph import Graph
from valuestats.ingest.tabular.written_lists import read_table

Model = Literal["gemma", "llama"]
FEATURES: dict[str, tuple[str, ...]] = {
    "gemma": ("14351", "1025", "2965", "10096", "1341", "1975", "10605", "14049", "1312", "4752"),
    "llama": ("49202", "58305", "8546", "12477", "7754", "9332", "1897", "62769", "47207", "54606"),
}
"""Steering features that the paper keeps, by model."""
TITLES = {"gemma": "Gemma-2B-IT", "llama": "Llama3-8B-IT"}
PLAIN = "none"
"""No steering, and no role."""
_SKIPPED = ("steer_dim", "player_name", "stds", "scstds")


@checked
def read_value_profiles(
    path: str | Path, model: Model, features: Literal["published", "all"] = "published"
) -> pd.DataFrame:
    """Profiles of values of a model under roles and steering features, one row each.

    Parameters
    ----------
    path
        ``ans_MODEL_train_formal.csv`` or ``ans_MODEL_test_formal.csv`` of the release, or the same with ``.gz``.
    model
        Whose features are kept.
    features
        ``"published"``: the ten that the paper keeps, and no steering; ``"all"``: every one of the file.

    Returns
    -------
    pandas.DataFrame
        ``role``, ``feature`` (``"none"`` where there was none) and a column for each value, from -1 to 1.

    Raises
    ------
    InputError
        A column is missing, a score is no number from -1 to 1, or a role stands twice under a feature; with its row.

    Examples
    --------
    ::

        profiles = read_value_profiles("ans_gemma_train_formal.csv", "gemma")
        value_graph(profiles, cluster="role")
    """
    file = Path(path)
    if not file.exists():  # datasets may lie compressed beside the registered name
        file = file.with_name(file.name + ".gz")
    frame = read_table(file, ["steer_dim", "player_name"])
    values = [c for c in frame.columns if c not in _SKIPPED and not c.endswith(":scstd")]
    scores = frame[values].apply(pd.to_numeric, errors="coerce")
    wrong = ~(scores.ge(-1) & scores.le(1)).to_numpy()
    if wrong.any():
        row, column = (int(x) for x in divmod(int(wrong.argmax()), len(values)))
        raise InputError(
            "a score that is no number from -1 to 1",
            file=file,
            row=row,
            parameter=values[column],
            got=frame[values[column]].iloc[row],
        )
    named = {
        c: frame[o].where(frame[o] != "", PLAIN)
        for c, o in (("role", "player_name"), ("feature", "steer_dim"))
    }
    found = pd.DataFrame(named).join(scores)
    twice = found.duplicated(["role", "feature"])
    if twice.any():
        row = int(twice.to_numpy().argmax())
        raise InputError(
            "a role stands twice under a feature",
            file=file,
            row=row,
            parameter="player_name",
            got=found["role"].iloc[row],
        )
    if features == "published":
        found = found[found["feature"].isin([PLAIN, *FEATURES[model]])]
    return found.reset_index(drop=True)


@checked
def read_published_graph(path: str | Path, model: Model) -> pd.DataFrame:
    """The published graph of a model: ``cause``, ``effect``; an edge without direction stands both ways.

    Raises
    ------
    InputError
        The file lacks the model's edges.
    """
    file = Path(path)
    try:
        held = orjson.loads(file.read_bytes())["edges"][model]
        edges = [(str(one), str(two)) for one, two, *_ in held]
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise InputError(
            "no graph of the model in this file", file=file, parameter="edges", got=str(error), expected=model
        ) from None
    return pd.DataFrame(edges, columns=["cause", "effect"])


@checked
def value_changes(
    profiles: pd.DataFrame,
    by: Literal["role", "feature"],
    reference: str = PLAIN,
    role: str | None = None,
) -> pd.DataFrame:
    """How much each value differs from that of the reference: of roles without steering, or of features within roles.

    Parameters
    ----------
    profiles
        As `read_value_profiles` returns them.
    by
        ``"role"``: each unsteered role against one of them; ``"feature"``: each feature against another, within each role.
    reference
        The role or feature that the others are held against; ``"first"``: the first role of the file, as published.
    role
        With ``by="feature"``: one role alone, as published.

    Returns
    -------
    pandas.DataFrame
        ``role``, ``feature`` and the differences, the reference left out.
    """
    kept = profiles if role is None else profiles[profiles["role"] == role]
    if by == "role":
        kept = kept[kept["feature"] == PLAIN]
        if reference == "first":
            kept = kept[kept["role"] != PLAIN]
            reference = str(kept["role"].iloc[0]) if len(kept) else reference
    values = [c for c in profiles.columns if c not in ("role", "feature")]
    other = "feature" if by == "role" else "role"
    base = kept[kept[by] == reference].set_index(other)[values]
    if base.empty:
        raise InputError("no such reference among the profiles", parameter="reference", got=reference)
    moved = kept[kept[by] != reference].reset_index(drop=True)
    moved = moved[moved[other].isin(base.index)].reset_index(drop=True)
    moved[values] = moved[values].to_numpy() - base.loc[moved[other]].to_numpy()
    return moved


def graph_from(edges: pd.DataFrame, names: Sequence[str]) -> Graph:
    """The graph of a table of causes and effects."""
    return Graph.of(names, edges[["cause", "effect"]].itertuples(index=False, name=None))
