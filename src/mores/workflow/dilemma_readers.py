"""Who reads dilemmas: a text model, blind, and for the four checks.

The blind reader sees the situation, the value with its definition, and the six actions under letters,
in an order derived from the seed and the text. The four checks are asked for apart, of a reader who
sees sides and strengths, and no blind reading.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mores.coding.dilemma_replies import checks_in, placed_in
from mores.errors import ModelError
from mores.instruments.dilemma_checks import CHECKS, Check, Validation
from mores.instruments.dilemmas import ACTIONS, Dilemma
from mores.keys import digest, permutation, seed_from
from mores.prompts.dilemma_prompts import (
    blind_reading_request,
    blind_reading_schema,
    checking_request,
    checking_schema,
)
from mores.records import Message, Reply, Request, Sampling

if TYPE_CHECKING:
    from mores.models.interface import Model

__all__ = [
    "BLOCK",
    "READ_AGAIN",
    "DilemmaReader",
    "Judgement",
    "refuse_simulated",
    "today",
    "validation_of",
]

BLOCK = 64
"""How many dilemmas are in the making at once, at most unless a model likes more."""

READ_AGAIN = 2
"""How often a reader is asked again whose answer cannot be used, in another order each time."""

_BLIND, _CHECKS = "blind", "checks"


@dataclass(slots=True)
class Judgement:
    """What a reader makes of a dilemma.

    Attributes
    ----------
    placed : tuple of str or None
        The place given to each of `ACTIONS`; None if no answer was usable.
    checks : dict of str to Check or None
        By name; None if they were not asked for, or no answer was usable.
    failure : str or None
        Why there is no answer for now; then the other two are not to be used.
    """

    placed: tuple[str, ...] | None = None
    checks: dict[str, Check] | None = None
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class _Question:
    place: int
    kind: str
    order: tuple[int, ...]
    request: Request


class DilemmaReader:
    """A model that reads dilemmas.

    Parameters
    ----------
    model : Model
        Not yet prepared; not a simulated one.
    seed : int
        Of the orders in which actions are shown, and handed to a model that takes one.
    """

    def __init__(self, model: Model, seed: int) -> None:
        from mores.models.providers import shown

        self.name = shown(model.spec)
        self._model, self._seed = model, seed

    async def read(
        self, dilemmas: Sequence[Dilemma], *, blind: bool = True, checks: bool = True
    ) -> list[Judgement]:
        """A judgement of each dilemma, in order.

        Parameters
        ----------
        dilemmas : sequence of Dilemma
            What is read; each by itself.
        blind, checks : bool
            What is asked for.
        """
        found = [Judgement() for _ in dilemmas]
        kinds = [kind for kind, asked in ((_BLIND, blind), (_CHECKS, checks)) if asked]
        open_ones = [(place, kind) for place in range(len(found)) for kind in kinds]
        for attempt in range(1 + READ_AGAIN):
            questions = [
                self._question(place, kind, dilemmas[place], attempt) for place, kind in open_ones
            ]
            if not questions:
                break
            replies = await self._model.ask([question.request for question in questions])
            open_ones = [
                (question.place, question.kind)
                for question, reply in zip(questions, replies, strict=True)
                if not _taken(found[question.place], question, reply)
            ]
        return found

    def _question(self, place: int, kind: str, dilemma: Dilemma, attempt: int) -> _Question:
        about = (self._seed, kind, dilemma.text_digest, attempt)
        order = permutation(len(ACTIONS), *about) if kind == _BLIND else ()
        text = blind_reading_request(dilemma, order) if order else checking_request(dilemma)
        schema = blind_reading_schema() if order else checking_schema()
        seed = seed_from(*about)
        key = digest(["dilemmas", self._model.identity, [["user", text]], seed])
        request = Request(key, (Message("user", text),), Sampling(), seed, answer_schema=schema)
        return _Question(place, kind, order, request)


def _taken(judgement: Judgement, question: _Question, reply: Reply) -> bool:
    """Note an answer; False if it could not be used and may be asked for again."""
    if reply.failure is not None:
        if not reply.permanent:
            judgement.failure = reply.failure
        return True
    if question.kind == _BLIND:
        judgement.placed = placed_in(reply, question.order)
        return judgement.placed is not None
    judgement.checks = checks_in(reply)
    return judgement.checks is not None


def refuse_simulated(model: Model, does: str) -> None:
    """Refuse a model that has no words.

    Raises
    ------
    ModelError
        If it is simulated.
    """
    if model.simulated:
        raise ModelError(
            f"{model.spec} {does} no dilemmas: it is simulated; name a language model, such as "
            "openai/NAME, hf:REPO_OR_PATH or http://host:port/v1#NAME"
        )


def today() -> str:
    """The date by UTC, in ISO 8601."""
    return datetime.now(UTC).date().isoformat()


def validation_of(checks: Mapping[str, Check], date: str) -> Validation:
    """The record of four checks by a model.

    Parameters
    ----------
    checks : mapping of str to Check
        By name.
    date : str
        ISO 8601 date.
    """
    correctness, harmlessness, sufficiency, plausibility = (checks[name] for name in CHECKS)
    return Validation(correctness, harmlessness, sufficiency, plausibility, date=date)
