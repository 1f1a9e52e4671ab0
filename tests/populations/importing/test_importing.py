"""A file in each form, written from one population, imports to the same data, cell by cell."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import polars as pl
import pytest
import survey_files as files
from polars.testing import assert_frame_equal
from small import small_population

from mores.errors import PopulationError
from mores.instruments.survey import wvs7
from mores.populations.importing.findings import Findings
from mores.populations.importing.importing import import_files
from mores.populations.population import KEY, Population
from mores.populations.synthetic import synthesise
from mores.version import __version__

HUMANS = small_population(seed=4, respondents=40)
ITEMS = ("Q8", "Q14", "Q15", "Q17", "Q45", "Q46", "Q154", "Q155", "Q164", "Q182", "Q254")
FEW = small_population(seed=5, respondents=40, items=ITEMS)
"""Fewer items, where the form is not in question."""

COUNTRIES = HUMANS.countries


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def countries_as_workbooks(folder: Path, humans: Population = HUMANS, **options) -> list[Path]:
    paths = [folder / f"WVS7_{country}.xlsx" for country in humans.countries]
    for country, path in zip(humans.countries, paths, strict=True):
        files.write_country_xlsx(humans, country, path, **options)
    return paths


def csv(folder: Path, humans: Population = HUMANS) -> list[Path]:
    files.write_wvs7_csv(humans, folder / "a.csv")
    return [folder / "a.csv"]


def csv_semicolon(folder: Path) -> list[Path]:
    files.write_wvs7_csv(HUMANS, folder / "a.csv", ";", bom=True, quoted_header=True)
    return [folder / "a.csv"]


def csv_line_breaks(folder: Path) -> list[Path]:
    files.write_wvs7_csv(HUMANS, folder / "a.csv", line_break_in_cell=True, encoding="utf-16")
    return [folder / "a.csv"]


def spss(folder: Path, humans: Population = HUMANS) -> list[Path]:
    files.write_wvs7_sav(humans, folder / "a.sav")
    return [folder / "a.sav"]


def stata(folder: Path) -> list[Path]:
    files.write_wvs7_dta(HUMANS, folder / "a.dta")
    return [folder / "a.dta"]


def workbooks(folder: Path) -> list[Path]:
    return countries_as_workbooks(folder)


def workbooks_described(folder: Path) -> list[Path]:
    return countries_as_workbooks(folder, header="described", cover_sheet=True)


def workbooks_variants(folder: Path) -> list[Path]:
    return countries_as_workbooks(folder, variants=True, language="name")


def trend_csv(folder: Path, humans: Population = HUMANS) -> list[Path]:
    files.write_trend_csv(humans, folder / "a.csv")
    return [folder / "a.csv"]


def trend_spss(folder: Path) -> list[Path]:
    files.write_trend_sav(HUMANS, folder / "a.sav")
    return [folder / "a.sav"]


def zipped(folder: Path, humans: Population = HUMANS) -> list[Path]:
    files.write_zip(csv(folder, humans), folder / "F00010738.zip")
    return [folder / "F00010738.zip"]


def zipped_workbooks(folder: Path) -> list[Path]:
    files.write_zip(workbooks(folder), folder / "countries.zip")
    return [folder / "countries.zip"]


def mixed(folder: Path) -> list[Path]:
    """One country as a workbook, one as SPSS in a zip, one as text, in an odd order."""
    first, second, third = COUNTRIES
    files.write_country_xlsx(HUMANS, third, folder / "c.xlsx")
    files.write_wvs7_sav(HUMANS.where(pl.col("country") == first), folder / "a.sav")
    files.write_zip([folder / "a.sav"], folder / "a.zip")
    files.write_wvs7_csv(HUMANS.where(pl.col("country") == second), folder / "b.csv", ";")
    return [folder / "c.xlsx", folder / "a.zip", folder / "b.csv"]


def twice(folder: Path, humans: Population = HUMANS) -> list[Path]:
    return [*csv(folder, humans), *spss(folder, humans)]


FORMS = (
    csv, csv_semicolon, csv_line_breaks, spss, stata, workbooks, workbooks_described,
    workbooks_variants, trend_csv, trend_spss, zipped, zipped_workbooks, mixed, twice,
)  # fmt: skip


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_every_form_imports_to_the_same_data(form, folder) -> None:
    imported = import_files(form(folder), name="humans")
    scheme = "ivs" if form.__name__.startswith("trend") else "wvs"
    # A form without a column for it cannot carry it; nothing else is left out.
    expected = HUMANS.frame.select(files.carried(HUMANS, scheme))
    assert set(HUMANS.frame.columns) - set(expected.columns) <= CANNOT_CARRY[scheme]
    assert_frame_equal(imported.population.frame, expected)
    assert (imported.population.fingerprint == HUMANS.fingerprint) is (
        expected.equals(HUMANS.frame)
    )
    assert not imported.population.synthetic
    assert imported.findings.unread == ()
    assert imported.findings.set_aside == ()
    assert imported.findings.not_asked == {COUNTRIES[0]: ("Q182",)}


@pytest.fixture(scope="module")
def synthetic() -> Population:
    return synthesise(seed=6, respondents=40, countries=["EGY", "GBR", "MEX"])


SYNTHETIC_FORMS: dict[str, Callable[[Population, Path], list[Path]]] = {
    "comma": lambda people, folder: csv(folder, people),
    "semicolon": lambda people, folder: written(
        files.write_wvs7_csv, people, folder / "a.csv", ";"
    ),
    "SPSS": lambda people, folder: spss(folder, people),
    "Stata": lambda people, folder: written(files.write_wvs7_dta, people, folder / "a.dta"),
    "workbooks": lambda people, folder: countries_as_workbooks(folder, people),
    "trend": lambda people, folder: trend_csv(folder, people),
    "trend SPSS": lambda people, folder: written(files.write_trend_sav, people, folder / "a.sav"),
    "zip": lambda people, folder: zipped(folder, people),
    "twice": lambda people, folder: twice(folder, people),
}


def written(write: Callable[..., None], people: Population, path: Path, *more: str) -> list[Path]:
    write(people, path, *more)
    return [path]


@pytest.mark.parametrize("form", SYNTHETIC_FORMS)
def test_the_synthetic_population_comes_back_from_every_form(form, synthetic, folder) -> None:
    found = import_files(SYNTHETIC_FORMS[form](synthetic, folder)).population
    scheme = "ivs" if form.startswith("trend") else "wvs"
    expected = synthetic.frame.select(files.carried(synthetic, scheme))
    assert len(expected.columns) > (180 if scheme == "ivs" else 260)
    assert_frame_equal(found.frame, expected)


CANNOT_CARRY: dict[str, set[str]] = {
    "wvs": set(),
    "ivs": {i.id for i in wvs7().items.values() if i.ivs is None}
    | {c.id for c in wvs7().columns.values() if not c.ivs},
}


@pytest.mark.parametrize("seed", range(3))
def test_columns_and_rows_in_any_order(seed, folder) -> None:
    files.write_wvs7_csv(FEW, folder / "a.csv")
    text = pl.read_csv(folder / "a.csv", infer_schema=False)
    names = list(text.columns)
    random.Random(seed).shuffle(names)
    shuffled = text.select(names).sample(fraction=1, shuffle=True, seed=seed)
    shuffled.write_csv(folder / "b.csv")
    assert_frame_equal(import_files([folder / "b.csv"]).population.frame, FEW.frame)


def test_missing_values_of_stata_are_missing_codes_or_null(folder) -> None:
    """Stata's .a to .e stand for the survey's codes; whatever is an answer is the same."""
    files.write_wvs7_dta(FEW, folder / "a.dta", extended=True)
    population = import_files([folder / "a.dta"]).population
    for item in FEW.items:
        assert (population.answers(item.id) == FEW.answers(item.id)).all(), item.id


def test_a_workbook_without_some_columns(folder) -> None:
    country = COUNTRIES[-1]
    files.write_country_xlsx(
        HUMANS,
        country,
        folder / "a.xlsx",
        weighting=False,
        absent=["Q182", "Q275R"],
        language="none",
    )
    found = import_files([folder / "a.xlsx"])
    frame = found.population.frame
    assert {"Q182", "language"}.isdisjoint(frame.columns)
    assert found.population.name == f"wvs7-{country.lower()}"
    assert set(frame["weight"]) == {1.0}
    assert found.findings.weights.no_weighting == {country: 40}
    assert found.findings.items_lacking == ("Q182",)
    assert frame["education"].is_in([1, 2, 3, -1, -2, -3, -5]).all()


def test_provenance(folder) -> None:
    source = import_files(zipped(folder, FEW)).population.source
    (file,) = source["files"]
    assert source["mores"] == __version__
    assert source["form"] == "wvs7-codes"
    assert file["name"] == "F00010738.zip/a.csv"
    assert (file["form"], file["kind"]) == ("wvs7-codes", "csv")
    assert file["bytes"] == (folder / "a.csv").stat().st_size
    assert len(file["sha256"]) == 64
    assert file["respondents"] == 120
    assert str(folder) not in repr(source)


def test_names_from_the_content(folder) -> None:
    assert import_files(csv(folder, FEW)).population.name == "wvs7"
    assert import_files(trend_csv(folder, FEW)).population.name == "trend-2017-2019"
    one = FEW.where(pl.col("country") == "EGY")
    files.write_wvs7_csv(one, folder / "b.csv")
    assert import_files([folder / "b.csv"]).population.name == "wvs7-egy"
    files.write_trend_csv(one, folder / "c.csv")
    assert import_files([folder / "c.csv"]).population.name == "trend-egy-2017"
    assert import_files([folder / "c.csv"], name="my-own").population.name == "my-own"


@pytest.mark.parametrize("name", ["", "My Data", "../x", "synthetic", "a/b", "x" * 65])
def test_a_name_that_cannot_be_is_refused_before_anything_is_read(name, folder) -> None:
    with pytest.raises(PopulationError, match="name"):
        import_files([folder / "not there.csv"], name=name)


def test_an_unknown_weighting_is_refused(folder) -> None:
    with pytest.raises(PopulationError, match="allowed are survey and none"):
        import_files([folder / "not there.csv"], weighting="some")  # type: ignore[arg-type]


def test_weighting_none(folder) -> None:
    found = import_files(csv(folder, FEW), weighting="none")
    assert set(found.population.frame["weight"]) == {1.0}
    assert found.population.source["weighting"] == "none"
    assert any("every respondent weighs 1" in line for line in found.findings.lines())


def test_files_with_different_columns_are_joined_with_null(folder) -> None:
    first, second = (FEW.where(pl.col("country") == c) for c in COUNTRIES[:2])
    files.write_wvs7_csv(first, folder / "a.csv")
    pl.read_csv(folder / "a.csv").drop("Q46").write_csv(folder / "a.csv")
    files.write_wvs7_csv(second, folder / "b.csv")
    found = import_files([folder / "a.csv", folder / "b.csv"])
    happy = (
        found.population.frame.group_by("country").agg(pl.col("Q46").null_count()).sort("country")
    )
    assert happy.rows() == [(COUNTRIES[0], 40), (COUNTRIES[1], 0)]
    assert "Q46" in found.findings.not_asked[COUNTRIES[0]]


def test_respondents_found_twice_are_kept_once_and_counted(folder) -> None:
    found = import_files(twice(folder, FEW))
    assert found.findings.duplicates == len(FEW)
    assert found.findings.respondents == len(FEW)
    assert found.population.frame.select(KEY).is_unique().all()


def test_parts_of_one_country_in_several_files_are_pointed_out(folder) -> None:
    number = pl.col("respondent")
    files.write_wvs7_csv(FEW.where(number % 2 == 0), folder / "a.csv")
    files.write_wvs7_csv(FEW.where(number % 2 == 1), folder / "b.csv")
    found = import_files([folder / "a.csv", folder / "b.csv"])
    assert_frame_equal(found.population.frame, FEW.frame)
    (said,) = found.findings.remarks
    assert "EGY wave 7, GBR wave 7, USA wave 7" in said
    assert found.findings.duplicates == 0


def test_indices_are_computed_and_a_difference_is_said(folder) -> None:
    files.write_wvs7_csv(FEW, folder / "a.csv")
    text = pl.read_csv(folder / "a.csv")
    known = text["Y003"].is_between(-2, 2)
    text.with_columns(pl.when(known).then(-pl.col("Y003")).otherwise("Y003")).write_csv(
        folder / "a.csv"
    )
    found = import_files([folder / "a.csv"])
    assert_frame_equal(found.population.frame, FEW.frame)
    differing = int((known & (text["Y003"] != 0)).sum())
    assert any(f"yield for {differing:,} respondents" in line for line in found.findings.remarks)


def test_indices_of_a_file_without_their_questions_are_kept(folder) -> None:
    files.write_wvs7_csv(FEW, folder / "a.csv")
    pl.read_csv(folder / "a.csv").drop("Q154", "Q8").write_csv(folder / "a.csv")
    frame = import_files([folder / "a.csv"]).population.frame
    assert_frame_equal(frame.select("Y002", "Y003"), FEW.frame.select("Y002", "Y003"))


def test_findings_say_what_there_is(folder) -> None:
    files.write_wvs7_csv(HUMANS, folder / "a.csv", extra=["Q999", "V5"])
    found = import_files([folder / "a.csv"]).findings
    assert found.surveys == ("WVS",)
    assert found.waves == (7,)
    assert found.years == (2017, 2019)
    assert found.countries == dict.fromkeys(COUNTRIES, 40)
    assert found.items == tuple(i.id for i in wvs7().items.values() if not i.trend_only)
    assert set(found.columns) == set(wvs7().columns) - {"survey"}
    assert found.unrecognised == ("version", "Q999", "V5")
    assert found.weights.zero == 3
    assert found.weights.missing == 3
    named = [asdict(file) for file in found.files]
    assert Findings.from_dict(found.as_dict(), named) == found


def test_counts_are_over_all_files(folder) -> None:
    for number, name in ((0, "a.csv"), (1, "b.csv")):
        files.write_wvs7_csv(FEW.where(pl.col("respondent") % 2 == number), folder / name)
        strange = pl.read_csv(folder / name).with_columns(
            Q46=pl.lit(9), W_WEIGHT=pl.lit("No weighting"), LNGE_ISO=pl.lit("qq")
        )
        strange.write_csv(folder / name)
    found = import_files([folder / "a.csv", folder / "b.csv"]).findings
    assert [(c.column, c.value, c.count) for c in found.unread] == [("Q46", "9", len(FEW))]
    assert [c.count for c in found.languages] == [len(FEW)]
    assert found.weights.no_weighting == dict.fromkeys(COUNTRIES, 40)


def test_a_trend_file_brings_attendance_in_eight_options_and_in_seven(folder) -> None:
    eight = [1 + i % 8 for i in range(FEW.frame.height)]
    frame = FEW.frame.with_columns(pl.Series("F028", eight, pl.Int8))
    files.write_trend_csv(replace(FEW, frame=frame), folder / "a.csv")
    found = import_files([folder / "a.csv"]).population
    assert found.frame["F028"].to_list() == eight
    assert found.frame["Q171"].to_list() == [c if c < 5 else c - 1 for c in eight]
