"""Files and folders that are whole or not there, never absent between, and nothing left of killed processes."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

from valuestats.base import files, scratch
from valuestats.base.errors import InputError, ValuestatsError
from valuestats.base.files import atomic_file, atomic_folder, combined_sha256, file_hashes, sha256_folder
from valuestats.base.locks import sole_process
from valuestats.base.scratch import process_scratch, scratch_folder, sweep

posix = pytest.mark.skipif(os.name != "posix", reason="the system tells no process's locks on folders")


def names(place):
    return sorted(p.name for p in place.iterdir())


@pytest.mark.parametrize("exchanges", [True, False])
def test_a_folder_takes_the_place_of_another(tmp_path, monkeypatch, exchanges):
    if not exchanges:
        monkeypatch.setattr(files, "_swap", lambda: None)
    for content in ("old", "new"):
        with atomic_folder(tmp_path / "a") as folder:
            (folder / "x").write_text(content)
        assert (tmp_path / "a" / "x").read_text() == content
    assert names(tmp_path) == ["a"]
    with pytest.raises(ZeroDivisionError), atomic_folder(tmp_path / "a") as folder:
        (folder / "x").write_text(f"never {1 / 0}")
    assert (tmp_path / "a" / "x").read_text() == "new"
    assert names(tmp_path) == ["a"]


@pytest.mark.skipif(files._swap() is None, reason="this system exchanges no names")
def test_an_old_folder_is_never_absent(tmp_path):
    target, done, absent = tmp_path / "a", threading.Event(), []

    def look():
        while not done.is_set():
            if not os.access(target, os.F_OK):
                absent.append(time.monotonic())

    with atomic_folder(target) as folder:
        (folder / "x").write_text("0")
    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        for number in range(200):
            with atomic_folder(target) as folder:
                (folder / "x").write_text(str(number))
    finally:
        done.set()
        watcher.join()
    assert absent == []
    assert (target / "x").read_text() == "199"


def test_what_stands_in_the_way_may_be_a_file_or_a_link(tmp_path):
    (tmp_path / "a").write_text("a file")
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "x").write_text("kept")
    (tmp_path / "b").symlink_to(tmp_path / "kept")
    for name in ("a", "b"):
        with atomic_folder(tmp_path / name) as folder:
            (folder / "x").write_text("new")
        assert (tmp_path / name / "x").read_text() == "new"
        assert not (tmp_path / name).is_symlink()
    assert (tmp_path / "kept" / "x").read_text() == "kept"
    assert names(tmp_path) == ["a", "b", "kept"]


def test_a_fault_that_is_not_the_disks_is_not_called_so(tmp_path):
    with pytest.raises(FileNotFoundError), atomic_file(tmp_path / "a"):
        raise FileNotFoundError(2, "another file")
    with pytest.raises(ValuestatsError, match="could not write the output"), atomic_file(tmp_path / "a"):
        raise OSError(28, "No space left on device", "x")


KILLED = """
import sys, time
from pathlib import Path
from valuestats.base.files import atomic_file, atomic_folder
from valuestats.base.scratch import scratch_folder
place = Path(sys.argv[1])
with atomic_file(place / "f"), atomic_folder(place / "a") as folder, scratch_folder() as scratch:
    (scratch / "x").write_text("x"); (folder / "x").write_text("x")
    print("ready", flush=True); sys.stdin.read()
"""


@posix
def test_what_a_killed_process_leaves_is_swept_and_what_a_living_one_uses_is_not(tmp_path, monkeypatch):
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    environment = {**os.environ, "TMPDIR": str(temporary)}
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as other:
        assert other.stdout.readline() == "ready\n"
        held = names(tmp_path), names(temporary)
        assert (len(held[0]), len(held[1])) == (3, 1)
        sweep(tmp_path)
        with scratch_folder():
            pass
        assert (names(tmp_path), names(temporary)) == held
        other.send_signal(signal.SIGKILL)
        other.wait()
    (temporary / "other-program").mkdir()
    (temporary / "vs-code").mkdir()  # of another program
    with scratch_folder() as own:
        assert names(temporary) == sorted(["other-program", "vs-code", own.name])
    with atomic_folder(tmp_path / "a"):
        pass
    sweep(tmp_path)
    assert names(tmp_path) == ["a", "tmp"]


@posix
def test_what_was_moved_aside_is_put_back(tmp_path):
    (tmp_path / ".a.12345678.old").mkdir()
    (tmp_path / ".a.12345678.old" / "x").write_text("old")
    (tmp_path / ".b.12345678.old").mkdir()
    (tmp_path / "b").mkdir()
    sweep(tmp_path)
    assert names(tmp_path) == ["a", "b"]
    assert (tmp_path / "a" / "x").read_text() == "old"


def test_sweeping_follows_no_link(tmp_path):
    (tmp_path / "kept").mkdir()
    (tmp_path / "place").mkdir()
    (tmp_path / "place" / ".a.12345678.tmp").symlink_to(tmp_path / "kept")
    sweep(tmp_path / "place")
    assert (tmp_path / "kept").is_dir()


def test_a_folder_of_the_process_stays_until_it_ends():
    assert process_scratch() is process_scratch()
    assert process_scratch().is_dir()
    code = "from valuestats.base.scratch import process_scratch; print(process_scratch())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not Path(done.stdout.strip()).exists()
    assert Path(done.stdout.strip()).name.startswith(scratch.SCRATCH)


def test_a_link_is_no_place_for_a_lock(tmp_path):
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "lock").symlink_to(tmp_path / "mine")
    with (
        pytest.raises(InputError, match="a link stands"),
        sole_process(tmp_path / "lock", folder=tmp_path, doing=""),
    ):
        pass
    assert (tmp_path / "mine").read_text() == "mine"


def test_hashes_name_every_file_and_no_link_s_content(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x").write_text("x")
    (tmp_path / "b.txt").write_text("b")
    found = file_hashes(tmp_path)
    # SHA-256 of "x" and of "b", by coreutils' sha256sum.
    assert found == {
        "a/x": "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881",
        "b.txt": "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d",
    }
    assert combined_sha256(found) == sha256_folder(tmp_path)
    (tmp_path / "c").symlink_to(tmp_path / "b.txt")
    assert file_hashes(tmp_path, leave_out="b.txt") == {"a/x": found["a/x"], "c": None}
