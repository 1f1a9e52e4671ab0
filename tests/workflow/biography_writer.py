"""A model that writes and reads biographies, well or as a test wants it to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from mores.models.interface import Capabilities
from mores.personas.biography_grammar import compose
from mores.personas.biography_reading import read_offline
from mores.personas.grid import configuration
from mores.personas.persons import in_person
from mores.personas.variables import variables
from mores.records import Reply, Request


def told_configuration(text: str) -> tuple[int, ...]:
    """The levels that a writing request asks for."""
    return tuple(
        next(
            place
            for place, level in enumerate(variable.levels)
            if f": {in_person(variable, level, 'third').statement}\n" in text
        )
        for variable in variables()
    )


def well_written(index: int, seed: int = 0, **fields: object) -> str:
    """A good reply to a writing request."""
    story = compose(index, seed=seed)
    person = story.demographics
    assert person is not None
    told = {
        "age": person.age,
        "sex": person.sex,
        "education": person.education,
        "occupation": person.occupation,
        "settlement": person.settlement,
        "country": "",
        "story": story.text,
    }
    return json.dumps(told | fields)


def well_read(text: str) -> str:
    """A good reply to a reading request."""
    levels = read_offline(text.split("==========")[1]).levels
    return json.dumps(
        {
            variable.id: "unclear" if level < 0 else variable.levels[level].id
            for variable, level in zip(variables(), levels, strict=True)
        }
    )


Spoil = Callable[[int, int, str], Any]


@dataclass
class BiographyModel:
    """Answers well, or with what `write` and `read` make of a good answer.

    They are given the configuration's index (the number of readings so far for `read`), how often
    the same was asked before, and the good answer; a `Reply` goes out as it is.
    """

    write: Spoil | None = None
    read: Spoil | None = None
    spec: str = "ollama/w"
    label: str = "w"
    simulated: bool = False
    block_size: int = 1
    asked: list[tuple[str, int, Request]] = field(default_factory=list)
    closed: int = 0
    capabilities: Capabilities = field(default_factory=Capabilities)
    identity: dict[str, Any] = field(default_factory=lambda: {"model": "w"})

    async def prepare(self, known: Capabilities | None = None) -> None:
        await asyncio.sleep(0)

    async def prepare_scoring(self) -> None:
        raise AssertionError

    async def ask(self, requests: list[Request]) -> list[Reply]:
        return [self._answer(request) for request in requests]

    def _answer(self, request: Request) -> Reply:
        text = request.messages[0].content
        reading = text.startswith("Read the story")
        if reading:
            index, good = sum(kind == "read" for kind, _, _ in self.asked), well_read(text)
        else:
            from mores.personas.grid import index_of

            index = index_of(told_configuration(text))
            good = well_written(index)
        kind, spoil = ("read", self.read) if reading else ("write", self.write)
        before = sum(k == kind and i == index for k, i, _ in self.asked)
        self.asked.append((kind, index, request))
        said = good if spoil is None else spoil(index, before, good)
        return said if isinstance(said, Reply) else Reply(text=said)

    async def close(self) -> None:
        self.closed += 1

    def written(self) -> list[int]:
        return [index for kind, index, _ in self.asked if kind == "write"]


def a_level_off(index: int, place: int = 0) -> str:
    """A reply whose story is of another level of one variable."""
    from mores.personas.grid import index_of

    levels = list(configuration(index))
    levels[place] = (levels[place] + 1) % len(variables()[place].levels)
    return well_written(index_of(levels))
