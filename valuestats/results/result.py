"""What every public verb returns: estimates, the draws behind them, and how they came about."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
import orjson
import pandas as pd

from valuestats.base import registry
from valuestats.base.errors import SpecificationError
from valuestats.base.files import Later, Readable, atomic_folder
from valuestats.results.folders import HASHES, read_draws, readable, require_unchanged, write_hashes
from valuestats.statistics.clusters import JACKKNIFE, replicate_interval
from valuestats.statistics.ranking import posterior_ranks
from valuestats.statistics.resampling import bootstrap_standard_error, equal_tailed

if TYPE_CHECKING:
    import great_tables as gt
    import xarray as xr

    from valuestats.base.figure import Figure
    from valuestats.results.verdicts import Verdict

Interval = Literal[
    "cluster bootstrap, equal-tailed",
    "cluster jackknife, Student's t",
    "posterior, equal-tailed",
    "Fisher z",
    "F, McGraw-Wong",
    "logit, linearised",
    "Korn-Graubard",
    "generalised pivot, equal-tailed",
    "corrected resampled t",
    "Wald",
    "Wald, simulated",
    "Imbens-Manski",
    "none",
]

ESTIMATE_COLUMNS = (
    "estimand",
    "estimate",
    "std_error",
    "lower",
    "upper",
    "level",
    "interval",
    "n_scored",
    "n_asked",
)

_VERDICT = "valuestats.results.trust:verdict_of"


@dataclass(frozen=True)
class Result:
    """Estimates with their uncertainty and their history.

    Attributes
    ----------
    kind
        The estimand family, e.g. ``"scores"``; it decides which figure, table and sentence belong to it.
    estimates
        Tidy frame, one row per estimate: the columns `ESTIMATE_COLUMNS`, the key columns named in
        `keys`, and optionally ``baseline`` and others of the family.
    keys
        Names of the columns that identify a row, e.g. ``("model", "value")``.
    meta
        See `valuestats.results.meta.make_meta`.
    draws
        Posterior draws or bootstrap replicates: an xarray ``DataTree`` with one group,
        ``posterior`` or ``bootstrap``, holding the variable ``estimate`` with dimensions
        ``("draw", *keys)`` (posterior draws: the chains stacked).

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats.results.meta import make_meta
    >>> from valuestats.results.result import Result
    >>> frame = pd.DataFrame({"estimand": ["score"], "model": ["a"], "estimate": [0.5], "std_error": [0.1],
    ...     "lower": [0.3], "upper": [0.7], "level": [0.95], "interval": ["none"],
    ...     "n_scored": [10], "n_asked": [12]})
    >>> result = Result("scores", frame, ("model",), make_meta("mean", {}))
    >>> float(result.estimates["estimate"].iloc[0])
    0.5
    """

    kind: str
    estimates: pd.DataFrame
    keys: tuple[str, ...]
    meta: dict[str, Any] = field(default_factory=dict)
    draws: xr.DataTree | None = Readable()  # type: ignore[assignment]  # noqa: RUF009

    def __post_init__(self) -> None:
        missing = [c for c in (*ESTIMATE_COLUMNS, *self.keys) if c not in self.estimates.columns]
        if missing:
            raise SpecificationError(
                "a result lacks columns of its contract",
                parameter="estimates",
                got=f"missing {', '.join(missing)}",
                expected=", ".join((*ESTIMATE_COLUMNS, *self.keys)),
            )

    @property
    def passed(self) -> bool:
        """False only where a diagnostics gate was applied and failed."""
        gate = self.meta.get("gate")
        return True if gate is None else bool(gate["passed"])

    @functools.cached_property
    def verdict(self) -> Verdict:
        """Whether the numbers may be read, and why: see `valuestats.trust`, which brings evidence to it."""
        return cast("Verdict", registry.load(_VERDICT)(self))

    @property
    def value_key(self) -> str:
        """The key that stands beside ``model``: the value, dimension, group or coefficient."""
        return next((k for k in self.keys if k != "model"), self.keys[0])

    def to_frame(self) -> pd.DataFrame:
        """A copy of the estimates."""
        return self.estimates.copy()

    def replicates(self) -> xr.DataArray:
        """The draws or bootstrap replicates as one array with dimensions ``("draw", *keys)``."""
        if self.draws is None:
            raise SpecificationError(
                f"this result ({self.kind}) holds no draws, so contrasts and ranks can't be formed",
                parameter="draws",
                expected="a result with posterior draws or bootstrap replicates",
                hint="ask for an interval by resampling (replicates > 0) or fit the Bayesian model",
            )
        group = "posterior" if "posterior" in self.draws.children else "bootstrap"
        return self.draws[group].to_dataset()["estimate"]

    def _interval_name(self) -> str:
        named = set(self.estimates["interval"]) - {"none"}
        if len(named) == 1:
            return str(named.pop())
        group = "posterior" if self.draws is not None and "posterior" in self.draws.children else "bootstrap"
        return "posterior, equal-tailed" if group == "posterior" else "cluster bootstrap, equal-tailed"

    def points(self) -> xr.DataArray:
        """The estimates as one array with the dimensions `keys`, in the order of `replicates`."""
        indexed = self.estimates.set_index(list(self.keys))["estimate"]
        array = indexed.to_xarray()
        return array.reindex({k: self.replicates()[k].to_numpy() for k in self.keys})

    def contrast(
        self, dimension: str, first: str | int, second: str | int, *, level: float = 0.95
    ) -> pd.DataFrame:
        """Difference ``first - second`` along one key, with its interval from the paired draws.

        Parameters
        ----------
        dimension
            The key along which to compare, e.g. ``"model"``.
        first, second
            Two labels of that key.
        level
            Probability inside the equal-tailed interval.

        Returns
        -------
        pandas.DataFrame
            One row per combination of the other keys: ``estimate``, ``std_error``, ``lower``, ``upper``,
            ``level``, ``interval`` and ``probability_positive`` (share of draws above zero, ties half).
            Where the estimates say how many units were resampled (``n_units``), the interval is the expanded
            percentile for the fewer of the two; of Student's t replicates (few units), it is their own; below four
            units there is none.
        """
        draws = self.replicates()
        first, second = self._check_labels(draws, dimension, first, second)
        difference = draws.sel({dimension: first}, drop=True) - draws.sel({dimension: second}, drop=True)
        points = self.points()
        others = [k for k in self.keys if k != dimension]
        centre = points.sel({dimension: first}, drop=True) - points.sel({dimension: second}, drop=True)
        centre = centre.transpose(*others)
        values = difference.transpose("draw", *others).to_numpy()
        lower, upper, error = self._tails(values, level, dimension, first, second, others)
        frame = (
            centre.rename("estimate").to_dataframe().reset_index()
            if others
            else pd.DataFrame({"estimate": [float(centre)]})
        )
        frame["std_error"] = error.ravel()
        frame["lower"], frame["upper"] = lower.ravel(), upper.ravel()
        frame["level"], frame["interval"] = level, self._interval_name()
        frame["probability_positive"] = _share_positive(values).ravel()
        frame.insert(0, "contrast", f"{first} - {second}")
        return frame

    def contrasts(self, dimension: str, *, level: float = 0.95) -> pd.DataFrame:
        """All pairs along one key with simultaneous intervals, see `valuestats.results.pairs.all_pairs`."""
        self._check_labels(self.replicates(), dimension)
        frame: pd.DataFrame = registry.load("valuestats.results.pairs:all_pairs")(self, dimension, level)
        return frame

    def _tails(
        self,
        values: np.ndarray,
        level: float,
        dimension: str,
        first: str | int,
        second: str | int,
        rest: list[str],
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Interval and error of a difference, as the estimates' own are made where few units were resampled."""
        if "n_units" not in self.estimates.columns:
            return *equal_tailed(values, level), bootstrap_standard_error(values)
        labels = {k: self.replicates()[k].to_numpy() for k in self.keys}

        def both(column: str) -> tuple[np.ndarray, np.ndarray]:
            found = self.estimates.set_index(list(self.keys))[column].to_xarray()
            found = found.reindex(labels).transpose(dimension, *rest)
            one, two = (found.sel({dimension: label}).to_numpy() for label in (first, second))
            return one.reshape(values.shape[1:]), two.reshape(values.shape[1:])

        student = np.logical_or(*(name == JACKKNIFE for name in both("interval")))
        return replicate_interval(values, level, np.fmin(*both("n_units")), student)

    def rank(self, dimension: str, *, level: float = 0.95, descending: bool = True) -> pd.DataFrame:
        """Rank along one key (1 = highest), with intervals from the same draws.

        Returns
        -------
        pandas.DataFrame
            Per combination of keys: ``estimate``, ``rank`` (of the point estimates), ``rank_median``,
            ``rank_lower``, ``rank_upper`` and ``probability_first``.
        """
        draws = self.replicates()
        if dimension not in self.keys:
            self._check_labels(draws, dimension)
        rest = [k for k in self.keys if k != dimension]
        draws = draws.transpose("draw", *rest, dimension)
        points = self.points().transpose(*rest, dimension)
        ranks = posterior_ranks(draws.to_numpy(), descending=descending)
        point_ranks = posterior_ranks(points.to_numpy()[None], descending=descending)[0]
        lower, upper = equal_tailed(ranks, level)
        frame = points.rename("estimate").to_dataframe().reset_index()
        frame["rank"] = point_ranks.ravel()
        frame["rank_median"] = np.median(ranks, axis=0).ravel()
        frame["rank_lower"], frame["rank_upper"] = lower.ravel(), upper.ravel()
        first = (ranks == 1).mean(axis=0)
        frame["probability_first"] = np.where(np.isnan(ranks).all(axis=0), np.nan, first).ravel()
        frame["level"], frame["interval"] = level, self._interval_name()
        return frame

    def _check_labels(self, draws: xr.DataArray, dimension: str, *labels: str | int) -> list[Any]:
        """Labels of a key as the draws have them, refused where it has none; a code may be a number or text."""
        if dimension not in draws.dims or dimension == "draw":
            raise SpecificationError(
                "no such key in this result",
                parameter="dimension",
                got=dimension,
                expected=", ".join(self.keys),
            )
        known = {str(label): label for label in draws[dimension].to_numpy().tolist()}
        for label in labels:
            if str(label) not in known:
                raise SpecificationError(
                    f"no such {dimension} in this result",
                    parameter=dimension,
                    got=label,
                    expected=", ".join(known),
                )
        return [known[str(label)] for label in labels]

    def plot(self, **options: Any) -> Figure:
        """The figure that belongs to this kind of result, as an Altair chart.

        Raises
        ------
        SpecificationError
            A kind of result that has no figure.
        """
        return self._presented("figure")(self, **options)

    def table(self, **options: Any) -> gt.GT:
        """The table that belongs to this kind of result, as a great_tables object."""
        return self._presented("table")(self, **options)

    def sentence(self) -> str:
        """The result in one sentence, its caveat included; of a fit that failed its gate, that it is no finding.

        Raises
        ------
        SpecificationError
            A kind of result that has no sentence.
        """
        if not self.passed:
            reasons = "; ".join(self.meta["gate"]["reasons"])
            return f"The fit failed its diagnostics gate ({reasons}), so no finding is reported from it."
        return str(self._presented("sentence")(self))

    def _presented(self, what: Literal["figure", "sentence", "table"]) -> Callable[..., Any]:
        path = getattr(registry.kind(self.kind), what)
        if path is None:
            having = sorted(k.name for k in registry.kinds().values() if getattr(k, what))
            raise SpecificationError(
                f"no {what} for this kind of result",
                parameter="kind",
                got=self.kind,
                expected=", ".join(having),
            )
        return registry.load(path)

    def summary(self) -> str:
        """The sentence, the method, the diagnostics and the first estimates, as plain text."""
        lines = [self.sentence(), "", f"Method: {self.meta.get('method', '')}"]
        gate = self.meta.get("gate")
        lines.append(f"Trust: {self.verdict.sentence()}")
        if gate is not None:
            lines.append(f"Gate: {'passed' if gate['passed'] else 'FAILED: ' + '; '.join(gate['reasons'])}")
        lines += [f"Warning: {w}" for w in self.meta.get("warnings", [])]
        shown = [*self.keys, "estimate", "lower", "upper", "n_scored", "n_asked"]
        lines += ["", self.estimates[shown].head(12).to_string(index=False)]
        if len(self.estimates) > 12:
            lines.append(f"… {len(self.estimates) - 12} more rows")
        return "\n".join(lines)

    def save(self, path: str | Path) -> Path:
        """Write the result to a folder (Parquet, JSON, Zarr) with the hash of each file, whole or not at all."""
        target = Path(path)
        with atomic_folder(target) as folder:
            self.write_into(folder)
            write_hashes(folder)
        return target

    def write_into(self, folder: Path) -> None:
        """Write the parts of the result into an existing folder."""
        self.estimates.to_parquet(folder / "estimates.parquet", index=False)
        verdict = self.verdict
        trusted = {"sign": verdict.sign, "reasons": [dataclasses.asdict(r) for r in verdict.reasons]}
        head = {"kind": self.kind, "keys": list(self.keys), "meta": self.meta, "trust": trusted}
        options = orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS
        (folder / "result.json").write_bytes(orjson.dumps(head, option=options))
        if self.draws is not None:
            self.draws.to_zarr(folder / "draws.zarr", consolidated=False)

    @classmethod
    def load(cls, path: str | Path, *, lazily: bool = False) -> Result:
        """Read what `save` wrote; its draws `lazily`, when they are first asked for, if the folder stays.

        Raises
        ------
        InputError
            The folder holds no result, or files that are not those that were written.
        """
        folder = Path(path)
        with readable(folder):
            if (folder / HASHES).exists():
                require_unchanged(folder)
            head = orjson.loads((folder / "result.json").read_bytes())
            draws: Any = None
            if (folder / "draws.zarr").exists():
                later = Later(functools.partial(read_draws, folder / "draws.zarr"))
                draws = later if lazily else later.read()
            return cls(
                kind=head["kind"],
                estimates=pd.read_parquet(folder / "estimates.parquet"),
                keys=tuple(head["keys"]),
                meta=dict(head["meta"]),
                draws=draws,
            )


def _share_positive(draws: np.ndarray) -> np.ndarray:
    """Share of draws above zero, ties half, among those that are not missing; NaN where all are."""
    seen = (~np.isnan(draws)).sum(axis=0)
    above = ((draws > 0) + 0.5 * (draws == 0)).sum(axis=0)
    return np.divide(above, seen, out=np.full(above.shape, np.nan), where=seen > 0)


def draws_tree(
    group: Literal["posterior", "bootstrap"],
    values: np.ndarray,
    coords: Mapping[str, Sequence[Any] | np.ndarray],
) -> xr.DataTree:
    """Wrap replicates of shape ``(draw, *coords)`` as the DataTree that `Result.draws` holds.

    Examples
    --------
    >>> import numpy as np
    >>> tree = draws_tree("bootstrap", np.zeros((5, 2)), {"model": ["a", "b"]})
    >>> tree["bootstrap"]["estimate"].dims
    ('draw', 'model')
    """
    import xarray as xr

    array = xr.DataArray(
        values,
        dims=("draw", *coords),
        coords={"draw": np.arange(len(values)), **{k: [str(x) for x in v] for k, v in coords.items()}},
        name="estimate",
    )
    return xr.DataTree(children={group: xr.DataTree(array.to_dataset())})
