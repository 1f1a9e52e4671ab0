"""Drawing the next token, each row from its own stream of random numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mores.records import Sampling

if TYPE_CHECKING:
    import torch

__all__ = ["Draw", "draws", "next_tokens"]


@dataclass(frozen=True, slots=True)
class Draw:
    """How one answer is drawn.

    Attributes
    ----------
    temperature : float
        0 for the most probable token.
    top_p : float
        The most probable tokens up to this mass are kept; 1 keeps all.
    top_k : int
        So many of the most probable tokens are kept; 0 keeps all.
    """

    temperature: float
    top_p: float
    top_k: int

    @classmethod
    def of(cls, asked: Sampling, own: Mapping[str, float | None]) -> Draw:
        """What is asked for; else the model's own default; else temperature 1 over all tokens."""

        def chosen(name: str, otherwise: float) -> float:
            for value in (getattr(asked, name), own.get(name)):
                if value is not None:
                    return float(value)
            return otherwise

        return cls(chosen("temperature", 1), chosen("top_p", 1), int(chosen("top_k", 0)))


def draws(seed: int, n: int) -> torch.Tensor:
    """The random numbers of one answer, float64 in [0, 1), shape (n,), the same on every device."""
    import torch

    generator = torch.Generator().manual_seed(seed % 2**63)
    return torch.rand(n, generator=generator, dtype=torch.float64)


def next_tokens(logits: torch.Tensor, how: Sequence[Draw], uniforms: torch.Tensor) -> torch.Tensor:
    """The next token of each row.

    A row's token is the first, in the order of the vocabulary, at which the cumulated probability
    exceeds the row's random number. So it depends on its own logits alone, and a last-digit
    difference in them, as another batch makes, hardly ever changes it.

    Parameters
    ----------
    logits : Tensor, shape (rows, vocabulary)
        Of any precision.
    how : sequence of Draw
        One a row.
    uniforms : Tensor of float64, shape (rows,)
        In [0, 1).

    Returns
    -------
    Tensor of int64, shape (rows,)
    """
    import torch

    best = logits.argmax(-1)
    rows = [i for i, draw in enumerate(how) if draw.temperature > 0]
    if not rows:
        return best
    warm = torch.tensor(rows, device=logits.device)
    heat = torch.tensor([how[i].temperature for i in rows], device=logits.device)
    scaled = logits[warm].float() / heat[:, None]
    cut = [how[i] for i in rows]
    if any(0 < draw.top_k < logits.shape[-1] or draw.top_p < 1 for draw in cut):
        scaled = _truncated(scaled, cut)
    mass = scaled.softmax(-1).double().cumsum(-1)
    wanted = uniforms[warm] * mass[:, -1]
    drawn = torch.searchsorted(mass, wanted[:, None], right=True)[:, 0]
    best[warm] = drawn.clamp(max=logits.shape[-1] - 1)
    return best


def _truncated(scaled: torch.Tensor, how: Sequence[Draw]) -> torch.Tensor:
    """Logits with what top_k and then top_p leave out at minus infinity."""
    import torch

    n = scaled.shape[-1]
    ordered = scaled.sort(dim=-1, descending=True).values
    top_k = torch.tensor([draw.top_k or n for draw in how], device=scaled.device)
    top_p = torch.tensor([draw.top_p for draw in how], device=scaled.device)
    rank = torch.arange(n, device=scaled.device)[None, :]
    ordered = ordered.masked_fill(rank >= top_k[:, None], -torch.inf)
    mass = ordered.softmax(-1)
    before = mass.cumsum(-1) - mass
    kept = (before < top_p[:, None]) & (rank < top_k[:, None])
    kept[:, 0] = True  # the most probable always stays
    lowest = ordered.masked_fill(~kept, torch.inf).amin(-1, keepdim=True)
    return scaled.masked_fill(scaled < lowest, -torch.inf)
