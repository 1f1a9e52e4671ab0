"""Wordings in seven languages: nothing is missing, and every label belongs to an option."""

import re
import unicodedata

import pytest

from mores.errors import InstrumentError
from mores.instruments.survey import wvs7
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
    for text in (
        found.prompts.user_country,
        found.prompts.persona_country,
        found.prompts.third_person,
    ):
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
    prompts = found.prompts
    said = (prompts.user_country, prompts.persona_country, prompts.third_person)
    assert tuple(text.format(country=country) for text in said) == texts


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
