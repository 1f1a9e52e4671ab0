"""Descriptor sets as TOML files: reading them, and telling every fault at once.

::

    schema = 1
    source = "…"
    licence = "…"
    written_by = "…"

    [sentences.A008]
    1 = "You …"
    2 = "You …"
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import PydanticCustomError

from mores.errors import InstrumentError, PersonaError, nearest
from mores.instruments.labels import fold
from mores.instruments.survey import Item, wvs7
from mores.instruments.texts import OptionalText, plain_text
from mores.instruments.validation import listed_problems, problems_of, shown
from mores.personas.descriptors import DescriptorSet, item_key

__all__ = [
    "LONGEST",
    "Checked",
    "checked_text",
    "parse_descriptor_set",
    "sentence_faults",
    "text_of",
    "toml_of",
]

MAX_BYTES = 1 << 20
LONGEST = 300
"""Characters of a sentence."""

_REMEDY = "correct the file"
_YOU = re.compile(r"You(?![^\W_])")
_ENDS = re.compile(r"[.!?…][\"'”’)]*$")
_NEXT = re.compile(r"(?<![A-Z])[.!?…][\"'”’)]*\s+[\"'“‘(]*[A-Z]")


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    schema_: Literal[1]
    description: OptionalText = None
    source: OptionalText = None
    licence: OptionalText = None
    written_by: OptionalText = None
    prompt: OptionalText = None
    model: OptionalText = None
    date: OptionalText = None
    seed: int | None = None
    sentences: dict[str, dict[str, Any]]


_CARD = ("description", "prompt", "model", "date", "seed")
_FIELDS = ("schema", "source", "licence", "written_by", *_CARD, "sentences")


@dataclass(frozen=True)
class Checked:
    """What a descriptor file holds, and what is wrong with it.

    Attributes
    ----------
    faults : tuple of str
        One line each; empty for a file that can be used.
    found : DescriptorSet or None
        None exactly if there are faults.
    """

    faults: tuple[str, ...]
    found: DescriptorSet | None


def parse_descriptor_set(text: str, place: str, name: str) -> DescriptorSet:
    """The descriptor set of a TOML text.

    Parameters
    ----------
    text : str
        TOML.
    place : str
        What to call it in messages.
    name : str
        What to call the set.

    Raises
    ------
    PersonaError
        If there is any fault; it tells the first ten.
    """
    checked = checked_text(text, place, name)
    if checked.found is None:
        raise PersonaError(listed_problems(place, checked.faults, _REMEDY))
    return checked.found


def checked_text(text: str, place: str, name: str) -> Checked:
    """The descriptor set of a TOML text, or everything that is wrong with it.

    Raises
    ------
    PersonaError
        If it is no TOML.
    """
    fields = _toml(text, place)
    if "schema" in fields:
        fields["schema_"] = fields.pop("schema")
    try:
        file = _File.model_validate(fields)
    except ValidationError as error:
        return Checked(tuple(_told(error)), None)
    faults: list[str] = []
    sentences = {}
    if not file.sentences:
        faults.append("sentences is empty; give the sentences of at least one item")
    for named, given in file.sentences.items():
        try:
            item, key = wvs7().item(named), item_key(named)
        except InstrumentError as error:
            faults.append(f"sentences.{named[:40]}: {error}")
            continue
        if key in sentences:
            faults.append(f"sentences.{named}: the same item as {key}; give it once")
        by_code, strays = _by_code(item, given)
        faults += [f"{named}: {stray}" for stray in strays]
        faults += [f"{named}, {fault}" for fault in sentence_faults(item, by_code)]
        sentences[key] = by_code
    if faults:
        return Checked(tuple(faults), None)
    card = {key: getattr(file, key) for key in _CARD if getattr(file, key) is not None}
    found = DescriptorSet(
        name, file.source or "", file.licence or "", file.written_by or "", sentences, card
    )
    return Checked((), found)


def sentence_faults(item: Item, sentences: Mapping[int, object]) -> list[str]:
    """What is wrong with the sentences of one item, one line each.

    Every option must have one sentence: it begins with "You", ends as a sentence does, holds no
    second one, is one line of at most 300 characters, and is unlike those of the other options
    (case, spacing and punctuation do not count).

    Parameters
    ----------
    item : Item
        What they are about.
    sentences : mapping of int to object
        By the code of the option; a text, or whatever stands in its place.
    """
    faults = []
    seen: dict[str, int] = {}
    for option in item.options:
        place = f"option {option.code} ({option.label})"
        if option.code not in sentences:
            faults.append(f"{place}: has no sentence; write one that begins with “You”")
            continue
        sentence = sentences[option.code]
        faults += [f"{place}: {fault}" for fault in _faults_of(sentence)]
        if isinstance(sentence, str) and (plain := fold(sentence)):
            if plain in seen:
                faults.append(
                    f"{place}: has the sentence of option {seen[plain]}; tell the two apart"
                )
            seen.setdefault(plain, option.code)
    return faults


def _faults_of(sentence: object) -> Iterator[str]:
    if not isinstance(sentence, str):
        yield "is no text; write a sentence in quotation marks"
        return
    try:
        plain_text(sentence)
    except PydanticCustomError as error:
        yield error.message()
        return
    if len(sentence) > LONGEST:
        yield f"has {len(sentence)} characters; at most {LONGEST} are allowed"
    if len(sentence.splitlines()) > 1 or "\t" in sentence:
        yield "has more than one line; write it on one"
    if sentence != sentence.strip():
        yield "has spaces before or after it; remove them"
    said = sentence.strip()
    if not _YOU.match(said):
        yield f"begins with {shown(said[:20])}; begin with the word “You”"
    elif len(said.split()) < 3:
        yield f"is {shown(said)}; write a whole sentence"
    if not _ENDS.search(said):
        yield "does not end as a sentence does; end it with a full stop"
    if _NEXT.search(said):
        yield "holds more than one sentence; make it one"


def _by_code(item: Item, given: Mapping[str, Any]) -> tuple[dict[int, Any], list[str]]:
    """The sentences in the order of the item's codes, and a fault for each key that is no code."""
    codes = {str(code): code for code in item.codes}
    strays = [
        f"{shown(key)} is no option; {nearest(key[:40], codes)}" for key in given.keys() - codes
    ]
    return {code: given[key] for key, code in codes.items() if key in given}, sorted(strays)


def _told(error: ValidationError) -> Iterator[str]:
    try:
        problems = problems_of(error)
    except ValueError:  # of a hexadecimal number that Python does not write out in decimal
        problems = ["schema or seed: has thousands of digits; write a small number"]
    for said in problems:
        place, _, rest = said.partition(": ")
        place = place.replace("schema_", "schema")
        if rest.startswith("is not a known key"):
            rest = f"is not a field; {nearest(place, _FIELDS)}"
        yield f"{place}: {rest}"


def _toml(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise PersonaError(f"{name} is nested too deeply; write it flat") from None
    except ValueError as error:  # of TOML, or of a number with thousands of digits
        raise PersonaError(f"{name} is not valid TOML ({error}); correct it there") from None


def toml_of(found: DescriptorSet) -> str:
    """A set as the text of a file, which `parse_descriptor_set` reads back as the same."""
    import tomli_w

    said = {"source": found.source, "licence": found.licence, "written_by": found.written_by}
    return tomli_w.dumps(
        {
            "schema": 1,
            **found.card,
            **{key: text for key, text in said.items() if text},
            "sentences": {
                item: {str(code): sentence for code, sentence in options.items()}
                for item, options in found.sentences.items()
            },
        }
    )


def text_of(path: Path) -> str:
    """The text of a file that someone wrote.

    Raises
    ------
    PersonaError
        If it is no regular file of at most 1 MiB of UTF-8, or cannot be read.
    """
    try:
        if path.is_dir():
            raise PersonaError(f"{path} is a folder; give the path of a TOML file")
        if not S_ISREG(path.stat().st_mode):  # a device or a pipe might never end
            raise PersonaError(f"{path} is no regular file; give the path of a TOML file")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise PersonaError(f"{path} is larger than 1 MiB; a descriptor set is a small file")
        return content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except FileNotFoundError:
        raise PersonaError(
            f"there is no file {path}; make one with: mores descriptors generate, or start from: "
            "mores descriptors show composable --toml"
        ) from None
    except UnicodeDecodeError:
        raise PersonaError(f"{path} is not UTF-8 text; save it as UTF-8") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise PersonaError(
            f"{shown(str(path))} cannot be read ({reason}); check the path and its permissions"
        ) from None
