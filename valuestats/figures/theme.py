"""One chart theme, light and dark, with colours that colour-blind readers can tell apart."""

from __future__ import annotations

import colorsys
from typing import Any, Literal

Mode = Literal["light", "dark"]

FONT = "Inter"
"""Family of the font that ships with the package (SIL Open Font License)."""

PALETTE = (
    "#0072b2",
    "#d55e00",
    "#009e73",
    "#c4699a",
    "#a87900",
    "#2b93c8",
    "#8a6fd1",
    "#7a828c",
)
"""Categorical colours after Okabe and Ito (2008), each moved to where it has a contrast of at least 3:1 on
both the light and the dark page."""

SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right", "stroke")
"""Point shapes in the order of `PALETTE`, so that no category is told by its colour alone."""

BACKGROUND: dict[Mode, str] = {"light": "#ffffff", "dark": "#14171c"}
INK: dict[Mode, str] = {"light": "#1b1f26", "dark": "#e6e8ec"}
MUTED: dict[Mode, str] = {"light": "#59616d", "dark": "#a5adb9"}
RULE: dict[Mode, str] = {"light": "#858d99", "dark": "#5d6673"}
ON_STRONG = "on-strong"
"""Style of texts on the strong end of a ramp: they have the page's own colour."""
GRID: dict[Mode, str] = {"light": "#e7e9ed", "dark": "#282d35"}

SEQUENTIAL: dict[Mode, tuple[str, ...]] = {
    "light": ("#edf3f9", "#c3d8ea", "#8bb4d6", "#4f8cbd", "#1f659d", "#0b416c"),
    "dark": ("#1a2632", "#1f4361", "#2c6490", "#4c8abe", "#88b6dc", "#d3e6f5"),
}
"""From little to much; little lies near the page in either mode."""

DIVERGING: dict[Mode, tuple[str, ...]] = {
    "light": ("#0b4a79", "#3f82b6", "#9dc2de", "#f1f0ed", "#f0b58e", "#d4702e", "#8d3d08"),
    "dark": ("#93c5e9", "#4d91c6", "#28587e", "#2a2e34", "#7c4522", "#ca6b30", "#f4b58a"),
}
"""From below to above a middle value, blue to vermilion; the middle lies near the page in either mode."""


def colour_word(colour: str) -> str:
    """A colour as a caption names it, so that words follow the palette.

    Examples
    --------
    >>> [colour_word(c) for c in (PALETTE[0], PALETTE[1], PALETTE[2], "#c3c8d0")]
    ['blue', 'orange', 'green', 'grey']
    """
    red, green, blue = (int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5))
    hue, _, saturation = colorsys.rgb_to_hls(red, green, blue)
    if saturation < 0.2:
        return "grey"
    ends = ((15, "red"), (45, "orange"), (70, "yellow"), (175, "green"), (250, "blue"), (300, "purple"))
    return next((word for end, word in ends if hue * 360 < end), "pink" if hue * 360 < 345 else "red")


def theme_config(mode: Mode = "light") -> dict[str, Any]:
    """The Vega-Lite ``config`` of every chart.

    The background is transparent and nothing is left to a default that differs between renderers, so one
    chart specification can be drawn on a light page, on a dark page and in a PDF.

    Parameters
    ----------
    mode
        The page the chart stands on.

    Returns
    -------
    dict
        A Vega-Lite configuration object.

    Examples
    --------
    >>> theme_config("dark")["font"], theme_config("light")["range"]["category"][0]
    ('Inter', '#0072b2')
    """
    ink, muted, rule, grid = INK[mode], MUTED[mode], RULE[mode], GRID[mode]
    return {
        "background": "transparent",
        "font": FONT,
        "padding": 4,
        "view": {"stroke": None, "continuousWidth": 220, "continuousHeight": 220},
        "axis": {
            "labelColor": muted,
            "labelFontSize": 12,
            "labelLimit": 260,
            "labelSeparation": 6,
            "titleColor": ink,
            "titleFontSize": 12,
            "titleFontWeight": 600,
            "titlePadding": 10,
            "domainColor": rule,
            "tickColor": rule,
            "tickSize": 4,
            "gridColor": grid,
            "gridWidth": 1,
        },
        "axisX": {"labelFlush": False},
        "axisY": {"domain": False, "ticks": False, "labelPadding": 8},
        "axisBand": {"grid": False},
        "axisPoint": {"grid": True},
        "legend": {
            "labelColor": muted,
            "labelFontSize": 12,
            "labelLimit": 240,
            "titleColor": ink,
            "titleFontSize": 12,
            "titleFontWeight": 600,
            "symbolStrokeWidth": 2,
            "symbolBaseFillColor": muted,
            "symbolBaseStrokeColor": muted,
            "gradientLength": 140,
        },
        "header": {
            "labelColor": ink,
            "labelFontSize": 12,
            "labelFontWeight": 600,
            "labelLimit": 260,
            "titleColor": ink,
            "titleFontSize": 12,
            "titleFontWeight": 600,
        },
        "title": {
            "color": ink,
            "fontSize": 13,
            "fontWeight": 600,
            "anchor": "start",
            "offset": 12,
            "subtitleColor": muted,
            "subtitleFontSize": 12,
        },
        "mark": {"color": PALETTE[0]},
        "text": {"color": ink, "fontSize": 12},
        "style": {ON_STRONG: {"color": BACKGROUND[mode]}},
        "rule": {"color": muted, "size": 1.5},
        "tick": {"color": PALETTE[0], "opacity": 1, "thickness": 2},
        "square": {"color": PALETTE[0], "opacity": 1, "size": 60},
        "line": {"color": PALETTE[0], "strokeWidth": 2},
        "point": {"color": PALETTE[0], "filled": True, "opacity": 1, "size": 60},
        "circle": {"color": PALETTE[0], "opacity": 1, "size": 60},
        "bar": {"color": PALETTE[0]},
        "area": {"color": PALETTE[0], "opacity": 0.35},
        "errorbar": {"rule": {"color": muted}},
        "range": {
            "category": list(PALETTE),
            "symbol": list(SHAPES),
            "ordinal": list(SEQUENTIAL[mode]),
            "ramp": list(SEQUENTIAL[mode]),
            "heatmap": list(SEQUENTIAL[mode]),
            "diverging": list(DIVERGING[mode]),
        },
    }


def relative_luminance(colour: str) -> float:
    """Relative luminance of an sRGB colour ``#rrggbb`` (WCAG 2.2, definition of relative luminance).

    Examples
    --------
    >>> relative_luminance("#ffffff")
    1.0
    """
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast_ratio(first: str, second: str) -> float:
    """Contrast between two colours (WCAG 2.2), from 1 to 21.

    Examples
    --------
    >>> round(contrast_ratio("#000000", "#ffffff"), 1)
    21.0
    """
    lighter, darker = sorted((relative_luminance(first), relative_luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)
