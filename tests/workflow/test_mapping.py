"""Drawing the map of a data set, called as a function."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from map_material import population

from mores.errors import PopulationError, StoreError
from mores.populations.culture import LEAST_SHOWN, fit_map, positions
from mores.populations.library import DataLibrary
from mores.populations.population import Population
from mores.workflow.mapping import DrawnMap, draw_map

CODES = ["ARG", "EGY", "IND", "SWE"]
SIZES = {"ARG": 40, "EGY": LEAST_SHOWN, "IND": LEAST_SHOWN - 1, "SWE": 1}
FILES = ["map.html", "map.png", "map.svg", "positions.csv", "rotation.json"]


def sized(name: str = "sized", **changes: pl.Expr) -> Population:
    """As many respondents of each country as `SIZES` says, all with a position."""
    whole = population(CODES, per=40, name=name)
    rank = pl.int_range(pl.len()).over("country")
    frame = whole.frame.filter(rank < pl.col("country").replace_strict(SIZES))
    return Population(name, frame.with_columns(**changes), whole.instrument, synthetic=False)


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    library = DataLibrary(tmp_path_factory.mktemp("data") / "sets")
    library.save(sized())
    # of Egypt's ten, nine have no weight: the mean would be one respondent's own position
    rank = pl.int_range(pl.len()).over("country")
    lone = (pl.col("country") == "EGY") & (rank > 0)
    library.save(sized("weighed", weight=pl.when(~lone).then(pl.col("weight"))))
    # India's nine and Egypt's ten cannot be placed at all
    none = pl.col("country").is_in(["EGY", "IND"])
    library.save(sized("unweighed", weight=pl.when(~none).then(pl.col("weight"))))
    library.save(population(CODES, per=8, name="small"))
    return library.directory


@pytest.fixture
def draw(data, tmp_path):
    def call(name: str, **options: object) -> DrawnMap:
        given = {"out": tmp_path / "map", "draws": 20, "data_dir": data}
        return draw_map(name, **(given | options))  # type: ignore[arg-type]

    return call


def shown(drawn: DrawnMap) -> list[str]:
    return pl.read_csv(drawn.folder / "positions.csv")["country"].to_list()


def test_groups_too_small_for_a_position_are_left_out_everywhere(draw):
    drawn = draw("sized")
    assert shown(drawn) == ["ARG", "EGY"]
    assert [place.name for place in drawn.content.places] == ["Argentina", "Egypt"]
    assert (drawn.content.withheld, drawn.content.respondents) == (2, 50)
    assert drawn.content.unplaced == []
    said = "2 countries of fewer than 10 respondents are left out"
    for name in ("map.svg", "map.html"):
        text = (drawn.folder / name).read_text("utf-8")
        assert said in text
        assert "Argentina" in text
        assert "Sweden" not in text
        assert "India" not in text


def test_a_group_counts_those_who_are_placed_not_those_who_are_there(draw):
    drawn = draw("weighed")
    assert shown(drawn) == ["ARG"]
    assert drawn.content.withheld == 3


def test_groups_of_whom_nobody_is_placed_are_named_only_if_they_are_large(draw):
    drawn = draw("unweighed")
    assert drawn.content.unplaced == ["Egypt"]
    assert drawn.content.withheld == 2
    assert shown(drawn) == ["ARG", "EGY"]  # without coordinates


def test_groups_by_several_columns_are_held_to_the_same_floor(draw):
    drawn = draw("sized", by=["sex", "country"])
    assert drawn.content.withheld > 2
    assert all(place.n >= LEAST_SHOWN for place in drawn.content.places)
    assert "groups of fewer than 10" in drawn.content.small


def test_a_map_of_small_groups_alone_is_refused_and_not_written(draw, tmp_path):
    with pytest.raises(
        PopulationError,
        match="by = country: every group of small has fewer than 10 respondents, of whom no "
        "position is shown; group by fewer or coarser columns",
    ):
        draw("small")
    assert not (tmp_path / "map").exists()
    assert draw("small", by=[]).content.respondents == 32  # together they are enough


def test_the_map_shows_what_the_population_yields(draw, data):
    drawn = draw("sized", by=["country"], seed=3, constants="tao2024")
    assert sorted(path.name for path in drawn.folder.iterdir()) == FILES
    humans = DataLibrary(data).load("sized")
    expected = positions(humans, fit_map(humans), ["country"], "tao2024", draws=20, seed=3)
    table = pl.read_csv(drawn.folder / "positions.csv")
    for name in ("x", "y", "n", "x_low", "ellipse_major"):
        assert np.allclose(table[name], expected[name][:2], rtol=1e-9)
    rotation = json.loads((drawn.folder / "rotation.json").read_text())
    assert rotation["reference"]["fingerprint"] == humans.fingerprint


def test_an_own_map_is_replaced_and_a_stored_rotation_kept(draw, tmp_path):
    first = draw("sized", out=tmp_path / "first")
    again = draw("sized", rotation=first.folder / "rotation.json")
    draw("sized", rotation=first.folder / "rotation.json")
    stored = [(drawn.folder / "rotation.json").read_bytes() for drawn in (first, again)]
    assert stored[0] == stored[1]
    assert "fitted earlier, on 60 respondents of sized" in again.content.rotation


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"by": ["contry"]}, "'contry' is no column about respondents"),
        ({"by": ["sex", "sex"]}, "by = sex,sex names 'sex' twice"),
        ({"constants": "wsv"}, "did you mean 'wvs'"),
        ({"draws": 1}, "draws = 1; give 2 to 100,000"),
        ({"seed": -1}, "seed = -1"),
        ({"level": 95}, "level = 95"),
        ({"clouds": ["XXX"]}, "cloud = 'XXX': sized has no such country"),
        ({"clouds": ["SWE"]}, "cloud = SWE: 1 respondent"),
        ({"rotation": Path("nowhere.json")}, "nowhere.json cannot be read"),
    ],
)
def test_what_cannot_be_drawn_is_refused_and_nothing_written(draw, tmp_path, options, says):
    with pytest.raises(PopulationError, match=says):
        draw("sized", **options)
    assert not (tmp_path / "map").exists()


def test_files_of_others_are_spared(draw, tmp_path):
    theirs = tmp_path / "map" / "map.svg"
    theirs.parent.mkdir()
    theirs.write_text("mine")
    with pytest.raises(StoreError, match=r"holds map\.svg, which no map of mores has left there"):
        draw("sized")
    assert theirs.read_text() == "mine"
    with pytest.raises(StoreError, match="is a file; choose a folder with --out"):
        draw("sized", out=theirs)
