"""What the command line prints: plain lines, and progress."""

from __future__ import annotations

import sys
import time
import unicodedata
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from mores.fieldwork.tally import Tally
    from mores.models.interface import Price

__all__ = ["ProgressLine", "plain", "table"]


def plain(text: str) -> str:
    """Text that cannot steer a terminal: control and direction characters are shown as escapes."""
    return "".join(
        c if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf", "Cs") else ascii(c)[1:-1]
        for c in text
    )


def table(rows: Iterable[Sequence[object]], heads: Sequence[str] = ()) -> str:
    """Rows in aligned columns, two spaces apart."""
    cells = [[plain(str(cell)) for cell in row] for row in ([heads] if heads else []) + list(rows)]
    if not cells:
        return ""
    widths = [max(len(row[i]) for row in cells if i < len(row)) for i in range(len(cells[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip()
        for row in cells
    )


def duration(seconds: float) -> str:
    """Seconds in a form that a person reads."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


class ProgressLine:
    """Shows how a run goes on: a bar on a terminal, else a line every few seconds.

    Parameters
    ----------
    price : Price or None
        To show what has been spent.
    every : float
        Seconds between lines where there is no terminal.
    """

    def __init__(self, price: Price | None, every: float = 5.0) -> None:
        self.price = price
        self.every = every
        self.terminal = sys.stderr.isatty()
        self._said = time.monotonic()
        self._open = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._clear()

    def _clear(self) -> None:
        if self._open:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self._open = False

    def note(self, text: str) -> None:
        """Say what begins now."""
        self._clear()
        print(f"mores: {plain(text)}", file=sys.stderr, flush=True)

    def watch(self, tally: Tally) -> None:
        """Show the tally, not too often."""
        now = time.monotonic()
        if now - self._said < (0.1 if self.terminal else self.every):
            return
        self._said = now
        line = self.line(tally)
        if self.terminal:
            print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)
            self._open = True
        else:
            print(f"mores: {line}", file=sys.stderr, flush=True)

    def line(self, tally: Tally) -> str:
        """One line: share done, rate, time left, coded share, cost."""
        done, planned = tally.settled, max(1, tally.planned)
        rate = tally.rate()
        left = (planned - done) / rate if rate > 0 else float("inf")
        coded = tally.coded / done if done else 0.0
        parts = [f"{done:,} of {planned:,} ({done / planned:.0%})", f"{rate:,.0f}/s"]
        if left != float("inf"):
            parts.append(f"{duration(left)} left")
        parts.append(f"coded {coded:.1%}")
        if tally.failed:
            parts.append(f"failed {tally.failed:,}")
        spent = tally.cost(self.price)
        if spent:
            parts.append(f"US$ {spent:,.2f}")
        if self.terminal:
            width = 20
            filled = int(width * done / planned)
            parts.insert(0, "█" * filled + "░" * (width - filled))
        return "  ".join(parts)
