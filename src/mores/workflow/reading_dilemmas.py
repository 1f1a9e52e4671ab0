"""Blind readings of a file of dilemmas, and the four checks if asked for, in a new file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mores.errors import InstrumentError
from mores.instruments.dilemma_checks import CHECKS, BlindReading, Check
from mores.instruments.dilemmas import ACTIONS, Dilemma, dilemma_json, read_dilemmas, record_of
from mores.keys import digest
from mores.prompts.dilemma_prompts import dilemma_prompts_digest
from mores.workflow.dilemma_readers import (
    BLOCK,
    DilemmaReader,
    Judgement,
    refuse_simulated,
    today,
    validation_of,
)
from mores.workflow.dilemma_store import RecordStore, check_dilemma_place, kept_records, unusable
from mores.workflow.looping import completed
from mores.workflow.partial_files import refuse_gaps

if TYPE_CHECKING:
    from mores.models.interface import Model

__all__ = ["ReadingCounts", "read_dilemmas_blind"]


@dataclass(slots=True)
class ReadingCounts:
    """What readings recovered.

    Attributes
    ----------
    n : int
        Dilemmas of the file.
    read : int
        Those with a usable blind reading.
    sides : int
        Actions put on their side, of six times `read`.
    all_sides, orders : int
        Dilemmas whose six actions were all put on their side; and in their order too.
    checked : int
        Dilemmas whose four checks were answered.
    passed : Counter of str
        Dilemmas that passed, by check.
    """

    n: int
    read: int = 0
    sides: int = 0
    all_sides: int = 0
    orders: int = 0
    checked: int = 0
    passed: Counter[str] = field(default_factory=Counter)

    def add(self, judgement: Judgement) -> None:
        """Count a judgement."""
        if judgement.placed is not None:
            reading = BlindReading("", "", judgement.placed)
            self.read += 1
            self.sides += reading.polarity_recovered
            self.all_sides += reading.polarity_recovered == len(ACTIONS)
            self.orders += reading.order_recovered
        if judgement.checks is not None:
            self.checked += 1
            self.passed.update(name for name, check in judgement.checks.items() if check.passed)


def read_dilemmas_blind(
    path: Path,
    model: Model,
    out: Path,
    *,
    seed: int = 0,
    checks: bool = False,
    note: Callable[[str], None] | None = None,
) -> ReadingCounts:
    """Have a model read the dilemmas of a file blind, and write them with its readings to a new one.

    A reading is added to those that are recorded; the file itself stays as it is. What is read is
    kept beside the new file as it comes, and used when the same is called again.

    Parameters
    ----------
    path : Path
        A file of dilemmas.
    model : Model
        Who reads, not yet prepared; one that writes text.
    out : Path
        The new file.
    seed : int
    checks : bool
        Whether the four checks are asked for too, and take the place of those recorded.
    note : callable, optional
        Called with a line as reading goes on.

    Returns
    -------
    ReadingCounts
        Of these readings alone.

    Raises
    ------
    InstrumentError
        If a file cannot be used, or a dilemma has no record of checks and none are asked for.
    ModelError
        If the model is simulated, or cannot be used.
    StoreError
        If the new file cannot be written.
    FieldworkError
        If dilemmas got no answer; the readings got are kept.
    """
    refuse_simulated(model, "reads")
    dilemmas = read_dilemmas(path)
    _refuse_without_checks(path, dilemmas, checks)
    check_dilemma_place(out)
    reader = DilemmaReader(model, seed)
    making = {
        "reader": reader.name,
        "seed": seed,
        "checks": checks,
        "prompts": dilemma_prompts_digest(),
        "dilemmas": digest([record_of(dilemma) for dilemma in dilemmas]).hex(),
    }
    counts = ReadingCounts(len(dilemmas))
    with kept_records(out, making) as store:
        got = _resumed(store, counts, out)
        left = [dilemma for dilemma in dilemmas if dilemma.id not in got]
        if got and note is not None:
            note(f"readings kept from before: {len(got)}")
        failures: list[str] = []

        async def ask() -> None:
            try:
                await model.prepare()
                size = max(BLOCK, model.block_size)
                for start in range(0, len(left), size):
                    block = left[start : start + size]
                    found = await reader.read(block, checks=checks)
                    _keep(block, found, store, got, counts, failures)
                    if note is not None:
                        note(f"{len(got)} of {len(dilemmas)} dilemmas read")
                    if all(judgement.failure is not None for judgement in found):
                        break
            finally:
                await model.close()

        if left:
            completed(ask)
        refuse_gaps(len(got), len(dilemmas), "dilemmas", reader.name, failures)
        store.publish(dilemma_json(_with(d, reader.name, got[d.id])) for d in dilemmas)
        store.discard()
    return counts


def _resumed(store: RecordStore, counts: ReadingCounts, out: Path) -> dict[str, dict[str, Any]]:
    """What an earlier call kept, by dilemma."""
    try:
        got = {record["id"]: record for record in store.kept}
        for record in got.values():
            counts.add(_judgement(record))
    except (KeyError, TypeError, ValueError):
        raise unusable(out) from None
    return got


def _refuse_without_checks(path: Path, dilemmas: Sequence[Dilemma], checks: bool) -> None:
    without = [dilemma.id for dilemma in dilemmas if dilemma.validation is None]
    if without and not checks:
        more = f" and {len(without) - 1} more have" if len(without) > 1 else " has"
        raise InstrumentError(
            f"{path}: {without[0]}{more} no record of the four checks, beside which readings are "
            "recorded; have them made too with --checks"
        )


def _keep(
    block: Sequence[Dilemma],
    found: Sequence[Judgement],
    store: RecordStore,
    got: dict[str, dict[str, Any]],
    counts: ReadingCounts,
    failures: list[str],
) -> None:
    """Store what was answered, and note why the rest was not."""
    new = {}
    for dilemma, judgement in zip(block, found, strict=True):
        if judgement.failure is not None:
            failures.append(judgement.failure)
            continue
        new[dilemma.id] = _record(dilemma, judgement)
        counts.add(judgement)
    store.put(new.values())
    got |= new


def _record(dilemma: Dilemma, judgement: Judgement) -> dict[str, Any]:
    checks = judgement.checks
    return {
        "id": dilemma.id,
        "placed": None if judgement.placed is None else list(judgement.placed),
        "checks": None
        if checks is None
        else {name: [check.passed, check.reason] for name, check in checks.items()},
        "date": today(),
    }


def _judgement(record: Mapping[str, Any]) -> Judgement:
    placed, checks = record["placed"], record["checks"]
    return Judgement(
        None if placed is None else tuple(placed),
        None if checks is None else {name: Check(*checks[name]) for name in CHECKS},
    )


def _with(dilemma: Dilemma, reader: str, record: Mapping[str, Any]) -> Dilemma:
    """The dilemma with what was read; as it was if there is nothing to record it beside."""
    judgement, date = _judgement(record), record["date"]
    validation = dilemma.validation
    if judgement.checks is not None:
        fresh = validation_of(judgement.checks, date)
        if validation is not None:
            fresh = replace(
                fresh,
                blind_readings=validation.blind_readings,
                rewrites=validation.rewrites,
                blind_summary=validation.blind_summary,
            )
        validation = fresh
    if judgement.placed is not None and validation is not None:
        reading = BlindReading(reader, dilemma.text_digest, judgement.placed, date)
        readings = (*validation.blind_readings, reading)
        validation = replace(validation, blind_readings=readings)
    return replace(dilemma, validation=validation)
