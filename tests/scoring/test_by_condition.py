"""Scores of a model under each condition, what is compared within a model, and what is said where conditions are pooled."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from valuestats import Responses, instrument_keys, paired_contrast, score
from valuestats.base.errors import SpecificationError


def table(missing=0.0, seed=0, personas=(None, "sage")):
    rng = np.random.default_rng(seed)
    rows = []
    for model in ("a", "b"):
        for item in range(1, 22):
            level = rng.normal(3.5, 0.6)
            for persona in personas:
                for epoch in (1, 2):
                    lost = rng.random() < missing
                    code = int(
                        np.clip(np.round(level + (persona == "sage") * 0.8 + rng.normal(0, 0.6)), 1, 6)
                    )
                    rows.append((model, str(item), persona, epoch, pd.NA if lost else code))
    frame = pd.DataFrame(rows, columns=["model", "item", "persona", "epoch", "answer"])
    frame["answer"] = frame["answer"].astype("Int64")
    frame["status"] = np.where(frame["answer"].isna(), "refusal", "valid")
    return Responses(frame.assign(raw="x", source_file="f", source_sha256="0", source_row=range(len(frame))))


def keys():
    rows = [(str(k), "own", "low" if k < 11 else "high", 1) for k in range(1, 22)]
    return pd.DataFrame(rows, columns=["item", "family", "dimension", "sign"])


def test_pooled_conditions_are_said():
    found = score(table(), keys(), seed=1)
    assert "the personas none and sage are pooled in one mean" in found.sentence()
    note = (
        "answers of 2 personas are pooled in one mean (none and sage); score(by='persona') keeps them apart"
    )
    assert note in found.meta["warnings"]
    alone = score(table(personas=("sage",)), keys(), seed=1)
    assert "pooled" not in alone.sentence()
    assert not [w for w in alone.meta["warnings"] if "pooled" in w]
    apart = score(table(), keys(), by="persona", seed=1)
    assert "pooled" not in apart.sentence()
    official = score(table(), "pvq21", seed=1)
    assert "the personas none and sage are pooled in one mean" in official.sentence()
    assert note in official.meta["warnings"]


def test_scores_by_condition_are_those_of_the_parts():
    responses = table()
    found = score(responses, keys(), by="persona", seed=1)
    assert found.keys == ("model", "dimension", "persona")
    frame = found.estimates.set_index(["model", "dimension", "persona"])["estimate"]
    for level, mask in (
        ("sage", responses.frame["persona"].notna()),
        ("none", responses.frame["persona"].isna()),
    ):
        part = score(Responses(responses.frame[mask]), keys(), seed=1).estimates
        for row in part.itertuples():
            assert frame[row.model, row.dimension, level] == pytest.approx(row.estimate, abs=1e-12)


def test_within_a_model_conditions_are_compared_on_the_same_items():
    """Raw scores: the contrast is Student's interval of the items' differences, and that of the paired contrast."""
    responses = table(seed=4)
    found = score(
        responses, "pvq21", by="persona", form="raw", family="higher_pvq", weighting="items", seed=1
    )
    keyed = instrument_keys("pvq21")
    keyed = keyed[(keyed["family"] == "higher_pvq") & (keyed["dimension"] == "Self_Transcendence")]
    frame = responses.frame.assign(
        answer=responses.frame["answer"].astype(float), persona=responses.frame["persona"].fillna("none")
    )
    frame = frame[frame["item"].isin(set(keyed["item"]))]
    rows = found.contrasts("persona")
    rows = rows[rows["dimension"] == "Self_Transcendence"].set_index("model")
    for model in ("a", "b"):
        own = frame[frame["model"] == model].groupby(["item", "persona"])["answer"].mean().unstack()
        d = own["none"] - own["sage"]
        low, high = stats.ttest_1samp(d, 0).confidence_interval(0.95)
        row = rows.loc[model]
        assert (row["estimate"], row["std_error"]) == pytest.approx((d.mean(), stats.sem(d)), abs=1e-9)
        assert (row["lower"], row["upper"]) == pytest.approx((low, high), abs=1e-9)
        part = frame[frame["model"] == model].rename(columns={"persona": "condition"})
        paired = paired_contrast(part.assign(value=part["answer"]), against="sage").estimates.iloc[0]
        assert (paired["lower"], paired["upper"]) == pytest.approx((row["lower"], row["upper"]), abs=1e-9)


def test_what_it_says_and_draws():
    found = score(table(missing=0.3), keys(), by="persona", seed=1)
    said = found.sentence()
    assert (
        "2 models under 2 personas (none and sage): the largest difference within a model is that of" in said
    )
    assert "4 pairs of personas within a model differ by intervals that hold each by itself" in said
    assert "many answers not scored" in found.verdict.sentence()
    for chart in (found.plot(), found.table()):
        assert chart is not None


def test_a_model_that_lacks_a_condition_is_not_compared():
    frame = table().frame
    frame = frame[~((frame["model"] == "b") & frame["persona"].notna())]
    found = score(Responses(frame), keys(), by="persona", seed=1)
    assert len(found.estimates) == 6
    pairs = found.contrasts("persona").set_index("model")
    assert pairs.loc["b", "estimate"].isna().all()
    assert pairs.loc["b", "differs"].isna().all()
    assert "of 2 pairs of personas" in found.sentence()


def test_one_condition_and_no_such_column():
    one = score(table(personas=("sage",)), keys(), by="persona", seed=1)
    assert one.sentence().startswith("Scores of 2 models under 1 persona (sage);")
    with pytest.raises(SpecificationError, match="under what they answered") as caught:
        score(table(), keys(), by="mood")
    assert "persona" in str(caught.value)
    with pytest.raises(SpecificationError, match="under what they answered"):
        score(table(), "pvq21", by="item")


def test_a_verdict_says_what_speaks_against_most_rows():
    frame = table().frame.copy()
    lost = (frame["model"] == "a") & (frame["epoch"] == 2)
    frame.loc[lost, "answer"], frame.loc[lost, "status"] = pd.NA, "refusal"
    half = score(Responses(frame), keys(), seed=1)
    assert (
        "many answers not scored" not in half.verdict.sentence()
    )  # one of two models: half of the rows, not most
    more = pd.concat([frame, frame[frame["model"] == "a"].assign(model="c")], ignore_index=True)
    assert (
        "many answers not scored (2 of 3 models)" in score(Responses(more), keys(), seed=1).verdict.sentence()
    )
