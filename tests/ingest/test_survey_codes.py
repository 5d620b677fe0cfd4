"""Codes that are no answers: by the file's own types, by the range of an unlabelled variable, or asked about."""

import datetime
import itertools

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuestats.base.errors import InputError, SpecificationError
from valuestats.ingest import read_survey
from valuestats.ingest.surveys.missing_codes import repeated_by_range
from valuestats.ingest.surveys.text_tables import guessed_encoding
from valuestats.surveys.shares import population_shares


def classes(survey, name):
    return survey.status(name).tolist()


def table(tmp_path, text, name="people.csv", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


def kinds(survey, variable=None):
    found = survey.findings
    return found[found["variable"] == variable]["kind"].tolist() if variable else found["kind"].tolist()


def test_a_numeric_variable_of_extended_missings_alone_is_missing(tmp_path):
    frame = pd.DataFrame(
        {
            "asked": [1.0, "a", "d"],
            "notasked": ["d", "d", "d"],
            "text": ["d", "d", "x"],
            "none": ["z", "z", "z"],
        }
    )
    path = tmp_path / "wave.dta"
    missing = {"asked": ["a", "d"], "notasked": ["d"], "none": ["z"]}
    pyreadstat.write_dta(
        frame, path, missing_user_values=missing, variable_value_labels={"none": {"z": "Refusal"}}
    )
    survey = read_survey(path)
    assert survey.frame["notasked"].tolist() == [".d"] * 3
    assert classes(survey, "asked") == ["valid", "dont_know", "not_asked"]
    assert classes(survey, "notasked") == ["not_asked"] * 3
    assert classes(survey, "none") == ["refused"] * 3
    assert classes(survey, "text") == ["valid"] * 3  # a text variable holds texts
    with pytest.raises(SpecificationError, match="no substantive answer"):
        population_shares(survey, "notasked")


def test_spss_texts_empty_columns_and_dates(tmp_path):
    frame = pd.DataFrame(
        {
            "party": ["NA", "x", "ZZ", ""],
            "refused": [77.0] * 4,
            "empty": [np.nan] * 4,
            "day": [datetime.date(2020, 1, 1), datetime.date(1990, 5, 2), None, None],
            "moment": [datetime.datetime(2020, 1, 1, 10), None, None, None],
        }
    )
    path = tmp_path / "wave.sav"
    pyreadstat.write_sav(frame, path, missing_ranges={"party": ["NA", "ZZ"], "refused": [77]})
    survey = read_survey(path)
    assert classes(survey, "party") == ["other", "valid", "other", "no_value"]
    assert classes(survey, "refused") == ["other"] * 4
    assert classes(survey, "empty") == ["no_value"] * 4
    assert survey.frame["day"].tolist()[:2] == ["2020-01-01", "1990-05-02"]
    assert survey.frame["moment"][0] == "2020-01-01 10:00:00"
    assert survey.frame["day"].isna().tolist() == [False, False, True, True]
    assert not len(survey.findings)


@pytest.mark.parametrize(("name", "form"), [("wave.sav", "DATE11"), ("wave.dta", "%td")])
def test_dates_that_no_calendar_has_are_texts_and_are_reported(tmp_path, name, form):
    write = pyreadstat.write_sav if name.endswith("sav") else pyreadstat.write_dta
    path = tmp_path / name
    frame = pd.DataFrame(
        {"day": [13797216000.0 if form == "DATE11" else 21915.0, 1e18, np.nan], "q": [1.0, 2.0, 1.0]}
    )
    write(frame, path, variable_format={"day": form})
    survey = read_survey(path)
    assert survey.frame["day"].tolist()[:2] == ["2020-01-01", "1000000000000000000"]
    assert survey.findings[["kind", "variable", "n"]].to_numpy().tolist() == [["date out of range", "day", 1]]
    assert population_shares(survey, "q").estimates["estimate"].round(3).tolist() == [0.667, 0.333]


def test_portable_and_transport_files(tmp_path):
    frame = pd.DataFrame({"Q1": [1.0, 2.0, 9.0], "S": ["a", "b", "c"]})
    pyreadstat.write_por(frame, tmp_path / "wave.por")
    pyreadstat.write_xport(frame, tmp_path / "wave.xpt", file_format_version=8)
    for name in ("wave.por", "wave.xpt"):
        survey = read_survey(tmp_path / name)
        assert survey.frame["Q1"].tolist() == [1, 2, 9]
        assert survey.frame["S"].tolist() == ["a", "b", "c"]
    for name in ("other.por", "other.sas7bdat", "other.xpt"):
        (tmp_path / name).write_bytes(b"id,q\n1,2\n" * 100)
        with pytest.raises(InputError, match="whatever its name says"):
            read_survey(tmp_path / name)


@pytest.mark.parametrize("place", [30, 200, 400, 600, 800])
def test_whatever_a_damaged_file_makes_of_its_reader_is_one_error(tmp_path, place):
    path = tmp_path / "wave.sav"
    pyreadstat.write_sav(pd.DataFrame({"q": [1.0, 2.0], "t": ["a", "b"]}), path)
    content = bytearray(path.read_bytes())
    content[place : place + 8] = b"\xff" * 8
    path.write_bytes(content)
    found: str | int | None = None
    try:
        found = len(read_survey(path))
    except InputError as error:
        found = error.file
    assert found in (2, str(path))


ESS = "cntry;gndr;imprich;scale;age;pspwght\n"


def test_codes_of_the_ess_without_labels(tmp_path):
    rows = ["AT;1;1;0;18;1,0", "AT;2;6;10;40;0,5", "DE;1;77;7;66;1", "DE;9;88;88;77;0,8", "FR;2;99;5;83;1,1"]
    path = table(tmp_path, ESS + "\n".join(rows) + "\n")
    survey = read_survey(path, missing="ess", design={"weight": "pspwght"})
    assert survey.weights().tolist() == [1.0, 0.5, 1.0, 0.8, 1.1]
    assert classes(survey, "imprich") == ["valid", "valid", "refused", "dont_know", "no_answer"]
    assert classes(survey, "gndr") == ["valid", "valid", "valid", "no_answer", "valid"]
    assert classes(survey, "scale") == [
        "valid",
        "valid",
        "valid",
        "dont_know",
        "valid",
    ]  # 7 is an answer there
    assert classes(survey, "age") == ["valid"] * 5
    assert kinds(survey, "imprich") == ["missing by the convention, without a label"] * 3
    shares = population_shares(survey, "imprich").estimates
    assert shares["option"].tolist() == ["1", "6"]
    assert shares["estimate"].round(3).tolist() == [0.667, 0.333]
    plain = read_survey(path, design={"weight": "pspwght"})  # no convention: it is asked about
    with pytest.raises(SpecificationError, match="not settled which codes are answers") as caught:
        population_shares(plain, "imprich")
    assert "imprich: 77 (unlabelled code that may be missing, 1)" in caught.value.got


@pytest.mark.parametrize(
    ("codes", "missing", "doubtful"),
    [
        ([1, 6, 77, 88, 99], [77, 88, 99], []),
        ([0, 10, 7, 8, 9, 77], [77], []),
        ([1, 2, 9], [9], []),
        ([1, 2, 3, 4, 5, 7, 8, 9], [7, 8, 9], []),
        ([1, 2, 3, 4, 5, 6, 7, 8, 9], [], [7, 8, 9]),  # 1 to 6 with all three missing codes, or 1 to 9
        ([1, 2, 3, 4, 5, 6, 7], [], [7]),
        ([0, 3, 5, 8, 9], [], [8, 9]),  # 0 to 10 in a small sample
        ([1, 2, 5, 9], [], [9]),
        ([18, 25, 30, 41, 52, 77], [], [77]),  # ages
        ([18, 25, 70, 77, 88], [], [77, 88]),
        ([0, 8, 12, 16, 88], [88], []),
        ([*range(26), 77, 88, 99], [77, 88, 99], []),  # years of education
        ([*range(1925, 2006), 7777, 9999], [7777, 9999], []),  # years of birth
        ([*range(0, 121, 5), 777, 888], [777, 888], []),  # hours a week
        ([*range(15, 90), 99], [], [99]),
        ([*range(15, 96), 999], [999], []),
        ([10, 120, 300, 777, 999], [777, 999], []),
        ([1.5, 2.0, 9.0], [], []),
        ([-1, 2, 9], [], []),
        ([99], [], [99]),
        ([1, 2, 3], [], []),
    ],
)
def test_the_range_of_the_other_codes_tells_which_are_missing(codes, missing, doubtful):
    found = repeated_by_range(map(float, codes), "ess")
    assert (sorted(found.missing), sorted(found.open)) == (missing, doubtful)


@given(st.sets(st.integers(1, 6), min_size=1), st.sets(st.sampled_from([77, 88, 99]), min_size=1))
def test_no_answer_of_a_short_scale_is_ever_missing(answers, missing):
    found = repeated_by_range(map(float, answers | missing), "ess")
    assert sorted(found.missing) == sorted(missing)


@pytest.mark.parametrize("text", ["NA", "N/A", "NaN", "null", "None"])
def test_a_text_that_may_mean_missing_among_words_is_asked_about(tmp_path, text):
    path = table(tmp_path, f"cntry,q\n{text},1\nDE,2\n{text},2\nFR,1\n")
    survey = read_survey(path)
    assert survey.findings[["kind", "variable", "found", "n"]].to_numpy().tolist() == [
        ["text that may mean missing", "cntry", repr(text), 2]
    ]
    for arguments in ({"questions": "cntry"}, {"questions": "q", "by": "cntry"}):
        with pytest.raises(SpecificationError, match="not settled") as caught:
            population_shares(survey, **arguments)
        assert "missing={'cntry':" in caught.value.hint
    assert len(population_shares(survey, "q").estimates) == 2  # no finding concerns it
    kept = population_shares(survey, "cntry", unresolved="report")
    assert any("not settled whether it is an answer" in note for note in kept.meta["warnings"])
    assert set(kept.estimates["option"]) == {text, "DE", "FR"}
    country = read_survey(path, missing={"cntry": {text: "valid"}})
    assert set(population_shares(country, "cntry").estimates["option"]) == {text, "DE", "FR"}
    absent = read_survey(path, missing={"cntry": {text: "no_answer"}})
    assert set(population_shares(absent, "cntry").estimates["option"]) == {"DE", "FR"}


def test_a_column_of_nothing_but_na_is_missing_and_asked_about(tmp_path):
    survey = read_survey(table(tmp_path, "q,r\nNA,1\nNA,2\n"))
    assert classes(survey, "q") == ["no_value"] * 2
    assert kinds(survey) == ["text that may mean missing"]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_delimiter_decimal_comma_and_encoding_are_found(tmp_path, delimiter, encoding):
    rows = [
        ["land", "svar", "vikt"],
        ["Österreich", "Ja, gerne", "1,25"],
        ["Deutschland", "Nein", "0,75"],
        ["", "", "2"],
    ]
    text = "\n".join(delimiter.join(row) for row in rows) + "\n"
    survey = read_survey(table(tmp_path, text, encoding=encoding), design={"weight": "vikt"})
    assert survey.weights().tolist() == [1.25, 0.75, 2.0]
    assert survey.frame["land"].tolist()[0] == "Österreich"
    assert survey.frame["svar"].tolist()[0] == "Ja, gerne"
    told = ["encoding guessed"] if encoding == "cp1252" else []
    assert kinds(survey) == [*told, "decimal commas read"]


def test_numbers_that_no_decimal_comma_makes(tmp_path):
    survey = read_survey(
        table(tmp_path, 'a,b\n"1,5",1\n"2,5",2\n')
    )  # in a file of commas it may be a thousand
    assert survey.frame["a"].tolist() == ["1,5", "2,5"]
    survey = read_survey(table(tmp_path, "a;b\n1,5;x\n2.5;y\n"))
    assert survey.frame["a"].tolist() == ["1,5", "2.5"]
    survey = read_survey(table(tmp_path, "id;q\n12345678901234567890;1_0\n12345678901234567891;2_0\n"))
    assert survey.frame["id"].tolist() == ["12345678901234567890", "12345678901234567891"]
    assert survey.frame["q"].tolist() == ["1_0", "2_0"]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("страна;ответ\nРоссия;Не знаю\nБолгария;Да, конечно\n", "cp1251"),
        ("χώρα;απάντηση\nΕλλάδα;Δεν γνωρίζω\nΕλλάδα;Ναι\n", "cp1253"),
        ("国;答え\n日本;わからない\n日本;はい\n", "shift_jis"),
        ("国家;回答\n中国;不知道\n中国;同意\n", "gb18030"),
        ("land;svar\nSverige;Håller inte med\nÖsterreich;Weiß nicht\n", "cp1252"),
    ],
)
def test_encodings_are_guessed_by_their_letters(text, encoding):
    assert guessed_encoding(text.encode(encoding)) == encoding


def test_bytes_of_no_text_are_refused(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"q\n\xff\x01\x02\x00\xfe\n")
    with pytest.raises(InputError, match="not UTF-8"):
        read_survey(path)
    path.write_bytes("q\né\n".encode("latin-1"))
    assert read_survey(path, encoding="latin-1").frame["q"].tolist() == ["é"]
    with pytest.raises(InputError, match="not UTF-8"):
        read_survey(path, encoding="utf-8")


def test_every_open_finding_concerns_one_variable_only(tmp_path):
    survey = read_survey(table(tmp_path, "a,b\n1,1\n2,2\n99,2\n"))
    for names, expected in itertools.product((["a"], ["b"], ["a", "b"]), (1,)):
        assert len(survey.unresolved(names)) == (expected if "a" in names else 0)


def test_a_scale_with_two_ends_is_none_of_missing_codes(tmp_path):
    rows = "\n".join(f"{n},{n % 4 + 1}" for n in range(-3, 4))
    survey = read_survey(table(tmp_path, f"two,one\n{rows}\n-1,-1\n"))
    assert kinds(survey, "two") == []
    assert kinds(survey, "one") == ["unlabelled code that may be missing"]


@pytest.mark.parametrize(
    ("texts", "missing"),
    [
        (
            ("Agree", "Disagree", "Don't know", "No answer"),
            {"Don't know": "dont_know", "No answer": "no_answer"},
        ),
        (
            ("Stimme zu", "Lehne ab", "Weiß nicht", "Keine Angabe"),
            {"Weiß nicht": "dont_know", "Keine Angabe": "no_answer"},
        ),
        (("De acuerdo", "En desacuerdo", "NS/NC"), {"NS/NC": "dont_know"}),
        (
            ("D'accord", "Pas d'accord", "Ne sait pas", "Refus"),
            {"Ne sait pas": "dont_know", "Refus": "refused"},
        ),
        (("同意", "不同意", "不知道", "拒答"), {"不知道": "dont_know", "拒答": "refused"}),
        (("Согласен", "Не согласен", "Затрудняюсь ответить"), {"Затрудняюсь ответить": "dont_know"}),
        (("Yes", "No", "DK", "Prefer not to say"), {"DK": "dont_know", "Prefer not to say": "refused"}),
        (
            ("Yes", "No", "Refused", "Not applicable"),
            {"Refused": "refused", "Not applicable": "not_applicable"},
        ),
    ],
)
def test_texts_that_say_there_is_no_answer_are_looked_at_as_labels_are(tmp_path, texts, missing):
    path = table(tmp_path, "q\n" + "".join(f'"{text}"\n' * (n + 1) for n, text in enumerate(texts)))
    survey = read_survey(path)
    assert dict(survey.variable("q").missing) == missing
    found = {row.found: row.n for row in survey.findings.itertuples()}
    assert found == {f"{t!r}: {k.replace('_', ' ')}": texts.index(t) + 1 for t, k in missing.items()}
    assert set(survey.findings["kind"]) == {"missing by its text"}
    shares = population_shares(survey, "q")  # no such finding stands in the way
    assert set(shares.estimates["option"]) == {t for t in texts if t not in missing}
    kept = read_survey(path, missing={"q": dict.fromkeys(missing, "valid")})
    assert kept.variable("q").missing == {}
    assert kept.findings.empty


@pytest.mark.parametrize(
    ("texts", "asked"),
    [
        (("Know it well", "Know a little", "Don't know"), "Don't know"),
        (("trifft zu", "trifft nicht zu"), "trifft nicht zu"),
        (("Very relevant", "Not relevant"), "Not relevant"),
        (("AGR", "DIS", "DK"), "DK"),
    ],
)
def test_a_text_that_may_be_an_answer_is_asked_about(tmp_path, texts, asked):
    path = table(tmp_path, "q\n" + "".join(f'"{text}"\n' for text in texts))
    survey = read_survey(path)
    assert survey.variable("q").missing == {}
    assert survey.findings[["kind", "found"]].to_numpy().tolist() == [
        ["text that may mean missing", repr(asked)]
    ]
    with pytest.raises(SpecificationError, match="not settled"):
        population_shares(survey, "q")


def test_countries_and_answers_in_words_are_no_missing_codes(tmp_path):
    survey = read_survey(
        table(tmp_path, "cntry,q\nDE,Never\nDK,Always\nNO,I refused the offer\nNC,Error-prone\n")
    )
    assert survey.findings.empty
    assert all(not survey.variable(name).missing for name in ("cntry", "q"))


def test_numbers_beside_texts_without_an_answer_are_numbers(tmp_path):
    survey = read_survey(
        table(tmp_path, "q\n1\n2\nRefused\n5\nDon't know\nNA\n"), labels={"q": {1: "no", 5: "yes"}}
    )
    assert classes(survey, "q") == ["valid", "valid", "refused", "valid", "dont_know", "no_value"]
    assert survey.frame["q"].tolist()[:2] == [1.0, 2.0]
    assert sorted(survey.findings["found"]) == ['"Don\'t know": dont know', "'Refused': refused"]


def test_the_end_of_a_scale_is_not_missing_by_its_label(tmp_path):
    labels = {
        1: "Trifft voll zu",
        2: "Trifft eher zu",
        3: "Trifft eher nicht zu",
        4: "Trifft nicht zu",
        9: "Weiß nicht",
    }
    path = table(tmp_path, "q\n1\n2\n3\n4\n4\n9\n")
    survey = read_survey(path, labels={"q": labels})
    assert survey.status("q").tolist() == ["valid"] * 5 + ["dont_know"]
    assert survey.findings.to_numpy().tolist() == [
        ["label that may mean missing", "q", "4: Trifft nicht zu", 2]
    ]
    with pytest.raises(SpecificationError, match="not settled") as caught:
        population_shares(survey, "q")
    assert "missing={'q':" in caught.value.hint
    settled = read_survey(path, labels={"q": labels}, missing={"q": {4: "valid"}})
    assert set(population_shares(settled, "q").estimates["option"]) == {labels[c] for c in (1, 2, 3, 4)}
    apart = read_survey(path, labels={"q": {**labels, 4: "Trifft sehr", 9: "Trifft nicht zu"}})
    assert apart.status("q").tolist()[-1] == "not_applicable"
