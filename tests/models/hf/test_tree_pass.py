from functools import lru_cache
from inspect import signature

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch

from mores.models.hf.prefix_tree import grow
from mores.models.hf.tree_pass import faithful, log_probabilities, plain_log_probabilities

RNG = np.random.default_rng(3)
GUIDANCE = [int(t) for t in RNG.integers(5, 200, 9)]
PROMPTS = [
    GUIDANCE + persona + question
    for persona in ([int(t) for t in RNG.integers(5, 200, n)] for n in (17, 23, 5))
    for question in ([int(t) for t in RNG.integers(5, 200, n)] for n in (4, 11, 7, 2))
]
OPTIONS = ((20, 0), (20, 2), (20, 21, 0), (22, 0), (23, 24, 25, 0), (23, 24, 0))
CONTINUATIONS = [OPTIONS] * len(PROMPTS)
KINDS = [
    {"kind": kind, "splits_digits": splits}
    for kind in ("mha", "gqa", "window", "mixed-window")
    for splits in (False, True)
]


@lru_cache
def one_forward_each(model) -> np.ndarray:
    """Every sequence alone, its tokens' log-probabilities from one forward pass in float64."""
    found = []
    for prompt in PROMPTS:
        for option in OPTIONS:
            ids = torch.tensor([prompt + list(option)])
            with torch.no_grad():
                logs = model(input_ids=ids).logits[0].double().log_softmax(-1)
            n = len(prompt)
            found.append(sum(float(logs[n - 1 + i, t]) for i, t in enumerate(option)))
    return np.array(found)


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: f"{k['kind']}-{k['splits_digits']}")
@pytest.mark.parametrize("tokens_at_once", [13, 4096])
def test_a_shared_prefix_changes_nothing(loaded, kind, tokens_at_once) -> None:
    model = loaded(**kind).model
    tree = grow(PROMPTS, CONTINUATIONS)
    wanted = one_forward_each(model)
    assert wanted.std() > 0.5  # a model in which the prompt matters
    assert faithful(model)
    found = log_probabilities(model, tree, tokens_at_once)
    assert np.abs(found - wanted).max() <= 1e-4


def test_every_distinct_token_passes_once(loaded, monkeypatch) -> None:
    model = loaded(kind="gqa").model
    passed = []
    forward = model.forward

    def counted(input_ids=None, **rest):
        passed.append(input_ids.numel())
        return forward(input_ids=input_ids, **rest)

    counted.__signature__ = signature(forward)
    monkeypatch.setattr(model, "forward", counted)
    tree = grow(PROMPTS, CONTINUATIONS)
    log_probabilities(model, tree, 50)
    runs = [tuple(p + list(o[:-1])) for p in PROMPTS for o in OPTIONS]
    distinct = len({run[:n] for run in runs for n in range(1, len(run) + 1)})
    assert sum(passed) == distinct == tree.size
    assert max(passed) <= 50


def test_only_the_path_is_kept(loaded, monkeypatch) -> None:
    import transformers

    model = loaded(kind="gqa").model
    caches = []

    class Watched(transformers.DynamicCache):
        def __init__(self) -> None:
            super().__init__()
            caches.append(self)

    monkeypatch.setattr(transformers, "DynamicCache", Watched)
    longest = []
    forward = model.forward

    def watched(*args, past_key_values=None, **rest):
        longest.append(past_key_values.get_seq_length())
        return forward(*args, past_key_values=past_key_values, **rest)

    watched.__signature__ = signature(forward)
    monkeypatch.setattr(model, "forward", watched)
    log_probabilities(model, grow(PROMPTS, CONTINUATIONS), 8)
    assert len(caches) == 1
    assert 20 < max(longest) <= max(map(len, PROMPTS)) + 4


def test_padded_batches_agree_with_one_at_a_time(loaded) -> None:
    model = loaded(kind="window").model
    found = plain_log_probabilities(model, PROMPTS, CONTINUATIONS, 7)
    assert np.abs(found - one_forward_each(model)).max() <= 1e-4


def test_attention_that_takes_no_mask_is_noticed(loaded) -> None:
    model = loaded(kind="alibi").model
    assert not faithful(model)


def test_half_precision_does_not_round_the_logits(loaded) -> None:
    half = loaded(dtype="bfloat16", kind="gqa").model
    tree = grow(PROMPTS[:1], [tuple((t,) for t in range(100))])
    found = log_probabilities(half, tree, 4096)
    with torch.no_grad():
        hidden = half.model(torch.tensor([PROMPTS[0]])).last_hidden_state[0, -1]
        wanted = (hidden.double() @ half.lm_head.weight.double().T).log_softmax(-1)[:100]
        rounded = half(torch.tensor([PROMPTS[0]])).logits[0, -1].float().log_softmax(-1)[:100]
    # one rounding of the hidden state may differ between the kernels; that of the logits is gone
    assert np.abs(found - wanted.numpy()).max() < 0.5 * float((rounded - wanted).abs().max())
    assert "forward" not in vars(half.lm_head)
