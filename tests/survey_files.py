"""Writes populations in the forms in which the survey is handed out.

Written from what is publicly known of those files; columns that a form does not have are left out.
"""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import polars as pl

from mores.instruments.survey import Column, ColumnKind, Instrument, Item
from mores.populations.population import Population

WVS7_NAMES = {
    "wave": "A_WAVE",
    "year": "A_YEAR",
    "country": "B_COUNTRY_ALPHA",
    "respondent": "D_INTERVIEW",
    "language": "LNGE_ISO",
    "weight": "W_WEIGHT",
    "sex": "Q260",
    "age": "Q262",
    "education": "Q275R",
    "education_isced": "Q275",
    "settlement": "H_URBRURAL",
}
TREND_NAMES = {
    "survey": "S001",
    "wave": "S002VS",
    "country": "COUNTRY_ALPHA",
    "year": "S020",
    "respondent": "S007",
    "language": "lnge_iso",
    "weight": "S017",
    "sex": "X001",
    "age": "X003",
    "education": "X025R",
}
NUMERIC_COUNTRIES = {
    "ARG": 32, "AUS": 36, "BRA": 76, "CHN": 156, "COL": 170, "DEU": 276, "EGY": 818, "GBR": 826,
    "GHA": 288, "IND": 356, "IRN": 364, "ISL": 352, "JOR": 400, "JPN": 392, "MDA": 498, "MEX": 484,
    "PRI": 630, "RUS": 643, "SWE": 752, "TWN": 158, "USA": 840, "UKR": 804, "VNM": 704,
}  # fmt: skip
LANGUAGE_NAMES = {
    "ar": "Arabic", "de": "German", "en": "English", "es": "Spanish; Castilian", "fa": "Persian",
    "hi": "Hindi", "ja": "Japanese", "pt": "Portuguese", "ru": "Russian", "uk": "Ukrainian",
    "vi": "Vietnamese", "zh": "Chinese", "sv": "Swedish", "is": "Icelandic", "ro": "Romanian",
}  # fmt: skip
EXTENDED = {-1: "a", -2: "b", -3: "c", -4: "d", -5: "e"}
WVS, EVS = 2, 1

Header = Literal["code", "described"]


def write_wvs7_csv(
    population: Population,
    path: Path,
    separator: str = ",",
    *,
    bom: bool = False,
    quoted_header: bool = False,
    line_break_in_cell: bool = False,
    encoding: str = "utf-8",
    extra: Sequence[str] = (),
) -> None:
    """The cross-national file as text; decimals have a comma where a semicolon separates."""
    frame = _with_extra(_wvs7_codes(population), extra)
    names = list(frame.columns)
    if line_break_in_cell:
        names = [f"{n}\n" if n == "W_WEIGHT" else n for n in names]
        names[-1] += ":\r\nas asked\nin the field"
    _write_text(frame, names, path, separator, quoted_header, "utf-8-sig" if bom else encoding)


def write_wvs7_sav(population: Population, path: Path, *, extra: Sequence[str] = ()) -> None:
    """The cross-national file of SPSS: value labels, missing codes declared as a range."""
    frame = _with_extra(_wvs7_codes(population), extra)
    _write_sav(frame, path, _asked(population.instrument, frame, WVS7_NAMES, "wvs"))


def write_wvs7_dta(
    population: Population, path: Path, *, extended: bool = False, extra: Sequence[str] = ()
) -> None:
    """The cross-national file of Stata; `extended` has .a to .e in place of the missing codes."""
    import pyreadstat

    frame = _with_extra(_wvs7_codes(population), extra)
    asked = _asked(population.instrument, frame, WVS7_NAMES, "wvs")
    labels = {n: _value_labels(a) for n, a in asked.items() if frame[n].dtype.is_numeric()}
    declared: dict[str, list[str]] = {}
    for name, item in asked.items() if extended else ():
        codes = {c: EXTENDED[c] for c in item.missing if c in EXTENDED}
        if not (frame[name].dtype.is_integer() and frame[name].is_in(list(codes)).any()):
            continue
        cells = [codes.get(v, v) for v in frame[name].to_list()]
        frame = frame.with_columns(pl.Series(name, cells, pl.Object))
        declared[name] = list(codes.values())
        labels[name] = {codes.get(c, c): label for c, label in labels[name].items()}
    pyreadstat.write_dta(
        frame,
        path,
        column_labels={n: a.name[:80] for n, a in asked.items()},
        variable_value_labels={n: given for n, given in labels.items() if given},
        missing_user_values=declared or None,
    )


def write_country_xlsx(
    population: Population,
    country: str,
    path: Path,
    header: Header = "code",
    *,
    weighting: bool = True,
    absent: Iterable[str] = (),
    language: Literal["iso", "name", "none"] = "iso",
    variants: bool = False,
    extra: Sequence[str] = (),
    cover_sheet: bool = False,
) -> None:
    """One country's workbook, whose cells are labels.

    Parameters
    ----------
    weighting : bool
        False writes ``No weighting`` into W_WEIGHT.
    absent : iterable of str
        Columns that this country's file lacks.
    language : {"iso", "name", "none"}
        Columns LNGE_ISO and S_INTLANGUAGE, only S_INTLANGUAGE (an English name), or neither.
    variants : bool
        Labels in other spellings seen, where the instrument lists some.
    """
    chosen = population.where(pl.col("country") == country)
    instrument = population.instrument
    coded = _with_extra(_wvs7_codes(chosen).drop(list(absent), strict=False), extra)
    asked = _asked(instrument, coded, WVS7_NAMES, "wvs")
    cells = {n: _labelled(coded[n], asked.get(n), variants) for n in coded.columns}
    if not weighting:
        cells["W_WEIGHT"] = ["No weighting"] * len(chosen)
    if "LNGE_ISO" in cells and language != "none":
        names = [LANGUAGE_NAMES.get(v, v) if v else None for v in cells["LNGE_ISO"]]
        cells["S_INTLANGUAGE"] = names
    if language != "iso":
        cells.pop("LNGE_ISO", None)
    titles = [f"{n}: {asked[n].name}" if header == "described" and n in asked else n for n in cells]
    write_sheet(path, titles, list(zip(*cells.values(), strict=True)), cover_sheet=cover_sheet)


def write_trend_csv(
    population: Population, path: Path, separator: str = ",", *, extra: Sequence[str] = ()
) -> None:
    """The trend or integrated file as text, in the codes of the integrated values surveys."""
    frame = _with_extra(_trend_codes(population), extra)
    _write_text(frame, list(frame.columns), path, separator, quoted=True, encoding="utf-8")


def write_trend_sav(population: Population, path: Path, *, extra: Sequence[str] = ()) -> None:
    """The trend or integrated file of SPSS."""
    frame = _with_extra(_trend_codes(population), extra)
    _write_sav(frame, path, {})


def write_zip(paths: Iterable[Path], path: Path) -> None:
    """An archive of files, as the survey's site hands it out."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in paths:
            archive.write(member, member.name)


def write_sheet(
    path: Path,
    titles: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    cover_sheet: bool = False,
    name: str = "Data",
) -> None:
    """A workbook of one table, behind a sheet of remarks if one is wanted."""
    import xlsxwriter

    with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as book:
        if cover_sheet:
            cover = book.add_worksheet("Read me")
            cover.write_column(0, 0, ["World Values Survey", "Terms of use", "Q46"])
        sheet = book.add_worksheet(name)
        for place, cells in enumerate([titles, *rows]):
            for column, cell in enumerate(cells):
                if cell is not None:
                    sheet.write(place, column, cell)


def carried(population: Population, scheme: Literal["wvs", "ivs"]) -> list[str]:
    """The columns of a population that a form with these names can hold."""
    frame = population.frame
    ids = WVS7_NAMES if scheme == "wvs" else TREND_NAMES
    places = _names(population.instrument, ids, scheme)
    return [n for n in frame.columns if n in places or (scheme == "wvs" and n == "survey")]


def _names(instrument: Instrument, fixed: Mapping[str, str], scheme: str) -> dict[str, str]:
    """The name that each column of a population has in a form."""
    columns = {
        c.id: fixed.get(c.id) or getattr(c, scheme)[0]
        for c in instrument.columns.values()
        if c.id in fixed or getattr(c, scheme)
    }
    if scheme == "wvs":
        columns.pop("survey", None)
        return columns | {i.id: i.id for i in instrument.items.values() if not i.trend_only}
    return columns | {i.id: i.ivs for i in instrument.items.values() if i.ivs}


def _asked(
    instrument: Instrument, frame: pl.DataFrame, fixed: Mapping[str, str], scheme: str
) -> dict[str, Item | Column]:
    known: dict[str, Item | Column] = {**instrument.columns, **instrument.items}
    names = _names(instrument, fixed, scheme)
    return {name: known[i] for i, name in names.items() if name in frame.columns}


def _present(population: Population, names: Mapping[str, str]) -> pl.DataFrame:
    frame = population.frame
    kept = [i for i in names if i in frame.columns and frame[i].null_count() < frame.height]
    return frame.select(pl.col(i).alias(names[i]) for i in kept)


def _wvs7_codes(population: Population) -> pl.DataFrame:
    instrument = population.instrument
    assert set(population.frame["survey"]) <= {"WVS"}, "the WVS-7 file has no other survey's rows"
    assert set(population.frame["wave"]) <= {7}
    frame = _present(population, _names(instrument, WVS7_NAMES, "wvs"))
    first = [n for n in WVS7_NAMES.values() if n in frame.columns]
    version = pl.lit("6-0-0 (2024-04-30)").alias("version")
    return frame.select(version, *first, pl.exclude(first))


def _trend_codes(population: Population) -> pl.DataFrame:
    instrument = population.instrument
    names = _names(instrument, TREND_NAMES, "ivs")
    frame = _present(population, names)
    asked = _asked(instrument, frame, TREND_NAMES, "ivs")
    changed = [pl.col(name).replace(_to_ivs(a)) for name, a in asked.items() if a.ivs_codes]
    weights = frame["S017"]
    scaled = pl.col("S017") * 1000 / pl.col("S017").sum().over("COUNTRY_ALPHA", "S020")
    return (
        frame.with_columns(changed)
        .with_columns(
            pl.col("S001").replace_strict({"EVS": EVS, "WVS": WVS}, return_dtype=pl.Int64),
            pl.col("COUNTRY_ALPHA").replace_strict(NUMERIC_COUNTRIES, default=None).alias("S003"),
            pl.col("S007").alias("S006"),
            (scaled if weights.null_count() < len(weights) else pl.lit(None)).alias("S018"),
        )
        .select(pl.lit("EVS_trend_WVS_trend_3_0").alias("version"), pl.all())
    )


def _to_ivs(asked: Item | Column) -> dict[int, int]:
    """Codes here to those of trend files; of several the first."""
    back: dict[int, int] = {}
    for theirs, ours in asked.ivs_codes.items():
        if ours in asked.ivs_codes or ours not in back:
            back.setdefault(ours, theirs)
    return {ours: theirs for ours, theirs in back.items() if ours != theirs}


def _labelled(values: pl.Series, asked: Item | Column | None, variants: bool) -> list[Any]:
    if asked is None:
        return values.to_list()
    words: dict[Any, Any] = {
        o.code: o.variants[-1] if variants and o.variants else o.label for o in asked.options
    }
    words |= asked.missing
    if isinstance(asked, Column):
        if asked.kind is ColumnKind.TEXT:
            return values.to_list()
        if asked.id == "children":
            words |= {0: "No children", 1: "1 child"} | {n: f"{n} children" for n in range(2, 30)}
    # A step of a scale without a label of its own is a number.
    words = {code: code if label == str(code) else label for code, label in words.items()}
    return [words.get(v, v) for v in values.to_list()]


def _value_labels(asked: Item | Column) -> dict[int, str]:
    return {o.code: o.label for o in asked.options} | dict(asked.missing)


def _with_extra(frame: pl.DataFrame, extra: Sequence[str]) -> pl.DataFrame:
    codes = (pl.int_range(pl.len()) % 7 + 1).cast(pl.Int64)
    return frame.with_columns(codes.alias(name) for name in extra)


def _write_text(
    frame: pl.DataFrame,
    names: Sequence[str],
    path: Path,
    separator: str,
    quoted: bool,
    encoding: str,
) -> None:
    decimal = separator == ";"
    body = frame.with_columns(
        pl.col(pl.Float64).cast(pl.String).str.replace(".", ",", literal=True)
        if decimal
        else pl.col(pl.Float64)
    ).write_csv(separator=separator, include_header=False)
    with path.open("w", encoding=encoding, newline="") as file:
        quoting = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
        csv.writer(file, delimiter=separator, quoting=quoting).writerow(names)
        file.write(body)


def _write_sav(frame: pl.DataFrame, path: Path, asked: Mapping[str, Item | Column]) -> None:
    import pyreadstat

    coded = {n: a for n, a in asked.items() if frame[n].dtype.is_numeric()}
    ranges = {
        n: [{"lo": min(negative), "hi": max(negative)}]
        for n, a in coded.items()
        if (negative := [c for c in a.missing if c < 0])
    }
    pyreadstat.write_sav(
        frame,
        path,
        row_compress=True,
        column_labels={n: a.name for n, a in asked.items()},
        variable_value_labels={n: _value_labels(a) for n, a in coded.items() if _value_labels(a)},
        missing_ranges=ranges,
    )
