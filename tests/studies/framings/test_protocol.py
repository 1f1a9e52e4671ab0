"""The study as it is bound: what it keeps, what it is known by, and what it says of itself."""

from __future__ import annotations

import pytest
from studies.framings.asked_of_sim import bound, study_text

from mores.errors import MoresError
from mores.studies.registry import load, presets


def test_the_preset_is_the_paper_s():
    study = load("framings")
    assert "framings" in presets()
    assert len(study.units) == 101
    assert sum(len(unit.members) for unit in study.units) == 126
    assert [str(one) for one in study.slices] == [
        *("ar-EGY", "ar-JOR", "ar-MAR", "en-GBR", "en-KEN", "en-USA"),
        *("es-ARG", "es-COL", "es-MEX", "fr-CAN", "hi-IND", "ru-RUS", "zh-CHN"),
    ]
    assert study.synthetic == ("humans",)
    assert "14 of the units are reconstructed" in " ".join(study.summary())


def test_sample_prompts_show_every_framing_once_and_every_language():
    told = load("framings").sample_prompts()
    english = [framing for language, framing, _ in told[:-1] if language == "en"]
    assert sorted(english) == ["language", "persona-country", "third-person", "user-country"]
    assert {language for language, _, _ in told} == {"ar", "en", "es", "fr", "hi", "ru", "zh"}
    assert "NUMBER: ANSWER" in told[-1][2]


def test_the_fingerprint_changes_with_what_is_asked_and_with_nothing_else():
    def marked(text):
        return bound(text).fingerprint()

    text = study_text(units=("Q45", "Q57"))
    plain = marked(text)
    assert marked(text.replace("draws = 400", "draws = 500")) == plain
    changes = {
        "questions": study_text(units=("Q45", "Q64")),
        "framings": study_text(slices=("ar-EGY", "en-KEN"), units=("Q45", "Q57")),
        "asking": study_text(units=("Q45", "Q57"), more="[asking]\nrepeats = 2"),
        "seed": study_text(units=("Q45", "Q57")).replace("seed = 7", "seed = 8"),
        "sampling": study_text(units=("Q45", "Q57"), more="[sampling]\ntemperature = 0.0"),
    }
    for name, text in changes.items():
        assert marked(text)[name] != plain[name], name


def test_wording_is_part_of_the_fingerprint(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = "language,item,part,text\nen,Q45,question,{}\n"
    text = study_text(units=("Q45",)).replace("seed = 7", 'seed = 7\nwordings = ["own.csv"]')
    marks = set()
    for question in ("Is more respect for authority good?", "Is less respect for authority bad?"):
        (tmp_path / "own.csv").write_text(rows.format(question), encoding="utf-8")
        study = bound(text)
        marks.add(study.fingerprint()["prompts"])
    assert len(marks) == 2
    file, data = study.snapshot()
    assert file.wordings == ("wordings/own.csv",)
    assert data["wordings/own.csv"].decode() == (tmp_path / "own.csv").read_text("utf-8")


def test_an_incomplete_language_of_one_s_own_is_refused_by_what_it_lacks(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = "language,item,part,text\nde,Q45,question,Wäre mehr Achtung vor Autorität gut?\n"
    (tmp_path / "german.csv").write_text(rows, encoding="utf-8")
    text = study_text(slices=("de-DEU",), units=("Q45",)).replace(
        "seed = 7", 'seed = 7\nwordings = ["german.csv"]'
    )
    with pytest.raises(MoresError, match=r"language 'de' lacks Q45 option 1.*add them to a file"):
        bound(text)


def test_a_complete_language_of_one_s_own_is_asked(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = [
        "language,item,part,text",
        "de,Q45,question,Wäre mehr Achtung vor Autorität gut oder schlecht?",
        "de,Q45,1,Gut",
        "de,Q45,2,Egal",
        "de,Q45,3,Schlecht",
        "de,prompt,suffix,Antworten Sie mit einer der Möglichkeiten.",
        "de,prompt,options_heading,Antwortmöglichkeiten:",
        "de,framing,third-person,Was würde jemand aus {country} antworten?",
        "de,country,DEU,Deutschland",
    ]
    (tmp_path / "german.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    text = study_text(
        slices=("de-DEU",), units=("Q45",), framings='names = ["language", "third-person"]'
    ).replace("seed = 7", 'seed = 7\nwordings = ["german.csv"]')
    study = bound(text)
    said = study.prompt(study.contexts[-1], study.units[0])
    assert said.startswith("Was würde jemand aus Deutschland antworten?")
    assert "2. Egal" in said
