"""Runs prompts and continuations through a network, in passes that fit into memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from mores.models.hf.loading import Loaded
from mores.models.hf.memory import Footprint
from mores.models.hf.prefix_tree import Continuations, PrefixTree, grow
from mores.models.hf.tree_pass import faithful, log_probabilities, plain_log_probabilities

__all__ = ["PrefixRunner"]


class PrefixRunner:
    """Runs every distinct prefix of a block once.

    Parameters
    ----------
    loaded : Loaded
        The model.

    Attributes
    ----------
    shares : bool
        Prefixes are shared. False for models whose attention does not obey a tree's mask, which
        was tried at the start: their sequences are run whole.
    tokens_run : int
        Tokens that went through the network so far.
    """

    def __init__(self, loaded: Loaded) -> None:
        self.loaded = loaded
        self.shares = faithful(loaded.model)
        self.tokens_run = 0
        self._footprint = Footprint.of(loaded.model.config, loaded.width, loaded.device)

    def run(
        self,
        prompts: Sequence[list[int]],
        continuations: Sequence[Continuations],
        check: Callable[[], None] = lambda: None,
    ) -> list[NDArray[np.float64]]:
        """Log-probabilities of each prompt's continuations.

        Parameters
        ----------
        prompts, continuations
            As in `mores.models.hf.prefix_tree.grow`.
        check : callable
            Called before every pass; what it raises ends the work.

        Returns
        -------
        list of ndarray of float64, shape (continuations of the prompt,)
            Natural logarithms.
        """
        if not prompts:
            return []
        if self.shares:
            found = self._shared(grow(prompts, continuations), check)
        else:
            found = self._apart(prompts, continuations, check)
        return np.split(found, np.cumsum([len(several) for several in continuations])[:-1])

    def _shared(self, tree: PrefixTree, check: Callable[[], None]) -> NDArray[np.float64]:
        allowance = self._footprint.allowance(self.loaded.device)
        at_once = self._footprint.tokens_at_once(allowance, int(tree.depth.max()) + 1)
        self.tokens_run += tree.size
        return _shrinking(
            lambda n: log_probabilities(self.loaded.model, tree, n, check), at_once, least=16
        )

    def _apart(
        self,
        prompts: Sequence[list[int]],
        continuations: Sequence[Continuations],
        check: Callable[[], None],
    ) -> NDArray[np.float64]:
        longest = max(map(len, prompts)) + max(len(c) for several in continuations for c in several)
        allowance = self._footprint.allowance(self.loaded.device)
        rows = self._footprint.rows_at_once(allowance, longest, 0)
        self.tokens_run += sum(
            len(prompt) + len(c) - 1
            for prompt, several in zip(prompts, continuations, strict=True)
            for c in several
        )
        return _shrinking(
            lambda n: plain_log_probabilities(self.loaded.model, prompts, continuations, n, check),
            rows,
            least=1,
        )


def _shrinking(
    work: Callable[[int], NDArray[np.float64]], size: int, least: int
) -> NDArray[np.float64]:
    """In smaller and smaller passes, should the memory run out after all."""
    import torch

    while True:
        try:
            return work(size)
        except torch.cuda.OutOfMemoryError:
            if size <= least:
                raise
            torch.cuda.empty_cache()
            size //= 2
