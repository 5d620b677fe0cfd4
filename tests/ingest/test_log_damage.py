"""Damaged logs of every tool: all rows, or one clear error that names the file; and which reader is taken."""

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from valuestats.base.errors import InputError
from valuestats.cli.main import main
from valuestats.ingest import read_responses
from valuestats.ingest.readers import response_readers

LOGS = Path(__file__).parent / "logs"


def only(folder, pattern):
    return next((LOGS / folder).rglob(pattern))


FILES = {
    "inspect": LOGS / "inspect_letters.eval",
    "inspect_json": LOGS / "inspect_texts.json.gz",
    "lm_eval": only("lm_eval_run", "samples_portraits_2*.jsonl"),
    "lm_eval_choices": only("lm_eval_run", "samples_portraits_mc_*.jsonl"),
    "helm": only("helm_run", "scenario_state.json"),
    "lighteval": only("lighteval_run", "details_portraits*.parquet"),
    "promptfoo": LOGS / "promptfoo_repeats.json",
    "batch": LOGS / "openai_batch" / "batch_1_output.jsonl",
    "batch_anthropic": LOGS / "anthropic_batch" / "results.jsonl",
}
KINDS = {"inspect_json": "inspect", "lm_eval_choices": "lm_eval", "batch_anthropic": "batch"}
NEEDS_MODEL = {"lm_eval", "lighteval", "batch"}


def read(name, path, **options):
    kind = KINDS.get(name, name)
    options |= {"model": "m"} if kind in NEEDS_MODEL else {}
    return read_responses(path, reader=kind, scale="pvq21", duplicates="report", **options)


ROWS = {name: len(read(name, file)) for name, file in FILES.items() if not name.startswith("batch")}


def attempt(name, content, least):
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, FILES[name].name)
        file.write_bytes(content)
        frame = fault = None
        try:
            frame = read(name, file).frame
        except InputError as error:
            fault = error
        if frame is None:
            assert Path(fault.file).name in (file.name, file.name.removesuffix(".gz"))
            return
        assert len(frame) >= least
        assert frame["status"].notna().all()


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_log_that_is_cut_off(name, data):
    content = FILES[name].read_bytes()
    attempt(name, content[: data.draw(st.integers(0, len(content) - 2))], least=1)


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_log_with_flipped_bits(name, data):
    content = bytearray(FILES[name].read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] ^= 1 << data.draw(st.integers(0, 7))
    attempt(name, bytes(content), least=1)


@pytest.mark.parametrize("name", [n for n in FILES if FILES[n].suffix in (".json", ".jsonl")])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "cp037"])
def test_a_log_in_another_encoding(name, encoding):
    attempt(name, FILES[name].read_text().encode(encoding), least=10**9)


@pytest.mark.parametrize("name", ROWS)
def test_all_rows_of_an_undamaged_log(name):
    attempt(name, FILES[name].read_bytes(), least=ROWS[name])


@pytest.mark.parametrize("name", FILES)
def test_each_log_is_recognised_by_its_reader_and_no_other_log_reader(name):
    found = [r.name for r in response_readers() if r.name != "table" and r.detect(FILES[name])]
    assert found == [KINDS.get(name, name)]


@pytest.mark.parametrize("name", FILES)
def test_describe_works_on_each(name, tmp_path, capsys):
    folder = tmp_path / "logs"
    shutil.copytree(FILES[name].parent, folder) if FILES[name].parent != LOGS else folder.mkdir()
    file = Path(shutil.copy(FILES[name], folder))
    if KINDS.get(name, name) == "lighteval":
        file = FILES[name]
    assert main(["describe", str(file), "--scale", "pvq21"]) == 0
    assert "conflicts:" in capsys.readouterr().out


def test_a_folder_with_the_logs_of_two_tools_is_not_read_in_part(tmp_path):
    for name in ("inspect", "promptfoo"):
        shutil.copy(FILES[name], tmp_path)
    with pytest.raises(InputError, match="logs of several tools") as caught:
        read_responses(tmp_path, scale="pvq21")
    assert caught.value.got == "inspect, promptfoo"
    assert len(read_responses(tmp_path, reader="promptfoo", scale="pvq21")) == 12


@pytest.mark.parametrize(
    ("name", "reader", "told"),
    [
        ("promptfoo", "inspect", "a promptfoo export of version 3"),
        ("promptfoo", "helm", "a promptfoo export of version 3"),
        ("inspect_json", "helm", "an inspect_ai log"),
        ("inspect_json", "promptfoo", "an inspect_ai log"),
        ("helm", "inspect", "a scenario state of HELM"),
        ("helm", "promptfoo", "a scenario state of HELM"),
    ],
)
def test_a_log_of_another_tool_is_called_what_it_is(name, reader, told):
    with pytest.raises(InputError) as caught:
        read_responses(FILES[name], reader=reader, scale="pvq21")
    assert caught.value.got == told


@pytest.mark.parametrize("name", [n for n in FILES if FILES[n].suffix == ".jsonl"])
@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_broken_line_costs_its_own_rows_only(name, data):
    lines = FILES[name].read_text().splitlines()
    place = data.draw(st.integers(0, len(lines) - 1))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, FILES[name].name)
        file.write_text("\n".join(line if n != place else line[:-1] for n, line in enumerate(lines)))
        found = read(name, file)
    rows = found.findings[found.findings["kind"] == "record without a row"]
    assert rows["row"].tolist() == [place]
    behind = {
        int(row)
        for rows in found.frame.get("source_rows", found.frame["source_row"].astype(str))
        for row in rows.split()
    }
    assert behind == set(range(len(lines))) - {place}
