"""Simulated activations with a planted direction, and controlled answers of a known truth, in the layout of the method."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from valuestats.activations.rows import Activations
from valuestats.activations.simulate import RowTruth, mean_share, simulate_rows

Design = Literal["pairs", "paraphrases"]

CONTROLS: dict[str, tuple[float, float, float]] = {
    "no control": (0.3, -0.4, 0.01),
    "value vector, p = .60": (0.4, 0.3, 0.01),
    "value vector, p = .75": (0.5, 0.8, 0.02),
    "value vector, p = .90": (0.7, 1.4, 0.06),
    "value vector, p = .99": (1.2, 1.6, 0.25),
    "yes vector": (3.0, 0.0, 0.05),
}
"""Of each condition: what it adds to saying yes and to the value (logits), and the share of answers that it breaks."""
TARGETS = {"value vector, p = .60": 0.6, "value vector, p = .75": 0.75, "value vector, p = .90": 0.9}
ITEMS_APART, SENSITIVITY, FALSE_YES, NOTED, LABELLED = 0.8, 0.94, 0.2, 0.08, 0.25
_WORDS = (
    "it would be right for me to take that step now since the work matters and the others can wait until I am done with it "
    "while my family thinks that there is more to life than this one choice and that I should sleep on it before I answer"
)


def truth_of(design: Design, groups: int, width: int, layers: int) -> RowTruth:
    """The truth behind both designs: pairs with both labels in one context, or four paraphrases with one label."""
    pairs = design == "pairs"
    return RowTruth(layers=layers, groups=groups, width=width, rows=2 if pairs else 4, pairs=pairs)


def true_directions(width: int, layers: int, seed: int) -> NDArray[np.float64]:
    """The planted unit directions, shape ``(layers, width)``; the same for all rows of a seed."""
    direction = np.random.default_rng(seed).normal(size=(layers, width))
    return direction / np.linalg.norm(direction, axis=1, keepdims=True)


def simulated_activations(
    *,
    design: Design = "pairs",
    groups: int = 100,
    width: int = 256,
    layers: int = 6,
    part: int = 1,
    seed: int = 0,
) -> Activations:
    """Rows of `valuestats.activations.simulate.simulate_rows`; another `part` is of new groups with the same directions.

    Examples
    --------
    >>> simulated_activations(groups=5, width=8, layers=2, seed=1)
    <Activations: 2 layers, 10 rows, width 8>
    """
    truth = truth_of(design, groups, width, layers)
    rng = np.random.default_rng([seed, part, design == "pairs"])
    return simulate_rows(truth, rng, true_directions(width, layers, seed))[0]


def simulated_control(*, items: int = 400, seed: int = 0) -> pd.DataFrame:
    r"""Answers to yes-or-no items under control, with a judge's words and people's labels of a quarter.

    The true answer to item i is yes with probability :math:`\operatorname{logit}^{-1}(a + e_i \pm v)`, plus where yes is the
    value's answer; a and v from `CONTROLS`, :math:`e \sim N(0, .8^2)`. The judge says yes to 94% of the true ones and to
    20% of the others, and adds a note to 8% of its "Yes". Broken answers repeat one word, and the judge says yes to them.

    Returns
    -------
    pandas.DataFrame
        ``item``, ``keyed``, ``condition``, ``raw``, ``words`` (the judge's), ``label`` (1, 0, or null).

    Examples
    --------
    >>> simulated_control(items=10, seed=1)["condition"].nunique()
    6
    """
    rng = np.random.default_rng(seed)
    keyed = np.where(np.arange(items) % 2, -1, 1)
    apart = rng.normal(0, ITEMS_APART, items)
    words = _WORDS.split()
    parts = []
    for name, (yes, value, broken) in CONTROLS.items():
        told = rng.random(items) < expit(yes + apart + keyed * value)
        lost = rng.random(items) < broken
        judged = np.where(told, rng.random(items) < SENSITIVITY, rng.random(items) < FALSE_YES) | lost
        noted = rng.random(items) < NOTED
        texts = [
            "yes " * 20 if gone else " ".join(rng.permutation(words)[: rng.integers(18, 32)]) for gone in lost
        ]
        said = np.where(judged, np.where(noted, "Yes. Note that the answer may be cut short.", "Yes"), "No")
        kept = (rng.random(items) < LABELLED) & ~lost
        parts.append(
            pd.DataFrame(
                {
                    "item": [f"i{k + 1:03d}" for k in range(items)],
                    "keyed": keyed,
                    "condition": name,
                    "raw": texts,
                    "words": said,
                    "label": pd.Series(told.astype(float)).where(pd.Series(kept)),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def control_truth() -> pd.DataFrame:
    """True success and yes-saying of each condition, of answers that are not broken: ``condition``, ``measure``, ``truth``.

    Examples
    --------
    >>> control_truth().query("condition == 'yes vector'")["truth"].round(2).tolist()
    [0.5, 0.44]
    """
    rows = []
    for name, (yes, value, _) in CONTROLS.items():
        one, two = (float(mean_share(np.array([yes + k * value]), ITEMS_APART)[0]) for k in (1, -1))
        rows += [(name, "success", (one + 1 - two) / 2), (name, "yes-saying", (one - (1 - two)) / 2)]
    return pd.DataFrame(rows, columns=["condition", "measure", "truth"])
