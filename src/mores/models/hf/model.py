"""A causal language model run by torch and transformers, behind the interface of every model."""

from __future__ import annotations

from collections.abc import Sequence

from mores.models.hf.generation import Continued, Prompt, continue_all
from mores.models.hf.in_process import InProcessModel
from mores.models.hf.loading import Loaded, load
from mores.models.hf.memory import Footprint
from mores.models.hf.running import PrefixRunner

__all__ = ["HfModel"]


class HfModel(InProcessModel[Loaded]):
    """A causal language model that torch and transformers run; see `InProcessModel`."""

    def _load(self) -> Loaded:
        return load(self.source)

    def _new_runner(self) -> PrefixRunner:
        return PrefixRunner(self.loaded)

    def _continued(self, prompts: Sequence[Prompt]) -> list[Continued]:
        loaded = self.loaded
        footprint = Footprint.of(loaded.model.config, loaded.width, loaded.device)
        return continue_all(
            loaded.model,
            prompts,
            loaded.stops,
            footprint,
            footprint.allowance(loaded.device),
            self._check,
        )

    def _let_go(self) -> None:
        import torch

        if torch.cuda.is_available():
            torch.cuda.empty_cache()
