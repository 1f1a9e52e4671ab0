"""Hedges and refusals, apart from whether a reply is coded."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shown_options import BATTERIES, LANGUAGES, SINGLES, battery, single

from mores.coding.flags import flags, flags_of
from mores.coding.lexicon import surroundings
from mores.coding.refusals import declines, is_refusal
from mores.coding.scripts import answer_tables

HEDGED = {
    "ar": "ربما، فالأمر يعتمد على الظروف.",
    "en": "It depends on the circumstances.",
    "es": "Depende de las circunstancias, quizás.",
    "fr": "Cela dépend des circonstances.",
    "hi": "यह परिस्थितियों पर निर्भर करता है।",
    "ru": "Это зависит от обстоятельств.",
    "zh": "这取决于具体情况。",
}
REFUSED = {
    "ar": [
        "أعتذر، لا يمكنني الإجابة عن هذا السؤال.",
        "لَا أَسْتَطِيعُ أن أجيب عن هذا السؤال.",
        "أفضل عدم الإجابة",
    ],
    "en": ["I can't answer this question.", "Prefer not to answer"],
    "es": ["Lo siento, no puedo responder a esta pregunta.", "Prefiero no contestar"],
    "fr": ["Je suis désolé, je ne peux pas répondre à cette question.", "JE REFUSE DE RÉPONDRE"],
    "hi": ["क्षमा करें, मैं इस प्रश्न का उत्तर नहीं दे सकता।", "मैं अपनी राय देने में असमर्थ हूँ।"],
    "ru": ["К сожалению, я не могу ответить на этот вопрос.", "Отказываюсь отвечать"],
    "zh": ["抱歉，我无法回答这个问题。", "作为AI语言模型，我没有个人立场。", "拒绝回答"],
}
PLAIN = {
    "ar": ["أوافق، لأن الأسرة مهمة.", "لا أستطيع العيش بدون أسرتي."],
    "en": ["I agree, because family matters.", "I cannot support this value."],
    "es": ["Estoy de acuerdo, porque la familia importa.", "No puedo vivir sin mi familia."],
    "fr": ["D'accord, car la famille compte.", "Je ne peux pas vivre sans ma famille."],
    "hi": ["सहमत, क्योंकि परिवार महत्वपूर्ण है।", "मैं अपने परिवार के बिना नहीं रह सकता।"],
    "ru": ["Согласен, потому что семья важна.", "Я не могу жить без семьи."],
    "zh": ["同意，因为家庭很重要。", "我不能没有家人。"],
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_hedges_refusals_and_neither(language):
    assert flags(HEDGED[language], language) == ("hedge",)
    for reply in REFUSED[language]:
        assert "refusal" in flags(reply, language), reply
    for reply in PLAIN[language]:
        assert flags(reply, language) == (), reply
        assert not is_refusal(reply, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_english_is_always_understood_and_other_languages_where_asked(language):
    assert flags(REFUSED["en"][0], language) == ("refusal",)
    if language != "en":
        assert not is_refusal(REFUSED[language][0])
        assert not declines(REFUSED[language][-1])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_options_themselves_are_no_hedges_and_no_refusals(language):
    for item in SINGLES:
        options = single(language, item)[1]
        for option in options:
            assert flags_of(option, language, options) == (), option
    for name in BATTERIES:
        members, options = battery(language, name)
        assert flags_of("\n".join((*members, *options)), language, (*members, *options)) == ()


def test_thinking_has_no_flags():
    assert flags("<think>It depends. I can't answer this.</think>2", "en") == ()
    assert flags("2", "en") == ()


@settings(deadline=None, max_examples=100)
@given(st.text(st.characters(exclude_categories=()), max_size=100), st.sampled_from(LANGUAGES))
def test_any_text_has_flags(text, language):
    assert set(flags(text, language)) <= {"hedge", "refusal"}


def test_every_language_has_every_list_and_no_list_repeats_itself():
    names = set(answer_tables()["ar"]) - {"fold", "drop", "forms"}
    for language in LANGUAGES:
        table = answer_tables()[language]
        assert names <= set(table), language
        for name in names:
            assert len(set(table[name])) == len(table[name]), (language, name)
    assert surroundings() is surroundings()
