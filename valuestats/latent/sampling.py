"""What a caller says of the draws of a posterior, in one object that all verbs take alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import wraps
from typing import TypedDict, Unpack

from valuestats.base.allowed import Whole
from valuestats.base.arguments import require
from valuestats.base.errors import SpecificationError
from valuestats.base.former import Parts, formerly
from valuestats.latent.gate import Gate


@dataclass(frozen=True)
class Sampling:
    """How a posterior is drawn from; what is None is the verb's own (docs/sampling.md has the table).

    Attributes
    ----------
    draws
        Kept of each chain.
    tune
        Steps of each chain before, in which it is adapted.
    chains
        Chains that start apart.
    target_accept
        Share of proposals taken, at which the step size aims.
    gate
        What the draws must show before they are a finding.

    Raises
    ------
    SpecificationError
        A number that none of these can be.

    Examples
    --------
    >>> Sampling(draws=1000, tune=500)
    Sampling(draws=1000, tune=500, chains=None, target_accept=None, gate=None)
    """

    draws: int | None = None
    tune: int | None = None
    chains: int | None = None
    target_accept: float | None = None
    gate: Gate | None = None

    def __post_init__(self) -> None:
        for name in ("draws", "tune", "chains", "target_accept"):
            value = getattr(self, name)
            if value is not None:
                require(name, value)


def formerly_apart[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """A verb that takes the settings of `Sampling` as arguments of their own too, as in the version before.

    Examples
    --------
    >>> import warnings
    >>> @formerly_apart
    ... def fit(sampling: Sampling | None = None) -> object:
    ...     return sampling
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     fit(draws=500)
    Sampling(draws=500, tune=None, chains=None, target_accept=None, gate=None)
    """

    @wraps(function)
    def door(*args: P.args, **kwargs: P.kwargs) -> R:
        if isinstance(parts := kwargs.get("sampling"), Parts):
            kwargs["sampling"] = Sampling(**parts)
        return function(*args, **kwargs)

    return formerly(**{part.name: f"sampling.{part.name}" for part in fields(Sampling)})(door)


class Defaults(TypedDict, total=False):
    """What a verb takes where its caller says nothing; a name that is missing is none of its settings."""

    draws: int
    tune: int
    chains: int
    target_accept: float | None


@dataclass(frozen=True)
class Settings:
    """What a verb samples by: the caller's settings, and the verb's own for the rest."""

    draws: int
    tune: int
    chains: int
    target_accept: float | None
    gate: Gate


def settings(
    asked: Sampling | None, verb: str, *, least: int = 2, gated: bool = True, **own: Unpack[Defaults]
) -> Settings:
    """The settings of one call.

    Parameters
    ----------
    asked
        The caller's.
    verb
        Its name, for errors.
    least
        Fewest draws that the verb can do with.
    gated
        Whether it has a gate.
    own
        The verb's settings, and their values where the caller gives none; a `tune` of 0 leaves it to the sampler.

    Raises
    ------
    SpecificationError
        A setting that the verb has not, or fewer draws than it needs.

    Examples
    --------
    >>> found = settings(Sampling(chains=2), "fit_ordinal", draws=700, tune=300, chains=4, target_accept=None)
    >>> found.draws, found.chains
    (700, 2)
    """
    given = asked or Sampling()
    taken = [*own, *(["gate"] if gated else [])]
    for name in [f.name for f in fields(given) if getattr(given, f.name) is not None]:
        if name not in taken:
            raise SpecificationError(
                f"{verb} has no {name} to be set",
                parameter=f"sampling.{name}",
                got=getattr(given, name),
                expected=f"only {', '.join(taken)}",
            )
    if given.draws is not None:
        require("draws", given.draws, Whole(least))
    return Settings(
        draws=own["draws"] if given.draws is None else given.draws,
        tune=own.get("tune", 0) if given.tune is None else given.tune,
        chains=own.get("chains", 1) if given.chains is None else given.chains,
        target_accept=own.get("target_accept") if given.target_accept is None else given.target_accept,
        gate=given.gate or Gate(),
    )
