"""The published files themselves; every number here is stated by, or counted in, the release."""

import pytest

from valuestats.ingest import describe, read_ratings, read_responses
from valuestats.systems.value_portrait import release as vp

pytestmark = [pytest.mark.mirror, pytest.mark.xdist_group("mirror_ingest")]


@pytest.fixture(scope="module")
def responses(release):
    return read_responses(release)


def test_all_answers_are_there_with_a_status(responses):
    frame = responses.frame
    assert len(frame) == 33 * 3 * 2 * 520 == 102_960
    counts = responses.status_counts().loc["all"]
    # 208 records hold an error: 42 failed calls, 166 texts that the publication could not read.
    assert counts["api_error"] == 42
    assert counts["empty"] == 49
    assert (frame["error"] == vp.NOT_PARSED).sum() == 166
    assert counts["valid"] == 102_644
    assert counts["refusal"] == 47
    assert counts["unparsable"] == 178
    assert counts["asked"] == 102_960
    assert frame["option_order"].notna().all()
    assert (
        (frame["option_order"] == "ascending") == frame["source_file"].astype(str).str.contains("_rev")
    ).all()


def test_the_published_parser_gives_all_published_answers(release):
    frame = read_responses(release, compat="published").frame
    read = frame["published_answer"].notna()
    assert read.sum() == 102_752
    assert (frame.loc[read, "answer"] == frame.loc[read, "published_answer"]).all()
    assert frame.loc[~read, "answer"].isna().all()


def test_where_the_default_parser_differs(responses):
    frame = responses.frame
    differs = frame[(frame["answer"] != frame["published_answer"]).fillna(frame["published_answer"].notna())]
    assert len(differs) == 111
    assert (differs["raw"] == "some like me").sum() == 88
    assert differs["raw"].str.contains("Like me, they may feel pressure").sum() == 1  # an aside, no answer
    assert differs["answer"].notna().sum() == 3  # longest option in the explanation, not the stated one
    assert (differs["status"] == "refusal").sum() == 3  # read as "like me" by the publication


def test_describe_finds_nothing_missing(responses):
    found = describe(responses)
    assert (found.missing_count, found.cells, len(found.duplicates)) == (0, 102_960, 0)
    assert set(found.conflicts["kind"]) == {"answer in the file"}
    assert "102,960 rows, 198 files, 33 models, 520 items, 104 clusters" in found.to_text()


def test_ratings(release):
    ratings = read_ratings(release)
    assert len(ratings) == 24_320
    assert ratings.frame["respondent"].nunique() == 559
    assert ratings.frame["group"].nunique() == 12
    assert ratings.values["respondent"].nunique() == 569
    assert any("respondent P186 rates in groups 0, 5" in line for line in ratings.conflicts)
    assert any(line.startswith("10 respondents have own scores but no ratings") for line in ratings.conflicts)


def test_items_and_published_numbers(release, responses):
    items = vp.read_items(release).frame
    assert (len(items), items["cluster"].nunique()) == (520, 104)
    assert set(items["item"]) == set(responses.items)
    correlations = vp.read_published_correlations(release)
    assert correlations.groupby("family").size().to_dict() == {"bfi": 2600, "higher_pvq": 2080, "pvq": 5200}
    scores = vp.read_published_scores(release)
    # one model has published scores but no published answers
    assert set(scores["model"]) - set(responses.models) == {"gemini-flash-1.5"}
    assert scores.groupby("model").size().eq(19).all()
