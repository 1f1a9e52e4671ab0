from __future__ import annotations

from pathlib import Path

import pytest
from few_respondents import few

from mores.errors import PopulationError, StudyError
from mores.populations.library import DataLibrary
from mores.studies.humans import Humans
from mores.studies.registry import load


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MORES_DATA_DIR", str(tmp_path))
    return DataLibrary(tmp_path).save(few("levant"))


def test_humans_are_named_or_synthetic(kept):
    named = Humans("levant")
    assert not named.synthetic
    assert named.sentence() == "Humans: the data set levant."
    assert named.facts()["fingerprint"] == few().fingerprint
    assert Humans(str(kept)).population.name == "levant"
    assert Humans(None).synthetic
    assert "no human has given these answers" in Humans(None).sentence()


def test_a_data_set_that_is_not_there_is_refused_before_anything_is_asked(kept):
    with pytest.raises(PopulationError, match=r"no data set 'levnat'.*did you mean 'levant'"):
        Humans("levnat")
    with pytest.raises(PopulationError, match="is no data set"):
        Humans(str(kept.parent / "elsewhere"))


def test_a_study_file_names_its_humans(kept, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('study = "value-action"\ndata = "levant"\n')
    assert load(str(path)).humans.population.name == "levant"
    assert load(str(path)).synthetic == ()
    assert load("value-action").synthetic == ("humans",)
    path.write_text('study = "value-action"\ndata = ""\n')
    with pytest.raises(StudyError, match="data"):
        load(str(path))
