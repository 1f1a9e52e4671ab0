"""Survey files with something wrong in them: refused whole with one clear message, or taken with
every cell that was not understood counted.

Containers that are damaged, hostile or of another kind are in test_tables.py.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pyreadstat
import pytest
import survey_files as files
from small import small_population

from mores.errors import PopulationError
from mores.populations.importing.importing import Imported, import_files
from mores.populations.population import KEY

ITEMS = ("Q8", "Q14", "Q15", "Q17", "Q45", "Q46", "Q57", "Q154", "Q155", "Q164", "Q182", "Q254")
HUMANS = small_population(seed=9, respondents=12, countries=("EGY", "GBR"), items=ITEMS)
N = len(HUMANS)


def _text() -> pl.DataFrame:
    with TemporaryDirectory() as temporary:
        path = Path(temporary) / "a.csv"
        files.write_wvs7_csv(HUMANS, path)
        return pl.read_csv(path, infer_schema=False)


TEXT = _text()
"""The cross-national file as text, before anything is wrong with it; EGY's 12 rows come first."""


def put(folder: Path, frame: pl.DataFrame = TEXT, name: str = "bad.csv") -> list[Path]:
    frame.write_csv(folder / name)
    return [folder / name]


def changed(column: str, cells: dict[int, str | None], frame: pl.DataFrame = TEXT) -> pl.DataFrame:
    """The file with some cells of one column replaced, by row."""
    return frame.with_columns(
        pl.Series(column, [cells.get(i, v) for i, v in enumerate(frame[column])], pl.String)
    )


def filled(column: str, cell: str | None) -> pl.DataFrame:
    return TEXT.with_columns(pl.lit(cell, pl.String).alias(column))


def trend(folder: Path, **columns: pl.Expr) -> list[Path]:
    files.write_trend_csv(HUMANS, folder / "trend.csv")
    frame = pl.read_csv(folder / "trend.csv", infer_schema=False)
    return put(folder, frame.with_columns(**columns), "trend.csv")


def workbook(folder: Path, **cells: list[str]) -> list[Path]:
    """GBR's workbook with some columns replaced."""
    files.write_country_xlsx(HUMANS, "GBR", folder / "plain.xlsx")
    frame = pl.read_excel(folder / "plain.xlsx", infer_schema_length=None)
    frame = frame.with_columns(pl.Series(n, c, strict=False) for n, c in cells.items())
    files.write_sheet(folder / "bad.xlsx", frame.columns, frame.rows())
    return [folder / "bad.xlsx"]


def labelled(folder: Path, kind: str, labels: dict[str, dict[int, str]]) -> list[Path]:
    """The file of SPSS or Stata with these value labels."""
    frame = pl.read_csv(put(folder)[0])
    write = pyreadstat.write_sav if kind == "sav" else pyreadstat.write_dta
    write(frame, folder / f"bad.{kind}", variable_value_labels=labels)
    return [folder / f"bad.{kind}"]


REVERSED = {1: "Not at all happy", 2: "Not very happy", 3: "Quite happy", 4: "Very happy"}
SHIFTED = {0: "Very happy", 1: "Rather happy", 2: "Not very happy", 3: "Not at all happy"}


# -- refused -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Refused:
    """Files, and what the message about them must hold."""

    name: str
    build: Callable[[Path], list[Path]]
    says: tuple[str, ...]


def wrong_survey() -> pl.DataFrame:
    """The European Social Survey's columns."""
    return pl.DataFrame({"idno": [1, 2], "cntry": ["DE", "FR"], "happy": [7, 8], "ppltrst": [3, 4]})


def other_answers() -> pl.DataFrame:
    """Another survey's answers under this one's names."""
    names = [name for name in TEXT.columns if name.startswith("Q")]
    return TEXT.with_columns(pl.lit("77").alias(name) for name in names)


def two_parts_without_numbers(folder: Path) -> list[Path]:
    rows = TEXT.drop("D_INTERVIEW")
    return put(folder, rows.head(6), "one.csv") + put(folder, rows.slice(6, 6), "two.csv")


def good_and(bad: Callable[[Path], list[Path]]) -> Callable[[Path], list[Path]]:
    return lambda folder: put(folder, name="good.csv") + bad(folder)


def cut_off(folder: Path) -> list[Path]:
    files.write_wvs7_sav(HUMANS, folder / "cut.sav")
    whole = (folder / "cut.sav").read_bytes()
    (folder / "cut.sav").write_bytes(whole[: len(whole) // 2])
    return [folder / "cut.sav"]


REFUSED = (
    Refused(
        "unknown country",
        lambda f: put(f, changed("B_COUNTRY_ALPHA", {3: "ZZZ", 4: "ZZZ"})),
        ("bad.csv", "B_COUNTRY_ALPHA", "'ZZZ'", "2 rows", "alpha-3", "leave these rows out"),
    ),
    Refused(
        "several unknown countries",
        lambda f: put(f, changed("B_COUNTRY_ALPHA", {3: "ZZZ", 4: "XXX", 5: "999999"})),
        ("and 2 other values in 3 rows",),
    ),
    Refused(
        "a country that would steer the terminal",
        lambda f: put(f, filled("B_COUNTRY_ALPHA", "\x1b[2J\u202e" + "x" * 900)),
        ("'\\x1b[2J\\u202e", "24 rows"),
    ),
    Refused(
        "country empty in some rows",
        lambda f: put(f, changed("B_COUNTRY_ALPHA", {0: None})),
        ("B_COUNTRY_ALPHA", "empty in 1 of 24 rows", "fill in the country"),
    ),
    Refused(
        "country empty in all rows",
        lambda f: put(f, filled("B_COUNTRY_ALPHA", None)),
        ("country", "B_COUNTRY_ALPHA", "EGY"),
    ),
    Refused(
        "no country",
        lambda f: put(f, TEXT.drop("B_COUNTRY_ALPHA")),
        ("no column for the country", "B_COUNTRY_ALPHA"),
    ),
    Refused(
        "a workbook that does not say the country",
        lambda f: (
            files.write_country_xlsx(HUMANS, "GBR", f / "a.xlsx", absent=["B_COUNTRY_ALPHA"]),
            [f / "a.xlsx"],
        )[1],
        ("a.xlsx", "country", "B_COUNTRY_ALPHA"),
    ),
    Refused(
        "names of people in the country's column",
        lambda f: put(
            f,
            pl.concat([TEXT] * 50).with_columns(
                pl.concat_str(pl.lit("person "), pl.int_range(pl.len())).alias("B_COUNTRY_ALPHA")
            ),
        ),
        ("1,200 different values", "not countries"),
    ),
    Refused(
        "one number, two different respondents",
        lambda f: put(f, changed("D_INTERVIEW", {1: TEXT["D_INTERVIEW"][0]})),
        (
            "1 respondent stands in more than one row",
            "EGY 2017, number 10001",
            "differ in",
            "bad.csv",
        ),
    ),
    Refused(
        "one respondent differing between two files",
        lambda f: put(f) + put(f, changed("Q46", dict.fromkeys(range(3), "-3")), "other.csv"),
        ("3 respondents stand", "number 10001; ", "differ in Q46;", "bad.csv, other.csv"),
    ),
    Refused(
        "two parts of a country whose respondents have no numbers",
        two_parts_without_numbers,
        ("6 respondents stand", "one.csv, two.csv", "give them different numbers (D_INTERVIEW"),
    ),
    Refused(
        "number empty in some rows",
        lambda f: put(f, changed("D_INTERVIEW", {2: None, 3: None})),
        ("D_INTERVIEW", "empty in 2 of 24 rows", "leave the column out"),
    ),
    Refused(
        "numbers that are words",
        lambda f: put(f, changed("D_INTERVIEW", {2: "R-2"})),
        ("D_INTERVIEW", "'R-2'", "whole number"),
    ),
    Refused(
        "numbers with a fraction",
        lambda f: put(f, changed("D_INTERVIEW", {2: "10003.5"})),
        ("D_INTERVIEW", "10003.5", "whole number"),
    ),
    Refused(
        "negative weight",
        lambda f: put(f, changed("W_WEIGHT", {5: "-0.25", 6: "-0.25"})),
        ("W_WEIGHT", "-0.25", "2 rows", "weighting none"),
    ),
    Refused(
        "infinite weight",
        lambda f: put(f, changed("W_WEIGHT", {5: "inf"})),
        ("W_WEIGHT", "'inf'", "finite"),
    ),
    Refused(
        "weight in words",
        lambda f: put(f, changed("W_WEIGHT", {5: "heavy"})),
        ("W_WEIGHT", "'heavy'", "1 row", "weighting none"),
    ),
    Refused(
        "a survey that is neither",
        lambda f: put(f, TEXT.with_columns(A_STUDY=pl.lit("7"))),
        ("A_STUDY", "7 in 24 rows", "EVS", "WVS"),
    ),
    Refused(
        "trend file of a year between the waves",
        lambda f: trend(f, S002VS=pl.lit("-4"), S020=pl.lit("2015")),
        ("trend.csv", "24 of 24 respondents have no wave", "2015", "S002VS"),
    ),
    Refused("another survey", lambda f: put(f, wrong_survey()), ("bad.csv", "no form", "'idno'")),
    Refused(
        "another survey's answers under these names",
        lambda f: put(f, other_answers()),
        ("bad.csv", "values are not its own", "77"),
    ),
    Refused("a header and nothing under it", lambda f: put(f, TEXT.head(0)), ("bad.csv",)),
    Refused(
        "a good file and another survey",
        good_and(lambda f: put(f, wrong_survey())),
        ("bad.csv", "no form"),
    ),
    Refused(
        "a good file and one with an unknown country",
        good_and(lambda f: put(f, changed("B_COUNTRY_ALPHA", {3: "ZZZ"}))),
        ("bad.csv", "'ZZZ'"),
    ),
    Refused("a good file and one that is cut off", good_and(cut_off), ("cut.sav",)),
    Refused(
        "a good file and one that is not there",
        good_and(lambda f: [f / "absent.csv"]),
        ("absent.csv", "no such file"),
    ),
)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_refused(case, tmp_path) -> None:
    paths = case.build(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(PopulationError) as turned_away:
        import_files(paths)
    message = str(turned_away.value)
    for part in case.says:
        assert part in message, message
    assert message.isprintable()
    assert len(message) < 1200
    assert str(tmp_path) not in message
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


# -- taken, and counted --------------------------------------------------------------------------


def taken(paths: list[Path]) -> Imported:
    """What is imported; the plain lines can always be printed, and say every kind of finding."""
    imported = import_files(paths)
    assert all(line.isprintable() and len(line) <= 160 for line in imported.findings.lines())
    assert imported.population.frame.select(KEY).is_unique().all()
    return imported


def cells(imported: Imported) -> dict[tuple[str, str], int]:
    return {(c.column, c.value): c.count for c in imported.findings.unread}


def same_but_for(imported: Imported, *columns: str) -> bool:
    frame = imported.population.frame
    others = [c for c in HUMANS.frame.columns if c not in columns]
    return frame.select(others).equals(HUMANS.frame.select(others))


def test_untouched_the_file_is_good(tmp_path) -> None:
    imported = taken(put(tmp_path))
    assert same_but_for(imported)
    assert imported.findings.unread == ()


def test_the_same_respondents_twice(tmp_path) -> None:
    imported = taken(put(tmp_path, pl.concat([TEXT, TEXT.head(5), TEXT.head(2)])))
    assert same_but_for(imported)
    assert imported.findings.duplicates == 7
    assert "7 duplicates left out, alike in every column" in imported.findings.lines()


def test_weights_of_zero(tmp_path) -> None:
    imported = taken(put(tmp_path, filled("W_WEIGHT", "0")))
    assert set(imported.population.frame["weight"]) == {0.0}
    assert imported.findings.weights.zero == N


def test_weights_missing_for_some(tmp_path) -> None:
    imported = taken(put(tmp_path, changed("W_WEIGHT", {3: None, 4: "NA"})))
    before = HUMANS.frame["weight"].null_count()
    assert imported.population.frame["weight"].null_count() == before + 2
    assert imported.findings.weights.missing == before + 2
    assert imported.findings.weights.absent == {}


def test_weights_missing_in_one_country(tmp_path) -> None:
    imported = taken(put(tmp_path, changed("W_WEIGHT", dict.fromkeys(range(12)))))
    assert set(imported.population.frame["weight"][:12]) == {1.0}
    assert imported.findings.weights.absent == {"EGY": 12}


def test_no_column_for_weights(tmp_path) -> None:
    imported = taken(put(tmp_path, TEXT.drop("W_WEIGHT")))
    assert set(imported.population.frame["weight"]) == {1.0}
    assert imported.findings.weights.absent == {"EGY": 12, "GBR": 12}


def test_no_weighting_in_one_country(tmp_path) -> None:
    imported = taken(put(tmp_path, changed("W_WEIGHT", dict.fromkeys(range(12), "No weighting"))))
    assert set(imported.population.frame["weight"][:12]) == {1.0}
    assert imported.population.frame["weight"][12:].equals(HUMANS.frame["weight"][12:])
    assert imported.findings.weights.no_weighting == {"EGY": 12}


@pytest.mark.parametrize(
    "spelling",
    [
        str.upper,
        str.casefold,
        lambda s: s.replace(" ", "  "),
        lambda s: s + ".",
        lambda s: f"{s}{{short}}",
        lambda s: f"Something long and new{{{s}}}",
        lambda s: s.replace("'", "\u2019"),
    ],
)
def test_labels_in_other_spellings(spelling, tmp_path) -> None:
    labels = ["Very happy", "Rather happy", "Not very happy", "Not at all happy", "Don't know"] * 3
    imported = taken(workbook(tmp_path, Q46=[spelling(label) for label in labels[:12]]))
    assert imported.population.frame["Q46"].to_list() == [1, 2, 3, 4, -1, 1, 2, 3, 4, -1, 1, 2]
    assert imported.findings.unread == ()


def test_labels_that_nobody_knows_are_counted(tmp_path) -> None:
    labels = ["Very happy"] * 6 + ["Merry"] * 4 + ["Jolly"] * 2
    imported = taken(workbook(tmp_path, Q46=labels))
    assert imported.population.frame["Q46"].to_list() == [1] * 6 + [None] * 6
    assert cells(imported) == {("Q46", "'Merry'"): 4, ("Q46", "'Jolly'"): 2}
    assert "  Q46 'Merry': 4" in imported.findings.lines()


def test_formulas_are_text(tmp_path) -> None:
    labels = ["=1+1", '=HYPERLINK("https://example.org","x")', "@SUM(A1)", "+1|cmd", "-1+2"] * 3
    imported = taken(workbook(tmp_path, Q46=labels[:12]))
    assert imported.population.frame.get_column("Q46", default=None) is None
    assert sum(cells(imported).values()) == 12


def test_labels_that_would_steer_the_terminal(tmp_path) -> None:
    imported = taken(put(tmp_path, changed("Q46", {0: "\x1b]0;owned\x07", 1: "a\u202eb\u200b"})))
    assert sum(cells(imported).values()) == 2
    assert imported.findings.as_dict()["unread"]


def test_labels_in_a_text_file(tmp_path) -> None:
    """A workbook saved as CSV."""
    path = workbook(tmp_path)[0]
    pl.read_excel(path, infer_schema_length=None).write_csv(tmp_path / "saved.csv")
    imported = taken([tmp_path / "saved.csv"])
    expected = HUMANS.frame.filter(pl.col("country") == "GBR")
    assert imported.population.frame.equals(expected.select(imported.population.frame.columns))


def test_an_item_that_one_country_was_not_asked(tmp_path) -> None:
    files.write_country_xlsx(HUMANS, "EGY", tmp_path / "a.xlsx", absent=["Q45", "Q182"])
    files.write_country_xlsx(HUMANS, "GBR", tmp_path / "b.xlsx")
    imported = taken([tmp_path / "a.xlsx", tmp_path / "b.xlsx"])
    assert imported.population.frame["Q45"].null_count() == 12
    assert imported.findings.not_asked == {"EGY": ("Q45", "Q182")}
    assert same_but_for(imported, "Q45", "Q182")


@pytest.mark.parametrize("kind", ["sav", "dta"])
@pytest.mark.parametrize("labels", [REVERSED, SHIFTED], ids=["reversed", "shifted"])
def test_value_labels_that_contradict_their_codes(kind, labels, tmp_path) -> None:
    imported = taken(labelled(tmp_path, kind, {"Q46": labels, "Q260": {1: "Male", 2: "Female"}}))
    assert "Q46" not in imported.population.frame.columns
    assert same_but_for(imported, "Q46")
    (said,) = imported.findings.set_aside
    assert said.startswith(f"LEFT OUT: Q46 of bad.{kind}: its labels contradict its codes")
    assert any(line.startswith("LEFT OUT: Q46") for line in imported.findings.lines())


def test_value_labels_in_other_words_are_no_contradiction(tmp_path) -> None:
    imported = taken(labelled(tmp_path, "sav", {"Q46": {1: "Ecstatic", 4: "Down"}}))
    assert same_but_for(imported)


def test_codes_out_of_range_are_counted(tmp_path) -> None:
    imported = taken(put(tmp_path, changed("Q46", {0: "9", 1: "99", 2: "-99", 3: "9", 4: "300"})))
    assert imported.population.frame["Q46"][:5].to_list() == [None] * 5
    assert cells(imported) == {
        ("Q46", "9"): 2, ("Q46", "99"): 1, ("Q46", "-99"): 1, ("Q46", "300"): 1
    }  # fmt: skip
    assert same_but_for(imported, "Q46")


def test_codes_between_two_codes_are_counted(tmp_path) -> None:
    imported = taken(put(tmp_path, changed("Q46", {0: "1.5", 1: "2.0"})))
    assert imported.population.frame["Q46"][:2].to_list() == [None, 2]
    assert cells(imported) == {("Q46", "1.5"): 1}


def test_minus_one_is_an_answer_of_one_item_and_missing_of_another(tmp_path) -> None:
    without_questions = TEXT.drop("Q8", "Q14", "Q15", "Q17").with_columns(
        pl.Series("Y003", (["-2", "-1", "0", "1", "2", "-5"] * 4)), pl.lit("-1").alias("Q154")
    )
    population = taken(put(tmp_path, without_questions)).population
    assert population.answers("Y003")[:6].tolist() == [0, 1, 2, 3, 4, -1]
    assert set(population.answers("Q154")) == {-1}
    assert set(population.frame["Q154"]) == {-1}


def test_not_a_national_is_no_degree_of_pride(tmp_path) -> None:
    imported = taken(put(tmp_path, changed("Q254", {0: "5", 1: "4"})))
    assert imported.population.frame["Q254"][:2].to_list() == [5, 4]
    assert imported.population.answers("Q254")[:2].tolist() == [-1, 3]
    assert imported.findings.unread == ()


def test_years_that_cannot_be(tmp_path) -> None:
    imported = taken(put(tmp_path, changed("A_YEAR", {0: "20177", 1: "17", 2: "1066"})))
    assert imported.population.frame["year"].null_count() == 3
    found = {(c.column, c.value): c.count for c in imported.findings.implausible}
    assert found == {("A_YEAR (year)", y): 1 for y in ("20177", "17", "1066")}
    assert imported.findings.years == (2017, 2018)


def test_ages_that_cannot_be(tmp_path) -> None:
    imported = taken(put(tmp_path, changed("Q262", {0: "999", 1: "3", 2: "-7"})))
    assert imported.population.frame["age"][:3].to_list() == [None] * 3
    assert [c.value for c in imported.findings.implausible] == ["3", "999"]
    assert cells(imported) == {("Q262 (age)", "-7"): 1}


def test_languages_that_nobody_knows(tmp_path) -> None:
    imported = taken(put(tmp_path, changed("LNGE_ISO", {0: "qq", 1: "qq", 2: "AR"})))
    assert imported.population.frame["language"][:3].to_list() == [None, None, "ar"]
    (found,) = imported.findings.languages
    assert (found.column, found.value, found.count) == ("LNGE_ISO (language)", "'qq'", 2)


def test_no_column_for_the_number(tmp_path) -> None:
    imported = taken(put(tmp_path, TEXT.drop("D_INTERVIEW")))
    assert imported.population.frame["respondent"].to_list() == [*range(1, 13), *range(1, 13)]
    assert any("numbered in the order" in said for said in imported.findings.remarks)


def test_countries_in_other_spellings(tmp_path) -> None:
    names = ["Egypt", "EGYPT", "egy", "818"] * 3 + ["Great Britain", "United Kingdom", "gb"] * 4
    imported = taken(put(tmp_path, TEXT.with_columns(pl.Series("B_COUNTRY_ALPHA", names))))
    assert same_but_for(imported)


def test_columns_in_any_order_and_with_strange_names_between(tmp_path) -> None:
    strange = {"\x1b[31mred": "1", "x" * 3000: "2", "=cmd()": "3"}
    frame = TEXT.with_columns(pl.lit(v).alias(n) for n, v in strange.items())
    names = list(frame.columns)
    random.Random(5).shuffle(names)
    imported = taken(put(tmp_path, frame.select(names)))
    assert same_but_for(imported)
    assert len(imported.findings.unrecognised) == 4


def test_a_minus_that_is_another_character(tmp_path) -> None:
    imported = taken(put(tmp_path, changed("Q46", {0: "\u22121", 1: "+2", 2: "3.0"})))
    assert imported.population.frame["Q46"][:3].to_list() == [-1, 2, 3]
    assert imported.findings.unread == ()


def test_enough_cases() -> None:
    assert len(REFUSED) >= 25
    assert len({case.name for case in REFUSED}) == len(REFUSED)
