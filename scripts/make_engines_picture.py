"""Draw ``docs/images/ordinal-engines.png`` from ``benchmarks/results/ordinal_engines.json``: seconds of each tool.

python benchmarks/ordinal_engines.py --others && python scripts/make_engines_picture.py
"""

from __future__ import annotations

import json
from pathlib import Path

import altair as alt
import pandas as pd
import vl_convert as vlc

from valuestats.figures.theme import theme_config

ROOT = Path(__file__).parents[1]
FONTS = ROOT / "valuestats" / "reporting" / "assets" / "fonts"
SIZES = {"small": "10,000 answers", "large": "240,000 answers"}


def main() -> None:
    found = json.loads((ROOT / "benchmarks" / "results" / "ordinal_engines.json").read_text())
    rows = pd.DataFrame([r for r in found["rows"] if r["design"] in SIZES and r["seconds"] is not None])
    rows["answers"] = rows["design"].map(SIZES)
    rows["label"] = [
        f"{s:.2f} s" if s < 1 else f"{s:.1f} s" if s < 10 else f"{s:.0f} s" for s in rows["seconds"]
    ]
    order = rows.groupby("engine")["seconds"].min().sort_values().index.tolist()
    base = alt.Chart(rows).encode(
        y=alt.Y("engine:N", sort=order, title=None, axis=alt.Axis(labelLimit=360)),
        x=alt.X("seconds:Q", title="seconds (log scale)", scale=alt.Scale(type="log", domain=[0.1, 3_000])),
        color=alt.Color(
            "answers:N",
            title=None,
            scale=alt.Scale(domain=list(SIZES.values()), range=["#0072b2", "#d55e00"]),
            legend=alt.Legend(orient="top"),
        ),
        yOffset=alt.YOffset("answers:N", sort=list(SIZES.values())),
    )
    chart = base.mark_point(filled=True, size=60) + base.mark_text(align="left", dx=8).encode(text="label:N")
    target = ROOT / "docs" / "images" / "ordinal-engines.png"
    spec = chart.properties(width=420, height=alt.Step(18)).to_dict()
    vlc.register_font_directory(str(FONTS))
    spec = {**spec, "config": theme_config("light"), "background": "white", "padding": 16}
    target.write_bytes(vlc.vegalite_to_png(spec, scale=1.2))


if __name__ == "__main__":
    main()
