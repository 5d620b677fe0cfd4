"""What texts of pages and code are held to: colours that the palette names, and per cent signs that follow their number."""

import io
import re
import tokenize
from pathlib import Path

import pytest

from valuestats.figures.theme import PALETTE, colour_word
from valuestats.systems.friends_influence.page import profile_caption
from valuestats.systems.when_agents_act.page import bound_caption

ROOT = Path(__file__).parents[1]
PAGES = sorted([*(ROOT / "analyses").glob("*/*.qmd"), *(ROOT / "reports").glob("*/*.qmd")])
# Grey is what has no colour; it is the same in every palette.
NAMED = sorted({colour_word(c) for c in PALETTE} - {"grey"} | {"vermilion"})
COLOURS = re.compile(rf"\b(?:{'|'.join(NAMED)})\b", re.IGNORECASE)
APART = re.compile(r"[0-9}][ \u00a0]%(?![a-z(])")


@pytest.mark.parametrize("page", PAGES, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_no_page_names_a_colour_by_hand(page):
    """A colour in a caption is that of the palette, asked for by `colour_word`, or the caption is wrong when it changes."""
    text = re.sub(
        r"`\{python\}.*?`|fig-alt=\"[^\"]*\"|^#\| fig-alt:.*$", "", page.read_text("utf-8"), flags=re.M
    )
    assert COLOURS.findall(text) == []


def test_captions_name_the_colours_that_are_drawn():
    assert colour_word(PALETTE[1]) in profile_caption()
    assert COLOURS.findall(bound_caption()) == [
        colour_word(PALETTE[0]),
        colour_word(PALETTE[1]),
    ]


def test_a_per_cent_sign_follows_its_number():
    kinds = {tokenize.STRING, tokenize.FSTRING_MIDDLE}
    found = []
    for file in sorted((ROOT / "valuestats").rglob("*.py")):
        text = file.read_text("utf-8")
        lines = text.splitlines()
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            for row in range(token.start[0], token.end[0] + 1) if token.type in kinds else ():
                line = lines[row - 1]
                start = max(0, token.start[1] - 1) if row == token.start[0] else 0
                part = line[start : token.end[1] if row == token.end[0] else None]
                found += [f"{file.name}:{row} {part.strip()}"] if APART.search(part) else []
    found += [page.name for page in PAGES if APART.search(page.read_text("utf-8"))]
    assert found == []


def test_title_and_end_of_a_page_of_the_site_lie_in_its_main_part():
    """As axe's rule of regions wants it: beside an article no title and no footer is a landmark of its own."""
    text = (ROOT / "scripts" / "handbook" / "assets" / "page.html").read_text("utf-8")
    inside = text[text.index("<main") : text.index("</main>")]
    for part in ('class="title-block"', "$content", 'class="made"'):
        assert part in inside, part


def test_a_column_of_p_values_does_not_say_p_again():
    told = re.compile(r"""["'][^"']*\bp\b[^"']*["']:\s*\[?p_value\(""")
    files = sorted((ROOT / "valuestats").rglob("page.py"))
    assert [f.parent.name for f in files if told.search(f.read_text("utf-8"))] == []
