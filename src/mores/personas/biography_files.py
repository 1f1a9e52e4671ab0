"""Files of biographies: one JSON object a line, the first of which says how they were made.

::

    {"schema": "mores/biographies/1", "writer": "…", "simulated": false, "seed": 0, …}
    {"configuration": 17, "demographics": {"age": 43, …}, "text": "…", "status": "accepted", …}

A configuration stands in a file once. What a model wrote is data here, whatever it holds: it is never
run, rendered or used as a formula, and is written as JSON alone.
"""

from __future__ import annotations

import json
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from mores.errors import PersonaError
from mores.instruments.texts import Label, StrictRecord, Text, plain_text
from mores.instruments.validation import listed_problems, problems_of, shown
from mores.personas.biographies import UNCLEAR, Biography, Demographics, Reading
from mores.personas.variables import N_CONFIGURATIONS, N_VARIABLES, variables

__all__ = [
    "BiographyFile",
    "Making",
    "line_of",
    "making_line",
    "parse_biographies",
    "read_biographies",
]

SCHEMA = "mores/biographies/1"
MAX_BYTES = 1 << 29
"""Of a file: 512 MiB, more than the whole grid's stories take."""
MAX_LINE = 1 << 18
_REMEDY = "correct or remove the lines"
_MOST_REASONS = 40


@dataclass(frozen=True, slots=True)
class Making:
    """How the biographies of a file were made.

    Attributes
    ----------
    writer : str
        Model that wrote, without any key.
    simulated : bool
        Whether no language model wrote them.
    seed : int
    prompts : str
        Digest of the prompts' templates; empty for the offline writer.
    language : str
        ISO 639 code of the language asked for.
    repairs : int
        How often a draft that could not be used was asked for again.
    reader : str
        Who read each draft; empty if nobody did.
    contradictions : float
        Share of stories in which the offline writer planted a wrong level.
    planned : int
        How many configurations were asked for.
    configurations : str
        Digest of which; see `mores.keys`.
    """

    writer: str
    simulated: bool
    seed: int
    prompts: str = ""
    language: str = "en"
    repairs: int = 2
    reader: str = ""
    contradictions: float = 0.0
    planned: int = 0
    configurations: str = ""


@dataclass(frozen=True, slots=True)
class BiographyFile:
    """What a file holds.

    Attributes
    ----------
    making : Making
    biographies : tuple of Biography
        In the order of the lines.
    """

    making: Making
    biographies: tuple[Biography, ...]


class _Making(StrictRecord):
    schema_: Annotated[Literal["mores/biographies/1"], Field(alias="schema")]
    writer: Label
    simulated: bool
    seed: int
    prompts: Annotated[str, Field(max_length=200)]
    language: Label
    repairs: Annotated[int, Field(ge=0, le=100)]
    reader: Annotated[str, Field(max_length=200)]
    contradictions: Annotated[float, Field(ge=0, le=1)]
    planned: Annotated[int, Field(ge=0)]
    configurations: Annotated[str, Field(max_length=200)]


class _Demographics(StrictRecord):
    age: int
    sex: str
    education: str
    occupation: str
    settlement: str
    country: str | None = None


class _Reading(StrictRecord):
    reader: Label
    levels: Annotated[list[int], Field(min_length=N_VARIABLES, max_length=N_VARIABLES)]


_Codes = Annotated[tuple[Label, ...], Field(max_length=_MOST_REASONS)]


class _Biography(StrictRecord):
    configuration: Annotated[int, Field(ge=0, lt=N_CONFIGURATIONS)]
    demographics: _Demographics | None
    text: str
    writer: Text
    language: Label = "en"
    attempts: Annotated[int, Field(ge=1, le=1000)] = 1
    status: Literal["accepted", "rejected"] = "accepted"
    reasons: _Codes = ()
    flags: _Codes = ()
    reading: _Reading | None = None
    drafts: Annotated[tuple[_Codes, ...], Field(max_length=1000)] = ()
    planted: Annotated[tuple[tuple[int, int], ...], Field(max_length=N_VARIABLES)] = ()


def making_line(making: Making) -> str:
    """The first line of a file, with its line break."""
    return _line({"schema": SCHEMA, **asdict(making)})


def line_of(biography: Biography) -> str:
    """A biography's line, with its line break; fields that hold nothing are left out."""
    told = asdict(biography)
    always = ("configuration", "demographics", "text", "writer", "status", "attempts", "language")
    return _line({k: v for k, v in told.items() if k in always or v not in (None, (), [])})


def _line(fields: dict[str, Any]) -> str:
    # U+2028 and its kin end a line for some readers.
    text = json.dumps(fields, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029") + "\n"


def read_biographies(path: Path, *, torn: bool = False) -> BiographyFile:
    """The biographies of a file, each checked.

    Parameters
    ----------
    path : Path
        A regular file of at most 512 MiB, UTF-8, lines of at most 256 KiB.
    torn : bool
        Leave a last line without a line break out, as a process that was killed leaves it.

    Raises
    ------
    PersonaError
        If it cannot be read or is no such file; with line and field of the first ten faults.
    """
    return _parsed(_lines(path, torn), str(path))


def parse_biographies(content: bytes, place: str) -> BiographyFile:
    """The biographies of a file's bytes; errors as in `read_biographies`."""
    return _parsed(enumerate(content.splitlines(keepends=True), start=1), place)


def _parsed(lines: Iterable[tuple[int, bytes]], path: str) -> BiographyFile:
    making: Making | None = None
    found: list[Biography] = []
    problems: list[str] = []
    seen: set[int] = set()
    for number, line in lines:
        if making is None:
            making = _made(line, f"{path}, line {number}")
            continue
        try:
            biography = _biography(line)
        except PersonaError as error:
            problems.append(f"line {number}: {error}")
        else:
            if biography.configuration in seen:
                problems.append(
                    f"line {number}: configuration {biography.configuration} stands there twice"
                )
            seen.add(biography.configuration)
            found.append(biography)
        if len(problems) > 10:
            break
    if problems:
        raise PersonaError(listed_problems(path, problems, _REMEDY))
    if making is None:
        raise PersonaError(
            f"{path} is empty; make a file of biographies with: mores biographies write"
        )
    return BiographyFile(making, tuple(found))


def _lines(path: Path, torn: bool) -> Iterator[tuple[int, bytes]]:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):  # a device or a pipe might never end
            raise PersonaError(f"{path} is no regular file; name a file of biographies")
        if status.st_size > MAX_BYTES:
            raise PersonaError(f"{path} is larger than 512 MiB; split it into several files")
        with path.open("rb") as file:
            number = 0
            while line := file.readline(MAX_LINE + 1):
                number += 1
                if len(line) > MAX_LINE:
                    raise PersonaError(
                        f"{path}, line {number}: is longer than 256 KiB; it is no biography"
                    )
                if torn and not line.endswith(b"\n"):
                    return
                if number == 1:
                    line = line.removeprefix(b"\xef\xbb\xbf")
                if line.strip():
                    yield number, line
    except FileNotFoundError:
        raise PersonaError(
            f"there is no file {path}; check the path, or make biographies with: mores biographies "
            "write"
        ) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise PersonaError(
            f"{shown(str(path))} cannot be read ({reason}); check the path and its permissions"
        ) from None


def _made(line: bytes, place: str) -> Making:
    try:
        fields = _Making.model_validate_json(line).model_dump()
    except ValidationError as error:
        problems = _problems(error)
        if any(problem.startswith("schema") for problem in problems):
            problems = [f"schema must be {SCHEMA!r}: the first line says how the file was made"]
        raise PersonaError(
            listed_problems(place, problems, "name a file that mores biographies write has made")
        ) from None
    fields.pop("schema_")
    return Making(**fields)


def _biography(line: bytes) -> Biography:
    try:
        given = _Biography.model_validate_json(line)
        plain_text(given.text)
    except ValidationError as error:
        problems = _problems(error)
        more = f" (and {len(problems) - 1} more faults)" if len(problems) > 1 else ""
        raise PersonaError(f"{problems[0]}{more}") from None
    except ValueError as error:  # of plain_text
        raise PersonaError(f"text: {error}") from None
    person = given.demographics
    try:
        demographics = None if person is None else Demographics(**person.model_dump())
    except PersonaError as error:
        raise PersonaError(f"demographics: {error}") from None
    if given.status == "accepted" and (demographics is None or not given.text.strip()):
        raise PersonaError("status: accepted without demographics or text")
    reading = None
    if given.reading is not None:
        _check_levels("reading.levels", list(enumerate(given.reading.levels)), UNCLEAR)
        reading = Reading(given.reading.reader, tuple(given.reading.levels))
    _check_levels("planted", given.planted, 0)
    return Biography(
        given.configuration,
        demographics,
        given.text,
        given.writer,
        given.language,
        given.attempts,
        given.status,
        given.reasons,
        given.flags,
        reading,
        given.drafts,
        given.planted,
    )


def _problems(error: ValidationError) -> list[str]:
    try:
        return problems_of(error)
    except ValueError:  # a number with thousands of digits, which Python does not write out
        return ["holds a number with thousands of digits"]


def _check_levels(field: str, levels: Sequence[tuple[int, int]], lowest: int) -> None:
    for place, level in levels:
        if not 0 <= place < N_VARIABLES:
            raise PersonaError(f"{field}: {place} is no variable; allowed: 0 to {N_VARIABLES - 1}")
        variable = variables()[place]
        if not lowest <= level < len(variable.levels):
            raise PersonaError(
                f"{field}: {level} is no level of {variable.id}; allowed: {lowest} to "
                f"{len(variable.levels) - 1}"
            )
