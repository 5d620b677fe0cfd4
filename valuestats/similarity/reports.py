"""What a reader of a similarity must know about the data, by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from valuestats.base.labels import counted
from valuestats.similarity.options import is_pseudo_country, is_refusal_option
from valuestats.similarity.questions import Aligned, Catalogue

_SHOWN = 80


def data_reports(
    catalogue: Catalogue, people: Aligned, answers: Aligned, tables: Sequence[pd.DataFrame]
) -> dict[str, Any]:
    """Names of what is odd in the tables.

    Parameters
    ----------
    catalogue, people, answers
        The tables after the policy for refusal options.
    tables
        The tables before it.

    Returns
    -------
    dict
        ``pseudo_countries`` (names); ``empty_people`` and ``empty_answers`` (unit and question of
        distributions that are all zero); ``two_option_sets`` (texts that stand with several option sets);
        ``other_order`` (questions on a scale whose options stand otherwise in one of the tables);
        ``unlike_options`` (questions that stand on both sides and share no set of options, with the options of either);
        ``refusal_options`` (option -> number of questions with it, in the tables as they came).
        Texts are cut to 80 characters.
    """
    return {
        "pseudo_countries": [unit[0] for unit in people.units if is_pseudo_country(unit[0])],
        "empty_people": _empty(catalogue, people),
        "empty_answers": _empty(catalogue, answers),
        "two_option_sets": _two_option_sets(catalogue),
        "other_order": [
            f"{_short(catalogue.texts[q])}: {', '.join(catalogue.options[q])}"
            for q in catalogue.disputed
            if catalogue.ordered[q]
        ],
        "unlike_options": unlike_options(catalogue, people, answers),
        "refusal_options": _refusal_options(tables),
    }


def data_warnings(reports: dict[str, Any]) -> list[str]:
    """The reports as sentences, for those that are not empty."""
    said = []
    if reports["pseudo_countries"]:
        said.append(
            f"{len(reports['pseudo_countries'])} groups are special samples, not countries, and stand as "
            "groups of their own: " + _some(reports["pseudo_countries"])
        )
    if reports["empty_people"]:
        said.append(f"{len(reports['empty_people'])} all-zero distributions of people are left out")
    if reports["empty_answers"]:
        said.append(
            f"{len(reports['empty_answers'])} answers of models are no usable distribution; they count as "
            "asked but not scored"
        )
    if reports["two_option_sets"]:
        said.append(
            f"{len(reports['two_option_sets'])} question texts stand with more than one option set; each set "
            "is a question of its own"
        )
    unlike = reports["unlike_options"]
    if unlike:
        said.append(
            f"left out for other options on the two sides: {counted(len(unlike), 'question')}, {unlike[0]}"
            + (f" and {len(unlike) - 1} more" if len(unlike) > 1 else "")
        )
    said += [f"not compared: {what}" for what in reports.get("not_compared", [])]
    if reports["other_order"]:
        first, *more = reports["other_order"]
        said.append(
            f"{len(more) + 1} questions have options in another order or spacing in one of the tables; the people's is "
            f"used: {first}" + (f" and {len(more)} more" if more else "")
        )
    return [*said, *reports.get("adjusted", [])]


def _some(names: list[str], most: int = 6) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def unlike_options(catalogue: Catalogue, people: Aligned, answers: Aligned) -> list[str]:
    """Questions of the answers that stand among people's under other options, with both."""
    theirs, own = (
        {int(q) for block in side.blocks.values() for q in np.unique(block.question)}
        for side in (people, answers)
    )
    known = {catalogue.names[q]: q for q in sorted(theirs)}
    return [
        f"{_short(catalogue.texts[q])}: people's options {_listed(catalogue.options[known[catalogue.names[q]]])}, the "
        f"answers' {_listed(catalogue.options[q])}"
        for q in sorted(own - theirs)
        if catalogue.names[q] in known
    ]


def _listed(options: Sequence[str]) -> str:
    return ", ".join(_short(o) for o in options[:6]) + (", …" if len(options) > 6 else "")


def _empty(catalogue: Catalogue, table: Aligned) -> list[str]:
    return [
        f"{' as '.join(table.units[unit])}: {_short(catalogue.texts[question])}"
        for unit, question in table.zeros()
    ]


def _refusal_options(tables: Sequence[pd.DataFrame]) -> dict[str, int]:
    rows = pd.concat([table[["question", "option"]].drop_duplicates() for table in tables]).drop_duplicates()
    counts = rows["option"].astype(str).value_counts()
    found = {str(option): int(n) for option, n in counts.items() if is_refusal_option(str(option))}
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))


def _two_option_sets(catalogue: Catalogue) -> list[str]:
    sets: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for text, options in zip(catalogue.texts, catalogue.options, strict=True):
        sets[text].add(tuple(sorted(options)))
    return [_short(text) for text, found in sets.items() if len(found) > 1]


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _SHOWN else flat[: _SHOWN - 1] + "…"
