"""What became of biographies, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from mores.personas.biographies import UNCLEAR_IN, Biography, differences

__all__ = ["BiographyCounts", "counted"]


@dataclass(slots=True)
class BiographyCounts:
    """Counts by outcome.

    Attributes
    ----------
    n, accepted, rejected : int
        Biographies.
    drafts : int
        Drafts written, repairs included.
    repaired : int
        Accepted after at least one draft that could not be used as it was.
    read : int
        Biographies with a second reading.
    reasons : Counter of str
        Why biographies were rejected; one can have several reasons.
    faults : Counter of str
        What was wrong with earlier drafts.
    unclear : Counter of str
        By variable, readings that left it unclear.
    flags : Counter of str
        ``leak:VARIABLE`` and others.
    planted : int
        Stories with a planted wrong level.
    """

    n: int = 0
    accepted: int = 0
    rejected: int = 0
    drafts: int = 0
    repaired: int = 0
    read: int = 0
    planted: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    unclear: Counter[str] = field(default_factory=Counter)
    flags: Counter[str] = field(default_factory=Counter)

    def add(self, biography: Biography) -> None:
        """Count one more."""
        self.n += 1
        accepted = biography.status == "accepted"
        self.accepted += accepted
        self.rejected += not accepted
        self.drafts += biography.attempts
        self.repaired += accepted and bool(biography.drafts)
        self.planted += bool(biography.planted)
        self.reasons.update(biography.reasons)
        self.flags.update(biography.flags)
        for faults in biography.drafts:
            self.faults.update(faults)
        if biography.reading is not None:
            self.read += 1
            _, unclear = differences(biography.configuration, biography.reading.levels)
            self.unclear.update(UNCLEAR_IN + name for name in unclear)


def counted(biographies: Iterable[Biography]) -> BiographyCounts:
    """The counts of biographies."""
    found = BiographyCounts()
    for biography in biographies:
        found.add(biography)
    return found
