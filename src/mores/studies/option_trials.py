"""What trials have in common that ask for one of several options, by label or by probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mores.keys import canonical_json, digest_of_json, seed_from, seed_of_digest
from mores.records import Message, Outcome, Request, Sampling
from mores.studies.study import sampling_of

if TYPE_CHECKING:
    from mores.models.interface import Capabilities
    from mores.studies.study import StudyFile

__all__ = ["answered_in_text", "in_own_order", "letters_needed", "option_request", "sampling_taken"]

_NONE, _UNSAMPLED = Sampling(), "[null,null,null,null]"
_LETTERS_FROM = 10
"""Options from which the first token of a number does not tell which one it is."""


def letters_needed(n_options: int, capabilities: Capabilities) -> bool:
    """Whether options are to be answered by letters: where a model tells first tokens only."""
    return capabilities.scoring == "first-token" and n_options >= _LETTERS_FROM


def sampling_taken(file: StudyFile, capabilities: Capabilities) -> Sampling:
    """What of the study's sampling a model takes."""
    wanted = asdict(sampling_of(file))
    return Sampling(**{k: v for k, v in wanted.items() if k in capabilities.sampling})


def answered_in_text(trials: NDArray[np.int64], share: float, seed: int) -> NDArray[np.bool_]:
    """Whether trials are among the share that is answered in text, the same whatever else is asked.

    Trial numbers are spread by splitmix64.
    """
    z = trials.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    z += np.uint64(seed_from("text", seed)) << np.uint64(20)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    uniform = ((z ^ (z >> np.uint64(31))) >> np.uint64(11)) * 2.0**-53
    return np.asarray(uniform < share)


def option_request(
    messages: tuple[Message, ...],
    written: str,
    model: str,
    sampling: Sampling,
    *,
    labels: tuple[str, ...],
    scored: bool,
    study_seed: int,
    trial: int,
    repeat: int,
    attempt: int,
    stimulus: Any = None,
    answer: str = "label",
) -> Request:
    """A request for the probabilities of labels, or for an answer in text.

    Parameters
    ----------
    messages : tuple of Message
    written : str
        Canonical JSON of what stands for the messages in the key.
    model : str
        Digest of the model's identity.
    sampling : Sampling
        For text; probabilities are asked for without any.
    labels : tuple of str
        What options are answered by, in the order shown.
    scored : bool
        Whether probabilities are asked for.
    study_seed, trial, attempt : int
        From which the seed of an answer in text is derived.
    repeat : int
        Of an answer in text.
    stimulus : Stimulus, optional
        For simulated respondents.
    answer : str
        What a text is to be, part of the key.
    """
    # The canonical JSON of a mapping: names in their order, what recurs written once.
    seed = 0 if scored else seed_of_digest(digest_of_json(f"[{study_seed},{trial},{attempt}]"))
    elicitation = _probabilities(labels) if scored else _text(answer)
    key = (
        f'{{"attempt":{attempt},"elicitation":{elicitation},"messages":{written},'
        f'"model":{_model(model)},"repeat":{0 if scored else repeat},'
        f'"sampling":{_UNSAMPLED if scored else _sampled(sampling)},"seed":{seed}}}'
    )
    if scored:
        return Request(digest_of_json(key), messages, _NONE, 0, None, stimulus, labels)
    return Request(digest_of_json(key), messages, sampling, seed, None, stimulus)


@lru_cache(maxsize=1024)  # questions x orders
def _probabilities(labels: tuple[str, ...]) -> str:
    return canonical_json(["probabilities", *labels])


@lru_cache(maxsize=16)
def _text(answer: str) -> str:
    return canonical_json(["text", answer])


@lru_cache(maxsize=16)
def _model(model: str) -> str:
    return canonical_json(model)


def _sampled(drawn: Sampling) -> str:
    numbers = f"[{drawn.temperature!r},{drawn.top_p!r},{drawn.top_k!r},{drawn.max_tokens!r}]"
    return numbers.replace("None", "null")


def in_own_order(found: Outcome, order: Sequence[int]) -> Outcome:
    """An outcome as shown, with its options in the instrument's own order.

    Parameters
    ----------
    found : Outcome
    order : sequence of int
        ``order[shown] = original``.
    """
    if (found.option is None and not found.parts) or order == tuple(range(len(order))):
        return found
    shares = dict(zip(order, found.probabilities, strict=False))
    return Outcome(
        found.status,
        None if found.option is None else order[found.option],
        found.reason,
        tuple(shares[k] for k in range(len(shares))),
        found.allowed_mass,
        found.unseen,
        tuple(order[part] if part >= 0 else -1 for part in found.parts),
        found.flags,
    )
