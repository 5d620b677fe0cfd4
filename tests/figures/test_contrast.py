"""Every mark of the figures stands out from the page, light and dark: measured on the drawn SVG (WCAG 1.4.11: 3 to 1)."""

import inspect
import re
import shutil
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from handbook.running import run_example, run_guide

import valuestats as vs
from valuestats.base.docstrings import read_docstring
from valuestats.base.registry import public_names
from valuestats.figures.theme import BACKGROUND, contrast_ratio, theme_config
from valuestats.reporting import display
from valuestats.reporting.blocks import Cell
from valuestats.reporting.charting import drawer
from valuestats.reporting.profile import read_document
from valuestats.study import run_study

NAMES = (
    "agreement", "country_similarity", "demographic_alignment", "dif", "judged_strengths",
    "marginal_effects", "population_shares", "trade_off", "changed_answers", "pp_check", "hypotheses", "multiverse",
)  # fmt: skip
"""Verbs whose examples are quick and make a figure; the slow test takes those of the guides, where data are whole."""

GUIDES = (
    "choosing", "psychometrics", "laws", "items", "judges", "auditing", "concepts/2-missingness", "concepts/4-similarity",
    "tutorials/4-regression-and-contrasts",
)  # fmt: skip

ANALYSES = Path(__file__).parents[2] / "analyses"
QUICK = ("stated_revealed", "valuepilot", "when_agents_act")
"""Of quick studies, those with texts in cells, marks on bars, and intervals; the slow tests take the others."""

SMALL = {"replicates": 19, "permutations": 19, "shuffles": 5, "draws": 400, "tune": 300, "repeats": 20}
GATE = {
    "max_rhat": 99.0,
    "min_ess_bulk": 0.0,
    "min_ess_tail": 0.0,
    "max_divergences": 9999,
    "min_predictive_p": 0.0,
}
"""Charts are looked at for what they are drawn with, so that few draws do, through a gate that all pass."""

SVG = "{http://www.w3.org/2000/svg}"


def blended(colour: str, opacity: float, page: str) -> str | None:
    """The colour that an eye sees on the page; None where nothing is painted, or the ramp of a legend."""
    if colour in ("none", "transparent") or colour.startswith("url(") or opacity == 0:
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
    node: ET.Element, path: tuple[str, ...] = (), opacity: float = 1.0, at: tuple[float, float] = (0, 0)
) -> Iterator[tuple[str, ET.Element, float, tuple[float, float]]]:
    """Painted elements with the classes around them and their place; axes' lines, grids and frames are no marks."""
    here = (*path, node.get("class", ""))
    inside = " ".join(here)
    opacity *= float(node.get("opacity", 1))
    if moved := re.match(r"translate\(([-\d.]+),\s*([-\d.]+)\)", node.get("transform", "")):
        at = (at[0] + float(moved[1]), at[1] + float(moved[2]))
    painted = node.tag in {SVG + t for t in ("path", "line", "text", "rect", "circle")}
    if painted and "mark-" in inside and not re.search(r"role-axis-(grid|domain|tick)|background", inside):
        yield inside, node, opacity, at
    for child in node:
        yield from marks(child, here, opacity, at)


def behind(at: tuple[float, float], cells: list[tuple[float, float, float, float, str]], page: str) -> str:
    """What a text stands on: the last cell or bar that was painted there, else the page."""
    under = [c for x, y, w, h, c in cells if x <= at[0] <= x + w and y <= at[1] <= y + h]
    return under[-1] if under else page


def faint(spec: dict, mode: str) -> list[str]:
    """Marks of a figure that stand out by less than 3 to 1, neither by their fill nor by their outline."""
    drawn = drawer().vegalite_to_svg(spec, config=theme_config(mode), allowed_base_urls=[])
    page, wrong = BACKGROUND[mode], []
    # The cells of a map of numbers are told by their ramp, which begins near the page; the legend says which is which.
    ramps = re.search(r'"mark": ?\{?"?(type": ?")?rect"', str(spec).replace("'", '"'))
    cells: list[tuple[float, float, float, float, str]] = []
    for inside, node, opacity, at in marks(ET.fromstring(drawn)):
        on = behind(at, cells, page) if node.tag == SVG + "text" else page
        seen = [
            blended(node.get(p, "none"), opacity * float(node.get(f"{p}-opacity", 1)), on)
            for p in ("fill", "stroke")
        ]
        box = re.match(r"M([-\d.]+),([-\d.]+)h([\d.]+)v([\d.]+)h", node.get("d", ""))
        if seen[0] and box:
            x, y, w, h = (float(part) for part in box.groups())
            cells.append((x + at[0], y + at[1], w, h, seen[0]))
        if ramps and "mark-rect" in inside:
            continue
        ratios = [contrast_ratio(c, on) for c in seen if c]
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


def smaller(content):
    """What a study file says, with few replicates and draws."""
    if isinstance(content, list):
        return [smaller(part) for part in content]
    if not isinstance(content, dict):
        return content
    found = {
        k: min(v, SMALL[k]) if k in SMALL and isinstance(v, int) else smaller(v) for k, v in content.items()
    }
    return {**found, "sampling": {**found["sampling"], "gate": GATE}} if "sampling" in found else found


def charts_of(page, results, patch):
    """What a page shows of stored results: its cells run here, and their charts kept."""
    charts, space = [], {}
    patch.setattr(display, "chart_bundle", lambda spec: charts.append(spec) or {})
    patch.setattr(display, "_display", lambda bundle: None)
    for cell in (block for block in read_document(page).blocks if isinstance(block, Cell)):
        if cell.options["eval"]:
            exec(compile(cell.code, str(page), "exec"), space)
        if cell.is_parameters:
            space["results"] = str(results)
    return charts


def page_charts(study, folder, patch):
    """The charts of a shipped study's page, of a small run of it."""
    shutil.copytree(study.parent, folder / "study")
    content = {k: v for k, v in yaml.safe_load(study.read_text("utf-8")).items() if k != "fallback"}
    place = folder / "study" / study.name
    place.write_text(yaml.safe_dump(smaller(content), sort_keys=False), "utf-8")
    run = run_study(place, results=folder / "results", outside=True)
    page = "analysis" if study.stem == "study" else study.stem
    return charts_of(place.with_name(f"{page}.qmd"), run.folder, patch)


def stand_out(charts):
    found = {(at, mode): faint(chart, mode) for at, chart in enumerate(charts) for mode in ("light", "dark")}
    assert charts
    assert {at: wrong for at, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize(
    "system",
    [
        pytest.param(f.parent.name, marks=() if f.parent.name in QUICK else pytest.mark.slow)
        for f in sorted(ANALYSES.glob("*/study.yml"))
        if f.parent.name != "value_portrait"
    ],
)
def test_the_marks_of_a_system_s_page_stand_out(system, tmp_path, monkeypatch):
    """Of the simulated stand-ins of its data, so that this also holds that the page can be made of them.

    `value_portrait` and the part of `schwartz_pvq` on real models have none, run for minutes, and are not here.
    """
    for name in ("VALUESTATS_MIRROR", "VALUESTATS_LOCAL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("VALUESTATS_CACHE", str(tmp_path / "cache"))
    without = ANALYSES / system / "without_models.yml"
    stand_out(
        page_charts(without if without.exists() else ANALYSES / system / "study.yml", tmp_path, monkeypatch)
    )


def test_text_is_held_against_the_cell_that_it_stands_on():
    cell = {"mark": {"type": "rect", "color": "#1b1f24"}}
    spec = {
        "data": {"values": [{"a": "x", "b": "y"}]},
        "encoding": {"x": {"field": "a", "type": "nominal"}, "y": {"field": "b", "type": "nominal"}},
        "layer": [cell, {"mark": {"type": "text", "text": "T", "color": "white"}}],
    }
    assert faint(spec, "light") == []
    spec["layer"][1]["mark"]["color"] = "#20252b"
    assert len(faint(spec, "light")) == 1


def test_a_faint_mark_is_found():
    spec = {
        "data": {"values": [{"a": 1}]},
        "mark": {"type": "bar", "color": "#0072b2", "opacity": 0.2},
        "encoding": {"x": {"field": "a"}},
    }
    assert len(faint(spec, "dark")) == len(faint(spec, "light")) == 1
    spec["mark"]["opacity"] = 1
    assert faint(spec, "dark") == faint(spec, "light") == []
