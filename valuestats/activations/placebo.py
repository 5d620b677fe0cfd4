"""Neurons like the selected ones that were not selected, and what editing them does."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pandas as pd

from valuestats.activations.counts import NeuronCounts
from valuestats.base.allowed import Whole
from valuestats.base.arguments import checked
from valuestats.base.errors import InputError, SpecificationError
from valuestats.results.result import Result

_NEAR = 20


@checked
def placebo_neurons(
    counts: NeuronCounts,
    chosen: Result,
    *,
    sets: Annotated[int, Whole(1)] = 20,
    seed: int = 0,
) -> pd.DataFrame:
    """Sets of neurons to edit in place of the chosen ones: of the same layers, as active, and not chosen.

    For each chosen neuron a set has one of the 20 neurons of its layer whose activity (share of all tokens, both sides) is
    nearest, drawn without replacement; where fewer are left, of those. An edit that works by the chosen neurons, and not by
    any that are as active, must do more than almost all of these sets (`valuestats.placebo_rank`).

    Parameters
    ----------
    counts
        The counts from which neurons were chosen.
    chosen
        Of `valuestats.select_neurons` or `valuestats.neuron_stability`.
    sets, seed
        How many sets are drawn, and the seed.

    Returns
    -------
    pandas.DataFrame
        ``set``, ``layer``, ``neuron``, ``activity``, and the chosen neuron that it stands for with its activity,
        ``chosen`` and ``chosen_activity``.

    Raises
    ------
    SpecificationError
        Nothing chosen, neurons of other counts, or a layer in which too few are left.

    Examples
    --------
    >>> import numpy as np
    >>> from valuestats import NeuronCounts, placebo_neurons, select_neurons
    >>> rng = np.random.default_rng(0)
    >>> support, conflict = rng.binomial(50, 0.2, (2, 2, 30, 40))
    >>> support[1, 7] = rng.binomial(50, 0.5, 40)
    >>> counts = NeuronCounts(support, conflict, np.full(40, 50))
    >>> table = placebo_neurons(counts, select_neurons(counts), sets=3)
    >>> table["layer"].tolist(), 7 in table["neuron"].tolist()
    ([1, 1, 1], False)
    """
    if not {"layer", "neuron"} <= set(chosen.keys) or chosen.estimates.empty:
        raise SpecificationError(
            "no neurons to stand for",
            parameter="chosen",
            got=f"a result of {chosen.kind} with {len(chosen.estimates)} rows",
            expected="neurons that were selected",
        )
    layers, neurons, _ = counts.shape
    wanted = chosen.estimates[["layer", "neuron"]].astype(int)
    if (wanted["layer"] >= layers).any() or (wanted["neuron"] >= neurons).any():
        raise SpecificationError(
            "neurons that the counts have not",
            parameter="chosen",
            got=f"layer {wanted['layer'].max()}, neuron {wanted['neuron'].max()}",
            expected=f"{layers} layers of {neurons} neurons",
        )
    rng = np.random.default_rng(seed)
    total = counts.tokens[:, counts.used].sum()
    parts = []
    for layer in sorted(set(wanted["layer"].tolist())):
        own = wanted.loc[wanted["layer"] == layer, "neuron"]
        one, two = counts.active(layer)
        activity = (one + two).sum(axis=1) / total
        left = np.setdiff1d(np.arange(neurons), own)
        if len(left) < len(own):
            raise SpecificationError(
                "too few neurons left in a layer",
                parameter="chosen",
                got=f"{len(own)} of {neurons} chosen in layer {layer}",
                expected="at most half of a layer",
            )
        for number in range(sets):
            free = left
            for neuron in rng.permutation(own.to_numpy()):
                near = np.argsort(np.abs(activity[free] - activity[neuron]), kind="stable")[:_NEAR]
                pick = int(free[rng.choice(near)])
                free = free[free != pick]
                parts.append((number, layer, pick, activity[pick], int(neuron), activity[neuron]))
    columns = ["set", "layer", "neuron", "activity", "chosen", "chosen_activity"]
    return pd.DataFrame(parts, columns=columns).sort_values(["set", "layer", "chosen"], ignore_index=True)


@checked
def placebo_rank(effects: pd.DataFrame, *, placebo: str = "placebo", against: str = "plain") -> pd.DataFrame:
    r"""How many placebo sets change as much as an edit does.

    Estimand: the mean over items of the outcome under an edit less that under `against`, and
    :math:`p = (1 + \#\{b: |\Delta_b| \ge |\Delta|\})/(1 + B)` over the B placebo sets (Phipson and Smyth 2010): exact where
    the edited set might as well have been one of them.

    Parameters
    ----------
    effects
        ``item``, ``condition``, ``value`` (null where nothing came), and ``set`` (of the placebo rows).
    placebo, against
        Names of the conditions with placebo sets and without an edit.

    Returns
    -------
    pandas.DataFrame
        ``condition``, ``effect``, ``sets``, ``as_much``, ``p_value``, ``placebo_mean``, ``placebo_lower`` and
        ``placebo_upper`` (smallest and largest), ``n_scored`` items of ``n_asked``.

    Raises
    ------
    InputError
        A missing column or condition, a placebo row without a set, an item twice in a set.

    References
    ----------
    Phipson and Smyth (2010), Permutation p-values should never be zero.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = [(i, "plain", None, 0.0) for i in range(3)] + [(i, "forward", None, 1.0) for i in range(3)]
    >>> rows += [(i, "placebo", k, 0.1 * k) for i in range(3) for k in range(4)]
    >>> found = placebo_rank(pd.DataFrame(rows, columns=["item", "condition", "set", "value"]))
    >>> found[["effect", "p_value"]].to_numpy().tolist()
    [[1.0, 0.2]]
    """
    missing = [c for c in ("item", "condition", "set", "value") if c not in effects.columns]
    if missing:
        raise InputError(
            "a column is missing",
            parameter="effects",
            got=", ".join(missing),
            expected="item, condition, set, value",
        )
    names = [str(c) for c in dict.fromkeys(effects["condition"])]
    for name, said in ((against, "against"), (placebo, "placebo")):
        if name not in names:
            raise InputError("no such condition", parameter=said, got=name, expected=", ".join(names))
    lost = (effects["condition"] == placebo) & effects["set"].isna()
    if lost.any():
        raise InputError(
            "a placebo row says of no set what it is of", parameter="set", row=int(lost.to_numpy().argmax())
        )
    frame = effects.assign(set=effects["set"].where(effects["condition"] == placebo, -1))
    twice = frame.duplicated(["item", "condition", "set"])
    if twice.any():
        raise InputError("an item twice in a set", parameter="item", row=int(twice.to_numpy().argmax()))
    wide = frame.pivot(index="item", columns=["condition", "set"], values="value")
    plain = wide[(against, -1)]
    change = wide.sub(plain, axis=0).mean()
    null = change[placebo].to_numpy(dtype=float)
    rows = []
    for name in names:
        if name in (against, placebo):
            continue
        effect = float(change[(name, -1)])
        as_much = int((np.abs(null) >= abs(effect) - 1e-12).sum())
        rows.append(
            {
                "condition": name,
                "effect": effect,
                "sets": len(null),
                "as_much": as_much,
                "p_value": (1 + as_much) / (1 + len(null)),
                "placebo_mean": float(null.mean()),
                "placebo_lower": float(null.min()),
                "placebo_upper": float(null.max()),
                "n_scored": int((wide[(name, -1)].notna() & plain.notna()).sum()),
                "n_asked": len(wide),
            }
        )
    return pd.DataFrame(rows)
