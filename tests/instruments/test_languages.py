import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mores.errors import InstrumentError
from mores.instruments import languages as module
from mores.instruments.languages import Language, language_of, languages

ALL = tuple(languages().values())


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("en", "en"), ("EN", "en"), ("English", "en"), (1240, "en"), ("1240", "en"), (1240.0, "en"),
        ("es", "es"), ("Spanish; Castilian", "es"), ("Spanish", "es"), ("Castilian", "es"), (1270, "es"),
        ("ru", "ru"), ("Russian", "ru"), (3630, "ru"), ("ja", "ja"), ("Japanese", "ja"), (2020, "ja"),
        ("zh", "zh"), ("Standard Chinese; Mandarin; Putonghua; Guoyu", "zh"), (2870, "zh"),
        ("Cantonese", "zh"), (790, "zh"), ("ar", "ar"), ("Arabic", "ar"), (170, "ar"),
        ("Persian; Farsi; Dari", "fa"), (3490, "fa"), ("Dutch; Flemish", "nl"), ("Greek, Modern", "el"),
        ("Romanian, Moldavian, Moldovan", "ro"), (3580, "ro"), ("Kirghiz; Kyrgyz", "ky"),
        ("Catalan; Valencian", "ca"), ("Shona;chiShona", "sn"), ("ilo Ilocano; Ilokano; Iloko", "ilo"),
        ("Cebuano; Bisaya; Binisaya", "ceb"), ("Filipino; Pilipino", "fil"), ("fil", "fil"),
        ("Malay; Malaysian", "ms"), ("Indonesian", "id"), (1890, "id"), ("Montenegrin", "cnr"),
        ("Icelandic", "is"), ("Swedish", "sv"), (4110, "sv"), ("Azerbaijani; Azeri", "az"),
        ("nb", "no"), ("Norwegian", "no"), ("pt-BR", "pt"), ("zh_Hant", "zh"), ("en-GB-oxendict", "en"),
        ("sr-Latn-RS", "sr"), ("Ukrainian", "uk"), (4410, "uk"), ("Turkish", "tr"), (4370, "tr"),
        ("Korean", "ko"), (2390, "ko"), ("Lithuanian", "lt"), ("Macedonian", "mk"),
    ],
)  # fmt: skip
def test_a_language_is_known_by_its_codes_and_names(value, code):
    assert language_of(value).code == code


@pytest.mark.parametrize(
    "value",
    ["", " ", "-", "Other", "oth", "xx", "Klingon", "No answer", "-4", -4, 9000, "9000", 0, 1e300,
     float("nan"), float("inf"), 1240.5, "1240.5", "²", "9" * 5000, "en--x", "other-x"],
)  # fmt: skip
def test_what_is_no_language_is_none(value):
    assert language_of(value) is None


@pytest.mark.parametrize("language", ALL, ids=lambda language: language.code)
def test_a_language_is_whole(language):
    assert languages()[language.code] is language
    assert re.fullmatch("[a-z]{2,3}", language.code)
    assert language.name == language.name.strip()
    for name in (language.code, language.name, *language.aliases, *language.numbers):
        assert language_of(name) is language


def test_languages_are_in_the_order_of_their_names():
    assert [language.name for language in ALL] == sorted(language.name for language in ALL)
    assert len(ALL) >= 100


def test_every_interview_language_of_wave_7_is_known():
    numbers = """100 140 170 200 310 440 490 550 660 720 740 790 810 820 1030 1040 1100 1190 1240 1270
    1290 1360 1370 1400 1460 1520 1530 1580 1700 1730 1770 1800 1850 1880 1890 1990 2020 2230 2310 2390
    2590 2730 2810 2870 3030 3040 3200 3240 3390 3490 3520 3530 3580 3630 3780 3830 3890 3900 4075 4110
    4160 4210 4230 4270 4370 4410 4420 4450 4470 4520 4620"""
    assert [n for n in numbers.split() if language_of(n) is None] == []
    codes = """am ar az bg bik bn bs ca ceb cnr cs da de el en es et eu fa fi fil fr gl ha hil hr hu hy
    id ig ilo is it ja ka kk ko ky lt mk mn ms my nd nl no om pl pt ro ru sk sl sn sq sr sv sw tg th tig
    tr tsg uk ur uz vi war yo zh"""
    assert [c for c in codes.split() if language_of(c).code != c] == []


@given(st.one_of(st.text(max_size=40), st.integers(), st.floats()))
def test_any_value_is_a_language_or_none(value):
    assert language_of(value) in (*ALL, None)


@given(
    st.sampled_from(ALL),
    st.sampled_from([str.upper, str.lower, str.title]),
    st.text(" ,.", max_size=3),
)
def test_case_spacing_and_punctuation_do_not_matter(language, change, around):
    assert language_of(around + change(language.name) + around) is language


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"code": "sv"}, "sv: 'sv' already stands"),
        ({"name": "swedish"}, "xx: 'swedish' already stands"),
        ({"aliases": ("SV",)}, "xx: 'SV' already stands"),
        ({"numbers": (4110,)}, "xx: 4110 already stands"),
    ],
)
def test_a_damaged_file_is_told(change, says, monkeypatch):
    swedish = Language("sv", "Swedish", numbers=(4110,))
    file = module._LanguagesFile(1, (swedish, replace(Language("xx", "Other"), **change)))
    monkeypatch.setattr(module, "read_data", lambda *_: file)
    with pytest.raises(InstrumentError, match=re.escape(says)):
        module._lookup.__wrapped__()
