"""Personas: the pilot's described screenshots by clip, and simulated personas with planted effects."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from valuestats import intervention_effects
from valuestats.base.errors import InputError
from valuestats.ingest.datasets import available, fetch
from valuestats.systems.value_spectrum.persona import (
    EFFECTS,
    NONE,
    PLACEBO,
    TARGETS,
    persona_recovery,
    persona_selectivity,
    read_described,
    simulate_described,
    simulate_personas,
)


def test_the_pilot_counts_each_clip_once():
    """Counted by hand in the release: 9 of 9 with an animal, 3 of 15 others; the same two clips six times each."""
    if not available("value_spectrum_pilot"):
        pytest.skip("value_spectrum_pilot is not at hand (VALUESTATS_MIRROR)")
    described = read_described(fetch("value_spectrum_pilot", download=False) / "Data" / "experiment_data.csv")
    assert described.attrs == {"asked": 39, "without": 15, "without_yes": 13}
    assert described["clip"].value_counts().head(2).to_dict() == {"apple": 6, "cheese": 6}
    table = persona_selectivity(described).set_index("unit")
    counts = ["shown_yes", "shown", "other_yes", "other"]
    assert table.loc["screenshot", counts].tolist() == [9, 9, 3, 15]
    assert table.loc["clip", counts].tolist() == [4, 4, 3, 10]
    both = [stats.fisher_exact(t).pvalue for t in ([[9, 0], [3, 12]], [[4, 0], [3, 7]])]
    assert table["p_value"].tolist() == pytest.approx(both)
    assert both[0] < 0.001 < 0.05 < both[1]


def test_the_standin_is_read_as_the_release(tmp_path):
    path = tmp_path / "described.csv"
    simulate_described(2).to_csv(path, index=False)
    described = read_described(path)
    assert (len(described), described["clip"].nunique(), described["animal"].sum()) == (21, 15, 9)
    assert described.attrs["without"] == 5
    assert persona_selectivity(described)["unit"].tolist() == ["screenshot", "clip"]
    with pytest.raises(InputError, match="of one kind only"):
        persona_selectivity(described[described["animal"]])
    simulate_described(2).assign(**{"User Interest": "None"}).to_csv(path, index=False)
    with pytest.raises(InputError, match="no row has a persona"):
        read_described(path)
    simulate_described(2).drop(columns="Stay Duration").to_csv(path, index=False)
    with pytest.raises(InputError, match="a column is missing"):
        read_described(path)


def test_simulated_personas_are_told_from_what_they_should_not_move():
    outcomes = simulate_personas(seed=1)
    found = intervention_effects(outcomes, control=NONE, targets=TARGETS, placebos=[PLACEBO], draws=100)
    table = persona_recovery(found).set_index("kind")
    assert table["cells"].to_dict() == {"meant": 3, "beside": 2, "none": 25}
    assert table.loc["meant", "found"] == 3
    assert table.loc["beside", "found"] >= 1
    assert table.loc["none", "found"] <= 2
    assert table.loc["none", "held"] >= 22
    wide = outcomes.groupby(["condition", "dimension"])["value"].mean().unstack()
    means = found.estimates.set_index(["condition", "dimension"])["estimate"]
    for name in EFFECTS:
        if name != PLACEBO:
            assert means[name].to_numpy() == pytest.approx(
                (wide.loc[name] - wide.loc[NONE])[means[name].index].to_numpy()
            )


def test_the_pilot_has_no_matched_control():
    """Screenshots of a persona are other ones than those without: the comparison is refused by name."""
    frame = pd.DataFrame(
        {"item": np.arange(6), "condition": ["pet lover"] * 3 + ["none"] * 3, "value": [1, 0, 1, 1, 1, 1]}
    )
    with pytest.raises(ValueError, match="without a matched control"):
        intervention_effects(frame, control="none")
