"""A causal language model run by vLLM in this process: extra ``vllm``.

vLLM's prefix cache does what the prefix tree does for ``hf``: a prompt's keys and values are computed
once. Log-probabilities of a prompt's own tokens would pass that cache by, so none are asked for. In
their place each beginning of an answer is a prompt of one token to be written, and vLLM is asked what
the tokens that may follow it would have got.

Only what vLLM documents is used: `LLM`, `SamplingParams`, `TokensPrompt`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mores.errors import ModelError
from mores.models.hf.description import Described, configuration, describe, quietly
from mores.models.hf.generation import Continued, Prompt
from mores.models.hf.in_process import InProcessModel
from mores.models.hf.prefix_tree import Continuations
from mores.models.hf.source import Source

__all__ = ["Started", "VllmModel", "VllmRunner", "start"]

_DTYPE = "bfloat16"
_MOST_TARGETS = 128
"""Tokens whose log-probabilities vLLM gives at once."""

Tokens = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Started(Described):
    """A model that vLLM holds.

    Attributes
    ----------
    llm : vllm.LLM
        The engine.
    """

    llm: Any


class VllmModel(InProcessModel[Started]):
    """A causal language model that vLLM runs; see `InProcessModel`."""

    def _load(self) -> Started:
        return start(self.source)

    def _new_runner(self) -> VllmRunner:
        return VllmRunner(self.loaded.llm)

    def _continued(self, prompts: Sequence[Prompt]) -> list[Continued]:
        from vllm import SamplingParams

        stops = list(self.loaded.stops)
        how = [
            SamplingParams(
                temperature=prompt.how.temperature,
                top_p=prompt.how.top_p,
                top_k=prompt.how.top_k,
                max_tokens=prompt.max_tokens,
                seed=prompt.seed % 2**63,
                stop_token_ids=stops,
                detokenize=False,
            )
            for prompt in prompts
        ]
        self._check()
        written = _generated(self.loaded.llm, [tuple(prompt.tokens) for prompt in prompts], how)
        return [_cut(output, stops) for output in written]

    def _let_go(self) -> None:
        import gc

        gc.collect()  # the engine ends its processes once nothing refers to it


def start(source: Source) -> Started:
    """Start an engine with a model.

    Raises
    ------
    ModelError
        If the model is not there, not whole, or in need of code of its own that the user has not
        allowed; if this vLLM is too old; or if it cannot run the model on this machine.
    """
    from vllm import LLM, SamplingParams

    if not hasattr(SamplingParams, "logprob_token_ids"):
        raise ModelError(
            f"{source.spec}: this version of vLLM does not tell the log-probabilities of given "
            "tokens; install the extra: pip install 'mores[vllm]'"
        )
    with quietly():
        config = configuration(source)
        described = describe(source, config, source.dtype or _DTYPE)
    try:
        llm = LLM(
            model=str(source.folder) if source.local else source.name,
            revision=source.revision,
            tokenizer_revision=source.revision,
            trust_remote_code=source.remote_code,
            dtype=described["dtype"],
            tensor_parallel_size=source.gpus,
            max_model_len=source.context,
            enable_prefix_caching=True,
            logprobs_mode="raw_logprobs",
            seed=0,
        )
    except Exception as error:
        said = " ".join(str(error).split())[:300] or type(error).__name__
        raise ModelError(
            f"{source.spec}: vLLM cannot run it here ({said}); context=8192 takes less memory, "
            "gpus=2 spreads it, and hf: runs it without vLLM"
        ) from None
    return Started(**described, llm=llm)


class VllmRunner:
    """Log-probabilities of continuations, from an engine with a prefix cache.

    Parameters
    ----------
    llm : vllm.LLM
        The engine.
    """

    def __init__(self, llm: Any) -> None:
        self.llm = llm

    def run(
        self,
        prompts: Sequence[list[int]],
        continuations: Sequence[Continuations],
        check: Callable[[], None] = lambda: None,
    ) -> list[NDArray[np.float64]]:
        """Log-probabilities of each prompt's continuations.

        Parameters
        ----------
        prompts : sequence of list of int
            Token numbers, at least one each.
        continuations : sequence of tuple of tuple of int
            For each prompt the token sequences that may follow it.
        check : callable
            Called before each of two passes; what it raises ends the work.

        Returns
        -------
        list of ndarray of float64, shape (continuations of the prompt,)
            Natural logarithms, normalised over the vocabulary at temperature 1.
        """
        followers = [_followers(several) for several in continuations]
        asked = [
            (i, path, targets)
            for i, after in enumerate(followers)
            for path, several in after.items()
            for targets in _chunks(sorted(several))
        ]
        found: dict[tuple[int, Tokens, int], float] = {}
        # the prompts alone first, so that all that begins with them finds them in the cache
        for pass_ in ([a for a in asked if not a[1]], [a for a in asked if a[1]]):
            check()
            found |= self._looked_up(prompts, pass_)
        return [
            np.array(
                [
                    sum(found[i, sequence[:n], token] for n, token in enumerate(sequence))
                    for sequence in several
                ]
            )
            for i, several in enumerate(continuations)
        ]

    def _looked_up(
        self, prompts: Sequence[list[int]], asked: Sequence[tuple[int, Tokens, list[int]]]
    ) -> dict[tuple[int, Tokens, int], float]:
        from vllm import SamplingParams

        how = [
            SamplingParams(
                temperature=0.0, max_tokens=1, logprob_token_ids=targets, detokenize=False
            )
            for _, _, targets in asked
        ]
        outputs = _generated(self.llm, [(*prompts[i], *path) for i, path, _ in asked], how)
        return {
            (i, path, target): float(output.logprobs[0][target].logprob)
            for (i, path, targets), output in zip(asked, outputs, strict=True)
            for target in targets
        }


def _followers(continuations: Continuations) -> dict[Tokens, set[int]]:
    """What may follow each beginning of a continuation."""
    found: dict[Tokens, set[int]] = {}
    for sequence in continuations:
        for n, token in enumerate(sequence):
            found.setdefault(sequence[:n], set()).add(token)
    return found


def _chunks(tokens: list[int]) -> Iterator[list[int]]:
    for begin in range(0, len(tokens), _MOST_TARGETS):
        yield tokens[begin : begin + _MOST_TARGETS]


def _generated(llm: Any, prompts: Sequence[Tokens], how: Sequence[Any]) -> list[Any]:
    """The one completion of each prompt.

    Raises
    ------
    ModelError
        If the engine fails.
    """
    from vllm import TokensPrompt

    if not prompts:
        return []
    asked = [TokensPrompt(prompt_token_ids=list(prompt)) for prompt in prompts]
    try:
        return [output.outputs[0] for output in llm.generate(asked, list(how), use_tqdm=False)]
    except Exception as error:
        said = " ".join(str(error).split())[:300] or type(error).__name__
        raise ModelError(f"vLLM gave up: {said}") from None


def _cut(output: Any, stops: Sequence[int]) -> Continued:
    """A completion without the token that ended it."""
    tokens = [int(token) for token in output.token_ids]
    kept = tokens[:-1] if tokens and tokens[-1] in stops else tokens
    finish = "stop" if output.finish_reason == "stop" else "length"
    return Continued(kept, finish, len(tokens))
