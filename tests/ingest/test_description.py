"""What describe() says, against tables whose faults are known."""

from itertools import product

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from valuestats.ingest import describe
from valuestats.ingest.description import _first_absent
from valuestats.tables import Responses


def table(rows, **more):
    frame = pd.DataFrame(rows)
    fixed = {
        "epoch": 1,
        "raw": "like me",
        "answer": 5,
        "status": "valid",
        "source_file": "f",
        "source_sha256": "0",
    }
    for name, value in {**fixed, **more}.items():
        if name not in frame:
            frame[name] = value
    frame["source_row"] = range(len(frame))
    return Responses(frame)


def test_a_full_crossing_has_nothing_missing():
    rows = [{"model": m, "item": i, "wording": w} for m, i, w in product("ab", "123", "xy")]
    found = describe(table(rows))
    assert (found.cells, found.missing_count, len(found.duplicates), len(found.conflicts)) == (12, 0, 0, 0)
    assert found.crossing == ("model", "item", "wording", "epoch")
    assert found.sizes.set_index("what")["n"].to_dict() == {
        "rows": 12, "files": 1, "models": 2, "items": 3, "wordings": 2, "epochs": 1,
    }  # fmt: skip


def test_missing_cells_are_named_and_counted():
    rows = [{"model": m, "item": i, "wording": w} for m, i, w in product("ab", "123", "xy")]
    found = describe(table(rows[:4] + rows[5:]), limit=1)
    assert found.missing_count == 1
    assert found.missing_cells.to_dict("records") == [{"model": "a", "item": "3", "wording": "x", "epoch": 1}]
    assert describe(table(rows[:1] + rows[-1:]), limit=1).missing_count == 2 * 2 * 2 - 2


def test_no_persona_is_a_level():
    found = describe(table([{"model": "a", "item": "1", "persona": p} for p in (None, "nurse")]))
    assert (found.cells, found.missing_count) == (2, 0)


def test_duplicates_keep_their_place():
    found = describe(
        table([{"model": "a", "item": "1"}, {"model": "a", "item": "2"}, {"model": "a", "item": "1"}])
    )
    assert found.duplicates["source_row"].tolist() == [2]
    assert "rows that stand twice: 1" in found.to_text()


def test_conflicts_are_found_by_name():
    rows = [
        {"model": "a", "item": "1", "cluster": "x", "prompt_sha256": "p", "model_served": "a"},
        {"model": "b", "item": "1", "cluster": "y", "prompt_sha256": "q", "model_served": "b-mini"},
        {"model": "a", "item": "2", "cluster": "y", "prompt_sha256": "p", "model_served": None},
    ]
    found = describe(table(rows, item_text_sha256=["t", "u", "v"])).conflicts
    assert found.values.tolist() == [
        ["item in two clusters", "1", "x, y"],
        ["one prompt under two items", "p", "1, 2"],
        ["item with two texts", "1", "t, u"],
        ["requested and served model differ", "b", "b-mini (1 rows)"],
    ]


def test_statuses_and_rules():
    rows = [
        {"model": "a", "item": str(n), "status": s} for n, s in enumerate(("valid", "refusal", "refusal"))
    ]
    found = describe(table(rows, answer=[5, None, None], rule=["exact", "refusal:en", "refusal:en"]))
    assert found.statuses.set_index(["model", "status"])["n"].to_dict() == {
        ("all", "valid"): 1, ("a", "valid"): 1, ("all", "refusal"): 2, ("a", "refusal"): 2,
    }  # fmt: skip
    assert found.statuses["share"].round(3).tolist() == [0.333, 0.333, 0.667, 0.667]
    assert found.rules["n"].tolist() == [2, 1]
    assert "wording" in found.missing_columns


def test_categories_and_texts_are_described_alike():
    rows = [{"model": m, "item": i, "wording": w} for m, i, w in product("ab", "12", "xy")][:7]
    plain = table(rows)
    coded = Responses(plain.frame.astype(dict.fromkeys(("model", "item", "wording", "status"), "category")))
    assert describe(plain).to_text() == describe(coded).to_text()


def test_the_text_holds_no_answers():
    text = describe(table([{"model": "a", "item": "1"}], raw="SECRET like me")).to_text()
    assert "SECRET" not in text


@given(st.sets(st.integers(0, 40), min_size=1), st.integers(0, 50))
def test_absent_cells_are_the_complement(present, limit):
    cells = 45
    array = pd.Series(sorted(present)).to_numpy()
    expected = [n for n in range(cells) if n not in present][:limit]
    assert _first_absent(array, cells, limit).tolist() == expected
