import re
from dataclasses import replace
from importlib.resources import files
from math import prod

import pytest

from mores.errors import PersonaError
from mores.instruments.schwartz import values
from mores.personas.variables import checked, parse_variables, variables

SIZES = [4, 3, 3, 2, 3, 4, 4, 3, 3, 3]
NAMES = [
    "religiosity",
    "child rearing value",
    "moral acceptability",
    "social trust",
    "political participation",
    "national pride",
    "happiness",
    "gender equality",
    "materialism orientation",
    "tolerance diversity",
]
# Words without content of their own; everything else in a paraphrase must be unshared.
FUNCTION_WORDS = set(
    re.findall(
        r"\w+",
        "a about all an and any are as at be before being but by can could do does either for "
        "from good he her him his how if in is it its like many more much no none nor not nothing "
        "of off on one or other others out she should some such than that the their them then "
        "there these they this those though to toward up vs what when where whether which who "
        "whoever whom whomever will with without would yet you your etc my both each every ",
    )
)


def content_stems(text: str) -> set[str]:
    words = re.findall(r"[a-z]+", text.lower().replace("'s", ""))
    return {word[:5] for word in words if word not in FUNCTION_WORDS and len(word) > 1}


def shipped() -> str:
    return files("mores.personas").joinpath("data", "variables.toml").read_text(encoding="utf-8")


def test_the_ten_variables_in_the_order_of_the_prompts():
    assert [v.name for v in variables()] == NAMES
    assert [v.id for v in variables()] == [name.replace(" ", "_") for name in NAMES]
    assert [len(v.levels) for v in variables()] == SIZES
    assert prod(SIZES) == 93_312
    assert sum(SIZES) == 32


def test_level_labels_are_those_of_the_prompts():
    labels = {v.id: [level.label for level in v.levels] for v in variables()}
    assert labels == {
        "religiosity": [
            "very important", "rather important", "not very important", "not at all important",
        ],
        "child_rearing_value": ["obedience-faith", "neutral", "independence-imagination"],
        "moral_acceptability": [
            "never justifiable", "sometimes justifiable", "always justifiable",
        ],
        "social_trust": ["cannot trust people", "most people trusted"],
        "political_participation": [
            "no participant", "passive participant", "active participant",
        ],
        "national_pride": ["very proud", "quite proud", "not very proud", "not proud at all"],
        "happiness": ["very happy", "rather happy", "not very happy", "not at all happy"],
        "gender_equality": ["traditional", "moderate (neutral)", "egalitarian"],
        "materialism_orientation": ["materialist", "mixed", "postmaterialist"],
        "tolerance_diversity": ["low tolerance", "moderate tolerance", "high tolerance"],
    }  # fmt: skip


def test_titles_are_the_labels_with_a_capital():
    for variable in variables():
        for level in variable.levels:
            assert level.title == level.label[0].upper() + level.label[1:]


def test_numbers_of_moral_acceptability_are_those_of_the_paper():
    moral = variables()[2]
    assert [level.numbers for level in moral.levels] == ["1-3", "4-7", "8-10"]


def test_each_variable_speaks_to_one_axis():
    secular = {"religiosity", "child_rearing_value", "moral_acceptability", "national_pride"}
    for variable in variables():
        axes = {a for a in "xy" if getattr(variable.levels[0], a) is not None}
        assert axes == ({"y"} if variable.id in secular else {"x"})


@pytest.mark.parametrize(
    ("variable", "axis", "expected"),
    [
        (0, "y", [-1, -1 / 3, 1 / 3, 1]),  # religion is traditional
        (1, "y", [-1, 0, 1]),
        (2, "y", [-1, 0, 1]),
        (3, "x", [-1, 1]),
        (4, "x", [-1, 0, 1]),
        (5, "y", [-1, -1 / 3, 1 / 3, 1]),  # pride is traditional
        (6, "x", [1, 1 / 3, -1 / 3, -1]),  # the happy express themselves
        (7, "x", [-1, 0, 1]),
        (8, "x", [-1, 0, 1]),
        (9, "x", [-1, 0, 1]),
    ],
)
def test_positions(variable, axis, expected):
    assert [getattr(level, axis) for level in variables()[variable].levels] == expected


def test_statements_and_paraphrases_are_32_different_sentences_to_the_person():
    for kind in ("statement", "paraphrase"):
        texts = [getattr(level, kind) for v in variables() for level in v.levels]
        assert len(set(texts)) == 32
        for text in texts:
            assert text.endswith(".")
            assert re.search(r"\byou(r)?\b", text, re.I)
            assert "\n" not in text


def test_paraphrases_share_no_content_word_with_labels_glosses_or_schwartz_values():
    named = [text for v in variables() for text in (v.name, v.gloss, v.long_gloss)]
    named += [level.label for v in variables() for level in v.levels]
    named += [value.label for value in values().values()]
    taken = content_stems(" ".join(named))
    assert {"relig", "trust", "proud", "tradi", "equal", "obedi"} <= taken  # the net holds
    shared = {
        (level.id, word)
        for v in variables()
        for level in v.levels
        for word in content_stems(level.paraphrase) & taken
    }
    assert shared == set()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('id = "neutral"', 'id = "obedience-faith"', "'obedience-faith' occurs twice"),
        ('label = "mixed"', 'label = "materialist"', "'materialist' occurs twice"),
        ('id = "happiness"', 'id = "religiosity"', "'religiosity' occurs twice"),
        ('title = "Mixed"\n', "", "title: is missing"),
        ('title = "Mixed"', "title = 3", "must be text, not 3"),
        ('title = "Mixed"', 'title = "Mixed"\nz = 1.0', "z: is not a known key"),
        ("schema = 1", "schema = 2", "allowed: 1"),
        ("schema = 1", "schema = ", "not usable TOML"),
        ("x = 1.0", "x = 2.0", "from -1 at one end to 1 at the other"),
        ("x = 0.0", "", "to every level or to none"),
        ("x = 0.0", "x = nan", "not usable TOML"),
    ],
)
def test_a_damaged_file_is_told(old, new, says):
    text = shipped()
    assert old in text
    with pytest.raises(PersonaError, match=re.escape(says)) as error:
        parse_variables(text.replace(old, new, 1), "variables.toml")
    assert "variables.toml" in str(error.value)


def test_another_number_of_levels_is_told():
    first, *rest = variables()
    fewer = replace(first, levels=(first.levels[0], first.levels[-1]))
    with pytest.raises(PersonaError, match="10 variables with 46656 configurations"):
        checked([fewer, *rest])
    with pytest.raises(PersonaError, match="9 variables"):
        checked(rest)
