"""From a source to a model in memory, with errors that a user can act on."""

from __future__ import annotations

from dataclasses import dataclass
from inspect import signature
from typing import Any

from mores.errors import ModelError
from mores.models.hf.description import Described, configuration, describe, place, quietly, why
from mores.models.hf.memory import free_bytes, gigabytes
from mores.models.hf.source import Source, need_extra

__all__ = ["Loaded", "load"]

_DECODERS = ("ForCausalLM", "LMHeadModel", "ForConditionalGeneration")


@dataclass(frozen=True, slots=True)
class Loaded(Described):
    """A model that can be run.

    Attributes
    ----------
    model : transformers.PreTrainedModel
        In evaluation mode, on `device`.
    device : str
        Where it runs.
    """

    model: Any
    device: str

    @property
    def width(self) -> int:
        """Bytes of one number."""
        return 4 if self.dtype == "float32" else 2


def load(source: Source) -> Loaded:
    """Load a model; only a repository that is named is ever downloaded.

    Raises
    ------
    ModelError
        If the extra is not installed, or the model is not there, not whole, no causal language
        model, in need of code of its own that the user has not allowed, or too large for the memory
        that is free.
    """
    need_extra(source.spec)
    with quietly():
        device = _device(source)
        dtype = source.dtype or ("float32" if device == "cpu" else "bfloat16")
        config = configuration(source)
        _check_kind(source, config)
        _check_size(source, config, dtype, device)
        described = describe(source, config, dtype)
        model = _weights(source, config, dtype, device)
        _check_runs(source, model)
    return Loaded(**described, model=model, device=device)


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


def _check_kind(source: Source, config: Any) -> None:
    from transformers import AutoModelForCausalLM

    names = list(getattr(config, "architectures", None) or [])
    own_code = "AutoModelForCausalLM" in (getattr(config, "auto_map", None) or {})
    causal = own_code or not names or any(name.endswith(_DECODERS) for name in names)
    known = own_code or type(config) in AutoModelForCausalLM._model_mapping
    if getattr(config, "is_encoder_decoder", False) or not causal or not known:
        raise ModelError(
            f"{source.spec} is no causal language model ({', '.join(names) or config.model_type}); "
            "use a chat model, whose architecture ends in ForCausalLM"
        )
    stateless = own_code or _keeps_keys(AutoModelForCausalLM._model_mapping[type(config)])
    if _recurrent(config) or not stateless:
        raise ModelError(
            f"{source.spec} carries a running state from token to token ({config.model_type}), and "
            "only models of attention alone run in this process; serve this one, and name it "
            "http://host:port/v1#NAME"
        )


def _keeps_keys(model_class: Any) -> bool:
    return "past_key_values" in signature(model_class.forward).parameters


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

    where, how = place(source)
    try:
        model, told = AutoModelForCausalLM.from_pretrained(
            where,
            **how,
            trust_remote_code=source.remote_code,
            config=config,
            output_loading_info=True,
            dtype=getattr(torch, dtype),
        )
    except Exception as error:
        raise ModelError(why(source, "its weights", error)) from None
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
        raise ModelError(why(source, f"it on {device}", error)) from None


def _check_runs(source: Source, model: Any) -> None:
    """Run one token as every batch is run: what fails then would fail in the middle of a study."""
    import torch
    from transformers import DynamicCache

    try:
        with torch.inference_mode():
            one = torch.zeros((1, 1), dtype=torch.int64, device=model.device)
            logits = model(input_ids=one, past_key_values=DynamicCache(), use_cache=True).logits
            finite = bool(torch.isfinite(logits).any())
    except Exception as error:
        raise ModelError(why(source, "it", error)) from None
    if not finite:
        raise ModelError(
            f"{source.spec} gives no finite number in {model.dtype}; use another dtype, and check "
            "that its weight files are whole"
        )
