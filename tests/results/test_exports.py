"""Tables for a paper are read back by pandoc, an independent reader, and CSV by pandas."""

import csv
import dataclasses
import json
import subprocess

import numpy as np
import pandas as pd
import pytest

from valuestats.base.errors import GateError, SpecificationError
from valuestats.reporting.pandoc import pandoc_path, run_pandoc
from valuestats.results.exports import latex_table, printed_frame, spreadsheet_safe
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result

HOSTILE = "<b>m</b> & 50%_$x^2~{\\input{secret}}"


def made(gate=None, models=("a", HOSTILE), estimates=(-0.126, 1.5)):
    frame = pd.DataFrame(
        {
            "estimand": "score", "model": list(models), "estimate": list(estimates), "std_error": 0.1,
            "lower": [e - 0.2 for e in estimates], "upper": [e + 0.2 for e in estimates], "level": 0.95,
            "interval": "cluster bootstrap, equal-tailed", "n_scored": 1234, "n_asked": 2000,
        }
    )  # fmt: skip
    rng = np.random.default_rng(0)
    tree = draws_tree("bootstrap", rng.normal(estimates, 0.1, (100, len(models))), {"model": list(models)})
    meta = make_meta("mean of answers", {}, seed=1, **({} if gate is None else {"gate": gate}))
    return Result("scores", frame, ("model",), meta, tree)


def cells(text, source):
    """Texts of the table's cells, row by row, as pandoc reads them."""
    tree = json.loads(run_pandoc(text, source, "json"))
    found = []

    def plain(node):
        if isinstance(node, dict):
            kind, content = node.get("t"), node.get("c")
            if kind == "Str":
                return content
            if kind in ("Space", "SoftBreak"):
                return " "
            if kind == "Math":
                return {"-": "−"}.get(content[1], content[1])
            return plain(content) if content is not None else ""
        return "".join(plain(x) for x in node if isinstance(x, dict | list)) if isinstance(node, list) else ""

    for block in tree["blocks"]:
        table = (
            block if block["t"] == "Table" else next((b for b in block["c"][-1] if isinstance(b, dict)), {})
        )
        if table.get("t") == "Table":
            _, _, _, head, bodies, _ = table["c"]
            rows = head[1] + [row for body in bodies for row in body[3]]
            found += [[plain(cell[4]).replace("\u00a0", " ") for cell in row[1]] for row in rows]
    return found


def expected(result):
    shown = printed_frame(result).map(lambda x: x.replace("\u00a0", " "))
    return [list(shown.columns), *shown.to_numpy().tolist()]


@pytest.mark.parametrize("long", [False, True])
def test_latex_holds_the_printed_table(long):
    result = made()
    text = latex_table(result, caption="50% of it", label="tab:one", long=long)
    want = [[cell.removeprefix("△ ").removeprefix("○ ") for cell in row] for row in expected(result)]
    got = [row for row in cells(text, "latex") if len([c for c in row if c]) > 1]
    assert [row for n, row in enumerate(got) if row not in got[:n]] == want
    assert r"\toprule" in text
    assert r"\label{tab:one}" in text
    assert r"\caption{50\% of it}" in text
    assert (r"\begin{longtable}" in text) is long
    assert r"\input" not in text


def test_html_is_inert_and_says_what_was_left_out():
    result = made()
    assert cells(result.to_html(), "html") == expected(result)
    text = result.to_html(rows=1, caption="<script>")
    assert "<b>" not in text
    assert "<script>" not in text
    assert "1 more rows" not in text
    assert "1 more row" in text


def test_word_holds_the_printed_table(tmp_path):
    result = made()
    place = result.to_word(tmp_path / "table.docx", caption="Means")
    done = subprocess.run([pandoc_path(), "-f", "docx", "-t", "html", place], capture_output=True, check=True)
    assert cells(done.stdout.decode(), "html") == expected(result)
    assert "Means" in done.stdout.decode()
    with pytest.raises(SpecificationError, match="docx"):
        result.to_word(tmp_path / "table.doc")


def test_csv_is_unrounded_and_inert(tmp_path):
    result = made(models=("=cmd()", "@x"), estimates=(1 / 3, -2e-9))
    with result.to_csv(tmp_path / "x.csv").open(newline="") as file:
        back = list(csv.DictReader(file))
    assert [float(row["estimate"]) for row in back] == [1 / 3, -2e-9]
    assert [row["model"] for row in back] == ["'=cmd()", "'@x"]
    assert {row["trust"] for row in back} <= {"sound", "care", "none"}


def test_numbers_as_text_stay_numbers():
    frame = pd.DataFrame({"=code": ["-1", "+5", "-1+1", "a"], "n": [-1, 2, 3, 4]})
    safe = spreadsheet_safe(frame)
    assert safe["'=code"].tolist() == ["-1", "+5", "'-1+1", "a"]
    assert safe["n"].tolist() == [-1, 2, 3, 4]


def test_a_failed_fit_is_neither_ranked_nor_drawn():
    failed = made({"passed": False, "reasons": ["R-hat 1.2"]})
    for call in (
        lambda r, **o: r.rank("model", **o),
        lambda r, **o: r.contrast("model", "a", HOSTILE, **o),
        lambda r, **o: r.contrasts("model", **o),
    ):
        with pytest.raises(GateError, match=r"no finding") as caught:
            call(failed)
        assert "R-hat 1.2" in str(caught.value)
        assert "allow_failed" in str(caught.value)
        assert call(failed, allow_failed=True).equals(call(dataclasses.replace(failed, meta={})))
    with pytest.raises(GateError, match="figures"):
        failed.plot()


def test_a_result_is_printed_short():
    text = repr(made())
    assert text.startswith("<Result scores: 2 estimates (2 model); ")
    assert len(text) < 400
    assert made()._repr_html_().startswith("<table")
