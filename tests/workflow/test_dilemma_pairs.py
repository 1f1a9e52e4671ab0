"""Which values and topics names stand for, and files of one's own."""

import pytest

from mores.errors import InstrumentError
from mores.instruments.schwartz import topics, values
from mores.workflow.dilemma_pairs import dilemma_pairs


def test_all_of_all_are_the_616_value_by_value():
    pairs = dilemma_pairs()
    assert len(pairs) == len(set(pairs)) == 616
    assert [p.topic for p in pairs[:11]] == list(topics())
    assert list(dict.fromkeys(p.value for p in pairs)) == list(values())


def test_ids_and_names_are_known_and_each_counts_once():
    pairs = dilemma_pairs(["honest", "A World at Peace", "HONEST"], ["Work Orientations"])
    assert [p.value for p in pairs] == ["honest", "a-world-at-peace"]
    assert pairs[0].value_definition == values()["honest"].definition
    assert pairs[0].topic_definition == topics()["work"].definition


def test_a_file_adds_to_what_is_known_and_all_is_what_it_holds(tmp_path):
    file = tmp_path / "v.csv"
    file.write_bytes(
        b'\xef\xbb\xbfDefinition,value,label\r\n"little,\r\nnot much",Thrift,\r\nx,calm,Calmness\r\n'
    )
    assert [p.value for p in dilemma_pairs(topic_names=["work"], value_file=file)] == [
        "thrift",
        "calm",
    ]
    thrift, honest = dilemma_pairs(["thrift", "honest"], ["work"], value_file=file)
    assert (thrift.value_label, thrift.value_definition) == ("Thrift", "little, not much")
    assert honest.value_label == "Honest"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "the columns value,label,definition"),
        (b"value,label,definition\n", "holds no value"),
        (b"value,label\nx,y\n", "the columns value,label,definition"),
        (b"value,label,definition\nhonest,,x\n", "'honest' is there already"),
        (b"value,label,definition\na,,x\nA,,y\n", "line 3: the value 'a' is there already"),
        (b"value,label,definition\na,,\n", "definition: has 0 characters"),
        (b"value,label,definition\na,,x,y\n", "too many fields"),
        (b"value,label,definition\n,,x\n", "is no name"),
        (b"value,label,definition\nall,,x\n", "stands for all"),
        (b"value,label,definition\na,\xff,x\n", "save it as UTF-8"),
        (b"value,label,definition\na,\x00,x\n", "is no text"),
        (b'value,label,definition\n"a,,x\n', "is no CSV file"),
    ],
)
def test_files_that_cannot_be_used_are_told(tmp_path, content, told):
    file = tmp_path / "v.csv"
    file.write_bytes(content)
    with pytest.raises(InstrumentError) as caught:
        dilemma_pairs(value_file=file)
    assert told in str(caught.value)
    assert "v.csv" in str(caught.value)


def test_a_topic_of_ones_own_is_none_that_there_is(tmp_path):
    file = tmp_path / "t.csv"
    file.write_text("topic,definition\nWork Orientations,x\n", "utf-8")
    with pytest.raises(InstrumentError, match="'work-orientations' is there already"):
        dilemma_pairs(topic_file=file)
    with pytest.raises(InstrumentError, match="there is no such file"):
        dilemma_pairs(topic_file=tmp_path)
    with pytest.raises(InstrumentError, match="one of your own, give a file with --topic-file"):
        dilemma_pairs(["honest"], ["zzz"])
