"""A file without a registered hash: recorded at its first use, and held to it afterwards."""

import functools
import gzip
import hashlib
import http.server
import threading

import pytest

from valuestats.base.errors import DatasetError
from valuestats.ingest import datasets
from valuestats.ingest.surveys.globalopinionqa import read_published_layout

ROW = (
    "question,selections,options,source\n"
    "\"Good or bad?\",\"defaultdict(<class 'list'>, {'Chile': [0.25, 0.75], 'India (Old sample)': [0.0, 0.0]})\","
    "\"['Good', 'Bad']\",GAS\n"
)
PATH = "data/global_opinions.csv"


@pytest.fixture
def cache(tmp_path, monkeypatch):
    for name in (datasets.MIRROR, datasets.LOCAL):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("VALUESTATS_CACHE", str(tmp_path / "cache"))
    return tmp_path


@pytest.fixture
def server(cache, monkeypatch):
    """The file behind a web server of this machine, and the registry's entry pointed at it."""
    (cache / "www" / "data").mkdir(parents=True)
    (cache / "www" / PATH).write_text(ROW, encoding="utf-8")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=str(cache / "www"))
    ) as web:
        thread = threading.Thread(target=web.serve_forever)
        thread.start()
        entry = datasets.registry()["global_opinions_full"]
        local = {**vars(entry), "base_url": f"http://127.0.0.1:{web.server_port}"}
        monkeypatch.setattr(datasets, "registry", lambda: {entry.name: datasets.Dataset(**local)})
        yield cache / "www" / PATH
        web.shutdown()
        thread.join()


def test_the_first_download_is_recorded_and_the_second_must_match(server, cache, capsys):
    assert datasets.known_hashes("global_opinions_full") == {PATH: None}
    folder = datasets.fetch("global_opinions_full")
    digest = hashlib.sha256(ROW.encode()).hexdigest()
    assert datasets.known_hashes("global_opinions_full") == {PATH: digest}
    said = capsys.readouterr().err
    assert digest in said
    assert "not known" in said
    assert datasets.fetch("global_opinions_full") == folder
    assert "first copy" not in capsys.readouterr().err  # said once

    # The source changes: a fresh download is refused by the record.
    server.write_text(ROW.replace("Good or bad", "Bad or good"), encoding="utf-8")
    (folder / PATH).unlink()
    (folder / ".complete").unlink()
    with pytest.raises(DatasetError, match="not the registered one"):
        datasets.fetch("global_opinions_full")


def test_a_mirror_is_held_to_the_record_of_the_first_use(cache, monkeypatch):
    entry = datasets.registry()["global_opinions_full"]
    path = cache / "mirror" / entry.base_url.removeprefix("https://") / PATH
    path.parent.mkdir(parents=True)
    packed = path.with_name(path.name + ".gz")
    packed.write_bytes(gzip.compress(ROW.encode()))
    monkeypatch.setenv(datasets.MIRROR, str(cache / "mirror"))
    folder = datasets.fetch("global_opinions_full", download=False)
    assert datasets.known_hashes("global_opinions_full")[PATH] == hashlib.sha256(ROW.encode()).hexdigest()
    assert (folder / f"{PATH}.gz").is_file()
    packed.write_bytes(gzip.compress(ROW.replace("0.25, 0.75", "0.75, 0.25").encode()))
    with pytest.raises(DatasetError) as caught:
        datasets.fetch("global_opinions_full", download=False)
    assert "first copy" in caught.value.hint


def test_the_layout_behind_the_entry_is_read(tmp_path):
    (tmp_path / "global_opinions.csv").write_text(ROW, encoding="utf-8")
    people = read_published_layout(tmp_path / "global_opinions.csv")
    assert people.groups == ["Chile", "India (Old sample)"]
    assert people.empty()["group"].tolist() == ["India (Old sample)"]


def test_registered_hashes_stay_as_they_are():
    for name, dataset in datasets.registry().items():
        if name != "global_opinions_full":
            assert all(isinstance(h, str) and len(h) == 64 for h in dataset.files.values())
            assert datasets.known_hashes(name) == dict(dataset.files)
