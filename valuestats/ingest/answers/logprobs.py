"""Log-probabilities to a distribution over options, with the mass that no option gets."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, isnan, nan

import pandas as pd

from valuestats.base.errors import InputError, SpecificationError
from valuestats.ingest.answers.letters import option_code, shown_from_text
from valuestats.ingest.answers.scales import ScaleLike, as_scale
from valuestats.instruments.scale import normalise_text
from valuestats.tables import Responses

_BLANK_MARKS = (
    " \t\r\n\u0120\u010a\u2581"  # the last three: how byte-level and sentence-piece tokens write blanks
)
_TOLERANCE = 1e-3


@dataclass(frozen=True)
class OptionDistribution:
    """Probability of each option.

    Attributes
    ----------
    probability
        Option to probability, as the model gave it: these, `ambiguous` and `unassigned` sum to one.
    ambiguous
        Mass of tokens that begin several options.
    unassigned
        Mass of all other tokens, and of those that the log doesn't list; NaN where it can't be told.
    """

    probability: Mapping[Hashable, float]
    ambiguous: float
    unassigned: float

    @property
    def shares(self) -> dict[Hashable, float]:
        """Probabilities given that one of the options is answered; NaN where none has any mass."""
        total = sum(self.probability.values())
        return {option: p / total if total else nan for option, p in self.probability.items()}


def first_token_distribution(
    tokens: Mapping[str, float] | Iterable[tuple[str, float]], labels: Mapping[str, Hashable]
) -> OptionDistribution:
    """Distribution over options from the alternatives of one token.

    A token counts for an option where, without leading blanks (written out or as a token's mark for them),
    outer punctuation and case, it is the option's label or begins it; where it begins labels of several options
    its mass is `ambiguous`. So " A", "a" and "A" are summed.

    Parameters
    ----------
    tokens
        Token and natural logarithm of its probability.
    labels
        Label (a letter or an option's text) to option; several labels may stand for one option.

    Raises
    ------
    SpecificationError
        A value that is no log-probability, or probabilities that sum to more than one.

    Examples
    --------
    >>> from math import log
    >>> found = first_token_distribution({"A": log(0.5), " a": log(0.2), "B": log(0.1)}, {"A": 1, "B": 2})
    >>> {k: round(v, 6) for k, v in found.probability.items()}, round(found.unassigned, 6)
    ({1: 0.7, 2: 0.1}, 0.2)
    """
    pairs = list(tokens.items() if isinstance(tokens, Mapping) else tokens)
    normal = {normalise_text(label): option for label, option in labels.items()}
    probability: dict[Hashable, float] = dict.fromkeys(labels.values(), 0.0)
    ambiguous = total = 0.0
    for token, logprob in pairs:
        mass = _mass(logprob)
        total += mass
        text = normalise_text(token.strip(_BLANK_MARKS))
        meant = {option for label, option in normal.items() if text and label.startswith(text)}
        if len(meant) == 1:
            probability[meant.pop()] += mass
        elif meant:
            ambiguous += mass
    if total > 1 + _TOLERANCE:
        raise SpecificationError(
            "the probabilities of the tokens sum to more than one",
            parameter="tokens",
            got=total,
            expected="natural logarithms of the probabilities of different tokens",
        )
    assigned = sum(probability.values()) + ambiguous
    return OptionDistribution(probability, ambiguous, max(0.0, 1.0 - assigned))


def option_likelihoods(logprobs: Sequence[float], options: Sequence[Hashable]) -> OptionDistribution:
    """Distribution over options that were each scored whole.

    Where the probabilities sum to more than one (one option begins another), they are given as shares and the
    unassigned mass is NaN.

    Examples
    --------
    >>> from math import log
    >>> found = option_likelihoods([log(0.6), log(0.1)], ["yes", "no"])
    >>> round(found.probability["yes"], 6), round(found.unassigned, 6), round(found.shares["yes"], 6)
    (0.6, 0.3, 0.857143)
    """
    if len(logprobs) != len(options) or len(set(options)) != len(options):
        raise SpecificationError(
            "one log-probability for each of different options", parameter="logprobs", got=len(logprobs)
        )
    mass = [_mass(value) for value in logprobs]
    total = sum(mass)
    if total > 1 + _TOLERANCE:
        return OptionDistribution(dict(zip(options, (m / total for m in mass), strict=True)), 0.0, nan)
    return OptionDistribution(dict(zip(options, mass, strict=True)), 0.0, max(0.0, 1.0 - total))


def _mass(logprob: float) -> float:
    if isinstance(logprob, bool) or not isinstance(logprob, int | float) or isnan(logprob) or logprob > 1e-3:
        raise SpecificationError(
            "not a log-probability", parameter="logprob", got=logprob, expected="a number not above 0"
        )
    return exp(min(0.0, logprob))


def logprob_distributions(responses: Responses, scale: ScaleLike) -> pd.DataFrame:
    """Distribution over the codes of a scale for each response that has log-probabilities.

    Letters are mapped to codes by the options as that prompt showed them; the token is the first that is a
    letter, else the first one. Rows without log-probabilities are left out.

    Returns
    -------
    pandas.DataFrame
        On the index of the responses: a column for each code, ``ambiguous``, ``unassigned``.

    Raises
    ------
    InputError
        Log-probabilities that can't be read; with file and row.
    """
    answer_scale = as_scale(scale)
    frame = responses.frame
    columns: list[Hashable] = [*answer_scale.codes, "ambiguous", "unassigned"]
    if "logprobs" not in frame.columns:
        return pd.DataFrame(columns=columns, dtype=float)
    kept = frame[frame["logprobs"].notna()]
    shown = kept["options"] if "options" in kept.columns else pd.Series(None, index=kept.index, dtype=object)
    rows = []
    for text, options, file, row in zip(
        kept["logprobs"], shown, kept["source_file"], kept["source_row"], strict=True
    ):
        try:
            listed = shown_from_text(options) if isinstance(options, str) else None
            codes = [] if listed is None else [option_code(option, answer_scale) for option in listed.texts]
            labels = () if listed is None else listed.labels
            rows.append(_row(json.loads(text), codes, labels, answer_scale.lookup()))
        except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
            raise InputError(
                "the log-probabilities can't be read", got=str(error)[:200], file=str(file), row=int(row)
            ) from None
    return pd.DataFrame(rows, index=kept.index, columns=columns)


def _row(
    content: dict[str, list[float]] | list[dict[str, object]],
    codes: list[int | None],
    shown: Sequence[str],
    table: dict[str, int],
) -> dict[Hashable, float]:
    if isinstance(content, dict):
        # An option that isn't on the scale keeps its place, so that its mass is no other option's.
        names = [code if code is not None else f"other {n}" for n, code in enumerate(codes)]
        found = option_likelihoods(content["logprob"], names)
    else:
        labels: dict[str, Hashable] = {
            label: code for label, code in zip(shown, codes, strict=False) if code is not None
        } or dict(table)
        token = next(
            (t for t in content if codes and str(t["token"]).strip(_BLANK_MARKS).upper() in labels),
            content[0],
        )
        top = token.get("top_logprobs") or [token]
        found = first_token_distribution([(str(t["token"]), t["logprob"]) for t in top], labels)  # type: ignore[attr-defined]
    other = sum(p for option, p in found.probability.items() if not isinstance(option, int))
    return {**found.probability, "ambiguous": found.ambiguous, "unassigned": found.unassigned + other}
