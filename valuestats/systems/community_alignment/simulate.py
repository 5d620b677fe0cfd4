"""Simulated counts, conversations and candidates in the release's layouts, with a truth that is known."""

from __future__ import annotations

import tempfile
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

from valuestats.systems.community_alignment.release import LETTERS, read_community_alignment
from valuestats.tables.choices import Choices

KINDS = ("traditional", "secular", "survival", "self-expression")
COUNTRIES = ("Brazil", "France", "India", "Italy", "United States")
UTILITY = np.array(
    [
        [0.2, -0.1, 0.3, -0.4],
        [-0.7, 0.6, -0.2, 0.3],
        [0.6, -0.4, 0.3, -0.5],
        [0.0, 0.1, -0.1, 0.0],
        [-0.2, 0.1, -0.4, 0.5],
    ]
)
"""True utility of each kind of response (columns) in each country (rows); rows sum to zero."""
FIRST = 0.3
"""What standing first adds."""
TASTE = 0.2
"""Standard deviation over annotators of each kind's utility."""
AGES = ("18-30", "31-45", "46-54", "55+")


def simulated_conversations(*, annotators: int = 60, each: int = 12, seed: int = 0) -> pd.DataFrame:
    """Conversations in the release's layout: annotators of five countries choose one of four responses of different kinds.

    Parameters
    ----------
    annotators, each
        Annotators of a country; conversations of an annotator.
    seed
        Of the random numbers.

    Returns
    -------
    pandas.DataFrame
        The release's columns for the first turn, and ``kind_a`` to ``kind_d``.

    Examples
    --------
    >>> frame = simulated_conversations(annotators=2, each=1, seed=1)
    >>> len(frame), frame["first_turn_preferred_response"].str.startswith("response_").all().item()
    (10, True)
    """
    rng = np.random.default_rng(seed)
    rows = []
    for c, country in enumerate(COUNTRIES):
        for a in range(annotators):
            own = UTILITY[c] + TASTE * rng.normal(size=len(KINDS))
            traits = {
                "annotator_age": AGES[rng.integers(len(AGES))],
                "annotator_gender": ("female", "male")[rng.integers(2)],
                "annotator_education_level": "",
                "annotator_political": "",
                "annotator_ethnicity": "",
                "annotator_country": country,
            }
            for turn in range(each):
                order = rng.permutation(len(KINDS))
                utility = own[order] + FIRST * (np.arange(len(KINDS)) == 0) + rng.gumbel(size=len(KINDS))
                best = int(utility.argmax())
                kinds = [KINDS[k] for k in order]
                rows.append(
                    {
                        "conversation_id": f"{country}-{a}-{turn}",
                        "annotator_id": f"{country}-{a}",
                        "assigned_lang": "simulated",
                        "first_turn_prompt": f"prompt {rng.integers(200)}",
                        **{
                            f"first_turn_response_{x.lower()}": f"a {kind} answer"
                            for x, kind in zip(LETTERS, kinds, strict=True)
                        },
                        "first_turn_preferred_response": f"response_{LETTERS[best].lower()}",
                        **traits,
                        **{f"kind_{x.lower()}": kind for x, kind in zip(LETTERS, kinds, strict=True)},
                    }
                )
    return pd.DataFrame(rows)


def simulated_group_choices(*, annotators: int = 60, each: int = 12, seed: int = 0) -> Choices:
    """`simulated_conversations`, written in the release's layout and read by its reader, the kinds as options.

    Examples
    --------
    >>> len(simulated_group_choices(annotators=2, each=1, seed=1))
    10
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "conversations.csv")
        simulated_conversations(annotators=annotators, each=each, seed=seed).to_csv(file, index=False)
        return read_community_alignment(file, labels=[f"kind_{x.lower()}" for x in LETTERS])


def simulated_candidates(*, prompts: int = 300, k: int = 4, seed: int = 0) -> pd.DataFrame:
    r"""Sets of k candidates drawn independently, and so that they avoid each other, with the same share that carries a
    value.

    Independent candidates carry a value with the prompt's own probability, which varies over prompts (a Beta distribution of
    mean p and sum 2): their coverage is :math:`1 - \prod_{i<k} (b + i)/(2 + i)`, b = 2(1 - p). Candidates that avoid
    each other never carry it twice: one of them, at random, does with probability k p, so that coverage is min(1, k p),
    the most there can be.

    Returns
    -------
    pandas.DataFrame
        ``condition``, ``prompt``, ``value``, ``candidate``, ``carries``.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for value, p in VALUES.items():
        chance = rng.beta(2 * p, 2 * (1 - p), size=prompts)
        alone = rng.random((prompts, k)) < chance[:, None]
        apart = np.zeros((prompts, k), dtype=bool)
        met = rng.random(prompts) < k * p
        apart[np.arange(prompts), rng.integers(0, k, prompts)] = met
        for condition, table in (("independent", alone), ("avoiding each other", apart)):
            rows.append(
                pd.DataFrame(
                    {
                        "condition": condition,
                        "prompt": np.repeat(np.arange(prompts), k),
                        "value": value,
                        "candidate": np.tile(np.arange(k), prompts),
                        "carries": table.ravel().astype(int),
                    }
                )
            )
    return pd.concat(rows, ignore_index=True)


VALUES = {"traditional": 0.12, "survival": 0.2}
"""Share of candidates that carry each simulated value."""


def coverage_truth(k: int) -> pd.DataFrame:
    """True coverage of `simulated_candidates`.

    Examples
    --------
    >>> coverage_truth(4)["truth"].round(3).tolist()
    [0.276, 0.48, 0.426, 0.8]
    """
    rows = []
    for value, p in VALUES.items():
        b = 2 * (1 - p)
        none = float(np.prod([(b + i) / (2 + i) for i in range(k)]))
        rows.append({"condition": "independent", "value": value, "k": k, "truth": 1 - none})
        rows.append({"condition": "avoiding each other", "value": value, "k": k, "truth": min(1.0, k * p)})
    return pd.DataFrame(rows)


def standin(seed: int = 0) -> dict[str, pd.DataFrame]:
    """The table of counts, simulated: preferences of a prompt from a Dirichlet distribution.

    Examples
    --------
    >>> sorted(standin(1))
    ['coalign_pairs.csv.gz']
    """
    rng = np.random.default_rng(seed)
    rows = []
    for s in range(150):
        n = int(rng.integers(5, 20))
        counts = rng.multinomial(n, rng.dirichlet(np.full(4, 1.5)))
        for i, j in combinations(range(4), 2):
            rows.append(
                {
                    "set_id": f"simulated-{s:03d}",
                    "action_0_letter": LETTERS[i],
                    "action_1_letter": LETTERS[j],
                    "n_annotators_pref_0": int(counts[i]),
                    "n_annotators_pref_1": int(counts[j]),
                    "n_annotators_set": n,
                }
            )
    return {"coalign_pairs.csv.gz": pd.DataFrame(rows)}
