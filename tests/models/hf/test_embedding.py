from __future__ import annotations

import numpy as np
import pytest
from tiny_models import save

from mores.errors import ModelError
from mores.models.hf.embedding import embedder

torch = pytest.importorskip("torch")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save(tmp_path_factory.mktemp("encoder"))


def test_means_of_the_last_states_without_padding(folder) -> None:
    from transformers import AutoModel, AutoTokenizer

    texts = ["a town", "You are a person of 45 years who lives in a town.", "10 10"]
    found = embedder(f"hf:{folder},device=cpu")(texts)
    assert found.shape == (3, 32)
    model = AutoModel.from_pretrained(folder).eval()
    words = AutoTokenizer.from_pretrained(folder)
    for text, vector in zip(texts, found, strict=True):
        with torch.inference_mode():
            alone = model(**words(text, return_tensors="pt")).last_hidden_state[0].mean(dim=0)
        assert vector == pytest.approx(alone.double().numpy(), abs=1e-4)


def test_batches_make_no_difference(folder) -> None:
    embed = embedder(f"hf:{folder},device=cpu")
    texts = [f"town {k}" for k in range(40)]
    assert np.allclose(embed(texts)[35], embed(texts[35:36])[0], atol=1e-4)
    assert embed([]).shape == (0, 32)


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("sim", "gives no embeddings"),
        ("openai/some-model", "hf:REPO_OR_PATH"),
        ("hf:/nowhere/at/all", "there is no directory"),
    ],
)
def test_what_cannot_embed(spec, says) -> None:
    with pytest.raises(ModelError, match=says):
        embedder(spec)
