from collections import Counter

import pytest

from mores.errors import InstrumentError
from mores.instruments import schwartz
from mores.instruments.labels import slug
from mores.instruments.schwartz import topics, value_types, values


@pytest.fixture
def file():
    types, entries = value_types().values(), values().values()
    return lambda **change: schwartz._ValuesFile(
        **{"schema": 1, "types": tuple(types), "values": tuple(entries)} | change
    )


def test_there_are_56_values_ten_types_and_eleven_topics():
    assert len(values()) == 56
    assert len(value_types()) == 10
    assert len(topics()) == 11
    assert [value.number for value in values().values()] == list(range(1, 57))


def test_ids_are_the_keys_and_follow_from_the_labels():
    for value in values().values():
        assert values()[value.id] is value
        assert slug(value.label) == value.id
        assert value.type in value_types()
    for kind in value_types().values():
        assert slug(kind.label) == kind.id
    assert len({topic.label for topic in topics().values()}) == 11


def test_the_value_that_one_published_list_drops_is_here():
    assert values()["unity-with-nature"].type == "universalism"


def test_the_types_cover_the_circle():
    groups = Counter(kind.higher_order for kind in value_types().values())
    assert groups == {
        "openness to change": 3,
        "self-enhancement": 2,
        "conservation": 3,
        "self-transcendence": 2,
    }
    assert set(Counter(value.type for value in values().values())) == set(value_types())


def test_loadings_are_pairs_within_bounds():
    for kind in value_types().values():
        assert len(kind.simulated_loading) == 2
        assert all(-1 <= loading <= 1 for loading in kind.simulated_loading)


def test_every_definition_says_something_else_than_the_label():
    for entry in (*values().values(), *topics().values()):
        assert len(entry.definition) > 10
        assert entry.definition.casefold() != entry.label.casefold()


def test_the_mappings_cannot_be_changed():
    with pytest.raises(TypeError):
        values()["x"] = None
    assert values() is values()


def test_numbers_out_of_order_are_told(file):
    swapped = tuple(values().values())[::-1]
    with pytest.raises(InstrumentError, match="'clean' has number 56 and stands at place 1"):
        schwartz._check_values(file(values=swapped))


def test_an_unknown_type_is_told(file):
    with pytest.raises(
        InstrumentError, match="'equality' has type 'universalism'; allowed: self-d"
    ):
        schwartz._check_values(file(types=tuple(value_types().values())[:9]))


@pytest.mark.parametrize("field", ["types", "values"])
def test_an_id_that_occurs_twice_is_told(file, field):
    entries = getattr(file(), field)
    with pytest.raises(InstrumentError, match="occurs twice"):
        schwartz._check_values(file(**{field: (*entries, entries[0])}))
