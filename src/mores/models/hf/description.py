"""What a model is, as its files say, before its weights are read."""

from __future__ import annotations

import contextlib
import json
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from logging import ERROR, getLogger
from pathlib import Path
from typing import Any

from mores.errors import ModelError
from mores.models.hf.source import Source
from mores.models.hf.template import Template

__all__ = ["Described", "configuration", "describe", "place", "quietly", "tokenizer_of", "why"]

_BLOCKS, _BLOCK = 64, 65536
_TEXTS = (".json", ".jinja", ".model", ".txt", ".py")
_WEIGHTS = (".safetensors", ".bin")


@dataclass(frozen=True, slots=True)
class Described:
    """What is known of a model without its weights.

    Attributes
    ----------
    source : Source
        Where it comes from.
    tokenizer : transformers.PreTrainedTokenizerBase
        Its tokenizer.
    template : Template
        How messages become text.
    dtype : str
        The precision in which it runs.
    weights : str
        The repository's commit, or a digest of a directory's configuration and of samples of its
        weight files: size, and 64 blocks of 64 KiB of each.
    context : int or None
        Most tokens of prompt and answer together; None where the configuration does not say.
    stops : tuple of int
        Tokens that end an answer, ascending.
    sampling : dict
        What the model's generation_config.json states of temperature, top_p and top_k; None for what
        it does not state.
    """

    source: Source
    tokenizer: Any
    template: Template
    dtype: str
    weights: str
    context: int | None
    stops: tuple[int, ...]
    sampling: dict[str, float | None]

    @property
    def identity(self) -> dict[str, Any]:
        """What of it can change an answer. A directory is known by what is in it."""
        return {
            "dtype": self.dtype,
            "weights": self.weights,
            "template": self.template.digest,
            "chat": self.template.chat,
            "reasoning": self.template.reasoning,
            "stops": list(self.stops),
            "sampling": self.sampling,
        }


def describe(source: Source, config: Any, dtype: str) -> dict[str, Any]:
    """The fields of `Described`.

    Raises
    ------
    ModelError
        If the tokenizer cannot be loaded, there is no template and the user has not said that it
        may be asked without one, its template renders no message, or nothing names a token that ends
        a text.
    """
    tokenizer = tokenizer_of(source)
    template = Template.of(tokenizer, source.spec)
    if not template.chat and not source.plain:
        raise ModelError(
            f"{source.spec} has no chat template, so that nobody knows how it wants to be asked; name "
            "the chat model of its family, put its template into chat_template.jinja beside the "
            "tokenizer, or add ,plain=yes to ask it in a plain form that ends with 'Answer:'"
        )
    generation = _generation(source, config)
    stated = json.loads(generation.to_json_string(use_diff=True))
    context = getattr(config.get_text_config(), "max_position_embeddings", None)
    return {
        "source": source,
        "tokenizer": tokenizer,
        "template": template,
        "dtype": dtype,
        "weights": _fingerprint(source.folder) if source.local else _commit(config),
        "context": source.context or context,
        "stops": _stops(source, generation, tokenizer, template),
        "sampling": {name: stated.get(name) for name in ("temperature", "top_p", "top_k")},
    }


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Without the libraries' own warnings and progress bars; what matters is said as an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from transformers.utils import logging

        hub = getLogger("huggingface_hub")  # it logs every attempt to connect
        verbosity, level = logging.get_verbosity(), hub.level
        logging.set_verbosity_error()
        hub.setLevel(ERROR)
        logging.disable_progress_bar()
        try:
            yield
        finally:
            logging.set_verbosity(verbosity)
            hub.setLevel(level)


def place(source: Source) -> tuple[str, dict[str, Any]]:
    """Arguments of every ``from_pretrained``: where, and how it is to be read."""
    if source.local:
        return str(source.folder), {"local_files_only": True}
    return source.name, {"revision": source.revision or "main"}


def configuration(source: Source) -> Any:
    """The model's configuration.

    Raises
    ------
    ModelError
        If it is not there, damaged, unknown to transformers, or needs code of its own that the user
        has not allowed.
    """
    from transformers import AutoConfig

    if source.local and not (source.folder / "config.json").is_file():
        raise ModelError(
            f"{source.spec}: the directory holds no config.json; give one written by "
            "save_pretrained, or downloaded whole"
        )
    where, how = place(source)
    try:
        return AutoConfig.from_pretrained(where, **how, trust_remote_code=source.remote_code)
    except Exception as error:
        raise ModelError(why(source, "its configuration", error)) from None


def tokenizer_of(source: Source) -> Any:
    """The model's tokenizer.

    Raises
    ------
    ModelError
        If it is not there, damaged, or needs code of its own that the user has not allowed.
    """
    from transformers import AutoTokenizer

    where, how = place(source)
    try:
        return AutoTokenizer.from_pretrained(where, **how, trust_remote_code=source.remote_code)
    except Exception as error:
        raise ModelError(why(source, "its tokenizer", error)) from None


def _generation(source: Source, config: Any) -> Any:
    """What the model says of generation; the configuration, where it says nothing."""
    from transformers import GenerationConfig

    where, how = place(source)
    try:
        return GenerationConfig.from_pretrained(where, **how)
    except OSError as error:
        if source.local and (source.folder / "generation_config.json").is_file():
            raise ModelError(why(source, "its generation_config.json", error)) from None
        return GenerationConfig.from_model_config(config)


def why(source: Source, what: str, error: Exception) -> str:
    """One line on what could not be loaded, and what to do."""
    text = " ".join(str(error).split())
    if "trust_remote_code" in text:
        return (
            f"{source.spec} needs code of its own, which is not run; if you have read it and trust "
            "it, add ,remote_code=yes, or serve the model elsewhere and name it "
            "http://host:port/v1#NAME"
        )
    said = text[:300] if text else type(error).__name__
    if source.local:
        return (
            f"{source.spec}: {what} cannot be loaded ({said}); check that the directory is whole, "
            "and that this version of transformers knows the model"
        )
    return (
        f"{source.spec}: {what} cannot be had ({said}); check the repository's name and revision, "
        "the connection, and, for a gated model, HF_TOKEN; or give a local directory"
    )


def _commit(config: Any) -> str:
    return str(getattr(config, "_commit_hash", None) or "unknown")


def _fingerprint(folder: Path) -> str:
    """Digest of a directory's configuration, code and weights, wherever the directory lies."""
    taken = sha256()
    for path in sorted(folder.iterdir()):
        if path.suffix in _TEXTS and path.is_file():
            taken.update(f"{path.name}\0".encode() + path.read_bytes())
        elif path.suffix in _WEIGHTS and path.is_file():
            size = path.stat().st_size
            taken.update(f"{path.name}\0{size}\0".encode())
            with path.open("rb") as file:
                for i in range(_BLOCKS):
                    file.seek(max(0, size - _BLOCK) * i // (_BLOCKS - 1))
                    taken.update(file.read(_BLOCK))
    return taken.hexdigest()[:32]


def _stops(source: Source, generation: Any, tokenizer: Any, template: Template) -> tuple[int, ...]:
    stated = generation.eos_token_id
    found = set(stated if isinstance(stated, (list, tuple)) else [stated])
    found |= {tokenizer.eos_token_id, template.turn_end()}
    stops = tuple(sorted(int(token) for token in found if token is not None))
    if not stops:
        raise ModelError(
            f"{source.spec}: neither tokenizer nor generation_config.json names an end-of-text "
            "token; state eos_token there"
        )
    return stops
