"""Surveys in files: codes kept and classified, designs checked, one clear error for a damaged file."""

import gzip

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from valuestats.base.errors import InputError, SpecificationError
from valuestats.ingest import read_survey
from valuestats.ingest.surveys.missing_codes import label_class, missing_rules
from valuestats.tables import Survey, SurveyDesign, Variable

LABELS = {1: "Very much like me", 2: "Like me", 6: "Not like me at all", 77: "Refusal", 88: "Don't know"}


@pytest.fixture
def sav(tmp_path):
    frame = pd.DataFrame(
        {
            "imp": [1.0, 2, 6, 77, 88, 99, 7, np.nan],
            "trust": [0.0, 10, 5, -1, -2, -4, 3, 4],
            "land": ["DE", "DE", "FR", "", "FR", "FR", "DE", "é"],
            "w": [1.0, 0.5, 2, 1, 1, 1, 0, 1],
        }
    )
    path = tmp_path / "wave.sav"
    pyreadstat.write_sav(
        frame,
        path,
        column_labels={"imp": "Important to be rich"},
        variable_value_labels={"imp": LABELS, "trust": {0: "None", 10: "Complete"}},
        missing_ranges={"imp": [77, 99], "trust": [{"lo": -5, "hi": -1}]},
    )
    return path


def classes(survey, name):
    return survey.status(name).tolist()


def test_spss_codes_stay_and_are_classified(sav):
    survey = read_survey(sav, design={"weight": "w"})
    assert survey.frame["imp"].tolist()[:7] == [1, 2, 6, 77, 88, 99, 7]
    assert classes(survey, "imp") == [*["valid"] * 3, "refused", "dont_know", "other", "valid", "no_value"]
    assert classes(survey, "trust") == [*["valid"] * 3, "dont_know", "no_answer", "not_asked", *["valid"] * 2]
    assert survey.variable("imp").label == "Important to be rich"
    assert survey.variable("trust").ranges == ((-5.0, -1.0),)
    assert survey.variable("imp").direction == "descending"
    assert survey.variable("trust").direction is None
    assert list(survey.variable("imp").options) == [1, 2, 6]
    assert classes(survey, "land")[3] == "no_value"


def test_what_does_not_fit_is_found_by_name(sav):
    found = read_survey(sav).findings.set_index("kind")
    assert found.loc["code without a label, outside of the scale", ["variable", "found", "n"]].tolist() == [
        "imp",
        "7, scale 1 to 6",
        1,
    ]
    assert found.loc["missing by its label, not by the file", "found"] == "88: Don't know"


def test_the_user_has_the_last_word_and_misspelt_names_are_told(sav):
    survey = read_survey(sav, missing={"imp": {7: "refused", 88: "valid"}})
    assert classes(survey, "imp")[4:7] == ["valid", "other", "refused"]
    with pytest.raises(SpecificationError, match="file doesn't have"):
        read_survey(sav, missing={"impp": {7: "refused"}})
    with pytest.raises(SpecificationError, match="not a declaration"):
        read_survey(sav, missing={"imp": {7: "away"}})
    with pytest.raises(SpecificationError, match="unknown convention"):
        read_survey(sav, missing="gss")


def test_the_repeated_digits_of_the_ess(sav):
    survey = read_survey(sav, missing="ess")
    assert classes(survey, "imp")[5:7] == ["no_answer", "refused"]  # 99 and 7 lie above the labelled 6
    assert classes(survey, "trust")[1] == "valid"  # 10 is no repeated digit


def test_stata_letters_stay_and_labels_go_before_the_convention(tmp_path):
    frame = pd.DataFrame({"q": [1.0, 2.0, "a", "b", None], "plain": ["a", "b", "c", "", "e"]})
    path = tmp_path / "wave.dta"
    pyreadstat.write_dta(
        frame,
        path,
        variable_value_labels={"q": {1: "yes", 2: "no", "a": "Refusal"}},
        missing_user_values={"q": ["a", "b"]},
    )
    survey = read_survey(path)
    assert survey.frame["q"].tolist()[:4] == [1.0, 2.0, ".a", ".b"]
    assert classes(survey, "q") == ["valid", "valid", "refused", "no_answer", "no_value"]
    assert classes(survey, "plain") == ["valid", "valid", "valid", "no_value", "valid"]
    assert survey.variable("q").labels[".a"] == "Refusal"
    assert classes(read_survey(path, missing="ess"), "q")[3] == "refused"


def test_a_csv_with_declared_labels_and_texts_among_numbers(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("id,q,age,word\n1,1,20,a\n2,NA,-1,b\n3,9,30,NA\n4,,888,\n5,5,41,d\n")
    survey = read_survey(path, labels={"q": {1: "no", 4: "yes", 9: "Weiß nicht"}})
    assert survey.frame["q"].tolist()[1] == "NA"
    assert classes(survey, "q") == ["valid", "no_value", "dont_know", "no_value", "valid"]
    assert classes(survey, "word") == ["valid"] * 3 + ["no_value", "valid"]  # "NA" among words is a word
    found = survey.findings.groupby("kind")["found"].apply(list)
    assert found["code without a label, outside of the scale"] == ["5, scale 1 to 4"]
    assert sorted(found["unlabelled code that may be missing"]) == ["-1", "888"]
    declared = read_survey(path, missing={"convention": "wvs", "age": {888: "no_answer"}})
    assert classes(declared, "age") == ["valid", "dont_know", "valid", "no_answer", "valid"]


def test_labels_from_a_yaml_file_by_pattern(tmp_path):
    (tmp_path / "p.csv").write_text("val1,val2\n1,2\n2,1\n")
    book = tmp_path / "labels.yml"
    book.write_text('"val*":\n  1: "no"\n  2: "yes"\n')
    survey = read_survey(tmp_path / "p.csv", labels=book)
    assert survey.labelled("val2").tolist() == ["yes", "no"]
    with pytest.raises(SpecificationError, match="doesn't have"):
        read_survey(tmp_path / "p.csv", labels={"vla*": {1: "no"}})


def test_some_columns_and_compressed_files(sav, tmp_path):
    packed = tmp_path / "wave.sav.gz"
    packed.write_bytes(gzip.compress(sav.read_bytes()))
    survey = read_survey(packed, variables=["imp"], design={"weight": "w"})
    assert list(survey.frame.columns) == ["imp", "w"]
    with pytest.raises(InputError, match="no such variable"):
        read_survey(sav, variables=["imppp"])


@pytest.mark.parametrize("keep", [-30, 300, 5])
def test_a_file_that_was_cut_off(sav, tmp_path, keep):
    cut = tmp_path / "cut.sav"
    cut.write_bytes(sav.read_bytes()[:keep])
    with pytest.raises(InputError, match="ends early"):
        read_survey(cut)


@pytest.mark.parametrize("name", ["a.sav", "a.dta"])
def test_a_file_of_another_kind_an_empty_one_and_none(tmp_path, name):
    path = tmp_path / name
    with pytest.raises(InputError, match="no such file"):
        read_survey(path)
    path.write_bytes(b"")
    with pytest.raises(InputError, match="empty"):
        read_survey(path)
    path.write_bytes(b"id,q\n1,2\n")
    with pytest.raises(InputError, match="whatever its name says"):
        read_survey(path)
    other = tmp_path / "a.docx"
    other.write_bytes(b"PK")
    with pytest.raises(InputError, match="no survey can be read"):
        read_survey(other)


def test_wrong_and_unknown_encodings(tmp_path):
    path = tmp_path / "latin.sav"
    pyreadstat.write_sav(pd.DataFrame({"s": ["éa", "x"], "c": [1.0, 2.0]}), path)
    path.write_bytes(path.read_bytes().replace("éa".encode(), b"\xe9a "))
    with pytest.raises(InputError, match="another encoding") as error:
        read_survey(path)
    assert "latin1" in str(error.value)
    assert read_survey(path, encoding="latin1").frame["s"].tolist()[0].strip() == "éa"
    with pytest.raises(InputError, match="unknown encoding"):
        read_survey(path, encoding="klingon")
    table = tmp_path / "latin.csv"
    table.write_bytes("q\né\n".encode("latin1"))
    with pytest.raises(InputError, match="not UTF-8"):
        read_survey(table, encoding="utf-8")
    assert read_survey(table).findings["kind"].tolist() == ["encoding guessed"]


@pytest.mark.parametrize(
    ("weights", "told"),
    [
        ([1, None, 2], "1 without a number, 0 negative"),
        ([1, -2, 2], "0 without a number, 1 negative"),
        ([0, 0, 0], "zero"),
        ([1, np.inf, 1], "1 without a number"),
    ],
)
def test_weights_that_cannot_be(weights, told):
    with pytest.raises(InputError) as error:
        Survey(pd.DataFrame({"w": weights}), design=SurveyDesign("w"))
    assert told in str(error.value)


def test_a_design_that_cannot_be():
    frame = pd.DataFrame({"w": [1.0, 2.0], "psu": [1.0, np.nan]})
    with pytest.raises(InputError, match="near to it") as error:
        Survey(frame, design=SurveyDesign(cluster="psuu"))
    assert "psu" in str(error.value)
    with pytest.raises(InputError, match="a respondent has no cluster"):
        Survey(frame, design=SurveyDesign(cluster="psu"))
    with pytest.raises(SpecificationError, match="unknown part"):
        SurveyDesign.of({"fpc": "N"})
    with pytest.raises(InputError, match="no respondents"):
        Survey(frame.iloc[:0])
    with pytest.raises(SpecificationError, match="unknown class"):
        Variable("q", missing={1.0: "gone"})


def test_long_form_holds_every_cell(sav):
    survey = read_survey(sav, design={"weight": "w"})
    long = survey.to_long(["imp", "trust"], by=["land"])
    assert len(long) == 16
    assert long.columns.tolist() == ["respondent", "item", "code", "label", "status", "weight", "land"]
    row = long[(long["item"] == "imp") & (long["respondent"] == 3)].iloc[0]
    assert (row["code"], row["label"], row["status"], row["weight"]) == (77.0, "Refusal", "refused", 1.0)
    assert pd.isna(row["land"])
    with pytest.raises(InputError, match="stands twice"):
        survey.to_long(["imp"], respondent="w")
    with pytest.raises(SpecificationError, match="no variables"):
        survey.to_long([])


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("DK", "dont_know"),
        ("No sabe", "dont_know"),
        ("Keine Angabe", "no_answer"),
        ("Pas de réponse", "no_answer"),
        ("不知道", "dont_know"),
        ("Затрудняюсь ответить", "dont_know"),
        ("PREFER NOT TO SAY", "refused"),
        ("Trifft nicht zu", "not_applicable"),
        ("IAP", "not_applicable"),
        ("Missing; Unknown", "other"),
        ("Don't know / No answer", "dont_know"),
        ("No", None),
        ("Neither agree nor disagree", None),
        ("Refuse to help others", None),
        ("", None),
    ],
)
def test_labels_in_several_languages(label, kind):
    assert label_class(label) == kind


def test_no_label_stands_for_two_classes():
    from importlib.resources import files

    import yaml

    content = yaml.safe_load(
        files("valuestats.ingest.surveys").joinpath("missing_codes.yml").read_text("utf-8")
    )
    texts = [str(t).casefold() for group in content["labels"].values() for t in group]
    assert len(texts) == len(set(texts))
    rules = missing_rules()
    assert not rules.high & rules.low
