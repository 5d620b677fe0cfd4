"""How wide the verbs' intervals are: each against a computation of its own from the stored draws, or a closed form."""

import inspect

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from small_tables import people, responses
from valid_arguments import VERBS, result, run

from valuestats.consistency.scales import reliability
from valuestats.latent.sampling import Sampling
from valuestats.missing.bounds import missing_bounds
from valuestats.scoring.scores import score
from valuestats.statistics.resampling import equal_tailed, expanded_interval, expanded_level

LEVEL = 0.8  # not the default, so that a level that is not handed on is seen
EXACT = 1e-9
SINGLE = 1e-6  # draws that are stored in single precision


def percentile(values, p):
    """Definition 7 of Hyndman and Fan (1996): linear between order statistics."""
    values = np.sort(values[~np.isnan(values)])
    place = p * (len(values) - 1)
    low = int(np.floor(place))
    return values[low] + (place - low) * (values[min(low + 1, len(values) - 1)] - values[low])


def tail_of(level, units):
    """Tail that makes the percentile interval of a mean of n units as wide as Student's t (Hesterberg 2015, 3.4)."""
    if units is None:
        return (1 - level) / 2
    return stats.norm.cdf(-np.sqrt(units / (units - 1)) * stats.t.isf((1 - level) / 2, units - 1))


UNITS = {
    "score": "n_units",
    "reliability": "n_units",
    "retest": "n_units",
    "sensitivity": "n_units",
    "changed_answers": "n_units",
    "response_style": "n_units",
    "missing_sensitivity": "n_units",
    "agreement": "n_units",
    "informativeness": "n_units",
    "opposed_values": "n_units",
    "circumplex": "n_units",
    "power_law": "n_units",
    "opinion_forecast": "n_units",
    "dose_response": "n_units",
    "opinion_dynamics": "n_units",
    "choice_classes": "n_units",
    "compare_laws": "n_units",
    "perspective_diversity": 4,
    "label_preference": "n_units",
    "paired_contrast": "n_units",
    "step_slopes": "n_units",
    "country_similarity": "n_scored",
    "steering_effect": "n_scored",
    "language_effect": "n_scored",
    "opinionqa_measures": "n_scored",
    "noise_ceiling": "n_scored",
    "demographic_alignment": "n_scored",
    "homogenisation": "n_scored",
    "stereotype_check": "n_scored",
    "vote_pagerank": "n_units",
    "graph_prediction": "n_units",
    "value_graph": "n_units",
    "linear_probe": "n_units",
    "control_success": "n_units",
    "value_effects": "n_units",
    "graph_holdout": "n_units",
    "steer_values": "n_units",
    "target_profile": "n_units",
    "drift_trend": "n_units",
    "response_drift": "n_units",
    "missing_joint": None,
    "value_profile": None,
    "graded_response": None,
    "orientation_correlations": "n_units",
    "generalizability_study": None,
    "poststratified_shares": None,
    "refusal_rates": None,
    "fit_ordinal": None,
    "option_curves": None,
    "expected_score": None,
    "predictions": None,
    "pp_check": None,
    "comparisons": None,
    "slopes": None,
    "predicted_probabilities": None,
    "marginal_effects": None,
}
"""What is resampled behind an estimate: a column of the estimates, a number, or nothing (equal tails as they are)."""


MANY = 1000
LIMITS = {
    "perspective_diversity": (0, 1),
    "changed_answers": (0, 1),
    "label_preference": (-100, 100),
    "sensitivity": (0, np.inf),
    "missing_sensitivity": (1, 6),
    "country_similarity": (0, 1),
    "vote_pagerank": (0, 1),
    "graph_prediction": (-1, 1),
    "value_graph": (-1, 1),
    "linear_probe": (0, 1),
    "steer_values": (0, np.inf),
    "target_profile": (0, np.inf),
    "demographic_alignment": (-np.inf, 1),
}
"""Ranges that ends keep to."""


QUICK = {
    "generalizability_study": {"draws": 60},
    **{k: {"sampling": Sampling(draws=60)} for k in ("refusal_rates", "poststratified_shares")},
    "value_profile": {"engine": "laplace", "sampling": Sampling(draws=100), "progress": False},
    "missing_joint": {
        "engine": "laplace",
        "sampling": Sampling(draws=50),
        "deltas": [0.0],
        "progress": False,
    },
    "graded_response": {"sampling": Sampling(draws=60, tune=100, chains=2), "progress": False},
}

ELSEWHERE = {
    **dict.fromkeys(("item_values", "correlate_items"), "Fisher's z, below"),
    **dict.fromkeys(("key_validity", "dif", "contrast_power", "shrink_correlations"), "closed forms, below"),
    **dict.fromkeys(("missing_bounds", "group_contrasts"), "below"),
    "population_shares": "R's survey, tests/surveys/test_population_shares.py",
    "icc": "R's psych, tests/consistency/test_retest.py",
    "compare_parsers": "differences of kappa, tests/raters/test_parser_agreement.py",
    "refute_effect": "quantiles of its repetitions, tests/graphs/test_structural.py",
    "tipping_points": "differences of stored draws, tests/missing/test_missing_answers.py",
    **dict.fromkeys(
        ("judged_shares", "judged_means"), "ppi_py and closed forms, tests/raters/test_judged.py"
    ),
    "compare_judges": "scipy's exact binomial, tests/choice/test_compare_judges.py",
    "compare_strengths": "statsmodels' clustered logit, tests/choice/test_compare_judges.py",
    "judge_quality": "scipy's exact binomial and a closed form, tests/raters/test_judge_quality.py",
    "judged_strengths": "ppi_py, tests/choice/test_judged_strengths.py",
    "rater_effects": "statsmodels, tests/raters/test_rater_effects.py, and benchmarks/rater_effects_coverage.py",
    "select_items": "coverage, benchmarks/informativeness_coverage.py",
    "choice_strengths": "closed form and coverage, tests/choice/test_choice_strengths.py",
    "fit_labels": "those of fit_choice",
    "fit_choice": "quantiles of draws and Wald, tests/choice/test_fit_choice.py",
    "best_of_k": "coverage and closed forms, tests/preferences/test_slopes_and_winners.py",
    **dict.fromkeys(
        ("feature_weights", "learning_curve"), "closed forms, tests/weights/test_feature_weights.py"
    ),
    "intervention_effects": "scipy and statsmodels, tests/interventions/test_effects.py",
    "trade_off": "delta, Fieller and resampled, tests/weights/test_classes_and_trade_offs.py",
    "select_neurons": "scipy's paired t, tests/activations/test_neurons.py",
    "change_points": "posterior by enumeration, tests/drift/test_change_points.py",
    "stance_curve": "Gaussian conditionals and coverage, tests/drift/test_stance_curve.py",
    "stance_drift": "paired bootstrap, jackknife and coverage, tests/drift/test_stance_drift.py",
    **dict.fromkeys(
        ("stated_revealed", "value_gaps"), "roots by SciPy and coverage, tests/stated/test_gaps.py"
    ),
    "mixed_logit": "closed form and coverage, tests/weights/test_mixed_and_measures.py, benchmarks/class_weight_coverage.py",
    "value_system_measures": "by hand, tests/weights/test_mixed_and_measures.py",
    "plan_weights": "another sampler, tests/plans/test_plan_weights.py, and benchmarks/plan_coverage.py",
    "style_controlled": "scikit-learn and statsmodels, tests/weights/test_style_control.py",
    "norm_distances": "coverage, tests/stated/test_norms.py and benchmarks/stated_coverage.py",
    "elo_ratings": "range over orders, tests/systems/litmus/test_litmus.py",
    "ranking_agreement": "mean squares by hand, tests/orderings/test_rankings.py",
    "rank_by_values": "closed form, tests/orderings/test_value_rankings.py",
    "votes_to_graph": "Beta quantiles, tests/votes/test_votes.py",
    "profile_intervals": "R's confint, tests/regression/test_maximum_likelihood.py",
    "social_alignment": "tests/similarity/test_references.py",
    "rootogram": "counts replicated, tests/regression/test_ordinal_checks.py",
    "multiverse": "those of the results, tests/multiverses/test_multiverse.py",
    "hypotheses": "sup-t intervals of all pairs, tests/regression/test_grid_effects.py",
    "poststratified_scores": "tests/regression/test_population_scores.py",
    **dict.fromkeys(("measurement_invariance", "compare_groups"), "tests/measurement/test_invariance.py"),
}
"""Verbs with a level that are not in `UNITS`, and where their intervals are held."""


def student_ends(row, units, name):
    """Student's t interval about the estimate, or for coefficients about its artanh with the ends' own width."""
    reach = stats.t.isf((1 - LEVEL) / 2, units - 1) * row["std_error"]
    plain = np.clip([row["estimate"] - reach, row["estimate"] + reach], *LIMITS.get(name, (-np.inf, np.inf)))
    if name in ("agreement", "reliability", "retest", "orientation_correlations") and row["lower"] > -1:
        width = np.arctanh(row["upper"]) - np.arctanh(row["lower"])
        return np.tanh(np.arctanh(row["estimate"]) + width / 2 * np.array([-1, 1]))
    return plain


def test_every_level_is_held_somewhere():
    takes = {n for n, v in VERBS.items() if "level" in inspect.signature(v).parameters}
    assert takes == set(UNITS) | set(ELSEWHERE)


@pytest.mark.parametrize("name", UNITS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_ends_are_percentiles_of_the_stored_draws(name):
    options = QUICK.get(
        name, {"replicates": MANY} if "replicates" in inspect.signature(VERBS[name]).parameters else {}
    )
    found = run(name, level=LEVEL, **options)
    found = getattr(found, "result", found)
    draws = found.replicates()
    checked, few = 0, []
    for _, row in found.estimates.iterrows():
        if np.isnan(row["lower"]) or np.isnan(row["upper"]):
            continue
        values = draws.sel({k: row[k] for k in found.keys}).to_numpy().ravel()
        units = row[UNITS[name]] if isinstance(UNITS[name], str) else UNITS[name]
        if row["interval"] == "cluster jackknife, Student's t":
            few.append((row, values, units))
            continue
        tail = tail_of(LEVEL, units)
        ends = percentile(values, tail), percentile(values, 1 - tail)
        assert (row["lower"], row["upper"]) == pytest.approx(
            ends, abs=EXACT if draws.dtype == float else SINGLE
        )
        assert row["level"] == LEVEL
        checked += ends[0] < ends[1]
    for row, values, units in few:
        ends = np.array([row["lower"], row["upper"]])
        tails = (1 - LEVEL) / 2, (1 + LEVEL) / 2
        theirs = np.clip([percentile(values, p) for p in tails], *LIMITS.get(name, (-np.inf, np.inf)))
        loose = 0.2 if name == "opposed_values" else 0.1  # made of the few replicates of scores
        assert ends == pytest.approx(student_ends(row, units, name), abs=EXACT)
        assert ends == pytest.approx(theirs, abs=loose * (ends[1] - ends[0]) + EXACT)
        checked += ends[0] < ends[1]
    assert checked


def test_a_contrast_is_as_wide_as_few_units_ask_for():
    found = run("score", level=LEVEL, replicates=8000)
    table = found.contrast("model", "m", "n", level=LEVEL).set_index("dimension")
    draws = found.replicates()
    units = found.estimates.set_index(["model", "dimension"])["n_units"]
    for dimension, row in table.iterrows():
        values = (draws.sel(model="m") - draws.sel(model="n")).sel(dimension=dimension).to_numpy()
        # four queries behind each: Student's t itself, and about what its replicates show
        assert units["m", dimension] == units["n", dimension] == 4
        reach = stats.t.ppf(0.9, 3) * row["std_error"]
        assert row["lower"] == pytest.approx(row["estimate"] - reach, abs=EXACT)
        assert row["upper"] == pytest.approx(row["estimate"] + reach, abs=EXACT)
        assert reach == pytest.approx(percentile(values, 0.9) - row["estimate"], rel=0.08)


def test_ranks_have_equal_tails():
    found = run("score", replicates=400)
    table = found.rank("model", level=LEVEL)
    draws = found.replicates()
    ranks = stats.rankdata(-draws.to_numpy(), axis=draws.dims.index("model"), method="average")
    highest = draws.copy(data=ranks)
    for _, row in table.iterrows():
        values = highest.sel(model=row["model"], dimension=row["dimension"]).to_numpy()
        assert row["rank_lower"] == pytest.approx(percentile(values, 0.1), abs=EXACT)
        assert row["rank_upper"] == pytest.approx(percentile(values, 0.9), abs=EXACT)


@pytest.mark.parametrize("units", [5, 8, 40])
@pytest.mark.parametrize("level", [0.5, 0.8, 0.95])
def test_the_expanded_interval_of_a_mean_is_students(units, level):
    """Of a normal bootstrap distribution with the plug-in error s / sqrt(n) sqrt((n - 1) / n), the t interval is left."""
    rng = np.random.default_rng(units)
    x = rng.normal(size=units)
    plug_in = x.std(ddof=0) / np.sqrt(units)
    draws = x.mean() + plug_in * stats.norm.ppf((np.arange(200_000) + 0.5) / 200_000)
    theirs = stats.t.interval(level, units - 1, x.mean(), stats.sem(x))
    assert expanded_interval(draws, level, units) == pytest.approx(theirs, abs=1e-3 * plug_in)
    plain = equal_tailed(draws, level)
    assert plain[1] - plain[0] < 0.999 * (theirs[1] - theirs[0])


def test_tails_of_a_known_distribution():
    draws = np.linspace(0, 1, 10_001)
    assert equal_tailed(draws, 0.9) == pytest.approx((0.05, 0.95), abs=EXACT)
    ends = expanded_interval(np.stack([draws, draws, draws], axis=1), 0.9, [1, 5, 20])
    wide = expanded_level(0.9, 5), expanded_level(0.9, 20)
    assert np.isnan([ends[0][0], ends[1][0]]).all()
    assert ends[0][1:] == pytest.approx([(1 - w) / 2 for w in wide], abs=EXACT)
    assert ends[1][1:] == pytest.approx([(1 + w) / 2 for w in wide], abs=EXACT)
    assert wide == pytest.approx([1 - 2 * tail_of(0.9, n) for n in (5, 20)], abs=EXACT)


def test_fisher_intervals_are_as_wide_as_the_level_says():
    table = run("item_values", level=LEVEL).estimates
    r, n = table["estimate"], table["n_scored"]
    half = stats.norm.isf((1 - LEVEL) / 2) * np.sqrt((1 + r**2 / 2) / (n - 3))
    assert table["lower"].to_numpy() == pytest.approx(np.tanh(np.arctanh(r) - half).to_numpy(), abs=EXACT)
    assert table["upper"].to_numpy() == pytest.approx(np.tanh(np.arctanh(r) + half).to_numpy(), abs=EXACT)


def test_feldt_and_f_intervals_are_equal_tailed():
    table = reliability(people(), coefficients=["alpha"], replicates=0, level=LEVEL).estimates.iloc[0]
    n, k, alpha = 40, 8, table["estimate"]
    low = 1 - (1 - alpha) * stats.f.isf((1 - LEVEL) / 2, n - 1, (n - 1) * (k - 1))
    high = 1 - (1 - alpha) * stats.f.ppf((1 - LEVEL) / 2, n - 1, (n - 1) * (k - 1))
    assert sorted([table["feldt_lower"], table["feldt_upper"]]) == pytest.approx(
        [1 - (1 - alpha) * stats.f.ppf((1 + LEVEL) / 2, n - 1, (n - 1) * (k - 1)), high], abs=EXACT
    )
    assert low == pytest.approx(table["feldt_lower"], abs=EXACT)


def test_without_missing_answers_the_bounds_have_a_students_interval():
    """Imbens and Manski's interval of a point is the t interval with the bootstrap's error."""
    full = responses()
    frame = full.frame.assign(status="valid", answer=full.frame["answer"].fillna(3))
    table = missing_bounds(type(full)(frame), scale=(1, 6), level=LEVEL, replicates=200, seed=1).estimates
    units = table["n_units"].to_numpy()
    reach = (table["upper"] - table["lower"]) / 2 / table["std_error"]
    wide = np.sqrt(units / (units - 1)) * stats.t.isf((1 - LEVEL) / 2, units - 1)
    plain = stats.t.isf((1 - LEVEL) / 2, units - 1)
    assert (np.isclose(reach, wide, atol=1e-3) | np.isclose(reach, plain, atol=1e-3)).all()


def test_closed_forms_take_the_level():
    z = stats.norm.isf((1 - LEVEL) / 2)
    table = run("key_validity", level=LEVEL).estimates.dropna(subset=["lower", "upper"])
    reach = ((table["upper"] - table["lower"]) / 2 / table["std_error"]).to_numpy()
    students = stats.t.isf((1 - LEVEL) / 2, np.arange(1, 6))  # of the six parts held out, those with a key
    assert np.isclose(reach[:, None], students, atol=1e-6).any(axis=1).all()
    table = run("dif", level=LEVEL).estimates.dropna(subset=["lower"])
    reach = ((table["upper"] - table["lower"]) / 2 / table["std_error"]).to_numpy()
    assert reach == pytest.approx(np.full(len(reach), z), abs=1e-6)
    power = run("contrast_power", level=LEVEL)
    away = power["difference"] / power["std_error"]
    expected = stats.norm.sf(z - away) + stats.norm.cdf(-z - away)
    assert power["power"].to_numpy() == pytest.approx(expected, abs=1e-6)
    widths = []
    for level in (LEVEL, 0.95):
        shrunk = run("shrink_correlations", prior="normal", level=level).estimates
        widths.append((np.arctanh(shrunk["upper"]) - np.arctanh(shrunk["lower"])).to_numpy())
    assert widths[0] / widths[1] == pytest.approx(
        np.full(len(widths[0]), z / stats.norm.isf(0.025)), abs=1e-4
    )


def test_group_contrasts_have_equal_tails():
    wide = run("group_contrasts", level=0.95)
    short = run("group_contrasts", level=LEVEL)
    draws = result("opposed_values").replicates()
    first = draws.sel(model="m") - (draws.sel(model="n") + draws.sel(model="o")) / 2
    row = short[(short["kind"] == "groups")].iloc[0]
    values = first.sel(pole=row["pole"]).to_numpy()
    units = result("opposed_values").estimates["n_units"].min()
    reach = stats.t.ppf(0.9, units - 1) * row["std_error"]
    assert row["lower"] == pytest.approx(row["estimate"] - reach, abs=EXACT)
    assert row["upper"] == pytest.approx(row["estimate"] + reach, abs=EXACT)
    assert [row["lower"], row["upper"]] == pytest.approx(
        [percentile(values, 0.1), percentile(values, 0.9)], abs=0.3 * reach
    )
    assert (wide["upper"] - wide["lower"] > short["upper"] - short["lower"]).all()


def test_scores_cover_what_students_interval_covers():
    """One item per query, one dimension of two in which the other is constant: the score is a mean of n values."""
    rng = np.random.default_rng(7)
    items = [f"i{k:02d}" for k in range(12)]
    values = rng.integers(1, 7, len(items))
    counts = pd.DataFrame(
        {"model": "m", "item": items, "status": "valid", "answer": values, "count": 1}
    ).astype({"answer": "Int64"})
    keys = pd.DataFrame({"item": items, "family": "f", "dimension": ["A"] * 6 + ["B"] * 6, "sign": 1})
    table = score(counts, keys, family="f", level=LEVEL, replicates=4000, seed=2).estimates
    assert (table["n_units"] == 6).all()
    short = score(counts, keys, family="f", level=0.5, replicates=4000, seed=2).estimates
    ratio = (table["upper"] - table["lower"]) / (short["upper"] - short["lower"])
    assert ratio.to_numpy() == pytest.approx(stats.t.ppf(0.9, 5) / stats.t.ppf(0.75, 5), rel=0.15)
