"""What batches may cost, what they did cost, and the manifest that tells it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mores.errors import InputError
from mores.fieldwork.asking import Ended
from mores.fieldwork.design import Design
from mores.fieldwork.store import AnswerStore
from mores.fieldwork.tally import Tally, remaining
from mores.models.batch.formats import LARGEST_FILE, MOST_REQUESTS
from mores.models.interface import Price
from mores.models.prices import check_budget
from mores.workflow.batch_ledger import BatchLedger, Part
from mores.workflow.folder import end, write_manifest
from mores.workflow.manifest import read_manifest

__all__ = ["Limits", "cost_of", "settled"]

IN_BATCHES = "in batches"
"""The manifest's state while requests are in flight, or left to be handed in."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is handed in.

    Attributes
    ----------
    requests : int or None
        By this command in all.
    part : int
        Requests in one batch.
    size : int
        Bytes of one input file.
    budget : float or None
        US dollars, earlier answers and what is in flight included.
    factor : float
        What a request costs in a batch, as a share of its price.
    """

    requests: int | None = None
    part: int = MOST_REQUESTS
    size: int = LARGEST_FILE
    budget: float | None = None
    factor: float = 0.5

    def check(self, price: Price | None, model: str) -> None:
        """Refuse what cannot be.

        Raises
        ------
        InputError
        """
        if self.requests is not None and self.requests < 1:
            raise InputError(f"--max-requests {self.requests}; give 1 or more, or leave it out")
        if not 1 <= self.part <= MOST_REQUESTS:
            raise InputError(f"--part-requests {self.part}; give 1 to {MOST_REQUESTS}")
        if not 0 < self.factor <= 1:
            raise InputError(f"--price-factor {self.factor}; give more than 0 and at most 1")
        if self.budget is not None:
            check_budget(self.budget, price, model)


def cost_of(
    price: Price | None,
    prompt: int,
    completion: int,
    parts: list[Part],
) -> float | None:
    """US dollars for stored tokens, those of collected parts at their factor, and for open parts.

    Parameters
    ----------
    price : Price or None
        Of a live request's tokens.
    prompt, completion : int
        Stored, of live and collected requests together.
    parts : list of Part
        The folder's.
    """
    if price is None:
        return None

    def worth(prompt: int, completion: int) -> float:
        return (prompt * price.prompt + completion * price.completion) / 1e6

    total = worth(prompt, completion)
    for part in parts:
        own = worth(part.prompt_tokens, part.completion_tokens)
        if part.open:
            total += own * part.factor
        elif part.state == "collected":
            total -= own * (1 - part.factor)
    return total


def settled(
    design: Design,
    store: AnswerStore,
    ledger: BatchLedger,
    price: Price | None,
    folder: Path,
) -> Tally:
    """Note in the manifest how far a folder is, and what its batches cost."""
    _, tally = remaining(design, store.progress())
    tally.prompt_tokens, tally.completion_tokens = store.spent()
    parts = ledger.parts()
    over = tally.settled == tally.planned and not any(part.open for part in parts)
    end(folder, Ended.COMPLETE if over else IN_BATCHES, tally, price)
    collected = [part for part in parts if part.state == "collected"]
    manifest = read_manifest(folder)
    manifest["cost_usd"] = cost_of(price, tally.prompt_tokens, tally.completion_tokens, collected)
    manifest["batches"] = {
        "collected": len(collected),
        "in_flight": sum(part.open for part in parts),
        "price_factor": sorted({part.factor for part in parts}),
    }
    write_manifest(folder, manifest)
    return tally
