"""Questions that stand more than once: what tells them apart, and repeats as epochs."""

import pytest

from valuestats.base.errors import InputError, SpecificationError
from valuestats.ingest import read_responses

MESSY = "Modell;Frage;Lauf;Temperatur;Uhrzeit;Antwort\n" + "".join(
    f"m;Q{q};{run};{t};{q}{run}{t}0;{(q + run) % 5 + 1}\n"
    for t in (0, 1)
    for run in (1, 2)
    for q in (1, 2, 3, 4, 5)
)
MAP = {"model": "Modell", "item": "Frage", "epoch": "Lauf", "answer": "Antwort"}


def test_what_would_tell_repeats_apart_is_named_with_the_argument_that_works(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text(MESSY)
    with pytest.raises(InputError, match="a question stands twice") as caught:
        read_responses(file, columns=MAP, scale=(1, 5))
    hint = caught.value.hint
    assert "epoch=1; first in a.csv, row 0" in caught.value.got
    assert hint.startswith("'Temperatur' tells them apart: columns={'condition': 'Temperatur'}")
    assert "keep=['Temperatur'] with duplicates='number'" in hint
    by_condition = read_responses(file, columns={**MAP, "condition": "Temperatur"}, scale=(1, 5))
    assert by_condition.frame["condition"].nunique() == 2
    numbered = read_responses(file, columns=MAP, scale=(1, 5), keep=["Temperatur"], duplicates="number").frame
    assert sorted(numbered.loc[numbered["item"] == "Q1", "epoch"]) == [1, 2, 3, 4]
    kept = numbered.sort_values("epoch").groupby("item", observed=True)["Temperatur"].agg(list)
    assert kept["Q1"] == [0, 1, 0, 1]  # by run, then as they stand
    taken = {**MAP, **dict.fromkeys(("condition", "wording", "persona"), "Modell")}
    with pytest.raises(InputError) as caught:
        read_responses(file, columns=taken, scale=(1, 5))
    assert caught.value.hint.startswith("'Temperatur' tells them apart: keep=")


def test_where_no_column_tells_repeats_apart_that_is_said(tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_text("model,item,answer\nm,q,1\n")
    with pytest.raises(InputError) as caught:
        read_responses(tmp_path, scale=(1, 5))
    assert caught.value.hint.startswith("each stands in a file of its own")
    both = [tmp_path / "a.csv", tmp_path / "b.csv"]
    assert read_responses(both, scale=(1, 5), duplicates="number").frame["epoch"].tolist() == [1, 2]
    (tmp_path / "a.csv").write_text("id,model,item,answer\n" + "".join(f"{n},m,q,1\n" for n in range(20)))
    with pytest.raises(InputError) as caught:
        read_responses(tmp_path / "a.csv", scale=(1, 5))
    assert caught.value.hint.startswith("add the column that tells them apart")
    with pytest.raises(SpecificationError, match="duplicates"):
        read_responses(tmp_path / "a.csv", scale=(1, 5), duplicates="drop")
