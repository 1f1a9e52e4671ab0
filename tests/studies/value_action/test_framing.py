"""The persona as the model's own, as the user's, as another person's: same facts, another task."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mores.errors import PromptError, StoreError, StudyError
from mores.fieldwork.store import AnswerStore
from mores.models.interface import Capabilities
from mores.models.registry import resolve
from mores.prompts.templates import SHIPPED
from mores.studies.registry import load, preset_text, read_study
from mores.studies.value_action.design import ValueActionDesign
from mores.studies.value_action.file import PersonaOptions
from mores.studies.value_action.framing import FRAMINGS, framing_sentence, known_framing
from mores.studies.value_action.protocol import ValueActionStudy

OTHERS = ("user", "third-person")
EVERY_STYLE = 'renderings = ["explicit", "gloss", "numbered", "statements", "paraphrased"]\n'


class Plain:
    """A language model as a design knows it."""

    identity = {"kind": "test"}  # noqa: RUF012
    capabilities = Capabilities(structured="none")


DATA = Path(__file__).parent / "data"


def study(
    personas: str = "",
    folder: Path = Path(),
    head: str = "",
    dilemmas: str = 'values = ["honest"]\ntopics = ["family", "leisure"]',
) -> ValueActionStudy:
    text = f'study = "value-action"\nseed = 5\n{head}\n[dilemmas]\n{dilemmas}\n[personas]\n'
    bound = read_study(text + personas, "test", folder)
    assert isinstance(bound, ValueActionStudy)
    return bound


def design(framing: str = "persona", personas: str = "", **more: Any) -> ValueActionDesign:
    model: Any = Plain()
    return study(f'framing = "{framing}"\n{personas}', **more).design(model)


def prompts(found: ValueActionDesign) -> list[tuple[str, ...]]:
    return [tuple(m.content for m in found.request(t, 0).messages) for t in range(found.size)]


# What was asked before there were framings is what is asked now


def test_requests_and_stores_of_the_default_are_what_they_were() -> None:
    """Digests taken before framings came: a store of that time is gone on with."""
    for text in (EVERY_STYLE, f'framing = "persona"\n{EVERY_STYLE}'):
        bound = study(text, DATA, dilemmas='source = "honest_schema_1.jsonl"')
        found = bound.design(Plain())  # type: ignore[arg-type]
        keys = b"".join(found.request(trial, 0).key for trial in range(found.size))
        assert hashlib.sha256(keys).hexdigest()[:16] == "75459c2ccaa90044"
        fingerprint = bound.fingerprint()
        assert fingerprint["prompts"][:16] == "20d1bce67218c19e"
        assert fingerprint["personas"] == "c4ca9647e7f641fdc015185179b43ecd"
        assert "framing" not in fingerprint


def test_the_preset_names_the_default() -> None:
    assert 'framing = "persona"' in preset_text("value-action")
    assert load("value-action").fingerprint() == load("value-action").fingerprint()
    assert PersonaOptions().framing == FRAMINGS[0] == "persona"


# The baseline has none


@pytest.mark.parametrize("framing", OTHERS)
def test_without_a_persona_nothing_changes(framing: str) -> None:
    plain, framed = design(), design(framing)
    assert plain.size == framed.size
    for trial in range(plain.size):
        _, arm, _, _ = plain.split(trial)
        same = plain.request(trial, 0).key == framed.request(trial, 0).key
        assert same == (arm.persona.configuration is None)
    asked = framed.columns(np.arange(framed.size))
    assert set(asked.filter(category="baseline")["framing"]) == {"vanilla"}
    assert set(asked.filter(asked["category"] != "baseline")["framing"]) == {framing}


@pytest.mark.parametrize("framing", OTHERS)
def test_a_study_of_the_baseline_alone_has_no_framing(framing: str) -> None:
    alone = study(f'framing = "{framing}"\ncategories = []\n')
    assert alone.fingerprint() == study("categories = []\n").fingerprint()
    assert alone.summary() == study("categories = []\n").summary()


# The same facts, another person and task


UNDONE = {
    "user": {
        "I am the one who asks you. My persona is": "Your persona is",
        "and my opinion:": "and your opinion:",
    },
    "third-person": {
        "You are predicting the answers of a person who takes part in a psych": (
            "You are a participant in a psych"
        ),
        "and this person's final choice": "and final choice",
        "The persona of this person is": "Your persona is",
        "and this person's opinion:": "and your opinion:",
        "This person has been given": "You have been given",
        "would this person agree": "do you agree",
        "would this person choose": "would you choose",
    },
}


@pytest.mark.parametrize("framing", OTHERS)
def test_prompts_differ_in_person_and_task_alone(framing: str) -> None:
    """With the person and the task put back, they are those of the default, letter for letter."""
    styles = 'renderings = ["explicit", "gloss", "numbered"]'
    undone = []
    for texts in prompts(design(framing, styles)):
        text = "\n\n".join(texts)
        for said, default in UNDONE[framing].items():
            text = text.replace(said, default)
        undone.append(text)
    assert undone == ["\n\n".join(texts) for texts in prompts(design(personas=styles))]


WORDS = {
    "persona": r"\b(I|my|me|this person)\b",
    "user": r"\b(you|your|this person)\b",
    "third-person": r"\b(I|my|me|you|your)\b",
}


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("rendering", ["statements", "paraphrased"])
def test_sentences_are_said_in_the_framings_person(framing: str, rendering: str) -> None:
    bound = study(f'framing = "{framing}"\nrenderings = ["{rendering}"]\n')
    for arm in bound.arms:
        if arm.block is None:
            continue
        lines = arm.block.splitlines()
        assert len(lines) == 10
        for line in lines:
            assert not re.search(WORDS[framing], line, re.IGNORECASE), line


@pytest.mark.parametrize("framing", OTHERS)
def test_what_the_simulated_respondent_is_told(framing: str) -> None:
    found = study(f'framing = "{framing}"\n').design(resolve("sim"))
    told = {found.request(trial, 0).stimulus.framing for trial in range(found.size)}  # type: ignore[union-attr]
    assert told == {"vanilla", framing}


# How a study is known


@pytest.mark.parametrize("framing", OTHERS)
def test_the_fingerprint_says_it_and_a_store_of_another_is_refused(
    framing: str, tmp_path: Path
) -> None:
    plain, framed = study(), study(f'framing = "{framing}"\n')
    before, after = plain.fingerprint(), framed.fingerprint()
    assert after["framing"] == framing
    assert {n for n in before if before[n] != after[n]} == {"prompts"}
    with AnswerStore(tmp_path / "a.sqlite", before):
        pass
    with pytest.raises(StoreError, match="framing"):
        AnswerStore(tmp_path / "a.sqlite", after)
    with AnswerStore(tmp_path / "b.sqlite", after):
        pass
    with pytest.raises(StoreError, match="prompts"):
        AnswerStore(tmp_path / "b.sqlite", before)


def test_framings_do_not_share_a_fingerprint() -> None:
    known = [study(f'framing = "{f}"\n').fingerprint()["prompts"] for f in FRAMINGS]
    assert len(set(known)) == 3


@pytest.mark.parametrize("framing", OTHERS)
def test_a_snapshot_keeps_it(framing: str, tmp_path: Path) -> None:
    import tomli_w

    bound = study(f'framing = "{framing}"\n')
    file, data = bound.snapshot()
    for name, content in data.items():
        (tmp_path / name).write_bytes(content)
    fields = file.model_dump(by_alias=True, mode="json", exclude_none=True)
    (tmp_path / "study.toml").write_text(tomli_w.dumps(fields), encoding="utf-8")
    again = load(str(tmp_path / "study.toml"))
    assert again.fingerprint() == bound.fingerprint()


# What is said of it, and mistakes


def test_the_summary_says_what_the_model_does() -> None:
    assert framing_sentence("persona") == []
    assert len(study().summary()) == 2
    for framing, words in (("user", "answers for itself"), ("third-person", "predicts how")):
        first, second, _ = study(f'framing = "{framing}"\n').summary()
        assert "3 times with 12 personas and a baseline without any." in first
        assert words in second
        assert framing in second


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ('"thirdperson"', "personas.framing: is 'thirdperson'; did you mean 'third-person'?"),
        ('"third_person"', "did you mean 'third-person'? allowed: persona, user, third-person"),
        ('"vanilla"', "is 'vanilla'; allowed: persona, user, third-person"),
        ('""', "is ''; allowed: persona, user, third-person"),
        ('"{x}"', "is '{x}'; allowed"),
        ("3", "personas.framing: must be text, not 3"),
        ('["user"]', "must be text"),
    ],
)
def test_an_unknown_framing_is_told_with_the_nearest(written: str, says: str) -> None:
    with pytest.raises(StudyError, match=re.escape(says)):
        study(f"framing = {written}\n")


def test_a_long_name_is_cut_in_the_message() -> None:
    with pytest.raises(ValueError, match="allowed") as caught:
        known_framing("x" * 10_000)
    assert len(str(caught.value)) < 200


def test_editors_know_the_framings() -> None:
    fields = PersonaOptions.model_json_schema()["properties"]
    assert fields["framing"]["enum"] == list(FRAMINGS)


# Templates of one's own


def own_templates(folder: Path, **texts: str) -> str:
    """A folder of templates, each the shipped one with something added."""
    (folder / "mine").mkdir(exist_ok=True)
    for name, added in texts.items():
        file = name.replace("__", ".").replace("third_person", "third-person") + ".j2"
        shipped = (SHIPPED / "en" / "value_action" / file).read_text(encoding="utf-8")
        (folder / "mine" / file).write_text(f"{shipped}\n{added}", encoding="utf-8")
    return 'templates = "mine"'


def test_an_own_template_of_a_framing_takes_the_place_of_the_shipped_one(tmp_path: Path) -> None:
    head = own_templates(tmp_path, persona__user="I am in a hurry.")
    found = design("user", folder=tmp_path, head=head)
    hurried = ["I am in a hurry." in user for _, user in prompts(found)]
    assert hurried == [
        found.split(t)[1].persona.configuration is not None for t in range(found.size)
    ]
    other = design("third-person", folder=tmp_path, head=head)
    assert not any("hurry" in user for _, user in prompts(other))


def test_a_template_that_framings_share_serves_all(tmp_path: Path) -> None:
    head = own_templates(tmp_path, answer="Be brief.")
    for framing in FRAMINGS:
        found = prompts(design(framing, folder=tmp_path, head=head))
        assert all(user.endswith("Be brief.") for _, user in found)


@pytest.mark.parametrize(
    ("texts", "framing", "missing"),
    [
        ({"value": "x"}, "user", "value.user.j2"),
        ({"persona": "x", "action": "x"}, "user", "action.user.j2, persona.user.j2"),
        ({"instructions": "x"}, "third-person", "instructions.third-person.j2"),
        ({"scenario": "x"}, "third-person", "scenario.third-person.j2"),
        ({"value": "x", "value__user": "x"}, "third-person", "value.third-person.j2"),
    ],
)
def test_words_of_ones_own_for_the_baseline_alone_are_refused(
    tmp_path: Path, texts: dict[str, str], framing: str, missing: str
) -> None:
    head = own_templates(tmp_path, **texts)
    study(folder=tmp_path, head=head)
    study(f'framing = "{framing}"\ncategories = []\n', folder=tmp_path, head=head)
    with pytest.raises(PromptError, match=re.escape(f"has no {missing}, from which")) as caught:
        study(f'framing = "{framing}"\n', folder=tmp_path, head=head)
    assert "personas.framing = 'persona'" in str(caught.value)


def test_words_of_ones_own_for_both_are_taken(tmp_path: Path) -> None:
    head = own_templates(tmp_path, value="Be quick.", value__user="Be quick.")
    found = design("user", folder=tmp_path, head=head)
    for trial, (_, user) in enumerate(prompts(found)):
        assert user.endswith("Be quick.") == (found.split(trial)[2] == "value")
