"""Long sentences go on in others, and nothing but their signs and capitals changes."""

import re

import pytest

from valuestats.results.short_sentences import in_short_sentences

LONG = "Over 33 models " + "Benevolence and Security " * 12 + "stand highest"


def bare(text):
    return re.sub(r"[.;]", "", text).lower()


@pytest.mark.parametrize(
    ("end", "parts"),
    [
        ("; intervals resample the 92 queries.", 2),
        ("; scored 56 of 60 answers; intervals resample the 92 queries.", 2),
        ("; gpt-4o comes first.", 1),  # a name stays as it is written
        ("; claude comes first.", 1),
        (" (few units; intervals are wide).", 1),
        ("; 5 of 33 differ.", 2),
        (" by 6; 5 of them differ.", 1),  # "6. 5" would be a number
        (" by 6; none of them differs.", 2),
    ],
)
def test_a_clause_that_can_begin_a_sentence_does(end, parts):
    text = in_short_sentences(LONG + end)
    assert len(re.findall(r"\.(?= |$)", text)) == parts
    assert bare(text) == bare(LONG + end)


def test_short_sentences_stay_and_each_sentence_is_taken_alone():
    short = "A differs from B; intervals resample queries."
    assert in_short_sentences(short) == short
    assert in_short_sentences(f"{short} {LONG}; the rest is noise.").startswith(f"{short} Over 33")
    assert in_short_sentences(f"{short} {LONG}; the rest is noise.").endswith("highest. The rest is noise.")
