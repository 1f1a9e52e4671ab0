"""Tiny models, each made and loaded once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tiny_models import save

Maker = Callable[..., Path]


@pytest.fixture(scope="session")
def saved(tmp_path_factory) -> Maker:
    """Makes a model's directory, each kind once."""
    torch = pytest.importorskip("torch")
    pytest.importorskip("transformers")
    torch.set_num_threads(1)  # for models so small, threads only stand in each other's way
    made: dict[tuple, Path] = {}

    def make(
        splits_digits: bool = False,
        template: str = "chatml",
        kind: str = "mha",
        sharpness: float = 4.0,
        context: int = 1024,
    ) -> Path:
        key = (splits_digits, template, kind, sharpness, context)
        if key not in made:
            made[key] = save(tmp_path_factory.mktemp("tiny") / "model", *key)
        return made[key]

    return make


@pytest.fixture(scope="session")
def loaded(saved):
    """A model's directory, loaded, each kind once."""
    from mores.models.hf.loading import load
    from mores.models.hf.source import Source

    made: dict[str, object] = {}

    def make(dtype: str = "float32", **kind):
        plain = ",plain=yes" if kind.get("template") == "none" else ""
        spec = f"hf:{saved(**kind)},dtype={dtype},device=cpu{plain}"
        if spec not in made:
            made[spec] = load(Source.parse(spec))
        return made[spec]

    return make


@pytest.fixture(scope="session")
def scorer():
    """A scorer with a runner of its own, so that what it ran can be counted."""
    from mores.models.hf.running import PrefixRunner
    from mores.models.hf.scoring import OptionScorer

    def make(model, forms=None) -> OptionScorer:
        return OptionScorer(model, PrefixRunner(model), forms)

    return make
