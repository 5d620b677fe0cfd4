"""Scores of models and people, on keys of one's own or on a published instrument."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.base.former import formerly
from valuestats.counting.answer_tables import AnswerSource
from valuestats.instruments import Instrument
from valuestats.results.result import Result
from valuestats.scoring.instrument import Method, instrument_scores
from valuestats.scoring.instrument_plan import Direction, Form, Weighting
from valuestats.scoring.keyed import keyed_scores
from valuestats.scoring.runs import Resample
from valuestats.tables import Responses

_OF_KEYS = ("scale", "dropped", "compat")
_OF_INSTRUMENTS = ("weighting", "min_share", "direction", "items", "method", "imputations")


@formerly(responses="answers", instrument="keyed")
@checked
def score(
    answers: AnswerSource,
    keyed: pd.DataFrame | Instrument | str | Path,
    *,
    family: str | None = None,
    by: str | None = None,
    form: Form | None = None,
    weighting: Weighting | None = None,
    min_share: float = 0.5,
    direction: Direction = "ascending",
    items: Mapping[str, str] | None = None,
    method: Method = "scores",
    imputations: int = 10,
    scale: tuple[float, float] | None = None,
    dropped: pd.DataFrame | None = None,
    compat: Literal["published"] | None = None,
    level: float = 0.95,
    replicates: int = 2000,
    seed: int = 0,
    resample: Resample = "items",
) -> Result:
    r"""Score each model, or group of people, on each dimension: by keys, or by a published instrument.

    **By a table of keys**, of models. Estimand:
    :math:`s_{md} = \frac1{|K_d|}\sum_{j\in K_d} \pm(\bar y_{mj} - \bar y_{m,\cup K})`, where
    :math:`\bar y_{mj}` is the model's mean valid answer to item j, :math:`K_d` the items keyed to d, :math:`\cup K`
    the items keyed to any dimension of the family, each once, and :math:`\bar y_{m,\cup K}` the mean over them, the
    model's response level. The distance of a negatively keyed item to that level is turned, so that a model that answers
    everything alike scores 0 whatever the keys, and a constant added to all its answers changes nothing. Interval:
    equal-tailed over bootstrap replicates of the clusters (all items of a query together, the same queries for every
    model, so that contrasts are paired). With ``form="raw"`` :math:`s_{md}` is the mean answer to the items keyed to d,
    those of negative keys turned about the middle of the scale.

    **By an instrument**, of groups of people or of models. Estimand, for people: the mean over respondents of
    :math:`s_{pd}`, raw or about the respondent's mean rating over all items of the instrument (MRAT):
    :math:`s_{pd} = \frac1{|K_d|}\sum_{j\in K_d}\pm(y_{pj} - \bar y_p)`, reversed items turned after centring. For a model
    the same of its mean valid answers. Higher-order values are the mean of their values' scores
    (``weighting="values"``) or of their items (``"items"``). Interval: expanded percentile; for people over resampled
    respondents (their clusters), for models over resampled clusters of items (items where there are none), so that it
    speaks of other items of the kind.

    **What an interval is about**, of models. Resampled items (their queries) stand for others of the kind: of a
    questionnaire with two or three items a value there is no such interval. With ``resample="runs"`` the items are taken as
    they are and the runs (``epoch``) in which all of them were asked are resampled: the estimand is the expected score of
    these very items if they were asked again, and nothing is said of others. Models are paired by the number of the run.

    Of fewer than 20 resampled units either interval is Student's t with the jackknife's error, of fewer than 4 there is
    none (`valuestats.statistics.clusters`).

    Parameters
    ----------
    answers
        Of models: raw answers, whose ``cluster`` names the query of each item (the item itself where the column is
        absent); with a table of keys also any other source that `valuestats.count_answers` counts (a Parquet folder, an
        Ibis table), or its counts. Of people, by an instrument: ``respondent, item, rating``, optionally ``cluster`` and
        design ``weight`` of the respondent.
    keyed
        Columns ``item, family, dimension, sign``, as `valuestats.keys` returns them; or an `Instrument`, the name of one
        that ships, or its YAML file.
    family
        Which family of keys to score. Where omitted, the only one of a table, the first of an instrument.
    by
        Column of groups of people; it keeps its name in the result. Of models: a column of the answers that says under
        what they were given (``condition``, ``persona``, ``language``, …); scores are then of each model under each of its
        levels, which ``result.contrasts(by)`` compares within models, on the same resampled items. Columns of conditions
        that are not kept apart are pooled, which is said.
    form
        What stands in ``estimate``; both are kept as ``raw_mean`` and ``centred_mean``. Where omitted, of an instrument
        centred for families in a circle (values), raw for others (traits); by a table of keys centred. A dimension that is
        the whole family, all its items keyed alike, has a raw score only: about its own mean it is 0 for every model.
    weighting
        Of an instrument's higher-order dimensions; ``"values"`` where omitted. The column ``weighting`` says which.
    min_share
        Share of a dimension's items that must be answered for a score on an instrument; below it the score is null.
    direction
        Of an instrument: ``"descending"`` where a low code means much; the codes are then turned round.
    items
        Name of an item in the data to its name in the instrument, where they differ.
    method
        Of an instrument: ``"plausible"`` gives the groups' mean traits from plausible values of a measurement model
        instead of scores: see `valuestats.measurement.plausible_means.plausible_means`, whose kind of result it returns.
    imputations
        Plausible values of each respondent.
    scale
        Of a table of keys: ends of the answer scale; needed where a key is negative, for ``raw_mean``.
    dropped
        Of a table of keys: pairs ``model, item`` to leave out by declaration, as a published pipeline did by accident.
    compat
        Of a table of keys: ``"published"``: no interval; ``std_error`` is null and ``std_dev`` is the SD over items with
        ddof 0.
    level, replicates, seed
        Of the bootstrap. With ``replicates=0`` no interval is computed.
    resample
        Of models: ``"items"``, for items of the kind, or ``"runs"``, for these items asked again.

    Returns
    -------
    Result
        By a table of keys: kind ``"scores"``, keys ``model, dimension`` (and `by`); besides ``raw_mean`` (uncentred),
        ``std_dev`` (over items), ``n_items`` and ``n_units`` (queries with an item keyed to the dimension). ``n_scored`` and
        ``n_asked`` count answers to the keyed items. ``meta["against_rest"]`` names the items that models answer against the
        rest of their dimension (`valuestats.scoring.against_rest.items_against`), as where a key lacks its sign; a dimension
        with a tenth of such items or more is to be read with care.

        By an instrument: kind ``"instrument_scores"``, keys ``model, dimension``, or the column `by` (``group`` with the
        one group ``"all"`` where there is none) and ``dimension``; besides ``raw_mean``, ``centred_mean``, ``std_dev``
        (over respondents), ``weighting``, ``n_items``, ``n_units``. Codes off the scale count as not scored and are named
        in the warnings, as is a scale that seems to run the other way.

    Raises
    ------
    SpecificationError
        No keyed item of this family was asked, keys that contradict each other
        (`valuestats.tables.keys.checked_keys`), several families and none chosen, an item in two clusters, a code off the
        scale; a dimension whose centred score is 0 by definition; none of the items is the instrument's, an unknown family,
        value-weighting where nothing has parents; an argument that belongs to the other way of scoring.

    References
    ----------
    Han et al. (2025), Value Portrait, ACL; Schwartz (2003), Computing scores for the 10 human values; Schwartz and Bardi
    (2001) for the usual order; Efron (1979); Cameron, Gelbach and Miller (2008) for clusters; Hesterberg (2015) for few
    of them.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame([(p, i, r) for p, r1, r2 in [("a", 6, 2), ("b", 5, 3)] for i, r in [("1", r1), ("2", r2)]],
    ...     columns=["respondent", "item", "rating"])
    >>> found = score(frame, "pvq21", replicates=0).estimates.set_index("dimension")
    >>> float(found.loc["Self_Direction", "estimate"]), float(found.loc["Self_Direction", "raw_mean"])
    (1.5, 5.5)

    Each model under each condition, and what a condition changes within a model:

    >>> rows = [("m", str(item), persona, answer) for item in range(1, 22)
    ...     for persona, answer in (("none", 3), ("sage", 3 + item % 2))]
    >>> given = pd.DataFrame(rows, columns=["model", "item", "persona", "answer"]).assign(epoch=1, raw="x", status="valid",
    ...     source_file="f", source_sha256="0", source_row=range(42))
    >>> by_persona = score(Responses(given), "pvq21", family="higher_pvq", form="raw",
    ...     by="persona", seed=1)
    >>> by_persona.contrast("persona", "sage", "none")[["dimension", "estimate"]].round(2).to_numpy().tolist()[0]
    ['Openness_to_Change', 0.75]

    By keys that were learned from people's ratings::

        scores = score(answers, keys(item_values(ratings)), family="pvq", seed=1)
        scores.rank("model")
    """
    shared = {
        "family": family,
        "by": by,
        "form": form,
        "level": level,
        "replicates": replicates,
        "seed": seed,
        "resample": resample,
    }
    of_keys = {"scale": scale, "dropped": dropped, "compat": compat}
    of_instruments = {
        "weighting": weighting,
        "min_share": min_share,
        "direction": direction,
        "items": items,
        "method": method,
        "imputations": imputations,
    }
    if isinstance(keyed, Instrument | str | Path):
        _refuse(of_keys, "a table of keys", "an instrument has its own scale and items")
        if not isinstance(answers, Responses | pd.DataFrame):
            raise SpecificationError(
                "an instrument scores answers in memory",
                parameter="answers",
                got=type(answers).__name__,
                expected="Responses, or a frame with respondent, item, rating",
                hint="or give instrument_keys(instrument) as keyed, which scores answers of any size",
            )
        return instrument_scores(answers, keyed, **shared, **of_instruments)  # type: ignore[arg-type]
    _refuse(of_instruments, "an instrument", "a table of keys scores models on the items it names")
    return keyed_scores(answers, keyed, **shared, **of_keys)  # type: ignore[arg-type]


def _refuse(given: Mapping[str, object], whose: str, hint: str) -> None:
    """Raise where an argument that belongs to the other way of scoring is not at its default."""
    defaults = inspect.signature(score).parameters
    for name, value in given.items():
        if value is not defaults[name].default and not _equal(value, defaults[name].default):
            raise SpecificationError(
                f"{name} goes with {whose}",
                parameter=name,
                got=value if isinstance(value, str | int | float) else type(value).__name__,
                expected=f"{defaults[name].default!r}, or {whose} as keyed",
                hint=hint,
            )


def _equal(value: object, default: object) -> bool:
    return isinstance(value, str | int | float) and value == default
