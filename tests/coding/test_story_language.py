"""Whether a story is in the language asked for, and how many words it has."""
# ruff: noqa: E501

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mores.coding.story_language import is_in_language, word_count
from mores.personas.biography_grammar import composed

STORIES = {
    "de": "Sie lebt in einer kleinen Stadt und arbeitet in einem Büro. Mit der Kirche hat sie nichts zu tun, "
    "und ihr Mann ist auch nicht für das Beten. Auf die Nachbarn lässt sie nichts kommen.",
    "fr": "Elle vit dans une petite ville et travaille dans un bureau. Le dimanche, elle ne va pas à l'église "
    "avec sa mère, qui est fâchée. Les voisins sont pour elle des amis, et la rue est son jardin.",
    "es": "Vive en una pequeña ciudad y trabaja en la oficina. Los domingos no va a la iglesia con su madre, que "
    "se enfada. Para ella los vecinos son como una familia, pero la política no le interesa.",
    "it": "Vive in una piccola città e lavora in un ufficio. La domenica non va in chiesa con la madre, che è "
    "arrabbiata. Per lei i vicini sono come la famiglia, ma la politica non le interessa più.",
    "pt": "Vive em uma pequena cidade e trabalha no escritório. Aos domingos não vai à igreja com a mãe, que "
    "se zanga. Para ela os vizinhos são como uma família, mas a política não lhe interessa mais.",
    "ru": "Она живёт в маленьком городе и работает в конторе. По воскресеньям она не ходит в церковь с матерью, "
    "и та на неё сердится. Соседи для неё как семья, но политика её не интересует.",
    "uk": "Вона живе в маленькому місті і працює в конторі. У неділю вона не ходить до церкви з матірʼю, і та "
    "на неї сердиться. Сусіди для неї як родина, але політика її не цікавить.",
    "zh": "她住在一个小城市里，在办公室工作。星期天她不和母亲一起去教堂，母亲为此生气。对她来说，邻居就像家人一样。",
    "ja": "彼女は小さな町に住み、会社で働いている。日曜日に母と教会へ行かないので、母は怒っている。",
    "ar": "هي تعيش في مدينة صغيرة و تعمل في مكتب مع أخيها. لا تذهب إلى المسجد مع أمها التي كانت غاضبة من ذلك، "
    "و لم تهتم قط بالسياسة على أي حال.",
    "hi": "वह एक छोटे शहर में रहती है और दफ़्तर में काम करती है। पड़ोसी उसके लिए परिवार जैसे हैं।",
}
STORIES["en"] = next(composed([4])).text


@pytest.mark.parametrize("asked", sorted(STORIES))
def test_a_story_is_in_its_own_language_and_in_no_other(asked):
    inside = [language for language, text in STORIES.items() if is_in_language(text, asked)]
    assert inside == [asked]


def test_what_is_not_known_is_not_checked_and_nothing_is_in_no_language():
    assert is_in_language(STORIES["en"], "sw") is None
    assert is_in_language("", "en") is False
    assert is_in_language("1234 !?", "en") is False
    assert (
        is_in_language("lorem ipsum dolor sit amet consectetur adipiscing elit " * 9, "en") is False
    )


def test_words_are_counted_as_a_reader_would():
    assert word_count("It's a well-known fact, 42 times: no.") == 6
    assert word_count("") == 0
    assert word_count("—— 7 !") == 0
    assert word_count("她住在一个小城市里") == 4  # nine characters, two a word
    assert word_count("她 lives 在") == 2


@given(st.text(max_size=200))
def test_any_text_is_judged(text):
    assert is_in_language(text, "en") in (True, False)
    assert word_count(text) >= 0
