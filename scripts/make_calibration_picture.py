"""Draw ``docs/images/ordinal-sbc.png`` from ``benchmarks/results/ordinal_sbc.csv``: rank histograms with their envelope.

python scripts/make_calibration_picture.py
"""

from pathlib import Path

import altair as alt
import pandas as pd
import vl_convert as vlc
from scipy import stats

from valuestats.charts.theme import theme_config

ROOT = Path(__file__).parents[1]
FONTS = ROOT / "valuestats" / "reporting" / "assets" / "fonts"


def main() -> None:
    vlc.register_font_directory(str(FONTS))
    table = pd.read_csv(ROOT / "benchmarks" / "results" / "ordinal_sbc.csv")
    rows = []
    for _, row in table.iterrows():
        counts = [int(x) for x in row["bins"].split()]
        low, high = stats.binom.ppf([0.005, 0.995], row["simulations"], 1 / len(counts))
        quantity = row["quantity"].removesuffix("[0]").replace("_", " ")
        for k, count in enumerate(counts):
            rows.append((row["design"], quantity, k, count, low, high))
    frame = pd.DataFrame(rows, columns=["design", "quantity", "bin", "count", "low", "high"])
    rows_of = [_panels(frame[frame["design"] == design], design) for design in dict.fromkeys(table["design"])]
    spec = alt.vconcat(*rows_of, spacing=18).to_dict()
    spec = {**spec, "config": theme_config("light"), "background": "white", "padding": 16}
    target = ROOT / "docs" / "images" / "ordinal-sbc.png"
    target.write_bytes(vlc.vegalite_to_png(spec, scale=1.2))


def _panels(frame: pd.DataFrame, design: str) -> alt.VConcatChart:
    charts = [_panel(part, str(name)) for name, part in frame.groupby("quantity", sort=False)]
    lines = [alt.hconcat(*charts[k : k + 8], spacing=10) for k in range(0, len(charts), 8)]
    return alt.vconcat(*lines, spacing=8).properties(title=design)


def _panel(frame: pd.DataFrame, quantity: str) -> alt.LayerChart:
    base = alt.Chart(frame)
    x = alt.X("bin:Q", axis=None, scale=alt.Scale(domain=[-0.6, 19.6]))
    bars = base.mark_bar(size=3).encode(x=x, y=alt.Y("count:Q", title=None, axis=alt.Axis(tickCount=3)))
    band = base.mark_area(opacity=0.25).encode(x=x, y=alt.Y("low:Q"), y2="high:Q")
    return alt.layer(band, bars).properties(
        width=76, height=46, title=alt.Title(quantity, fontSize=9, fontWeight="normal")
    )


if __name__ == "__main__":
    main()
