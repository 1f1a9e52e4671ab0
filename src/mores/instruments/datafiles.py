"""Reading the TOML files that come with the package."""

from __future__ import annotations

import json
import tomllib
from importlib.resources import files
from typing import TYPE_CHECKING, TypeVar

from mores.errors import InputError, InstrumentError
from mores.instruments.validation import listed_problems, problems_of

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = ["parse_data", "read_data"]

T = TypeVar("T")

_REMEDY = "the file came with the package: restore it or install mores again"


def read_data(
    package: str, name: str, shape: TypeAdapter[T], error: type[InputError] = InstrumentError
) -> T:
    """One TOML file of a package's data folder, validated.

    Parameters
    ----------
    package : str
        Dotted name of the package that holds the folder ``data``.
    name : str
        Name of the file in that folder.
    shape : pydantic.TypeAdapter
        What the file must look like.
    error : type of InputError, optional
        Which error to raise.

    Returns
    -------
    object
        What the shape makes of the file.

    Raises
    ------
    InputError
        Of the given type, if the file is missing, is not TOML, or does not fit the shape.
    """
    try:
        text = files(package).joinpath("data", name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise error(f"{name}: cannot be read ({problem}); {_REMEDY}") from None
    return parse_data(text, name, shape, error)


def parse_data(
    text: str, name: str, shape: TypeAdapter[T], error: type[InputError] = InstrumentError
) -> T:
    """The content of a TOML file, validated; see `read_data`."""
    from pydantic import ValidationError

    try:
        table = tomllib.loads(text)
        # Through JSON, because only there does strict validation take a list for a tuple.
        return shape.validate_json(json.dumps(table, allow_nan=False))
    except ValidationError as fault:
        raise error(listed_problems(name, problems_of(fault), _REMEDY)) from None
    except (ValueError, TypeError) as fault:
        raise error(f"{name}: not usable TOML ({fault}); {_REMEDY}") from None
