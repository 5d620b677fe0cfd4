"""The study in short on simulated answers, and its page's sentences; the release's own answers where they are at hand."""

import pandas as pd
import pytest

from valuestats.ingest.datasets import available, fetch
from valuestats.systems.litmus.comparison import litmus_readings
from valuestats.systems.litmus.release import read_litmus
from valuestats.systems.stated_revealed import page
from valuestats.systems.stated_revealed.comparison import nation_distances, nearest_nations
from valuestats.systems.stated_revealed.release import read_mfq2, read_nation_norms
from valuestats.systems.stated_revealed.simulate import AGREEMENT, standin


class Study(dict):
    """Results by step, as a stored study gives them."""

    def __init__(self, results, datasets):
        super().__init__(results)
        self.manifest = {"datasets": datasets}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    from valuestats import norm_distances, score, stated_revealed, value_gaps

    folder = tmp_path_factory.mktemp("standin")
    for name, frame in standin(3).items():
        frame.to_csv(folder / name, index=False)
    said = read_litmus(folder / "stated_revealed_controlled.csv.gz", kind="controlled")
    chosen = read_litmus(folder / "stated_revealed_forced.csv.gz")
    both = {"cluster": "cluster", "prior_sd": 3.0}
    norms = read_nation_norms(folder / "atari_2023_per_nation.csv.gz")
    scores = score(
        read_mfq2(folder / "llm_values_survey_self_report.csv.gz"), "mfq2", form="raw", replicates=200
    )
    distances = norm_distances(scores, norms, middle=3.0, draws=200)
    return Study(
        {
            "agreement": stated_revealed(said, chosen, **both),
            "gaps": value_gaps(said, chosen, draws=50, **both),
            "readings": litmus_readings(folder / "stated_revealed_controlled.csv.gz"),
            "scores": scores,
            "distances": distances,
            "nearest": nearest_nations(distances),
            "nations": nation_distances(norms),
        },
        [],
    )


def test_the_page_says_what_was_planted(study):
    own = study["agreement"].estimates.set_index("name")
    assert own.loc["simulated/as said", "upper"] == 1
    assert (own.loc[["simulated/half", "simulated/apart", "simulated/turned"], "upper"] < 1).all()
    text = page.glance_sentence(study)
    assert text.startswith(("3 of 5 models", "4 of 5 models"))
    assert "SIMULATED" in page.source_sentence(study)
    assert page.reading_sentence(study).startswith("All")
    assert len(page.agreement_table(study)) == len(AGREEMENT)
    assert page.gap_table(study).shape == (8, 5)
    assert page.value_sentence(study).startswith(("Value by value", "Over models none"))
    assert "may be the nearest" not in page.distance_sentence(study)
    assert len(page.nation_table(study)) == len(AGREEMENT)
    assert page.reading_table(study).shape[0] == 4
    for chart in (page.agreement_figure, page.gap_figure, page.distance_figure):
        assert chart(study) is not None


def test_a_release_whose_labels_are_wrong_is_said_so(study):
    readings = pd.DataFrame(
        {
            "letter": ["depends", "depends", "equal"],
            "release": ["equal", "depends", "equal"],
            "n": [30, 60, 10],
        }
    )
    text = page.reading_sentence(Study({**study, "readings": readings}, []))
    assert "of 100 answers that take one option by its letter, 30 are labelled as another" in text
    assert "Of 40 labelled “equal” 10 take" in text


def test_the_releases_labels_and_letters():
    """Counted once by hand with a regular expression: 838 answers of 5,620 labelled equal begin with, or name only, C."""
    if not available("litmus"):
        pytest.skip("litmus is not at hand (VALUESTATS_LOCAL)")
    table = litmus_readings(fetch("litmus", download=False) / "litmus_stated_controlled.csv")
    assert int(table["n"].sum()) == 28800
    ties = table[table["release"] == "equal"].set_index("letter")["n"]
    assert (int(ties.sum()), int(ties["equal"])) == (5620, 838)


def test_answers_of_fourteen_models_and_nineteen_nations():
    if not available("mfq2"):
        pytest.skip("mfq2 is not at hand (VALUESTATS_LOCAL)")
    folder = fetch("mfq2", download=False)
    answers = read_mfq2(folder / "llm_values_survey_self_report.csv")
    assert answers.frame["status"].value_counts().to_dict() == {"valid": 480, "api_error": 24}
    assert read_nation_norms(folder / "atari_2023_per_nation.csv")["group"].nunique() == 19
