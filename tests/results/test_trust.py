"""Trust verdicts: each planted defect raises its own reason and no other; clean results raise none."""

from dataclasses import replace
from types import SimpleNamespace

import altair as alt
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from valuestats import trust
from valuestats.base.errors import SpecificationError, StudyError
from valuestats.figures.profiles import heat_chart, interval_chart, profile_chart
from valuestats.pages.decision import decision_caption, decision_chart, decision_sentence
from valuestats.pages.summary import trust_table
from valuestats.results.marks import GREY, example
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.results.tables import mean_table, profile_table, result_table, verdict_table
from valuestats.results.trust import separation
from valuestats.similarity.sentences import similarity_sentence
from valuestats.statistics.clusters import plan_clusters
from valuestats.study.spec import load_study

VALUES = ["Power", "Achievement", "Security"]


def scores(seed=0, models=6, between=1.0, noise=0.2, kind="scores", **columns):
    """Models that differ on each value by `between`, estimated with a standard error of `noise`."""
    rng = np.random.default_rng(seed)
    points = rng.normal(0, between, (models, 3)) + rng.normal(0, noise, (models, 3))
    names = [f"m{k}" for k in range(models)]
    drawn = points + rng.normal(0, noise, (400, models, 3))
    index = pd.MultiIndex.from_product([names, VALUES], names=["model", "dimension"])
    frame = index.to_frame(index=False).assign(
        estimand="score",
        estimate=points.ravel(),
        std_error=noise,
        lower=points.ravel() - 2 * noise,
        upper=points.ravel() + 2 * noise,
        level=0.95,
        interval="cluster bootstrap, equal-tailed",
        n_scored=100,
        n_asked=100,
        n_items=30,
        n_units=40,
    )
    meta = make_meta("mean", {"family": "pvq"}, n_clusters=40)
    draws = draws_tree("bootstrap", drawn, {"model": names, "dimension": VALUES})
    return Result(kind, frame.assign(**columns), ("model", "dimension"), meta, draws)


def chance(upper=10.0, weak=()):
    rows = [("pvq", v, 5.0, 1.0, 60.0 if v in weak else upper) for v in VALUES]
    return pd.DataFrame(rows, columns=["family", "dimension", "expected", "lower", "upper"])


def validity(weak=(), slight=()):
    frame = pd.DataFrame({"rule": "threshold", "family": "pvq", "dimension": VALUES})
    frame["estimate"] = [0.01 if v in weak else 0.05 if v in slight else 0.3 for v in VALUES]
    frame = frame.assign(
        estimand="r", std_error=0.02, lower=frame["estimate"] - 0.04, upper=1.0, level=0.95, interval="none",
        n_scored=9, n_asked=9,
    )  # fmt: skip
    return Result("key_validity", frame, ("rule", "family", "dimension"), make_meta("r", {}))


def reliability(weak=()):
    frame = pd.DataFrame({"scale": VALUES, "coefficient": "alpha", "estimand": "Cronbach's alpha"})
    frame["estimate"] = [0.4 if v in weak else 0.9 for v in VALUES]
    frame = frame.assign(std_error=0.1, lower=0, upper=1, level=0.95, interval="none", n_scored=9, n_asked=9)
    return Result("reliability", frame, ("scale", "coefficient"), make_meta("alpha", {}))


def amiss(result):
    return {(r.aspect, r.sign) for r in result.verdict.reasons if r.sign != "sound"}


def gated(result, passed):
    gate = {"passed": passed, "reasons": [] if passed else ["R-hat 1.2"]}
    return Result(result.kind, result.estimates, result.keys, {**result.meta, "gate": gate}, result.draws)


def with_column(result, column, value, where):
    frame = result.estimates.copy()
    frame.loc[where(frame), column] = value
    return Result(result.kind, frame, result.keys, result.meta, result.draws)


def flat(result, label):
    """All models equal on one value but for the noise of the draws."""
    frame = result.estimates.copy()
    here = (frame["dimension"] == label).to_numpy()
    frame.loc[here, "estimate"] = np.linspace(-0.01, 0.01, here.sum())
    return Result(result.kind, frame, result.keys, result.meta, result.draws)


EVERYTHING = [chance(), validity(), reliability()]
POWER = {"dimension": "Power"}
PLANTED = {
    "gate": (lambda: trust(gated(scores(), False), EVERYTHING), "none", {}),
    "chance": (lambda: trust(scores(), [chance(weak=["Power"]), *EVERYTHING[1:]]), "none", POWER),
    "validity": (lambda: trust(scores(), [chance(), validity(weak=["Power"]), reliability()]), "none", POWER),
    "reliability": (lambda: trust(scores(), [*EVERYTHING[:2], reliability(weak=["Power"])]), "care", POWER),
    "separation": (lambda: trust(flat(scores(), "Power"), EVERYTHING), "care", POWER),
    "scored": (
        lambda: trust(with_column(scores(), "n_scored", 60, lambda f: f["model"] == "m1"), EVERYTHING),
        "care",
        {"model": "m1"},
    ),
    "units": (
        lambda: trust(with_column(scores(), "n_units", 7, lambda f: f["dimension"] == "Power"), EVERYTHING),
        "care",
        POWER,
    ),
}  # fmt: skip


@pytest.mark.parametrize("aspect", PLANTED)
def test_a_planted_defect_raises_its_own_reason_and_no_other(aspect):
    make, sign, where = PLANTED[aspect]
    result = make()
    assert amiss(result) == {(aspect, sign)}
    [reason] = [r for r in result.verdict.reasons if r.sign != "sound"]
    assert dict(reason.where) == where
    rows = result.verdict.rows
    here = (
        np.logical_and.reduce([rows[k] == v for k, v in where.items()]) if where else np.full(len(rows), True)
    )
    assert set(rows.loc[here, "sign"]) == {sign}
    assert set(rows.loc[~here, "sign"]) <= {"sound"}
    assert reason.text in rows.loc[here, "why"].iloc[0]


def test_weak_validity_above_zero_is_care():
    assert amiss(trust(scores(), [validity(slight=["Power"])])) == {("validity", "care")}


def test_clean_studies_raise_nothing():
    """200 studies in which models differ by five times their standard error."""
    found = [amiss(trust(scores(seed, models=8), EVERYTHING)) for seed in range(200)]
    assert sum(map(bool, found)) == 0


def test_no_answer_at_all_is_no_finding():
    silent = with_column(scores(), "n_scored", 0, lambda f: f["model"] == "m1")
    rows = silent.verdict.rows
    assert set(rows.loc[rows["model"] == "m1", "sign"]) == {"none"}


def test_answers_behind_all_rows_of_a_model_are_counted_once():
    """Three values of the same 60 of 80 answers are 60 of 80; of 50, 70 and 80 of 80 they are 200 of 240."""
    same = scores(n_scored=60, n_asked=80)
    said = {r.where["model"]: r.text for r in same.verdict.reasons if r.aspect == "scored"}
    assert set(said.values()) == {"60 of 80 answers scored for each dimension"}
    own = same.estimates.assign(n_scored=np.tile([50, 70, 80], 6))
    told = [r.text for r in replace(same, estimates=own).verdict.reasons if r.aspect == "scored"]
    assert told == ["200 of 240 answers scored"] * 6


def test_separation_is_the_share_of_true_variance():
    """Expected value over studies: 1 / (1 + noise variance), for a between variance of 1."""
    rng = np.random.default_rng(1)
    for noise in (0.5, 1.0, 2.0):
        truth = rng.normal(0, 1, (400, 50))
        points = truth + rng.normal(0, noise, truth.shape)
        shared = rng.normal(0, 3, (300, 1, 50))  # what all models have in common is no noise
        drawn = points + rng.normal(0, noise, (300, *truth.shape)) + shared
        share = separation(xr.DataArray(drawn, dims=("draw", "model", "value")), points)
        assert share.mean() == pytest.approx(1 / (1 + noise**2), abs=0.03)
        shrink = 1 / (1 + noise**2)
        posterior = shrink * points + rng.normal(0, noise * shrink**0.5, (300, *truth.shape))
        share = separation(
            xr.DataArray(posterior, dims=("draw", "model", "value")), shrink * points, posterior=True
        )
        assert share.mean() == pytest.approx(1 / (1 + noise**2), abs=0.03)


def test_separation_of_few_items_is_that_of_an_analysis_of_variance():
    """Models that all answer the same items: 1 - 1/F of the two-way table, however wide the t of few items is."""
    table = np.random.default_rng(4).normal(size=(5, 6)) + np.array([[0.7], [0.3], [0.0], [-0.2], [-0.5]])
    plan = plan_clusters(6, 4000, np.random.default_rng(0))
    weights = plan.with_all
    means = (weights @ table.T / weights.sum(axis=1, keepdims=True))[:, :, None]
    found = plan.finish(means[1:], means[0], 6, 0.95)
    names = [f"m{k}" for k in range(5)]
    frame = pd.DataFrame({
        "model": names, "dimension": "Power", "estimand": "score", "estimate": means[0].ravel(),
        "std_error": found.std_error.ravel(), "lower": found.lower.ravel(), "upper": found.upper.ravel(),
        "level": 0.95, "interval": found.interval.ravel(), "n_scored": 6, "n_asked": 6, "n_units": 6,
    })  # fmt: skip
    draws = draws_tree("bootstrap", found.draws, {"model": names, "dimension": ["Power"]})
    result = Result("scores", frame, ("model", "dimension"), make_meta("mean", {}), draws)
    models, items = table.mean(axis=1, keepdims=True), table.mean(axis=0)
    left = table - models - items + table.mean()
    share = 1 - (left**2).sum() / 20 / (6 * models.var(ddof=1))
    assert 0 < share < 0.5
    told = [r.text for r in result.verdict.reasons if r.aspect == "separation"]
    assert told == [f"{share:.0%} of the variance between models is more than noise"]


def test_evidence_of_other_values_or_kinds_is_refused_or_left_out():
    with pytest.raises(SpecificationError, match="says nothing of the result"):
        trust(scores(), [scores(1)])
    with pytest.raises(SpecificationError, match="says nothing of the result"):
        trust(scores(), [pd.DataFrame({"a": [1]})])
    other = chance(weak=["Power"]).assign(dimension=["Hedonism", "Achievement", "Security"])
    assert amiss(trust(scores(), [other])) == set()


def test_the_summary_names_values_of_which_nothing_is_found():
    def told(evidence):
        table = trust_table(SimpleNamespace(results={"scores": trust(scores(), [evidence])}))
        return table["What speaks against it"].tolist()

    assert [
        text.endswith("; ○ no finding: Power and Security")
        for text in told(chance(weak=["Power", "Security"]))
    ] == [True]
    assert "no finding" not in " ".join(told(chance()))


def test_evidence_is_carried_to_another_result_on_the_same_values():
    first = trust(scores(), [chance(weak=["Power"])])
    second = trust(scores(1, kind="instrument_scores"), [first])
    assert second.verdict.of("dimension").to_dict() == {
        "Achievement": "sound",
        "Power": "none",
        "Security": "sound",
    }


def test_the_verdict_is_kept(tmp_path):
    judged = trust(scores(), [chance(weak=["Power"])])
    judged.save(tmp_path / "r")
    loaded = Result.load(tmp_path / "r")
    pd.testing.assert_frame_equal(loaded.verdict.rows, judged.verdict.rows)
    assert [r.text for r in loaded.verdict.reasons] == [r.text for r in judged.verdict.reasons]


def test_what_is_no_finding_is_grey_last_unranked_and_no_example():
    result = with_column(scores(between=0.5), "estimate", 9.0, lambda f: f["dimension"] == "Power")
    judged = trust(result, [chance(weak=["Power"])])
    assert "Power" not in judged.sentence().split("no finding, and not ranked: ")[0]
    assert judged.sentence().endswith("not ranked: Power.")
    assert example(judged) != "Power"
    assert "Power" in decision_sentence(judged).split("no finding: ")[1]
    assert not decision_caption(judged).startswith("Power")
    drawn = profile_chart(judged).to_dict()
    assert drawn["layer"][1]["encoding"]["y"]["sort"][-1] == "Power ○"
    assert drawn["layer"][1]["encoding"]["color"]["condition"]["value"] == GREY
    assert "Power ○" in heat_chart(judged).to_dict()["encoding"]["x"]["sort"]
    assert "Power ○" in interval_chart(judged, "Power").to_dict()["layer"][0]["encoding"]["x"]["title"]
    assert mean_table(judged)["Value"].iloc[-1] == "Power"
    assert mean_table(judged)["Trust"].iloc[-1] == "○ no finding"
    assert "Power ○" in profile_table(judged).columns
    assert verdict_table(judged).iloc[-1].tolist() == [
        "Power",
        "○ no finding",
        "30 keys where chance gives up to 60",
    ]
    assert "○ no finding" in result_table(judged).as_raw_html()
    assert "Trust:" in judged.summary()


def test_where_nothing_is_a_finding_nothing_is_said_of_models():
    judged = trust(scores(), [chance(weak=VALUES)])
    assert judged.verdict.sign == "none"
    assert example(judged) is None
    assert judged.sentence().startswith("No finding")
    assert decision_sentence(judged).startswith("Nothing here is a finding")
    assert isinstance(decision_chart(judged), alt.Chart)


def similarity(estimate, baseline, width=0.02):
    frame = pd.DataFrame(
        {
            "estimand": "similarity",
            "model": ["m", "n"],
            "group": "A",
            "estimate": estimate,
            "std_error": width / 2,
        }
    )
    frame = frame.assign(
        lower=frame["estimate"] - width, upper=frame["estimate"] + width, level=0.95, interval="none",
        n_scored=50, n_asked=50, baseline=baseline, ceiling=0.9,
    )  # fmt: skip
    return Result("similarity", frame, ("model", "group"), make_meta("s", {}))


@pytest.mark.parametrize(
    ("estimate", "signs", "says"),
    [
        ([0.80, 0.75], ["sound", "sound"], "m answers most like people in A"),
        (
            [0.80, 0.71],
            ["sound", "none"],
            "1 of 2 similarities is not above what uniform answers score (n to A);",
        ),
        ([0.80, 0.60], ["sound", "none"], "score (n to A), 1 of them below it"),
        ([0.69, 0.60], ["none", "none"], "No model answers more like the people of any group"),
    ],
)
def test_a_similarity_not_above_uniform_answers_is_said_to_be_so(estimate, signs, says):
    result = similarity(estimate, 0.70)
    assert result.verdict.rows["sign"].tolist() == signs
    assert says in similarity_sentence(result)


def test_all_pairs_are_the_contrasts_with_intervals_that_hold_together():
    result = scores(models=4)
    pairs = result.contrasts("model")
    assert len(pairs) == 3 * 6
    for row in pairs.itertuples():
        one = result.contrast("model", row.first, row.second).set_index("dimension").loc[row.dimension]
        assert row.estimate == pytest.approx(one["estimate"])
        assert row.std_error == pytest.approx(one["std_error"])
        assert row.lower < row.estimate - 1.96 * row.std_error  # wider than one pair alone needs
        assert row.differs == (row.lower > 0 or row.upper < 0)


def test_intervals_of_all_pairs_hold_together():
    """Five equal models, independent normal errors: no pair should differ in 95% of studies."""
    rng, held = np.random.default_rng(3), 0
    names = list("abcde")
    for _ in range(300):
        points = rng.normal(0, 1, (5, 1))
        drawn = points + rng.normal(0, 1, (600, 5, 1))
        base = scores(models=5)
        frame = base.estimates.iloc[:5].assign(model=names, dimension="x", estimate=points.ravel())
        draws = draws_tree("bootstrap", drawn, {"model": names, "dimension": ["x"]})
        held += not Result("scores", frame, base.keys, base.meta, draws).contrasts("model")["differs"].any()
    assert held / 300 == pytest.approx(0.95, abs=4 * (0.95 * 0.05 / 300) ** 0.5)


STUDY = """
study: s
title: t
description: d
seed: 1
level: 0.95
steps:
  a: {verb: load_instrument, name: pvq21}
  b: {verb: load_instrument, name: pvq21, evidence: EVIDENCE}
reports: []
"""


@pytest.mark.parametrize("evidence", ["a", "'@a'", "[a]", "[1]"])
def test_evidence_in_a_study_is_a_list_of_steps(tmp_path, evidence):
    file = tmp_path / "study.yml"
    file.write_text(STUDY.replace("EVIDENCE", evidence))
    with pytest.raises(StudyError, match="evidence is a list of steps"):
        load_study(file)
    file.write_text(STUDY.replace("EVIDENCE", "['@a']"))
    assert load_study(file).steps[1].references() == ["a"]


def test_the_first_sentence_names_a_pair_that_differs_where_the_widest_gap_is_open():
    rng = np.random.default_rng(2)
    points, noise = np.array([2.0, 1.5, 0.0]), np.array([3.0, 0.1, 0.1])
    names = ["wild", "high", "low"]
    drawn = points[None, :, None] + noise[None, :, None] * rng.normal(size=(2000, 3, 1))
    frame = pd.DataFrame({"model": names, "dimension": "Power", "estimand": "score", "estimate": points})
    frame = frame.assign(
        std_error=noise, lower=points - 2 * noise, upper=points + 2 * noise, level=0.95, interval="bootstrap",
        n_scored=100, n_asked=100, n_units=40,
    )  # fmt: skip
    draws = draws_tree("bootstrap", drawn, {"model": names, "dimension": ["Power"]})
    found = Result("scores", frame, ("model", "dimension"), make_meta("mean", {}), draws)
    said = decision_sentence(found)
    assert said.startswith("On Power, high stands above low: +1.50")
    assert "the widest difference that is told; 1 of 3 pairs of models differ" in said
