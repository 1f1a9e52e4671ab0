"""The study as it is bound: what it keeps, what it is known by, what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
from studies.grounded_personas.grounded_asked import bound, study_text

from mores.errors import MoresError
from mores.personas.biography_files import read_biographies
from mores.studies.grounded_personas.tables import weightings


def test_biographies_without_a_file_are_the_grammar_s_and_said_to_be():
    study = bound(study_text(sample=5, forms=("biography",)))
    assert set(study.biographies) == set(study.ascending.tolist())
    assert study.synthetic == ("humans", "biographies")
    assert "not a language model" in " ".join(study.summary())
    assert bound(study_text(sample=5)).synthetic == ("humans",)


def test_own_configurations_are_asked_and_kept(tmp_path):
    (tmp_path / "mine.csv").write_text("index,weight\n5,0.25\n93311,0.75\n", encoding="utf-8")
    study = bound(study_text(sample=None, more='configurations = "mine.csv"'), tmp_path)
    assert study.ascending.tolist() == [5, 93311]
    assert weightings(study)["uniform"].tolist() == [0.25, 0.75]
    file, data = study.snapshot()
    assert file.personas.configurations == "configurations.csv"
    (tmp_path / "again").mkdir()
    (tmp_path / "again" / "configurations.csv").write_bytes(data["configurations.csv"])
    again = bound(
        study_text(sample=None, more='configurations = "configurations.csv"'), tmp_path / "again"
    )
    assert again.ascending.tolist() == [5, 93311]


def test_weights_of_the_whole_grid_are_uniform_and_the_prevalence_itself():
    study = bound(study_text(sample=None, more='configurations = "all"'))
    found = weightings(study)
    np.testing.assert_allclose(found["uniform"], 1 / 93312)
    np.testing.assert_allclose(found["prevalence"], study.prevalence.weights)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ('configurations = "none.csv"', "none.csv"),
        ('configurations = "rndom"', "rndom"),
        ('biographies = "none.jsonl"\n', "none.jsonl"),
        ('style = "poetic"', "explicit"),
        (
            'configurations = "prevalence"\n[prevalence]\nsmoothing = "none"\nuniform_share = 0.0',
            "says nothing of the grid",
        ),
        ('[prevalence]\nsmoothing = "none"\nalpha = 3.0', "leave alpha out"),
        ("[prevalence]\nalpha = inf", "alpha: is inf; allowed: a finite number"),
        ("[prevalence]\nalpha = -3", "alpha: is -3; allowed: a finite number"),
        ('[prevalence]\nalpha = "often"', "alpha: is 'often'; allowed: a finite number"),
    ],
)
def test_what_cannot_be_used_is_refused(tmp_path, change, said):
    forms = ("biography",) if "biographies" in change else ("configuration",)
    sample = None if "configurations" in change else 5
    with pytest.raises(MoresError, match=said):
        bound(study_text(sample=sample, forms=forms, more=change), tmp_path)


def test_a_file_without_a_configuration_s_biography_is_refused_by_number(tmp_path):
    study = bound(study_text(sample=3, forms=("biography",)))
    file = study.file.model_copy(
        update={"personas": study.file.personas.model_copy(update={"biographies": "b.jsonl"})}
    )
    from dataclasses import replace

    _, data = replace(study, file=file).snapshot()
    (tmp_path / "b.jsonl").write_bytes(data["biographies.jsonl"])
    assert len(read_biographies(tmp_path / "b.jsonl").biographies) == 3
    more = 'biographies = "b.jsonl"'
    again = bound(study_text(sample=3, forms=("biography",), more=more), tmp_path)
    assert again.biographies == study.biographies
    with pytest.raises(
        MoresError, match=r"holds no biography of \d+ of the 9 configurations asked"
    ):
        bound(study_text(sample=9, forms=("biography",), more=more), tmp_path)


def test_the_fingerprint_changes_with_what_is_asked_and_not_with_how_many():
    plain = bound(study_text(sample=5)).fingerprint()
    assert bound(study_text(sample=9)).fingerprint() == plain
    assert bound(study_text(forms=("both",))).fingerprint()["personas"] != plain["personas"]
    assert bound(study_text(batteries=("probe",))).fingerprint()["questions"] != plain["questions"]
    assert bound(study_text(more='style = "gloss"')).fingerprint()["personas"] != plain["personas"]


def test_a_form_or_a_battery_is_named_once():
    with pytest.raises(MoresError, match="forms: names 'both' twice"):
        bound(study_text(sample=5, forms=("both", "both")))
    with pytest.raises(MoresError, match="names 'map' twice"):
        bound(study_text(sample=5, batteries=("map", "map")))


def test_a_sample_beside_a_file_says_that_a_method_can_be_misspelt():
    with pytest.raises(MoresError, match=r"names the file 'rndom'.*stratified"):
        bound(study_text(sample=5, more='configurations = "rndom"'))


def test_a_template_that_leaves_the_persona_out_is_refused(tmp_path):
    (tmp_path / "mine").mkdir()
    text = study_text(sample=2).replace("seed = 7", 'seed = 7\ntemplates = "mine"')
    (tmp_path / "mine" / "system.j2").write_text("Answer as this person.", encoding="utf-8")
    with pytest.raises(MoresError, match=r"system\.j2 leaves out configuration"):
        bound(text, tmp_path)
    (tmp_path / "mine" / "system.j2").write_text("You: {{ configuration }}", encoding="utf-8")
    bound(text, tmp_path)
