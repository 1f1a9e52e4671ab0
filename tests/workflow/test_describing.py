"""Distributions of a data set as a table or a file, called as a function."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from populations.small import small_population

from mores.errors import InstrumentError, PopulationError, StoreError
from mores.populations.distributions import distributions
from mores.populations.library import DataLibrary
from mores.workflow.describing import describe

HUMANS = small_population(2, 40, ["EGY", "GBR"], items=("Q46", "Q57", "Q182"))
ITEMS = ["Q46", "Q57"]


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    library = DataLibrary(tmp_path_factory.mktemp("data") / "sets")
    library.save(HUMANS)
    return library.directory


@pytest.fixture
def table(data):
    def call(*arguments: object, **options: object) -> pl.DataFrame:
        return describe("small", *arguments, **({"data_dir": data} | options))  # type: ignore[arg-type]

    return call


def test_the_table_is_that_of_the_distributions(table):
    found = table(["country"], ITEMS)
    assert_frame_equal(found, distributions(HUMANS, ITEMS).frame())
    assert found.group_by("country", "item").agg(pl.col("share").sum())["share"].to_list() == (
        pytest.approx([1.0] * 4)
    )


def test_codes_of_groups_are_followed_by_their_labels(table):
    found = table(["country", "sex", "settlement", "wave"], ITEMS)
    assert found.columns[:8] == [
        "population", "country", "sex", "sex_label", "settlement", "settlement_label", "wave",
        "item",
    ]  # fmt: skip
    assert set(found.select("sex", "sex_label").rows()) == {(1, "Male"), (2, "Female")}
    assert set(found.select("settlement", "settlement_label").rows()) == {
        (1, "Urban"),
        (2, "Rural"),
    }
    assert_frame_equal(
        found.drop("sex_label", "settlement_label"),
        distributions(HUMANS, ITEMS, ["country", "sex", "settlement", "wave"]).frame(),
    )


def test_bands_numbers_and_countries_need_no_labels(table):
    for by in (["age_band"], ["country", "year"], ["language"], []):
        found = table(by, ["Q46"])
        assert [name for name in found.columns if name.endswith("_label")] == []


def test_a_code_without_a_label_has_none(data, tmp_path):
    library = DataLibrary(tmp_path / "sets")
    odd = HUMANS.frame.with_columns(sex=pl.when(pl.col("sex") == 2).then(9).otherwise("sex"))
    odd = odd.with_columns(pl.col("sex").cast(HUMANS.frame["sex"].dtype))
    library.save(type(HUMANS)("small", odd, HUMANS.instrument, synthetic=True))
    found = describe("small", ["sex"], ["Q46"], data_dir=library.directory)
    assert set(found.select("sex", "sex_label").rows()) == {(1, "Male"), (9, None)}


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_file_holds_the_table_with_its_labels(table, tmp_path, suffix):
    out = tmp_path / "made" / f"out{suffix}"
    found = table(["sex"], ["Q46"], out)
    read = pl.read_csv(out) if suffix == ".csv" else pl.read_parquet(out)
    assert read.columns == found.columns
    assert read["sex_label"].to_list() == ["Male"] * 4 + ["Female"] * 4
    assert read["share"].to_list() == pytest.approx(found["share"].to_list())


def test_the_world_average_has_labels_for_what_is_left(table):
    found = table(["country", "sex"], ["Q46"], world=True)
    assert found.columns[:4] == ["population", "sex", "sex_label", "item"]
    assert found["countries"].unique().to_list() == [2]


def test_halves_stand_beside_every_option(table):
    found = table(["sex"], ["Q46"], splits=20, seed=1)
    assert found.columns[-2:] == ["split_half", "floor"]
    assert found.height == 8
    assert (found["split_half"] > found["floor"]).all()
    again, other = (table(["sex"], ["Q46"], splits=20, seed=seed) for seed in (1, 2))
    assert_frame_equal(found, again)
    assert found["split_half"].to_list() != other["split_half"].to_list()


@pytest.mark.parametrize(
    ("options", "kind", "says"),
    [
        ({"by": ["sxe"]}, PopulationError, "did you mean 'sex'"),
        ({"items": ["Q999"]}, InstrumentError, "Q999"),
        ({"out": Path("a.xlsx")}, PopulationError, r"must end in \.csv or \.parquet"),
        ({"splits": -1}, PopulationError, "split-half = -1; give 0 to 10000"),
        ({"splits": 5, "world": True}, PopulationError, "none for the world average"),
        ({"by": ["sex"], "world": True}, PopulationError, "needs distributions by country"),
    ],
)
def test_what_cannot_be_described_is_refused(table, tmp_path, monkeypatch, options, kind, says):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(kind, match=says):
        table(**options)
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_replaced_only_when_asked(table, tmp_path):
    out = tmp_path / "out.csv"
    out.write_text("mine")
    with pytest.raises(StoreError, match=r"out\.csv is there already"):
        table(["sex"], ["Q46"], out)
    assert out.read_text() == "mine"
    table(["sex"], ["Q46"], out, replace=True)
    assert out.read_text().startswith("population,sex,sex_label,item,code,label,share")
