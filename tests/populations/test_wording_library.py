"""Wordings that are kept: named, found, never lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from mores.errors import InstrumentError
from mores.instruments.wording_overlays import Overlay, parse_overlay
from mores.populations.library import DataLibrary
from mores.populations.wording_library import (
    find_overlay,
    keep_overlay,
    kept_overlays,
    load_overlay,
    remove_overlay,
)

ONE = "language,item,part,text\nes,Q57,question,¿Confía?\n".encode()
TWO = ONE.replace(b"?", b"??")


def overlay(content: bytes = ONE, name: str = "field") -> Overlay:
    return parse_overlay(content, "field.csv", name)


def test_what_is_kept_is_found_as_it_was(tmp_path: Path):
    assert kept_overlays(tmp_path / "none") == []
    path = keep_overlay(overlay(), directory=tmp_path / "data")
    assert path == tmp_path / "data" / "wordings" / "field.csv"
    assert path.read_bytes() == ONE
    assert kept_overlays(tmp_path / "data") == ["field"]
    found = find_overlay("field", Path("elsewhere"), tmp_path / "data")
    assert found == load_overlay("field", tmp_path / "data") == overlay()
    assert [p.name for p in path.parent.iterdir()] == ["field.csv"]
    assert DataLibrary(tmp_path / "data").names() == []
    remove_overlay("field", tmp_path / "data")
    assert kept_overlays(tmp_path / "data") == []


def test_a_path_begins_at_the_study_file(tmp_path: Path):
    (tmp_path / "study" / "own").mkdir(parents=True)
    (tmp_path / "study" / "own" / "words.CSV").write_bytes(ONE)
    found = find_overlay("own/words.CSV", tmp_path / "study")
    assert found.name == "words"
    assert find_overlay(str(tmp_path / "study/own/words.CSV"), Path("x")) == found
    with pytest.raises(InstrumentError, match=r"there is no file .*words\.csv"):
        find_overlay("words.csv", tmp_path / "study")


def test_nothing_is_replaced_unless_asked(tmp_path: Path):
    path = keep_overlay(overlay(), directory=tmp_path)
    with pytest.raises(InstrumentError, match=r"there are wordings 'field' in .*; choose another"):
        keep_overlay(overlay(TWO), directory=tmp_path)
    assert path.read_bytes() == ONE
    keep_overlay(overlay(TWO), replace=True, directory=tmp_path)
    assert path.read_bytes() == TWO
    assert [p.name for p in path.parent.iterdir()] == ["field.csv"]


def test_without_hard_links_nothing_is_replaced_either(tmp_path: Path, monkeypatch):
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", refuse)
    path = keep_overlay(overlay(), directory=tmp_path)
    with pytest.raises(InstrumentError, match="there are wordings"):
        keep_overlay(overlay(TWO), directory=tmp_path)
    assert path.read_bytes() == ONE
    assert [p.name for p in path.parent.iterdir()] == ["field.csv"]


def test_names_and_places_that_cannot_be(tmp_path: Path):
    keep_overlay(overlay(), directory=tmp_path)
    with pytest.raises(InstrumentError, match=r"did you mean 'field'\?"):
        load_overlay("fild", tmp_path)
    with pytest.raises(InstrumentError, match=r"there are no wordings '\.\./field'"):
        find_overlay("../field", tmp_path, tmp_path)
    with pytest.raises(InstrumentError, match="none is kept; keep a file with"):
        remove_overlay("field", tmp_path / "other")
    with pytest.raises(InstrumentError, match="'Field 1' is no name to keep wordings under"):
        keep_overlay(overlay(name="Field 1"), directory=tmp_path)
    with pytest.raises(InstrumentError, match=r"'field\.csv' is no name to keep"):
        keep_overlay(overlay(name="field.csv"), directory=tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(InstrumentError, match="cannot be written"):
        keep_overlay(overlay(), directory=tmp_path / "file")
    (tmp_path / "held").mkdir()
    (tmp_path / "held" / "wordings").write_text("")
    with pytest.raises(InstrumentError, match="cannot be written"):
        keep_overlay(overlay(), directory=tmp_path / "held")
    assert (tmp_path / "held" / "wordings").read_text() == ""


def test_a_kept_file_that_was_damaged_is_refused_and_can_be_removed(tmp_path: Path):
    path = keep_overlay(overlay(), directory=tmp_path)
    path.write_bytes(b"language,item\n")
    with pytest.raises(InstrumentError, match=r"field\.csv: its columns are language, item"):
        load_overlay("field", tmp_path)
    remove_overlay("field", tmp_path)
    assert not path.exists()
