"""What every public verb returns: estimates, the draws behind them, and how they came about."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import pandas as pd

from valuestats.base import registry
from valuestats.base.errors import GateError, SpecificationError
from valuestats.base.files import Readable, atomic_folder
from valuestats.base.labels import with_printed_names
from valuestats.results.comparisons import difference, ranking
from valuestats.results.folders import read_parts, write_hashes, write_parts
from valuestats.results.short_sentences import in_short_sentences

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
    "Clopper-Pearson",
    "generalised pivot, equal-tailed",
    "corrected resampled t",
    "delete-half jackknife, Student's t",
    "jackknife of people and answers, Student's t",
    "Wald",
    "Wald, simulated",
    "profile likelihood",
    "Imbens-Manski",
    "simultaneous bounds",
    "posterior, highest",
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


@dataclass(frozen=True, repr=False)
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
        return dataclasses.replace(registry.load(_VERDICT)(self), names=self.meta.get("names", {}))

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

    def points(self) -> xr.DataArray:
        """The estimates as one array with the dimensions `keys`, in the order of `replicates`."""
        indexed = self.estimates.set_index(list(self.keys))["estimate"]
        array = indexed.to_xarray()
        return array.reindex({k: self.replicates()[k].to_numpy() for k in self.keys})

    def _require_passed(self, what: str, allow_failed: bool) -> None:
        """Refuse what would be read as a finding of a fit that failed its gate."""
        if self.passed or allow_failed:
            return
        raise GateError(
            f"the fit failed its diagnostics gate, so its {what} are no finding",
            parameter="allow_failed",
            got="; ".join(self.meta["gate"]["reasons"]),
            hint="of R-hat or few effective draws: draw more (sampling=) or take another engine; of a predictive misfit: "
            "another family, link or term (pp_check says where it misses); allow_failed=True shows them all the same",
        )

    def contrast(
        self,
        dimension: str,
        first: str | int,
        second: str | int,
        *,
        level: float = 0.95,
        allow_failed: bool = False,
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
        allow_failed
            Whether a fit that failed its gate may be compared.

        Raises
        ------
        GateError
            The fit failed its diagnostics gate.

        Returns
        -------
        pandas.DataFrame
            One row per combination of the other keys: ``estimate``, ``std_error``, ``lower``, ``upper``,
            ``level``, ``interval`` and ``probability_positive`` (share of draws above zero, ties half).
            Where the estimates say how many units were resampled (``n_units``), the interval is the expanded
            percentile for the fewer of the two; of Student's t replicates (few units), it is their own; below four
            units there is none.
        """
        self._require_passed("contrasts", allow_failed)
        first, second = self._check_labels(self.replicates(), dimension, first, second)
        return difference(self, dimension, first, second, level)

    def contrasts(self, dimension: str, *, level: float = 0.95, allow_failed: bool = False) -> pd.DataFrame:
        """All pairs along one key with simultaneous intervals, see `valuestats.results.pairs.all_pairs`.

        `GateError` of a fit that failed its gate, unless `allow_failed`.
        """
        self._require_passed("contrasts", allow_failed)
        self._check_labels(self.replicates(), dimension)
        frame: pd.DataFrame = registry.load("valuestats.results.pairs:all_pairs")(self, dimension, level)
        return frame

    def rank(
        self, dimension: str, *, level: float = 0.95, descending: bool = True, allow_failed: bool = False
    ) -> pd.DataFrame:
        """Rank along one key (1 = highest), with intervals from the same draws, each for itself; together: `rank_sets`.

        Two labels may have ranks that don't overlap and yet not differ by `contrasts`. Columns, by all keys: ``estimate``,
        ``rank`` (of the point estimates), ``rank_median``, ``rank_lower``, ``rank_upper``, ``probability_first`` and
        ``together`` (False). `GateError` of a fit that failed its gate, unless `allow_failed`.
        """
        self._require_passed("ranks", allow_failed)
        if dimension not in self.keys:
            self._check_labels(self.replicates(), dimension)
        return ranking(self, dimension, level, descending=descending)

    def rank_sets(self, dimension: str, *, level: float = 0.95, allow_failed: bool = False) -> pd.DataFrame:
        """Places that the data leave open, for the whole ranking at once, see `valuestats.results.pairs.rank_sets`."""
        self._require_passed("ranks", allow_failed)
        self._check_labels(self.replicates(), dimension)
        return cast(
            "pd.DataFrame", registry.load("valuestats.results.pairs:rank_sets")(self, dimension, level)
        )

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

    def plot(self, *, allow_failed: bool = False, **options: Any) -> Figure:
        """The figure that belongs to this kind of result, as an Altair chart.

        Raises
        ------
        GateError
            The fit failed its gate, unless `allow_failed`.
        SpecificationError
            A kind of result that has no figure.
        """
        self._require_passed("figures", allow_failed)
        return self._presented("figure")(self, **options)

    def table(self, **options: Any) -> gt.GT:
        """The table that belongs to this kind of result, as a great_tables object."""
        return self._presented("table")(self, **options)

    def sentence(self) -> str:
        """The result in words, its caveat included; of a fit that failed its gate, that it is no finding.

        Raises
        ------
        SpecificationError
            A kind of result that has no sentence.
        """
        if not self.passed:
            reasons = "; ".join(self.meta["gate"]["reasons"])
            return f"The fit failed its diagnostics gate ({reasons}), so no finding is reported from it."
        return in_short_sentences(str(self._presented("sentence")(self)))

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
        return with_printed_names(registry.load(path), self.meta.get("names"))

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
        path = registry.kind(self.kind).summary
        more = "" if path is None else registry.load(path)(self)
        lines += ["", more] if more else []
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
        trusted = {
            "sign": self.verdict.sign,
            "reasons": [dataclasses.asdict(r) for r in self.verdict.reasons],
        }
        head = {"kind": self.kind, "keys": list(self.keys), "meta": self.meta, "trust": trusted}
        write_parts(folder, head, self.estimates, self.draws)

    def to_csv(self, path: str | Path) -> Path:
        """Write the estimates unrounded as CSV, see `valuestats.results.exports.write_csv`."""
        return self._exported("write_csv")(self, path)

    def to_html(self, **options: Any) -> str:
        """The printed table as HTML that stands alone, see `valuestats.results.exports.html_table`."""
        return self._exported("html_table")(self, **options)

    def to_latex(self, **options: Any) -> str:
        r"""The printed table as LaTeX with ``booktabs``, see `valuestats.results.exports.latex_table`."""
        return self._exported("latex_table")(self, **options)

    def to_word(self, path: str | Path, **options: Any) -> Path:
        """Write the printed table as a Word document, see `valuestats.reporting.word.write_word`."""
        return registry.load("valuestats.reporting.word:write_word")(self, path, **options)

    def bibtex(self) -> str:
        """The sources of its methods and the package as BibTeX, see `valuestats.results.bibliography.of_results`."""
        return cast("str", registry.load("valuestats.results.bibliography:of_results")([self]))

    def to_datatree(self) -> xr.DataTree:
        """The posterior draws for ArviZ, chains apart, see `valuestats.results.posterior_trees.posterior_tree`."""
        return cast("xr.DataTree", registry.load("valuestats.results.posterior_trees:posterior_tree")(self))

    def _exported(self, name: str) -> Callable[..., Any]:
        function = registry.load(f"valuestats.results.exports:{name}")
        return with_printed_names(function, self.meta.get("names"))

    def __repr__(self) -> str:
        shown = ", ".join(f"{self.estimates[k].nunique()} {k}" for k in self.keys)
        return f"<Result {self.kind}: {len(self.estimates)} estimates ({shown}); {self.verdict.sentence()}>"

    def _repr_html_(self) -> str:
        return self.to_html(rows=12)

    @classmethod
    def load(cls, path: str | Path, *, lazily: bool = False) -> Result:
        """Read what `save` wrote; its draws `lazily`, when they are first asked for, if the folder stays.

        Raises
        ------
        InputError
            The folder holds no result, or files that are not those that were written.
        """
        return cls(**read_parts(Path(path), lazily=lazily))
