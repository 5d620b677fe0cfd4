"""The leaderboard: its reader, and what a leaderboard with a known truth says of levels and similarities."""

import os
from pathlib import Path

import numpy as np
import orjson
import pandas as pd
import pytest
from scipy import stats

from valuestats import choice_strengths, elo_ratings, reliability
from valuestats.base.errors import InputError
from valuestats.systems.adaem.comparison import (
    CENTRED,
    RAW,
    adaem_components,
    adaem_profiles,
    adaem_similarity_kind,
    fold_keys,
    fold_scores,
    skill_orders,
)
from valuestats.systems.adaem.release import printed_scores, read_adaem_scores, read_adaem_similarity
from valuestats.systems.adaem.simulate import LEVEL, OWN, VALUES, simulate_adaem, simulated_choices
from valuestats.tables.comparisons import pair_choices


def written(folder, seed=1, models=24):
    scores, similar = simulate_adaem(models=models, seed=seed)
    (folder / "scores.json").write_bytes(orjson.dumps({"data": scores}))
    (folder / "similar.json").write_bytes(orjson.dumps(similar))
    return read_adaem_scores(folder / "scores.json"), read_adaem_similarity(folder / "similar.json")


def test_scores_and_similarities_come_out_as_they_went_in(tmp_path):
    scores, similar = written(tmp_path, models=3)
    told, heat = simulate_adaem(models=3, seed=1)
    assert len(scores) == 30
    assert scores["rating"].tolist() == [row[v] for row in told for v in VALUES]
    assert similar["similarity"].to_numpy().reshape(3, 7) == pytest.approx(
        np.array(heat["cosine_sim_matrix"])
    )


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"data": []}, "no leaderboard"),
        ({"rows": 1}, "no leaderboard"),
        ({"data": [{"model": "m", "Power": 1}, {"model": "n", "Care": 1}]}, "other values"),
        ({"data": [{"model": "m", "Power": 101}]}, "no score"),
        ({"data": [{"model": "m", "Power": None}]}, "no score"),
        ({"data": [{"model": "m", "Power": 1}, {"model": "m", "Power": 2}]}, "a model twice"),
    ],
)
def test_bad_leaderboards_are_named(tmp_path, content, says):
    file = tmp_path / "scores.json"
    file.write_bytes(orjson.dumps(content))
    with pytest.raises(InputError, match=says) as caught:
        read_adaem_scores(file)
    assert caught.value.file == str(file)


def test_bad_files(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_adaem_scores(tmp_path / "none.json")
    (tmp_path / "x.json").write_text("{")
    with pytest.raises(InputError, match="no JSON"):
        read_adaem_similarity(tmp_path / "x.json")
    matrix = {"models": ["m"], "countries": ["a", "b"], "cosine_sim_matrix": [[1.0]]}
    (tmp_path / "y.json").write_bytes(orjson.dumps(matrix))
    with pytest.raises(InputError, match="does not fit"):
        read_adaem_similarity(tmp_path / "y.json")


def test_a_level_is_the_first_component_and_goes_with_the_models_mean(tmp_path):
    scores, _ = written(tmp_path, models=300)
    table = adaem_components(scores, replicates=200).set_index("scores")
    n = len(VALUES)
    truth = (n * LEVEL**2 + OWN**2) / (n * (LEVEL**2 + OWN**2))  # of compound symmetry
    assert table.loc[RAW, "estimate"] == pytest.approx(truth, abs=0.03)
    assert table.loc[RAW, "lower"] < truth < table.loc[RAW, "upper"]
    assert table.loc[RAW, "same_sign"] == 1
    assert table.loc[CENTRED, "estimate"] < 0.2
    wide = scores.pivot(index="respondent", columns="item", values="rating").to_numpy()
    values = np.linalg.svd(wide - wide.mean(axis=0), compute_uv=False) ** 2
    assert table.loc[RAW, "estimate"] == pytest.approx(values[0] / values.sum())


def test_profiles_are_about_each_models_mean(tmp_path):
    scores, _ = written(tmp_path)
    table = adaem_profiles(scores).set_index("item")
    assert table["centred"].sum() == pytest.approx(0)
    wide = scores.pivot(index="respondent", columns="item", values="rating")
    assert table.loc["Power", "above"] == pytest.approx((wide["Power"] > wide.mean(axis=1)).mean())


def test_rank_correlations_are_told_from_cosines_by_their_grid(tmp_path):
    scores, similar = written(tmp_path)
    spearman = adaem_similarity_kind(scores, similar)
    assert (spearman["on_own_grid"] == spearman["cells"]).all()
    wide = scores.pivot(index="respondent", columns="item", values="rating")
    rng = np.random.default_rng(0)
    country = rng.uniform(20, 70, len(VALUES))
    cosine = wide.to_numpy() @ country / np.linalg.norm(wide, axis=1) / np.linalg.norm(country)
    frame = pd.DataFrame({"model": wide.index, "country": "X", "similarity": cosine})
    assert adaem_similarity_kind(scores, frame)["on_own_grid"].iloc[0] <= 1


def test_tied_scores_have_a_grid_of_their_own(tmp_path):
    scores, _ = written(tmp_path, models=2)
    scores.loc[0, "rating"] = scores.loc[1, "rating"]
    own = scores[scores["respondent"] == scores["respondent"].iloc[0]]["rating"]
    r = stats.spearmanr(own, np.arange(10.0)[::-1]).statistic
    frame = pd.DataFrame({"model": [scores["respondent"].iloc[0]], "country": "X", "similarity": [r]})
    found = adaem_similarity_kind(scores, frame).iloc[0]
    assert (found["on_grid"], found["on_own_grid"], found["tied_models"]) == (0, 1, 1)


def test_printed_scores_have_one_decimal(tmp_path):
    scores, _ = written(tmp_path, models=3)
    table = printed_scores(scores)
    assert table.shape == (3, 11)
    assert table["Power"].str.fullmatch(r"\d+\.\d").all()


def test_orders_and_the_fit_to_all_at_once():
    rng = np.random.default_rng(1)
    rows = [(a, b, "a" if rng.random() < 0.8 else "b") for a, b in ("xy", "yz", "xz") for _ in range(60)]
    choices = pair_choices(pd.DataFrame(rows, columns=["option_a", "option_b", "winner"]))
    table = skill_orders(choices, choice_strengths(choices), shuffles=200).set_index("option")
    assert table["place"].to_dict() == {"x": 1, "y": 2, "z": 3}
    rated = elo_ratings(choices, shuffles=200).estimates.set_index("option")
    assert table["rating"].to_dict() == rated["estimate"].to_dict()
    assert table.loc["x", "top"] > 0.9


@pytest.mark.mirror
def test_the_public_leaderboard():
    """Facts that anyone can count in the files: 33 models, 10 values, 231 numbers on the grids of rank correlations."""
    root = os.environ.get("VALUESTATS_LOCAL")
    folder = Path(root) / "adaem" if root else None
    if folder is None or not folder.exists():
        pytest.skip("the AdAEM leaderboard is not at hand (VALUESTATS_LOCAL)")
    scores = read_adaem_scores(folder / "Schwartz_scores.json")
    similar = read_adaem_similarity(folder / "value_sim_heatmap.json")
    assert (scores["respondent"].nunique(), scores["item"].nunique()) == (33, 10)
    kind = adaem_similarity_kind(scores, similar)
    assert (kind["cells"].sum(), kind["on_grid"].sum(), kind["on_own_grid"].sum()) == (231, 224, 231)
    assert kind["lowest"].min() < 0.34 < 0.97 < kind["lowest_cosine"].min()


def test_folds_hold_each_item_once_and_their_alpha_is_the_variances_share():
    choices = read_litmus_like()
    table = fold_scores(choices, folds=2, seed=3)
    frame = choices.frame
    for value in ("Care", "Privacy"):
        own = table[table["dimension"] == value].pivot(index="respondent", columns="item", values="rating")
        k = own.shape[1]
        assert own.shape == (16, 2)
        alpha = k / (k - 1) * (1 - own.var(ddof=1).sum() / own.sum(axis=1).var(ddof=1))
        found = reliability(table, fold_keys(table), coefficients=["alpha"], replicates=0).estimates
        assert found.set_index("scale").loc[value, "estimate"] == pytest.approx(alpha)
    first = frame[frame["rank"] == 1].groupby("model")["option"].value_counts().unstack().sum(axis=1)
    assert (first == 280).all()


def read_litmus_like():
    made = simulated_choices(seed=1)
    made = made.assign(item=[" or ".join(sorted(p)) for p in zip(made["first"], made["second"], strict=True)])
    made = made.assign(winner=made["choice"]).drop(columns="choice")
    return pair_choices(made, first="first", second="second", reads="places")
