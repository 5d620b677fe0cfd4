"""Axes of counts, ranks and places have whole numbers only: nobody is 1.5th."""

from __future__ import annotations

from typing import Any

from valuestats.figures.spec_views import Spec, units_of, values_of, views_of

_SHORT = 10


def with_whole_axes(spec: Spec) -> Spec:
    """A Vega-Lite specification whose axes have no ticks between whole numbers where all their data are whole.

    An axis with a format of its own, of a sum or of bins stays as it is.

    Examples
    --------
    >>> chart = {"mark": "point", "data": {"values": [{"rank": 1}, {"rank": 3.0}]},
    ...          "encoding": {"x": {"field": "rank", "type": "quantitative"}}}
    >>> with_whole_axes(chart)["encoding"]["x"]["axis"]
    {'format': ',d', 'values': [0, 1, 2, 3]}
    """
    for view, data in views_of(spec, None):
        for channel in ("x", "y"):
            _mend(list(units_of(view, data, {})), channel, spec.get("datasets", {}))
    return spec


def _mend(units: list[tuple[Any, Spec]], channel: str, datasets: Spec) -> None:
    ends = [
        (data, encoding[end])
        for data, encoding in units
        for end in (channel, f"{channel}2")
        if end in encoding
    ]
    fields = [(data, end) for data, end in ends if "field" in end]
    axes = [encoding[channel] for _, encoding in units if "field" in encoding.get(channel, {})]
    found = [v for data, end in fields for v in values_of(data, end["field"], datasets)]
    if not found or not all(map(_is_plain, axes)) or not all(map(_is_whole, found)):
        return
    if any(told.get("scale", {}).get("zero", True) for told in axes):
        found.append(0)
    low, high = int(min(found)), int(max(found))
    # Of longer axes ticks are whole by themselves; Vega's own least step is not kept on shorter ones.
    ticks = {"values": list(range(low, high + 1))} if high - low <= _SHORT else {}
    for told in axes:
        told["axis"] = {"format": ",d", **ticks, **told.get("axis", {})}


def _is_plain(told: Spec) -> bool:
    """Whether a channel shows numbers as they are, and leaves their format to us."""
    axis = told.get("axis", {})
    own = axis is None or axis.keys() & {"format", "values"} or told.get("scale", {}).get("type")
    return told.get("type") == "quantitative" and not (own or told.get("bin") or told.get("aggregate"))


def _is_whole(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and float(value).is_integer()
