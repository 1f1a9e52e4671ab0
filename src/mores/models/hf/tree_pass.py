"""Log-probabilities over a prefix tree, each of its tokens run through the network once.

The tree's tokens pass in preorder, a fixed number at a time, as one row: each attends to itself and
its ancestors only, at the position that it has in its own sequence. Between two passes the keys and
values of just those tokens are kept from which the next one descends. So nothing is padded, nothing
is run twice, and what is kept is never longer than one prompt.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mores.models.hf.prefix_tree import Continuations, PrefixTree, grow

if TYPE_CHECKING:
    import torch

__all__ = ["faithful", "log_probabilities", "plain_log_probabilities"]

_ROWS = 64
"""Rows of logits that are normalised together."""
_COLUMNS = 16384
"""Entries of the vocabulary that are projected in full precision together."""


def log_probabilities(
    model: Any, tree: PrefixTree, tokens_at_once: int, check: Callable[[], None] = lambda: None
) -> NDArray[np.float64]:
    """Log-probability of each of a tree's continuations, given its prompt.

    Parameters
    ----------
    model : transformers.PreTrainedModel
        A decoder whose attention takes a mask of four dimensions (see `faithful`).
    tree : PrefixTree
        Prompts and continuations.
    tokens_at_once : int
        Tokens in one pass, at least 1.
    check : callable
        Called before every pass; what it raises ends the work.

    Returns
    -------
    ndarray of float64, shape (continuations,)
        Natural logarithms, normalised over the vocabulary in float32 at temperature 1.
    """
    import torch
    from transformers import DynamicCache

    device = model.device
    found = np.zeros(tree.continuations)
    end = torch.from_numpy(tree.end).to(device)
    depth = torch.from_numpy(tree.depth).to(device)
    tokens = torch.from_numpy(tree.tokens).to(device)
    held = torch.empty(0, dtype=torch.int64, device=device)
    cache = DynamicCache()
    with torch.inference_mode(), _precise_head(model):
        for low in range(0, tree.size, tokens_at_once):
            check()
            high = min(low + tokens_at_once, tree.size)
            new = torch.arange(low, high, device=device)
            seen = torch.cat([held, new])
            span = slice(*np.searchsorted(tree.parent, (low, high)))
            rows, of_row = np.unique(tree.parent[span], return_inverse=True)
            logits = _logits(
                model,
                torch.from_numpy(rows - low).to(device),
                input_ids=tokens[low:high][None],
                position_ids=depth[low:high][None],
                attention_mask=_masks(model, new, seen, end, depth),
                past_key_values=cache,
                use_cache=True,
            )[0]
            looked = _looked_up(logits, of_row, tree.target[span])
            np.add.at(found, tree.owner[span], looked)
            if high < tree.size:
                kept = torch.nonzero(end[seen] > high)[:, 0]
                _keep(cache, kept)
                held = seen[kept]
    return found


def _logits(model: Any, rows: torch.Tensor, **inputs: Any) -> torch.Tensor:
    """Logits after the given places of each sequence, shape (batch, places, vocabulary)."""
    if "logits_to_keep" in inspect.signature(model.forward).parameters:
        return model(**inputs, logits_to_keep=rows).logits
    return model(**inputs).logits[:, rows]


def _masks(
    model: Any, new: torch.Tensor, seen: torch.Tensor, end: torch.Tensor, depth: torch.Tensor
) -> torch.Tensor | Mapping[str, torch.Tensor]:
    """What each new token attends to: itself and its ancestors, within a window if there is one."""
    reached = (seen[None, :] <= new[:, None]) & (new[:, None] < end[seen][None, :])
    window = _window(model.config.get_text_config())
    full = _additive(model, reached)
    if window is None or int(depth[new].max()) < window:
        return full
    near = depth[new][:, None] - depth[seen][None, :] < window
    sliding = _additive(model, reached & near)
    if getattr(model.config.get_text_config(), "layer_types", None):
        return {"full_attention": full, "sliding_attention": sliding}
    return sliding


def _window(config: Any) -> int | None:
    """Length of the attention window of those layers that have one."""
    kinds = getattr(config, "layer_types", None)
    if kinds is not None and "sliding_attention" not in kinds:
        return None
    if kinds is None and getattr(config, "use_sliding_window", True) is False:
        return None
    return getattr(config, "sliding_window", None)


def _additive(model: Any, allowed: torch.Tensor) -> torch.Tensor:
    import torch

    mask = torch.zeros(allowed.shape, dtype=model.dtype, device=allowed.device)
    return mask.masked_fill_(~allowed, torch.finfo(model.dtype).min)[None, None]


def _keep(cache: Any, kept: torch.Tensor) -> None:
    """Leave only the given tokens in a cache."""
    for layer in cache.layers:
        layer.keys = layer.keys.index_select(-2, kept)
        layer.values = layer.values.index_select(-2, kept)


def _looked_up(
    logits: torch.Tensor, rows: NDArray[np.int64], targets: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Log-softmax in float32, at the given rows and columns."""
    import torch

    total = torch.cat([part.float().logsumexp(-1) for part in logits.split(_ROWS)])
    row = torch.from_numpy(rows).to(logits.device)
    column = torch.from_numpy(targets).to(logits.device)
    found = logits[row, column].float() - total[row]
    return np.asarray(found.double().cpu().numpy())


@contextmanager
def _precise_head(model: Any) -> Iterator[None]:
    """Project onto the vocabulary in float32, so that half precision does not round the logits."""
    import torch

    head = model.get_output_embeddings()
    if model.dtype == torch.float32 or type(head) is not torch.nn.Linear:
        yield
        return

    def project(hidden: torch.Tensor) -> torch.Tensor:
        wide = hidden.float()
        parts = [torch.nn.functional.linear(wide, w.float()) for w in head.weight.split(_COLUMNS)]
        projected = torch.cat(parts, dim=-1)
        return projected if head.bias is None else projected + head.bias.float()

    head.forward = project
    try:
        yield
    finally:
        del head.forward


def plain_log_probabilities(
    model: Any,
    prompts: Sequence[list[int]],
    continuations: Sequence[Continuations],
    rows_at_once: int = 1,
    check: Callable[[], None] = lambda: None,
) -> NDArray[np.float64]:
    """The same log-probabilities, each from its own whole sequence; nothing is shared.

    For models whose attention cannot be told who attends to whom, and as what `log_probabilities`
    is measured against.

    Parameters
    ----------
    model : transformers.PreTrainedModel
        Any causal language model.
    prompts, continuations
        As in `mores.models.hf.prefix_tree.grow`.
    rows_at_once : int, default 1
        Sequences in one pass, padded on the right; 1 pads nothing.
    check : callable
        Called before every pass; what it raises ends the work.

    Returns
    -------
    ndarray of float64, shape (continuations,)
        Natural logarithms.
    """
    import torch

    work = [
        (prompt, continuation)
        for prompt, several in zip(prompts, continuations, strict=True)
        for continuation in several
    ]
    found = np.empty(len(work))
    order = sorted(range(len(work)), key=lambda i: len(work[i][0]) + len(work[i][1]))
    with torch.inference_mode(), _precise_head(model):
        for begin in range(0, len(order), rows_at_once):
            check()
            batch = order[begin : begin + rows_at_once]
            found[batch] = _whole_rows(model, [work[i] for i in batch])
    return found


def _whole_rows(model: Any, work: Sequence[tuple[list[int], tuple[int, ...]]]) -> list[float]:
    """Log-probability of each continuation after its prompt, in one pass."""
    import torch

    sequences = [[*prompt, *continuation[:-1]] for prompt, continuation in work]
    longest = max(map(len, sequences))
    first = min(len(prompt) for prompt, _ in work) - 1  # nothing before it is looked up
    ids = torch.tensor([s + [0] * (longest - len(s)) for s in sequences])
    mask = torch.tensor([[1] * len(s) + [0] * (longest - len(s)) for s in sequences])
    inputs = {"input_ids": ids.to(model.device), "use_cache": False}
    if len(work) > 1:
        inputs["attention_mask"] = mask.to(model.device)
    logits = _logits(model, torch.arange(first, longest, device=model.device), **inputs)
    found = []
    for (prompt, continuation), rows in zip(work, logits, strict=True):
        after = len(prompt) - 1 - first + np.arange(len(continuation))
        found.append(float(_looked_up(rows, after, np.asarray(continuation)).sum()))
    return found


def faithful(model: Any, seed: int = 0) -> bool:
    """Whether a model's attention obeys the tree's mask and positions.

    A small tree is run both ways. Models that carry a running state from token to token, or whose
    attention takes no such mask, differ or raise.

    Parameters
    ----------
    model : transformers.PreTrainedModel
        Any causal language model.
    seed : int, default 0
        Seeds the tokens of the small tree.
    """
    import torch

    kinds = set(getattr(model.config.get_text_config(), "layer_types", None) or ())
    if kinds - {"full_attention", "sliding_attention"}:
        return False
    drawn = np.random.default_rng(seed).integers(0, model.config.get_text_config().vocab_size, 64)
    t = [int(token) for token in drawn]
    prompts = [t[:16] + t[20:28], t[:16] + t[30:36], t[40:52]]
    continuations = [
        ((t[52],), (t[53], t[54])),
        ((t[53], t[54], t[55]), (t[53], t[56])),
        ((t[57], t[58]),),
    ]
    plain = plain_log_probabilities(model, prompts, continuations)
    tolerance = 1e-3 if model.dtype == torch.float32 else 0.5
    try:
        shared = log_probabilities(model, grow(prompts, continuations), 24)
    except (TypeError, ValueError, RuntimeError, IndexError, AttributeError, KeyError):
        return False
    return bool(np.allclose(shared, plain, rtol=0, atol=tolerance))
