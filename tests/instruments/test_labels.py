import pytest
from hypothesis import given
from hypothesis import strategies as st

from mores.instruments.labels import fold, slug


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Social Justice", "social justice"),
        ("  social--justice_ ", "social justice"),
        ("Family & Changing Gender Roles", "family and changing gender roles"),
        ("Straße", "strasse"),
        ("ﬁne", "fine"),
        ("आज़ादी", "आज\u093cादी"),  # vowel signs are marks, and stay
        ("?!", ""),
        ("", ""),
    ],
)
def test_fold(text, folded):
    assert fold(text) == folded


def test_slug():
    assert slug("Honouring of Parents & Elders") == "honouring-of-parents-and-elders"


@given(st.text())
def test_folding_twice_is_folding_once(text):
    once = fold(text)
    assert fold(once) == once
    assert once == once.strip()
    assert "  " not in once
    assert " " not in slug(text)


def test_labels_that_differ_in_a_vowel_sign_stay_apart():
    assert fold("की") != fold("का")
