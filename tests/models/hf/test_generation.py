import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch

from mores.models.hf.generation import Prompt, continue_all
from mores.models.hf.memory import Footprint
from mores.models.hf.sampling import Draw, draws

RNG = np.random.default_rng(5)
TEXTS = [[int(t) for t in RNG.integers(5, 250, n)] for n in (30, 3, 12, 12, 41, 7, 19, 25)]
HOW = [
    Draw(1.0, 1.0, 0),
    Draw(0.7, 0.9, 0),
    Draw(0.0, 1.0, 0),
    Draw(1.2, 1.0, 20),
] * 2
PROMPTS = [
    Prompt(text, most, how, seed)
    for seed, (text, how, most) in enumerate(
        zip(TEXTS, HOW, (12, 20, 16, 3, 12, 25, 1, 14), strict=True)
    )
]
SMALL = 100_000
KINDS = ("mha", "gqa", "window", "mixed-window", "alibi")


def written(model, prompts, stops=(0, 2), allowance=1 << 30):
    return continue_all(model, prompts, stops, Footprint.of(model.config, 4, "cpu"), allowance)


def alone(model, prompt, stops):
    """The answer by one whole forward pass a token, and a plain inverse of the distribution."""
    ids, tokens = list(prompt.tokens), []
    for uniform in draws(prompt.seed, prompt.max_tokens).tolist():
        with torch.no_grad():
            logits = model(torch.tensor([ids])).logits[0, -1].double().numpy()
        if prompt.how.temperature == 0:
            token = int(logits.argmax())
        else:
            p = np.exp((logits - logits.max()) / prompt.how.temperature)
            order = np.argsort(-p, kind="stable")
            if prompt.how.top_k:
                p[order[prompt.how.top_k :]] = 0
            mass = np.cumsum(p[order] / p.sum())
            p[order[1:][mass[:-1] >= prompt.how.top_p]] = 0
            token = int(np.searchsorted(np.cumsum(p), uniform * p.sum(), side="right"))
        ids.append(token)
        tokens.append(token)
        if token in stops:
            break
    return tokens


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_is_the_same_alone_and_in_any_batch(loaded, kind) -> None:
    model = loaded(kind=kind, sharpness=2.0).model
    stops = tuple(range(60))  # so that answers end at different times
    wanted = [alone(model, prompt, stops) for prompt in PROMPTS]
    assert len({tuple(w) for w in wanted}) == len(wanted)
    for order in (range(8), (7, 2, 5), (4, 0, 1, 3, 6)):
        for allowance in (1 << 30, SMALL):
            found = written(model, [PROMPTS[i] for i in order], stops, allowance)
            for i, answer in zip(order, found, strict=True):
                ended = wanted[i][-1] in stops
                assert answer.tokens == (wanted[i][:-1] if ended else wanted[i])
                assert answer.finish == ("stop" if ended else "length")
                assert answer.written == len(wanted[i])


def test_batches_fit_the_allowance(loaded, monkeypatch) -> None:
    model = loaded(kind="gqa").model
    shapes = []
    forward = model.forward

    def watched(input_ids=None, **rest):
        shapes.append(tuple(input_ids.shape))
        return forward(input_ids=input_ids, **rest)

    monkeypatch.setattr(model, "forward", watched)
    written(model, PROMPTS, allowance=SMALL)
    assert max(rows for rows, _ in shapes) < 8
    assert shapes[0][1] == 41  # the longest first


def test_memory_that_runs_out_halves_the_batch(loaded, monkeypatch) -> None:
    model = loaded(kind="gqa").model
    wanted = written(model, PROMPTS)
    forward = model.forward

    def short(input_ids=None, **rest):
        if len(input_ids) > 3:
            raise torch.cuda.OutOfMemoryError("out of memory")
        return forward(input_ids=input_ids, **rest)

    monkeypatch.setattr(model, "forward", short)
    assert written(model, PROMPTS) == wanted


def test_it_ends_when_told(loaded) -> None:
    steps = []

    def check() -> None:
        steps.append(1)
        if len(steps) == 4:
            raise InterruptedError

    model = loaded(kind="gqa").model
    footprint = Footprint.of(model.config, 4, "cpu")
    with pytest.raises(InterruptedError):
        continue_all(model, PROMPTS, (0,), footprint, 1 << 30, check)


def test_nothing_to_write(loaded) -> None:
    assert written(loaded(kind="gqa").model, []) == []
