"""Labels that are one however they are written, blanks that are none, and labels that one side never gives."""

import numpy as np
import pandas as pd
import pytest

from valuestats import judged_means, judged_shares
from valuestats.base.errors import InputError, SpecificationError

rng = np.random.default_rng(3)
TRUE = rng.random(400) < 0.6
HEARD = np.where(rng.random(400) < 0.9, TRUE, ~TRUE)
CLEAN = pd.DataFrame(
    {
        "item": np.arange(400),
        "system": np.where(np.arange(400) % 2, "s1", "s2"),
        "judge": np.where(HEARD, "yes", "no"),
        "label": np.where(np.arange(400) < 120, np.where(TRUE, "yes", "no"), None),
    }
)


def shares(frame, **more):
    return judged_shares(frame, by="system", draws=100, **more)


def same(frame):
    columns = ["estimate", "std_error", "lower", "upper"]
    found = shares(frame).estimates[columns].to_numpy()
    np.testing.assert_allclose(found, shares(CLEAN).estimates[columns].to_numpy())
    return shares(frame)


def test_case_and_blanks_make_no_other_label():
    third = CLEAN.index % 3 == 0
    odd = same(CLEAN.assign(judge=CLEAN["judge"].str.title().where(third, CLEAN["judge"] + " ")))
    assert any("taken as one" in text for text in odd.meta["warnings"])
    assert odd.meta["specification"]["labels"] == ["no", "yes"]


def test_blanks_are_null():
    assert same(CLEAN.assign(label=CLEAN["label"].fillna("  "))).meta["warnings"] == []
    numbers = CLEAN.assign(judge=1.0 * HEARD, label=pd.Series(TRUE * 1.0).where(CLEAN["label"].notna()))
    blank = numbers.assign(label=numbers["label"].astype(object).where(numbers["label"].notna(), ""))
    one, two = (judged_means(f, by="system", draws=50).estimates["estimate"] for f in (numbers, blank))
    assert one.tolist() == two.tolist()


@pytest.mark.parametrize(
    ("yes", "no", "names"), [(True, False, ["False", "True"]), (1, 0, ["0", "1"]), (1.0, 0.0, ["0", "1"])]
)
@pytest.mark.parametrize("people", [{"yes": True, "no": False}, {"yes": 1, "no": 0}, {"yes": "1", "no": "0"}])
def test_booleans_and_numbers_are_written_as_people_do(yes, no, names, people):
    found = same(
        CLEAN.assign(judge=CLEAN["judge"].map({"yes": yes, "no": no}), label=CLEAN["label"].map(people))
    )
    assert found.meta["specification"]["labels"] == names


def test_a_label_that_one_side_never_gives_speaks_against_the_estimates():
    assert not any(r.sign == "care" for r in shares(CLEAN, estimators=["labelled"]).verdict.reasons)
    odd = shares(CLEAN.assign(label=CLEAN["label"].where(CLEAN.index % 20 != 0, "unsure")))
    text = "a label of one side only: the judge never gives 'unsure', which people give to 20 items"
    assert any(r.text == text and r.sign == "care" for r in odd.verdict.reasons)
    other = shares(CLEAN.assign(judge=CLEAN["judge"].where(CLEAN.index % 20 != 0, "maybe")))
    assert any("people never give" in r.text and r.sign == "care" for r in other.verdict.reasons)


def test_declared_labels_and_groups():
    found = shares(CLEAN, labels=["Yes", "No"])
    assert found.meta["specification"]["labels"] == ["Yes", "No"]
    with pytest.raises(InputError, match="not declared"):
        shares(CLEAN.assign(judge="maybe"), labels=["yes", "no"])
    two = CLEAN.assign(system=CLEAN["system"].where(CLEAN.index % 3 != 0, "S1"))
    assert any("'S1' and 's1'" in r.text and r.sign == "care" for r in shares(two).verdict.reasons)
    with pytest.raises(SpecificationError, match="no such column"):
        judged_shares(CLEAN, by="model")
    with pytest.raises(SpecificationError, match="system is null in some rows"):
        shares(CLEAN.assign(system=CLEAN["system"].where(CLEAN.index > 4)))


def test_a_missing_column_is_renamed_and_not_mapped_by_an_argument_that_no_verb_has():
    with pytest.raises(InputError) as caught:
        judged_shares(CLEAN.rename(columns={"judge": "llm_judge"}))
    assert "frame.rename(columns={'your name': 'judge'})" in str(caught.value)
