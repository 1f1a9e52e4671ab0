"""Handing a study in as provider batches.

What is handed in is recorded before and after each step (`mores.workflow.batch_ledger`), so that the
same command goes on wherever the last one stopped: a file that was uploaded but not recorded costs
nothing; a batch that was perhaps created is looked up by its token before it is created again.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mores.errors import ModelError, StoreError, StudyError
from mores.fieldwork.design import MAX_ATTEMPTS, Design
from mores.fieldwork.estimate import likely_tokens
from mores.fieldwork.lock import check_free, exclusive
from mores.fieldwork.store import AnswerStore
from mores.fieldwork.tally import remaining
from mores.models.batch.client import BatchClient, batch_endpoint
from mores.models.batch.exchange import only_body
from mores.models.batch.formats import custom_id, request_line
from mores.models.failures import Patience
from mores.models.http import HttpModel
from mores.models.interface import Capabilities, Price
from mores.models.prices import price_of
from mores.records import Request
from mores.studies.registry import load
from mores.studies.study import BoundStudy, Staged, check_capabilities
from mores.workflow.batch_accounts import Limits, cost_of, settled
from mores.workflow.batch_ledger import BatchLedger, Part
from mores.workflow.batch_rows import ODD
from mores.workflow.batch_sending import Sender
from mores.workflow.folder import begin, check_folder, make_folder
from mores.workflow.looping import completed
from mores.workflow.manifest import capabilities_of, read_manifest

__all__ = ["Limits", "Submitted", "submit"]

PARTS = "batches"
"""The folder of input files that are not handed in yet."""
_ENOUGH = 20
_COMPLETION = 1024

Note = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Submitted:
    """What was handed in, and what was not.

    Attributes
    ----------
    parts : list of Part
        Those that this command handed in.
    in_flight : int
        Requests in batches now, earlier ones included.
    expected_cost : float or None
        US dollars for `parts`; None where the price is unknown.
    stopped : str
        ``budget`` or ``most`` where requests were left out for it; else empty.
    live_only : int
        Requests that take several exchanges each, and were left for a live run.
    """

    parts: list[Part]
    in_flight: int
    expected_cost: float | None
    stopped: str = ""
    live_only: int = 0

    @property
    def exit_code(self) -> int:
        """0 if nothing was left out, else 3."""
        return 3 if self.stopped or self.live_only else 0


def submit(
    study: str,
    model: str,
    out: Path | str,
    *,
    sample: int | None = None,
    seed: int | None = None,
    data: str | None = None,
    prices: Path | None = None,
    retry_rejected: bool = False,
    limits: Limits | None = None,
    patience: Patience | None = None,
    note: Note | None = None,
) -> Submitted:
    """Hand in whatever a run's folder lacks and is not in a batch yet; called again, it goes on.

    Parameters
    ----------
    study, sample, seed, data, prices, retry_rejected
        See `mores.workflow.running.run`.
    model : str
        See `mores.models.batch.client.batch_endpoint`.
    out : path
        The run's folder.
    limits : Limits, optional
        How much.
    patience : Patience, optional
        Time limits and retries.
    note : callable, optional
        Called with a line for each step.

    Raises
    ------
    MoresError
        With an exit code and a message that names the remedy; what was handed in is recorded.
    """
    limits = limits or Limits()
    at = batch_endpoint(model, os.environ)
    price = price_of(model, table=prices)
    limits.check(price, model)
    if data is not None and Path(data).parent != Path():
        data = str(Path(data).resolve())
    given = {"sample": sample, "seed": seed, "data": data}
    bound = load(study, {k: v for k, v in given.items() if v is not None})
    _check_study(bound)
    folder = Path(out)
    check_folder(folder)
    check_free(folder)
    speaker = HttpModel(at, patience=patience)
    client = BatchClient(at, patience)
    submission = _Submission(
        bound, speaker, client, folder, limits, price, note or (lambda _: None)
    )
    return completed(lambda: submission.run(retry_rejected))


def _check_study(bound: BoundStudy) -> None:
    if isinstance(bound, Staged) and len(bound.sizes) > 1:
        raise StudyError(
            "this study is asked until its intervals are narrow enough (precision.width), which takes "
            "looking at answers in between; leave out precision.width, or ask it live: mores run"
        )


class _Chosen(NamedTuple):
    """A request on its way into an input file."""

    slot: int
    line: bytes
    prompt: int
    completion: int


class _Submission:
    """One `submit`."""

    def __init__(
        self,
        bound: BoundStudy,
        model: HttpModel,
        client: BatchClient,
        folder: Path,
        limits: Limits,
        price: Price | None,
        note: Note,
    ) -> None:
        self.bound, self.model, self.client, self.folder = bound, model, client, folder
        self.limits, self.price, self.note = limits, price, note
        self.sender: Sender | None = None
        self.stopped = ""
        self.live_only = 0
        self.completion: float | None = None
        self.spent = 0.0

    async def run(self, retry_rejected: bool) -> Submitted:
        earlier = read_manifest(self.folder) if (self.folder / "manifest.json").exists() else None
        if earlier is not None and "shard" in earlier:
            raise StoreError(
                f"{self.folder} is shard {earlier['shard']} of a study, and batches are made of the "
                "whole; choose another folder with --out"
            )
        try:
            await self._prepare(earlier)
            make_folder(self.folder)
            with exclusive(self.folder):
                fingerprint = self.bound.fingerprint() | {"model": self.model.identity}
                with (
                    AnswerStore(self.folder / "answers.sqlite", fingerprint) as store,
                    BatchLedger(self.folder, create=True) as ledger,
                ):
                    begin(self.bound, self.model, self.folder, earlier)
                    try:
                        await self._hand_in(store, ledger, retry_rejected)
                    finally:
                        settled(
                            self.bound.design(self.model), store, ledger, self.price, self.folder
                        )
                    flying = len(ledger.in_flight())
            handed = self.sender.handed if self.sender else []
            return Submitted(handed, flying, self._cost(handed), self.stopped, self.live_only)
        finally:
            await self.model.close()
            await self.client.close()

    async def _prepare(self, earlier: dict[str, object] | None) -> None:
        known: Capabilities | None = None
        if earlier is not None and earlier["model"]["spec"] == self.model.spec:  # type: ignore[index]
            known = capabilities_of(earlier)
        self.note(f"preparing {self.model.label}")
        await self.client.open()
        await self.model.prepare(known)
        if self.bound.needs_scoring:
            await self.model.prepare_scoring()
            if self.model.capabilities.scoring == "prompt":
                raise ModelError(
                    f"{self.model.spec} tells probabilities in several exchanges a question, and a "
                    "batch has one; ask it live (mores run), or for text"
                )
        check_capabilities(self.bound.file, self.model)

    async def _hand_in(self, store: AnswerStore, ledger: BatchLedger, retry: bool) -> None:
        design = self.bound.design(self.model)
        self.sender = Sender(self.client, ledger, self.folder)
        self._clear(ledger)
        for part in ledger.parts():
            if part.open and part.state != "created":
                await self._send(ledger, part, design)
        todo, tally = remaining(design, store.progress(), retry)
        prompt, completion = store.spent()
        answered = tally.earlier
        if answered >= _ENOUGH and completion:
            self.completion = completion / answered
        self.spent = cost_of(self.price, prompt, completion, ledger.parts()) or 0.0
        flying = np.zeros(design.size, np.bool_)
        trials = ledger.in_flight() // MAX_ATTEMPTS
        flying[trials[trials < design.size]] = True
        waiting = _Peekable(_free(todo, flying))
        left = self.limits.requests
        while not self.stopped and waiting.more():
            if left == 0:
                self.stopped = "most"
                break
            most = self.limits.part if left is None else min(left, self.limits.part)
            new = await self._written(ledger, design, waiting, most)
            if new is None:
                break
            left = None if left is None else left - new.requests
            await self._send(ledger, new, design)

    async def _send(self, ledger: BatchLedger, part: Part, design: Design) -> None:
        path = self._path(part.number)
        assert self.sender is not None
        part = await self.sender.send(part, path, lambda: self._rewrite(ledger, part, design))
        self.note(f"batch {part.number}: {part.requests:,} requests, {part.batch}")

    async def _written(
        self, ledger: BatchLedger, design: Design, waiting: _Peekable, most: int
    ) -> Part | None:
        """The next part, written and recorded; None if nothing is left that it could hold."""
        number = max((part.number for part in ledger.parts()), default=0) + 1
        path = self._path(number)
        make_folder(path.parent)
        slots: list[int] = []
        prompt = completion = size = 0
        with _writing(path) as file:
            while len(slots) < most and waiting.more():
                trial, attempt = waiting.first()
                one = await self._line(design, trial, attempt)
                if one is None:
                    self.live_only += 1
                    waiting.drop()
                    continue
                if size + len(one.line) > self.limits.size and slots:
                    break
                if not self._affordable(prompt + one.prompt, completion + one.completion):
                    self.stopped = "budget"
                    break
                waiting.drop()
                slots.append(one.slot)
                prompt, completion = prompt + one.prompt, completion + one.completion
                size += file.write(one.line)
        if not slots:
            path.unlink()
            return None
        part = Part(
            *(number, uuid.uuid4().hex, "written", len(slots), prompt, completion),
            factor=self.limits.factor,
        )
        ledger.add(part, slots)
        self.spent += self._cost([part]) or 0.0
        return part

    async def _line(self, design: Design, trial: int, attempt: int) -> _Chosen | None:
        request = design.request(trial, attempt)
        body = await only_body(request, self.model.capabilities, self.model.label)
        if body is None:
            return None
        slot = trial * MAX_ATTEMPTS + attempt
        prompt, completion = self._expected(request)
        line = request_line(custom_id(slot, request.key), body)
        return _Chosen(slot, line, prompt, completion)

    def _expected(self, request: Request) -> tuple[int, int]:
        """Tokens of the prompt, by its length; of answers their mean so far, or the most allowed."""
        prompt = int(likely_tokens(request.messages))
        if request.labels:
            return prompt, 1
        if self.completion is not None:
            return prompt, round(self.completion)
        return prompt, request.sampling.max_tokens or _COMPLETION

    def _affordable(self, prompt: int, completion: int) -> bool:
        if self.limits.budget is None or self.price is None:
            return True
        each = prompt * self.price.prompt + completion * self.price.completion
        return self.spent + self.limits.factor * each / 1e6 <= self.limits.budget

    def _cost(self, parts: list[Part]) -> float | None:
        return cost_of(self.price, 0, 0, parts)

    def _path(self, number: int) -> Path:
        return self.folder / PARTS / f"part-{number:05}.jsonl"

    def _clear(self, ledger: BatchLedger) -> None:
        """Remove an input file that was written when its process was killed."""
        known = {self._path(part.number) for part in ledger.parts() if part.open}
        for path in (self.folder / PARTS).glob("part-*.jsonl"):
            if path not in known and not path.name.endswith(ODD):
                path.unlink(missing_ok=True)

    async def _rewrite(self, ledger: BatchLedger, part: Part, design: Design) -> None:
        """Write a part's input file again if it is gone."""
        path = self._path(part.number)
        if path.exists():
            return
        make_folder(path.parent)
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        with _writing(temporary) as file:
            for slot in ledger.slots(part):
                one = await self._line(design, *divmod(slot, MAX_ATTEMPTS))
                assert one is not None, "what is recorded fits one exchange"
                file.write(one.line)
        temporary.replace(path)


@contextmanager
def _writing(path: Path) -> Iterator[BinaryIO]:
    """A file that is written through to the disk."""
    try:
        with path.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise StoreError(
            f"{path} cannot be written ({error.strerror}); make room, then repeat the command"
        ) from None


class _Peekable:
    """An iterator that can be looked into."""

    def __init__(self, items: Iterator[tuple[int, int]]) -> None:
        self._items = items
        self._next: tuple[int, int] | None = next(items, None)

    def more(self) -> bool:
        return self._next is not None

    def first(self) -> tuple[int, int]:
        assert self._next is not None
        return self._next

    def drop(self) -> None:
        self._next = next(self._items, None)


def _free(todo: Iterator[tuple[int, int]], flying: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    return (item for item in todo if not flying[item[0]])
