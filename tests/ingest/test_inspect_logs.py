"""inspect_ai logs, as inspect_ai 0.3.285 itself wrote them (logs/make_inspect.py)."""

import gzip
import io
import json
import zipfile
from pathlib import Path

import pytest

from valuestats.base.errors import InputError, SpecificationError
from valuestats.ingest import describe, logprob_distributions, read_responses
from valuestats.ingest.logs.archives import Archive
from valuestats.ingest.sources import read_source

LOGS = Path(__file__).parent / "logs"
HEADER = {"eval": {"model": "m", "task": "t"}}


def sample(**changes):
    return {"id": "q1", "epoch": 1, "input": "?", "output": {"model": "m", "choices": [{"stop_reason": "stop"}],
            "completion": "Like me."}, **changes}  # fmt: skip


def write_log(path, samples, header=HEADER):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("header.json", json.dumps(header))
        for number, content in enumerate(samples):
            archive.writestr(f"samples/{number}.json", json.dumps(content))
    return path


def test_every_sample_of_every_epoch_is_a_row():
    frame = read_responses(LOGS / "inspect_texts.eval", scale="pvq21").frame
    assert list(zip(frame["item"], frame["epoch"], strict=True)) == [
        (f"q{n}", e) for e in (1, 2) for n in range(1, 7)
    ]
    assert set(frame["model"]) == {"mockllm/model"}
    assert frame["model_served"].dropna().unique().tolist() == ["mock-2026-01-01"]
    assert frame["status"].tolist()[:6] == ["valid", "refusal", "truncated", "empty", "valid", "api_error"]
    assert frame["answer"].tolist()[6:11] == [2, 6, 6, 3, 1]
    assert "overloaded" in frame["error"].iloc[5]
    assert frame["condition"].unique().tolist() == ["portraits"]
    assert frame["source_row"].tolist() == list(range(12))
    assert frame["prompt_sha256"].str.len().eq(64).all()
    assert json.loads(frame["logprobs"].iloc[4])[0]["top_logprobs"][1] == {"token": "Like", "logprob": -2.5}


def test_the_json_log_says_what_the_archive_says():
    drop = ["source_file", "source_sha256"]
    archive = read_responses(LOGS / "inspect_texts.eval", scale="pvq21").frame.drop(columns=drop)
    plain = read_responses(LOGS / "inspect_texts.json.gz", scale="pvq21").frame.drop(columns=drop)
    assert plain.astype("str").equals(archive.astype("str"))


def test_letters_are_mapped_by_the_options_as_they_were_shown():
    read = read_responses(LOGS / "inspect_letters.eval", scale="pvq21")
    assert read.frame["answer"].tolist() == [6, 3, 3]
    assert read.frame["option_order"].tolist() == ["6-4-3-1-2-5", "5-3-4-6-2-1", "2-1-6-5-4-3"]
    # "A" and " A" are "very much like me" (6), "b" is "somewhat like me" (4), "The" is none
    found = logprob_distributions(read, "pvq21").iloc[0]
    assert found[6] == pytest.approx(0.60653066 + 0.13533528, abs=1e-8)
    assert found[4] == pytest.approx(0.04978707, abs=1e-8)
    assert found["unassigned"] == pytest.approx(1 - 0.79165301, abs=1e-8)


def test_an_order_that_the_log_hides_is_not_claimed():
    frame = read_responses(LOGS / "inspect_solver_shuffle.eval", scale="pvq21").frame
    assert frame["answer"].notna().all()
    assert frame["option_order"].isna().all()
    assert frame["options"].isna().all()


def test_folder_glob_fields_and_description():
    several = read_responses(LOGS / "inspect_*.eval", scale="pvq21")
    assert len(several) == 12 + 3 + 3
    conflicts = describe(several).conflicts.set_index("kind")["found"]
    assert conflicts["requested and served model differ"].startswith("mock-2026-01-01 (")
    # q1 to q3 mean one thing in one log and another in the other
    assert len(conflicts["item with two texts"]) == 3
    read = read_responses(
        LOGS / "inspect_texts.eval", scale="pvq21", fields={"language": "metadata.language"}
    )
    assert set(read.frame["language"]) == {"en"}
    with pytest.raises(InputError, match="can't be taken") as caught:
        read_responses(LOGS / "inspect_texts.eval", scale="pvq21", fields={"persona": "metadata.persona"})
    assert caught.value.row == 0
    with pytest.raises(SpecificationError, match="unknown field"):
        read_responses(LOGS / "inspect_texts.eval", scale="pvq21", fields={"model": "id"})
    with pytest.raises(SpecificationError, match="need a scale"):
        read_responses(LOGS / "inspect_texts.eval")


def test_samples_that_were_never_run_are_said(tmp_path, capsys):
    header = {"status": "cancelled", "eval": {**HEADER["eval"], "config": {"epochs": 2},
              "dataset": {"sample_ids": ["q1", "q2"]}}}  # fmt: skip
    assert len(read_responses(write_log(tmp_path / "a.eval", [sample()], header), scale="pvq21")) == 1
    assert "'cancelled'; 3 of 4 samples were never run" in capsys.readouterr().err


def test_attachments_and_a_limit(tmp_path):
    stored = sample(attachments={"x": "Like me."}, messages=[{"role": "user", "content": "attachment://y"}])
    stored["output"] = {**stored["output"], "completion": "attachment://x"}
    cut = sample(id="q2", limit={"type": "token", "limit": 5})
    cut["output"] = {**cut["output"], "completion": "Let me"}
    frame = read_responses(write_log(tmp_path / "a.eval", [stored, cut]), scale="pvq21").frame
    assert frame["raw"].tolist() == ["Like me.", "Let me"]
    assert frame["status"].tolist() == ["valid", "truncated"]


@pytest.mark.parametrize(
    ("changes", "parameter"),
    [
        ({"id": None}, "id"),
        ({"epoch": "1"}, "epoch"),
        ({"epoch": -1}, "epoch"),
        ({"output": []}, "output"),
        ({"choices": [1]}, "choices"),
        ({"messages": ["?"]}, "messages"),
    ],
)
def test_a_field_of_the_wrong_type_is_named_and_the_rest_is_read(tmp_path, changes, parameter):
    log = write_log(tmp_path / "a.eval", [sample(id="q0"), sample(**changes), sample(id="q2")])
    read = read_responses(log, scale="pvq21")
    found = read.findings.iloc[0]
    assert (found["file"], found["row"]) == ("a.eval", 1)
    assert parameter in found["found"]
    known = parameter not in ("id", "epoch")  # without an item or an epoch there is no row
    assert read.frame["item"].tolist() == ["q0", *(["q1"] if known else []), "q2"]
    assert read.frame["status"].tolist() == ["valid", *(["unparsable"] if known else []), "valid"]
    assert "left out or in doubt: 1" in describe(read).to_text()
    with pytest.raises(InputError) as caught:  # nothing else to read
        read_responses(write_log(tmp_path / "b.eval", [sample(**changes)]), scale="pvq21")
    assert (caught.value.parameter, caught.value.row) == (parameter, 0)


def test_each_choice_of_a_sample_is_an_epoch(tmp_path):
    def choices(*texts):
        return {"model": "m", "choices": [{"message": {"role": "assistant", "content": t}} for t in texts]}

    several = [
        sample(output=choices("Like me", "Not like me")),
        sample(epoch=2, output=choices("Not like me", "Like me")),
        sample(id="q2", output=choices("Like me")),
    ]
    frame = read_responses(write_log(tmp_path / "a.eval", several), scale="pvq21").frame
    assert frame[["item", "epoch", "answer"]].to_numpy().tolist() == [
        ["q1", 1, 5], ["q1", 2, 2], ["q1", 3, 2], ["q1", 4, 5], ["q2", 1, 5],
    ]  # fmt: skip


def chunked(archive, prefix, shell, messages, attachments=(), metadata=None):
    archive.writestr(f"{prefix}/sample.json", json.dumps(shell))
    archive.writestr(f"{prefix}/skeleton.json", "{}")
    archive.writestr(f"{prefix}/events/stats.json", "{}")
    archive.writestr(f"{prefix}/events/0.json", "[]")
    for start in range(0, len(messages), 2):
        archive.writestr(f"{prefix}/messages/{start}.json", json.dumps(messages[start : start + 2]))
    for number, text in enumerate(attachments):
        archive.writestr(f"{prefix}/attachments/{number}.json", json.dumps([text]))
    if metadata is not None:
        archive.writestr(f"{prefix}/metadata.json", json.dumps(metadata))


def test_samples_in_chunks_are_read_like_whole_ones(tmp_path):
    # The layout of log version 3, by inspect_ai's own description of it.
    path = write_log(tmp_path / "a.eval", [sample(id="q0")])
    messages = [{"role": "user", "content": "unused"}, {"role": "user", "content": "attachment://1"},
                {"role": "assistant", "content": "Like me."}]  # fmt: skip
    shell = sample(id="q1", message_refs=[[1, 3]], input="attachment://0")
    shell["output"] = {**shell["output"], "completion": "attachment://2"}
    with zipfile.ZipFile(path, "a") as archive:
        texts = ["the input", "How much?", "Not like me."]
        chunked(archive, "samples/a/b_epoch_1", shell, messages, texts, {"persona": "nurse"})
        chunked(archive, "samples/q2_epoch_1", sample(id="q2", message_refs=[[0, 9]]), messages)
    read = read_responses(path, scale="pvq21")
    assert read.frame["item"].tolist() == ["q0", "q1"]
    assert read.frame["raw"].tolist() == ["Like me.", "Not like me."]
    assert read.findings["row"].tolist() == [2]
    whole = sample(
        id="q1", input="the input", messages=[{"role": "user", "content": "How much?"}, messages[2]]
    )
    other = read_responses(write_log(tmp_path / "b.eval", [whole]), scale="pvq21").frame
    for name in ("prompt_sha256", "item_text_sha256"):
        assert other[name].iloc[0] == read.frame[name].iloc[1]


def test_a_manifest_beside_good_logs_is_a_finding(tmp_path):
    log = {"version": 2, "status": "success", "eval": {"created": "2026", "task": "t", "model": "m"}}
    (tmp_path / "a.json").write_text(json.dumps({**log, "samples": [sample()]}))
    for name in ("logs.json", "listing.json"):
        (tmp_path / name).write_text(json.dumps({"a.json": log}))
    read = read_responses(tmp_path, scale="pvq21")
    assert read.frame["status"].tolist() == ["valid"]
    assert read.findings["file"].tolist() == ["listing.json", "logs.json"]
    assert read.findings["found"].str.startswith("a manifest of inspect_ai logs").all()
    with pytest.raises(InputError, match="a manifest of inspect_ai logs"):
        read_responses(tmp_path / "logs.json", scale="pvq21")


def test_one_file_never_stops_a_folder(tmp_path):
    write_log(tmp_path / "a.eval", [sample()])
    (tmp_path / "b.eval").write_bytes((tmp_path / "a.eval").read_bytes()[:-40])
    (tmp_path / "c.eval").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n")
    (tmp_path / "d.eval").write_bytes(b"")
    read = read_responses(tmp_path, scale="pvq21")
    assert len(read) == 1
    assert read.findings["file"].tolist() == ["b.eval", "c.eval", "d.eval"]
    assert "a git-lfs pointer" in read.findings["found"][1]
    with pytest.raises(InputError, match="a git-lfs pointer"):
        read_responses(tmp_path / "c.eval", scale="pvq21")


def test_numbers_of_any_length_stop_nothing(tmp_path):
    log = json.dumps({**HEADER, "samples": [sample(), sample(id="q2")]})
    long = log.replace('"input": "?"', '"input": "?", "metadata": {"n": ' + "9" * 5000 + "}", 1)
    file = tmp_path / "a.json"
    file.write_text(
        long.replace('"task"', '"run_id": "", "task"').replace('{"model"', '{"run_id": "r", "model"')
    )
    assert len(read_responses(file, reader="inspect", scale="pvq21")) == 2
    file.write_text(log.replace('"epoch": 1', '"epoch": ' + "9" * 30, 1))
    read = read_responses(file, reader="inspect", scale="pvq21")
    assert (read.frame["item"].tolist(), len(read.findings)) == (["q2"], 1)
    file.write_text(log.replace('"id": "q1"', '"id": 123456789012345678901234567890'))
    read = read_responses(file, reader="inspect", scale="pvq21")
    assert read.frame["item"][0] == "123456789012345678901234567890"


def test_what_is_no_log(tmp_path):
    for name, content, message in (
        ("a.eval", b"not a zip", "not a ZIP"),
        ("b.json", b'{"eval": {"eval_id": 1', "ends early"),
        ("c.json", b'{"eval": {"eval_id": 1}}', "not an inspect_ai log"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=message):
            read_responses(tmp_path / name, scale="pvq21")
    with zipfile.ZipFile(tmp_path / "d.eval", "w") as archive:
        archive.writestr("other.json", "{}")
    with pytest.raises(InputError, match="not an inspect_ai log"):
        read_responses(tmp_path / "d.eval", scale="pvq21")


def archive_of(path, names, *, compression=zipfile.ZIP_DEFLATED, content=b"{}"):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name in names:
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("name", ["../a.json", "/a.json", "samples/../../a.json", "C:/a.json"])
def test_names_that_leave_the_archive_are_refused(tmp_path, name):
    with pytest.raises(InputError, match="leaves the archive"):
        Archive(read_source(archive_of(tmp_path / "a.eval", [name])))


def test_bombs_are_refused(tmp_path):
    bomb = archive_of(tmp_path / "bomb.eval", ["header.json"], content=bytes(1 << 25))
    # Deflate reaches a ratio of about 1030; a declared size far above that is a lie that is refused unread.
    data = bytearray(bomb.read_bytes())
    place = data.index(b"PK\x01\x02") + 24
    data[place : place + 4] = (3 << 30).to_bytes(4, "little")
    bomb.write_bytes(data)
    with pytest.raises(InputError, match="far more than it should"):
        Archive(read_source(bomb))
    small = archive_of(tmp_path / "small.eval", ["header.json"], content=bytes(1 << 20))
    data = bytearray(small.read_bytes())
    place = data.index(b"PK\x01\x02") + 24
    data[place : place + 4] = (10).to_bytes(4, "little")
    small.write_bytes(data)
    with pytest.raises(InputError, match="not the declared 10 bytes"):
        Archive(read_source(small)).read("header.json")


def test_encryption_and_members_that_stand_twice_are_refused(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate name"):
        twice = archive_of(tmp_path / "a.eval", ["a", "a"])
    with pytest.raises(InputError, match="stands twice"):
        Archive(read_source(twice))
    locked = bytearray(archive_of(tmp_path / "b.eval", ["a"]).read_bytes())
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "b.eval").write_bytes(locked)
    with pytest.raises(InputError, match="encrypted"):
        Archive(read_source(tmp_path / "b.eval"))


def test_a_member_that_changed_its_name_is_damaged(tmp_path):
    data = archive_of(tmp_path / "a.eval", ["samples/a.json"]).read_bytes()
    head, mark, tail = data.rpartition(b"samples/")
    (tmp_path / "a.eval").write_bytes(head + mark.replace(b"s", b"t") + tail)
    with pytest.raises(InputError, match="damaged"):
        Archive(read_source(tmp_path / "a.eval"))


def test_members_come_back_as_zipfile_gives_them(tmp_path):
    content = json.dumps(list(range(5000))).encode()
    for compression in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        file = archive_of(tmp_path / "a.eval", ["a", "b"], compression=compression, content=content)
        archive = Archive(read_source(file))
        assert archive.names == ["a", "b"]
        with zipfile.ZipFile(io.BytesIO(file.read_bytes())) as other:
            assert archive.read("b") == other.read("b") == content
    assert gzip.decompress((LOGS / "inspect_texts.json.gz").read_bytes()).startswith(b"{")
