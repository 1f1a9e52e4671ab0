import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from mores.instruments.validation import MAX_PROBLEMS, listed_problems, problems_of, shown


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    number: int = 1


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    label: str
    inner: list[Inner] = []


def problems(given):
    with pytest.raises(ValidationError) as error:
        Outer.model_validate(given)
    return problems_of(error.value, ["label", "inner"])


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, ["label: is missing"]),
        ({"label": 3}, ["label: must be text, not 3"]),
        ({"label": None}, ["label: must be text, not None"]),
        ({"label": "a", "lable": 1}, ["lable: is not a known key; did you mean 'label'?"]),
        ({"label": "a", "zzz": 1}, ["zzz: is not a known key"]),
        ({"label": "a", "inner": {}}, ["inner: must be a list, not {}"]),
        ({"label": "a", "inner": [3]}, ["inner[1]: must be a table of keys and values, not 3"]),
        (
            {"label": "a", "inner": [{}, {"number": "1"}]},
            ["inner[2].number: must be a whole number, not '1'"],
        ),
        ({"inner": 1}, ["label: is missing", "inner: must be a list, not 1"]),
        ("text", ["must be a table of keys and values, not 'text'"]),
    ],
)
def test_faults_in_plain_words(given, told):
    assert problems(given) == told


def test_a_value_is_quoted_briefly_however_deep_or_long():
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    assert len(shown(deep)) < 60
    assert len(shown("x" * 10_000)) <= 60
    assert len(shown(10**4000)) <= 60


def test_one_problem_is_one_line():
    assert listed_problems("a.toml", ["x: is missing"], "add it") == "a.toml: x: is missing; add it"


def test_ten_problems_are_told_and_the_rest_counted():
    told = listed_problems("a.toml", [f"p{n}" for n in range(13)], "mend it").splitlines()
    assert told[0] == "a.toml: 13 problems; mend it"
    assert told[1:-1] == [f"  p{n}" for n in range(MAX_PROBLEMS)]
    assert told[-1] == "  and 3 more"
    assert len(listed_problems("a", ["p"] * 10, "r").splitlines()) == 11
