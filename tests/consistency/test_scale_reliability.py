"""The verb `reliability`: psych's numbers on a labelled table, keys, missing answers, refusals."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from valuestats.base.errors import InputError, SpecificationError
from valuestats.consistency.scales import reliability
from valuestats.results.result import Result
from valuestats.tables import Ratings, Responses

R = Path(__file__).parents[1] / "r"
ALL = ["alpha", "alpha_standardised", "alpha_ordinal", "omega_total", "split_half"]


@pytest.fixture(scope="module")
def sample():
    wide = pd.read_csv(R / "sample.csv").iloc[:, :6].rename_axis("respondent").reset_index()
    return wide.melt("respondent", var_name="item", value_name="rating")


@pytest.fixture(scope="module")
def expected():
    frame = pd.read_csv(R / "reliability.csv", comment="#")
    return frame[frame["data"] == "sample"].set_index("quantity")


def keyed(*rows):
    return pd.DataFrame(rows, columns=["dimension", "item", "sign"])


def test_psych_on_pairwise_and_on_complete_answers(sample, expected):
    for missing in ("pairwise", "complete"):
        table = reliability(sample, coefficients=ALL, missing=missing, replicates=0).estimates
        value = table.set_index("coefficient")["estimate"]
        assert value["alpha"] == pytest.approx(expected.loc[f"alpha_{missing}", "value"], abs=1e-10)
        assert value["omega_total"] == pytest.approx(
            expected.loc[f"omega_minres_{missing}", "value"], abs=2e-5
        )
        assert value["alpha_ordinal"] > value["alpha"]
    row = table.set_index("coefficient").loc["alpha"]  # complete: Feldt with the people who are left
    assert row["n_effective"] == pytest.approx(expected.loc["n_complete", "value"])
    limits = expected.loc["alpha_complete", ["lower", "upper"]].tolist()
    assert row[["feldt_lower", "feldt_upper"]].tolist() == pytest.approx(limits, abs=1e-10)


def test_n_is_that_of_the_people_behind_the_estimate(sample):
    pairwise = reliability(sample, replicates=0).estimates.iloc[0]
    wide = sample.pivot(index="respondent", columns="item", values="rating").notna().to_numpy(dtype=float)
    n = (wide.T @ wide)[~np.eye(6, dtype=bool)]
    assert pairwise["n_effective"] == pytest.approx(len(n) / (1 / n).sum())
    assert pairwise["n_scored"] == sample["rating"].notna().sum()
    assert pairwise["n_asked"] == 240 * 6


def test_ordinal_alpha_is_alpha_of_polycor(sample):
    r = pd.read_csv(R / "polychoric.csv", comment="#").query("data == 'sample' and kind == 'polychoric'")["r"]
    mean = r.mean()
    found = reliability(sample, coefficients=["alpha_ordinal"], replicates=20)
    assert found.estimates["estimate"].iloc[0] == pytest.approx(6 * mean / (1 + 5 * mean), abs=2e-5)
    assert np.isfinite(found.estimates["std_error"]).all()


def test_negative_keys_turn_items_and_wrong_ones_are_named(sample, expected):
    turned = sample.assign(rating=sample["rating"].where(sample["item"] != "q2", 6 - sample["rating"]))
    signs = [("f", f"q{k}", -1 if k == 2 else 1) for k in range(1, 7)]
    right = reliability(turned, keyed(*signs), replicates=0)
    assert right.estimates["estimate"].iloc[0] == pytest.approx(
        expected.loc["alpha_pairwise", "value"], abs=1e-10
    )
    assert "run against" not in " ".join(right.meta["warnings"])
    wrong = reliability(turned, replicates=0)
    assert "q2 run against the other items" in " ".join(wrong.meta["warnings"])


def test_intervals_hold_the_estimate_and_scales_stand_apart(sample, tmp_path):
    keys = keyed(*[("one", f"q{k}", 1) for k in (1, 2, 3)], *[("two", f"q{k}", 1) for k in (4, 5, 6)])
    found = reliability(
        sample, keys, coefficients=["alpha", "omega_total", "split_half"], replicates=300, seed=2
    )
    table = found.estimates
    assert len(table) == 6
    assert (table["lower"] < table["estimate"]).all()
    assert (table["upper"] > table["estimate"]).all()
    difference = found.contrast("scale", "one", "two")
    assert len(difference) == 3
    assert difference["estimate"].iloc[0] == pytest.approx(
        table["estimate"].iloc[0] - table["estimate"].iloc[3]
    )
    again = Result.load(found.save(tmp_path / "r"))
    pd.testing.assert_frame_equal(again.estimates, table)


def test_clusters_of_people_are_drawn_whole(sample):
    found = reliability(sample.assign(cluster=sample["respondent"] // 10), replicates=50).estimates
    assert (found["n_units"] == 24).all()
    with pytest.raises(SpecificationError, match="two clusters"):
        reliability(sample.assign(cluster=sample["item"]))


def responses(models, epochs=3, items=6, seed=0):
    rng = np.random.default_rng(seed)
    level = rng.normal(0, 1, len(models))
    rows = [
        (m, f"i{i}", e, int(np.clip(np.round(3.5 + level[k] + rng.normal(0, 0.7)), 1, 6)))
        for k, m in enumerate(models)
        for i in range(items)
        for e in range(1, epochs + 1)
    ]
    frame = pd.DataFrame(rows, columns=["model", "item", "epoch", "answer"])
    frame = frame.assign(
        raw="x", status="valid", source_file="f", source_sha256="0", source_row=np.arange(len(frame))
    )
    return Responses(frame)


def test_epochs_of_one_model_are_refused_with_the_reason():
    with pytest.raises(SpecificationError, match="not respondents") as caught:
        reliability(responses(["m"]))
    assert "sampling noise" in str(caught.value)
    assert "retest" in str(caught.value)
    with pytest.raises(SpecificationError, match="not respondents"):
        reliability(responses(["m", "n"]), unit="epoch")
    with pytest.raises(SpecificationError, match="no such unit"):
        reliability(responses(["m", "n"]), unit="respondent")


def test_models_are_the_respondents_of_responses():
    found = reliability(responses([f"m{k:02d}" for k in range(20)]), replicates=100)
    table = found.estimates.set_index("coefficient")
    assert (table["n_units"] == 20).all()
    assert table.loc["alpha", "estimate"] > 0.9  # level variance 1 against .49/3 of noise per item
    assert "20 models only" in " ".join(found.meta["warnings"])


def test_what_does_not_exist_is_null_and_said(sample):
    one = reliability(sample[sample["item"] == "q1"], coefficients=ALL, replicates=10)
    assert one.estimates["estimate"].isna().all()
    two = reliability(sample[sample["item"].isin(["q1", "q2"])], coefficients=ALL, replicates=10)
    value = two.estimates.set_index("coefficient")["estimate"]
    assert value.isna().to_dict() == {name: name == "omega_total" for name in ALL}
    same = reliability(sample.assign(rating=3.0), coefficients=ALL, replicates=10).estimates
    assert same[["estimate", "lower", "upper"]].isna().all().all()


def test_faults_are_named(sample):
    with pytest.raises(SpecificationError, match="unknown coefficient"):
        reliability(sample, coefficients=["beta"])
    with pytest.raises(SpecificationError, match="no item of this scale"):
        reliability(sample, keyed(("f", "z", 1)))
    with pytest.raises(InputError, match="same key"):
        reliability(pd.concat([sample, sample]))
    with pytest.raises(SpecificationError, match="several respondents"):
        reliability(sample[sample["respondent"] == 3])


def test_a_ratings_table_goes_in(sample, expected):
    frame = sample.dropna()
    values = pd.DataFrame({"respondent": range(240), "family": "pvq", "dimension": "Power", "score": 0.0})
    found = reliability(Ratings(frame, values, scale=(1, 5)), replicates=0).estimates
    assert found["estimate"].iloc[0] == pytest.approx(expected.loc["alpha_pairwise", "value"], abs=1e-10)


def test_omega_hierarchical_and_ordinal_in_the_verb(sample):
    found = reliability(
        sample, coefficients=["omega_hierarchical", "omega_ordinal", "omega_total"], replicates=30, seed=1
    ).estimates.set_index("coefficient")
    assert 0 < found.loc["omega_hierarchical", "estimate"] < found.loc["omega_ordinal", "estimate"]
    assert found.loc["omega_hierarchical", "lower"] < found.loc["omega_hierarchical", "upper"]
    five = sample[sample["item"] != "q1"]
    refused = reliability(five, coefficients=["omega_hierarchical"], replicates=0)
    assert np.isnan(refused.estimates["estimate"].iloc[0])
    assert any("cannot carry 3 group factors" in note for note in refused.meta["warnings"])
    with pytest.raises(SpecificationError, match="two group factors"):
        reliability(sample, coefficients=["omega_hierarchical"], factors=2, replicates=0)


def test_ordinal_omega_of_bfi_is_that_of_psych():
    root = os.environ.get("VALUESTATS_LOCAL")
    path = Path(root) / "psychometrics" / "psychTools_bfi.csv" if root else None
    if path is None or not path.exists():
        pytest.skip("the bfi data are not at hand (VALUESTATS_LOCAL)")
    wide = pd.read_csv(path)[[f"N{k}" for k in range(1, 6)]].rename_axis("respondent").reset_index()
    frame = wide.melt("respondent", var_name="item", value_name="rating")
    value = reliability(frame, coefficients=["omega_ordinal"], replicates=0).estimates["estimate"].iloc[0]
    expected = pd.read_csv(R / "omega.csv", comment="#").query("quantity == 'omega_ordinal'")["value"].iloc[0]
    assert value == pytest.approx(expected, abs=1e-3)  # psych's polychoric is accurate to about 1e-3


def test_ordinal_omega_hierarchical_is_that_of_psych():
    wide = pd.read_csv(R / "omega_ordinal_input.csv").rename_axis("respondent").reset_index()
    frame = wide.melt("respondent", var_name="item", value_name="rating")
    wanted = ["omega_hierarchical_ordinal", "omega_hierarchical", "alpha_ordinal"]
    found = reliability(frame, coefficients=wanted, replicates=0).estimates.set_index("coefficient")[
        "estimate"
    ]
    psych = (
        pd.read_csv(R / "omega.csv", comment="#").query("data == 'ordered'").set_index("quantity")["value"]
    )
    # psych corrects empty cells by .5 unless told otherwise, and its polychoric is accurate to about 1e-3
    assert found["omega_hierarchical_ordinal"] == pytest.approx(psych["omega_hierarchical_ordinal"], abs=2e-3)
    assert found["omega_hierarchical"] == pytest.approx(psych["omega_hierarchical_of_codes"], abs=1e-4)
    with_interval = reliability(
        frame[frame["respondent"] < 250], coefficients=["omega_hierarchical_ordinal"], replicates=20
    ).estimates.iloc[0]
    assert with_interval["lower"] < with_interval["estimate"] < with_interval["upper"]


def test_ordinal_omega_hierarchical_of_too_few_or_constant_items_is_null():
    rng = np.random.default_rng(4)
    y = rng.integers(1, 5, (60, 7)).astype(float)
    y[:, 6] = 3.0
    for columns in (5, 7):
        frame = pd.DataFrame(y[:, :columns]).rename_axis("respondent").reset_index()
        long = frame.melt("respondent", var_name="item", value_name="rating").astype({"item": str})
        found = reliability(long, coefficients=["omega_hierarchical_ordinal"], replicates=5).estimates
        assert found["estimate"].isna().all()


def long(rows, items):
    wide = pd.DataFrame(rows, columns=items).rename_axis("respondent").reset_index()
    return wide.melt("respondent", var_name="item", value_name="rating")


NAN = float("nan")
RNG = np.random.default_rng(5).normal(size=(12, 3))


@pytest.mark.parametrize(
    ("rows", "missing", "coefficient", "reason"),
    [
        ([[1], [2], [3]], "pairwise", "alpha", "one item: it needs two"),
        ([[1, 2], [2, 1], [3, 3]], "pairwise", "omega_total", "2 items: it needs three"),
        ([[1, NAN], [2, NAN], [NAN, 3]], "pairwise", "alpha", "i0 and i1 were never asked together"),
        (
            [[1, 4], [2, NAN], [NAN, 3]],
            "pairwise",
            "alpha",
            "i0 and i1 were both answered by one respondent only",
        ),
        ([[1, 2, NAN], [2, NAN, 3], [NAN, 1, 2]], "complete", "alpha", "no respondent answered all 3 items"),
        (
            [[1, 2, 3], [2, NAN, 3], [NAN, 1, 2]],
            "complete",
            "alpha",
            "only 1 respondent answered all 3 items",
        ),
        ([[2, 2, 2]] * 5, "pairwise", "alpha", "no variance: every respondent gives the same answer"),
        ([[1, 2, 4], [1, 3, 5], [1, 1, 1], [1, 2, 2]], "pairwise", "omega_total", "no variance in i0"),
        (
            [[1, 3], [2, 2], [3, 1], [2, 2]],
            "pairwise",
            "alpha",
            "no variance of the sum: the items cancel each other",
        ),
        (RNG, "pairwise", "omega_hierarchical", "3 items cannot carry 3 group factors"),
    ],
)
def test_a_coefficient_that_does_not_exist_says_why(rows, missing, coefficient, reason):
    answers = long(rows, [f"i{n}" for n in range(len(rows[0]))])
    found = reliability(answers, coefficients=[coefficient], missing=missing, replicates=0)
    row = found.estimates.iloc[0]
    assert np.isnan(row["estimate"])
    assert row["reason"] == reason
    assert any(reason in note for note in found.meta["warnings"])
    assert found.sentence() == f"No reliability is defined: {reason}."


def test_a_coefficient_that_exists_has_no_reason(sample):
    found = reliability(sample, coefficients=ALL, replicates=0)
    assert found.estimates["reason"].tolist() == [""] * len(ALL)
    keys = keyed(("f", "q1", 1), ("f", "q2", 1), ("g", "q3", 1))
    names = dict(zip(sample["item"].unique(), ("q1", "q2", "q3", "x", "y", "z"), strict=True))
    two = reliability(
        sample.assign(item=sample["item"].map(names)), keys, coefficients=["alpha"], replicates=0
    )
    assert two.estimates["reason"].tolist() == ["", "one item: it needs two"]
