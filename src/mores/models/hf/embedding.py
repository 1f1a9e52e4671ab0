"""Texts as vectors by an encoder that runs in this process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mores.errors import ModelError
from mores.models.hf.description import configuration, place, quietly, tokenizer_of, why
from mores.models.hf.source import DTYPES, Source, need_extra

__all__ = ["embedder"]

_BATCH = 32
_LONGEST = 512


def embedder(spec: str) -> Callable[[Sequence[str]], NDArray[np.float64]]:
    """What turns texts into vectors: the mean of an encoder's last hidden states.

    The mean is over the tokens of a text, padding left out, as models trained for sentence
    similarity commonly take it (Reimers and Gurevych 2019, doi:10.18653/v1/D19-1410). A text is cut
    at 512 tokens, or the model's own limit.

    Parameters
    ----------
    spec : str
        ``hf:REPO_OR_PATH[@REVISION]``, with the options that ``hf:`` models have. Only a repository
        that is named is ever downloaded.

    Returns
    -------
    callable
        n texts to an array of shape (n, width).

    Raises
    ------
    ModelError
        If it is no ``hf:`` model, the extra is not installed, or the model cannot be loaded.
    """
    if not spec.startswith("hf:"):
        raise ModelError(
            f"{spec!r} gives no embeddings; name an encoder that runs in this process: "
            "hf:REPO_OR_PATH[@REVISION]"
        )
    source = Source.parse(spec)
    need_extra(spec)
    with quietly():
        model, tokenizer = _encoder(source), tokenizer_of(source)
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token or tokenizer.unk_token
    longest = min(_LONGEST, getattr(model.config, "max_position_embeddings", None) or _LONGEST)

    def embed(texts: Sequence[str]) -> NDArray[np.float64]:
        parts = [
            _means(model, tokenizer, list(texts[i : i + _BATCH]), longest)
            for i in range(0, len(texts), _BATCH)
        ]
        return np.concatenate(parts) if parts else np.zeros((0, model.config.hidden_size))

    return embed


def _encoder(source: Source) -> Any:
    import torch
    from transformers import AutoModel

    config = configuration(source)
    where, how = place(source)
    dtype = getattr(torch, DTYPES[source.dtype or "float32"])
    device = source.device or ("cuda" if torch.cuda.is_available() else "cpu")
    try:
        model = AutoModel.from_pretrained(
            where, **how, trust_remote_code=source.remote_code, config=config, dtype=dtype
        )
        return model.to(device).eval()
    except Exception as error:
        raise ModelError(why(source, "its weights", error)) from None


def _means(model: Any, tokenizer: Any, texts: list[str], longest: int) -> NDArray[np.float64]:
    import torch

    tokens = tokenizer(
        texts, padding=True, truncation=True, max_length=longest, return_tensors="pt"
    ).to(model.device)
    with torch.inference_mode():
        states = model(
            input_ids=tokens["input_ids"], attention_mask=tokens["attention_mask"]
        ).last_hidden_state
    weights = tokens["attention_mask"].unsqueeze(-1).to(states.dtype)
    means = (states * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1)
    return np.asarray(means.float().cpu().numpy(), dtype=np.float64)
