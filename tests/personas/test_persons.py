import re
from importlib.resources import files

import pytest

from mores.errors import PersonaError
from mores.instruments.schwartz import values
from mores.personas.catalogue import BASELINE, personas
from mores.personas.persons import PERSONS, in_person, parse_persons
from mores.personas.rendering import STYLES, render_persona
from mores.personas.variables import variables

LEVELS = [(variable, level) for variable in variables() for level in variable.levels]
KINDS = ("statement", "paraphrase")
OF_A_PERSON = {
    "second": r"\b(you|your)\b",
    "first": r"\b(I|me|my)\b",
    "third": r"\bthis person\b",
}


def shipped() -> str:
    return files("mores.personas").joinpath("data", "persons.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("person", PERSONS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_sentence_is_of_its_person_and_of_no_other(person, kind):
    texts = [getattr(in_person(variable, level, person), kind) for variable, level in LEVELS]
    assert len(set(texts)) == 32
    for text in texts:
        assert text.endswith(".")
        assert "\n" not in text
        found = {p for p, words in OF_A_PERSON.items() if re.search(words, text, re.IGNORECASE)}
        assert found == {person}, text


# Forms of a verb, and words that stand for the person, are all in which sentences may differ.
_SAME = {
    "am": "be", "are": "be", "is": "be", "has": "have", "does": "do",
    "i": "_", "me": "_", "you": "_", "they": "_", "them": "_", "person": "_",
    "my": "_s", "your": "_s", "their": "_s", "person's": "_s",
}  # fmt: skip


def bare(text: str) -> list[str]:
    """Words without person: pronouns as one sign, verbs and nouns without their endings."""
    words = re.findall(r"[a-z']+", text.lower().replace("this person", "person"))
    words = [_SAME.get(word, word) for word in words]
    return [word if word in ("_", "_s") else word.rstrip("s").rstrip("e") for word in words]


@pytest.mark.parametrize("person", ["first", "third"])
@pytest.mark.parametrize("kind", KINDS)
def test_sentences_say_the_same_in_the_same_order(person, kind):
    for variable, level in LEVELS:
        other = in_person(variable, level, person)
        one, two = bare(getattr(level, kind)), bare(getattr(other, kind))
        if (variable.id, level.id, kind, person) == (
            *("social_trust", "cannot-trust-people", "statement"),
            "third",
        ):
            one.remove("_s")  # "on your guard with them" is "on guard with them"
        assert one == two
        assert (other.id, other.label, other.x, other.y) == (
            *(level.id, level.label, level.x, level.y),
        )


def test_the_second_person_is_the_level_itself():
    assert all(in_person(variable, level) is level for variable, level in LEVELS)


def test_paraphrases_still_share_no_content_word_with_names_of_values():
    names = {value.label.lower() for value in values().values()}
    for variable, level in LEVELS:
        for person in ("first", "third"):
            words = set(
                re.findall(r"[a-z]+", in_person(variable, level, person).paraphrase.lower())
            )
            assert not words & names


@pytest.mark.parametrize("style", STYLES)
def test_lines_that_are_no_sentences_are_the_same_in_every_person(style):
    blocks = {render_persona(personas()[4], style, person) for person in PERSONS}
    assert len(blocks) == (3 if style in ("statements", "paraphrased") else 1)
    for block in blocks:
        assert len(block.splitlines()) == 10


def test_an_unknown_person_is_refused():
    with pytest.raises(PersonaError, match=r"did you mean 'third'\? allowed: second, first, third"):
        render_persona(personas()[0], "statements", "thrid")
    assert render_persona(BASELINE, "statements", "third") == ""


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            'level = "neutral"',
            'level = "obedience-faith"',
            "child_rearing_value/neutral is missing",
        ),
        ('variable = "happiness"', 'variable = "gladness"', "gladness/very-happy is missing or"),
        ("schema = 1", "schema = 2", "allowed: 1"),
        ("third.statement", "third.sentence", "statement: is missing"),
        ('third.paraphrase = "', "third.paraphrase = 3 # ", "must be text"),
    ],
)
def test_a_damaged_file_is_told(old, new, says):
    assert old in shipped()
    with pytest.raises(PersonaError, match=re.escape(says)) as error:
        parse_persons(shipped().replace(old, new, 1), "persons.toml")
    assert "persons.toml" in str(error.value)


def test_a_level_that_occurs_twice_is_told():
    first = shipped().split("[[levels]]")[1]
    with pytest.raises(PersonaError, match="twice"):
        parse_persons(f"{shipped()}\n[[levels]]{first}", "persons.toml")
