"""Which form of the survey a file is: told from its columns, then from their values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from mores.errors import PopulationError
from mores.instruments.labels import fold
from mores.instruments.survey import Instrument, Item

__all__ = ["Form", "Names", "Scheme", "UnknownSurveyError", "names_of", "recognise", "scheme_of"]

_SHOWN = 8
_ROWS = 2000  # a sample as large as this decides
_FITTING = 0.5  # share of item columns whose values must be the survey's
_FITTING_VALUES = 0.9


class Form(StrEnum):
    """The forms in which the survey is handed out, whatever the file format."""

    WVS7_CODES = "wvs7-codes"
    """WVS-7 names, numeric codes."""
    WVS7_LABELS = "wvs7-labels"
    """WVS-7 names, cells that hold labels: one country's workbook."""
    TREND = "trend"
    """Codes of the integrated values surveys: trend file, or WVS and EVS in one."""


class Scheme(StrEnum):
    """Whose names a file's columns bear."""

    WVS = "wvs"
    IVS = "ivs"


class UnknownSurveyError(PopulationError):
    """A table that is no form of this survey."""


@dataclass(frozen=True)
class Names:
    """Column names of one scheme.

    Attributes
    ----------
    items : mapping of str to Item
        By the name that the item's column bears.
    columns : mapping of str to str
        Id of a column about respondents, by every name it can bear.
    """

    items: Mapping[str, Item]
    columns: Mapping[str, str]

    @property
    def all(self) -> tuple[str, ...]:
        """Every name, once."""
        return tuple(dict.fromkeys([*self.columns, *self.items]))


def names_of(instrument: Instrument, scheme: Scheme) -> Names:
    """The column names that a scheme has for an instrument."""
    items = instrument.items.values()
    if scheme is Scheme.WVS:
        named = {i.id: i for i in items if not i.trend_only}
        columns = {n: c.id for c in instrument.columns.values() for n in c.wvs}
    else:
        named = {i.ivs: i for i in items if i.ivs}
        columns = {n: c.id for c in instrument.columns.values() for n in c.ivs}
    return Names(named, columns)


def scheme_of(columns: Sequence[str], instrument: Instrument, source: str) -> Scheme:
    """Whose names the columns bear: the scheme with most items among them.

    Parameters
    ----------
    columns : sequence of str
        Clean names.
    instrument : Instrument
        Whose columns are looked for.
    source : str
        The file's name in messages.

    Raises
    ------
    UnknownSurveyError
        If there is no item of the instrument, or no column for the country.
    """
    present = {name.casefold() for name in columns}
    counts = {s: len(present & _folded(names_of(instrument, s).items)) for s in Scheme}
    best = max(Scheme, key=lambda s: (counts[s], _country(s, instrument, present)))
    if counts[best] and _country(best, instrument, present):
        return best
    if counts[best]:
        allowed = ", ".join(_country_names(best, instrument))
        raise UnknownSurveyError(
            f"{source}: has {counts[best]} items of {instrument.name} but no column for the "
            f"country; add one of {allowed}"
        )
    raise UnknownSurveyError(
        f"{source}: is no form of {instrument.name}: its columns are {_listed(columns)}"
        f"{_hint(present)}; expected are columns such as {_examples(instrument, Scheme.WVS)} or, in "
        f"trend files, {_examples(instrument, Scheme.IVS)}"
    )


def recognise(
    columns: Sequence[str], sample: pl.DataFrame, instrument: Instrument, source: str
) -> Form:
    """Tell the form of a table.

    Parameters
    ----------
    columns : sequence of str
        Clean names of all columns.
    sample : polars.DataFrame
        The known columns of the table, or of some thousand of its rows.
    instrument : Instrument
        Whose columns are looked for.
    source : str
        The file's name in messages.

    Raises
    ------
    UnknownSurveyError
        If the columns or their values are those of another survey.
    PopulationError
        If no item has an answer, or a trend file holds labels.
    """
    scheme = scheme_of(columns, instrument, source)
    named = names_of(instrument, scheme).items
    step = max(1, sample.height // _ROWS)
    some = sample.select(n for n in sample.columns if n in named).gather_every(step)
    answered = {n: some[n].drop_nulls() for n in some.columns if some[n].null_count() < some.height}
    if not answered:
        raise PopulationError(
            f"{source}: none of its {len(some.columns)} items of {instrument.name} has a value; "
            "download it again"
        )
    labelled = _labelled(answered, named)
    fits = [_fit(values, named[n], scheme, labelled) for n, values in answered.items()]
    if sum(fits) < _FITTING * len(fits):
        raise UnknownSurveyError(_misfit(source, instrument, answered, named, fits))
    if scheme is Scheme.IVS:
        if labelled:
            raise PopulationError(
                f"{source}: a trend file whose cells are labels; take the form that holds codes"
            )
        return Form.TREND
    return Form.WVS7_LABELS if labelled else Form.WVS7_CODES


def _labelled(answered: Mapping[str, pl.Series], named: Mapping[str, Item]) -> bool:
    """Whether cells hold labels; items whose every option has a label in words decide if any do."""
    worded = [n for n in answered if not any(o.label == str(o.code) for o in named[n].options)]
    deciding = worded or list(answered)
    text = {n for n in deciding if _share_of_text(answered[n]) > (0.5 if worded else 0.0)}
    return len(text) * 2 > len(deciding)


def _share_of_text(values: pl.Series) -> float:
    if values.dtype != pl.String:
        return 0.0
    return float(values.cast(pl.Float64, strict=False).is_null().sum()) / len(values)


def _fit(values: pl.Series, item: Item, scheme: Scheme, labelled: bool) -> bool:
    """Whether nearly all values are ones that the item can have."""
    counts = values.cast(pl.String).value_counts()
    allowed = {str(code) for code in (*item.codes, *item.missing)}
    if scheme is Scheme.IVS:
        allowed |= {str(code) for code in item.ivs_codes}
    if labelled:
        spellings = [s for o in item.options for s in (o.label, *o.variants)]
        allowed |= {fold(s) for s in (*spellings, *item.missing_labels)}
    kept = sum(n for value, n in counts.iter_rows() if {_code(value), _label(value)} & allowed)
    return bool(kept >= (0.3 if labelled else _FITTING_VALUES) * len(values))


def _code(value: str) -> str:
    return value.removesuffix(".0")


def _label(value: str) -> str:
    return fold(value.partition("{")[0]) if value.partition("{")[0].strip() else fold(value)


def _misfit(
    source: str,
    instrument: Instrument,
    answered: Mapping[str, pl.Series],
    named: Mapping[str, Item],
    fits: Sequence[bool],
) -> str:
    name = next(n for n, fit in zip(answered, fits, strict=True) if not fit)
    found = ", ".join(answered[name].cast(pl.String).unique().sort().head(_SHOWN))
    item = named[name]
    return (
        f"{source}: has column names of {instrument.name}, but in {fits.count(False)} of "
        f"{len(fits)} items the values are not its own: {name} holds {found}, where "
        f"{list(item.codes)} or {list(item.labels)} are expected; take a file of that survey"
    )


def _country(scheme: Scheme, instrument: Instrument, present: set[str]) -> bool:
    return "country" not in instrument.columns or bool(
        present & _folded(_country_names(scheme, instrument))
    )


def _folded(names: Iterable[str]) -> set[str]:
    return {name.casefold() for name in names}


def _country_names(scheme: Scheme, instrument: Instrument) -> tuple[str, ...]:
    column = instrument.columns["country"]
    return column.wvs if scheme is Scheme.WVS else column.ivs


def _examples(instrument: Instrument, scheme: Scheme) -> str:
    names = names_of(instrument, scheme)
    country = [n for n, column in names.columns.items() if column == "country"]
    return ", ".join([*country[:1], *list(names.items)[:3]])


def _listed(columns: Sequence[str]) -> str:
    shown = ", ".join(repr(name[:40]) for name in columns[:_SHOWN])
    return f"{shown} … ({len(columns)} in all)" if len(columns) > _SHOWN else shown


def _hint(present: set[str]) -> str:
    if {"cntry", "idno"} <= present:
        return " (they look like the European Social Survey's)"
    if {"wrkstat", "ballot"} & present and {"id", "year"} & present:
        return " (they look like the General Social Survey's)"
    if len({f"v{n}" for n in range(4, 100)} & present) > 20:
        return " (they look like those of an earlier wave, or of the European Values Study)"
    if all(_is_number(name) for name in present):
        return " (the first row holds numbers: the header is missing)"
    return ""


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", "."))
    except ValueError:
        return not text
    return True
