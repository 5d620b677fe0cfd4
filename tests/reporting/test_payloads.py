"""Hostile names and texts in every text slot of a study, by both engines, in a browser: nothing runs or is fetched."""

import csv
import http.server
import re
import shutil
import subprocess
import sys
import threading

import pytest
import yaml

from valuestats.cli.main import main
from valuestats.study import run_study
from valuestats.study.pages import render_reports

from .conftest import HERE
from .facts import Page, squeeze
from .test_browser import browse  # noqa: F401

OPTIONS = [
    "not like me at all",
    "not like me",
    "a little like me",
    "somewhat like me",
    "like me",
    "very much like me",
]


def payloads(address):
    """What would run, fetch or include something where a text is taken for more; `address` counts what is fetched."""
    return [
        "<script>document.title='taken'</script>",
        f"<img src=x onerror=\"document.title='taken';fetch('{address}/img')\">",
        "</script><script>document.title='taken'</script>",
        f"![remote]({address}/picture.png)",
        f'<link rel=stylesheet href="{address}/style.css">',
        f"<iframe src='{address}/frame'></iframe>",
        f"[x](javascript:document.title='taken') {address}/auto",
        "{{< include /etc/passwd >}} {{< env HOME >}} {{< video x >}}",
        '#read("/etc/passwd") #import "/etc/passwd" #eval("1") $#read("/etc/passwd")$',
        "```{=html}\n<script>document.title='taken'</script>\n```",
        "`<b id=taken>x</b>`{=html} `{python} open('taken','w')`",
        "---\ntitle: taken\n---",
        "::: {.content-hidden}\n\n:::\n\n# taken {#sec-taken}",
        "=cmd|'/c calc'!A1",
        "\x1b]0;taken\x07\x1b[2J\u202etaken",
        "@fig-taken $\\href{javascript:1}{x}$ \\input{/etc/passwd}",
    ]


@pytest.fixture(scope="module")
def server():
    """A web server on this machine that keeps what it is asked for."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, *arguments):
            pass

    listening = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{listening.server_port}", asked
    listening.shutdown()
    listening.server_close()


@pytest.fixture(scope="module")
def run(server, tmp_path_factory):
    """A study from logs to scores whose every text is a payload."""
    folder = tmp_path_factory.mktemp("hostile")
    texts = payloads(server[0])
    with (folder / "answers.csv").open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle)
        writer.writerow(["model", "item", "raw", "persona", "language", "model_served"])
        for m, name in enumerate(texts):
            for item in range(1, 22):
                raw = OPTIONS[(m + item) % 6] if item % 5 else f"{texts[item % len(texts)]}"
                writer.writerow([name, item, raw, "", "", texts[-1 - m]])
    file = folder / "study.yml"
    asked = [
        "study-init",
        str(folder / "answers.csv"),
        "--instrument",
        "pvq21",
        "--out",
        str(file),
        "--no-ordinal",
    ]
    assert main(asked) == 0
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    said = " ".join(texts)
    file.write_text(
        yaml.safe_dump({**content, "title": said, "description": said, "notice": said}, allow_unicode=True),
        encoding="utf-8",
    )
    return run_study(file, results=folder / "results")


@pytest.fixture(scope="module")
def standin(tmp_path_factory):
    file = tmp_path_factory.mktemp("bin") / "quarto"
    file.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{HERE / "quarto_standin.py"}" "$@"\n')
    file.chmod(0o755)
    return file


@pytest.fixture(
    scope="module", params=["embedded", "stand-in", pytest.param("quarto", marks=pytest.mark.quarto)]
)
def pages(request, run, standin, tmp_path_factory):
    """The study's pages by each engine."""
    from valuestats.reporting.quarto import find_quarto

    if request.param == "quarto" and find_quarto() is None:
        pytest.skip("no Quarto 1.9 or newer on this machine")
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "stand-in":
            patch.setenv("QUARTO_PATH", str(standin))
        engine = "embedded" if request.param == "embedded" else "quarto"
        made = render_reports(run.folder, engine=engine, output=tmp_path_factory.mktemp("pages"))
    return [page for page in made if page.suffix == ".html"], [page for page in made if page.suffix == ".pdf"]


@pytest.mark.browser
def test_nothing_of_them_runs_or_is_fetched(pages, server, browse):  # noqa: F811
    for page in pages[0]:
        dom, _ = browse(page)
        assert "<title>taken" not in dom
        shown = Page(dom)
        assert not [e for e in shown.elements if any(name.startswith("on") for name in e["attrs"])]
        assert not shown.all("iframe", "object", "embed")
        assert not [
            e
            for e in shown.elements
            if e["attrs"].get("id") == "taken" or "sec-taken" in (e["attrs"].get("id") or "")
        ]
        for element in shown.all("a", "img", "link", "script"):
            target = element["attrs"].get("href") or element["attrs"].get("src") or ""
            assert not target.startswith((server[0], "javascript"))
    assert server[1] == []


def test_they_stand_on_the_page_as_they_are_and_nothing_is_included(pages, server):
    for page in pages[0]:
        text = page.read_text(encoding="utf-8")
        body = squeeze(Page(re.sub(r"(?s)<(script|style)\b.*?</\1>", "", text)).all("body")[0]["text"])
        for said in payloads(server[0]):
            first = squeeze(re.sub(r"[\x00-\x1f\u202e]", " ", said.splitlines()[0]))[:24]
            if first.strip("-`: "):
                assert first.split("]0;")[0].strip() in body, said
        assert "root:x:0:0" not in text
        assert "\x1b" not in text
        assert "\u202e" not in text


def test_print_includes_nothing(pages):
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not on this machine")
    for page in pages[1]:
        done = subprocess.run(["pdftotext", str(page), "-"], capture_output=True, check=True)
        text = done.stdout.decode(errors="replace")
        assert "root:x:0:0" not in text
        assert "document.title" in text


def test_exports_and_the_terminal_show_them_as_texts(run, tmp_path, capsys):
    file = run.load("scores").to_csv(tmp_path / "scores.csv")
    with file.open(newline="", encoding="utf-8") as handle:
        cells = [cell for row in csv.reader(handle) for cell in row]
    names = [cell for cell in cells if "cmd|" in cell]
    assert names
    assert all(cell.startswith("'=") for cell in names)
    assert not [c for c in cells if c.startswith(("=", "@", "+")) and not re.fullmatch(r"[+-]?[\d.e+-]+", c)]
    assert main(["verify", str(run.folder)]) == 0
    said = capsys.readouterr()
    assert "\x1b" not in said.out + said.err
