"""Answers to an instrument's items out of a survey."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.instruments import Instrument, load_instrument
from valuestats.instruments.scale import normalise_text
from valuestats.surveys.scales import family_of, pairs_of, scale_check
from valuestats.tables import Survey
from valuestats.tables.survey import VALID


@checked
def scale_answers(
    survey: Survey,
    instrument: Instrument | str,
    items: Mapping[str, str] | Sequence[str],
    *,
    by: Sequence[str] = (),
    family: str | None = None,
) -> pd.DataFrame:
    """Answers to an instrument's items in long form, from a survey whose codes are the instrument's (see `scale_check`).

    Answers in words are taken for the codes whose texts in the instrument's scale they are.

    Parameters
    ----------
    survey, instrument, items, family
        As for `scale_check`.
    by
        Columns of the respondent that go along, as their labels.

    Returns
    -------
    pandas.DataFrame
        ``respondent`` (number of the row), ``item``, ``rating``, the columns of `by`, and ``weight`` where the survey
        declares one. Missing codes are null.

    Raises
    ------
    SpecificationError
        A code that the scale doesn't have and that isn't declared as missing, words that are none of its texts, or codes
        that run against the instrument: declare or turn them first.

    Examples
    --------
    >>> import pandas as pd
    >>> survey = Survey(pd.DataFrame({f"q{i}": [1.0, 6.0] for i in range(1, 22)}))
    >>> scale_answers(survey, "pvq21", list(survey.frame.columns)).head(2)["rating"].tolist()
    [1.0, 6.0]
    """
    known = load_instrument(instrument) if isinstance(instrument, str) else instrument
    found = scale_check(survey, known, items, family=family)
    off = found.items[found.items["n_off_scale"] > 0]
    if len(off) or found.turned:
        raise SpecificationError(
            "the codes are not the instrument's",
            parameter="survey",
            got=found.findings[0]
            if found.turned
            else f"{off['variable'].iloc[0]}: {off['off_scale'].iloc[0]}",
            hint="turn_codes() turns them round; declare codes off the scale as missing in read_survey()",
        )
    pairs = pairs_of(known, items, family_of(known, family))
    long = survey.to_long(list(pairs), by=list(by))
    given = long["code"].where(long["status"] == VALID)
    rating = pd.to_numeric(given, errors="coerce").astype(float)
    words = given.notna() & rating.isna()
    if words.any():
        rating = rating.fillna(_codes_of_words(given[words], long.loc[words, "item"], known))
    return pd.DataFrame(
        {
            "respondent": long["respondent"],
            "item": long["item"].map(pairs),
            "rating": rating,
            **{b: long[b] for b in by},
            **({"weight": long["weight"]} if survey.weighted and "weight" not in by else {}),
        }
    )


def _codes_of_words(words: pd.Series, variables: pd.Series, known: Instrument) -> pd.Series:
    """Codes of answers in words by the texts of the scale."""
    scale = known.scale
    texts = [scale.options, *scale.languages.values()]
    codes = {normalise_text(text): code for options in texts for code, text in options.items()}
    codes |= {normalise_text(text): code for text, code in scale.aliases.items()}
    found = words.astype(str).map(normalise_text).map(codes).astype(float)
    strange = found.isna()
    if strange.any():
        shown = ", ".join(repr(str(w)) for w in words[strange].unique()[:4])
        raise SpecificationError(
            "answers in words that are none of the scale's",
            parameter="survey",
            got=f"{shown} ({int(strange.sum())} answers, first of {variables[strange].iloc[0]})",
            expected=", ".join(f"{code} or {text!r}" for code, text in list(scale.options.items())[:7]),
            hint="give the instrument's scale these texts, or code the answers; words that are no answer are declared with "
            "read_survey(missing={variable: {word: class}})",
        )
    return found
