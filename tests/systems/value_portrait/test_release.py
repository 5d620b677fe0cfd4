"""The published numbers of Value Portrait, recomputed from the release itself."""

from pathlib import Path

import numpy as np
import pytest

import valuestats
from valuestats.keying.chance import chance_keys
from valuestats.keying.correlations import item_values
from valuestats.keying.rules import key_frame, keys
from valuestats.scoring.scores import score
from valuestats.systems.comparison import read_published
from valuestats.systems.value_portrait.comparison import comparison, unlabelled_items
from valuestats.systems.value_portrait.overwritten import (
    compare_correlations,
    exclude_ratings,
    explain_by_respondent,
)

pytestmark = [pytest.mark.mirror, pytest.mark.xdist_group("release")]

EXCLUDED = [
    ("3902-4", "pvq", "Achievement"),
    ("1901-1", "pvq", "Universalism"),
    ("2901-4", "bfi", "Extraversion"),
]
FAMILIES = ["pvq", "bfi", "higher_pvq"]
CSV = Path(valuestats.__file__).parents[1] / "analyses" / "value_portrait" / "published.csv"


@pytest.fixture(scope="module")
def ratings(release):
    return valuestats.read_ratings(release, scale=(1, 6))


@pytest.fixture(scope="module")
def published(release):
    from valuestats.systems.value_portrait.release import read_published_correlations

    return read_published_correlations(release)


@pytest.fixture(scope="module")
def answers(release):
    return valuestats.read_responses(release, scale="value_portrait", compat="published")


@pytest.fixture(scope="module")
def recomputed(ratings):
    return item_values(ratings, compat="published")


def test_every_answer_and_rating_is_there(answers, ratings):
    assert len(answers) == 102_960
    assert len(answers.models) == 33
    assert len(answers.items) == 520
    assert int((answers.frame["status"] == "valid").sum()) == 102_752
    assert (answers.frame.groupby("model", observed=True).size() == 3120).all()
    assert len(ratings) == 24_320
    assert ratings.frame["respondent"].nunique() == 559
    assert ratings.frame["group"].nunique() == 12


def test_correlations_agree_but_for_one_group(recomputed, published, ratings):
    cells = compare_correlations(recomputed, published)
    assert len(cells) == 9_880
    group = ratings.frame.drop_duplicates("item").set_index("item")["group"].astype(str)
    differing = cells[~cells["agrees"]]
    assert set(differing["item"].map(group)) == {"0"}
    assert len(differing) == 598
    p = recomputed.estimates.merge(published, on=["item", "family", "dimension"], suffixes=("", "_told"))
    outside = p["item"].map(group) != "0"
    assert (p["p_value"] - p["p_value_told"])[outside].abs().max() < 1e-9


def test_one_respondent_explains_every_differing_cell(ratings, published):
    found = explain_by_respondent(ratings, published, respondent="P186", group="0")
    assert len(found) == 19
    assert (found["at_best_place"] < 1e-9).all()
    other = explain_by_respondent(ratings, published, respondent="P506", group="0")
    assert (other["at_best_place"] > 1e-9).sum() > 10


def test_counts_of_keys(published):
    both = key_frame(published, signs="both")["family"].value_counts()
    positive = key_frame(published)["family"].value_counts()
    assert both.to_dict() == {"pvq": 553, "bfi": 290, "higher_pvq": 245}
    assert positive.to_dict() == {"pvq": 286, "bfi": 228, "higher_pvq": 115}
    kept = key_frame(published, exclude=EXCLUDED)
    per_value = kept[kept["family"] == "pvq"]["dimension"].value_counts().to_dict()
    assert per_value == {
        "Achievement": 56, "Power": 64, "Stimulation": 43, "Hedonism": 33, "Conformity": 23, "Universalism": 15,
        "Security": 14, "Benevolence": 13, "Tradition": 12, "Self_Direction": 11,
    }  # fmt: skip


@pytest.fixture(scope="module")
def scored(answers, published, release):
    kept, lost = key_frame(published, exclude=EXCLUDED), unlabelled_items(release)
    return [score(answers, kept, family=f, dropped=lost, compat="published") for f in FAMILIES]


def test_every_published_score_is_reproduced(scored, release):
    from valuestats.systems.value_portrait.release import read_published_scores

    told = read_published_scores(release).set_index(["family", "model", "dimension"])
    for family, result in zip(FAMILIES, scored, strict=True):
        mine = result.estimates.set_index(["model", "dimension"])
        theirs = told.loc[family].reindex(mine.index)
        assert len(mine) == len(theirs)
        np.testing.assert_allclose(mine["estimate"], theirs["centered_mean"], atol=1e-9)
        np.testing.assert_allclose(mine["raw_mean"], theirs["original_mean"], atol=1e-9)
        np.testing.assert_allclose(mine["std_dev"], theirs["std_dev"], atol=1e-9)
        assert (mine["n_items"] == theirs["n"]).all()


def test_order_of_the_values(scored):
    mean = scored[0].estimates.groupby("dimension")["estimate"].mean().sort_values(ascending=False)
    assert set(mean.index[:3]) == {"Benevolence", "Security", "Self_Direction"}
    assert set(mean.index[-3:]) == {"Tradition", "Power", "Achievement"}


def test_the_table_of_published_numbers(scored, recomputed, ratings, release, answers):
    clean = exclude_ratings(ratings, respondent="P186", group="0")
    correlations = item_values(clean)
    corrected = keys(correlations)
    mine = {
        "both": keys(recomputed, signs="both"), "positive": keys(recomputed),
        "scored": keys(recomputed, exclude=EXCLUDED),
    }  # fmt: skip
    table = comparison(
        CSV, recomputed, mine, {"both": keys(correlations, signs="both"), "positive": corrected},
        chance_keys(clean, permutations=50), scored, [score(answers, corrected, family=f, replicates=50) for f in FAMILIES],
        unlabelled_items(release), "P186",
    )  # fmt: skip
    assert len(table) == len(read_published(CSV)) == 672
    verdicts = table.groupby("quantity")["verdict"].agg(lambda v: set(v) - {"not computable"})
    assert verdicts.filter(like="centred score").map(lambda v: v == {"reproduced"}).all()
    assert verdicts["rank of the value over models"] == {"reproduced"}
    # the release holds 34 score files and the raw answers of 33 models
    absent = table[table["verdict"] == "not computable"]
    assert set(absent["group"].str.split(" | ", regex=False).str[0]) == {"gemini-flash-1.5"}
    assert len(absent) == 19
    assert (table[table["verdict"] != "reproduced"]["explanation"] != "").all()
    assert table.loc[table["verdict"] != "not computable", "estimate"].notna().all()
