"""Plans on the page of a validation: power over sizes side by side, sizes with how sure they are."""

import numpy as np
import pandas as pd

from valuestats import Responses, contrast_power, generalizability_study, required_sizes
from valuestats.pages.plans import plan_table


def study(draws):
    rng = np.random.default_rng(3)
    y = 3 + rng.normal(0, 0.5, (5, 1, 1)) + rng.normal(0, 0.5, (1, 12, 1)) + rng.normal(0, 0.7, (5, 12, 4))
    places = np.indices(y.shape).reshape(3, -1).astype(str)
    frame = pd.DataFrame({"model": places[0], "item": places[1], "wording": places[2]})
    frame = frame.assign(answer=y.ravel().round().astype(int), status="valid")
    return generalizability_study(Responses(frame), draws=draws, seed=1)


def test_power_over_sizes_is_a_row_a_dimension_with_its_assurance():
    power = contrast_power(study(200), 0.4, {"item": [10, 1000], "wording": 2})
    shown, same = plan_table(power)
    assert shown.columns.tolist() == ["Dimension", "10 items", "1,000 items"]
    assert shown.iloc[0].tolist() == [
        "all",
        *(f"{row.power:.2f} ({row.assurance:.2f})" for row in power.itertuples()),
    ]
    assert same == "wordings 2, epochs 1 and difference 0.4"
    alone, _ = plan_table(contrast_power(study(0), 0.4, {"item": [10, 20]}))
    assert "(" not in alone.iloc[0, 1]


def test_power_over_two_facets_and_sizes_keep_their_rows():
    found = study(200)
    grid, _ = plan_table(contrast_power(found, 0.4, {"item": [10, 20], "wording": [1, 2]}))
    assert grid.columns.tolist() == ["Dimension", "Items", "Wordings", "Power (assurance)"]
    assert len(grid) == 4
    sizes = required_sizes(found, difference=0.4, vary=("wording", "item"), first=[1, 4])
    shown, _ = plan_table(sizes)
    assert shown.columns.tolist() == [
        "Dimension",
        "Wordings",
        "Items",
        "Answers per model",
        "Highest power",
        "Assured",
    ]
    assert shown["Items"].tolist() == [f"{n:,}" if pd.notna(n) else "–" for n in sizes["n_item"]]
    assert shown["Assured"].tolist() == [f"{v:.2f}" if pd.notna(v) else "–" for v in sizes["assured"]]
