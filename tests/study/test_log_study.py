"""inspect_ai's own logs to a rendered page, with no code by the user; held against the codes the mock models were given."""

import gzip
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
import yaml

import valuestats
from valuestats.base.errors import InputError, SpecificationError, StudyError
from valuestats.cli.main import main
from valuestats.keying.declared import instrument_keys
from valuestats.study import run_study
from valuestats.study.pages import render_reports
from valuestats.study.starting import write_study

LOGS = Path(__file__).parents[1] / "ingest" / "logs" / "inspect_study"
# Schwartz (2003): items of the ten values in the 21-item questionnaire, typed from the publication.
ITEMS = {
    "Self-Direction": (1, 11), "Power": (2, 17), "Universalism": (3, 8, 19), "Achievement": (4, 13),
    "Security": (5, 14), "Stimulation": (6, 15), "Conformity": (7, 16), "Tradition": (9, 20), "Hedonism": (10, 21),
    "Benevolence": (12, 18),
}  # fmt: skip


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mine")
    shutil.copytree(LOGS, folder / "logs")
    (folder / "logs" / "truth.csv").unlink()
    pattern = str(folder / "logs" / "*")
    assert (
        main(
            [
                "study-init",
                pattern,
                "--instrument",
                "pvq21",
                "--out",
                str(folder / "mine.yml"),
                "--no-ordinal",
            ]
        )
        == 0
    )
    return folder / "mine.yml"


@pytest.fixture(scope="module")
def run(study):
    return run_study(study, results=study.parent / "results")


@pytest.fixture(scope="module")
def expected():
    """Centred scores by hand: means of an item's codes, then of a value's items, minus the mean of all items."""
    codes = {}
    for row in pd.read_csv(LOGS / "truth.csv").dropna().itertuples():
        codes.setdefault(row.model, {}).setdefault(row.item, []).append(row.code)
    scores = {}
    for model, items in codes.items():
        means = {item: sum(c) / len(c) for item, c in items.items()}
        middle = sum(means.values()) / len(means)
        for value, own in ITEMS.items():
            scores[model, value] = sum(means[i] for i in own) / len(own) - middle
    return scores


def test_every_answer_is_the_one_that_the_model_was_given(run):
    truth = pd.read_csv(LOGS / "truth.csv", dtype={"item": str}).set_index(["model", "item", "epoch"])["code"]
    frame = run.load("responses").frame.astype({"model": str, "item": str})
    answer = frame.set_index(["model", "item", "epoch"])["answer"].astype(float)
    assert len(frame) == len(truth) == 189
    assert answer.reindex(truth.index).equals(truth)
    assert (frame["status"] == "refusal").sum() == truth.isna().sum() == 3
    assert frame["option_order"].nunique() > 10


def test_the_scores_are_those_worked_out_by_hand(run, expected):
    scores = run.load("scores").estimates
    found = {
        (row.model, row.dimension.replace("Self_", "Self-")): row.estimate for row in scores.itertuples()
    }
    assert found.keys() == expected.keys()
    assert all(found[key] == pytest.approx(expected[key], abs=1e-12) for key in expected)


class Cells(HTMLParser):
    def __init__(self):
        super().__init__()
        self.rows, self.open = [], False

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.rows.append([])
        self.open = tag in ("td", "th") or (self.open and tag not in ("table", "p"))
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        self.open = self.open and tag not in ("td", "th")

    def handle_data(self, data):
        if self.open:
            self.rows[-1][-1] += data


def test_the_page_shows_the_numbers(run, expected):
    pages = render_reports(run.folder, study=run.study.path, engine="embedded")
    assert [p.name for p in pages] == ["instrument_comparison.html", "instrument_comparison.pdf"]
    assert pages[1].read_bytes().startswith(b"%PDF")
    html = pages[0].read_text(encoding="utf-8")
    cells = Cells()
    cells.feed(html)
    rows = {row[0].strip(): [c.strip() for c in row[1:]] for row in cells.rows if row}
    for value in ITEMS:
        mine = [expected[model, value] for model in sorted({m for m, _ in expected})]
        told = [f"{x:+.2f}".replace("-", "−") for x in (sum(mine) / 3, min(mine), max(mine))]
        assert next(r for r in cells.rows if r and r[0].strip() == value and len(r) == 7)[1:4] == told
    assert rows["refusal"] == ["3", "1.59%"]
    models = next(row for row in cells.rows if row and row[0].strip() == "Value" and "mockllm/bold" in row)
    told = rows["Self-Direction △"][models.index("mockllm/bold") - 1]
    assert told == f"{expected['mockllm/bold', 'Self-Direction']:+.2f}".replace("-", "−")
    assert next(c for c in cells.rows if c and c[0] == "plain.eval")[1:5] == [
        "mockllm/plain", "plain-2026-01-01", "63", "63",
    ]  # fmt: skip
    assert rows["default and first letter"][:3] == ["189", "186", "100.0%"]
    assert rows["nothing"] == ["–", "–"]
    assert "186 could be scored" in html
    assert "simulated" not in html


def test_a_changed_log_runs_again_and_an_unchanged_one_does_not(study, run):
    assert run_study(study, results=study.parent / "results").computed == ()
    log = study.parent / "logs" / "bold.json.gz"
    content = log.read_bytes()
    log.write_bytes(
        gzip.compress(gzip.decompress(content).replace(b'"mockllm/bold"', b'"mockllm/brave"'), mtime=0)
    )
    again = run_study(study, results=study.parent / "results2")
    log.write_bytes(content)
    assert "mockllm/brave" in again.load("responses").models


def test_logs_read_apart_and_merged_are_those_read_together(study, run, tmp_path):
    content = yaml.safe_load(study.read_text(encoding="utf-8"))
    logs = study.parent / "logs"
    steps = {
        name: {"verb": "read_responses", "path": {"file": str(logs / file)}, "scale": "pvq21"}
        for name, file in {"one": "bold.json.gz", "two": "careful.json.gz", "three": "plain.eval"}.items()
    }
    steps["responses"] = {"verb": "merge", "parts": ["@one", "@two", "@three"]}
    steps |= {n: content["steps"][n] for n in ("keys", "scores")}
    file = tmp_path / "merged.yml"
    file.write_text(yaml.safe_dump({**content, "steps": steps}), encoding="utf-8")
    merged = run_study(file, results=tmp_path / "results", outside=True)
    ours, theirs = merged.load("scores").estimates, run.load("scores").estimates
    assert ours["estimate"].tolist() == theirs["estimate"].tolist()
    steps["again"] = {"verb": "merge", "parts": ["@one", "@one"]}
    file.write_text(yaml.safe_dump({**content, "steps": steps}), encoding="utf-8")
    with pytest.raises(InputError, match="a question stands twice"):
        run_study(file, results=tmp_path / "results", outside=True)
    steps["again"] = {"verb": "merge_report", "parts": ["@one", "@one"]}
    file.write_text(yaml.safe_dump({**content, "steps": steps}), encoding="utf-8")
    report = run_study(file, results=tmp_path / "results", outside=True).load("again")
    assert len(report) == 63
    assert set(report["kind"]) == {"stands twice: same record"}


def test_a_pattern_without_files_is_one_clear_fault(study, tmp_path):
    content = yaml.safe_load(study.read_text(encoding="utf-8"))
    content["steps"]["responses"]["path"] = {"file": "nowhere/*.eval"}
    file = tmp_path / "empty.yml"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(StudyError, match="a pattern that no file matches"):
        run_study(file, results=tmp_path / "results")


def test_what_cannot_work_is_said_when_the_study_is_written(study, tmp_path):
    pattern = study.parent / "logs" / "*"
    with pytest.raises(SpecificationError, match="none of the instrument's items"):
        write_study(pattern, "pvq21", tmp_path / "study.yml", prefix="item_")
    with pytest.raises(SpecificationError, match="no such family"):
        write_study(pattern, "pvq21", tmp_path / "study.yml", family="bfi")
    with pytest.raises(StudyError, match="there already"):
        write_study(pattern, "pvq21", study)
    with pytest.raises(StudyError, match="name"):
        write_study(pattern, "pvq21", tmp_path / "My Study.yml")
    with pytest.raises(InputError, match="a question stands twice"):
        write_study(_twice(study, tmp_path), "pvq21", tmp_path / "study.yml")


def _twice(study, folder):
    for name in ("a.eval", "b.eval"):
        shutil.copy(study.parent / "logs" / "plain.eval", folder / name)
    return folder / "*.eval"


def test_the_text_before_the_items_is_found(tmp_path):
    file = tmp_path / "answers.csv"
    rows = [f"m,pvq_{item},like me" for item in range(1, 22)] + ["m,other_1,like me"]
    file.write_text("\n".join(["model,item,raw", *rows]))
    study = yaml.safe_load(write_study(file, "pvq21", tmp_path / "study.yml").read_text(encoding="utf-8"))
    assert study["steps"]["keys"]["prefix"] == "pvq_"
    assert study["steps"]["responses"]["path"] == {"file": "answers.csv"}
    assert "to 21 of the 21 items" in study["description"]


def test_declared_keys_carry_the_sign_of_reversed_items(tmp_path):
    keyed = instrument_keys("bfi10")
    assert set(keyed["sign"]) == {-1, 1}
    declared = yaml.safe_load((Path(valuestats.__file__).parent / "instruments" / "bfi10.yml").read_text())
    reversed_items = {
        str(i)
        for family in declared["families"].values()
        for d in family.values()
        for i in d.get("reversed", [])
    }
    assert set(keyed.loc[keyed["sign"] < 0, "item"]) == reversed_items
    with pytest.raises(SpecificationError, match="declares no items"):
        instrument_keys("value_portrait")


def test_one_command_goes_from_logs_to_a_page(tmp_path, monkeypatch, capsys, run):
    shutil.copytree(LOGS, tmp_path / "logs")
    (tmp_path / "logs" / "truth.csv").unlink()
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    logs = sorted(str(file) for file in (tmp_path / "logs").iterdir())
    monkeypatch.setattr("valuestats.study.pages.render_reports", lambda *_, **__: [Path("page.html")])
    assert main(["report", *logs, "--instrument", "pvq21", "--no-ordinal"]) == 0
    said = capsys.readouterr()
    assert "page.html" in said.out
    assert "open this: file://" in said.err
    again = run_study(
        work / "study.yml", results=work / "results", outside=True
    )  # what is left behind runs by itself
    pd.testing.assert_frame_equal(again.load("scores").estimates, run.load("scores").estimates)
    assert main(["report", *logs, "--instrument", "pvq21"]) == 1
    assert "there already" in capsys.readouterr().err


def test_several_paths_are_read_as_one(tmp_path):
    logs = sorted(file for file in LOGS.iterdir() if file.name != "truth.csv")
    folder = tmp_path / "logs"
    shutil.copytree(LOGS, folder)
    (folder / "truth.csv").unlink()
    several, whole = (valuestats.read_responses(path, scale="pvq21") for path in (logs, folder))
    assert len(several) == len(whole) == 189
    keys = ["model", "item", "epoch"]
    one, other = (r.frame.sort_values(keys)["answer"].tolist() for r in (several, whole))
    assert one == other
    with pytest.raises(InputError, match="twice"):
        valuestats.read_responses([logs[0], logs[0]], scale="pvq21")
    with pytest.raises(SpecificationError, match="nothing to read"):
        valuestats.read_responses([])


def test_few_items_a_value_are_scored_over_runs_where_there_are_enough(tmp_path):
    keyed = yaml.safe_load(instrument_keys("pvq21").to_json(orient="records"))
    rows = [
        {"model": "m", "item": one["item"], "epoch": run, "raw": str(1 + (run + n) % 6)}
        for run in range(1, 6)
        for n, one in enumerate(keyed)
        if one["family"] == "pvq"
    ]
    for runs, resampled in ((5, "runs"), (3, None)):
        logs = tmp_path / f"{runs}.csv"
        pd.DataFrame(rows).query("epoch <= @runs").to_csv(logs, index=False)
        written = yaml.safe_load(
            write_study(logs, "pvq21", tmp_path / f"s{runs}.yml", ordinal=False).read_text()
        )
        assert written["steps"]["scores"].get("resample") == resampled
    run = run_study(tmp_path / "s5.yml", results=tmp_path / "results")
    assert run.load("scores").estimates["lower"].notna().all()
