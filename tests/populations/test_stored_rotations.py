from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from small import small_population

from mores.errors import PopulationError
from mores.measures.culture_map import INDICATORS, CultureMap
from mores.populations.culture import fit_map, load_rotation, save_rotation
from mores.populations.population import Population
from mores.version import __version__


@pytest.fixture(scope="module")
def population() -> Population:
    return small_population(respondents=60)


@pytest.fixture(scope="module")
def culture_map(population: Population) -> CultureMap:
    return fit_map(population)


@pytest.fixture
def stored(tmp_path: Path, population: Population, culture_map: CultureMap) -> Path:
    return save_rotation(tmp_path / "map.json", culture_map, population)


def test_comes_back_to_the_last_bit_with_where_it_comes_from(
    stored, population, culture_map
) -> None:
    found = load_rotation(stored)
    for name in ("means", "sds", "correlation", "loadings", "weights"):
        ours, theirs = getattr(culture_map, name), getattr(found.culture_map, name)
        np.testing.assert_array_equal(theirs, ours)
    assert found.reference.name == "small"
    assert found.reference.fingerprint == population.fingerprint
    assert found.reference.synthetic
    assert found.reference.respondents == 180
    assert found.reference.waves == ("WVS 7",)
    assert found.reference.countries == ("EGY", "GBR", "USA")
    assert (found.created, found.version) == (None, __version__)


def test_same_map_same_bytes_and_a_date_only_if_given(
    tmp_path, stored, population, culture_map
) -> None:
    again = save_rotation(tmp_path / "again.json", culture_map, population)
    assert again.read_bytes() == stored.read_bytes()
    dated = save_rotation(tmp_path / "d.json", culture_map, population, created=date(2026, 3, 1))
    assert load_rotation(dated).created == "2026-03-01"


def test_no_answer_of_a_respondent_is_in_the_file(stored) -> None:
    content = json.loads(stored.read_text())
    assert content["schema"] == 1
    assert content["indicators"] == list(INDICATORS)
    assert np.shape(content["loadings"]) == np.shape(content["weights"]) == (10, 2)
    assert len(stored.read_bytes()) < 10_000


def test_nothing_is_overwritten_unless_told(stored, population, culture_map) -> None:
    before = stored.read_bytes()
    with pytest.raises(PopulationError, match=r"map\.json exists; allowed: a new file"):
        save_rotation(stored, culture_map, population, created=date(2026, 1, 1))
    assert stored.read_bytes() == before
    save_rotation(stored, culture_map, population, created=date(2026, 1, 1), replace=True)
    assert load_rotation(stored).created == "2026-01-01"
    assert os.listdir(stored.parent) == ["map.json"]


def test_a_folder_that_is_not_there(tmp_path, population, culture_map) -> None:
    with pytest.raises(PopulationError, match=r"cannot be written \(No such file or directory\)"):
        save_rotation(tmp_path / "none" / "map.json", culture_map, population)


def _changed(path: Path, **changes: object) -> Path:
    content = json.loads(path.read_text())
    path.write_text(json.dumps(content | changes))
    return path


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"schema": 2}, r"schema: is 2; allowed: 1"),
        ({"kind": "map"}, "kind: is 'map'; allowed: 'culture map rotation'"),
        ({"extra": 1}, "extra: is not a known key"),
        ({"means": [1.0]}, r"means has shape \(1,\) and 0 missing numbers; allowed: shape \(10,\)"),
        ({"means": [None] * 10}, "10 problems"),
        ({"means": ["1"] * 10}, r"must be a number, not '1'"),
        ({"loadings": [[1.0, 2.0]] * 9 + [[1.0]]}, "inhomogeneous"),
        ({"loadings": [[0.5, 0.1]] * 10}, "must come from one fit"),
        ({"weights": [[0.5, 0.1]] * 10}, "weights that are not those of its loadings"),
        ({"weights": [[0.5]] * 10}, "weights that are not those of its loadings"),
        ({"correlation": [[1.0] * 10] * 10}, "not positive definite"),
        ({"indicators": list(INDICATORS[::-1])}, "has the indicators .* allowed:"),
        ({"sds": [0.0] * 10}, "sds holds 0"),
    ],
)
def test_refuses_a_file_that_was_changed(stored, changes, message) -> None:
    with pytest.raises(PopulationError, match=message) as refused:
        load_rotation(_changed(stored, **changes))
    assert "fit the map on the reference sample again" in str(refused.value)
    assert str(stored) in str(refused.value)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"\xff\xfe", b'{"schema": 1, "means": [NaN]}']
)
def test_refuses_what_is_no_rotation(tmp_path, content) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(content)
    with pytest.raises(PopulationError, match=r"x\.json"):
        load_rotation(path)


def test_refuses_what_is_not_there(tmp_path) -> None:
    with pytest.raises(PopulationError, match=r"cannot be read \(No such file or directory\)"):
        load_rotation(tmp_path / "none.json")
    with pytest.raises(PopulationError, match=r"cannot be read \(Is a directory\)"):
        load_rotation(tmp_path)
