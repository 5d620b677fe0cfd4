"""Draw the pictures of docs/calibration.md and of the priors from ``benchmarks/results``.

python scripts/make_calibration_picture.py [NAME ...]

Simulation-based calibration: a row per design, first the empirical distribution functions of all its quantities less the
uniform one, with the band that holds a whole one with 95% probability (Säilynoja, Bürkner and Vehtari 2022), then each
quantity's ranks in 20 bins with the band that holds 99% of the bars.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

import altair as alt
import numpy as np
import pandas as pd
import vl_convert as vlc
from rank_calibration import ecdf_envelope
from scipy import stats
from scipy.special import expit, softmax

from valuestats.figures.theme import theme_config
from valuestats.latent.likelihoods import rates as multilevel_rates
from valuestats.latent.likelihoods import shares as multilevel_shares
from valuestats.measurement.graded.estimands import standardised_loading
from valuestats.measurement.graded.model import GradedPriors, gap_basis
from valuestats.regression.checks import prior_shares
from valuestats.regression.figures import prior_consequences_chart, prior_shares_chart
from valuestats.regression.prior_consequences import prior_consequences
from valuestats.statistics.ordinal import category_probabilities

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"
FONTS = ROOT / "valuestats" / "reporting" / "assets" / "fonts"
ACROSS = 7
DRAWS = 4000


def sbc(name: str) -> alt.VConcatChart:
    table = pd.read_csv(RESULTS / f"{name}.csv")
    rows = [_design(part, str(design)) for design, part in table.groupby("design", sort=False)]
    return alt.vconcat(*rows, spacing=16)


def _design(table: pd.DataFrame, design: str) -> alt.HConcatChart:
    counts = np.array([[int(x) for x in bins.split()] for bins in table["bins"]])
    names = [q.removesuffix("[0]").replace("_", " ") for q in table["quantity"]]
    n, bins = int(table["simulations"].iloc[0]), counts.shape[1]
    bars = [_bars(row, name, n) for row, name in zip(counts, names, strict=True)]
    lines = [alt.hconcat(*bars[k : k + ACROSS], spacing=8) for k in range(0, len(bars), ACROSS)]
    title = alt.Title(f"{design} ({n} studies)", anchor="start")
    return alt.hconcat(_ecdf(counts, n, bins), alt.vconcat(*lines, spacing=6), spacing=18).properties(
        title=title
    )


def _ecdf(counts: np.ndarray, n: int, bins: int) -> alt.LayerChart:
    edges = np.arange(bins + 1) / bins
    low, high = ecdf_envelope(n, bins)
    band = pd.DataFrame({"at": edges, "low": [0, *low, 1], "high": [0, *high, 1]})
    band[["low", "high"]] -= edges[:, None]
    away = np.column_stack([np.zeros(len(counts)), counts.cumsum(axis=1) / n]) - edges
    lines = pd.DataFrame(
        {
            "at": np.tile(edges, len(counts)),
            "away": away.ravel(),
            "q": np.repeat(range(len(counts)), bins + 1),
        }
    )
    x = alt.X("at:Q", title=None, axis=alt.Axis(values=[0, 0.5, 1]))
    shade = alt.Chart(band).mark_area(opacity=0.25).encode(x=x, y=alt.Y("low:Q", title=None), y2="high:Q")
    drawn = alt.Chart(lines).mark_line(strokeWidth=1, opacity=0.8, color="#333")
    title = alt.Title("ECDF less uniform", fontSize=9, fontWeight="normal")
    return alt.layer(shade, drawn.encode(x=x, y="away:Q", detail="q:N")).properties(
        width=130, height=70, title=title
    )


def _bars(counts: np.ndarray, quantity: str, n: int) -> alt.LayerChart:
    low, high = stats.binom.ppf([0.005, 0.995], n, 1 / len(counts))
    frame = pd.DataFrame({"bin": range(len(counts)), "count": counts, "low": low, "high": high})
    base = alt.Chart(frame)
    x = alt.X("bin:Q", axis=None, scale=alt.Scale(domain=[-0.6, len(counts) - 0.4]))
    bars = base.mark_bar(size=3).encode(x=x, y=alt.Y("count:Q", title=None, axis=alt.Axis(tickCount=2)))
    band = base.mark_area(opacity=0.25).encode(x=x, y=alt.Y("low:Q"), y2="high:Q")
    title = alt.Title(quantity, fontSize=9, fontWeight="normal", limit=104)
    return alt.layer(band, bars).properties(width=78, height=42, title=title)


def coverage() -> alt.FacetChart:
    table = pd.read_csv(RESULTS / "formula_coverage.csv")
    long = table.melt(
        ["models", "items", "repeats", "term"], ["coverage_0.80", "coverage_0.95"], "level", "coverage"
    )
    errors = table.melt(
        ["models", "items", "repeats", "term"], ["coverage_0.80_error", "coverage_0.95_error"], "level", "se"
    )
    long["se"] = errors["se"].to_numpy()
    long["nominal"] = long["level"].str.removeprefix("coverage_").astype(float)
    long = long.assign(
        low=long["coverage"] - 1.96 * long["se"],
        high=(long["coverage"] + 1.96 * long["se"]).clip(upper=1),
        items=long["items"].astype(str) + " items",
        models=long["models"].astype(str) + " models",
        interval=(100 * long["nominal"]).astype(int).astype(str) + " %",
    )
    base = alt.Chart(long)
    x = alt.X("repeats:O", title="answers per cell", axis=alt.Axis(labelAngle=0))
    colour = alt.Color("interval:N", title="interval", legend=alt.Legend(orient="top"))
    scale = alt.Scale(domain=[0.5, 1])
    y = alt.Y("coverage:Q", title="coverage", scale=scale)
    shift = alt.XOffset("items:N", sort=["10 items", "40 items"])
    dots = base.mark_point(filled=True, size=45).encode(
        x=x, y=y, color=colour, xOffset=shift, shape=alt.Shape("items:N", title=None)
    )
    spans = base.mark_rule().encode(
        x=x, y=alt.Y("low:Q", scale=scale), y2="high:Q", color=colour, xOffset=shift
    )
    rules = base.mark_rule(strokeDash=[3, 3]).encode(y=alt.Y("nominal:Q", scale=scale), color=colour)
    return (
        alt.layer(rules, spans, dots)
        .properties(width=150, height=110)
        .facet(
            row=alt.Row("term:N", title=None, sort=["models", "value", "condition"]),
            column=alt.Column("models:N", title=None, sort=["3 models", "10 models", "30 models"]),
        )
    )


def priors() -> alt.VConcatChart:
    rng = np.random.default_rng(0)
    spread = np.abs(rng.normal(0, 1.5, (DRAWS, 3, 1)))  # model, topic, their pair
    logit = rng.normal(0, multilevel_rates.INTERCEPT_SD, (DRAWS, 1)) + (
        spread * rng.normal(size=(DRAWS, 3, 2))
    ).sum(axis=1)
    rate = expit(logit)
    scale = np.abs(rng.normal(0, multilevel_shares.SCALE_SD, (DRAWS, 1, 1)))
    option = rng.normal(0, multilevel_shares.INTERCEPT_SD, (DRAWS, 1, 3))
    share = softmax(option + scale * rng.normal(size=(DRAWS, 2, 3)), axis=2)
    prior = GradedPriors()
    a = np.exp(rng.normal(*prior.log_discrimination, DRAWS))
    gaps = np.exp(rng.normal(*prior.log_gap, (DRAWS, 3)))
    cut = rng.normal(0, prior.location, (DRAWS, 1)) + gaps @ gap_basis(5)
    p = category_probabilities(cut, a * rng.normal(size=DRAWS))
    graded = alt.hconcat(
        *[_histogram(p[:, k], f"probability of answer {k + 1}") for k in range(5)], spacing=14
    )
    return alt.vconcat(
        alt.hconcat(
            _histogram(rate[:, 0], "refusal rate of a model"),
            _histogram(rate[:, 0] - rate[:, 1], "difference of two models", (-1, 1)),
            spacing=14,
        ).properties(title="Refusal rates"),
        alt.hconcat(
            _histogram(share[:, 0, 0], "share of one option of three"),
            _histogram(share[:, 0, 0] - share[:, 1, 0], "difference of two groups", (-1, 1)),
            spacing=14,
        ).properties(title="Group shares"),
        alt.hconcat(
            graded, _histogram(standardised_loading(a, "logit"), "standardised loading"), spacing=14
        ).properties(title="Graded response model, five answers"),
        spacing=16,
    )


def _histogram(values: np.ndarray, title: str, span: tuple[float, float] = (0.0, 1.0)) -> alt.Chart:
    counts, edges = np.histogram(values, bins=25, range=span)
    frame = pd.DataFrame({"from": edges[:-1], "to": edges[1:], "share": counts / len(values)})
    return (
        alt.Chart(frame)
        .mark_rect(stroke="white", strokeWidth=0.5)
        .encode(
            x=alt.X("from:Q", title=None, scale=alt.Scale(domain=list(span)), axis=alt.Axis(tickCount=3)),
            x2="to:Q",
            y=alt.Y("share:Q", title=None, axis=alt.Axis(format="%", tickCount=3)),
            y2=alt.datum(0),
        )
        .properties(width=130, height=80, title=alt.Title(title, fontSize=10, fontWeight="normal"))
    )


PICTURES = {
    "ordinal-sbc": lambda: sbc("ordinal_sbc"),
    "formula-sbc": lambda: sbc("formula_sbc"),
    "multilevel-sbc": lambda: sbc("multilevel_sbc"),
    "graded-sbc": lambda: sbc("graded_sbc"),
    "formula-coverage": coverage,
    "prior-predictive": priors,
    "ordinal-prior-shares": lambda: prior_shares_chart(prior_shares(5)),
    "ordinal-prior-consequences": lambda: prior_consequences_chart(prior_consequences()),
}


def main(*names: str) -> None:
    vlc.register_font_directory(str(FONTS))
    for name in names or PICTURES:
        spec = PICTURES[name]().to_dict()
        spec = {**spec, "config": theme_config("light"), "background": "white", "padding": 16}
        (ROOT / "docs" / "images" / f"{name}.png").write_bytes(vlc.vegalite_to_png(spec, scale=1.2))


if __name__ == "__main__":
    main(*sys.argv[1:])
