"""SciFi-Benchmark: intervals at 51 questions, contrasts known by their margins, and the best of several."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint

from valuestats import audit_findings, audit_table
from valuestats.auditing.declared import Holds
from valuestats.base.errors import InputError, SpecificationError
from valuestats.systems.scifi.contrasts import (
    common_sizes,
    margins_contrast,
    paired_contrast_of,
    scifi_comparison,
    scifi_contrasts,
    scifi_intervals,
    scifi_table,
)
from valuestats.systems.scifi.selection import (
    best_of_k,
    expected_best,
    scifi_best,
    simulate_candidates,
    winners_curse,
)

PUBLISHED = Path(__file__).parents[3] / "analyses" / "scifi" / "published.csv"


def test_intervals_at_51_questions():
    table = scifi_intervals(PUBLISHED).set_index("what")
    row = table.loc["Base (no constitution) | normal"]
    for method, ends in (("wilson", ["lower", "upper"]), ("beta", ["exact_lower", "exact_upper"])):
        assert row[ends].tolist() == pytest.approx(proportion_confint(0.794 * 51, 51, method=method))
    assert not table["possible"].any()
    assert table["read_off"].sum() == 5


def test_no_printed_percentage_is_a_share_of_51():
    """All counts of 51 tried; and all numbers of choices up to 378."""
    audit = audit_table(scifi_table(PUBLISHED), {"percent": Holds("percent", n="questions")}, row="what")
    assert audit_findings(audit)["check"].tolist() == ["counts"] * 5
    told = [21.2, 79.4, 23.3, 95.8, 92.3]
    assert not any(abs(100 * k / 51 - x) <= 0.05 + 1e-9 for k in range(52) for x in told)

    def gives(n, x):
        return any(abs(100 * k / n - x) <= 0.05 + 1e-9 for k in (int(n * x / 100), int(n * x / 100) + 1))

    assert common_sizes(PUBLISHED)["all"] == next(n for n in range(1, 2000) if all(gives(n, x) for x in told))


def paired(b, c, both, neither):
    first = np.r_[np.zeros(b), np.ones(c), np.ones(both), np.zeros(neither)]
    second = np.r_[np.ones(b), np.zeros(c), np.ones(both), np.zeros(neither)]
    n = len(first)
    return pd.DataFrame(
        {
            "question": np.tile(np.arange(n), 2),
            "condition": np.repeat(["1 normal", "2 adversary"], n),
            "aligned": np.r_[first, second],
        }
    )


@pytest.mark.parametrize(
    ("b", "c", "both", "neither"), [(14, 4, 25, 8), (0, 2, 47, 2), (3, 3, 40, 5), (0, 0, 50, 1)]
)
def test_paired_contrasts_from_answers_and_from_margins_agree(b, c, both, neither):
    n = b + c + both + neither
    found = paired_contrast_of(paired(b, c, both, neither))
    again = margins_contrast((c + both) / n, (b + both) / n, n, (b + c) / n)
    assert {k: found[k] for k in again} == pytest.approx(again)
    assert found["estimate"] == pytest.approx((b - c) / n)
    if b + c:
        assert found["p"] == pytest.approx(mcnemar([[both, c], [b, neither]], exact=True).pvalue)
    p, q = (b + 1) / (n + 2), (c + 1) / (n + 2)  # Bonett and Price (2012), equation 4
    reach = stats.norm.ppf(0.975) * np.sqrt((p + q - (p - q) ** 2) / (n + 2))
    assert [found["lower"], found["upper"]] == pytest.approx([p - q - reach, p - q + reach])


def test_published_contrasts_span_all_pairings():
    table = scifi_contrasts(PUBLISHED)
    assert len(table) == 12
    robust = table[table["contrast"].str.startswith("best constitution")]
    assert (robust["lower"] < 0).all()
    assert (robust["upper"] > 0).all()
    width = robust.set_index("pairing").eval("upper - lower")
    assert width["fewest changes"] < width["independent"] <= width["most changes"]
    for bad in (0.0, 0.99):
        with pytest.raises(SpecificationError, match="margins don't allow"):
            margins_contrast(0.2, 0.6, 51, bad)
    with pytest.raises(SpecificationError, match="no share"):
        margins_contrast(-0.1, 0.6, 51)


def test_unpaired_or_missing_answers_are_told():
    frame = paired(5, 2, 10, 3)
    frame.loc[0, "aligned"] = np.nan
    assert paired_contrast_of(frame)["n_scored"] == 19
    with pytest.raises(InputError, match="two conditions"):
        paired_contrast_of(frame[frame["condition"] == "1 normal"])
    with pytest.raises(InputError, match="no question"):
        paired_contrast_of(frame.assign(aligned=np.nan))


def test_expected_best_is_that_of_order_statistics():
    """k = 2 by going through all pairs; k = 20 by simulation; k = 1 is the share."""
    n, p = 12, 0.8
    pmf = stats.binom.pmf(np.arange(n + 1), n, p)
    both = np.maximum.outer(np.arange(n + 1), np.arange(n + 1))
    assert expected_best(p, n, 2) == pytest.approx((np.outer(pmf, pmf) * both).sum() / n)
    assert expected_best(0.3, 51, 1) == pytest.approx(0.3)
    best = np.random.default_rng(1).binomial(51, 0.9, (40_000, 20)).max(axis=1).mean() / 51
    assert expected_best(0.9, 51, 20) == pytest.approx(best, abs=5e-4)
    assert (expected_best(0.0, 10, 5), expected_best(1.0, 10, 5)) == (0.0, 1.0)


def test_bounds_after_selection_are_bonferronis():
    table = best_of_k(49 / 51, 51, (1, 20)).set_index("candidates")
    for k in (1, 20):
        exact = stats.binomtest(49, 51, alternative="greater").proportion_ci(1 - 0.05 / k, method="exact")
        assert table.loc[k, "lower"] == pytest.approx(exact.low)
        assert expected_best(table.loc[k, "corrected"], 51, k) == pytest.approx(49 / 51)
    assert table.loc[1, "inflation"] == pytest.approx(0, abs=1e-12)
    with pytest.raises(SpecificationError, match="nothing was selected"):
        best_of_k(0.9, 51, ())
    with pytest.raises(SpecificationError, match="impossible share"):
        best_of_k(1.0, 51)


def test_winners_curse_is_simulated_and_bounded():
    seen, true = simulate_candidates(candidates=3, questions=4000, studies=2, seed=1)
    assert seen == pytest.approx(true, abs=0.06)
    table = winners_curse(candidates=(1, 20), studies=300, seed=2).set_index(["candidates", "shared"])
    assert table.loc[(1, 0.0), "inflation"] == pytest.approx(0, abs=0.01)
    assert table.loc[(20, 0.0), "inflation"] > 0.03
    assert table.loc[(20, 0.0), "naive"] < 0.9
    assert (table["simultaneous"] >= 0.94).all()


def test_the_comparison_says_why_nothing_is_recomputed():
    table = scifi_comparison(PUBLISHED, scifi_intervals(PUBLISHED), scifi_best(PUBLISHED)).set_index("group")
    assert set(table["verdict"]) == {"not computable"}
    best = table.loc["Best generated constitution | normal"]
    assert best["lower"] / 100 == pytest.approx(best_of_k(0.958, 51, (50,))["lower"].iloc[0])
    assert best["lower"] < 100 * scifi_intervals(PUBLISHED).set_index("what").loc[best.name, "lower"]
