"""One dilemma in the making: drafts asked of a model, judged, accepted or rejected with reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from mores.coding.dilemma_form import NEAR_COPY, Fault, overlap, word_runs
from mores.coding.dilemma_replies import DilemmaDraft, dilemma_draft_in
from mores.instruments.dilemma_checks import BlindReading
from mores.instruments.dilemma_records import action_key
from mores.instruments.dilemmas import ACTIONS, Dilemma, record_of
from mores.instruments.labels import fold
from mores.keys import digest, seed_from
from mores.prompts.dilemma_prompts import (
    Pair,
    dilemma_repair_request,
    dilemma_request,
    dilemma_schema,
)
from mores.records import Message, Reply, Request, Sampling
from mores.workflow.dilemma_readers import Judgement, today, validation_of

if TYPE_CHECKING:
    from mores.models.interface import Model

__all__ = ["AcceptedTexts", "DilemmaJob", "DilemmaWriter", "reading_faults"]

_NOT_MENDED = frozenset({"server-refused", "unread", "unchecked"})
"""Faults that another draft would not mend."""
_KEPT_WORDS = 8_000
_SIDES = {"a": "follow the value", "b": "go against the value"}


@dataclass(slots=True)
class DilemmaJob:
    """A dilemma in the making.

    Attributes
    ----------
    pair : Pair
        Value and topic.
    messages : list of Message
        The conversation with the writer.
    drafts : list of tuple of Fault
        What was wrong with each draft; empty for the last of an accepted one.
    readings : list of BlindReading
        Of all drafts.
    rewrites : int
        How often a text was rewritten that had been read.
    failure : str or None
        Why there is no answer for now.
    record : dict or None
        What is kept, once it is settled.
    """

    pair: Pair
    messages: list[Message] = field(default_factory=list)
    drafts: list[tuple[Fault, ...]] = field(default_factory=list)
    readings: list[BlindReading] = field(default_factory=list)
    rewrites: int = 0
    failure: str | None = None
    record: dict[str, Any] | None = None
    _was_read: bool = False

    def judged(
        self, draft: DilemmaDraft, judgement: Judgement | None, reader: str, said: str, last: bool
    ) -> None:
        """Take a draft with what is wrong with it; settle if it is accepted, or was the last.

        Parameters
        ----------
        draft : DilemmaDraft
            With the faults of its form.
        judgement : Judgement or None
            None if it was not read, for its form.
        reader : str
            Who read it.
        said : str
            The words that it came in.
        last : bool
            Whether no further one is asked for.
        """
        faults = draft.faults
        self.rewrites += self._was_read
        self._was_read = judgement is not None
        dilemma = draft.dilemma
        if judgement is not None and dilemma is not None:
            faults += reading_faults(judgement)
            if judgement.placed is not None:
                text = dilemma.text_digest
                self.readings.append(BlindReading(reader, text, judgement.placed, today()))
            if judgement.checks is not None:
                dilemma = self._validated(dilemma, judgement)
        self.drafts.append(faults)
        self.messages.append(Message("assistant", said))
        if not faults or last or {fault.code for fault in faults} <= _NOT_MENDED:
            self.record = self._settled(draft, dilemma, said)

    def _validated(self, dilemma: Dilemma, judgement: Judgement) -> Dilemma:
        checks = validation_of(judgement.checks or {}, today())
        readings = tuple(self.readings)
        recorded = replace(checks, blind_readings=readings, rewrites=self.rewrites)
        return replace(dilemma, validation=recorded)

    def _settled(self, draft: DilemmaDraft, dilemma: Dilemma | None, said: str) -> dict[str, Any]:
        """What is kept of the job."""
        told = draft.record if dilemma is None else record_of(dilemma)
        faults = self.drafts[-1]
        if faults:
            told = {**told, "reasons": [str(fault) for fault in faults]}
        if dilemma is None:
            told["said"] = said[:_KEPT_WORDS].encode("utf-8", "replace").decode("utf-8")
        return {
            "value": self.pair.value,
            "topic": self.pair.topic,
            "accepted": not faults,
            "read": len(self.readings),
            "drafts": [sorted({fault.code for fault in draft}) for draft in self.drafts],
            "dilemma": told,
        }


class DilemmaWriter:
    """A model that writes dilemmas.

    Parameters
    ----------
    model : Model
        Not yet prepared; not a simulated one.
    seed : int
        Handed to a model that takes one, different for each draft.
    """

    def __init__(self, model: Model, seed: int) -> None:
        from mores.models.providers import shown

        self.name = shown(model.spec)
        self.source = (
            "generated by mores dilemmas; prompt after appendix A.1 of Lakerveld 2026; " + self.name
        )
        self._model, self._seed = model, seed

    async def write(
        self, jobs: Sequence[DilemmaJob], settings: Mapping[str, Sequence[str]]
    ) -> list[tuple[DilemmaDraft, str] | None]:
        """A draft for each job, in order, with the words that it came in; None without an answer.

        Parameters
        ----------
        jobs : sequence of DilemmaJob
            Those with drafts are asked to mend the last one.
        settings : mapping of str to sequence of str
            Settings of accepted dilemmas, by value.
        """
        for job in jobs:
            if job.drafts:
                text = dilemma_repair_request([fault.told for fault in job.drafts[-1]])
            else:
                text = dilemma_request(job.pair, settings.get(job.pair.value, ()))
            job.messages.append(Message("user", text))
        replies = await self._model.ask([self._request(job) for job in jobs])
        return [self._draft(job, reply) for job, reply in zip(jobs, replies, strict=True)]

    def _request(self, job: DilemmaJob) -> Request:
        seed = seed_from(self._seed, "dilemma", job.pair.value, job.pair.topic, len(job.drafts))
        told = [[message.role, message.content] for message in job.messages]
        key = digest(["dilemmas", self._model.identity, told, seed])
        return Request(key, tuple(job.messages), Sampling(), seed, answer_schema=dilemma_schema())

    def _draft(self, job: DilemmaJob, reply: Reply) -> tuple[DilemmaDraft, str] | None:
        if reply.failure is not None and not reply.permanent:
            job.failure = reply.failure
            return None
        if reply.failure is not None:
            empty = dilemma_draft_in(Reply(text=""), job.pair, self.source)
            refused = Fault("server-refused", f"The server refused the request: {reply.failure}")
            return replace(empty, faults=(refused,)), ""
        return dilemma_draft_in(reply, job.pair, self.source), reply.text or ""


class AcceptedTexts:
    """What a further dilemma must not repeat.

    Attributes
    ----------
    settings : dict of str to list of str
        Settings of the dilemmas, by value.
    """

    def __init__(self) -> None:
        self.settings: dict[str, list[str]] = {}
        self._runs: list[tuple[str, frozenset[Any], frozenset[Any]]] = []

    def add(self, dilemma: Dilemma) -> None:
        """Take a dilemma in."""
        self._runs.append((dilemma.id, *_runs_of(dilemma)))
        self.settings.setdefault(dilemma.value, []).append(dilemma.setting)

    def repeated(self, dilemma: Dilemma) -> tuple[Fault, ...]:
        """What of a dilemma is there already."""
        faults = []
        near = self.near_copy(dilemma)
        if near:
            told = f"The text is nearly that of another dilemma, {near}; invent another situation."
            faults.append(Fault("copy", told))
        if fold(dilemma.setting) in map(fold, self.settings.get(dilemma.value, ())):
            told = f'Another dilemma of this value is set in "{dilemma.setting}"; choose another.'
            faults.append(Fault("setting", told))
        return tuple(faults)

    def near_copy(self, dilemma: Dilemma) -> str:
        """The id of the first dilemma of which this one is nearly a copy; empty if there is none."""
        scenario, actions = _runs_of(dilemma)
        for name, its_scenario, its_actions in self._runs:
            if max(overlap(scenario, its_scenario), overlap(actions, its_actions)) >= NEAR_COPY:
                return name
        return ""


def reading_faults(judgement: Judgement) -> tuple[Fault, ...]:
    """What a reading holds against a dilemma.

    Parameters
    ----------
    judgement : Judgement
        A blind reading and the four checks.

    Returns
    -------
    tuple of Fault
        Empty if every action was given its place, and all four checks are passed.
    """
    return (*_blind_faults(judgement), *_check_faults(judgement))


def _blind_faults(judgement: Judgement) -> list[Fault]:
    placed = judgement.placed
    if placed is None:
        return [Fault("unread", "The reader gave no usable blind reading.")]
    pairs = list(zip(ACTIONS, placed, strict=True))
    crossed = [(meant, read) for meant, read in pairs if meant[0] != read[0]]
    if crossed:
        return [
            Fault(
                "side",
                f"{action_key(meant)} is meant to {_SIDES[meant[0]]}; to a reader without labels it "
                f"seems to {_SIDES[read[0]]}.",
            )
            for meant, read in crossed
        ]
    moved = [(meant, read) for meant, read in pairs if meant != read]
    if not moved:
        return []
    told = ", ".join(f"{action_key(meant)} seems {read[2:]}" for meant, read in moved)
    return [Fault("order", f"To a reader without labels, the strengths are others: {told}.")]


def _check_faults(judgement: Judgement) -> list[Fault]:
    if judgement.checks is None:
        return [Fault("unchecked", "The reader gave no usable answer on the four checks.")]
    return [
        Fault(name, f"It did not pass the check of {name}: {check.reason or 'no reason given'}")
        for name, check in judgement.checks.items()
        if not check.passed
    ]


def _runs_of(dilemma: Dilemma) -> tuple[frozenset[Any], frozenset[Any]]:
    actions = frozenset[Any]().union(*map(word_runs, dilemma.action_texts))
    return word_runs(dilemma.scenario_text), actions
