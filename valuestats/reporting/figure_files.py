"""Figures for a paper: files at a journal's width, in the house theme, with the data that are drawn beside them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import pandas as pd

from valuestats.base.allowed import Number
from valuestats.base.arguments import checked
from valuestats.base.errors import RenderError, SpecificationError
from valuestats.base.figure import Figure
from valuestats.base.files import atomic_file
from valuestats.figures.names_apart import with_names_apart
from valuestats.figures.theme import theme_config
from valuestats.figures.whole_axes import with_whole_axes
from valuestats.reporting.altair_support import plain_theme
from valuestats.reporting.charting import drawer, font_faces
from valuestats.reporting.typst_pdf import compile_pdf
from valuestats.results.exports import spreadsheet_safe

Format = Literal["svg", "pdf", "png"]
_SIZE = re.compile(r'<svg\b[^>]*?\bwidth="([\d.]+)"[^>]*?\bheight="([\d.]+)"')
_MM = 25.4


@checked
def save_figure(
    figure: Figure,
    path: str | Path,
    *,
    width: Annotated[float, Number(10, 1000)] = 183.0,
    formats: Sequence[Format] = ("svg", "pdf", "png"),
    dpi: Annotated[float, Number(50, 2400)] = 300.0,
    data: bool = True,
) -> list[Path]:
    """Save a figure as vector and pixel files of a given width, and its data as CSV.

    The whole figure, legends and axes included, is scaled to the width; the font ships with the package and is embedded, so
    that a file looks the same everywhere. Nothing is loaded from a network.

    Parameters
    ----------
    figure
        What `Result.plot` returns, or any Altair chart.
    path
        The files' name; an ending that is one of `formats` is taken off.
    width
        In mm. Nature and many others have columns of 89 mm, and pages of two of them of 183 mm.
    formats
        Which files: ``"svg"``, ``"pdf"``, ``"png"``.
    dpi
        Pixels per inch of the PNG.
    data
        Whether the tables that are drawn are written as CSV beside it (``<name>.csv``, or ``<name>-1.csv`` … where a figure
        has several); no cell of them is taken for a formula by a spreadsheet.

    Returns
    -------
    list of pathlib.Path
        The files, each written whole or not at all.

    Raises
    ------
    SpecificationError
        No format.
    RenderError
        The chart can't be drawn.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from valuestats import read_responses, response_style, save_figure
    >>> responses = read_responses("data/demo/responses.jsonl.gz", scale="value_portrait")
    >>> figure = response_style(responses, scale=(1, 6), replicates=50).plot()
    >>> files = save_figure(figure, pathlib.Path(tempfile.mkdtemp(), "styles"), width=89)
    >>> sorted({file.suffix for file in files})
    ['.csv', '.pdf', '.png', '.svg']
    """
    if not formats:
        raise SpecificationError("no format", parameter="formats", got="none", expected="svg, pdf or png")
    target = Path(path)
    if target.suffix[1:] in ("svg", "pdf", "png"):
        target = target.with_suffix("")
    import altair as alt

    with plain_theme(alt):
        spec = with_names_apart(with_whole_axes(figure.to_dict()))
    text = _drawn("svg", spec)
    found = _SIZE.search(text)
    if found is None:
        raise RenderError("a chart was drawn without a size", got=text[:60])
    pixels, height = float(found[1]), float(found[2])
    mm = float(width)
    made: list[Path] = []
    for name in dict.fromkeys(formats):
        place = Path(f"{target}.{name}")
        match name:
            case "svg":
                _written(place, _sized(text, found, mm, height / pixels * mm).encode())
            case "pdf":
                place.parent.mkdir(parents=True, exist_ok=True)
                size = f"width: {mm}mm, height: {height / pixels * mm}mm, margin: 0pt"
                page = f'#set page({size})\n#image("a.svg", width: 100%)'
                compile_pdf(page, {"a.svg": text.encode()}, place, None)
            case _:
                _written(place, _drawn("png", spec, scale=mm / _MM * dpi / pixels, ppi=72))
        made.append(place)
    if data:
        tables = list(dict.fromkeys(map(str, _tables(spec))))
        frames = [pd.DataFrame(values) for key, values in spec.get("datasets", {}).items() if key in tables]
        for number, frame in enumerate(frames, 1):
            place = Path(f"{target}.csv" if len(frames) == 1 else f"{target}-{number}.csv")
            made.append(_written(place, spreadsheet_safe(frame).to_csv(index=False).encode()))
    return made


def _drawn(kind: Literal["svg", "png"], spec: dict[str, Any], **options: Any) -> Any:
    """The chart in one format, light, from nothing but its specification."""
    config = {**theme_config("light"), "background": "white"} if kind == "png" else theme_config("light")
    try:
        return getattr(drawer(), f"vegalite_to_{kind}")(spec, config=config, allowed_base_urls=[], **options)
    except ValueError as error:
        raise RenderError("a chart could not be drawn", got=str(error).splitlines()[0]) from error


def _sized(text: str, found: re.Match[str], width: float, height: float) -> str:
    """A drawing with its size in mm and the font inside."""
    head = found[0]
    new = head.replace(f'width="{found[1]}"', f'width="{width:.2f}mm"')
    new = new.replace(f'height="{found[2]}"', f'height="{height:.2f}mm"')
    end = text.index(">", found.end()) + 1
    return f"{new}{text[found.end() : end]}<style>{font_faces()}</style>{text[end:]}"


def _tables(spec: Any) -> list[str]:
    """Names of the tables in the order in which the parts of a chart draw them."""
    if isinstance(spec, dict):
        own = spec.get("data")
        here = [own["name"]] if isinstance(own, dict) and "name" in own else []
        return here + [name for key, part in spec.items() if key != "datasets" for name in _tables(part)]
    return [name for part in spec for name in _tables(part)] if isinstance(spec, list) else []


def _written(place: Path, content: bytes) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(place) as temporary:
        temporary.write_bytes(content)
    return place
