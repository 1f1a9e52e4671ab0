from dataclasses import dataclass

import pytest
from pydantic import ConfigDict, TypeAdapter

from mores.errors import InstrumentError, PersonaError
from mores.instruments.datafiles import parse_data, read_data


@dataclass(frozen=True, slots=True)
class Pair:
    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)

    name: str
    numbers: tuple[float, ...]


SHAPE = TypeAdapter(Pair)


def test_a_fitting_file():
    assert parse_data('name = "a"\nnumbers = [1, 0.5]', "f.toml", SHAPE) == Pair("a", (1.0, 0.5))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('name = "a"', "f.toml: numbers: is missing"),
        ('name = "a"\nnumbers = ["1"]', r"f.toml: numbers\[1\]: must be a number, not '1'"),
        ('name = "a"\nnumbers = [nan]', "f.toml: not usable TOML"),
        ("name = ", "f.toml: not usable TOML"),
        ('name = "a"\nnumbers = []\nwhen = 2026-06-21', "f.toml: not usable TOML"),
    ],
)
def test_an_unfit_file(text, says):
    with pytest.raises(InstrumentError, match=says) as error:
        parse_data(text, "f.toml", SHAPE)
    assert "install mores again" in str(error.value)


def test_a_missing_file_and_another_error():
    with pytest.raises(PersonaError, match=r"nowhere\.toml: cannot be read"):
        read_data("mores.instruments", "nowhere.toml", SHAPE, PersonaError)
