"""A map of the world in which countries carry an estimate; the shapes ship with the package."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
import yaml

from valuestats.base.errors import SpecificationError
from valuestats.base.figure import Figure

_SHAPES = Path(__file__).parent / "shapes"


@cache
def _countries() -> dict[str, Any]:
    """Name -> polygons, from Natural Earth's 1:110m countries (public domain)."""
    content = json.loads((_SHAPES / "world.json").read_text(encoding="utf-8"))
    return {country["name"]: country["polygons"] for country in content}


@cache
def _aliases() -> dict[str, str]:
    text = (_SHAPES / "names.yml").read_text(encoding="utf-8")
    return {str(k): str(v) for k, v in yaml.safe_load(text).items()}


def place_on_map(group: str) -> str | None:
    """The country on the map that a group's name stands for; None where it has no shape.

    Special samples ("India (Old national sample)"), parts of countries and places too small for a map of this scale
    have none.

    Examples
    --------
    >>> place_on_map("S. Korea"), place_on_map("Chile"), place_on_map("Singapore")
    ('South Korea', 'Chile', None)
    """
    name = _aliases().get(group, group)
    return name if name in _countries() else None


def off_the_map(groups: pd.Series) -> list[str]:
    """Names of groups that have no place on the map, in alphabetical order."""
    return sorted(str(g) for g in groups.unique() if place_on_map(str(g)) is None)


def world_chart(
    frame: pd.DataFrame,
    *,
    title: str,
    model: str | None = None,
    middle: float | None = None,
    width: int = 520,
) -> Figure:
    """Countries coloured by their estimate; countries without one are left blank.

    Parameters
    ----------
    frame
        ``group`` and ``estimate``; optionally ``model``, ``lower``, ``upper``, ``n_scored``, ``baseline``.
    title
        What the colour stands for.
    model
        The model to show; needed where there are several.
    middle
        A value that colours part at, for differences; by default little to much.
    width
        In pixels.

    Raises
    ------
    SpecificationError
        Several models and none chosen, a model that is not there, or two groups of one country.

    Examples
    --------
    >>> import pandas as pd
    >>> chart = world_chart(pd.DataFrame({"group": ["Chile", "S. Korea"], "estimate": [0.7, 0.6]}), title="Similarity")
    >>> chart.to_dict()["projection"]["type"]
    'equalEarth'
    """
    rows = _of_model(frame, model)
    places = rows["group"].map(lambda g: place_on_map(str(g)))
    rows = rows.assign(place=places).dropna(subset=["place", "estimate"])
    twice = rows[rows["place"].duplicated(keep=False)]
    if len(twice):
        raise SpecificationError(
            "two groups stand for one country of the map",
            parameter="group",
            got=", ".join(sorted(map(str, twice["group"]))),
            hint="choose one of them",
        )
    known = rows.set_index("place")
    features = [_feature(name, polygons, known) for name, polygons in _countries().items()]
    values = rows["estimate"].to_numpy(dtype=float)
    scale: dict[str, Any] = {"zero": False}
    if middle is not None and len(values):
        reach = float(np.abs(values - middle).max()) or 1.0
        scale = {"domain": [middle - reach, middle, middle + reach], "scheme": "blueorange"}
    shapes = alt.Chart(alt.Data(values=features)).mark_geoshape(strokeWidth=0.4)
    # Half transparent, so that a country without a value is near the page on light and dark ones alike.
    blank = shapes.encode(
        color=alt.value("#8b93a0"), fillOpacity=alt.value(0.25), stroke=alt.value("#8b93a0")
    )
    filled = shapes.transform_filter("datum.properties.known").encode(
        color=alt.Color(
            "properties.estimate:Q",
            title=title,
            scale=alt.Scale(**scale),
            legend=alt.Legend(orient="bottom", gradientLength=220, titleLimit=0),
        ),
        stroke=alt.value("#5f6873"),
        tooltip=[
            alt.Tooltip("properties.group:N", title="country"),
            alt.Tooltip("properties.text:N", title=title),
            alt.Tooltip("properties.asked:N", title="questions"),
        ],
    )
    return alt.layer(blank, filled).project(type="equalEarth").properties(width=width, height=width * 0.5)


def _of_model(frame: pd.DataFrame, model: str | None) -> pd.DataFrame:
    if "model" not in frame.columns:
        return frame
    there = sorted(frame["model"].astype(str).unique())
    if model is None and len(there) > 1:
        raise SpecificationError(
            "a map shows one model", parameter="model", got=None, expected=" or ".join(there)
        )
    if model is not None and model not in there:
        raise SpecificationError("no such model", parameter="model", got=model, expected=" or ".join(there))
    return frame[frame["model"].astype(str) == (model or there[0])]


def _feature(name: str, polygons: Any, known: pd.DataFrame) -> dict[str, Any]:
    properties: dict[str, Any] = {"group": name, "known": name in known.index}
    if properties["known"]:
        row = dict(known.loc[name])
        text = f"{row['estimate']:.3f}"
        if pd.notna(row.get("lower")) and pd.notna(row.get("upper")):
            text += f" [{row['lower']:.3f}, {row['upper']:.3f}]"
        asked = row.get("n_scored")
        properties |= {
            "group": str(row["group"]),
            "estimate": float(row["estimate"]),
            "text": text,
            "asked": "" if pd.isna(asked) else f"{asked:,.0f}",
        }
    geometry = {"type": "MultiPolygon", "coordinates": polygons}
    return {"type": "Feature", "properties": properties, "geometry": geometry}
