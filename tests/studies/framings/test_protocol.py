"""The study as it is bound: what it keeps, what it is known by, and what it says of itself."""

from __future__ import annotations

import pytest
from studies.framings.asked_of_sim import bound, study_text

from mores.errors import MoresError
from mores.models.registry import resolve
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


def test_a_baseline_that_no_slice_counts_is_said_to_be_asked_besides():
    said = "asked besides and counted in no slice"
    assert said in " ".join(bound(study_text(slices=("zh-CHN",), units=("Q45",))).summary())
    assert said not in " ".join(bound(study_text(slices=("en-KEN",), units=("Q45",))).summary())


def test_one_battery_in_one_slice_is_one():
    said = bound(study_text(slices=("en-KEN",), units=("Q45", "SU_NEIGHBORS"))).summary()[0]
    assert "(1 battery; 10 questions) in 1 slice of" in said


def test_wordings_around_the_questions_are_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = "language,item,part,text\nen,country,KEN,Kenya in Africa\n"
    (tmp_path / "names.csv").write_text(rows, encoding="utf-8")
    text = study_text(slices=("en-KEN",), units=("Q45",))
    named = text.replace("seed = 7", 'seed = 7\nwordings = ["names.csv"]')
    assert "Wording: instrument; names: around the questions at most." in bound(named).summary()
    assert "Wording: instrument." in bound(text).summary()


def test_a_framing_of_one_s_own_has_no_paraphrases(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = "language,item,part,text\nen,framing,neighbour,My neighbour is from {country}.\n"
    (tmp_path / "own.csv").write_text(rows, encoding="utf-8")
    text = study_text(
        slices=("en-KEN",), units=("Q45",), framings='names = ["neighbour"]\nparaphrases = 1'
    ).replace("seed = 7", 'seed = 7\nwordings = ["own.csv"]')
    with pytest.raises(MoresError, match=r"set framings\.paraphrases = 0"):
        bound(text)


@pytest.mark.parametrize(
    ("asking", "told"),
    [
        ("repeats = 3", "24 requests counted per slice, 30 asked."),
        ('orders = "both"', "16 requests counted per slice, 20 asked."),
        (
            'elicitation = "probabilities"\norders = "both"\ntext_share = 0.1',
            "80 requests counted per slice, 100 asked; 10% also in text.",
        ),
    ],
)
def test_requests_are_told_with_their_orders_and_repeats(asking, told):
    """A battery of 9 and a question, in one language under four framings; the baseline besides."""
    text = study_text(slices=("hi-IND",), units=("SU_NEIGHBORS", "Q45"), more=f"[asking]\n{asking}")
    study = bound(text)
    assert study.summary()[0].endswith(told)
    if "text_share" not in asking:
        assert study.design(resolve("sim")).selected == study.requests_asked
