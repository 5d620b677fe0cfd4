"""The documentation site: what pages are made of, that links are followed, and that words are found."""

import doctest
import inspect
import json
import re
import shutil
import subprocess
from itertools import pairwise

import pytest
from handbook import generated, reference
from handbook.building import _examples, _guides, _order
from handbook.docstrings import to_markdown
from handbook.links import dead_links
from handbook.pages import Page
from handbook.rendering import DeadLink, Names, fragment
from handbook.running import ROOT, Block, Outcome, Shown, run_example
from handbook.search import QUESTIONS, asked_words, search_index, words_of

import valuestats as vs
from valuestats.base.docstrings import read_docstring
from valuestats.base.registry import Kind, Room, public_names, readers, register, unregister

NAMES = Names({}, {"score": "reference/score.html", "fit_ordinal": "reference/fit_ordinal.html"})


def test_each_public_name_has_a_page_with_its_parameters():
    grouped = reference.ordered_topics(_order())
    assert sorted(name for names in grouped.values() for name in names) == sorted(public_names())
    page = reference.name_page("score", "Keys and scores", Outcome(), [])
    for name in inspect.signature(vs.score).parameters:
        assert re.search(rf"`[^`]*\b{name}\b[^`]*`", page.text), name


def test_a_verb_that_another_distribution_adds_is_listed_without_an_edit():
    room = register(Room(public={"A topic of its own": {"dedent": "textwrap"}}, kinds=(Kind("toy"),)))
    try:
        assert reference.ordered_topics(_order())["A topic of its own"] == ["dedent"]
    finally:
        unregister(room)


def test_each_reader_and_each_command_has_its_place():
    sources = {page.path for page in generated.data_sources()}
    assert {
        f"sources/{name}.html" for name in (*readers(), "inspect", "lm_eval", "helm", "batch", "table")
    } <= sources
    commands = generated.command_line().text
    assert "## valuestats run" in commands
    assert "## valuestats data fetch" in commands


def test_each_file_of_docs_is_a_page_once():
    files = [path for _, path, _ in _guides() if path.startswith("docs/")]
    there = [p.relative_to(ROOT).as_posix() for p in (ROOT / "docs").rglob("*.md")]
    assert sorted([*files, "docs/index.md", "docs/verbs.md"]) == sorted(there)


@pytest.mark.parametrize("name", ["agreement", "country_similarity"])
def test_the_example_of_a_docstring_gives_what_it_says_and_its_result(name):
    text = read_docstring(inspect.getdoc(getattr(vs, name))).texts["Examples"]
    outcome = run_example(name, f"{public_names()[name]}:{name}", text)
    assert outcome.error == ""
    told = [line for line in text.splitlines() if line and not line.startswith((">>>", "..."))]
    assert [shown.data for block in outcome.blocks for shown in block.shown] == told
    assert outcome.made[0].sentence.endswith(".")
    assert "layer" in json.dumps(outcome.made[0].chart)
    assert (
        Outcome.of(json.loads(json.dumps(outcome.plain(), default=str))).made[0].kind == outcome.made[0].kind
    )


def test_every_example_that_runs_is_found():
    found = {name for name, _, _ in _examples(reference.ordered_topics(_order()))}
    assert {"score", "choice_strengths", "Responses"} <= found
    assert "fetch" not in found  # its example only shows the call


def test_each_reference_page_shows_what_its_name_gives_or_says_why_not():
    silent = []
    for name in public_names():
        text = read_docstring(inspect.getdoc(getattr(vs, name)) or "").texts.get("Examples", "")
        shown = any(part.want for part in doctest.DocTestParser().get_examples(text))
        if (not shown or "+SKIP" in text) and "It is not run here, as " not in text:
            silent.append(name)
    assert silent == []


def test_what_a_docstring_says_becomes_markdown():
    text = "Of :math:`x_i` in ``a_b``::\n\n    call(1)\n\n.. math:: y = \\frac{1}{n}\n          + 1\n\n- one [2]\n- two"
    said = to_markdown(text)
    assert "Of $x_i$ in `a_b`:" in said
    assert "```python\ncall(1)\n```" in said
    assert "$$y = \\frac{1}{n} + 1$$" in said
    assert "- one \\[2\\]\n- two" in said


def test_names_in_code_lead_to_their_pages_and_untrusted_output_is_inert():
    page = Page("guides/a.html", "A", "Guides")
    shown = page.block(Block("x = 1", [Shown("text", "<script>alert(1)</script>")]))
    page.text = f"See `fit_ordinal` and `vs.score(...)`, not `score`.\n\n{shown}\n\n$x^2$"
    html = fragment(page, NAMES).content
    assert html.count('href="../reference/fit_ordinal.html"') == 1
    assert html.count('href="../reference/score.html"') == 1
    assert "<script>" not in html
    assert "<math" in html


def test_a_link_of_a_guide_is_one_between_pages_or_an_error():
    page = Page(
        "guides/a.html", "A", "Guides", text="[b](trust.md#signs), [c](../benchmarks)", source="docs/a.md"
    )
    known = Names({"docs/trust.md": "concepts/trust.html"}, {})
    html = fragment(page, known).content
    assert 'href="../concepts/trust.html#signs"' in html
    assert "benchmarks" not in html  # a folder of the checkout is no page: its name stays, as text
    with pytest.raises(DeadLink, match=r"nowhere\.md"):
        fragment(Page("guides/a.html", "A", "Guides", text="[b](nowhere.md)", source="docs/a.md"), known)


def test_questions_name_public_verbs():
    asked = asked_words((ROOT / QUESTIONS).read_text(encoding="utf-8"))
    assert len(asked) > 50
    assert sorted(set(asked) - set(public_names())) == []


def test_dead_links_and_files_from_elsewhere_are_told():
    pages = {
        "a.html": '<a href="b.html#x">x</a><a href="c.html">c</a><script src="https://far.example/x.js"></script>',
        "b.html": '<p id="y"></p><p id="y"></p><a href="a.html">a</a><a href="https://far.example">far</a>',
    }
    assert dead_links(pages, set(pages)) == [
        "a.html: loads https://far.example/x.js",
        "a.html: no place #x in b.html",
        "a.html: no page c.html",
        "b.html: identifier y stands twice",
    ]


def test_words_are_folded_and_names_found_in_whole_and_in_parts():
    assert words_of("fit_ordinal of Köln") == ["fit_ordinal", "fit", "ordinal", "of", "koln"]
    page = Page("a.html", "fit_ordinal", "Reference", text="About *thresholds*.")
    index = json.loads(
        search_index([page], [fragment(page, NAMES)]).removeprefix("window.valuestatsIndex = ").rstrip(";\n")
    )
    assert index["pages"] == [["a.html", "fit_ordinal", "Reference", ""]]
    assert index["words"]["thresholds"] == [0, 1]
    assert index["words"]["ordinal"][1] > index["words"]["thresholds"][1]


@pytest.fixture(scope="module")
def small_site(tmp_path_factory):
    """Two pages with their assets, one of them with charts and wide code."""
    from handbook.building import _files

    code = "x = 1  # " + "long " * 60
    first = Page("guides/getting-started.html", "Getting started", "Start", source="docs/getting-started.md")
    first.text = f"See `fit_ordinal`.\n\n## One\n\n```python\n{code}\n```\n\n## Two\n\n"
    rows = [{"model": m, "estimate": 0.5, "part": p} for m in "ab" for p in ("one", "two", "three")]
    encoding = {"x": {"field": "estimate", "type": "quantitative"}, "y": {"field": "model"}}
    wide = {
        "data": {"values": rows},
        "facet": {"column": {"field": "part"}},
        "spec": {"mark": "point", "width": 300, "encoding": encoding},
    }
    first.text += first.slot("chart", wide, "three parts")
    second = Page(
        "reference/fit_ordinal.html", "fit_ordinal", "Reference", text="Thresholds.", summary="Fit."
    )
    asked = Page("guides/questions.html", "Which verb", "Start", source=QUESTIONS, summary="Words.")
    asked.text = (
        "| I want | take | also called |\n|---|---|---|\n| what people rank first | `fit_ordinal` | arenas |"
    )
    change = Page(
        "project/changelog.html", "Changelog", "Project", text="Arenas. Arenas. Arenas. People rank."
    )
    pages = [Page("index.html", "valuestats", "Start", text="Home."), first, second, asked, change]
    folder = tmp_path_factory.mktemp("site")
    files = _files(pages, [fragment(page, NAMES) for page in pages], {})
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder, files


def test_the_pages_load_nothing_from_elsewhere_and_every_control_has_a_name(small_site):
    _, files = small_site
    pages = {path: text for path, text in files.items() if path.endswith(".html")}
    assert dead_links(pages, set(files)) == []
    page = files["guides/getting-started.html"]
    assert page.count("<h1") == 1
    for control in re.findall(r"<(?:nav|input|ul role=\"listbox\")[^>]*>", page):
        assert "aria-label" in control, control
    assert 'aria-current="page"' in page
    levels = [int(level) for level in re.findall(r"<h(\d)", page)]
    assert all(b - a <= 1 for a, b in pairwise(levels))


PROBE = """
<script>addEventListener("load", async () => {
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));
  for (let i = 0; i < 100 && !document.querySelector(".vs-chart").dataset.drawn; i++) await wait(50);
  const seen = { width: innerWidth, overflow: document.documentElement.scrollWidth };
  const chart = document.querySelector(".vs-chart");
  seen.cut = chart.scrollWidth > chart.clientWidth + 1 && !chart.dataset.more;
  seen.height = chart.querySelector("svg").getBoundingClientRect().height;
  const roles = '[role="graphics-document"],[role="graphics-symbol"],[role="img"]';
  seen.unnamed = [...chart.querySelectorAll(roles)].filter((e) => !e.getAttribute("aria-label")).length;
  const theme = document.querySelector(".theme-toggle");
  seen.theme = [theme.textContent, theme.getAttribute("aria-label")];
  const details = document.querySelector(".vs-numbers");
  details.querySelector("summary").focus();
  seen.focus = document.activeElement.textContent;
  details.open = true;
  await wait(100);
  seen.rows = [...details.querySelectorAll("tr")].map((row) => [...row.cells].map((cell) => cell.textContent));
  seen.scrolls = document.querySelector("main pre").tabIndex;
  const input = document.getElementById("search");
  input.focus();
  input.value = "thresh";
  input.dispatchEvent(new Event("input"));
  for (let i = 0; i < 60 && document.getElementById("found").hidden; i++) await wait(50);
  seen.found = [...document.querySelectorAll("#found [role=option] b")].map((b) => b.textContent);
  seen.active = input.getAttribute("aria-activedescendant");
  seen.status = document.querySelector(".search-status").textContent;
  seen.asked = {};
  for (const text of ["arena", "how do people rank", "ranking judges", "is the"]) {
    input.value = text;
    document.querySelector(".search-status").textContent = "?";
    input.dispatchEvent(new Event("input"));
    for (let i = 0; i < 60 && document.querySelector(".search-status").textContent === "?"; i++) await wait(50);
    seen.asked[text] = [...document.querySelectorAll("#found [role=option] b")].map((b) => b.textContent);
  }
  document.title = "SEEN" + JSON.stringify(seen);
});</script>
"""


@pytest.mark.browser
@pytest.mark.parametrize("width", [375, 1280])
def test_in_a_browser_words_are_found_offline_and_charts_have_their_numbers(small_site, width):
    browser = next(
        (b for b in ("chromium", "chromium-browser", "google-chrome", "chrome") if shutil.which(b)), None
    )
    if browser is None:
        pytest.skip("no Chromium on this machine")
    folder, files = small_site
    page = folder / "guides" / "probe.html"
    bare = re.sub(
        r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", files["guides/getting-started.html"]
    )
    probe = PROBE.replace('document.title = "SEEN"', 'parent.postMessage("SEEN"').replace(
        "JSON.stringify(seen);", 'JSON.stringify(seen), "*");'
    )
    page.write_text(bare.replace("</body>", probe + "</body>"), encoding="utf-8")
    frame = folder / f"frame-{width}.html"
    style = f"width:{width}px;height:800px;border:0"
    told = (
        "addEventListener('message', (event) => { document.querySelector('pre').textContent = event.data; });"
    )
    inside = f'<iframe src="guides/probe.html" style="{style}"></iframe><pre></pre><script>{told}</script>'
    frame.write_text(f'<body style="margin:0">{inside}')
    flags = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--virtual-time-budget=15000",
        f"--user-data-dir={folder}/profile",
    ]
    done = subprocess.run(
        [browser, *flags, "--dump-dom", frame.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    seen = json.loads(re.search(r"<pre>SEEN(.*?)</pre>", done.stdout, re.DOTALL)[1])
    assert seen["width"] == width
    assert seen["overflow"] <= width  # nothing but what scrolls in a box of its own goes on to the side
    assert not seen["cut"]
    assert seen["unnamed"] == 0  # svg-img-alt
    assert seen["theme"][1].startswith(seen["theme"][0])  # label-content-name-mismatch
    assert seen["focus"] == "The numbers of this chart as a table"
    assert seen["rows"][0] == ["estimate", "model"]
    assert seen["rows"][1] == ["0.500", "a"]
    assert seen["scrolls"] == 0
    assert seen["found"] == ["fit_ordinal"]
    assert seen["active"] == "found-0"
    assert seen["status"] == "1 pages found"
    for text in (
        "arena",
        "how do people rank",
        "ranking judges",
    ):  # as users ask; what lists everything comes last
        assert seen["asked"][text] == ["fit_ordinal", "Which verb", "Changelog"], text
    if width == 375:  # three panels, one under the other
        assert seen["height"] > 150


def test_headings_of_verbs_of_studies_go_down_one_by_one():
    by_room = {page.path: page for page in reference.study_verbs()}
    page = by_room["reference/study-verbs-alignment.html"]
    names = Names({path: path for path in by_room}, {})
    levels = [1, *(level for level, _, _ in fragment(page, names).headings)]
    assert len(levels) > 3
    assert all(b - a <= 1 for a, b in pairwise(levels))


def test_a_long_formula_stands_on_a_line_of_its_own():
    assert to_markdown(":math:`x`") == "$x$"
    assert to_markdown(f":math:`{'x + ' * 30}y`").startswith("$$")
