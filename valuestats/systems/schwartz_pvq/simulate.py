"""Simulated answers to the Portrait Values Questionnaire: three models with a stated truth, and people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.errors import SpecificationError
from valuestats.base.labels import CIRCLE
from valuestats.instruments import load_instrument
from valuestats.statistics.ordinal import category_probabilities, cutpoints_from_shares

MODELS = ("Model A", "Model B", "Model C")
"""The third is the one that is lower on power and achievement."""
BASE = {
    "Self_Direction": 0.6,
    "Stimulation": -0.3,
    "Hedonism": -0.4,
    "Achievement": -0.2,
    "Power": -1.4,
    "Security": 0.2,
    "Conformity": -0.1,
    "Tradition": -0.5,
    "Benevolence": 1.1,
    "Universalism": 1.0,
}
"""Latent inclination to each value that the simulated models share."""
LOWER = 0.8
"""How much less the third model inclines to power and achievement where nothing else is said."""
_SHARES = (0.04, 0.08, 0.14, 0.22, 0.28, 0.24)

_PVQ40 = (
    "sd1 po1 un1 ac1 se1 st1 co1 un2 tr3 he1 sd2 be1 ac2 se2 st2 co2 po2 be2 un3 tr4 se3 sd3 un4 ac3 tr1 he2 be3 co3 un5 "
    "st3 se4 ac4 be4 sd4 se5 co4 he3 tr2 po3 un6"
)
_PVQ21 = (
    "valorig valrich valeql valable valsafe valdiff valrule vallist valmod valspl valfree valcare valachv valdfnd valrisk "
    "valprpr valrspt valdvot valeco valtrdn valfun"
)
PVQ40_COLUMNS = tuple(_PVQ40.split())
PVQ21_COLUMNS = tuple(_PVQ21.split())
"""Column names of the public files of people's answers, in the order of the items."""


@dataclass(frozen=True)
class SimulatedPortraits:
    """Answers of three models to the PVQ-40, and what made them.

    Attributes
    ----------
    responses
        ``model, item, epoch, answer, status``.
    keys
        ``item, family, dimension, sign``.
    truth
        ``model, value, truth``: the latent profile, centred within the model.
    """

    responses: pd.DataFrame
    keys: pd.DataFrame
    truth: pd.DataFrame


def simulate_portraits(
    *,
    repeats: int = 50,
    model_value_sd: float = 0.25,
    item_sd: float = 0.6,
    interaction_sd: float = 0.35,
    lower: float = LOWER,
    seed: int = 0,
) -> SimulatedPortraits:
    r"""Three models answer the 40 items `repeats` times each, from a cumulative-logit model.

    The latent location of model m on item i of value v is :math:`\beta_v + \delta_{mv} - l\,[m=3, v \in \{AC, PO\}] +
    b_i + u_{mi}` with :math:`\delta\sim N(0, .25^2)`, :math:`b\sim N(0, .6^2)`, :math:`u\sim N(0, .35^2)`; each model has
    cutpoints of its own. The truth is the location without items' terms, centred within the model.

    Parameters
    ----------
    repeats
        Answers of each model to each item.
    model_value_sd, item_sd, interaction_sd
        Standard deviations of the models' own deviations, of the items, and of model and item together.
    lower
        How much less (l) the third model inclines to power and achievement, on the latent scale.
    seed
        Of the random numbers.

    Examples
    --------
    >>> study = simulate_portraits(repeats=2, seed=1)
    >>> len(study.responses), len(study.truth)
    (240, 30)
    """
    if repeats < 1 or min(model_value_sd, item_sd, interaction_sd) < 0:
        raise SpecificationError(
            "impossible sizes of a simulated study",
            parameter="repeats, model_value_sd, item_sd, interaction_sd",
            got=f"{repeats}, {model_value_sd}, {item_sd}, {interaction_sd}",
            expected="one repeat or more, standard deviations from 0",
        )
    rng = np.random.default_rng(seed)
    keys = load_instrument("pvq40").keys().query("family == 'pvq'").reset_index(drop=True)
    values = list(CIRCLE)
    place = keys["dimension"].map(values.index).to_numpy()
    theta = np.array([BASE[v] for v in values]) + rng.normal(0, model_value_sd, (len(MODELS), len(values)))
    theta[2, [values.index("Achievement"), values.index("Power")]] -= lower
    logs = np.log(_SHARES) + rng.normal(0, 0.3, (len(MODELS), len(_SHARES)))
    cut = cutpoints_from_shares(logs, link="logit")
    eta = theta[:, place] + rng.normal(0, item_sd, len(keys))
    eta = eta + rng.normal(0, interaction_sd, eta.shape)
    answers = _drawn(cut[:, None, :], eta, repeats, rng)
    grid = pd.MultiIndex.from_product(
        [MODELS, keys["item"], range(1, repeats + 1)], names=["model", "item", "epoch"]
    ).to_frame(index=False)
    responses = grid.assign(answer=pd.array(answers.ravel(), dtype="Int64"), status="valid")
    centred = theta - theta.mean(axis=1, keepdims=True)
    truth = pd.DataFrame(
        {
            "model": np.repeat(MODELS, len(values)),
            "value": np.tile(values, len(MODELS)),
            "truth": centred.ravel(),
        }
    )
    return SimulatedPortraits(responses, keys.assign(sign=1), truth)


def simulated_portraits(
    part: Literal["responses", "keys", "truth"],
    *,
    repeats: int = 50,
    model_value_sd: float = 0.25,
    item_sd: float = 0.6,
    interaction_sd: float = 0.35,
    lower: float = LOWER,
    seed: int = 0,
) -> pd.DataFrame:
    """One part of what `simulate_portraits` gives for the same arguments, as a step of a study.

    Examples
    --------
    >>> len(simulated_portraits("responses", repeats=2, seed=1))
    240
    """
    study = simulate_portraits(
        repeats=repeats,
        model_value_sd=model_value_sd,
        item_sd=item_sd,
        interaction_sd=interaction_sd,
        lower=lower,
        seed=seed,
    )
    return {"responses": study.responses, "keys": study.keys, "truth": study.truth}[part]


def _drawn(
    cut: NDArray[np.float64], eta: NDArray[np.float64], repeats: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Codes from 1, shape ``(*eta.shape, repeats)``."""
    below = category_probabilities(cut, eta, link="logit").cumsum(axis=-1)[..., None, :-1]
    codes: NDArray[np.int64] = 1 + (rng.random((*eta.shape, repeats, 1)) > below).sum(axis=-1)
    return codes


def simulate_people(instrument: str, people: int, *, seed: int = 0) -> pd.DataFrame:
    r"""People's answers to an instrument of ten values: respondents by items, codes of the instrument.

    A person's latent inclination to value v at angle :math:`\phi_v` of the circle is
    :math:`\beta_v + g + \sqrt{.8}\,(a\cos\phi_v + b\sin\phi_v) + e_v` with :math:`a, b\sim N(0, 1)`, a general tendency to
    agree :math:`g\sim N(0, .4^2)` and :math:`e\sim N(0, .3^2)`; an answer adds logistic noise.

    Parameters
    ----------
    instrument
        ``"pvq21"`` or ``"pvq40"``.
    people
        How many.
    seed
        Of the random numbers.

    Examples
    --------
    >>> simulate_people("pvq21", 5, seed=1).shape
    (5, 21)
    """
    rng = np.random.default_rng(seed)
    keys = load_instrument(instrument).keys().query("family == 'pvq'")
    phi = 2 * np.pi * np.arange(len(CIRCLE)) / len(CIRCLE)
    plane = rng.normal(0, np.sqrt(0.8), (people, 2)) @ np.vstack([np.cos(phi), np.sin(phi)])
    theta = np.array([BASE[v] for v in CIRCLE]) + plane + rng.normal(0, 0.4, (people, 1))
    theta += rng.normal(0, 0.3, theta.shape)
    place = keys["dimension"].map(list(CIRCLE).index).to_numpy()
    cut = cutpoints_from_shares(np.log(_SHARES)[None, :], link="logit")
    answers = _drawn(cut[:, None, :], theta[:, place], 1, rng)[..., 0]
    frame = pd.DataFrame(answers, columns=keys["item"].to_list())
    return frame[sorted(frame.columns, key=lambda name: int(str(name)))]


def standin(seed: int = 0) -> dict[str, pd.DataFrame]:
    """Simulated people in the layout of the two public files, down to what is odd in them, by the files' names.

    ``people_pvq40`` has 151 people whose codes run the other way round and hold a few zeros, with a column ``Gender``;
    ``people_pvq21`` has 600 people.

    Examples
    --------
    >>> {name: frame.shape for name, frame in standin(1).items()}
    {'people_pvq40.csv.gz': (151, 41), 'people_pvq21.csv.gz': (600, 21)}
    """
    rng = np.random.default_rng([seed, 40])
    long = 7 - simulate_people("pvq40", 151, seed=seed)
    long = long.mask(rng.random(long.shape) < 0.002, 0)
    long.columns = pd.Index(PVQ40_COLUMNS)
    short = simulate_people("pvq21", 600, seed=seed + 1)
    short.columns = pd.Index(PVQ21_COLUMNS)
    files = {"people_pvq40": long.assign(Gender=rng.integers(1, 3, len(long))), "people_pvq21": short}
    return {f"{name}.csv.gz": frame for name, frame in files.items()}
