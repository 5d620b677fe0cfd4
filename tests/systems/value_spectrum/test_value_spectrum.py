"""Value-Spectrum: published means and spreads, flat spectra, tastes, and what the pilot's answers became."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from valuestats.base.errors import InputError
from valuestats.ingest.datasets import available, fetch
from valuestats.systems.value_spectrum.comparison import comparison, spectrum_ranks
from valuestats.systems.value_spectrum.interaction import spectrum_interaction
from valuestats.systems.value_spectrum.pilot import adoption_change, pilot_rates, read_persona_run, read_pilot
from valuestats.systems.value_spectrum.simulate import (
    ADOPTION,
    simulate_persona_run,
    simulate_pilot,
    simulate_runs,
)
from valuestats.systems.value_spectrum.spectrum import (
    spectrum_counts,
    spectrum_flatness,
    spectrum_rates,
)

ROOT = Path(__file__).parents[3]
PUBLISHED = ROOT / "analyses" / "value_spectrum" / "published.csv"


@pytest.fixture(scope="module")
def counts():
    return spectrum_counts(PUBLISHED)


@pytest.fixture(scope="module")
def flatness(counts):
    return spectrum_flatness(counts, draws=2999)


def test_published_means_and_spreads(flatness):
    """All ten means and seven spreads as printed; CogVLM2's spread is not that of its percentages."""
    table = comparison(PUBLISHED, flatness).set_index(["quantity", "group"])
    assert table["verdict"].value_counts().to_dict() == {"reproduced": 17, "differs": 1}
    row = table.loc[("spread over values (SD)", "CogVLM2")]
    assert (row["published"], round(row["recomputed"], 2)) == (6.99, 5.87)
    assert row["explanation"] == "no change of one cell gives it"
    mean = table.loc[("mean over models", "Stimulation")]
    rate = np.array([46, 28, 37, 34, 17, 20, 24, 14]) / 50
    error = 100 * np.sqrt((rate * (1 - rate) / 50).sum()) / 8
    assert [mean["lower"], mean["upper"]] == pytest.approx([55 - 1.959964 * error, 55 + 1.959964 * error])


def test_flatness_is_the_chi_squared_test(counts, flatness):
    for model, part in counts.groupby("model"):
        table = np.column_stack([part["yes"], part["n"] - part["yes"]])
        found, p, df, _ = stats.chi2_contingency(table, correction=False)
        row = flatness.set_index("model").loc[model]
        assert [row["chi_squared"], row["p_chi_squared"], row["df"]] == pytest.approx([found, p, df])
        assert row["p"] == pytest.approx(p, abs=0.06)  # of counts, its tail has steps
        assert row["spread"] == pytest.approx(np.std(100 * part["yes"] / part["n"], ddof=1))
        assert row["reliability"] == pytest.approx(max(0.0, 1 - df / found))


def test_the_exact_test_is_fishers():
    """Two values: the hypergeometric tail of Fisher's test with its statistic's order, from scipy."""
    two = pd.DataFrame({"model": "m", "value": ["a", "b"], "n": 12, "yes": [10, 4]})
    k = np.arange(2, 13)
    chance = stats.hypergeom.pmf(k, 24, 14, 12)
    exact = chance[np.abs(k - 7) >= 3].sum()
    p = spectrum_flatness(two, draws=40000)["p"].iloc[0]
    assert p == pytest.approx(exact, abs=4 * np.sqrt(exact / 40000))


def test_interaction_is_the_deviance_of_a_logistic_model(counts):
    design = pd.get_dummies(counts[["model", "value"]], drop_first=True).astype(float)
    fit = sm.GLM(
        np.column_stack([counts["yes"], counts["n"] - counts["yes"]]),
        sm.add_constant(design),
        family=sm.families.Binomial(),
    ).fit()
    row = spectrum_interaction(counts, draws=199).iloc[0]
    assert row["deviance"] == pytest.approx(fit.deviance)
    assert row["df"] == fit.df_resid == 63
    assert row["p_chi_squared"] == pytest.approx(stats.chi2.sf(fit.deviance, 63))
    assert row["p"] < 0.05
    flat = counts.assign(yes=np.random.default_rng(3).binomial(50, 0.6, len(counts)))
    assert spectrum_interaction(flat, draws=199)["p"].iloc[0] > 0.05


def test_rates_have_jeffreys_intervals_and_ranks_stay_open(counts):
    rates = spectrum_rates(counts, draws=1000)
    for row in rates.estimates.head(5).itertuples():
        low, high = proportion_confint(round(row.raw / 2), 50, method="jeffreys")
        assert [row.lower, row.upper] == pytest.approx([100 * low, 100 * high])
    ranks = spectrum_ranks(rates)
    size = (ranks["worst"] - ranks["best"] + 1).groupby(ranks["model"]).mean()
    assert size["Gemini 2.0 Flash"] == 10
    assert size.idxmin() == "Blip-2"
    assert "screenshots are taken as independent" in rates.sentence()


def test_pooling_draws_cells_together_and_finds_the_spreads():
    rng = np.random.default_rng(2)
    models, values = [f"m{i}" for i in range(8)], [f"v{j}" for j in range(10)]
    eta = 0.6 + rng.normal(0, 0.8, (8, 1)) + rng.normal(0, 0.5, 10) + rng.normal(0, 0.3, (8, 10))
    frame = pd.MultiIndex.from_product([models, values], names=["model", "value"]).to_frame(index=False)
    frame = frame.assign(n=200, yes=rng.binomial(200, 1 / (1 + np.exp(-eta))).ravel())
    found = spectrum_rates(frame, pooled=True, draws=2000)
    assert found.estimates["estimate"].std() < found.estimates["raw"].std()
    truth = dict(zip(("model", "value", "model and value"), (0.8, 0.5, 0.3), strict=True))
    for spread in found.meta["spreads"]:
        assert spread["lower"] < truth[spread["effect"]] < spread["upper"]
    assert found.estimates["estimate"].to_numpy() == pytest.approx(100 / (1 + np.exp(-eta)).ravel(), abs=12)


PILOT_TEXTS = [
    "Yes.",
    "Yes",
    "No.",
    "No",
    "Inconclusive",
    "Subjective.",
    "Sorry, I can't assist with that request.",
]


def written(tmp_path, frame, name="pilot.csv"):
    path = tmp_path / name
    frame.to_csv(path, index=False)
    return path


def test_texts_of_the_pilot_are_read(tmp_path):
    frame = simulate_pilot(screenshots=7).head(7).assign(Answer=PILOT_TEXTS)
    found = read_pilot(written(tmp_path, frame)).frame
    assert found["status"].tolist() == ["valid"] * 4 + ["unparsable"] * 2 + ["refusal"]
    assert found["answer"].head(4).tolist() == [1, 1, 0, 0]


def test_rates_keep_what_was_not_read_apart(tmp_path):
    frame = simulate_pilot(screenshots=7).head(7).assign(Answer=PILOT_TEXTS)
    frame["Stay Duration"] = [30, 30, 0, 0, 0, 0, 0]
    row = pilot_rates(read_pilot(written(tmp_path, frame))).iloc[0]
    assert [row["n_asked"], row["n_scored"], row["estimate"], row["unread_as_no"]] == [7, 4, 0.5, 3]
    assert [row["stayed"], row["worst"], row["best"]] == pytest.approx([2 / 7, 2 / 7, 5 / 7])
    assert [row["lower"], row["upper"]] == pytest.approx(proportion_confint(2, 4, method="wilson"))


def test_the_real_pilot(tmp_path):
    if not available("value_spectrum_pilot"):
        pytest.skip("the pilot runs are not at hand (VALUESTATS_MIRROR)")
    folder = fetch("value_spectrum_pilot", download=False)
    answers = read_pilot(folder)
    assert answers.frame["status"].value_counts().to_dict() == {"valid": 195, "unparsable": 5, "refusal": 2}
    table = pilot_rates(answers)
    assert table["unread_as_no"].sum() == 7
    assert table["yes"].sum() == 38 + 2 + 25 + 14 + 33 + 12 + 32 + 13  # of the raw texts "Yes" and "Yes."
    run = adoption_change(read_persona_run(folder / "Data" / "experiment_data1.csv")).iloc[0]
    assert [run["first"], run["second"], run["n_asked"]] == [0.28, 0.26, 100]


def test_change_between_halves_is_newcombes_and_paired_over_runs():
    """Newcombe (1998): 56/70 against 48/80 is .2, method 10: .0524 to .3339."""
    yes = np.r_[
        np.ones(48), np.zeros(32), np.full(10, np.nan), np.zeros(20), np.ones(14), np.ones(42), np.zeros(14)
    ]
    # the first half is 48 of 80 and ten without an answer, the second 56 of 90 and is cut to 56 of 70
    one = pd.DataFrame(
        {
            "run": "a",
            "position": range(160),
            "yes": np.r_[yes[:80], np.ones(56), np.zeros(14), np.full(10, np.nan)],
        }
    )
    row = adoption_change(one).iloc[0]
    assert [row["first"], row["second"], row["n_scored"], row["n_asked"]] == [0.6, 0.8, 150, 160]
    assert [row["lower"], row["upper"]] == pytest.approx([0.0524, 0.3339], abs=5e-5)
    runs = simulate_runs(seed=3)
    table = adoption_change(runs)
    whole, own = table.iloc[-1], table.iloc[:-1]
    t = stats.ttest_1samp(own["estimate"], 0).confidence_interval()
    assert [whole["lower"], whole["upper"]] == pytest.approx([t.low, t.high])
    assert whole["lower"] < ADOPTION < whole["upper"]
    few = adoption_change(runs[runs["run"].isin(["persona 1", "persona 2"])]).iloc[-1]
    assert np.isnan(few["lower"])


def test_bad_input_is_named(tmp_path, counts):
    text = PUBLISHED.read_text().replace("Self-direction,84,", "Self-direction,85,", 1)
    (tmp_path / "p.csv").write_text(text)
    with pytest.raises(InputError, match="no count gives"):
        spectrum_counts(tmp_path / "p.csv")
    with pytest.raises(InputError, match="a column is missing"):
        spectrum_flatness(counts.drop(columns="n"))
    with pytest.raises(InputError, match="counts that are none"):
        spectrum_rates(counts.assign(yes=60))
    with pytest.raises(InputError, match="lacks a column"):
        read_pilot(written(tmp_path, simulate_pilot(screenshots=2).drop(columns="Stay Duration")))
    with pytest.raises(InputError, match="no such session"):
        read_persona_run(written(tmp_path, simulate_persona_run()), run="other")
    with pytest.raises(InputError, match="a half without"):
        adoption_change(pd.DataFrame({"run": "a", "position": [0, 1], "yes": [np.nan, 1.0]}))
    none = spectrum_flatness(pd.DataFrame({"model": "m", "value": ["a", "b"], "n": 5, "yes": 5})).iloc[0]
    assert np.isnan(none["p"])
