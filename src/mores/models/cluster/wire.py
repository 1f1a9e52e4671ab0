"""Requests and replies as they travel between the driver and an actor, in columns.

A block of requests repeats itself: the system message of a persona stands before each of its
questions, and one schema and one way of sampling serve them all. Each is sent once.
"""

from __future__ import annotations

import pickle
from collections.abc import Hashable, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any

from mores.records import (
    BatteryStimulus,
    Message,
    MoralStimulus,
    OptionMasses,
    Reply,
    Request,
    Sampling,
    Stimulus,
    SurveyStimulus,
)

__all__ = ["pack_replies", "pack_requests", "unpack_replies", "unpack_requests"]

_STIMULI: tuple[type[Any], ...] = (Stimulus, SurveyStimulus, MoralStimulus)
_NAMES = {kind: tuple(field.name for field in fields(kind)) for kind in _STIMULI}
_plain = attrgetter(*(field.name for field in fields(Reply) if field.name != "masses"))
_BATTERY = len(_STIMULI)


class _Once:
    """Numbers for values, each of which is kept once."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._places: dict[Hashable, int] = {}

    def place(self, mark: Hashable, value: Any) -> int:
        found = self._places.get(mark)
        if found is None:
            found = self._places[mark] = len(self.values)
            self.values.append(value)
        return found


def pack_requests(requests: Sequence[Request], stimuli: bool) -> bytes:
    """Requests as bytes.

    Parameters
    ----------
    requests : sequence of Request
    stimuli : bool
        Whether what only a simulated respondent knows goes along.
    """
    messages, ways, schemas = _Once(), _Once(), _Once()
    rows = []
    for request in requests:
        said = [messages.place((m.role, m.content), (m.role, m.content)) for m in request.messages]
        sampling = request.sampling
        way = (sampling.temperature, sampling.top_p, sampling.top_k, sampling.max_tokens)
        schema = request.answer_schema
        mark = repr(schema)  # letters in another order are another schema
        rows.append(
            (
                request.key,
                said,
                ways.place(way, way),
                request.seed,
                schemas.place(mark, schema),
                _of_stimulus(request.stimulus) if stimuli else None,
                request.labels,
            )
        )
    return pickle.dumps((messages.values, ways.values, schemas.values, rows), 5)


def unpack_requests(packed: bytes) -> list[Request]:
    """The requests of `pack_requests`."""
    said, told, schemas, rows = pickle.loads(packed)  # noqa: S301 - written by our own driver
    messages = [Message(role, content) for role, content in said]
    ways = [Sampling(*way) for way in told]
    return [
        Request(
            key,
            tuple([messages[place] for place in places]),
            ways[way],
            seed,
            schemas[schema],
            None if stimulus is None else _stimulus(stimulus),
            labels,
        )
        for key, places, way, seed, schema, stimulus, labels in rows
    ]


def _of_stimulus(stimulus: Any) -> Any:
    if stimulus is None:
        return None
    if isinstance(stimulus, BatteryStimulus):
        return _BATTERY, [_of_stimulus(member) for member in stimulus.members]
    kind = type(stimulus)
    return _STIMULI.index(kind), [getattr(stimulus, name) for name in _NAMES[kind]]


def _stimulus(packed: tuple[int, list[Any]]) -> Any:
    kind, values = packed
    if kind == _BATTERY:
        return BatteryStimulus(tuple(_stimulus(member) for member in values))
    return _STIMULI[kind](*values)


def pack_replies(replies: Sequence[Reply]) -> bytes:
    """Replies as bytes."""
    return pickle.dumps([(_plain(reply), _of_masses(reply.masses)) for reply in replies], 5)


def unpack_replies(packed: bytes) -> list[Reply]:
    """The replies of `pack_replies`."""
    rows = pickle.loads(packed)  # noqa: S301 - written by our own actor
    return [
        Reply(*(*plain, None if masses is None else OptionMasses(*masses)))
        for plain, masses in rows
    ]


def _of_masses(masses: OptionMasses | None) -> tuple[tuple[float, ...], ...] | None:
    return None if masses is None else (masses.low, masses.high)
