"""Answers that are letters where the scale is numbers: one finding names the scale that reads them."""

import pytest

from valuestats import AnswerScale, read_responses
from valuestats.ingest.misread import LETTERS_UNREAD, OFF_UNREAD, ORDER_UNREAD


def table(folder, answers, column="raw"):
    file = folder / "answers.csv"
    lines = [f'm,q{n},"{text}"' for n, text in enumerate(answers)]
    file.write_text("\n".join([f"model,item,{column}", *lines]) + "\n")
    return file


def told(responses):
    found = responses.findings
    return found.loc[found["kind"] == LETTERS_UNREAD, "found"].tolist()


ANSWERS = ["A", "(b)", "**C**", "Answer: D.", "The answer is B", "4", "I cannot answer that.", "d"]


def test_letters_on_a_scale_of_numbers_are_one_finding_and_the_scale_that_it_names_reads_them(
    tmp_path, capsys
):
    file = table(tmp_path, ANSWERS)
    read = read_responses(file, scale=(1, 4))
    assert told(read) == [
        "6 of 8 answers are letters (A to D): say scale='A-D', up to the last letter that was offered"
    ]
    assert "6 of 8 answers are letters" in capsys.readouterr().err
    again = read_responses(file, scale="A-D")
    assert told(again) == []
    assert again.frame.loc[again.frame["status"] == "valid", "answer"].tolist() == [1, 2, 3, 4, 2, 4]


@pytest.mark.parametrize(
    "answers",
    [
        ["1", "2", "A", "B"],  # not most of them
        ["I agree", "a lot", "no", "no idea"],
        ["1", "2", "3", "4"],
    ],
)
def test_few_letters_or_none_say_nothing(tmp_path, answers):
    assert told(read_responses(table(tmp_path, answers), scale=(1, 4))) == []


def test_letters_in_a_column_of_codes_name_the_column_too(tmp_path):
    file = table(tmp_path, ["A", "B", "B", "1"], column="answer")
    (note,) = told(read_responses(file, scale=(1, 4)))
    assert "say columns={'raw': the column of the answers} and scale='A-B'" in note
    read = read_responses(file, columns={"raw": "answer"}, scale="A-B")
    assert read.frame["answer"].tolist()[:3] == [1, 2, 2]


def kinds(responses):
    return dict(zip(responses.findings["kind"], responses.findings["found"], strict=True))


def test_numbers_beyond_the_scale_are_told_with_the_most_frequent(tmp_path, capsys):
    answers = [*"12345" * 10, *["6"] * 15, *["7"] * 10]
    file = table(tmp_path, answers)
    found = kinds(read_responses(file, scale=(1, 5)))
    assert found == {
        OFF_UNREAD: "25 of 75 answers are numbers or labels that the scale does not have ('6' 15 times, '7' 10 times): "
        "is it another scale?"
    }
    assert OFF_UNREAD in capsys.readouterr().err
    assert kinds(read_responses(file, scale=(1, 7))) == {}
    few = table(tmp_path, [*"12345" * 200, *["6"] * 15])
    assert kinds(read_responses(few, scale=(1, 5))) == {}, "a slip now and then is none of the scale's"


def test_numbers_in_an_order_that_is_not_known_say_what_reads_them(tmp_path):
    file = tmp_path / "answers.csv"
    rows = [f"m,q{n},{order},{n % 3 + 1}" for n in range(60) for order in ("ascending", "mixed")]
    file.write_text("\n".join(["model,item,option_order,raw", *rows]) + "\n")
    options = {1: "no", 2: "partly", 3: "yes"}
    read = read_responses(file, scale=AnswerScale(options, numeric=True))
    assert list(kinds(read)) == [ORDER_UNREAD]
    assert "60 of 120 answers are numbers" in kinds(read)[ORDER_UNREAD]
    again = read_responses(file, scale=AnswerScale(options, numeric=True, codes_shown=True))
    assert (again.frame["status"] == "valid").all()
    assert kinds(again) == {}
