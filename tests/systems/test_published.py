"""Published numbers: reading, verdicts."""

from pathlib import Path

import pandas as pd
import pytest

from valuestats.base.errors import InputError
from valuestats.study.spec import load_study
from valuestats.systems.comparison import compare_published, read_published

ANALYSES = Path(__file__).parents[2] / "analyses"


def _table(**columns):
    return pd.DataFrame({"quantity": "q", **columns})


def test_verdicts_are_computed():
    told = _table(group=["a", "b", "c"], value=[1.0, 2.0, 3.0], source="paper")
    again = _table(group=["a", "b"], value=[1.0 + 1e-10, 2.1])
    better = _table(
        group=["a"], estimate=[1.2], lower=[1.0], upper=[1.4], unit="queries", n_scored=[3], n_asked=[4]
    )
    why = _table(group=["b"], explanation=["a file was changed"])
    table = compare_published(told, again, better, explanations=why).set_index("group")
    assert table["verdict"].to_dict() == {"a": "reproduced", "b": "differs", "c": "not computable"}
    assert table.loc["b", "difference"] == pytest.approx(0.1)
    assert table.loc["a", "estimate"] == 1.2
    assert table["explanation"].to_dict() == {"a": "", "b": "a file was changed", "c": ""}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("quantity,group,value\nq,a,1\n", "a column is missing"),
        ("quantity,group,value,source\nq,a,many,paper\n", "not a number"),
        ("quantity,group,value,source\nq,a,1,paper\nq,a,2,paper\n", "given twice"),
    ],
)
def test_bad_files(tmp_path, text, message):
    path = tmp_path / "published.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        read_published(path)
    assert caught.value.file == str(path)


@pytest.mark.parametrize("file", sorted(ANALYSES.glob("*/published.csv")), ids=lambda f: f.parent.name)
def test_published_files_are_whole_and_their_sources_named(file):
    table = read_published(file)
    assert (table["source"].str.len() > 3).all()
    assert load_study(file.with_name("study.yml")).name == file.parent.name
