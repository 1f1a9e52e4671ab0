"""How many bytes a model, a token and a step take, and how many there are."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Footprint", "free_bytes", "gigabytes"]

_SHARE = 0.6
"""Of the free memory, the part that a batch may plan with; the rest is for what is not foreseen."""
_CPU_BATCH = 4 << 30
_MOST_TOKENS = {"cpu": 1024, "cuda": 4096}
_MOST_ROWS = {"cpu": 32, "cuda": 256}


def gigabytes(size: float) -> str:
    """Bytes as a person reads them."""
    return f"{size / 1e9:.1f} GB"


def free_bytes(device: str) -> int | None:
    """Bytes free on a device now; None where the system does not tell."""
    if device.startswith("cuda"):
        import torch

        unused = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return int(torch.cuda.mem_get_info(device)[0] + unused)
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return None


@dataclass(frozen=True, slots=True)
class Footprint:
    """Bytes that running a model takes.

    Attributes
    ----------
    device : {'cpu', 'cuda'}
        Kind of device.
    cached : int
        Bytes of keys and values that one token leaves.
    passing : int
        Bytes of activations while one token passes.
    logits : int
        Bytes for the logits after one token, copies in full precision included.
    heads : int
        Attention heads.
    width : int
        Bytes of one number.
    """

    device: str
    cached: int
    passing: int
    logits: int
    heads: int
    width: int

    @classmethod
    def of(cls, config: Any, width: int, device: str) -> Footprint:
        """Of a model's configuration, with numbers of `width` bytes."""
        text = config.get_text_config()
        heads = int(getattr(text, "num_attention_heads", None) or 1)
        hidden = int(text.hidden_size)
        groups = int(getattr(text, "num_key_value_heads", None) or heads)
        head = int(getattr(text, "head_dim", None) or hidden // heads)
        inner = int(getattr(text, "intermediate_size", None) or 4 * hidden)
        return cls(
            device=device.partition(":")[0],
            cached=2 * int(text.num_hidden_layers) * groups * head * width,
            passing=(6 * hidden + 6 * heads * head + 3 * inner) * width,
            logits=int(text.vocab_size) * (width + 16),
            heads=heads,
            width=width,
        )

    def allowance(self, device: str) -> int:
        """Bytes that one batch may plan with."""
        free = free_bytes(device)
        share = int(_SHARE * free) if free is not None else _CPU_BATCH
        return min(share, _CPU_BATCH) if self.device == "cpu" else share

    def tokens_at_once(self, allowance: int, longest: int) -> int:
        """Tokens of a tree that pass together, those before them not counted.

        Parameters
        ----------
        allowance : int
            Bytes.
        longest : int
            Most tokens that any of them descends from.
        """
        tokens = _MOST_TOKENS[self.device]
        while tokens > 16 and self._tree(tokens, longest) > allowance:
            tokens //= 2
        return tokens

    def _tree(self, tokens: int, longest: int) -> int:
        seen = tokens + longest
        attention = tokens * seen * (2 * self.width + 2) + seen * self.heads * self.width * 256
        return (
            attention + seen * 2 * self.cached + tokens * self.passing + tokens // 2 * self.logits
        )

    def rows_at_once(self, allowance: int, length: int, more: int) -> int:
        """Rows of prompts that are written on together.

        Parameters
        ----------
        allowance : int
            Bytes.
        length, more : int
            Tokens of the longest prompt, and most tokens to be written after it.
        """
        row = (length + more) * self.cached * 2 + length * self.passing + 4 * self.logits
        row += length * length * self.width
        return max(1, min(_MOST_ROWS[self.device], allowance // row))
