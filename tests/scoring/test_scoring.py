"""Scores: the definition, missing answers, clusters, degenerate input."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

from valuestats.base.errors import SpecificationError
from valuestats.scoring.keyed import item_means
from valuestats.scoring.scores import score
from valuestats.tables import Responses


def make(answers):
    """Rows (model, item, cluster, answer or None)."""
    frame = pd.DataFrame(answers, columns=["model", "item", "cluster", "answer"])
    return Responses(
        frame.assign(
            epoch=frame.groupby(["model", "item"]).cumcount() + 1,
            raw="x",
            answer=frame["answer"].astype("Int64"),
            status=np.where(frame["answer"].isna(), "refusal", "valid"),
            source_file="f",
            source_sha256="0",
            source_row=np.arange(len(frame)),
        )
    )


def keyed(*triples):
    return pd.DataFrame(triples, columns=["item", "dimension", "sign"]).assign(family="pvq")


@pytest.fixture
def responses():
    return make(
        [
            ("m", "1", "q1", 6), ("m", "1", "q1", 4), ("m", "2", "q1", 2), ("m", "3", "q2", 3),
            ("n", "1", "q1", 1), ("n", "2", "q1", None), ("n", "3", "q2", 5), ("n", "9", "q2", 6),
        ]
    )  # fmt: skip


def test_the_definition(responses):
    result = score(
        responses, keyed(("1", "Power", 1), ("2", "Security", 1), ("3", "Security", 1)), family="pvq"
    )
    table = result.estimates.set_index(["model", "dimension"])
    assert table.loc[("m", "Power"), "estimate"] == pytest.approx(5 - (5 + 2 + 3) / 3)
    assert table.loc[("m", "Security"), "estimate"] == pytest.approx(2.5 - 10 / 3)
    assert table.loc[("n", "Security"), "estimate"] == pytest.approx(5 - 3)  # item 2 was refused
    assert table.loc[("n", "Security"), ["n_scored", "n_asked", "n_items"]].tolist() == [1, 2, 1]
    assert table.loc[("m", "Power"), ["n_scored", "n_asked"]].tolist() == [2, 2]
    assert "1 of 8 answers could not be scored" in " ".join(result.meta["warnings"])
    assert item_means(responses).loc["n", "9"] == 6  # not keyed: outside every mean


def test_reversed_keys_need_the_scale(responses):
    keys = keyed(("1", "Power", -1), ("3", "Power", 1))
    with pytest.raises(SpecificationError, match="ends of the answer scale"):
        score(responses, keys, family="pvq")
    result = score(responses, keys, family="pvq", scale=(1, 6)).estimates.set_index("model")
    assert result.loc["m", "raw_mean"] == pytest.approx(((7 - 5) + 3) / 2)


def test_a_code_off_the_scale_is_named(responses):
    wrong = make([("m", "1", "q1", 6), ("m", "2", "q1", 9), ("m", "3", "q2", 99)])
    keys = keyed(("1", "Power", 1), ("2", "Security", 1))
    with pytest.raises(SpecificationError, match=r"off the scale(.|\n)*9 \(item 2\), 1 of 2 codes"):
        score(wrong, keys, family="pvq", scale=(1, 6))
    with pytest.raises(SpecificationError, match="ends of a scale"):
        score(responses, keys, family="pvq", scale=(6, 1))


def test_all_answers_equal_score_zero_with_no_width():
    same = make([("m", str(k), f"q{k // 2}", 4) for k in range(8)])
    keys = keyed(*[(str(k), "Power" if k % 2 else "Security", 1) for k in range(8)])
    table = score(same, keys, family="pvq").estimates
    assert table[["estimate", "lower", "upper", "std_error"]].abs().max().max() < 1e-12


def test_one_query_gives_no_interval(responses):
    table = score(responses, keyed(("1", "Power", 1), ("2", "Power", 1)), family="pvq", form="raw").estimates
    assert table[["lower", "upper"]].isna().all().all()
    assert table["estimate"].notna().all()


def test_a_model_without_an_answer_has_no_score():
    silent = make([("m", "1", "q1", 3), ("m", "2", "q2", 4), ("n", "1", "q1", None), ("n", "2", "q2", None)])
    table = score(silent, keyed(("1", "Power", 1), ("2", "Security", 1)), family="pvq").estimates.set_index(
        "model"
    )
    assert table.loc["n", "estimate"].isna().all()
    assert (table.loc["n", "n_scored"] == 0).all()
    assert table.loc["m", "estimate"].notna().all()


def test_resampling_depends_on_the_seed_only():
    answers = make([("m", str(k), f"q{k}", 1 + k % 5) for k in range(10)])
    keys = keyed(*[(str(k), "Power" if k % 2 else "Security", 1) for k in range(10)])
    one, two = (score(answers, keys, family="pvq", seed=5) for _ in range(2))
    np.testing.assert_array_equal(one.replicates().to_numpy(), two.replicates().to_numpy())
    other = score(answers, keys, family="pvq", seed=6)
    assert not np.array_equal(one.replicates().to_numpy(), other.replicates().to_numpy(), equal_nan=True)


def test_items_in_two_queries_are_refused():
    twice = make([("m", "1", "q1", 3), ("n", "1", "q2", 3)])
    with pytest.raises(SpecificationError, match="two clusters"):
        score(twice, keyed(("1", "Power", 1)), family="pvq", form="raw")


def test_nothing_keyed_names_what_there_is(responses):
    with pytest.raises(SpecificationError, match="no keys of this family") as caught:
        score(responses, keyed(("1", "Power", 1)), family="bfi")
    assert "pvq" in str(caught.value)


def test_dropped_items_leave_every_mean(responses):
    keys = keyed(("1", "Power", 1), ("2", "Security", 1), ("3", "Security", 1))
    dropped = pd.DataFrame({"model": ["m"], "item": ["3"]})
    table = score(responses, keys, family="pvq", dropped=dropped, compat="published").estimates
    row = table.set_index(["model", "dimension"]).loc[("m", "Security")]
    assert row["estimate"] == pytest.approx(2 - (5 + 2) / 2)
    assert row["interval"] == "none"


def test_contrasts_are_widened_like_the_scores():
    rng = np.random.default_rng(8)
    rows = [(m, str(k), f"q{k}", int(rng.integers(1, 7))) for m in "mn" for k in range(12)]
    keys = keyed(*[(str(k), "Power" if k < 6 else "Security", 1) for k in range(12)])
    result = score(make(rows), keys, family="pvq", seed=2)
    table = result.contrast("model", "m", "n").set_index("dimension")
    draws = result.replicates()
    difference = (
        draws.sel(model="m", dimension="Power") - draws.sel(model="n", dimension="Power")
    ).to_numpy()
    # six queries hold items of Power: the replicates are Student's t about the difference already
    # (here read off some thousand of them; the contrast has Student's own quantile)
    for column, p in (("lower", 0.025), ("upper", 0.975)):
        assert table.loc["Power", column] == pytest.approx(np.quantile(difference, p), rel=0.05)
    paired = np.array([answer for *_, answer in rows[:12]]) - np.array([answer for *_, answer in rows[12:]])

    def gap(kept):
        return paired[:6][kept[:6]].mean() - paired[kept].mean()

    every = np.ones(12, dtype=bool)
    without = [gap(np.arange(12) != q) for q in range(12)]
    error = np.sqrt(5 / 6 * ((np.array(without) - gap(every)) ** 2).sum())
    assert table.loc["Power", "estimate"] == pytest.approx(gap(every))
    assert table.loc["Power", "std_error"] == pytest.approx(error, rel=1e-9)
    reach = (table.loc["Power", "upper"] - table.loc["Power", "lower"]) / 2
    assert reach == pytest.approx(t.ppf(0.975, 5) * error, rel=1e-9)
