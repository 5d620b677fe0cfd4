"""Informativeness against scikit-learn's mutual information, pairs counted one by one, and closed forms."""

from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import mutual_info_score

from valuestats.base.errors import SpecificationError
from valuestats.informing.informativeness import informativeness
from valuestats.informing.selection import ALL, CHOSEN, ELSEWHERE, GAIN, INFLATION, select_items
from valuestats.statistics.entropy import dirichlet_entropy, jackknife_entropy, plugin_entropy, without_one
from valuestats.tables.comparisons import pair_choices


def cells(counts):
    """Counts of shape (models, items, options) as a table."""
    rows = [
        (f"m{m:02d}", f"q{q:02d}", "valid", k, int(n))
        for (m, q, k), n in np.ndenumerate(np.asarray(counts))
        if n
    ]
    return pd.DataFrame(rows, columns=["model", "item", "status", "answer", "count"])


def drawn(rng, models, answers, alpha):
    p = rng.gamma(np.broadcast_to(alpha, (models, *np.shape(alpha))))
    return rng.multinomial(answers, p / p.sum(axis=-1, keepdims=True))


def test_the_uncorrected_value_is_the_mutual_information_of_model_and_answer():
    counts = drawn(np.random.default_rng(1), 5, 12, np.ones((4, 3)))
    found = informativeness(cells(counts), replicates=0).estimates
    for q, row in enumerate(found.to_dict("records")):
        model = np.repeat(np.arange(5), 12)
        answer = np.concatenate([np.repeat(np.arange(3), counts[m, q]) for m in range(5)])
        assert row["plugin"] == pytest.approx(mutual_info_score(model, answer) / np.log(2), abs=1e-12)


def test_disagreement_counts_pairs_of_answers():
    counts = drawn(np.random.default_rng(2), 4, 5, np.ones((1, 3)))[:, 0]
    answers = [np.repeat(np.arange(3), c) for c in counts]
    between = np.mean([np.mean([a != b for a, b in product(x, y)]) for x, y in combinations(answers, 2)])
    within = np.mean([np.mean([a != b for a, b in combinations(x, 2)]) for x in answers])
    found = informativeness(cells(counts[:, None]), measure="disagreement", replicates=0).estimates
    assert found["estimate"].iloc[0] == pytest.approx(between - within, abs=1e-12)


def test_the_correction_leaves_out_models_and_answers_one_by_one():
    counts = drawn(np.random.default_rng(3), 4, 6, np.ones((1, 2)))[:, 0].astype(float)
    each = [np.repeat(np.eye(2), c.astype(int), axis=0) for c in counts]
    alone = np.mean([jackknife_entropy(x) for x in each])
    together = jackknife_entropy(counts / counts.sum(axis=1, keepdims=True))
    found = informativeness(cells(counts[:, None]), replicates=0).estimates
    assert found["estimate"].iloc[0] == pytest.approx((together - alone) / np.log(2), abs=1e-12)
    assert without_one(counts, plugin_entropy) == pytest.approx(
        [float(jackknife_entropy(x)) for x in each], abs=1e-12
    )


@pytest.mark.parametrize(("measure", "tolerance"), [("gjs", 0.015), ("disagreement", 0.006)])
@pytest.mark.parametrize("spread", [2.0, 20.0])
def test_the_mean_estimate_is_the_truth_where_the_uncorrected_one_is_too_high(measure, tolerance, spread):
    """3,000 items, 12 models, 10 answers; the truth of a Beta distribution in closed form. Errors below .004."""
    alpha = np.full((3000, 2), spread / 2)
    found = informativeness(
        cells(drawn(np.random.default_rng(4), 12, 10, alpha)), measure=measure, replicates=0
    )
    truth = (
        1 - float(dirichlet_entropy(alpha[0], 0.0).mean) / np.log(2)
        if measure == "gjs"
        else 0.5 / (spread + 1)
    )
    assert found.estimates["estimate"].mean() == pytest.approx(truth, abs=tolerance)
    assert found.estimates["plugin"].mean() > truth + 2 * tolerance


def test_models_that_answer_alike_are_worth_nothing_however_they_vary():
    counts = np.random.default_rng(5).multinomial(10, [0.5, 0.3, 0.2], size=(20, 400))
    table = informativeness(cells(counts), replicates=200).estimates
    assert table["estimate"].mean() == pytest.approx(0.0, abs=0.03)
    assert (table["lower"] > 0).mean() < 0.06
    assert table["plugin"].mean() > 0.1


def test_models_that_never_share_an_answer_tell_all():
    counts = np.zeros((4, 1, 4))
    counts[np.arange(4), 0, np.arange(4)] = 8
    row = informativeness(cells(counts)).estimates.iloc[0]
    assert row["plugin"] == pytest.approx(2.0)
    assert row["alone"] == 0.0


def test_nothing_depends_on_names_of_options_or_order_of_models():
    counts = drawn(np.random.default_rng(6), 6, 8, np.ones((3, 3)))
    one = informativeness(cells(counts), replicates=0).estimates
    two = informativeness(cells(counts[::-1, :, [2, 0, 1]]), replicates=0).estimates
    assert one["estimate"].to_numpy() == pytest.approx(two["estimate"].to_numpy(), abs=1e-12)


def test_one_answer_each_gives_no_estimate_and_says_why():
    counts = np.zeros((3, 2, 2))
    counts[:, 0, :] = 4
    counts[:, 1, 0] = 1
    found = informativeness(cells(counts))
    assert found.estimates["estimate"].isna().tolist() == [False, True]
    assert any("one answer" in w for w in found.meta["warnings"])
    assert found.verdict.rows["sign"].tolist()[1] == "none"


def test_unscored_answers_are_counted_and_all_equal_ones_are_no_error():
    table = pd.concat(
        [cells(np.full((5, 1, 1), 6)), cells(np.full((5, 1, 1), 2)).assign(status="refusal", answer=None)]
    )
    row = informativeness(table.astype({"answer": "Int64"})).estimates.iloc[0]
    assert row["estimate"] == 0.0
    assert row["lower"] == 0.0
    assert (row["n_scored"], row["n_asked"]) == (30, 40)


def test_choices_are_counted_by_what_was_put_first():
    rows = [("m", "q", "a", "b", w) for w in ("a", "a", "tie", "depends")] + [
        ("n", "q", "a", "b", w) for w in "bbbb"
    ]
    frame = pd.DataFrame(rows, columns=["model", "item", "option_a", "option_b", "winner"])
    found = informativeness(pair_choices(frame, reads="places"), replicates=0).estimates.iloc[0]
    shares = np.array([[0.5, 0, 0.25, 0.25], [0, 1, 0, 0]])
    assert found["together"] == pytest.approx(plugin_entropy(shares.mean(axis=0)) / np.log(2))
    with pytest.raises(SpecificationError, match="unknown models or items"):
        informativeness(pair_choices(frame.drop(columns="item"), reads="places"))


def test_one_model_and_no_valid_answer_are_refused():
    table = cells(np.full((1, 2, 2), 5))
    with pytest.raises(SpecificationError, match="differs from none"):
        informativeness(table)
    with pytest.raises(SpecificationError, match="no valid answer"):
        informativeness(cells(np.full((2, 1, 1), 5)).assign(status="refusal", answer=None))
    with pytest.raises(SpecificationError) as caught:
        informativeness(table, least=1)
    assert caught.value.parameter == "least"


def test_selection_inflates_where_there_is_nothing_to_select():
    """All items worth the same: chosen ones look better where they were chosen, and are not."""
    counts = drawn(np.random.default_rng(7), 16, 10, np.full((60, 2), 5.0))
    found = select_items(cells(counts), size=6, splits=100)
    table = found.estimates.set_index("quantity")
    assert table.loc[INFLATION, "lower"] > 0
    assert table.loc[GAIN, "lower"] < 0 < table.loc[GAIN, "upper"]
    assert table.loc[CHOSEN, "estimate"] > 2 * table.loc[ELSEWHERE, "estimate"]
    rows = found.verdict.rows.set_index("quantity")["sign"]
    assert rows[GAIN] == "none"
    assert rows[ALL] != "none"
    assert "no more for certain" in found.sentence()


def test_items_that_are_worth_more_are_found_and_hold_in_other_models():
    spread = np.repeat([1.0, 60.0], 20)
    counts = drawn(np.random.default_rng(8), 30, 10, np.stack([spread / 2] * 2, axis=1))
    found = select_items(cells(counts), size=10, splits=100)
    table = found.estimates.set_index("quantity")
    assert table.loc[GAIN, "lower"] > 0.1
    assert {r["item"] for r in found.meta["items"]} <= {f"q{k:02d}" for k in range(20)}
    assert found.verdict.sign == "sound"
    assert table.loc[CHOSEN, "estimate"] - table.loc[ELSEWHERE, "estimate"] == pytest.approx(
        table.loc[INFLATION, "estimate"], abs=1e-12
    )


def test_too_few_models_or_items_to_choose():
    counts = drawn(np.random.default_rng(9), 6, 10, np.ones((3, 2)))
    found = select_items(cells(counts), size=2, splits=10)
    assert found.estimates["lower"].isna().all()
    assert any("no interval" in w or "give no" in w for w in found.meta["warnings"])
    with pytest.raises(SpecificationError, match="too few models"):
        select_items(cells(counts[:3]), size=2)
    with pytest.raises(SpecificationError, match="fewer items"):
        select_items(cells(counts), size=4)


def test_a_model_that_flips_every_answer_makes_its_own_warning_only():
    """A planted defect: items on which models differ by noise alone are with care, the others are not."""
    rng = np.random.default_rng(10)
    apart = drawn(rng, 24, 20, np.full((5, 2), 0.5))
    alike = rng.multinomial(20, [0.5, 0.5], size=(24, 5))
    found = informativeness(cells(np.concatenate([apart, alike], axis=1)), replicates=400)
    rows = found.verdict.rows.set_index("item")
    assert (rows["sign"][:5] == "sound").all()
    assert (rows["sign"][5:] == "care").sum() >= 4
    assert set(rows["why"]) <= {"", "models differ by no more than the noise of their own answers"}
    assert "of 10 items tell models apart" in found.sentence()
