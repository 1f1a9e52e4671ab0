"""Messages as they are sent, whole."""

from dataclasses import replace

import pytest

from mores.errors import StudyError
from mores.instruments.units import framing_units
from mores.instruments.wordings import LANGUAGES, wording
from mores.studies.framings.cells import Context
from mores.studies.framings.prompting import message, shown_options, unnamed_steps

UNITS = {unit.id: unit for unit in framing_units().units}


def sent(unit, framing="language", language="en", country=None, item=None, reverse=False, **more):
    unit = UNITS[unit]
    context = Context(framing, language, country, more.pop("paraphrase", 0))
    codes = unit.codes(unit.members[0])
    order = range(len(codes))[:: -1 if reverse else 1]
    shown = shown_options(
        codes, wording(language).unit(unit), tuple(order), more.pop("letters", False)
    )
    return message(context, wording(language), unit, shown, item=item, **more)


def test_preamble_question_options_and_suffix():
    said = sent("Q45", "persona-country", country="EGY")
    parts = said.split("\n\n")
    assert parts[0] == "Answer as if you are from Egypt."
    assert "Greater respect for authority" in parts[1]
    assert parts[2].splitlines()[0] == "Response options:"
    assert [line[:3] for line in parts[2].splitlines()[1:]] == ["1. ", "2. ", "3. "]
    assert parts[3].startswith("Answer using only one of the listed response options.")
    assert len(parts) == 4


def test_without_a_country_there_is_no_preamble():
    said = sent("Q45")
    assert len(said.split("\n\n")) == 3
    assert "Egypt" not in said


@pytest.mark.parametrize(
    ("framing", "first"),
    [
        ("user-country", "I am from the United States."),
        ("persona-country", "Answer as if you are from the United States."),
        ("third-person", "How do you think someone from the United States would answer?"),
    ],
)
def test_the_preambles_of_the_paper(framing, first):
    assert sent("Q57", framing, country="USA").split("\n\n")[0] == first


def test_a_scale_of_which_only_the_ends_have_names_keeps_its_numbers():
    lines = sent("Q164").split("\n\n")[1].splitlines()[1:]
    assert lines == ["1. Not at all important", *map(str, range(2, 10)), "10. Very important"]


def test_a_reversed_scale_keeps_its_numbers_with_its_options():
    lines = sent("Q164", reverse=True).split("\n\n")[1].splitlines()[1:]
    assert lines == ["10. Very important", *map(str, range(9, 1, -1)), "1. Not at all important"]


def test_a_reversed_list_is_numbered_in_the_order_shown():
    forwards = sent("Q45").split("\n\n")[1].splitlines()[1:]
    backwards = sent("Q45", reverse=True).split("\n\n")[1].splitlines()[1:]
    assert [line[:2] for line in backwards] == ["1.", "2.", "3."]
    assert [line[3:] for line in backwards] == [line[3:] for line in forwards][::-1]


def test_letters_take_the_place_of_numbers():
    lines = sent("Q164", letters=True).split("\n\n")[1].splitlines()[1:]
    assert lines == ["A. Not at all important", *"BCDEFGHI", "J. Very important"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_battery_numbers_its_members_and_lists_its_options_without_numbers(language):
    parts = sent("SU_IMMIGRATION_EFFECTS", language=language).split("\n\n")
    lines = parts[0].splitlines()[-8:]
    assert [line.split(". ")[0] for line in lines] == list("12345678")
    assert [line[:2] for line in parts[1].splitlines()[1:]] == ["- "] * 3
    assert parts[2] == wording(language).prompts.suffix_battery


def test_a_member_can_be_asked_alone():
    said = sent("SU_NEIGHBORS", item="Q22", only="Give only its number.")
    assert wording("en").unit(UNITS["SU_NEIGHBORS"]).members["Q22"] in said.split("\n\n")[0]
    assert "1. Mentioned" in said
    assert said.endswith(" Give only its number.")


def test_an_excluded_option_is_not_offered():
    assert "Other answer" not in sent("Q111")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("unit", sorted(UNITS))
def test_every_unit_has_words_for_every_option_in_every_language(language, unit):
    unit = UNITS[unit]
    words = wording(language).unit(unit)
    codes = unit.codes(unit.members[0])
    named = set(codes) if not unnamed_steps(codes, words) else {codes[0], codes[-1]}
    assert named == set(words.labels)
    assert set(words.members) == (set(unit.members) if unit.battery else set())


def test_a_scale_has_unnamed_steps_in_all_languages_or_in_none():
    for unit in UNITS.values():
        codes = unit.codes(unit.members[0])
        assert len({unnamed_steps(codes, wording(code).unit(unit)) for code in LANGUAGES}) == 1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("paraphrase", [1, 2])
def test_paraphrases_change_preamble_and_suffix_and_nothing_between(language, paraphrase):
    first = sent("Q45", "third-person", language, "KEN").split("\n\n")
    other = sent("Q45", "third-person", language, "KEN", paraphrase=paraphrase).split("\n\n")
    assert first[0] != other[0]
    assert first[1:3] == other[1:3]
    assert first[3] != other[3]


def test_a_framing_without_words_is_refused():
    with pytest.raises(
        StudyError, match=r"'neighbour' has no words in language 'en'.*third-person"
    ):
        sent("Q45", "neighbour", country="EGY")


@pytest.mark.parametrize(
    "preamble", ["{country.__class__} {country}", "{country[0]} {country}", "{0} {country!r:>99}"]
)
def test_only_the_country_is_filled_in(preamble):
    """Whoever makes a wording without a file's checks still gets the text as it stands."""
    words = replace(wording("en"), framings={"odd": preamble}, countries={"EGY": "{odd}"})
    unit = UNITS["Q57"]
    shown = shown_options(unit.codes("Q57"), words.unit(unit), (0, 1))
    said = message(Context("odd", "en", "EGY"), words, unit, shown)
    assert said.startswith(preamble.replace("{country}", "{odd}") + "\n\n")


def test_a_country_without_a_name_is_refused():
    with pytest.raises(StudyError, match="DEU has no name in language 'en'"):
        sent("Q45", "third-person", country="DEU")
