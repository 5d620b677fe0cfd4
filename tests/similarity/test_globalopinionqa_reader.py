"""Reading GlobalOpinionQA-type files, good and bad. All rows here are invented."""

import json

import pandas as pd
import pytest

from valuestats.base.errors import InputError, SpecificationError
from valuestats.ingest.surveys.answer_options import ordered_scale
from valuestats.ingest.surveys.globalopinionqa import (
    ModelAnswers,
    merge_people,
    question_id,
    read_cells,
    read_model_distributions,
    read_model_people,
    read_published_layout,
)

SCALE = ["Very good", "Somewhat good", "Somewhat bad", "Very bad", "DK/Refused"]


def cells_file(path, *rows):
    frame = pd.DataFrame(rows, columns=["source", "question", "country", "options", "dist"])
    frame.to_csv(path, index=False)
    return path


def cell(country="Chile", options=("Yes", "No"), dist=(0.4, 0.6), question="Tea?"):
    return ("invented", question, country, json.dumps(list(options)), json.dumps(list(dist)))


def model_file(path, *rows):
    columns = ["question", "country", "selections", "options", "llm_distribution", "model"]
    pd.DataFrame(rows, columns=columns).to_csv(path, index=False)
    return path


def answer(given, country="Chile", question="Tea,\n\nor not?", people="[0.5, 0.3, 0.2]"):
    return (question, country, people, "['Yes', \"Don't know\", 'No']", given, "m")


def test_cells_become_a_population(tmp_path):
    people = read_cells(
        cells_file(tmp_path / "c.csv", cell(), cell("Peru", SCALE, [0.2, 0.3, 0.3, 0.1, 0.1]))
    )
    assert people.groups == ["Chile", "Peru"]
    peru = people.frame[people.frame["group"] == "Peru"]
    assert peru["option"].tolist() == SCALE
    assert peru["ordered"].tolist() == [True] * 5
    assert peru["question"].iloc[0] == question_id("Tea?", tuple(SCALE))
    assert peru["source_row"].iloc[0] == 1
    assert people.frame["n"].isna().all()
    assert people.frame["question"].nunique() == 2


def test_white_space_does_not_make_another_question(tmp_path):
    people = read_cells(
        cells_file(
            tmp_path / "c.csv", cell(question="Tea, or not?"), cell("Peru", question="Tea,\n\nor  not?")
        )
    )
    assert len(set(people.frame["question"])) == 1
    assert people.frame["text"].unique().tolist() == ["Tea, or not?"]


@pytest.mark.parametrize(
    ("row", "message", "parameter"),
    [
        (("s", "q", "Chile", "[oops", "[1]"), "can't be read", "options"),
        (("s", "q", "Chile", '["a", "b"]', '{"a": 1}'), "can't be read", "dist"),
        (("s", "q", "Chile", '["a", "b"]', '[0.5, "x"]'), "something else", "dist"),
        (("s", "q", "Chile", '["a", "b"]', "[0.5, NaN]"), "something else", "dist"),
        (("s", "q", "Chile", '["a", "b"]', "[0.5, 0.3, 0.2]"), "different number", "options"),
        (("s", "q", "Chile", '["a", "b"]', "[0.5, 0.7]"), "add up to one", "share"),
        (("s", "q", "Chile", '["a", "b"]', "[1.5, -0.5]"), "may not stand there", "share"),
    ],
)
def test_bad_cells_are_refused_with_file_and_row(tmp_path, row, message, parameter):
    path = cells_file(tmp_path / "bad.csv", cell(), row)
    with pytest.raises(InputError, match=message) as caught:
        read_cells(path)
    assert caught.value.parameter == parameter
    assert caught.value.row == 1
    assert str(caught.value.file).endswith("bad.csv")


def test_files_that_are_no_tables_are_refused(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_cells(tmp_path / "absent.csv")
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(InputError, match="not a readable CSV"):
        read_cells(tmp_path / "empty.csv")
    (tmp_path / "latin.csv").write_bytes(b"question\n\xe9\n")
    with pytest.raises(InputError, match="UTF-8"):
        read_cells(tmp_path / "latin.csv")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="column is missing"):
        read_cells(tmp_path / "other.csv")


def published_file(path, *selections):
    rows = [("Tea?", s, "['Yes', 'No']", "GAS") for s in selections]
    pd.DataFrame(rows, columns=["question", "selections", "options", "source"]).to_csv(path, index=False)
    return path


def test_the_published_layout_is_a_repr_that_is_never_evaluated(tmp_path):
    written = "defaultdict(<class 'list'>, {'Chile': [0.4, 0.6], 'India (Old national sample)': [1.0, 0.0]})"
    people = read_published_layout(published_file(tmp_path / "p.csv", written, written))
    assert people.groups == ["Chile", "India (Old national sample)"]
    assert people.frame["question"].unique().tolist() == [
        question_id("Tea?", ("Yes", "No")),
        question_id("Tea?", ("Yes", "No")) + "-2",
    ]
    assert people.frame["source"].unique().tolist() == ["GAS"]


@pytest.mark.parametrize(
    "selections",
    [
        "",
        "defaultdict(<class 'list'>, )",
        "defaultdict(<class 'list'>, {'Chile': __import__('os').getcwd()})",
        "defaultdict(<class 'list'>, {'Chile': [0.4, 0.6)",
        "defaultdict(<class 'list'>, {'Chile', 'Peru'})",
        "{" * 300 + "}" * 300,
    ],
)
def test_malformed_selections_are_refused(tmp_path, selections):
    good = "defaultdict(<class 'list'>, {'Chile': [0.4, 0.6]})"
    with pytest.raises(InputError, match="selections can't be read") as caught:
        read_published_layout(published_file(tmp_path / "p.csv", good, selections))
    assert caught.value.row == 1


def test_published_shares_must_fit_their_options(tmp_path):
    written = "defaultdict(<class 'list'>, {'Chile': [0.4, 0.4, 0.2]})"
    with pytest.raises(InputError, match="different number"):
        read_published_layout(published_file(tmp_path / "p.csv", written))


def test_models_answers_that_are_no_distribution_count_as_asked(tmp_path):
    path = model_file(
        tmp_path / "m.csv",
        answer("[0.6, 0.1, 0.3]"),
        answer("[0.6, 0.4]", "Peru"),
        answer("[0.6, 0.4, 0.9]", "Japan"),
        answer("[]", "Nepal"),
        answer("[0.1, 0.2, 0.3, 0.4]", "Ghana"),
        answer("['a', 'b', 'c']", "Spain"),
    )
    answers = read_model_distributions(path)
    status = answers.frame.drop_duplicates("persona").set_index("persona")["status"]
    assert status.to_dict() == {
        "Chile": "valid",
        "Peru": "wrong_length",
        "Japan": "not_a_distribution",
        "Nepal": "wrong_length",
        "Ghana": "wrong_length",
        "Spain": "not_a_distribution",
    }
    sums = answers.frame.groupby("persona")["share"].sum()
    assert sums[sums > 0].to_dict() == {"Chile": 1.0}
    assert (answers.frame.groupby("persona").size() == 3).all()


def test_the_published_rule_fills_up_and_renormalises(tmp_path):
    path = model_file(tmp_path / "m.csv", answer("[0.6, 0.4]"), answer("[0.6, 0.4, 1.0]", "Peru"))
    answers = read_model_distributions(path, compat="published").frame.set_index("persona")
    assert answers.loc["Chile", "share"].tolist() == [0.6, 0.4, 0.0]
    assert answers.loc["Peru", "share"].tolist() == [0.3, 0.2, 0.5]
    with pytest.raises(SpecificationError):
        read_model_distributions(path, compat="other")


def test_people_beside_models_answers_must_agree(tmp_path):
    one = model_file(tmp_path / "1.csv", answer("[0.6, 0.4, 0.0]"))
    two = model_file(tmp_path / "2.csv", answer("[1, 0, 0]"), answer("[1, 0, 0]", "Peru"))
    assert read_model_people([one, two]).groups == ["Chile", "Peru"]
    other = model_file(tmp_path / "3.csv", answer("[1, 0, 0]", people="[0.1, 0.1, 0.8]"))
    with pytest.raises(InputError, match="disagree") as caught:
        read_model_people([one, other])
    assert caught.value.file == "3.csv"
    assert merge_people(read_model_people(one), read_model_people(one)).groups == ["Chile"]


def test_personas_belong_to_the_key_of_models_answers():
    frame = pd.DataFrame({"group": "m", "question": "q", "option": ["a", "b"], "position": [0, 1]})
    frame = pd.concat([frame.assign(persona=p, share=[0.5, 0.5]) for p in ("Chile", None)])
    assert len(ModelAnswers(frame)) == 4
    assert ModelAnswers(frame).frame["persona"].isna().sum() == 2
    assert ModelAnswers(ModelAnswers(frame).frame).frame.equals(ModelAnswers(frame).frame)
    with pytest.raises(InputError, match="same key"):
        ModelAnswers(pd.concat([frame, frame]))
    with pytest.raises(InputError, match="add up to one"):
        ModelAnswers(frame.assign(share=0.9))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["Yes", "No"], True),
        ([*SCALE], True),
        (["very good", "SOMEWHAT GOOD", "Somewhat bad", "Very bad"], True),
        (["Never justifiable", "2", "3", "4", "Always justifiable", "No answer"], True),
        (["Not important", "1.0", "Very important", "2.0", "3.0"], None),
        (["Very good", "Somewhat bad", "Somewhat good", "Very bad"], None),
        (["Good", "Bad", "Neither"], None),
        (["Red", "Green", "Blue", "Black"], None),
        (["1", "2", "3", "4"], None),
        (["Don't know"], None),
        ([], None),
    ],
)
def test_which_options_form_an_ordered_scale(options, expected):
    assert ordered_scale(options) is expected
