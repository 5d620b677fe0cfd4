"""A choice model of labels: what each adds to an option's utility, the others given, pooled over a hierarchy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.base.labels import listed, readable
from valuestats.choice.fit import ChoiceEngine, fit_choice
from valuestats.choice.fitted import ChoiceFit
from valuestats.choice.spec import ChoicePriors, FitTies
from valuestats.latent.sampling import Sampling, formerly_apart
from valuestats.preferences.outcomes import label_columns
from valuestats.tables.choices import Choices
from valuestats.tables.option_labels import OptionLabels

LABELS = "labels"


@formerly_apart
@checked
def fit_labels(
    choices: Choices,
    labels: OptionLabels,
    *,
    over: str | None = None,
    terms: str = "",
    ties: FitTies | None = None,
    priors: ChoicePriors | None = None,
    engine: ChoiceEngine = "auto",
    sampling: Sampling | None = None,
    seed: int = 0,
    level: float = 0.95,
) -> ChoiceFit:
    r"""Fit a choice model in which an option's utility is the sum of what its labels are worth.

    The utility of option o is :math:`\sum_l w_{ol}(a_l + b_{g(l)}) + x_o'\beta`, w the weight of label l in the option,
    :math:`a_l \sim N(0, \sigma_a^2)` and, with a level of the hierarchy, :math:`b_g \sim N(0, \sigma_b^2)` what the labels
    of one parent have in common; both spreads are estimated, with the half-normal prior of `ChoicePriors.group`. Unlike the
    shares of `valuestats.label_preference`, an effect here holds the labels that stand beside it in the same options; labels
    of few options are drawn toward 0, or toward their parent. It is `valuestats.fit_choice` with `valuestats.label_columns`.

    Parameters
    ----------
    choices, labels
        The tables; an option may carry several labels, or none. Labels in which the options of no choice differ are
        left out, and said.
    over
        Level of the labels' hierarchy whose parents have effects too; labels without a parent there have their own alone.
    terms
        More of the formula, ``"position + (1|item:option)"``; nothing if empty.
    ties, priors, engine, draws, tune, chains, seed, level
        As for `valuestats.fit_choice`; every engine but ``"ml"``.

    Returns
    -------
    ChoiceFit
        Its terms are named by the label columns; ``sd[labels]``, and ``sd[LEVEL]`` of the parents.

    Raises
    ------
    SpecificationError
        Fewer than two labels or parents that options of a choice differ in, a label called like a column of the choices
        or like a parent.

    References
    ----------
    Gelman and Hill (2007), Data Analysis Using Regression and Multilevel/Hierarchical Models, chapter 13.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats import OptionLabels, fit_labels, pair_choices
    >>> frame = pd.DataFrame({"option_a": list("xxxxyy"), "option_b": list("yyzzzz"), "winner": list("aabaaa")})
    >>> labels = OptionLabels(pd.DataFrame({"option": list("xxyz"), "label": ["care", "duty", "duty", "power"]}))
    >>> fit = fit_labels(pair_choices(frame), labels, engine="laplace")
    >>> fit.estimates["term"].tolist()
    ['care', 'duty', 'power', 'sd[labels]']
    """
    before = set(choices.frame.columns)
    table = label_columns(choices, labels)
    sets = {LABELS: [c for c in table.frame.columns if c not in before]}
    if over is not None:
        known = set(table.frame.columns)
        table = label_columns(table, labels, level_of=over)
        sets[over] = [c for c in table.frame.columns if c not in known]
    flat = _same_within(table, [c for columns in sets.values() for c in columns])
    sets = {name: [c for c in columns if c not in flat] for name, columns in sets.items()}
    few = [name for name, columns in sets.items() if len(columns) < 2]
    if few:
        raise SpecificationError(
            "one effect has no spread",
            parameter="labels",
            got=f"one of {', '.join(few)}",
            expected="two or more that options of a choice differ in",
        )
    names = {c: c if str(c).isidentifier() else f"label_{c}" for columns in sets.values() for c in columns}
    table = Choices(table.frame.rename(columns=names))
    sets = {name: [names[c] for c in columns] for name, columns in sets.items()}
    fit = fit_choice(
        f"utility ~ {terms or '0'}",
        table,
        ties=ties,
        pooled=sets,
        priors=priors,
        engine=engine,
        sampling=sampling,
        seed=seed,
        level=level,
    )
    if not flat:
        return fit
    names_of = sorted(" ".join(readable(c).split()) for c in flat)
    told = f"options of a choice never differ in them, so they are left out: {listed(names_of)}"
    meta = {**fit.result.meta, "warnings": [*fit.result.meta["warnings"], told]}
    return replace(fit, result=replace(fit.result, meta=meta))


def _same_within(choices: Choices, columns: list[str]) -> set[str]:
    """Columns that never differ between the options of a choice that was made."""
    frame = choices.frame[(choices.frame["status"] == "valid").to_numpy()]
    values = frame[columns].to_numpy(dtype=float)
    code = pd.factorize(frame["choice"])[0]
    first = np.zeros(int(code.max(initial=-1)) + 1, dtype=np.int64)
    first[code[::-1]] = np.arange(len(code))[::-1]
    apart = (values != values[first[code]]).any(axis=0)
    return {c for c, differs in zip(columns, apart, strict=True) if not differs}
