"""Wordings in seven languages: nothing is missing, and every label belongs to an option."""

import re
import unicodedata
from dataclasses import replace

import pytest

from mores.errors import InstrumentError
from mores.instruments.survey import wvs7
from mores.instruments.units import framing_units
from mores.instruments.wordings import LANGUAGES, wording

TRANSLATED = [language for language in LANGUAGES if language != "en"]
SCRIPTS = {"ar": "ARABIC", "hi": "DEVANAGARI", "ru": "CYRILLIC", "zh": "CJK"}
COUNTRIES = [
    "EGY",
    "JOR",
    "MAR",
    "GBR",
    "KEN",
    "USA",
    "ARG",
    "COL",
    "MEX",
    "CAN",
    "IND",
    "RUS",
    "CHN",
]
FRAMINGS = ["user-country", "persona-country", "third-person"]
BATTERIES = {
    "SU_CHILD_QUALITIES": range(7, 18),
    "SU_NEIGHBORS": range(18, 27),
    "SU_IMMIGRATION_EFFECTS": range(122, 130),
}


@pytest.mark.parametrize("language", TRANSLATED)
def test_all_126_members_are_there_with_the_options_of_the_instrument(language):
    found = wording(language)
    assert len(found.items) == 98
    assert {name: list(b.members) for name, b in found.batteries.items()} == {
        name: [f"Q{n}" for n in numbers] for name, numbers in BATTERIES.items()
    }
    english = wording("en")
    for name, item in found.items.items():
        assert item.question.strip() == item.question != ""
        assert set(item.labels) == set(english.items[name].labels), name
        assert len(set(item.labels.values())) == len(item.labels), name
    for battery in found.batteries.values():
        for member in battery.members:
            assert {str(code) for code in wvs7().item(member).codes} == set(battery.labels)


@pytest.mark.parametrize("language", TRANSLATED)
def test_equal_labels_in_english_and_equal_labels_in_translation_go_together(language):
    """A scale is put into the same words wherever it is asked, but for a few that need gender."""
    said = {}
    english = wording("en")
    for name, item in wording(language).items.items():
        scale = tuple(english.items[name].labels.values())
        said.setdefault(scale, set()).add(tuple(item.labels.values()))
    assert sum(len(ways) > 1 for ways in said.values()) <= 4, {
        scale: ways for scale, ways in said.items() if len(ways) > 1
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_preambles_name_the_country_once(language):
    found = wording(language)
    assert list(found.framings) == FRAMINGS
    for text in found.framings.values():
        assert text.count("{country}") == 1
    assert list(found.countries) == COUNTRIES
    assert len(set(found.countries.values())) == len(COUNTRIES)


@pytest.mark.parametrize("language", SCRIPTS)
def test_text_is_in_the_script_of_its_language(language):
    found = wording(language)
    texts = [item.question for item in found.items.values()]
    texts += [label for item in found.items.values() for label in item.labels.values()]
    texts += [m for b in found.batteries.values() for m in (b.stem, *b.members.values())]
    texts += found.countries.values()
    for text in texts:
        letters = [c for c in text if c.isalpha()]
        assert letters, text
        strange = [c for c in letters if SCRIPTS[language] not in unicodedata.name(c)]
        assert not strange, (text, strange)
        assert not re.search("[\u200e\u200f\u202a-\u202e\u2066-\u2069]", text), text


@pytest.mark.parametrize("language", TRANSLATED)
def test_it_says_who_translated(language):
    assert "language model" in wording(language).source
    assert "no human" in wording(language).source


def test_english_is_the_instrument_itself():
    item = wording("en").item("Q1")
    assert item.question == wvs7().item("Q1").question
    assert list(item.labels.values()) == list(wvs7().item("Q1").labels)
    assert set(wording("en").item("Q48").labels) == {"1", "10"}


def test_what_has_no_wording():
    with pytest.raises(InstrumentError, match="no wording in language 'de'"):
        wording("de")
    with pytest.raises(InstrumentError, match="Q1 has no wording"):
        wording("es").item("Q1")


@pytest.mark.parametrize(
    ("language", "texts"),
    {
        "en": (
            "I am from Egypt.",
            "Answer as if you are from Egypt.",
            "How do you think someone from Egypt would answer?",
        ),
        "es": (
            "Soy de Egipto.",
            "Responde como si fueras de Egipto.",
            "¿Cómo crees que respondería alguien de Egipto?",
        ),
        "fr": (
            "Je viens d'Égypte.",
            "Répondez comme si vous veniez d'Égypte.",
            "Comment pensez-vous qu'une personne d'Égypte répondrait ?",
        ),
        "ru": (
            "Я из Египта.",
            "Отвечайте так, как если бы вы были из Египта.",
            "Как, по-вашему, ответил бы человек из Египта?",
        ),
        "hi": (
            "मैं मिस्र से हूँ।",
            "उत्तर ऐसे दें जैसे आप मिस्र से हों।",
            "आपके विचार से मिस्र का कोई व्यक्ति कैसे उत्तर देगा?",
        ),
        "zh": ("我来自埃及。", "请像你来自埃及一样回答。", "你认为来自埃及的人会怎样回答？"),
        "ar": ("أنا من مصر.", "أجب كما لو أنك من مصر.", "كيف تعتقد أن شخصاً من مصر سيجيب؟"),
    }.items(),
)
def test_preambles_are_those_of_the_paper(language, texts):
    """Table 1, its Arabic in logical order and its Chinese line mended."""
    found = wording(language)
    country = found.countries["EGY"]
    assert tuple(text.format(country=country) for text in found.framings.values()) == texts


@pytest.mark.parametrize(
    ("language", "suffix"),
    {
        "en": "If you are not fully sure, choose the closest option that best matches your view.",
        "es": "Si no estás del todo seguro, elige la opción más cercana a tu opinión.",
        "fr": "Si vous n'êtes pas entièrement sûr, choisissez l'option la plus proche de votre opinion.",
        "ru": "Если вы не вполне уверены, выберите вариант, который ближе всего к вашей позиции.",
        "hi": "यदि आप पूरी तरह निश्चित नहीं हैं, तो अपनी राय के सबसे करीब विकल्प चुनें।",
        "zh": "如果你不能完全确定，就选择最接近你看法的选项。",
        "ar": "إذا لم تكن متأكداً تماماً، فاختر أقرب إجابة تعكس رأيك.",
    }.items(),
)
def test_suffixes_are_those_of_the_paper(language, suffix):
    assert wording(language).prompts.suffix.endswith(suffix)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_unit_is_worded(language):
    found = wording(language)
    for unit in framing_units().units:
        words = found.unit(unit)
        first = unit.members[0]
        assert words.question
        assert list(words.members) == (list(unit.members) if unit.battery else [])
        assert set(words.labels) <= set(unit.codes(first))
        assert list(words.labels) == sorted(words.labels)
        named = {c for c in unit.codes(first) if str(c) in wording("en").items[first].labels}
        assert set(words.labels) == named, unit.id
        assert words.source == ("instrument" if language == "en" else "translation")


def test_a_unit_in_english_is_the_instrument():
    units = {unit.id: unit for unit in framing_units().units}
    battery = wording("en").unit(units["SU_IMMIGRATION_EFFECTS"])
    assert battery.question == wvs7().item("Q122").battery.stem
    assert battery.members["Q129"] == wvs7().item("Q129").wording
    assert battery.labels == {0: "Disagree", 1: "Hard to say", 2: "Agree"}
    assert battery.member_question("Q129") == f"{battery.question}\nLeads to social conflict"
    single = wording("en").unit(units["Q165"])
    assert single.member_question("Q165") == single.question == wvs7().item("Q165").question


def test_a_unit_leaves_out_what_it_excludes_and_names_only_the_ends_of_a_long_scale():
    units = {unit.id: unit for unit in framing_units().units}
    assert units["Q249"].excluded == {0}
    for language in LANGUAGES:
        assert list(wording(language).unit(units["Q249"]).labels) == [1, 10]
        assert "0" in wording(language).items["Q249"].labels
        assert list(wording(language).unit(units["Q111"]).labels) == [1, 2]


@pytest.mark.parametrize("language", LANGUAGES)
def test_paraphrases_say_the_same_in_other_words(language):
    found = wording(language)
    assert len(found.paraphrases) == 2
    said = [found.variant(n) for n in range(3)]
    assert said[0].framings == found.framings
    assert said[0].suffix == found.prompts.suffix
    for each in said:
        assert list(each.framings) == FRAMINGS
        for text in each.framings.values():
            assert text.count("{country}") == 1
            assert text.replace("{country}", "").count("{") == 0
    # The form of a battery's answers is the same in all of them, since it is what is read.
    form = re.compile(r"[^\s“«]+: [^\s”»,]+")
    assert len({form.search(each.suffix_battery)[0].rstrip(".") for each in said}) == 1
    for way in (
        *zip(*(each.framings.values() for each in said), strict=True),
        [each.suffix for each in said],
        [each.suffix_battery for each in said],
    ):
        assert len(set(way)) == 3


@pytest.mark.parametrize("language", SCRIPTS)
def test_paraphrases_are_in_the_script_of_their_language(language):
    for each in wording(language).paraphrases:
        for text in (each.suffix, each.suffix_battery, *each.framings.values()):
            letters = [c for c in text.replace("{country}", "") if c.isalpha()]
            assert not [c for c in letters if SCRIPTS[language] not in unicodedata.name(c)], text


def test_french_countries_carry_their_preposition_in_paraphrases_too():
    found = wording("fr")
    said = [
        found.variant(n).framings["user-country"].format(country=found.countries[country])
        for n in range(3)
        for country in ("EGY", "USA")
    ]
    assert said == [
        "Je viens d'Égypte.",
        "Je viens des États-Unis.",
        "Je suis originaire d'Égypte.",
        "Je suis originaire des États-Unis.",
        "Pour information : je viens d'Égypte.",
        "Pour information : je viens des États-Unis.",
    ]


def test_what_has_no_paraphrase_or_no_unit():
    with pytest.raises(InstrumentError, match="no paraphrase 3 in language 'es'; allowed: 0 to 2"):
        wording("es").variant(3)
    with pytest.raises(InstrumentError, match="no paraphrase -1"):
        wording("es").variant(-1)
    unit = next(unit for unit in framing_units().units if unit.id == "SU_NEIGHBORS")
    bare = replace(wording("es"), batteries={})
    with pytest.raises(InstrumentError, match="SU_NEIGHBORS has no wording in language 'es'"):
        bare.unit(unit)
    battery = wording("es").batteries["SU_NEIGHBORS"]
    for fewer, lacks in (
        (replace(battery, members={"Q18": "x"}), "members Q19, Q20"),
        (replace(battery, labels={"1": "x"}), "options 2"),
        (replace(battery, stem=""), "question"),
    ):
        with pytest.raises(InstrumentError, match=lacks):
            replace(wording("es"), batteries={"SU_NEIGHBORS": fewer}).unit(unit)
