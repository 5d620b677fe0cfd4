"""Drawing charts: vector pictures for print, and the offline chart library for pages."""

from __future__ import annotations

import base64
import copy
import functools
import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson

from valuestats.base.errors import RenderError
from valuestats.base.extras import from_extra
from valuestats.base.files import atomic_file
from valuestats.ingest.datasets import cache_folder

ASSETS = Path(__file__).parent / "assets"
FONTS = ASSETS / "fonts"

# Part of the cached library's name; another number whenever `_guard` changes.
_GUARD = 1
_FACES = (("Regular", 400, "normal"), ("Italic", 400, "italic"), ("SemiBold", 600, "normal"))


def draw_svg(spec: dict[str, Any]) -> str:
    """Draw a Vega-Lite specification for a light page, in the shipped font, without reaching any network.

    Raises
    ------
    RenderError
        When Vega-Lite refuses the specification.

    Examples
    --------
    >>> spec = {"data": {"values": [{"a": 1}]}, "mark": "bar", "encoding": {"x": {"field": "a"}}}
    >>> draw_svg(spec)[:4]
    '<svg'
    """
    vl_convert = drawer()
    from valuestats.figures.names_apart import with_names_apart
    from valuestats.figures.theme import theme_config

    apart = with_names_apart(copy.deepcopy(spec))
    try:
        return str(vl_convert.vegalite_to_svg(apart, config=theme_config("light"), allowed_base_urls=[]))
    except ValueError as error:
        raise RenderError(
            "a chart could not be drawn", got=str(error).splitlines()[0], hint="check its encodings and data"
        ) from error


@functools.cache
def drawer() -> Any:
    """The drawing engine, with the shipped font."""
    with from_extra("reports", "a picture of a chart"):
        import vl_convert

    vl_convert.register_font_directory(str(FONTS))
    return vl_convert


def warm_up() -> None:
    """Load the drawing engine, which takes half a second, before the first chart asks for it."""
    draw_svg({"data": {"values": []}, "mark": "point"})


def chart_html(spec: dict[str, Any]) -> str:
    """HTML in which the page's script draws a chart; the specification can't end its own element.

    Examples
    --------
    >>> "</script><script>" in chart_html({"description": "</script><script>"})
    False
    """
    return (
        f'<div class="vs-chart"><div class="vs-chart-view"></div>'
        f'<script type="application/json">{script_json(spec)}</script></div>'
    )


def script_json(value: Any) -> str:
    """JSON that is safe inside a ``script`` element."""
    text = orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS).decode()
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def themes_html() -> str:
    """The light and the dark chart theme as a data element."""
    from valuestats.figures.theme import theme_config

    themes = {"light": theme_config("light"), "dark": theme_config("dark")}
    return f'<script type="application/json" id="vs-chart-themes">{script_json(themes)}</script>'


def chart_library() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script that loads nothing.

    The library is made once per version of vl-convert (1.5 s) and kept in the user's cache folder.
    """
    file = cache_folder() / f"vega-{version('vl-convert-python')}-{_GUARD}.js"
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        pass
    bundle = drawer().javascript_bundle()
    script = "(function () {\n" + _guard(bundle) + "\n})();"
    try:
        with atomic_file(file) as temporary:
            temporary.write_text(script, encoding="utf-8")
    except (OSError, ValueError):
        # A cache that can't be written costs time, not the report.
        return script
    return script


def _guard(script: str) -> str:
    """Spell tags inside the script's strings so that no HTML parser, nor Quarto, takes them for its own."""
    script = re.sub(r"</(?=(?:body|head|html|script|style|table)\b)", r"<\\/", script)
    return re.sub(r"<(?=(?:script|style|table)\b|!--)", r"\\x3c", script)


@functools.cache
def font_faces() -> str:
    """``@font-face`` rules with the shipped font inside them."""
    rules = []
    for face, weight, style in _FACES:
        data = base64.b64encode((FONTS / f"Inter-{face}.woff2").read_bytes()).decode()
        rules.append(
            f'@font-face{{font-family:"Inter";font-weight:{weight};font-style:{style};font-display:block;'
            f'src:url(data:font/woff2;base64,{data}) format("woff2")}}'
        )
    return "\n".join(rules)


def asset(name: str) -> str:
    """Text of a shipped style sheet, script or template."""
    return (ASSETS / name).read_text(encoding="utf-8")


def page_assets_html() -> str:
    """Font, chart library and scripts for a page that Quarto lays out."""
    return "\n".join(
        [
            f"<style>{font_faces()}</style>",
            themes_html(),
            f"<script>{chart_library()}</script>",
            f'<script>document.addEventListener("DOMContentLoaded", () => {{\n{asset("report.js")}\n}});</script>',
        ]
    )
