"""What an import found: said to the user, and kept with the data set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from textwrap import wrap
from typing import Any

import polars as pl

from mores.errors import PopulationError
from mores.instruments.survey import Instrument
from mores.instruments.validation import shown

__all__ = [
    "TOO_MUCH_MISSING",
    "CellCount",
    "FileFound",
    "Findings",
    "Ledger",
    "WeightFindings",
    "counted",
    "missing_by_country",
    "weight_findings",
]

TOO_MUCH_MISSING = 0.2
"""Share of missing answers from which an item is named as often missing in a country."""

_WIDTH = 96
_NO_BREAK = "\u00a0"
_NOT_ASKED = (-4, -5)
_NOT_SCALED = (0.9, 1.1)


@dataclass(frozen=True, slots=True)
class FileFound:
    """A file that was imported.

    Attributes
    ----------
    name : str
        Without its folder; of a member of a zip, behind the zip's name.
    form : str
        Form of the survey's files.
    kind : str
        Format of the file.
    respondents : int
        Rows.
    sha256 : str
        In hexadecimal.
    bytes : int
        Its size.
    """

    name: str
    form: str
    kind: str
    respondents: int
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class CellCount:
    """A value in a column, and how many cells hold it.

    Attributes
    ----------
    column : str
        As named in the file, with the instrument's id in parentheses if that differs.
    value : str
        Quoted, at most some 60 characters, control characters as escapes.
    count : int
        Cells.
    """

    column: str
    value: str
    count: int


@dataclass(frozen=True, slots=True)
class WeightFindings:
    """How the respondents are weighted.

    Attributes
    ----------
    weighting : str
        ``"survey"``, or ``"none"`` if every weight was set to 1.
    zero, missing : int
        Respondents with a weight of 0, and without a weight.
    no_weighting : mapping of str to int
        By country: respondents whose cell says "No weighting"; they weigh 1.
    absent : mapping of str to int
        By country: respondents of a country that has no weights at all; they weigh 1.
    scaled : mapping of str to float
        By country: the mean weight where it is far from 1.
    """

    weighting: str
    zero: int = 0
    missing: int = 0
    no_weighting: Mapping[str, int] = field(default_factory=dict)
    absent: Mapping[str, int] = field(default_factory=dict)
    scaled: Mapping[str, float] = field(default_factory=dict)


@dataclass
class Ledger:
    """What is noted while tables are read, one after the other.

    Attributes
    ----------
    unread : dict of (str, str) to int
        Cells by column and value that stand for nothing that the instrument knows.
    implausible : dict of (str, str) to int
        Cells by column and value that cannot be true.
    languages : dict of (str, str) to int
        Respondents by column and language that is not known.
    no_weighting, absent : dict of str to int
        See `WeightFindings`.
    set_aside, remarks : list of str
        Columns that were left out and why; everything else that has to be said.
    unrecognised, items, columns : dict of str to None
        Columns of the files that the instrument does not know, and the ids of those that it does.
    """

    unread: dict[tuple[str, str], int] = field(default_factory=dict)
    implausible: dict[tuple[str, str], int] = field(default_factory=dict)
    languages: dict[tuple[str, str], int] = field(default_factory=dict)
    no_weighting: dict[str, int] = field(default_factory=dict)
    absent: dict[str, int] = field(default_factory=dict)
    set_aside: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    unrecognised: dict[str, None] = field(default_factory=dict)
    items: dict[str, None] = field(default_factory=dict)
    columns: dict[str, None] = field(default_factory=dict)


@dataclass(frozen=True)
class Findings:
    """What an import found.

    Attributes
    ----------
    files : tuple of FileFound
    respondents : int
        Rows of the data set.
    duplicates : int
        Rows that were left out because the same respondent stands elsewhere, alike in every column.
    surveys : tuple of str
        ``"EVS"``, ``"WVS"``.
    waves : tuple of int
    years : tuple of int
        First and last; empty if none is known.
    countries : mapping of str to int
        Respondents by ISO 3166 alpha-3 code.
    items, columns : tuple of str
        Ids of the items, and of the columns about respondents, for which there is a column.
    items_lacking : tuple of str
        Ids of the items for which no file has a column.
    unrecognised : tuple of str
        Columns of the files that the instrument does not know.
    set_aside : tuple of str
        Columns that were left out because their labels contradict their codes.
    unread : tuple of CellCount
        Labels and codes that the instrument does not know; null in the data set.
    implausible : tuple of CellCount
        Values that cannot be true, such as an age of 999; null in the data set.
    languages : tuple of CellCount
        Interview languages that are not known; null in the data set.
    not_asked : mapping of str to tuple of str
        By country: items that nobody there answered or declined to answer.
    often_missing : mapping of str to tuple of str
        By country: items asked there of whose answers `TOO_MUCH_MISSING` or more are missing.
    weights : WeightFindings
    remarks : tuple of str
        What else was noticed or decided.
    """

    files: tuple[FileFound, ...]
    respondents: int
    duplicates: int
    surveys: tuple[str, ...]
    waves: tuple[int, ...]
    years: tuple[int, ...]
    countries: Mapping[str, int]
    items: tuple[str, ...]
    columns: tuple[str, ...]
    items_lacking: tuple[str, ...]
    unrecognised: tuple[str, ...]
    set_aside: tuple[str, ...]
    unread: tuple[CellCount, ...]
    implausible: tuple[CellCount, ...]
    languages: tuple[CellCount, ...]
    not_asked: Mapping[str, tuple[str, ...]]
    often_missing: Mapping[str, tuple[str, ...]]
    weights: WeightFindings
    remarks: tuple[str, ...]

    @classmethod
    def from_dict(cls, found: Mapping[str, Any], files: object) -> Findings:
        """What `as_dict` has written, with the files that the population's source names.

        Raises
        ------
        PopulationError
            If it is not that.
        """
        from pydantic import TypeAdapter, ValidationError

        from mores.instruments.validation import problems_of

        try:
            return TypeAdapter(cls).validate_python({**found, "files": files})
        except ValidationError as error:
            raise PopulationError(
                f"the findings of the import are damaged ({'; '.join(problems_of(error)[:3])}); "
                "import the data set again"
            ) from None

    def as_dict(self) -> dict[str, Any]:
        """As JSON can hold it; all but the files, which stand in the population's source."""
        plain: dict[str, Any] = _plain(asdict(self))
        del plain["files"]
        return plain

    def lines(self, most: int | None = 15) -> list[str]:
        """What the command line prints, lists cut to their first entries; None for whole lists."""
        return list(self._lines(most))

    def _lines(self, most: int | None) -> Iterator[str]:
        for file in self.files:
            yield f"{file.name}: {file.form}, {_number(file.respondents, 'respondent')}"
        yield from wrapped(f"{self._when()}; {_number(len(self.countries), 'country')}: ",
                           [f"{c} {n:,}" for c, n in self.countries.items()])  # fmt: skip
        yield f"{_number(self.respondents, 'respondent')} in the data set"
        if self.duplicates:
            yield f"{_number(self.duplicates, 'duplicate')} left out, alike in every column"
        yield f"{_number(len(self.items), 'item')} recognised"
        if self.items_lacking:
            yield from wrapped("no file has a column for: ", _first(self.items_lacking, most))
        if self.unrecognised:
            yield from wrapped(
                f"{_number(len(self.unrecognised), 'column')} not known: ",
                _first([shown(name)[1:-1] for name in self.unrecognised], most),
            )
        for said in (*self.set_aside, *self.remarks):
            yield from wrap(said, _WIDTH, subsequent_indent="  ", break_on_hyphens=False)
        yield from _cells("not understood, left empty", self.unread, most)
        yield from _cells("not plausible, left empty", self.implausible, most)
        yield from _cells("languages not known, left empty", self.languages, most)
        yield from _by_country("not asked", self.not_asked, most)
        yield from _by_country(
            f"{TOO_MUCH_MISSING:.0%} or more of the answers missing", self.often_missing, most
        )
        yield from self._weights(most)

    def _when(self) -> str:
        waves = ", ".join(map(str, self.waves))
        years = "-".join(dict.fromkeys(map(str, self.years)))
        return f"{'/'.join(self.surveys)} wave{'s' * (len(self.waves) > 1)} {waves}" + (
            f" ({years})" if years else ""
        )

    def _weights(self, most: int | None) -> Iterator[str]:
        found = self.weights
        if found.weighting == "none":
            yield "weights: every respondent weighs 1, as asked"
        if found.zero:
            yield f"weights: {_number(found.zero, 'respondent')} with a weight of 0, kept"
        if found.missing:
            yield (f"weights: {_number(found.missing, 'respondent')} without a weight, left out of "
                   "weighted figures")  # fmt: skip
        for why, counts in (("say “No weighting”", found.no_weighting), ("none", found.absent)):
            if counts:
                listed = _first([f"{c} {n:,}" for c, n in counts.items()], most)
                yield from wrapped(f"weights: {why}, so everyone weighs 1, in: ", listed)
        if found.scaled:
            listed = _first([f"{c} {mean:.3g}" for c, mean in found.scaled.items()], most)
            yield from wrapped("weights: mean far from 1, kept as it is, in: ", listed)


def missing_by_country(
    frame: pl.DataFrame, instrument: Instrument
) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """The items that a country was not asked, and those of which many answers are missing there.

    Parameters
    ----------
    frame : polars.DataFrame
        In normal form. Every respondent counts once, whatever the weight.
    instrument : Instrument

    Returns
    -------
    not_asked : dict of str to tuple of str
        By country: items with no code but "not asked" (-4), "missing" (-5) or null. Indices, which
        follow from other items, are not listed here.
    often_missing : dict of str to tuple of str
        By country: the others whose share of missing answers is `TOO_MUCH_MISSING` or more.
    """
    items = [i for i in instrument.items.values() if i.id in frame.columns and not i.derived]
    counts = frame.group_by("country").agg(
        pl.len().alias("respondents"),
        *(pl.col(i.id).is_in(i.codes).sum().alias(f"{i.id} answered") for i in items),
        *(
            (pl.col(i.id).is_not_null() & ~pl.col(i.id).is_in(_NOT_ASKED))
            .sum()
            .alias(f"{i.id} asked")
            for i in items
        ),
    )
    not_asked: dict[str, tuple[str, ...]] = {}
    often_missing: dict[str, tuple[str, ...]] = {}
    for row in counts.sort("country").iter_rows(named=True):
        nobody = tuple(i.id for i in items if not row[f"{i.id} asked"])
        most = (1 - TOO_MUCH_MISSING) * row["respondents"]
        many = tuple(
            i.id for i in items if row[f"{i.id} asked"] and row[f"{i.id} answered"] <= most
        )
        not_asked |= {row["country"]: nobody} if nobody else {}
        often_missing |= {row["country"]: many} if many else {}
    return not_asked, often_missing


def weight_findings(frame: pl.DataFrame, weighting: str, ledger: Ledger) -> WeightFindings:
    """How the respondents of a population in normal form are weighted."""
    low, high = _NOT_SCALED
    means = frame.group_by("country").agg(pl.col("weight").mean()).drop_nulls().sort("country")
    return WeightFindings(
        weighting,
        int((frame["weight"] == 0).sum()),
        frame["weight"].null_count(),
        dict(sorted(ledger.no_weighting.items())),
        dict(sorted(ledger.absent.items())),
        {country: mean for country, mean in means.iter_rows() if not low <= mean <= high},
    )


def wrapped(head: str, words: Sequence[str]) -> list[str]:
    """A list in lines of a fixed width, with a comma between words."""
    together = ", ".join(word.replace(" ", _NO_BREAK) for word in words)
    lines = wrap(head + together, _WIDTH, subsequent_indent="  ", break_on_hyphens=False)
    return [line.replace(_NO_BREAK, " ") for line in lines]


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(inner) for inner in value]
    return value


def _first(words: Sequence[str], most: int | None) -> list[str]:
    """As many as are listed, and how many more there are."""
    more = 0 if most is None else len(words) - most
    return [*words[:most], *([f"and {more:,} more"] if more > 0 else [])]


def _cells(head: str, cells: Sequence[CellCount], most: int | None) -> Iterator[str]:
    if cells:
        total = sum(cell.count for cell in cells)
        yield f"{head}: {_number(total, 'cell')}"
        listed = [f"{c.column} {c.value}: {c.count:,}" for c in cells]
        yield from ("  " + line for line in _first(listed, most))


def _by_country(head: str, items: Mapping[str, Sequence[str]], most: int | None) -> Iterator[str]:
    if items:
        yield f"{head}, by country:"
        lines = [" ".join(wrapped(f"{c}: ", _first(ids, most))) for c, ids in items.items()]
        for line in _first(lines, most):
            yield from wrap("  " + line, _WIDTH, subsequent_indent="    ", break_on_hyphens=False)


def _number(count: int, of: str) -> str:
    plural = {"country": "countries"}.get(of, of + "s")
    return f"{count:,} {of if count == 1 else plural}"


def counted(cells: Mapping[tuple[str, str], int]) -> tuple[CellCount, ...]:
    """Cells by column and value, each column's most frequent first."""
    ordered = sorted(cells.items(), key=lambda entry: (entry[0][0], -entry[1], entry[0][1]))
    return tuple(CellCount(column, value, count) for (column, value), count in ordered)
