"""The shipped descriptor sets, what a set answers, and what it gives away."""

import re
import subprocess
import sys
from itertools import combinations

import pytest

from mores.errors import InstrumentError, PersonaError
from mores.instruments.labels import fold
from mores.instruments.survey import wvs7
from mores.measures.culture_map import INDICATORS
from mores.personas.descriptor_files import sentence_faults
from mores.personas.descriptors import (
    MAP_ITEMS,
    SHIPPED,
    DescriptorSet,
    descriptor_set,
    descriptor_sets,
    given_away,
    item_key,
    only_item,
    read_descriptor_set,
)
from mores.populations import derived
from mores.prompts.descriptor_prompts import descriptor_prompts

OPTIONS = {
    "A008": 4,
    "A165": 2,
    "E018": 3,
    "E025": 3,
    "F063": 10,
    "F118": 10,
    "F120": 10,
    "G006": 4,
    "Y002": 3,
    "Y003": 5,
}
SETS = descriptor_sets()
EVERY = pytest.mark.parametrize("found", SETS.values(), ids=SETS)


def sentences(found: DescriptorSet) -> list[str]:
    return [sentence for options in found.sentences.values() for sentence in options.values()]


def test_the_items_are_those_of_the_map_and_the_sets_those_of_table_3():
    assert MAP_ITEMS == INDICATORS
    assert tuple(SETS) == SHIPPED == descriptor_prompts()


@EVERY
def test_a_shipped_set_is_complete_and_valid(found):
    assert found.items == MAP_ITEMS
    assert {item: len(options) for item, options in found.sentences.items()} == OPTIONS
    for key, options in found.sentences.items():
        item = wvs7().item(key)
        assert tuple(options) == item.codes
        assert sentence_faults(item, options) == []


@EVERY
def test_a_shipped_set_says_who_wrote_it_and_that_nobody_validated_it(found):
    assert "language model" in found.written_by
    assert "no human has validated" in found.written_by
    assert found.licence == "CC-BY-4.0"
    assert "table 3" in found.source
    assert found.card["prompt"] == found.name


@EVERY
def test_no_sentence_gives_two_answers(found):
    plain = [fold(sentence) for sentence in sentences(found)]
    assert len(set(plain)) == len(plain) == 54


def test_no_two_sets_share_a_sentence():
    for one, other in combinations(SETS.values(), 2):
        assert not {*map(fold, sentences(one))} & {*map(fold, sentences(other))}


@EVERY
def test_no_sentence_holds_a_number_or_the_words_of_an_option(found):
    for key, options in found.sentences.items():
        labels = [fold(o.label) for o in wvs7().item(key).options if " " in fold(o.label)]
        for sentence in options.values():
            assert not re.search(r"\d", sentence), sentence
            assert not any(label in fold(sentence) for label in labels), sentence


@pytest.mark.parametrize("item", MAP_ITEMS)
def test_the_sets_say_the_same_and_differ_in_hedging(item):
    for code, bare in SETS["no-hedge"].sentences[item].items():
        for hedged in ("composable", "modular"):
            full = SETS[hedged].sentence(item, code)
            assert full.startswith(bare.rstrip(".")), (full, bare)
            assert len(full.split()) >= len(bare.split()) + 5


def test_the_ends_of_a_scale_are_unmistakable():
    ends = {
        "A008": ("deeply happy", "thoroughly unhappy"),
        "A165": ("You trust people", "do not trust"),
        "E018": ("would welcome", "would regret"),
        "E025": ("You have put", "would refuse"),
        "F063": ("no place at all", "the first place"),
        "F118": ("wrong in every case", "acceptable in every case"),
        "F120": ("wrong in every circumstance", "acceptable in every circumstance"),
        "G006": ("great pride", "no pride"),
        "Y002": (
            "order and a stable cost of living first",
            "voice for citizens and free expression first",
        ),
        "Y003": ("above all to obey", "above all to be self-reliant"),
    }
    for found in SETS.values():
        for item, (low, high) in ends.items():
            codes = list(found.sentences[item])
            assert low in found.sentence(item, codes[0])
            assert high in found.sentence(item, codes[-1])


def test_a_sentence_is_found_by_either_name_of_the_item():
    found = SETS["no-hedge"]
    assert found.sentence("A008", 1) == found.sentence("Q46", 1)
    assert found.sentence("A008", 1) == "You feel deeply happy with your life taken as a whole."
    assert "above all to obey" in found.sentence("Y003", -2)


@pytest.mark.parametrize(
    ("item", "code", "says"),
    [
        ("Q1", 1, "has no sentences for Q1; allowed: A008"),
        ("A008", 5, "A008 has no option 5; allowed: 1, 2, 3, 4"),
        ("Y003", 3, "allowed: -2, -1, 0, 1, 2"),
    ],
)
def test_what_it_has_no_sentence_for(item, code, says):
    with pytest.raises(PersonaError, match=re.escape(says)):
        SETS["modular"].sentence(item, code)


def test_an_unknown_item():
    with pytest.raises(InstrumentError, match="Q999"):
        SETS["modular"].sentence("Q999", 1)


def test_a_text_has_the_sets_order_and_leaves_out_what_was_not_answered():
    found = SETS["no-hedge"]
    assert found.text({"Y003": 2, "Q46": 4}) == (
        "You feel thoroughly unhappy with your life and find no joy in it. You want children to "
        "learn above all to be self-reliant and persistent, and not to obey and to keep a religious "
        "faith."
    )
    assert found.text({}) == ""
    with pytest.raises(PersonaError, match="no sentences for Q1"):
        found.text({"Q1": 1})


def test_the_digest_follows_the_sentences_alone():
    bare = SETS["no-hedge"]
    same = DescriptorSet("mine", "", "", "", bare.sentences)
    assert same.digest() == bare.digest()
    assert len({found.digest() for found in SETS.values()}) == 3
    changed = {**bare.sentences, "A165": {**bare.sentences["A165"], 1: "You trust nobody at all."}}
    assert DescriptorSet("mine", "", "", "", changed).digest() != bare.digest()
    turned = dict(reversed(bare.sentences.items()))
    assert DescriptorSet("mine", "", "", "", turned).digest() != bare.digest()


@EVERY
def test_a_set_covers_its_items_their_components_and_near_twins(found):
    assert found.covers == {
        *("Q46", "Q57", "Q45", "Q209", "Q164", "Q182", "Q184", "Q254", "Y002", "Y003"),
        *("Q154", "Q155", "Q8", "Q14", "Q15", "Q17", "Q218"),
    }


def test_what_is_given_away():
    assert given_away(["A008"]) == {"Q46"}
    assert given_away(["Q154"]) == {"Q154", "Y002"}
    assert given_away(["F028"]) == {"F028", "Q171"}
    assert given_away(["Q171"]) == {"F028", "Q171"}
    assert given_away([]) == frozenset()
    with pytest.raises(InstrumentError):
        given_away(["A008", "nonsense"])


def test_every_index_that_is_computed_is_known_to_give_its_questions_away():
    for index, questions, _ in derived._INDICES:
        assert given_away([index]) >= {index, *questions}
        for question in questions:
            assert index in given_away([question])


def test_keys_of_items():
    assert item_key("Q46") == item_key("A008") == "A008"
    assert item_key("Q6") == item_key(wvs7().item("Q6").ivs) == "Q6"


def test_a_part_of_a_set():
    part = only_item(SETS["modular"], "Q57")
    assert part.items == ("A165",)
    assert part.covers == {"Q57"}
    with pytest.raises(PersonaError, match="'modular' has no sentences for Q1"):
        only_item(SETS["modular"], "Q1")


def test_a_set_by_name_or_by_path(tmp_path):
    assert descriptor_set("modular") is SETS["modular"]
    (tmp_path / "mine.toml").write_text(
        'schema = 1\n[sentences.Q57]\n1 = "You trust people."\n2 = "You trust nobody."\n', "utf-8"
    )
    for found in (
        descriptor_set("mine.toml", tmp_path),
        read_descriptor_set(tmp_path / "mine.toml"),
    ):
        assert found.name == "mine"
        assert found.sentences == {"A165": {1: "You trust people.", 2: "You trust nobody."}}
    with pytest.raises(PersonaError, match="did you mean 'composable'"):
        descriptor_set("composabel")


def test_importing_reads_nothing_and_stays_light():
    program = """
import sys
touched = []
def watch(event, arguments):
    if event == "open" and str(arguments[0]).endswith(".toml"):
        touched.append(arguments[0])
sys.addaudithook(watch)
import mores.personas.descriptors, mores.personas.descriptor_files, mores.personas.few_shot
import mores.personas.sociodemographic, mores.prompts.guidance, mores.prompts.descriptor_prompts
assert not touched, touched
assert not {"polars", "matplotlib", "aiohttp", "scipy.stats", "tomli_w"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
