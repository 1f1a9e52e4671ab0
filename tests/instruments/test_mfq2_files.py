"""A user's file with the items of the questionnaire on moral foundations."""

from __future__ import annotations

import pytest

from mores.errors import InstrumentError
from mores.instruments.mfq2 import battery, foundation_of
from mores.instruments.mfq2_files import MAX_ITEM_CHARACTERS, parse_texts

TEXTS = {n: f"This is belief number {n}." for n in range(1, 37)}


def saved(tmp_path, text: str, encoding: str = "utf-8"):
    path = tmp_path / "official.csv"
    path.write_bytes(text.encode(encoding))
    return path


def table(rows, head="number,text", separator=",") -> str:
    lines = [head.replace(",", separator)]
    lines += [separator.join(f'"{cell}"' for cell in row) for row in rows]
    return "\n".join(lines) + "\n"


def refused(text: str) -> str:
    with pytest.raises(InstrumentError) as caught:
        parse_texts(text.encode(), "f.csv", "f.csv")
    return str(caught.value)


def test_a_file_replaces_the_items(tmp_path):
    found = battery(saved(tmp_path, table(TEXTS.items())))
    assert [item.text for item in found.items] == list(TEXTS.values())
    assert not found.paraphrased
    assert found.source == "official.csv"
    assert "official.csv" in found.label
    assert found.question == battery().question
    assert found.anchors == battery().anchors
    assert found.digest != battery().digest


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("head", ["number,text", "Position,Text", "ITEM,Wording"])
def test_marks_separators_and_names_of_columns_do_not_matter(tmp_path, encoding, separator, head):
    plain = battery(saved(tmp_path, table(TEXTS.items())))
    path = saved(tmp_path, table(TEXTS.items(), head, separator), encoding)
    assert battery(path) == plain


def test_numbers_decide_and_not_the_order_of_lines(tmp_path):
    ordered = battery(saved(tmp_path, table(TEXTS.items())))
    assert battery(saved(tmp_path, table(reversed(TEXTS.items())))) == ordered


@pytest.mark.parametrize("name", ["{}", "{:02}", "Q{}", "MFQ2_{}", "mfq-{}", "Item {}", "{}.0"])
def test_numbers_are_read_as_people_write_them(name):
    text = table((name.format(n), said) for n, said in TEXTS.items())
    assert parse_texts(text.encode(), "f", "f").items == TEXTS


def test_further_columns_are_left_alone():
    text = table(((n, said, "x,y") for n, said in TEXTS.items()), "number,text,note")
    assert parse_texts(text.encode(), "f", "f").items == TEXTS


def test_a_file_without_numbers_is_refused():
    said = refused(table(((text,) for text in TEXTS.values()), "text"))
    assert "order" in said
    assert "number,text" in said


def test_foundations_can_stand_in_for_numbers_only_in_the_right_order():
    rows = [(foundation_of(n).title(), text) for n, text in TEXTS.items()]
    found = parse_texts(table(rows, "foundation,text").encode(), "f", "f")
    assert found.items == TEXTS
    grouped = sorted(rows)
    assert "stands at another place" in refused(table(grouped, "foundation,text"))


def test_a_number_that_contradicts_the_foundation_is_refused():
    rows = [(n, foundation_of(n), text) for n, text in TEXTS.items()]
    rows[3] = (4, "care", rows[3][2])
    said = refused(table(rows, "number,foundation,text"))
    assert "line 5: item 4 is said to be of care" in said
    rows[3] = (4, "liberty", rows[3][2])
    assert "no foundation" in refused(table(rows, "number,foundation,text"))


def changed(**texts) -> str:
    given = TEXTS | {int(k[1:]): v for k, v in texts.items()}
    return table((n, text) for n, text in given.items() if text is not None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (changed(_5=None, _9=None), "no text for item 5, 9"),
        (changed(_5=""), "line 6: '5' has no text"),
        (changed(_5="x" * (MAX_ITEM_CHARACTERS + 1)), "501 characters; at most 500"),
        (changed(_5=TEXTS[6]), "items 5 and 6 have the same text"),
        (changed(_37="One more belief."), "there is no item 37; allowed: 1 to 36"),
        (changed(_5="Two\nlines."), "line break"),
        (changed(_5="A {name} in braces."), "braces"),
        (table([*TEXTS.items(), (5, "Again.")]), "item 5 is given twice"),
        (table([*TEXTS.items(), ("five", "Again.")]), "'five' is no item number"),
        (table(TEXTS.items(), "number,sentence"), "no column text"),
        ("number,item,text\n1,1,x\n", "say the same"),
        ("number,text\n", "no text for item 1, 2, 3"),
        ("number,text\n1,Beliefs, cut short\n", "more cells than columns"),
        ("number,text\n1\n", "too few"),
        ("", "no column text"),
        ('number,text\n1,"open\n', "not CSV"),
    ],
)
def test_what_cannot_be_used_is_said_with_the_remedy(text, said):
    message = refused(text)
    assert said in message
    assert message.startswith("f.csv")


def test_an_item_with_a_fault_is_not_also_called_missing():
    assert "no text for item" not in refused(changed(_5=""))


def test_files_that_are_none_are_refused(tmp_path):
    with pytest.raises(InstrumentError, match=r"there is no file.*number,text"):
        battery(tmp_path / "none.csv")
    with pytest.raises(InstrumentError, match="is a folder"):
        battery(tmp_path)
    with pytest.raises(InstrumentError, match="UTF-16"):
        battery(saved(tmp_path, table(TEXTS.items()), "utf-16"))
    with pytest.raises(InstrumentError, match="not UTF-8"):
        battery(saved(tmp_path, table((TEXTS | {1: "Änderung."}).items()), "latin-1"))


def test_a_translation_brings_its_question_and_anchors(tmp_path):
    rows = [("question", "Wie gut trifft das auf dich zu?")]
    rows += [(f"anchor{k}", f"Stufe {k}") for k in (3, 1, 2, 5, 4)]
    found = battery(saved(tmp_path, table([*rows, *TEXTS.items()])))
    assert found.question == "Wie gut trifft das auf dich zu?"
    assert found.anchors == ("Stufe 1", "Stufe 2", "Stufe 3", "Stufe 4", "Stufe 5")
    assert "anchors" in refused(table([*rows[:4], *TEXTS.items()]))
    assert "given twice" in refused(table([*rows, rows[0], *TEXTS.items()]))


def test_the_digest_follows_content_and_not_the_file(tmp_path):
    first = battery(saved(tmp_path, table(TEXTS.items())))
    other = tmp_path / "other.csv"
    other.write_text(table(TEXTS.items(), separator=";"))
    assert battery(other).digest == first.digest
    other.write_text(changed(_5="Another belief."))
    assert battery(other).digest != first.digest
