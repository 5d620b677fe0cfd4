"""Shares of people as tables have them: a column for each option, percent, other names, decimal commas."""

import pytest

from valuestats import country_similarity, read_people
from valuestats.base.errors import InputError, SpecificationError
from valuestats.results.storage import read_artifact, write_artifact

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


NEARLY = "country,question,yes,no\nChile,q1,41,57\nChile,q2,40,60\nPeru,q1,52,50\nPeru,q2,50,50\n"


def test_shares_that_miss_100_are_told_at_reading_and_stand_with_what_is_made_of_them(tmp_path, capsys):
    people = read_people(put(tmp_path, NEARLY))
    note = "the shares of 2 questions of groups add up to 98% to 102%, not to 100%, and were divided by their sum"
    assert people.notes() == [note]
    assert f"people.csv: {note}" in capsys.readouterr().err
    assert people.adjusted.round(6).to_numpy().tolist() == [["Chile", "q1", 0.98], ["Peru", "q1", 1.02]]
    assert people.frame["share"].iloc[0] == pytest.approx(41 / 98)
    whole = read_people(put(tmp_path, NEARLY.replace("57", "59").replace("52,50", "52,48"), "whole.csv"))
    assert whole.notes() == []
    found, same = (
        country_similarity(answers, table, replicates=0)
        for answers, table in ((whole, people), (whole, whole))
    )
    assert f"people: {note}" in found.meta["warnings"]
    assert not any("divided by" in warning for warning in same.meta["warnings"])
    (tmp_path / "stored").mkdir()
    write_artifact(people, tmp_path / "stored")
    assert read_artifact(tmp_path / "stored").notes() == [note]


def test_shares_that_miss_100_by_more_than_5_are_an_error(tmp_path):
    assert read_people(put(tmp_path, "country,question,yes,no\nChile,q1,41,54.1\n")).notes()
    with pytest.raises(InputError, match="add up"):
        read_people(put(tmp_path, "country,question,option,share\nChile,q1,yes,.41\nChile,q1,no,.53\n"))
