"""PVQ-40 (Segerer 2025): opposed poles, contrasts of groups, people's codes, and the study without local data."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy import stats

from valuestats.base.errors import SpecificationError
from valuestats.circle.opposed_values import DIFFERENCE, NAMES, group_contrasts, opposed_values
from valuestats.instruments import load_instrument
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.scoring.instrument import respondent_scores
from valuestats.scoring.scores import score
from valuestats.statistics.simultaneous import simultaneous_intervals
from valuestats.study.spec import load_study
from valuestats.surveys.scale_answers import scale_answers
from valuestats.surveys.scales import scale_check, turn_codes
from valuestats.systems.schwartz_pvq.comparison import claims, portrait_recovery, select_models, true_poles
from valuestats.systems.schwartz_pvq.simulate import BASE, LOWER, MODELS, simulate_people, simulate_portraits
from valuestats.tables import Responses, Survey

ROOT = Path(__file__).parents[3]
VALUES = ["Benevolence", "Universalism", "Achievement", "Power", "Security"]


def profile(draws, models, kind="ordinal", **columns):
    """A result with given draws of shape (draws, models, values)."""
    cells = pd.MultiIndex.from_product([models, VALUES[: draws.shape[2]]], names=["model", "value"])
    frame = pd.DataFrame(
        {
            "estimand": "latent profile",
            "model": cells.get_level_values(0),
            "value": cells.get_level_values(1),
            "estimate": draws.mean(axis=0).ravel(),
            "std_error": draws.std(axis=0).ravel(),
            "lower": np.quantile(draws, 0.025, axis=0).ravel(),
            "upper": np.quantile(draws, 0.975, axis=0).ravel(),
            "level": 0.95,
            "interval": "equal-tailed",
            "n_scored": 3,
            "n_asked": 4,
            **columns,
        }
    )
    group = "posterior" if kind == "ordinal" else "bootstrap"
    tree = draws_tree(group, draws, {"model": models, "value": VALUES[: draws.shape[2]]})
    return Result(kind, frame, ("model", "value"), make_meta("test", {}), tree)


def test_simultaneous_intervals_meet_their_closed_forms():
    """One quantity: the normal quantile; k independent ones: Sidak's; k copies: that of one."""
    draws = np.random.default_rng(1).normal(size=(200_000, 6))
    one = simultaneous_intervals(draws[:, :1], np.zeros(1), 0.95)
    assert one.critical == pytest.approx(stats.norm.ppf(0.975), abs=0.02)
    six = simultaneous_intervals(draws * [1, 2, 3, 4, 5, 6], np.zeros(6), 0.95)
    assert six.critical == pytest.approx(stats.norm.ppf(0.5 + 0.95 ** (1 / 6) / 2), abs=0.02)
    assert six.upper / six.upper[0] == pytest.approx([1, 2, 3, 4, 5, 6], rel=0.02)
    same = simultaneous_intervals(draws[:, [0, 0, 0]], np.zeros(3), 0.95)
    assert same.critical == pytest.approx(one.critical, abs=1e-12)


def test_simultaneous_intervals_of_nothing_are_null():
    draws = np.column_stack([np.zeros(50), np.full(50, np.nan), np.arange(50.0)])
    found = simultaneous_intervals(draws, np.array([0.0, 1.0, 24.5]), 0.9)
    assert np.isnan(found.lower).tolist() == [True, True, False]
    assert np.isnan(simultaneous_intervals(draws[:, :2], np.zeros(2), 0.9).critical)
    with pytest.raises(SpecificationError, match="impossible level"):
        simultaneous_intervals(draws, np.zeros(3), 1.0)


def test_poles_are_means_over_values_within_draws():
    rng = np.random.default_rng(2)
    draws = rng.normal(size=(4000, 2, 5))
    draws[..., 3] = -draws[
        ..., 0
    ]  # power mirrors benevolence: the difference varies more than independence gives
    found = opposed_values(profile(draws, ["a", "b"]))
    first, second = draws[..., :2].mean(axis=2), draws[..., 2:4].mean(axis=2)
    table = found.estimates.pivot(index="model", columns="pole", values="estimate")
    assert table[NAMES[0]].to_numpy() == pytest.approx(first.mean(axis=0))
    assert table[DIFFERENCE].to_numpy() == pytest.approx((first - second).mean(axis=0))
    spread = found.estimates.pivot(index="model", columns="pole", values="std_error")[DIFFERENCE]
    assert spread.to_numpy() == pytest.approx((first - second).std(axis=0, ddof=1), rel=0.02)
    rows = found.estimates.set_index(["model", "pole"])
    assert rows.loc[("a", DIFFERENCE), "n_asked"] == 16
    assert rows.loc[("a", NAMES[0]), "n_scored"] == 6
    paired = found.contrast("model", "a", "b").set_index("pole")
    assert paired.loc[NAMES[1], "estimate"] == pytest.approx((second[:, 0] - second[:, 1]).mean())


def test_the_difference_of_poles_does_not_depend_on_centring():
    draws = np.random.default_rng(3).normal(size=(300, 2, 5))
    centred = draws - draws.mean(axis=2, keepdims=True)
    one, two = (opposed_values(profile(d, ["a", "b"])).estimates for d in (draws, centred))
    rows = one["pole"] == DIFFERENCE
    for column in ("estimate", "lower", "upper"):
        assert one.loc[rows, column].to_numpy() == pytest.approx(two.loc[rows, column].to_numpy())


def test_few_resampled_units_widen_the_interval():
    draws = np.random.default_rng(4).normal(size=(5000, 1, 5))
    wide, narrow = (
        opposed_values(profile(draws, ["a"], "scores", n_units=n)).estimates["upper"].iloc[0]
        for n in (5, 500)
    )
    assert wide > narrow * 1.2
    alone = opposed_values(profile(draws, ["a"], "scores", n_units=1)).estimates
    assert alone["lower"].isna().all()


def test_wrong_poles_and_models_without_answers():
    draws = np.random.default_rng(5).normal(size=(100, 2, 5))
    draws[:, 1] = np.nan
    found = opposed_values(profile(draws, ["a", "silent"], n_scored=0))
    assert found.estimates.loc[found.estimates["model"] == "silent", "estimate"].isna().all()
    assert "silent" not in found.sentence()
    with pytest.raises(SpecificationError, match="no such value"):
        opposed_values(profile(draws, ["a", "b"]), first=["Wisdom"])
    with pytest.raises(SpecificationError, match="a value stands twice"):
        opposed_values(profile(draws, ["a", "b"]), first=["Power"])
    with pytest.raises(SpecificationError, match="no profile of values"):
        opposed_values(found)


def test_contrasts_of_groups_are_paired_and_held_together():
    rng = np.random.default_rng(6)
    shared = rng.normal(0, 5, (4000, 1, 1))  # what all models share cancels in a paired contrast
    draws = shared + rng.normal(0, 0.1, (4000, 4, 5)) + np.array([0.0, 0, 1, 2])[:, None] * [0, 0, 1, 1, 0]
    found = opposed_values(profile(draws, ["d-1", "d-2", "g-1", "c-1"]))
    table = group_contrasts(found, {"D": ["d-*"], "G": ["g-*"], "C": ["c-1"]}, first="D")
    rows = table[table["pole"] == NAMES[1]].set_index("contrast")
    assert rows.loc[["D − G", "D − C", "d-1 − g-1"], "estimate"].to_numpy() == pytest.approx(
        [-1, -2, -1], abs=0.02
    )
    assert rows.loc["D − G", "std_error"] < 0.2
    assert rows["comparisons"].to_dict()["d-2 − c-1"] == 4
    assert (rows["upper_all"] - rows["lower_all"] > rows["upper"] - rows["lower"]).all()
    assert rows["probability_positive"].max() == 0
    for groups, first, message in [
        ({"D": ["d-*"], "X": ["x-*"]}, "D", "without any model"),
        ({"D": ["d-*"]}, "D", "nothing to compare"),
        ({"D": ["d-*"], "G": ["g-*"]}, "C", "nothing to compare"),
        ({"D": ["*"], "G": ["g-*"]}, "D", "a model in two groups"),
    ]:
        with pytest.raises(SpecificationError, match=message):
            group_contrasts(found, groups, first=first)


def test_simulated_models_have_the_stated_truth():
    study = simulate_portraits(repeats=3, model_value_sd=0, seed=1)
    assert study.responses.groupby("model")["item"].nunique().tolist() == [40, 40, 40]
    assert set(study.responses["answer"]) <= set(range(1, 7))
    wide = study.truth.pivot(index="model", columns="value", values="truth")
    assert wide.sum(axis=1).abs().max() < 1e-12
    gap = wide.loc[MODELS[0]] - wide.loc[MODELS[2]]
    # lowering two of ten values by LOWER raises the centred others by a fifth of it
    assert gap["Power"] == pytest.approx(0.8 * LOWER)
    assert gap["Security"] == pytest.approx(-0.2 * LOWER)
    poles = true_poles(study.truth).set_index(["model", "pole"])["truth"]
    base = (BASE["Benevolence"] + BASE["Universalism"] - BASE["Achievement"] - BASE["Power"]) / 2
    assert poles[(MODELS[0], DIFFERENCE)] == pytest.approx(base)
    assert poles[(MODELS[2], DIFFERENCE)] == pytest.approx(base + LOWER)
    with pytest.raises(SpecificationError, match="impossible sizes"):
        simulate_portraits(repeats=0)


def test_people_are_scored_alike_whichever_way_their_codes_run():
    wide = simulate_people("pvq40", 200, seed=3)
    names = [f"q{c}" for c in wide.columns]
    survey = Survey((7.0 - wide).set_axis(names, axis=1))
    assert scale_check(survey, "pvq40", names).turned
    with pytest.raises(SpecificationError, match="the codes are not the instrument's"):
        scale_answers(survey, "pvq40", names)
    back = scale_answers(turn_codes(survey, names, 1, 6), "pvq40", names)
    assert back.pivot(index="respondent", columns="item", values="rating")[list(wide.columns)].to_numpy() == (
        pytest.approx(wide.to_numpy())
    )
    mean = respondent_scores(back, "pvq40").groupby("dimension")["centred"].mean()
    assert mean["Benevolence"] > 0.5 > -0.5 > mean["Power"]
    poles = opposed_values(score(back, "pvq40", replicates=200, seed=1)).estimates.set_index("pole")
    expected = mean[["Benevolence", "Universalism"]].mean() - mean[["Achievement", "Power"]].mean()
    assert poles.loc[DIFFERENCE, "estimate"] == pytest.approx(expected)
    broken = survey.frame.assign(q1=0.0)
    with pytest.raises(SpecificationError, match="q1: 0"):
        scale_answers(Survey(7 - broken.where(broken > 0, 7.0)), "pvq40", names)


def test_recovery_counts_what_it_says():
    study = simulate_portraits(repeats=1, seed=2)
    keys = ["Benevolence", "Universalism", "Achievement", "Power"]
    truth = study.truth[study.truth["value"].isin(keys)]
    wide = (
        truth.pivot(index="model", columns="value", values="truth").loc[list(MODELS), VALUES[:4]].to_numpy()
    )
    draws = wide + 0.1 + np.random.default_rng(1).normal(0, 0.2, (2000, 3, 4))
    found = profile(draws, list(MODELS))
    poles = opposed_values(found)
    groups = {"C": ["Model C*"], "A": ["Model A"], "B": ["Model B"]}
    table = portrait_recovery(truth, found, poles, group_contrasts(poles, groups, first="C"), groups)
    rows = table.set_index("quantity")
    assert rows.loc["value profile", ["n", "bias"]].tolist() == pytest.approx([12, 0.1], abs=0.02)
    assert rows.loc[DIFFERENCE, "bias"] == pytest.approx(0, abs=0.02)
    assert rows.loc["contrasts of the poles between models", ["n", "coverage"]].tolist() == [6, 1.0]
    shifted = opposed_values(profile(draws + 5 * np.array([1, 1, 0, 0]), list(MODELS)))
    moved = portrait_recovery(truth, found, shifted, group_contrasts(shifted, groups, first="C"), groups)
    assert moved.set_index("quantity").loc[NAMES[0], "coverage"] == 0


def test_claims_are_directions_and_none_is_computable():
    table = claims(ROOT / "analyses" / "schwartz_pvq" / "published.csv")
    assert set(table["published"]) == {1.0, -1.0}
    assert set(table["verdict"]) == {"not computable"}
    assert table["recomputed"].isna().all()
    assert table["source"].str.contains("no number").all()


def test_models_are_selected_by_name(response_frame):
    responses = Responses(response_frame)
    assert list(select_models(responses, ["a"]).models) == ["a"]
    with pytest.raises(SpecificationError, match="no such model"):
        select_models(responses, ["a", "deepseek-*"])


def test_the_fallback_has_the_same_steps_but_those_on_models():
    folder = ROOT / "analyses" / "schwartz_pvq"
    full, small = load_study(folder / "study.yml"), load_study(folder / "without_models.yml")
    assert full.fallback == folder / "without_models.yml"
    own = {step.name: step for step in full.steps}
    assert all(own[step.name] == step for step in small.steps)
    text = yaml.safe_load((folder / "without_models.yml").read_text())
    assert "value_portrait" not in str(text["steps"])


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The study without models on simulated people, without its fits (they have tests of their own)."""
    from valuestats.study.runner import run_study

    patch = pytest.MonkeyPatch()
    for name in ("VALUESTATS_MIRROR", "VALUESTATS_LOCAL"):
        patch.delenv(name, raising=False)
    folder = tmp_path_factory.mktemp("study")
    patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    content = yaml.safe_load((ROOT / "analyses" / "schwartz_pvq" / "without_models.yml").read_text())
    fitted = {"ordinal", "simulated_poles", "simulated_contrasts", "simulated_ranks", "recovery"}
    steps = {k: v for k, v in content["steps"].items() if k not in fitted}
    for step in steps.values():
        if step["verb"] in ("reliability", "score", "circumplex"):
            step["replicates"] = min(step.get("replicates", 20), 20)
        if step["verb"] == "circumplex":
            step |= {"permutations": 20, "starts": 10}
        if step["verb"] == "graded_response":
            step["sampling"] = {"draws": 100, "tune": 150, "chains": 2}
        for part in (step, step.get("otherwise", {})):
            path = part.get("path", part.get("published_csv"))
            if isinstance(path, dict) and "file" in path:
                path["file"] = str((ROOT / "analyses" / "schwartz_pvq" / path["file"]).resolve())
    study = folder / "study.yml"
    study.write_text(yaml.safe_dump({**content, "steps": steps, "reports": []}))
    yield run_study(study, results=folder / "results", outside=True)
    patch.undo()


def test_the_study_runs_without_local_data_and_says_so(run):
    assert any("human_values is not at hand" in d for d in run.manifest["deviations"])
    check = run.load("pvq40_check")
    assert check["turned"]
    assert sum(item["n_off_scale"] for item in check["items"]) > 0
    assert not run.load("pvq21_check")["turned"]
    answers = run.load("pvq40_answers")
    assert answers["rating"].isna().sum() == sum(item["n_off_scale"] for item in check["items"])
    keys = load_instrument("pvq40").keys()
    assert set(answers["item"]) == set(keys["item"])


def test_simulated_people_lie_on_the_circle_and_on_its_poles(run):
    circle = run.load("pvq21_circle").meta["circle"]
    assert circle["procrustes_correlation"] > 0.9
    assert circle["procrustes_correlation"] > circle["procrustes_chance"]
    frame = run.load("pvq40_poles").estimates.set_index("pole")
    assert frame.loc[DIFFERENCE, "lower"] > 0
    items = run.load("pvq40_higher_items").estimates.set_index("dimension")["estimate"]
    values = run.load("pvq40_higher").estimates.set_index("dimension")["estimate"]
    assert values["Self_Transcendence"] == pytest.approx(frame.loc[NAMES[0], "estimate"])
    assert abs(items["Self_Transcendence"] - values["Self_Transcendence"]) > 1e-6
