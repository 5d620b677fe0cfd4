"""OpinPref's release and its stand-in: read by row, weights recovered, the plain mean hardly beaten."""

import json

import numpy as np
import pytest

from valuestats import feature_weights, learning_curve
from valuestats.base.errors import InputError
from valuestats.ingest.datasets import available, fetch
from valuestats.systems.opinpref.annotators import annotator_weights
from valuestats.systems.opinpref.release import COLUMNS, read_opinpref
from valuestats.systems.opinpref.simulate import WEIGHTS, simulate_pairs, standin
from valuestats.weights.curve import ACCURACY, AGAINST


def written(folder, records, name="annotations-train.jsonl"):
    (folder / name).write_text("\n".join(r if isinstance(r, str) else json.dumps(r) for r in records) + "\n")
    return folder / name


@pytest.fixture(scope="module")
def release():
    if not available("opinpref"):
        pytest.skip("opinpref is not at hand (VALUESTATS_LOCAL)")
    folder = fetch("opinpref", download=False)
    return read_opinpref([folder / "annotations-train.jsonl", folder / "annotations-valid.jsonl"])


def test_the_release_and_what_a_mean_foresees(release):
    assert len(release) == 940
    assert release.frame["judge"].nunique() == 4
    found = learning_curve(release, COLUMNS, sizes=[752], splits=20, methods=["free"]).estimates
    table = found[found["measure"] == ACCURACY].set_index("method")
    # the targets of the task: near .757 fitted and .743 plain mean
    assert table.loc["free", "lower"] < 0.757 < table.loc["free", "upper"]
    assert table.loc["mean", "estimate"] == pytest.approx(0.743, abs=0.01)
    assert table.loc["free" + AGAINST, "lower"] < 0 < table.loc["free" + AGAINST, "upper"]
    agree = annotator_weights(release, COLUMNS).set_index("judge")
    assert agree.loc["A1", "pairs"] == 297
    assert 0.05 < agree.loc["all", "p_value"] < 1


def test_the_standin_is_read_and_its_weights_recovered(tmp_path):
    for name, content in standin(5).items():
        (tmp_path / name).write_bytes(content)
    choices = read_opinpref(sorted(tmp_path.glob("*.gz")))
    assert len(choices) == 940
    table = feature_weights(choices, COLUMNS).estimates
    z = (table["estimate"] - np.array(WEIGHTS)) / table["std_error"]
    assert (z**2).sum() < 24.3  # chi-square of 7, p = .001
    assert set(choices.frame["part"]) == {"train", "valid"}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda r: "{broken", "not a record"),
        (lambda r: {**r, "preference-data": 3}, "1 or 2"),
        (lambda r: {k: v for k, v in r.items() if k != "summary-pairs"}, "not a record"),
    ],
)
def test_bad_records_are_named_by_row(tmp_path, change, says):
    records = simulate_pairs(3)
    path = written(tmp_path, [*records[:2], change(records[2])])
    with pytest.raises(InputError, match=says) as caught:
        read_opinpref([path])
    assert caught.value.row == 2


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_opinpref([tmp_path / "nothing.jsonl"])
