"""Value Portrait: the pipeline's quirks in the released files, and its table of published numbers."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import orjson
import pandas as pd

from valuestats.results.result import Result
from valuestats.systems.comparison import compare_published, read_published

LABELS = ("correlations", "bfi_correlations", "higher_pvq_correlations")
FIRST_WORDING = "v1"


def unlabelled_items(folder: str | Path) -> pd.DataFrame:
    """Items that the published scoring lost because the first file's record of them holds no key labels.

    The published scripts took the labels (which values an item is keyed to) of each model's items from the
    records of its first file, wording v1 in the first option order. Where that call had failed, some records
    carry no label at all, and a keyed item is then scored as if it were keyed to nothing.

    Parameters
    ----------
    folder
        Root of the release.

    Returns
    -------
    pandas.DataFrame
        Columns ``model, item, file, row``: failed records of first files without labels.

    References
    ----------
    Found by comparing the released score files with the released answers.
    """
    root = Path(folder)
    rows = []
    pattern = f"lm_evaluation/outputs/final/*/*_{FIRST_WORDING}_results.json*"
    for file in sorted(root.glob(pattern)):
        content = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        name = file.name.removesuffix(".gz")
        model = name.removesuffix(f"_{FIRST_WORDING}_results.json")
        relative = file.relative_to(root).with_name(name).as_posix()
        for number, record in enumerate(orjson.loads(content)):
            if "error" in record and not any(label in record for label in LABELS):
                rows.append((model, f"{record['portrait_id']}-{record['option_id']}", relative, number))
    return pd.DataFrame(rows, columns=["model", "item", "file", "row"])


def comparison(
    published_csv: str | Path,
    correlations: Result,
    keys_recomputed: Mapping[str, pd.DataFrame],
    keys_corrected: Mapping[str, pd.DataFrame],
    chance: pd.DataFrame,
    scores_recomputed: list[Result],
    scores_corrected: list[Result],
    lost: pd.DataFrame,
    suspect: str,
) -> pd.DataFrame:
    """The page's table: every published number beside its recomputation and its correction.

    Parameters
    ----------
    published_csv
        ``published.csv`` of the analysis.
    correlations
        Recomputed correlations, ``compat="published"``.
    keys_recomputed, keys_corrected
        By ``"both"`` and ``"positive"`` signs: keys of the recomputed and of the corrected correlations.
    chance
        What `valuestats.keying.chance.chance_keys` returned, the baseline of every count.
    scores_recomputed, scores_corrected
        One result per family, in the same order of families.
    lost
        What `unlabelled_items` returned.
    suspect
        The respondent whose own scores were overwritten, for the explanations.

    Returns
    -------
    pandas.DataFrame
        See `valuestats.systems.comparison.compare_published`; besides ``baseline``.
    """
    published = read_published(published_csv)
    recomputed = pd.concat(
        [_counts(keys_recomputed), _scores(scores_recomputed, "value"), _ranks(scores_recomputed)]
    )
    corrected = pd.concat(
        [
            _corrected_counts(keys_corrected, chance, int(correlations.meta["n_raters"])),
            _scores(scores_corrected, "estimate"),
            _ranks(scores_corrected).rename(columns={"value": "estimate"}),
        ]
    )
    explained = _explanations(published, lost, suspect)
    table = compare_published(published, recomputed, corrected, explanations=explained)
    table.loc[table["verdict"] == "reproduced", "explanation"] = ""
    absent = table["verdict"] == "not computable"
    model = table["group"].str.split(" | ", regex=False).str[0]
    table.loc[absent, "explanation"] = "the release holds scores but no raw answers of " + model[absent]
    return table


def _counts(keys: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    rows = []
    for sign, quantity in (("both", "keyed pairs, |r| > .30"), ("positive", "keyed pairs, r > .30")):
        counts = keys[sign]["family"].value_counts()
        rows += [(quantity, family, float(count)) for family, count in counts.items()]
    values = keys["scored"] if "scored" in keys else keys["positive"]
    per_value = values[values["family"] == "pvq"]["dimension"].value_counts()
    rows += [("items keyed to the value", dimension, float(n)) for dimension, n in per_value.items()]
    return pd.DataFrame(rows, columns=["quantity", "group", "value"])


def _corrected_counts(keys: Mapping[str, pd.DataFrame], chance: pd.DataFrame, raters: int) -> pd.DataFrame:
    counts = _counts(keys).rename(columns={"value": "estimate"})
    expected = chance.set_index(["family", "dimension"])["expected"]

    def baseline(row: pd.Series) -> float:
        if row["quantity"] == "items keyed to the value":
            return float(expected["pvq", row["group"]])
        both = 2.0 if "|r|" in row["quantity"] else 1.0  # the null distribution is symmetric about zero
        return both * float(expected[row["group"], "(all)"])

    counts["baseline"] = counts.apply(baseline, axis=1)
    counts["unit"] = "raters (permuted within group)"
    counts["n_scored"] = counts["n_asked"] = raters
    return counts


def _scores(results: list[Result], value: str) -> pd.DataFrame:
    parts = []
    for result in results:
        frame = result.estimates
        family = result.meta["specification"]["family"]
        part = pd.DataFrame({"quantity": f"centred score, {family}"}, index=frame.index)
        part["group"] = frame["model"].astype(str) + " | " + frame["dimension"].astype(str)
        part[value] = frame["estimate"]
        if value == "estimate":
            part[["lower", "upper", "n_scored", "n_asked"]] = frame[["lower", "upper", "n_scored", "n_asked"]]
            part["unit"] = "queries"
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _ranks(results: list[Result]) -> pd.DataFrame:
    """Rank of each value's mean score over the models, 1 = highest."""
    pvq = next(r for r in results if r.meta["specification"]["family"] == "pvq")
    mean = pvq.estimates.groupby("dimension", observed=True)["estimate"].mean()
    rank = mean.rank(ascending=False)
    return pd.DataFrame(
        {"quantity": "rank of the value over models", "group": rank.index, "value": rank.to_numpy()}
    )


def _explanations(published: pd.DataFrame, lost: pd.DataFrame, suspect: str) -> pd.DataFrame:
    table = published[["quantity", "group"]].copy()
    counted = table["quantity"].str.startswith(("keyed pairs", "items keyed"))
    overwritten = f"overwritten scores of {suspect}"
    model = table["group"].str.split(" | ", regex=False).str[0]
    by_model = {
        str(name): "items "
        + ", ".join(
            f"{item} ({file}, record {row})" for item, file, row in part[["item", "file", "row"]].to_numpy()
        )
        + " lost their labels in the published pipeline"
        for name, part in lost.groupby("model")
    }
    table["explanation"] = np.where(counted, overwritten, model.map(by_model).fillna(""))
    return table
