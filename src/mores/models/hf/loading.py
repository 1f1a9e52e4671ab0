"""From a source to a model in memory, with errors that a user can act on."""

from __future__ import annotations

import contextlib
import json
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from inspect import signature
from pathlib import Path
from typing import Any

from mores.errors import ModelError
from mores.models.hf.memory import free_bytes, gigabytes
from mores.models.hf.source import Source, need_extra
from mores.models.hf.template import Template

__all__ = ["Loaded", "load"]

_BLOCKS, _BLOCK = 64, 65536
_DECODERS = ("ForCausalLM", "LMHeadModel", "ForConditionalGeneration")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model that can be run.

    Attributes
    ----------
    source : Source
        Where it comes from.
    model, tokenizer : transformers objects
        In evaluation mode, on `device`.
    template : Template
        How messages become text.
    device, dtype : str
        Where it runs, and in which precision.
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
    model: Any
    tokenizer: Any
    template: Template
    device: str
    dtype: str
    weights: str
    context: int | None
    stops: tuple[int, ...]
    sampling: dict[str, float | None]

    @property
    def width(self) -> int:
        """Bytes of one number."""
        return 4 if self.dtype == "float32" else 2


def load(source: Source) -> Loaded:
    """Load a model; only a repository that is named is ever downloaded, and no code of it is run.

    Raises
    ------
    ModelError
        If the extra is not installed, or the model is not there, not whole, no causal language
        model, in need of code of its own, or too large for the memory that is free.
    """
    need_extra(source.spec)
    with _quietly():
        device = _device(source)
        dtype = source.dtype or ("float32" if device == "cpu" else "bfloat16")
        config = _config(source)
        _check_kind(source, config)
        _check_size(source, config, dtype, device)
        tokenizer = _tokenizer(source)
        model = _weights(source, config, dtype, device)
        template = Template.of(tokenizer, source.spec)
    text = config.get_text_config()
    return Loaded(
        source=source,
        model=model,
        tokenizer=tokenizer,
        template=template,
        device=device,
        dtype=dtype,
        weights=_fingerprint(Path(source.name).expanduser()) if source.local else _commit(config),
        context=getattr(text, "max_position_embeddings", None),
        stops=_stops(source, model, tokenizer, template),
        sampling=_sampling(model),
    )


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Without the libraries' own warnings and progress bars; what matters is said as an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from transformers.utils import logging

        verbosity = logging.get_verbosity()
        logging.set_verbosity_error()
        logging.disable_progress_bar()
        try:
            yield
        finally:
            logging.set_verbosity(verbosity)


def _device(source: Source) -> str:
    import torch

    there = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if source.device is None:
        return "cuda:0" if there else "cpu"
    if source.device == "cpu":
        return "cpu"
    number = int(source.device.partition(":")[2] or 0)
    if number >= there:
        raise ModelError(
            f"{source.spec}: there is no device {source.device} ({there} CUDA devices are visible); "
            "use device=cpu, or install a torch built for your GPU"
        )
    return f"cuda:{number}"


def _place(source: Source) -> dict[str, Any]:
    """Arguments of every ``from_pretrained``."""
    if source.local:
        return {
            "pretrained_model_name_or_path": str(Path(source.name).expanduser()),
            "local_files_only": True,
            "trust_remote_code": False,
        }
    return {
        "pretrained_model_name_or_path": source.name,
        "revision": source.revision or "main",
        "trust_remote_code": False,
    }


def _config(source: Source) -> Any:
    from transformers import AutoConfig

    if source.local and not (Path(source.name).expanduser() / "config.json").is_file():
        raise ModelError(
            f"{source.spec}: the directory holds no config.json; give one written by "
            "save_pretrained, or downloaded whole"
        )
    try:
        return AutoConfig.from_pretrained(**_place(source))
    except Exception as error:
        raise ModelError(_why(source, "its configuration", error)) from None


def _tokenizer(source: Source) -> Any:
    from transformers import AutoTokenizer

    try:
        return AutoTokenizer.from_pretrained(**_place(source))
    except Exception as error:
        raise ModelError(_why(source, "its tokenizer", error)) from None


def _check_kind(source: Source, config: Any) -> None:
    from transformers import AutoModelForCausalLM

    names = list(getattr(config, "architectures", None) or [])
    causal = not names or any(name.endswith(_DECODERS) for name in names)
    known = type(config) in AutoModelForCausalLM._model_mapping
    if getattr(config, "is_encoder_decoder", False) or not causal or not known:
        raise ModelError(
            f"{source.spec} is no causal language model ({', '.join(names) or config.model_type}); "
            "use a chat model, whose architecture ends in ForCausalLM"
        )
    forward = AutoModelForCausalLM._model_mapping[type(config)].forward
    if _recurrent(config) or "past_key_values" not in signature(forward).parameters:
        raise ModelError(
            f"{source.spec} carries a running state from token to token ({config.model_type}), and "
            "only models of attention alone run in this process; serve this one, and name it "
            "http://host:port/v1#NAME"
        )


def _recurrent(config: Any) -> bool:
    """Whether any layer is not attention over keys and values."""
    text = config.get_text_config()
    kinds = getattr(text, "layer_types", None) or getattr(text, "layers_block_type", None) or ()
    return any(kind == "linear_attention" or not kind.endswith("attention") for kind in kinds)


def _check_size(source: Source, config: Any, dtype: str, device: str) -> None:
    """Say before loading that a model does not fit."""
    free = free_bytes(device)
    if free is None or getattr(config, "quantization_config", None):
        return
    needed = _parameters(config) * (4 if dtype == "float32" else 2)
    if needed > free:
        smaller = " with dtype=bfloat16, half of it," if dtype == "float32" else ""
        raise ModelError(
            f"{source.spec} takes {gigabytes(needed)} in {dtype}, and {gigabytes(free)} are free on "
            f"{device};{smaller} use a smaller model, or serve this one elsewhere and name it "
            "http://host:port/v1#NAME"
        )


def _parameters(config: Any) -> int:
    """Number of parameters, without allocating them; 0 where that is not known."""
    import torch
    from transformers import AutoModelForCausalLM

    try:
        with torch.device("meta"):
            shell = AutoModelForCausalLM.from_config(config)
    except Exception:  # it is loaded all the same, and says itself what is wrong
        return 0
    return sum(int(p.numel()) for p in shell.parameters())


def _weights(source: Source, config: Any, dtype: str, device: str) -> Any:
    import torch
    from transformers import AutoModelForCausalLM

    try:
        model, told = AutoModelForCausalLM.from_pretrained(
            **_place(source),
            config=config,
            output_loading_info=True,
            dtype=getattr(torch, dtype),
        )
    except Exception as error:
        raise ModelError(_why(source, "its weights", error)) from None
    lacking = [*told.get("missing_keys", ()), *(k[0] for k in told.get("mismatched_keys", ()))]
    if lacking:
        shown = ", ".join(sorted(map(str, lacking))[:3])
        raise ModelError(
            f"{source.spec}: its weight files lack {len(lacking)} of the tensors that config.json "
            f"asks for ({shown} …); get them again, whole"
        )
    try:
        return model.to(device).eval()
    except RuntimeError as error:
        raise ModelError(_why(source, f"it on {device}", error)) from None


def _why(source: Source, what: str, error: Exception) -> str:
    text = " ".join(str(error).split())
    if "trust_remote_code" in text:
        return (
            f"{source.spec} needs code of its own, which is not run; serve it with a program that "
            "you trust with that, and name it http://host:port/v1#NAME"
        )
    if source.local:
        return (
            f"{source.spec}: {what} cannot be loaded ({_short(text, error)}); check that the "
            "directory is whole, and that this version of transformers knows the model"
        )
    return (
        f"{source.spec}: {what} cannot be had ({_short(text, error)}); check the repository's name "
        "and revision, the connection, and, for a gated model, HF_TOKEN; or give a local directory"
    )


def _short(text: str, error: Exception) -> str:
    return text[:300] if text else type(error).__name__


def _commit(config: Any) -> str:
    return str(getattr(config, "_commit_hash", None) or "unknown")


def _fingerprint(folder: Path) -> str:
    """Digest of a directory's configuration and weights, wherever the directory lies."""
    taken = sha256()
    for path in sorted(folder.iterdir()):
        if path.suffix in (".json", ".jinja", ".model", ".txt") and path.is_file():
            taken.update(f"{path.name}\0".encode() + path.read_bytes())
        elif path.suffix in (".safetensors", ".bin") and path.is_file():
            size = path.stat().st_size
            taken.update(f"{path.name}\0{size}\0".encode())
            with path.open("rb") as file:
                for i in range(_BLOCKS):
                    file.seek(max(0, size - _BLOCK) * i // (_BLOCKS - 1))
                    taken.update(file.read(_BLOCK))
    return taken.hexdigest()[:32]


def _stops(source: Source, model: Any, tokenizer: Any, template: Template) -> tuple[int, ...]:
    stated = getattr(model.generation_config, "eos_token_id", None)
    found = set(stated if isinstance(stated, (list, tuple)) else [stated])
    found |= {tokenizer.eos_token_id, template.turn_end()}
    stops = tuple(sorted(int(token) for token in found if token is not None))
    if not stops:
        raise ModelError(
            f"{source.spec}: neither tokenizer nor generation_config.json names an end-of-text "
            "token; state eos_token there"
        )
    return stops


def _sampling(model: Any) -> dict[str, float | None]:
    stated = json.loads(model.generation_config.to_json_string(use_diff=True))
    return {name: stated.get(name) for name in ("temperature", "top_p", "top_k")}
