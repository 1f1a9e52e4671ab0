"""``mores map`` as a user types it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
import pytest
from map_material import population

from mores.cli import main
from mores.populations.culture import fit_map, save_rotation
from mores.populations.library import DataLibrary
from mores.populations.population import Population

CODES = ["ARG", "AUS", "CHN", "EGY", "IND", "SWE", "XKX", "ZWE"]
FILES = {"map.html", "map.png", "map.svg", "positions.csv", "rotation.json"}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    library = DataLibrary(tmp_path_factory.mktemp("data") / "sets")
    library.save(population(CODES, name="humans", absent={"EGY": ["F118"]}))
    library.save(population(CODES[:4], name="trend", waves=(6, 7)))
    library.save(population(CODES, name="made", synthetic=True, seed=1))
    lacking = {code: ["F120"] for code in CODES}
    library.save(population(CODES, name="lacking", absent=lacking))
    library.save(population(CODES[:1], name="few", per=2))
    return library.directory


@pytest.fixture
def typed(desk, data):
    def call(*arguments):
        return desk.call("map", *arguments, "--data-dir", str(data), "--draws", "50")

    return call


def test_a_map_of_countries(typed, desk):
    code, said = typed("--data", "humans", "--out", "here")
    assert code == 0
    for part in ("humans", "countries    8", "partial      Egypt", "here/map.html"):
        assert part in said
    assert "synthetic" not in said
    assert {path.name for path in (desk.folder / "here").iterdir()} == FILES
    table = pl.read_csv(desk.folder / "here/positions.csv")
    assert table["country"].to_list() == CODES
    assert table["synthetic"].to_list() == [False] * 8
    assert table["partial"].to_list() == [code == "EGY" for code in CODES]
    assert table["level"].to_list() == [0.95] * 8
    assert (desk.folder / "here/map.png").read_bytes().startswith(b"\x89PNG")
    rotation = json.loads((desk.folder / "here/rotation.json").read_text())
    assert rotation["reference"]["name"] == "humans"


def test_the_same_command_gives_the_same_bytes_and_replaces_its_own(typed, desk):
    typed("--data", "humans")
    before = desk.contents()
    assert "maps/humans/map.html" in before
    code, _ = typed("--data", "humans")
    assert code == 0
    assert desk.contents() == before


def test_a_stored_rotation_is_used_as_it_is(typed, desk):
    typed("--data", "made", "--out", "first")
    code, said = typed("--data", "humans", "--rotation", "first/rotation.json", "--out", "second")
    assert code == 0
    assert "fitted earlier, on 480 synthetic respondents of made" in said
    assert "mind the axes" in said
    stored = [(desk.folder / name / "rotation.json").read_bytes() for name in ("first", "second")]
    assert stored[0] == stored[1]
    typed("--data", "humans", "--out", "third")
    x = [pl.read_csv(desk.folder / n / "positions.csv")["x"] for n in ("second", "third")]
    assert not np.allclose(x[0], x[1])
    assert "Synthetic rotation." in (desk.folder / "second/map.html").read_text("utf-8")


def test_synthetic_is_said_everywhere(typed, desk):
    _, said = typed("--data", "made")
    assert "made (synthetic)" in said
    assert "not a map of real people" in said
    folder = desk.folder / "maps/made"
    assert pl.read_csv(folder / "positions.csv")["synthetic"].all()
    assert "SYNTHETIC" in (folder / "map.svg").read_text("utf-8")
    assert "no human gave these" in (folder / "map.html").read_text("utf-8")
    assert json.loads((folder / "rotation.json").read_text())["reference"]["synthetic"]


def test_waves_and_constants_and_clouds(typed, desk):
    arguments = ("--data", "trend", "--by", "country,wave", "--level", "0.9", "--seed", "3")
    code, said = typed(*arguments, "--constants", "tao2024", "--cloud", "egy,ARG", "--out", "a")
    assert code == 0
    assert "groups       8" in said
    typed(*arguments, "--out", "b")
    shifted, own = (pl.read_csv(desk.folder / n / "positions.csv") for n in ("a", "b"))
    assert np.allclose(shifted["x"] - own["x"], 0.38 - 0.038)
    assert np.allclose(shifted["y"] - own["y"], -0.01 + 0.1)
    assert own["wave"].to_list() == [6, 7] * 4
    svg = (desk.folder / "a/map.svg").read_text("utf-8")
    assert "respondents of Egypt, Argentina lie" in svg
    assert "WVS waves 6, 7" in svg
    assert "90\u00a0% confidence" in svg


def test_a_higher_level_widens_ellipses(typed, desk):
    for level in ("0.8", "0.99"):
        typed("--data", "humans", "--level", level, "--out", level)
    low, high = (pl.read_csv(desk.folder / n / "positions.csv") for n in ("0.8", "0.99"))
    assert (high["ellipse_major"] > low["ellipse_major"]).all()
    assert (high["x_low"] <= low["x_low"]).all()


HUMANS = ["--data", "humans"]
REFUSED = [
    (["--data", "nope"], ("no data set 'nope'", "allowed: few, humans", "mores data import")),
    ([*HUMANS, "--by", "contry"], ("'contry'", "did you mean 'country'?", "allowed: survey")),
    ([*HUMANS, "--by", "Q46"], ("'Q46' is no column about respondents",)),
    ([*HUMANS, "--by", ""], ("''",)),
    ([*HUMANS, "--by", "sex,sex"], ("by = sex,sex names 'sex' twice", "name each column once")),
    ([*HUMANS, "--by", "respondent"], ("'respondent' is no column", "that makes groups")),
    ([*HUMANS, "--by", "country,weight"], ("'weight' is no column", "that makes groups")),
    ([*HUMANS, "--cloud", "SEW"], ("cloud = 'SEW'", "did you mean 'SWE'?", "allowed: ARG")),
    ([*HUMANS, "--cloud", "SWE,,"], ("cloud = ''", "allowed: ARG")),
    ([*HUMANS, "--constants", "wsv"], ("constants = 'wsv'", "did you mean 'wvs'?", "tao2024")),
    ([*HUMANS, "--level", "95"], ("level = 95.0", "0.5 to 0.999", "such as 0.95")),
    ([*HUMANS, "--level", "nan"], ("level = nan", "0.5 to 0.999")),
    ([*HUMANS, "--level", "high"], ("--level", "'high' is not a number", "mores map --help")),
    ([*HUMANS, "--draws", "1"], ("draws = 1", "2 to 100,000")),
    ([*HUMANS, "--draws", "1e3"], ("--draws", "'1e3' is not a whole number")),
    ([*HUMANS, "--draws", "999999999"], ("draws = 999999999", "2 to 100,000")),
    ([*HUMANS, "--seed", "-1"], ("seed = -1", "from 0")),
    ([*HUMANS, "--rotation", "nope.json"], ("nope.json cannot be read", "No such file")),
    ([*HUMANS, "--rotation", "folder"], ("folder cannot be read", "Is a directory")),
    ([*HUMANS, "--rotation", "text"], ("text is no stored rotation", "fit the map")),
    ([*HUMANS, "--rotation", "shape.json"], ("shape.json", "correlation", "fit the map")),
    ([*HUMANS, "--out", "text"], ("text is a file", "choose a folder with --out")),
    ([*HUMANS, "--out", "text/map"], ("text/map", "Not a directory", "with --out")),
    ([*HUMANS, "--out", "x" * 300], ("File name too long", "another with --out")),
    ([*HUMANS, "--out", ""], ("--out", "it is empty")),
    ([*HUMANS, "--out", "theirs"], ("theirs holds map.svg", "would replace", "with --out")),
    (["--data", "lacking"], ("lacking: F120 has no answer", "asked all of them")),
    (["--data", "few"], ("few: ", "take")),
    ([*HUMANS, "--colour", "red"], ("--colour", "mores map --help")),
    ([*HUMANS, "more"], ("unexpected: more", "mores map --help")),
]


@pytest.mark.parametrize(("arguments", "says"), REFUSED, ids=[" ".join(a)[:60] for a, _ in REFUSED])
def test_what_cannot_be_drawn_is_refused_and_nothing_written(arguments, says, desk, data):
    desk.put("text", "text")
    desk.put("folder/file", "")
    desk.put("theirs/map.svg", "<svg/>")
    desk.put("shape.json", _wrong_shape())
    desk.turned_away(["map", *arguments, "--data-dir", str(data)], says)


@cache
def _wrong_shape() -> str:
    """A stored rotation of nine indicators."""
    humans = population(CODES)
    with TemporaryDirectory() as folder:
        path = save_rotation(Path(folder) / "r.json", fit_map(humans), humans)
        whole = json.loads(path.read_text())
    return json.dumps(whole | {"correlation": [row[:9] for row in whole["correlation"][:9]]})


def test_too_few_for_a_cloud(desk, data, tmp_path):
    library = DataLibrary(tmp_path / "sets")
    library.save(population(CODES, per=30, name="thin"))
    desk.turned_away(
        ["map", "--data", "thin", "--cloud", "SWE", "--data-dir", str(library.directory)],
        ("cloud = SWE: 30 respondents of Sweden", "50 and more", "leave it out of --cloud"),
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written(desk, data):
    (desk.folder / "closed").mkdir(mode=0o500)
    desk.turned_away(
        ["map", *HUMANS, "--out", "closed", "--data-dir", str(data)],
        ("closed", "cannot be written"),
    )


def test_a_folder_of_another_map_in_which_a_file_cannot_be_replaced(typed, desk, data):
    typed("--data", "humans", "--out", "here")
    (desk.folder / "here/map.svg").unlink()
    (desk.folder / "here/map.svg").mkdir()
    desk.put("here/map.svg/file", "")
    before = (desk.folder / "here/map.png").read_bytes()
    assert main(["map", "--data", "made", "--out", "here", "--data-dir", str(data)]) == 2
    assert (desk.folder / "here/map.png").read_bytes() == before
    assert (desk.folder / "here/map.svg/file").exists()


@pytest.mark.parametrize(
    ("arguments", "code"), [(["--by", "country"], 0), (["--by", "nothing"], 2)]
)
def test_as_a_program(arguments, code, data, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "mores", "map", "--data", "humans", "--draws", "20", *arguments],
        cwd=tmp_path,
        env=os.environ | {"MORES_DATA_DIR": str(data)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / "maps/humans/map.html").exists() == (code == 0)
    assert done.stderr == "" if code == 0 else done.stderr.startswith("mores: ")


def test_more_groups_than_a_map_can_show_are_refused(desk, data, monkeypatch):
    monkeypatch.setattr("mores.workflow.mapping._MOST_NAMES", 7)
    desk.turned_away(
        ["map", *HUMANS, "--by", "country,sex", "--data-dir", str(data)],
        ("makes 16 groups", "up to 7 names", "such as country"),
    )


def test_groups_too_small_for_a_position_are_counted(desk):
    small = population(CODES, name="thin").frame.filter(
        (pl.col("country") != "EGY") | (pl.int_range(pl.len()).over("country") < 9)
    )
    DataLibrary(desk.folder / "sets").save(
        Population("thin", small, population(CODES).instrument, synthetic=False)
    )
    code, said = desk.call(
        "map", "--data", "thin", "--data-dir", "sets", "--draws", "20", "--out", "thin"
    )
    assert code == 0
    assert "countries    7\n" in said
    assert (
        "too small    1 country of fewer than 10 respondents is left out, so that no respondent's "
        "own position is shown.\n" in said
    )
    assert "Egypt" not in said
    assert "EGY" not in (desk.folder / "thin/positions.csv").read_text()


def test_a_map_of_bands(typed, desk, data):
    aged = population(CODES[:2], name="aged")
    ages = pl.int_range(pl.len(), dtype=pl.Int64) % 60 + 18
    frame = aged.frame.with_columns(age=ages)
    DataLibrary(data).save(
        Population("aged", frame, aged.instrument, synthetic=False), replace=True
    )
    code, said = typed("--data", "aged", "--by", "country,age_band", "--out", "bands")
    assert code == 0, said
    table = pl.read_csv(desk.folder / "bands/positions.csv")
    assert table["age_band"].to_list() == ["≤29", "30–49", "50+"] * 2
    assert "Argentina, 30–49" in (desk.folder / "bands/map.svg").read_text()
