"""Every mark of the figures stands out from the page, light and dark: measured on the drawn SVG (WCAG 1.4.11: 3 to 1)."""

import inspect
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator

import pytest
from handbook.running import run_example, run_guide

import valuestats as vs
from valuestats.base.docstrings import read_docstring
from valuestats.base.registry import public_names
from valuestats.figures.theme import BACKGROUND, contrast_ratio, theme_config
from valuestats.reporting.charting import drawer

NAMES = (
    "agreement", "country_similarity", "demographic_alignment", "dif", "judged_strengths",
    "marginal_effects", "population_shares", "trade_off", "changed_answers", "pp_check", "hypotheses", "multiverse",
)  # fmt: skip
"""Verbs whose examples are quick and make a figure; the slow test takes those of the guides, where data are whole."""

GUIDES = (
    "choosing", "psychometrics", "laws", "items", "judges", "auditing", "concepts/2-missingness", "concepts/4-similarity",
    "tutorials/4-regression-and-contrasts",
)  # fmt: skip

SVG = "{http://www.w3.org/2000/svg}"


def blended(colour: str, opacity: float, page: str) -> str | None:
    """The colour that an eye sees on the page; None where nothing is painted."""
    if colour in ("none", "transparent") or opacity == 0:
        return None
    if colour.startswith("#"):
        whole = colour if len(colour) == 7 else "#" + "".join(2 * c for c in colour[1:])
        parts = [int(whole[i : i + 2], 16) for i in (1, 3, 5)]
    elif colour.startswith("rgb"):
        parts = [float(x) for x in re.findall(r"[\d.]+", colour)]
        opacity *= parts[3] if len(parts) > 3 else 1
    else:
        parts = {"black": [0, 0, 0], "white": [255, 255, 255]}[colour]
    below = [int(page[i : i + 2], 16) for i in (1, 3, 5)]
    mixed = [round(opacity * p + (1 - opacity) * b) for p, b in zip(parts[:3], below, strict=True)]
    return "#" + "".join(f"{m:02x}" for m in mixed)


def marks(
    node: ET.Element, path: tuple[str, ...] = (), opacity: float = 1.0
) -> Iterator[tuple[str, ET.Element, float]]:
    """Painted elements with the classes around them; axes' lines, grids and frames are no marks."""
    here = (*path, node.get("class", ""))
    inside = " ".join(here)
    opacity *= float(node.get("opacity", 1))
    painted = node.tag in {SVG + t for t in ("path", "line", "text", "rect", "circle")}
    if painted and "mark-" in inside and not re.search(r"role-axis-(grid|domain|tick)|background", inside):
        yield inside, node, opacity
    for child in node:
        yield from marks(child, here, opacity)


def faint(spec: dict, mode: str) -> list[str]:
    """Marks of a figure that stand out by less than 3 to 1, neither by their fill nor by their outline."""
    drawn = drawer().vegalite_to_svg(spec, config=theme_config(mode), allowed_base_urls=[])
    page, wrong = BACKGROUND[mode], []
    # The cells of a map of numbers are told by their ramp, which begins near the page; the legend says which is which.
    ramps = re.search(r'"mark": ?\{?"?(type": ?")?rect"', str(spec).replace("'", '"'))
    for inside, node, opacity in marks(ET.fromstring(drawn)):
        if ramps and "mark-rect" in inside:
            continue
        seen = [
            blended(node.get(p, "none"), opacity * float(node.get(f"{p}-opacity", 1)), page)
            for p in ("fill", "stroke")
        ]
        ratios = [contrast_ratio(c, page) for c in seen if c]
        if ratios and max(ratios) < 2.99:
            wrong.append(f"{inside.split()[-2:]} {seen} {max(ratios):.2f}")
    return wrong


@pytest.mark.parametrize("name", NAMES)
def test_the_marks_of_an_example_s_figure_stand_out(name):
    text = read_docstring(inspect.getdoc(getattr(vs, name))).texts["Examples"]
    made = run_example(name, f"{public_names()[name]}:{name}", text).made
    assert made[0].chart
    assert {mode: faint(made[0].chart, mode) for mode in ("light", "dark")} == {"light": [], "dark": []}


@pytest.mark.slow
@pytest.mark.parametrize("page", GUIDES)
def test_the_marks_of_all_figures_of_the_guides_stand_out(page):
    charts = [(made.kind, made.chart) for made in run_guide(f"docs/{page}.md").made if made.chart]
    assert charts
    found = {(kind, mode): faint(chart, mode) for kind, chart in charts for mode in ("light", "dark")}
    assert {at: wrong for at, wrong in found.items() if wrong} == {}


def test_a_faint_mark_is_found():
    spec = {
        "data": {"values": [{"a": 1}]},
        "mark": {"type": "bar", "color": "#0072b2", "opacity": 0.2},
        "encoding": {"x": {"field": "a"}},
    }
    assert len(faint(spec, "dark")) == len(faint(spec, "light")) == 1
    spec["mark"]["opacity"] = 1
    assert faint(spec, "dark") == faint(spec, "light") == []
