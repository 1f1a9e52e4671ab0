import re

import pytest

from mores.errors import PersonaError
from mores.personas.catalogue import BASELINE, persona_at, personas
from mores.personas.rendering import STYLES, render_persona
from mores.personas.variables import variables

# Typed from the thesis; lines that its extraction wrapped are joined.
A3 = """\
* religiosity: Importance and practice of religion; belief in God -> not at all important
* child rearing value: Qualities desired for children -> independence-imagination
* moral acceptability: Justifiability of morally contested acts -> always justifiable
* social trust: Generalized interpersonal trust -> most people trusted
* political participation: Civic engagement and activism -> active participant
* national pride: Identification with nation and pride -> not proud at all
* happiness: Subjective well-being/self-reported happiness -> very happy
* gender equality: Attitudes toward gender roles -> egalitarian
* materialism orientation: Materialist vs. post-materialist priorities -> postmaterialist
* tolerance diversity: Attitudes toward outgroups -> high tolerance"""
A4 = """\
* religiosity: Importance and practice of religion; belief in God -> not very important
* child rearing value: Qualities desired for children -> neutral
* moral acceptability: Justifiability of morally contested acts -> sometimes justifiable
* social trust: Generalized interpersonal trust -> most people trusted
* political participation: Civic engagement and activism -> passive participant
* national pride: Identification with nation and pride -> not very proud
* happiness: Subjective well-being/self-reported happiness -> rather happy
* gender equality: Attitudes toward gender roles -> moderate (neutral)
* materialism orientation: Materialist vs. post-materialist priorities -> mixed
* tolerance diversity: Attitudes toward outgroups -> moderate tolerance"""
C1 = """\
- **religiosity** (Importance and practice of religion; belief in God): Very important
- **child rearing value** (Qualities desired for children): Obedience-faith
- **moral acceptability** (Justifiability of morally contested acts like abortion, divorce, etc.): \
Never justifiable
- **social trust** (Generalized interpersonal trust (‘most people can be trusted’)): \
Cannot trust people
- **political participation** (Civic engagement and activism): No participant
- **national pride** (Identification with nation and pride in nationality): Very proud
- **happiness** (Subjective well-being / self-reported happiness): Not at all happy
- **gender equality** (Attitudes toward gender roles in education, jobs, and politics): Traditional
- **materialism orientation** (Materialist vs. post-materialist priorities): Materialist
- **tolerance diversity** (Attitudes toward out-groups like minorities, immigrants, etc.): \
Low tolerance"""
C2 = """\
- **religiosity** (Importance and practice of religion; belief in God): Very important
- **child rearing value** (Qualities desired for children): Independence-imagination
- **moral acceptability** (Justifiability of morally contested acts like abortion, divorce, etc.): \
Never justifiable
- **social trust** (Generalized interpersonal trust (‘most people can be trusted’)): \
Cannot trust people
- **political participation** (Civic engagement and activism): Active participant
- **national pride** (Identification with nation and pride in nationality): Very proud
- **happiness** (Subjective well-being / self-reported happiness): Not at all happy
- **gender equality** (Attitudes toward gender roles in education, jobs, and politics): Traditional
- **materialism orientation** (Materialist vs. post-materialist priorities): Postmaterialist
- **tolerance diversity** (Attitudes toward out-groups like minorities, immigrants, etc.): \
High tolerance"""


@pytest.mark.parametrize(
    ("number", "style", "block"),
    [(5, "explicit", A3), (4, "explicit", A4), (6, "gloss", C1), (9, "gloss", C2)],
)
def test_the_blocks_that_the_thesis_prints(number, style, block):
    assert render_persona(personas()[number - 1], style) == block


def test_explicit_is_the_default():
    assert STYLES == ("explicit", "gloss", "numbered", "statements", "paraphrased")
    assert render_persona(personas()[4]) == A3


def test_numbered_appends_the_range_as_the_thesis_does():
    line = render_persona(personas()[3], "numbered").splitlines()[2]
    assert line == (
        "* moral acceptability: Justifiability of morally contested acts -> "
        "sometimes justifiable (4-7)"
    )
    for plain, numbered in zip(
        A4.splitlines(), render_persona(personas()[3], "numbered").splitlines(), strict=True
    ):
        assert re.fullmatch(re.escape(plain) + r" \([-0-9. to]+\)", numbered)


@pytest.mark.parametrize("kind", ["statement", "paraphrase"])
def test_sentences_replace_names_and_labels(kind):
    lines = render_persona(personas()[8], f"{kind}s" if kind == "statement" else "paraphrased")
    expected = [f"* {getattr(level, kind)}" for level in personas()[8].levels]
    assert lines.splitlines() == expected


@pytest.mark.parametrize("style", STYLES)
def test_a_block_tells_all_levels_apart(style):
    origin = render_persona(persona_at(0), style).splitlines()
    assert len(origin) == 10
    for place, variable in enumerate(variables()):
        stride = 1
        for later in variables()[place + 1 :]:
            stride *= len(later.levels)
        lines = {
            render_persona(persona_at(level * stride), style).splitlines()[place]
            for level in range(len(variable.levels))
        }
        assert len(lines) == len(variable.levels)
        assert origin[place] in lines


@pytest.mark.parametrize("style", STYLES)
def test_the_baseline_has_no_block(style):
    assert render_persona(BASELINE, style) == ""


@pytest.mark.parametrize("style", ["Explicit", "glos", "", None])
def test_an_unknown_style_is_refused(style):
    with pytest.raises(PersonaError, match="allowed: explicit, gloss, numbered, statements, para"):
        render_persona(BASELINE, style)
