"""Several parsers on the same rows: what each reads, their agreement against counts by hand, and where they differ."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from valuestats import compare_parsers, load_instrument, read_responses
from valuestats.base.errors import SpecificationError
from valuestats.cli.main import main
from valuestats.ingest.answers.parsers import PARSERS, UNAVAILABLE, regex_parser
from valuestats.instruments import AnswerScale
from valuestats.pages.instrument_comparison import parser_agreement_table, parser_sentence
from valuestats.tables import Responses

SCALE = AnswerScale({1: "no", 2: "partly", 3: "yes"}, numeric=True)
LOGS = Path(__file__).parents[1] / "ingest" / "logs"


def responses(texts, options=None, items=None, logprobs=None):
    frame = pd.DataFrame(
        {
            "model": "m", "item": items or [str(n) for n in range(len(texts))], "epoch": range(1, len(texts) + 1),
            "raw": pd.Series(texts, dtype="str"), "answer": pd.array([None] * len(texts), dtype="Int64"),
            "status": "unparsable", "source_file": "f", "source_sha256": "0", "source_row": range(len(texts)),
        }
    )  # fmt: skip
    if options is not None:
        frame["options"] = json.dumps(options)
    if logprobs is not None:
        frame["logprobs"] = [None if p is None else json.dumps(p) for p in logprobs]
    return Responses(frame)


def read(name, *arguments, **options):
    found = PARSERS[name].read(responses(*arguments, **options), SCALE)
    return [s if pd.isna(a) else int(a) for a, s in zip(found["answer"], found["status"], strict=True)]


def test_letters_are_read_by_the_options_as_shown():
    texts = ["B", "The answer is A.", "ANSWER: C", "yes", "", None, "I am sure", "D"]
    shown = ["yes", "no", "partly"]
    assert read("default", texts, shown) == [1, 3, 2, 3, "empty", "empty", "unparsable", "unparsable"]
    # "I am sure": the pronoun is a letter that stands alone, but no option has it.
    first = ["unparsable" if t else "empty" for t in texts]
    first[:3] = [1, 3, 2]
    assert read("first_letter", texts, shown) == first
    assert read("first_letter", texts) == [UNAVAILABLE] * len(texts)


def test_the_first_number_is_a_whole_one_on_the_scale():
    texts = ["2", "It is 3 of 5", "10", "2.5", "-1", "no. 3", "1999 was 2", "9" * 50, ""]
    assert read("first_number", texts) == [
        2, 3, "unparsable", "unparsable", "unparsable", 3, "unparsable", "unparsable", "empty",
    ]  # fmt: skip


def test_the_most_likely_option():
    token = [
        {
            "token": "A",
            "logprob": -0.1,
            "top_logprobs": [{"token": "A", "logprob": -1.5}, {"token": " b", "logprob": -0.3}],
        }
    ]
    noise = [{"token": "x", "logprob": -0.1, "top_logprobs": [{"token": "x", "logprob": -0.1}]}]
    assert read("logprob", ["A", "A", "A"], ["yes", "no"], logprobs=[token, None, noise]) == [
        1,
        UNAVAILABLE,
        "unparsable",
    ]


def test_a_pattern_of_your_own():
    parser = regex_parser(r"(?i)final:\s*(?P<answer>\w+)", name="final")
    found = parser.read(
        responses(["I say 1. Final: 3", "final: partly", "FINAL: b", "no", "final: 7"], ["yes", "no"]), SCALE
    )
    assert found["answer"].tolist() == [3, 2, 1, pd.NA, pd.NA]


@pytest.mark.parametrize(
    "pattern",
    [r"(\d)", r"(?P<answer>\d)(?P<more>.)", r"(?P<answer>\d)(?=x)", "(?P<answer>[", r"(?P<code>\d)"],
)
def test_patterns_that_cannot_be_used(pattern):
    with pytest.raises(SpecificationError, match="not a pattern"):
        regex_parser(pattern)


def test_no_pattern_and_no_text_hold_it_up():
    evil = responses(["a" * 100_000 + "!"])
    assert regex_parser(r"(?P<answer>(?:a+)+)$").read(evil, SCALE)["status"].tolist() == ["unparsable"]


def test_kappa_is_the_one_worked_out_by_hand():
    # default reads 3 3 1 1 2 none none none; numbers: 3 none 1 1 1 none none 2
    texts = ["3", "yes", "1", "no 1", "partly 1", "what", "oh", "surely 2, I think, or no"]
    found = compare_parsers(responses(texts), SCALE, parsers=["default", "first_number"], replicates=500)
    first, second = (read(name, texts) for name in ("default", "first_number"))
    codes = [[0 if isinstance(c, str) else c for c in one] for one in (first, second)]
    observed = np.mean([a == b for a, b in zip(*codes, strict=True)])
    chance = sum(codes[0].count(k) * codes[1].count(k) for k in range(4)) / len(texts) ** 2
    pair = found.agreement.iloc[0]
    assert pair["same"] == pytest.approx(observed)
    assert pair["kappa"] == pytest.approx((observed - chance) / (1 - chance))
    assert pair["lower"] < pair["kappa"] < pair["upper"]
    assert pair["n"] == 8
    assert pair["n_both"] == sum(a > 0 and b > 0 for a, b in zip(*codes, strict=True))
    assert found.n_different == sum(a != b for a, b in zip(*codes, strict=True)) == len(found.differences)


def test_the_interval_resamples_items():
    # The same three rows repeated a hundred times under the same items say no more about other items.
    texts = ["3", "yes", "1", "partly 1", "what", "no"]
    once = compare_parsers(responses(texts), SCALE, parsers=["default", "first_number"]).agreement.iloc[0]
    many = responses(texts * 20, items=[str(n) for n in range(6)] * 20)
    often = compare_parsers(many, SCALE, parsers=["default", "first_number"]).agreement.iloc[0]
    for name in ("kappa", "lower", "upper"):
        assert often[name] == pytest.approx(once[name])
    single = responses(texts, items=["1"] * 6)
    assert np.isnan(
        compare_parsers(single, SCALE, parsers=["default", "first_number"]).agreement.iloc[0]["lower"]
    )


def test_a_parser_that_cannot_be_tried_differs_from_nothing():
    found = compare_parsers(responses(["yes", "no"]), SCALE, parsers=["default", "logprob"])
    assert found.n_different == 0
    assert found.agreement.iloc[0]["n"] == 0
    assert np.isnan(found.agreement.iloc[0]["kappa"])
    assert set(compare_parsers(responses(["yes", "no"]), SCALE).statuses["parser"]) == {
        "default",
        "published",
        "first_number",
    }


def test_two_codes_come_before_a_code_and_none():
    only = regex_parser(r"(?P<answer>no)")
    found = compare_parsers(responses(["no", "3 no"]), SCALE, parsers=["first_number", only], limit=1)
    assert found.n_different == 2
    assert found.differences["text"].tolist() == ["3 no"]


def test_shares_sum_to_one_and_texts_are_inert():
    hostile = "\x1b[m<script>alert()</script>\u202e 2 or 3, who knows\nnext"
    found = compare_parsers(responses([hostile, "yes"]), SCALE, parsers=["default", "first_number"])
    assert found.statuses.groupby("parser")["share"].sum().tolist() == [1, 1]
    text = found.differences.loc[0, "text"]
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\n" not in text
    assert "\\x1b[m" in text
    assert "\x1b" not in found.to_text()
    json.dumps(found.to_content(), allow_nan=False)


@pytest.mark.parametrize("parsers", [["nobody"], ["default", "default"], [], [{"name": "x"}]])
def test_parsers_that_cannot_be_compared(parsers):
    with pytest.raises(SpecificationError, match="parser"):
        compare_parsers(responses(["yes"]), SCALE, parsers=parsers)


def test_the_default_parser_reads_a_log_as_the_reader_did():
    for file in ("inspect_letters.eval", "inspect_texts.eval", "inspect_study/plain.eval"):
        table = read_responses(LOGS / file, scale="pvq21")
        again = PARSERS["default"].read(table, load_instrument("pvq21").scale)
        assert again["answer"].fillna(0).tolist() == table.frame["answer"].fillna(0).tolist()


def test_the_command(capsys):
    arguments = ["parsers", str(LOGS / "inspect_letters.eval"), "--scale", "pvq21"]
    assert main(arguments) == 0
    assert "first_letter" in capsys.readouterr().out
    assert main([*arguments, "--regex", r"mine=ANSWER: (?P<answer>\w)"]) == 0
    text = capsys.readouterr().out
    assert "rows on which parsers differ: 0" in text
    assert main([*arguments, "--regex", "mine"]) == 1
    assert "not a named pattern" in capsys.readouterr().err


def test_a_parser_of_another_form_of_answer_is_not_compared():
    """Of words the first number reads next to nothing: that is said, and is no disagreement about the answers."""
    words = ["yes", "no", "partly", "yes", "no", "no 1", "3"]
    found = compare_parsers(responses(words), SCALE, parsers=["default", "first_number"])
    counts = [
        found.statuses.query("parser == @p and status == 'valid'")["n"].sum()
        for p in ("default", "first_number")
    ]
    assert found.reading["n_read"].tolist() == counts
    assert found.reading["able"].tolist() == [True, False]
    assert (found.n_different, found.n_contradicted, len(found.differences)) == (0, 0, 0)
    said = parser_sentence(found.to_content())
    assert "only default can read answers of this form" in said
    assert f"first number, made for another form of answer, could read {counts[1]} of 7" in said
    assert parser_agreement_table(found.to_content()).empty


def test_parsers_of_one_form_are_compared_and_two_codes_told_from_one():
    numbers = ["1", "2", "3", "3 no", "no"]
    only = regex_parser(r"(?P<answer>\d|no)", name="mine")
    found = compare_parsers(responses(numbers), SCALE, parsers=["first_number", only])
    codes = read("first_number", numbers)
    assert found.reading["able"].all()
    assert found.n_different == sum(c != d for c, d in zip(codes, [1, 2, 3, 3, 1], strict=True)) == 1
    assert found.n_contradicted == 0
    assert "differ on 1 of them: one gives a code where another gives none, and no two" in parser_sentence(
        found.to_content()
    )
    assert len(parser_agreement_table(found.to_content())) == 1
