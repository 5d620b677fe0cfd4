"""Coverage of the intervals on the pages of systems that published tables only, in their designs, with a known truth.

Value-Spectrum: the spread of a model's rates over ten values without the noise of 50 answers a value (percent) and its
reliability, by inverting the non-central chi-squared distribution; how often a flat model is called one; whether rank sets
hold all true places; the change between halves over runs. Chinese Value Corpus: the share that conforms, six scenes of
seven models with five repeats, by answers and by scenes. SciFi-Benchmark: paired differences at 51 questions (Bonett and
Price), and the one-sided bound of the best of k. Run with ``python benchmarks/published_coverage.py``; it writes
``benchmarks/results/published_coverage.csv``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from valuestats.base.progress import track
from valuestats.systems.cvc.rules import rule_recovery
from valuestats.systems.scifi.contrasts import margins_contrast
from valuestats.systems.scifi.selection import winners_curse
from valuestats.systems.value_spectrum.comparison import spectrum_ranks
from valuestats.systems.value_spectrum.pilot import adoption_change
from valuestats.systems.value_spectrum.simulate import ADOPTION, simulate_runs
from valuestats.systems.value_spectrum.spectrum import spectrum_flatness, spectrum_rates

RESULTS = Path(__file__).parent / "results"
Rows = list[dict[str, object]]


def told(setting: str, estimate: str, hits: list[bool], nominal: float = 0.95) -> dict[str, object]:
    share = float(np.mean(hits))
    error = float(np.sqrt(share * (1 - share) / len(hits)))
    return {
        "setting": setting,
        "estimate": estimate,
        "nominal": nominal,
        "found": round(share, 4),
        "error": round(error, 4),
        "studies": len(hits),
    }


def spectra(studies: int) -> Rows:
    rows = []
    for mean, spread in ((0.75, 0.0), (0.9, 0.0), (0.75, 0.05), (0.6, 0.10), (0.6, 0.16)):
        rng = np.random.default_rng(int(1000 * (mean + spread)))
        shape = np.linspace(-1, 1, 10)
        p = mean + spread * shape / shape.std(ddof=1)
        level, unit = p.mean(), p.mean() * (1 - p.mean())
        truth = 100 * p.std(ddof=1)
        reliability = 50 * ((p - level) ** 2).sum() / unit
        reliability = reliability / (reliability + 9)
        frames = [
            pd.DataFrame({"model": str(s), "value": range(10), "n": 50, "yes": rng.binomial(50, p)})
            for s in range(studies)
        ]
        table = spectrum_flatness(pd.concat(frames, ignore_index=True), draws=999)
        name = f"spectrum, mean {mean:.0%}, spread {100 * spread:.0f}"
        near = 1e-9
        inside = ((table["lower"] - near <= truth) & (truth <= table["upper"] + near)).tolist()
        rows.append(told(name, "spread without noise", inside))
        low, high = table["reliability_lower"] - near, table["reliability_upper"] + near
        rows.append(told(name, "reliability", ((low <= reliability) & (reliability <= high)).tolist()))
        rows.append(told(name, "called not flat (p < .05)", (table["p"] < 0.05).tolist(), 0.05))
    return rows


def adoption(studies: int) -> Rows:
    rows = []
    for runs in (4, 12):
        hits = []
        for seed in range(studies):
            whole = adoption_change(simulate_runs(runs=runs, seed=seed)).iloc[-1]
            hits.append(bool(whole["lower"] <= ADOPTION <= whole["upper"]))
        rows.append(told(f"adoption, {runs} runs", "mean change", hits))
    return rows


def rules(studies: int) -> Rows:
    table = rule_recovery(studies=studies, seed=11)
    return [
        {
            "setting": "rules, 6 scenes x 7 models x 5 repeats",
            "estimate": f"share, {row.unit} independent",
            "nominal": 0.95,
            "found": round(row.coverage, 4),
            "error": round(row.error, 4),
            "studies": studies,
        }
        for row in table.itertuples()
    ]


def contrasts(studies: int) -> Rows:
    rows = []
    for name, cells in {
        "few changes": (0.93, 0.01, 0.04, 0.02),
        "many changes": (0.15, 0.10, 0.62, 0.13),
        "no difference": (0.60, 0.10, 0.10, 0.20),
    }.items():
        rng = np.random.default_rng(7)
        truth, hits = cells[1] - cells[2], []
        for both, to, back, _ in rng.multinomial(51, cells, size=studies):
            found = margins_contrast((both + back) / 51, (both + to) / 51, 51, (to + back) / 51)
            hits.append(bool(found["lower"] <= truth <= found["upper"]))
        rows.append(told(f"paired shares of 51, {name}", "difference", hits))
    return rows


def selection(studies: int) -> Rows:
    table = winners_curse(studies=studies, seed=13)
    return [
        {
            "setting": f"best of {row.candidates}, correlation {row.shared}",
            "estimate": f"one-sided bound, {kind}",
            "nominal": 0.95,
            "found": round(value, 4),
            "error": round(float(np.sqrt(value * (1 - value) / studies)), 4),
            "studies": studies,
        }
        for row in table.itertuples()
        for kind, value in (("plain", row.naive), ("simultaneous", row.simultaneous))
    ]


def ranks(studies: int) -> Rows:
    rows = []
    for spread in (0.03, 0.12):
        rng = np.random.default_rng(17)
        shape = np.linspace(1, -1, 10)
        p = 0.65 + spread * shape / shape.std(ddof=1)
        frames = [
            pd.DataFrame(
                {"model": f"{s:04d}", "value": list("abcdefghij"), "n": 50, "yes": rng.binomial(50, p)}
            )
            for s in range(studies)
        ]
        sets = spectrum_ranks(spectrum_rates(pd.concat(frames, ignore_index=True), draws=2000))
        true = sets["value"].map({v: k + 1 for k, v in enumerate("abcdefghij")})
        held = (sets["best"] <= true) & (true <= sets["worst"])
        hits = held.groupby(sets["model"]).all().tolist()
        rows.append(told(f"ranks of ten values, spread {100 * spread:.0f}", "all places at once", hits))
    return rows


PARTS: tuple[Callable[[int], Rows], ...] = (spectra, adoption, rules, contrasts, selection, ranks)

if __name__ == "__main__":
    studies = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    frame = pd.DataFrame([row for part in track(PARTS, "parts") for row in part(studies)])
    frame.to_csv(RESULTS / "published_coverage.csv", index=False)
    print(frame.to_string())
