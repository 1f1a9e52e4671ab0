"""Text after many prompts at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mores.models.hf.memory import Footprint
from mores.models.hf.sampling import Draw, draws, next_tokens

__all__ = ["Continued", "Prompt", "continue_all"]


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is to be continued, and how."""

    tokens: list[int]
    max_tokens: int
    how: Draw
    seed: int


@dataclass(frozen=True, slots=True)
class Continued:
    """What was written: its tokens, the one that ended it left out.

    Attributes
    ----------
    tokens : list of int
        Without the token that ended it.
    finish : {'stop', 'length'}
        Whether a stop token ended it, or its limit.
    written : int
        Number of tokens, the one that ended it included.
    """

    tokens: list[int]
    finish: str
    written: int


def continue_all(
    model: Any,
    prompts: Sequence[Prompt],
    stops: Sequence[int],
    footprint: Footprint,
    allowance: int,
    check: Callable[[], None] = lambda: None,
) -> list[Continued]:
    """Continue every prompt, in batches of like length that fit into memory.

    Parameters
    ----------
    model : transformers.PreTrainedModel
        Any causal language model.
    prompts : sequence of Prompt
        Each drawn from its own seed: what else is asked does not matter.
    stops : sequence of int
        Tokens that end an answer.
    footprint, allowance
        What a row takes, and bytes that a batch may take.
    check : callable
        Called before every step; what it raises ends the work.

    Returns
    -------
    list of Continued
        In order.
    """
    import torch

    done: dict[int, Continued] = {}
    waiting = list(_batches(prompts, footprint, allowance))[::-1]
    while waiting:
        batch = waiting.pop()
        try:
            with torch.inference_mode():
                written = _continued(model, [prompts[i] for i in batch], stops, check)
        except torch.cuda.OutOfMemoryError:
            if len(batch) == 1:
                raise
            torch.cuda.empty_cache()
            half = len(batch) // 2
            waiting += [batch[half:], batch[:half]]
            continue
        done.update(zip(batch, written, strict=True))
    return [done[i] for i in range(len(prompts))]


def _batches(
    prompts: Sequence[Prompt], footprint: Footprint, allowance: int
) -> Iterator[list[int]]:
    """Prompts of like length together, the longest first: what does not fit is found out early."""
    order = sorted(range(len(prompts)), key=lambda i: -len(prompts[i].tokens))
    begin = 0
    while begin < len(order):
        length = len(prompts[order[begin]].tokens)
        more = max(prompts[i].max_tokens for i in order[begin:])
        rows = footprint.rows_at_once(allowance, length, more)
        yield order[begin : begin + rows]
        begin += rows


def _continued(
    model: Any, prompts: Sequence[Prompt], stops: Sequence[int], check: Callable[[], None]
) -> list[Continued]:
    """One batch, padded on the left; rows that have ended leave it when they are half of it."""
    import torch
    from transformers import DynamicCache

    device = model.device
    longest = max(len(p.tokens) for p in prompts)
    ids = torch.tensor([[0] * (longest - len(p.tokens)) + p.tokens for p in prompts]).to(device)
    mask = torch.tensor(
        [[0] * (longest - len(p.tokens)) + [1] * len(p.tokens) for p in prompts]
    ).to(device)
    most = max(p.max_tokens for p in prompts)
    uniforms = torch.stack([draws(p.seed, most) for p in prompts]).to(device)
    cache = DynamicCache()
    alive = list(range(len(prompts)))
    texts: list[list[int]] = [[] for _ in prompts]
    finish: list[str | None] = [None] * len(prompts)
    ends = set(stops)
    positions = (mask.cumsum(-1) - 1).clamp(min=0)
    for step in range(most):
        check()
        logits = model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=positions,
            past_key_values=cache,
            use_cache=True,
            **_last_only(model),
        ).logits[:, -1]
        drawn = next_tokens(logits, [prompts[i].how for i in alive], uniforms[alive, step])
        for i, token in zip(alive, drawn.tolist(), strict=True):
            if finish[i] is not None:
                continue
            texts[i].append(token)
            if token in ends:
                finish[i] = "stop"
            elif len(texts[i]) >= prompts[i].max_tokens:
                finish[i] = "length"
        going = [row for row, i in enumerate(alive) if finish[i] is None]
        if not going:
            break
        ids, positions = drawn[:, None], positions[:, -1:] + 1
        mask = torch.cat([mask, mask.new_ones(len(alive), 1)], dim=-1)
        if 2 * len(going) <= len(alive):
            rows = torch.tensor(going, device=device)
            cache.batch_select_indices(rows)
            ids, positions, mask = ids[rows], positions[rows], mask[rows]
            alive = [alive[row] for row in going]
    return [
        Continued(text[:-1] if why == "stop" else text, why or "length", len(text))
        for text, why in zip(texts, finish, strict=True)
    ]


def _last_only(model: Any) -> dict[str, int]:
    from inspect import signature

    return {"logits_to_keep": 1} if "logits_to_keep" in signature(model.forward).parameters else {}
