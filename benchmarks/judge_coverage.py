"""Coverage of shares, means and strengths that rest on a judge and people's labels of a part, with a known truth.

Shares: 600 items, people label some of them at random, or so that it depends on the judge's label (items it calls c
three times as often), or on people's own; with and without the probabilities of being labelled; in clusters that share
a tilt. Means: ratings of people and a judge that correlate .8. Strengths: five options, 1,500 pairs, people choose in
300, at random or where the judge puts the first one first; the judge errs alike everywhere or the more the closer the two
options. Each study is a group of one call of the verb. ``warned`` is the share of studies with the warning that the
labelled are no random part. Run with
``python benchmarks/judge_coverage.py``; it writes ``benchmarks/results/judge_coverage.csv``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit

from valuestats.base.progress import track
from valuestats.choice.judged import judged_strengths
from valuestats.raters.judged import judged_means, judged_shares
from valuestats.tables.comparisons import pair_choices

RESULTS = Path(__file__).parent / "results"
ITEMS = 600
SHARES = np.array([0.5, 0.3, 0.2])
GOOD = np.array([[0.85, 0.1, 0.05], [0.1, 0.8, 0.1], [0.05, 0.1, 0.85]])
POOR = np.array([[0.6, 0.25, 0.15], [0.3, 0.5, 0.2], [0.2, 0.3, 0.5]])
LABELS = np.array(["a", "b", "c"])
STRENGTH = np.array([1.0, 0.5, 0.0, -0.5, -1.0])

SETTINGS = [
    ("random", GOOD, 40),
    ("random", GOOD, 100),
    ("random", GOOD, 300),
    ("random", POOR, 100),
    ("by the judge's label", GOOD, 100),
    ("by the judge's label, probabilities given", GOOD, 100),
    ("by people's label", GOOD, 100),
    ("random, 30 clusters", GOOD, 150),
]

CASES = [("random", "alike"), ("random", "the closer the more"), ("where the judge says first", "alike")]


def study(rng: np.random.Generator, how: str, confusion: np.ndarray, labelled: int) -> pd.DataFrame:
    cluster = rng.integers(0, 30, ITEMS) if "clusters" in how else np.arange(ITEMS)
    shares = np.broadcast_to(SHARES, (ITEMS, 3))
    if "clusters" in how:
        shares = rng.dirichlet(4 * SHARES, size=30)[cluster]
    true = (rng.random((ITEMS, 1)) > shares.cumsum(axis=1)).sum(axis=1)
    judge = (rng.random((ITEMS, 1)) > confusion[true].cumsum(axis=1)).sum(axis=1)
    code = judge if "judge" in how else true
    tilt = np.ones(ITEMS) if how.startswith("random") else np.where(code == 2, 3.0, 1.0)
    p = np.minimum(labelled * tilt / tilt.sum(), 1)
    chosen = rng.random(ITEMS) < p
    frame = pd.DataFrame(
        {"item": np.arange(ITEMS), "judge": LABELS[judge], "label": np.where(chosen, LABELS[true], None)}
    )
    if "clusters" in how:
        frame["cluster"] = cluster
    if "probabilities" in how:
        frame["probability"] = p
    return frame


def of_shares(studies: int, only: int | None) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for number, (how, confusion, labelled) in enumerate(track(SETTINGS, "shares")):
        if only not in (None, number):
            continue
        rng = np.random.default_rng(number)
        parts = [study(rng, how, confusion, labelled).assign(study=k) for k in range(studies)]
        if "clusters" in how:  # clusters are named across studies
            parts = [p.assign(cluster=p["study"].astype(str) + "/" + p["cluster"].astype(str)) for p in parts]
        found = judged_shares(pd.concat(parts), by="study", draws=1000, seed=number)
        truth = found.estimates["label"].map(dict(zip(LABELS, SHARES, strict=True)))
        table = found.estimates.assign(
            truth=truth,
            held=(found.estimates["lower"] <= truth) & (truth <= found.estimates["upper"]),
        )
        warned = sum("no random part" in w for w in found.meta["warnings"]) / studies
        for name, own in table.groupby("estimator", sort=False):
            rows.append(
                {
                    "what": "share",
                    "labelled_at": how,
                    "judge": "good" if confusion is GOOD else "poor",
                    "labelled": labelled,
                    "estimator": name,
                    "studies": studies,
                    "bias": (own["estimate"] - own["truth"])[own["label"] == "c"].mean(),
                    "width": (own["upper"] - own["lower"]).mean(),
                    "coverage": own["held"].mean(),
                    "warned": warned,
                }
            )
    return rows


def of_means(studies: int, only: int | None) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for number, labelled in enumerate((20, 100)):
        if only not in (None, number):
            continue
        rng = np.random.default_rng(50 + number)
        parts = []
        for k in range(studies):
            y = rng.normal(3, 1, ITEMS)
            judge = 3.5 + 0.8 * (y - 3) + 0.6 * rng.normal(size=ITEMS)
            on = rng.permutation(ITEMS) < labelled
            parts.append(
                pd.DataFrame(
                    {"item": np.arange(ITEMS), "judge": judge, "label": np.where(on, y, np.nan), "study": k}
                )
            )
        found = judged_means(pd.concat(parts), by="study", draws=2, seed=number)
        table = found.estimates
        warned = sum("no random part" in w for w in found.meta["warnings"]) / studies
        for name, own in table.groupby("estimator", sort=False):
            rows.append(
                {
                    "what": "mean",
                    "labelled_at": "random",
                    "labelled": labelled,
                    "estimator": name,
                    "studies": studies,
                    "bias": own["estimate"].mean() - 3,
                    "width": (own["upper"] - own["lower"]).mean(),
                    "coverage": ((own["lower"] <= 3) & (own["upper"] >= 3)).mean(),
                    "warned": warned,
                }
            )
    return rows


def of_strengths(studies: int, only: int | None) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    names = np.array(list("vwxyz"))
    for number, (how, errors) in enumerate(track(CASES, "strengths")):
        if only not in (None, number):
            continue
        rng = np.random.default_rng(80 + number)
        found = []
        for k in range(studies):
            i = rng.integers(0, 5, 1500)
            j = (i + rng.integers(1, 5, 1500)) % 5
            true = rng.random(1500) < expit(STRENGTH[i] - STRENGTH[j])
            gap = np.abs(STRENGTH[i] - STRENGTH[j])
            right = np.full(1500, 0.8) if errors == "alike" else 0.55 + 0.2 * gap
            judge = np.where(rng.random(1500) < right, true, ~true)
            tilt = np.where(judge, 3.0, 1.0) if how != "random" else np.ones(1500)
            on = rng.random(1500) < 300 * tilt / tilt.sum()
            frame = pd.DataFrame({"choice": np.arange(1500), "one": names[i], "two": names[j]})
            pairs = [
                pair_choices(
                    part.assign(winner=np.where(w, "first", "second")),
                    first="one",
                    second="two",
                    reads="places",
                )
                for part, w in ((frame, judge), (frame[on], true[on]))
            ]
            one = judged_strengths(*pairs, imputations=20, draws=2, seed=k)
            doubt = any("no random part" in w for w in one.meta["warnings"])
            found.append(one.estimates.assign(doubt=doubt))
        table = pd.concat(found)
        table["truth"] = table["option"].map(dict(zip(names, STRENGTH, strict=True)))
        for name, own in table.groupby("estimator", sort=False):
            rows.append(
                {
                    "what": "strength",
                    "labelled_at": how,
                    "judge": f"errs {errors}",
                    "labelled": 300,
                    "estimator": name,
                    "studies": studies,
                    "bias": (own["estimate"] - own["truth"])[own["option"] == "v"].mean(),
                    "width": (own["upper"] - own["lower"]).mean(),
                    "coverage": ((own["lower"] <= own["truth"]) & (own["truth"] <= own["upper"])).mean(),
                    "warned": own["doubt"].mean(),
                }
            )
    return rows


PARTS = {"shares": of_shares, "means": of_means, "strengths": of_strengths}
KEY = ["what", "labelled_at", "judge", "labelled", "estimator"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=1000)
    parser.add_argument(
        "--part", choices=PARTS, help="one part alone; its rows replace those in the stored results"
    )
    parser.add_argument("--setting", type=int, help="one setting of the part alone")
    chosen = parser.parse_args()
    parts = [chosen.part] if chosen.part else list(PARTS)
    rows = [row for part in parts for row in PARTS[part](chosen.studies, chosen.setting)]
    table = pd.DataFrame(rows).reindex(columns=[*KEY, "studies", "bias", "width", "coverage", "warned"])
    table["monte_carlo_error"] = (0.95 * 0.05 / table["studies"]) ** 0.5
    table = table.assign(
        command=" ".join(["python", "benchmarks/judge_coverage.py", *sys.argv[1:]]),
        date=str(pd.Timestamp.now().date()),
    )
    print(table.drop(columns=["command", "date"]).round(4).to_string())
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / "judge_coverage.csv"
    if chosen.part and file.exists():
        table = pd.concat([pd.read_csv(file), table]).drop_duplicates(KEY, keep="last")
    table.to_csv(file, index=False)


if __name__ == "__main__":
    main()
