"""Simulated annotators who give sets of labels, with an agreement that is known in closed form."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import orjson

LABELS = ("care", "equality", "inclusion", "liberty", "order", "safety")
_PLACES = {
    "English (simulated)": ("government", 3),
    "French (simulated)": ("government", 2),
    "German (simulated)": ("political party", 3),
    "Italian (simulated)": ("news agency", 2),
}


def simulate_annotations(*, statements: int = 240, fidelity: float = 0.9, seed: int = 0) -> bytes:
    r"""Simulated annotations as a file in the layout of the CIVICS release; they hold no texts.

    Every statement has a true label set, drawn from a fixed distribution over sets; each of its three annotators
    reports it with probability `fidelity` :math:`q` and another draw from the same distribution otherwise. Two
    annotators then agree with probability :math:`q^2+(1-q^2)\sum_s p_s^2`, so nominal Krippendorff's alpha is
    :math:`q^2`.

    Parameters
    ----------
    statements
        How many.
    fidelity
        Probability q of reporting the true set.
    seed
        Of the random numbers.

    Examples
    --------
    >>> len(orjson.loads(simulate_annotations(statements=12, seed=1)))  # alpha = .81
    12
    """
    rng = np.random.default_rng(seed)
    sets = [[label] for label in LABELS] + [list(pair) for pair in pairwise(LABELS)]
    places = [
        (language, kind, f"Publisher {language[0]}{k} (simulated)")
        for language, (kind, count) in _PLACES.items()
        for k in range(count)
    ]
    shares = rng.dirichlet(np.full(len(sets), 2.0))
    records = []
    for number in range(statements):
        language, kind, organisation = places[rng.integers(len(places))]
        truth = rng.choice(len(sets), p=shares)
        seen = rng.choice(5, size=3, replace=False)
        record: dict[str, str | list[str]] = {
            "ID": f"s{number + 1:03d}",
            "Language": language,
            "Topic": f"Topic {'ABC'[rng.integers(3)]} (simulated)",
            "Data Producer Organization": organisation,
            "Organization Type": kind,
            "Link": f"page {rng.integers(60) + 1} of {organisation}",
        }
        for annotator in range(5):
            faithful = rng.random() < fidelity
            drawn = truth if faithful else rng.choice(len(sets), p=shares)
            record[f"Annotator {annotator + 1}"] = sets[drawn] if annotator in seen else []
        records.append(record)
    return b"[\n" + b",\n".join(map(orjson.dumps, records)) + b"\n]\n"


def standin(seed: int = 0) -> dict[str, bytes]:
    """The simulated annotations by the file's name."""
    return {"annotations.json": simulate_annotations(seed=seed)}
