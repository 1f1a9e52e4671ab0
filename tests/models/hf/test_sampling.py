import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from mores.models.hf.sampling import Draw, draws, next_tokens
from mores.records import Sampling

LOGITS = torch.tensor([[2.0, 0.0, 1.0, -1.0]])
P = LOGITS[0].double().softmax(-1).numpy()


def shares(draw: Draw, n: int = 4000) -> np.ndarray:
    uniforms = (torch.arange(n, dtype=torch.float64) + 0.5) / n
    tokens = next_tokens(LOGITS.expand(n, -1), [draw] * n, uniforms)
    return np.bincount(tokens.numpy(), minlength=4) / n


def test_the_softmax_is_drawn_from() -> None:
    assert shares(Draw(1.0, 1.0, 0)) == pytest.approx(P, abs=1e-3)


def test_temperature() -> None:
    wanted = np.exp(LOGITS[0].numpy() / 0.5)
    assert shares(Draw(0.5, 1.0, 0)) == pytest.approx(wanted / wanted.sum(), abs=1e-3)
    assert shares(Draw(0.0, 1.0, 0)) == pytest.approx([1, 0, 0, 0])


def test_top_k_keeps_the_most_probable() -> None:
    kept = np.where([True, False, True, False], P, 0)
    assert shares(Draw(1.0, 1.0, 2)) == pytest.approx(kept / kept.sum(), abs=1e-3)


def test_top_p_keeps_the_token_that_reaches_it() -> None:
    assert 0.6 < P[0] < 0.7
    kept = np.where([True, False, True, False], P, 0)
    assert shares(Draw(1.0, 0.7, 0)) == pytest.approx(kept / kept.sum(), abs=1e-3)
    assert shares(Draw(1.0, 0.1, 0)) == pytest.approx([1, 0, 0, 0])


def test_rows_have_their_own_settings() -> None:
    how = [Draw(0.0, 1.0, 0), Draw(1.0, 1.0, 1), Draw(1.0, 1.0, 0)]
    uniforms = torch.full((3,), 0.999, dtype=torch.float64)
    assert next_tokens(LOGITS.expand(3, -1), how, uniforms).tolist() == [0, 0, 3]


def test_what_is_not_asked_is_the_models_own() -> None:
    own = {"temperature": 0.6, "top_p": 0.95, "top_k": 20}
    assert Draw.of(Sampling(), own) == Draw(0.6, 0.95, 20)
    assert Draw.of(Sampling(temperature=0.0, top_p=1.0), own) == Draw(0.0, 1.0, 20)
    assert Draw.of(Sampling(), {}) == Draw(1.0, 1.0, 0)


def test_a_seed_is_a_stream_and_longer_answers_begin_alike() -> None:
    assert draws(5, 3).tolist() == draws(5, 9)[:3].tolist()
    assert draws(5, 3).tolist() != draws(6, 3).tolist()
    assert draws(2**70 + 1, 1).shape == (1,)
