import pytest
from pydantic import TypeAdapter, ValidationError

from mores.instruments.texts import (
    MAX_CHARACTERS,
    Identifier,
    Label,
    OptionalText,
    StrictRecord,
    Text,
    is_label,
)


@pytest.mark.parametrize(
    "text", ["a", "two\nlines", "tab\there", "x" * MAX_CHARACTERS, "نیم‌فاصله", "🙂"]
)
def test_texts_that_may_stand(text):
    assert TypeAdapter(Text).validate_python(text) == text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        (" \n\t", "is empty"),
        ("x" * (MAX_CHARACTERS + 1), "has 20001 characters; at most 20000"),
        ("bell\x07", r"control character U\+0007"),
        ("\x00", r"control character U\+0000"),
        ("delete\x7f", r"control character U\+007F"),
        ("\x85", r"is empty|control character U\+0085"),
        ("\ud83d", "half of a surrogate pair"),
    ],
)
def test_texts_that_may_not_stand(text, says):
    with pytest.raises(ValidationError, match=says):
        TypeAdapter(Text).validate_python(text)


def test_an_optional_text_may_be_empty_or_absent_but_not_odd():
    optional = TypeAdapter(OptionalText)
    assert optional.validate_python("") == ""
    assert optional.validate_python(None) is None
    with pytest.raises(ValidationError):
        optional.validate_python("\x1b[31m")


@pytest.mark.parametrize("text", ["Freedom", "x" * 200, "الحرية", "نیم‌فاصله"])
def test_labels(text):
    assert is_label(text)
    assert TypeAdapter(Label).validate_python(text) == text


@pytest.mark.parametrize("text", ["", "  ", "a\nb", "a\u2028b", "x" * 201, "\ud800"])
def test_no_labels(text):
    assert not is_label(text)
    with pytest.raises(ValidationError, match="one line of 1 to 200 characters"):
        TypeAdapter(Label).validate_python(text)


@pytest.mark.parametrize("text", ["", "a b", "a\tb", "x" * 201, "\u200b", "\xa0"])
def test_no_identifiers(text):
    with pytest.raises(ValidationError, match="visible characters without spaces"):
        TypeAdapter(Identifier).validate_python(text)


def test_a_strict_record_coerces_nothing():
    class Entry(StrictRecord):
        n: float

    assert Entry.model_validate({"n": 1}).n == 1
    for given in ({"n": "1"}, {"n": True}, {"n": float("nan")}, {"n": 1, "m": 2}, {}):
        with pytest.raises(ValidationError):
            Entry.model_validate(given)
