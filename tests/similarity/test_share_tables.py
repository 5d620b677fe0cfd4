"""Shares of people as tables have them: a column for each option, percent, other names, decimal commas."""

import pytest

from valuestats import read_people
from valuestats.base.errors import InputError, SpecificationError

EXPECTED = [("Chile", "q1", "no", 2.0, 0.595), ("Chile", "q1", "yes", 1.0, 0.405)]


def put(folder, text, name="people.csv"):
    file = folder / name
    file.write_text(text)
    return file


def rows(population):
    frame = population.frame[["group", "question", "option", "position", "share"]]
    return [(*row[:4], round(row[4], 6)) for row in sorted(frame.itertuples(index=False, name=None))]


@pytest.mark.parametrize(
    "text",
    [
        "country,question,n,yes,no\nChile,q1,1000,40.5,59.5\n",
        "group,item,yes,no\nChile,q1,0.405,0.595\n",
        "country;question;n;yes;no\nChile;q1;1000;40,5;59,5\n",
        "country,question,option,percent\nChile,q1,yes,40.5\nChile,q1,no,59.5\n",
        "group,question,option,position,share\nChile,q1,yes,1,.405\nChile,q1,no,2,.595\n",
    ],
)
def test_tables_of_any_of_these_shapes_are_the_same_shares(tmp_path, text):
    assert rows(read_people(put(tmp_path, text))) == EXPECTED


def test_columns_by_other_names_and_rows_of_files(tmp_path):
    file = put(tmp_path, "land,frage,antwort,anteil\nChile,q1,yes,40.5\nChile,q1,no,59.5\n")
    named = {"group": "land", "question": "frage", "option": "antwort", "share": "anteil"}
    found = read_people(file, columns=named)
    assert rows(found) == EXPECTED
    assert found.frame["source_row"].tolist() == [0, 1]


def test_an_option_that_a_question_lacks_is_no_option_of_it(tmp_path):
    file = put(tmp_path, "country,question,yes,no,perhaps\nChile,q1,40,60,\nChile,q2,20,30,50\n")
    assert read_people(file).frame.groupby("question")["option"].nunique().to_dict() == {"q1": 2, "q2": 3}


@pytest.mark.parametrize(
    ("text", "columns", "said"),
    [
        ("country,question,yes,no\nChile,q1,40,forty\nChile,q2,1,2\n", None, "no shares"),
        ("country,question,option,share\nChile,q1,yes,40%\n", None, "not a number"),
        ("question,yes,no\nq1,40,60\n", None, "a column is missing"),
        ("country,question,yes,no\nChile,q1,40,50\n", None, "do not add up"),
        ("country,question,share\nChile,q1,.5\n", None, "a column is missing"),
        ("country,question,yes,no\nChile,q1,40,60\n", {"group": "land"}, "a column is missing"),
    ],
)
def test_what_can_not_be_read_is_one_error_with_its_file(tmp_path, text, columns, said):
    with pytest.raises(InputError, match=said) as caught:
        read_people(put(tmp_path, text), columns=columns)
    assert "people.csv" in str(caught.value)


def test_an_unknown_name_of_ours_is_refused(tmp_path):
    file = put(tmp_path, "country,question,yes,no\nChile,q1,40,60\n")
    with pytest.raises(SpecificationError, match="did you mean 'group'"):
        read_people(file, columns={"grup": "country"})
