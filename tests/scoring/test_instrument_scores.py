"""Scores on instruments: psych and base R on real people, hand-made cases, what is refused and what is said."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from valuestats import instrument_keys
from valuestats.base.errors import InputError, SpecificationError
from valuestats.consistency.scales import reliability
from valuestats.instruments import load_instrument
from valuestats.results.result import Result
from valuestats.scoring.instrument import respondent_scores
from valuestats.scoring.instrument_plan import looks_reversed
from valuestats.scoring.scores import score
from valuestats.tables import Responses

EXPECTED = pd.read_csv(Path(__file__).parents[1] / "r" / "instrument_scores.csv", comment="#").set_index(
    ["data", "dimension", "quantity"]
)["value"]


def prepared(name):
    root = os.environ.get("VALUESTATS_LOCAL")
    path = Path(root) / name if root else None
    if path is None or not path.exists():
        pytest.skip(f"{name} is not at hand (VALUESTATS_LOCAL)")
    return pd.read_csv(path)


def long(wide, columns):
    frame = wide.rename_axis("respondent").reset_index()
    return frame.melt("respondent", columns, var_name="item", value_name="rating")


@pytest.fixture(scope="module")
def pvq40():
    wide = prepared("human_values/smacof_PVQ40_raw.csv")
    columns = list(wide.columns[1:41])
    return long(wide, columns), {c: str(k + 1) for k, c in enumerate(columns)}


@pytest.fixture(scope="module")
def bfi():
    wide = prepared("psychometrics/psychTools_bfi.csv")
    return long(wide, [c for c in wide.columns if c[0] in "ACENO" and c[1:].isdigit()])


def answers(*rows):
    return pd.DataFrame(rows, columns=["respondent", "item", "rating"])


def test_bfi_is_psych_scoreitems_and_alpha(bfi):
    table = respondent_scores(bfi, "bfi25", min_share=0.0)
    keyed = load_instrument("bfi25").keys().assign(sign=lambda k: np.where(k["reversed"], -1, 1))
    alpha = reliability(bfi, keyed, coefficients=["alpha"], replicates=0).estimates.set_index("scale")[
        "estimate"
    ]
    for trait, scores in table.groupby("dimension")["raw"]:
        assert scores.mean() == pytest.approx(EXPECTED["bfi", trait, "mean"], abs=1e-9)
        assert scores.std() == pytest.approx(EXPECTED["bfi", trait, "sd"], abs=1e-9)
        assert alpha[trait] == pytest.approx(EXPECTED["bfi", trait, "alpha"], abs=1e-9)


def test_pvq40_of_people_against_r(pvq40):
    frame, items = pvq40
    found = score(frame, "pvq40", items=items, direction="descending", min_share=0, seed=1)
    table = found.estimates.set_index("dimension")
    for value, row in table.iterrows():
        assert row["raw_mean"] == pytest.approx(EXPECTED["pvq40", value, "raw"], abs=1e-10)
        assert row["estimate"] == row["centred_mean"]
        assert row["estimate"] == pytest.approx(EXPECTED["pvq40", value, "centred"], abs=1e-10)
        assert row["std_error"] == pytest.approx(EXPECTED["pvq40", value, "se"], rel=0.06)
    assert "11 answers with codes off the scale 1-6 (0;" in found.meta["warnings"][0]
    assert (
        found.estimates["n_asked"].sum() - found.estimates["n_scored"].sum() == 11 + 6
    )  # zeros and empty cells
    for weighting, name in (("values", "by_values"), ("items", "by_items")):
        higher = score(
            frame, "pvq40", family="higher_pvq", weighting=weighting, items=items, direction="descending",
            min_share=0, replicates=0,
        ).estimates.set_index("dimension")  # fmt: skip
        assert higher.loc["Conservation", "estimate"] == pytest.approx(
            EXPECTED["pvq40", "Conservation", name], abs=1e-10
        )
        assert set(higher["weighting"]) == {weighting}


def test_a_scale_that_runs_the_other_way_is_found(pvq40):
    frame, items = pvq40
    asis = score(frame, "pvq40", items=items, replicates=0).meta["warnings"]
    assert any("usual order" in note and "direction=" in note for note in asis)
    turned = score(frame, "pvq40", items=items, direction="descending", replicates=0)
    assert not any("usual order" in note for note in turned.meta["warnings"])
    gss = prepared("human_values/gss2012_pvq21.csv")
    names = {c: str(k + 1) for k, c in enumerate(gss.columns)}
    right = score(long(gss, list(names)), "pvq21", items=names, replicates=0)
    assert not any("usual order" in note for note in right.meta["warnings"])
    assert right.estimates.set_index("dimension")["estimate"].idxmax() == "Benevolence"


def test_looks_reversed_needs_three_known_dimensions():
    assert np.isnan(looks_reversed({"a": 1.0, "b": float("nan")}, ["a", "b", "c"]))


def test_partial_answers_and_reversed_items_by_hand():
    frame = answers(
        ("p", "A1", 6), ("p", "A2", 2), ("p", "A3", None), ("p", "A4", 4), ("p", "C1", 5), ("p", "C2", None)
    )
    row = respondent_scores(frame, "bfi25").set_index("dimension")
    assert row.loc["Agreeableness", "raw"] == pytest.approx((1 + 2 + 4) / 3)
    mean = (6 + 2 + 4 + 5) / 4
    assert row.loc["Agreeableness", "mean_rating"] == mean
    assert row.loc["Agreeableness", "centred"] == pytest.approx((-(6 - mean) + (2 - mean) + (4 - mean)) / 3)
    assert np.isnan(row.loc["Conscientiousness", "raw"])  # one of five is below a half
    assert (
        respondent_scores(frame, "bfi25", min_share=0.2)
        .set_index("dimension")
        .loc["Conscientiousness", "raw"]
        == 5
    )


def test_groups_weights_and_clusters():
    rng = np.random.default_rng(3)
    wide = pd.DataFrame(rng.integers(1, 7, (60, 21)), columns=[str(i) for i in range(1, 22)]).astype(float)
    frame = long(wide, list(wide.columns))
    frame["sex"] = np.where(frame["respondent"] < 30, "f", "m")
    frame["weight"] = np.where(frame["respondent"] % 2, 2.0, 0.0)
    found = score(frame, "pvq21", by="sex", seed=1)
    half = score(frame[frame["weight"] > 0].drop(columns="weight"), "pvq21", by="sex", replicates=0)
    assert found.estimates["estimate"].tolist() == pytest.approx(half.estimates["estimate"].tolist())
    assert not any("unweighted" in w for w in found.meta["warnings"])
    assert {"f", "m"} == set(found.estimates["sex"])
    assert len(found.contrast("sex", "f", "m")) == 10
    frame["cluster"] = frame["respondent"] // 15
    assert set(score(frame, "pvq21", by="sex", seed=1).estimates["n_units"]) == {2}
    with pytest.raises(SpecificationError, match="two values"):
        score(frame.assign(sex=range(len(frame))), "pvq21", by="sex")
    with pytest.raises(SpecificationError, match="no such column"):
        score(frame, "pvq21", by="age")


def responses(model_means):
    rows = [
        {"model": m, "item": str(j + 1), "epoch": e + 1, "raw": str(code), "answer": code, "status": "valid"}
        for m, codes in model_means.items()
        for j, code in enumerate(codes)
        for e in range(2)
    ]
    frame = pd.DataFrame(rows).assign(source_file="f", source_sha256="0", source_row=range(len(rows)))
    return Responses(frame)


def test_models_are_scored_over_items(tmp_path):
    rng = np.random.default_rng(5)
    codes = rng.integers(1, 7, (3, 40))
    found = score(responses({f"m{k}": row for k, row in enumerate(codes)}), "pvq40", seed=2)
    people = long(pd.DataFrame(codes, columns=[str(i) for i in range(1, 41)]), [str(i) for i in range(1, 41)])
    expected = respondent_scores(people, "pvq40")
    assert found.estimates["estimate"].tolist() == pytest.approx(expected["centred"].tolist())
    assert found.keys == ("model", "dimension")
    power = found.estimates.query("dimension == 'Power'")
    assert (power["n_units"] == 3).all()
    assert (power["n_scored"] == 6).all()
    few = found.estimates["n_units"] < 4
    assert few.any()
    assert found.estimates.loc[few, ["lower", "upper"]].isna().all().all()
    assert (found.estimates["lower"] < found.estimates["estimate"])[~few].all()
    assert any("rest on fewer than 4 items: no interval" in w for w in found.meta["warnings"])
    assert Result.load(found.save(tmp_path / "r")).estimates.equals(found.estimates)
    with pytest.raises(SpecificationError, match="under what they answered"):
        score(responses({"m": codes[0]}), "pvq40", by="model")


def test_all_equal_answers_give_no_spread_and_no_error():
    found = score(responses({"m": [4] * 21}), "pvq21", seed=1).estimates
    assert (found["estimate"] == 0).all()
    assert (found["std_error"] == 0).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"family": "mft"}, "no such family"),
        ({"weighting": "values"}, "no such weighting"),
        ({"min_share": 2}, "impossible min_share"),
        ({"direction": "up"}, "no such direction"),
        ({"form": "z"}, "no such form"),
        ({"items": {"x": "1"}}, "none of the items"),
    ],
)
def test_refusals(options, message):
    frame = answers(("p", "1", 3), ("q", "1", 4))
    with pytest.raises(SpecificationError, match=message):
        score(frame, "pvq21", **options)


def test_an_answer_twice_is_an_input_error():
    with pytest.raises(InputError, match="two rows have the same key"):
        score(answers(("p", "1", 3), ("p", "1", 4)), "pvq21")


def test_models_whose_values_stand_upside_down_are_said_and_others_are_not():
    values = load_instrument("pvq21")
    rng = np.random.default_rng(5)
    place = {name: k for k, name in enumerate(values.usual_order["pvq"])}
    of = instrument_keys(values).query("family == 'pvq'").set_index("item")["dimension"].to_dict()
    rows = [
        (model, item, run, int(np.clip(round(5.5 - 0.4 * place[value] + rng.normal(0, 0.5)), 1, 6)))
        for model in ("m", "n")
        for item, value in of.items()
        for run in (1, 2, 3)
    ]
    frame = pd.DataFrame(rows, columns=["model", "item", "epoch", "answer"]).assign(status="valid")
    right, wrong = (
        score(Responses(frame), "pvq21", direction=way, replicates=0) for way in ("ascending", "descending")
    )
    assert right.meta["against_usual"] is None
    assert "turned" not in {r.aspect for r in right.verdict.reasons}
    (reason,) = [r for r in wrong.verdict.reasons if r.aspect == "turned"]
    assert reason.sign == "care"
    assert any(
        note.startswith("these models order the dimensions against") for note in wrong.meta["warnings"]
    )
