import json
import logging
import shutil

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import torch

from mores.errors import ModelError
from mores.models.hf import loading
from mores.models.hf.loading import load
from mores.models.hf.source import Source


@pytest.fixture
def copy(saved, tmp_path):
    """A model's directory that may be spoilt."""
    return shutil.copytree(saved(kind="gqa"), tmp_path / "copy")


def told(folder, options="") -> str:
    with pytest.raises(ModelError) as caught:
        load(Source.parse(f"hf:{folder},device=cpu{options}"))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_directory(loaded) -> None:
    found = loaded(kind="gqa")
    assert (found.device, found.dtype, found.context) == ("cpu", "float32", 1024)
    assert not found.model.training
    assert next(found.model.parameters()).dtype == torch.float32
    assert found.sampling == {"temperature": None, "top_p": None, "top_k": None}


def test_precision_is_as_asked(loaded) -> None:
    found = loaded(dtype="bfloat16", kind="gqa")
    assert (found.dtype, found.width) == ("bfloat16", 2)
    assert next(found.model.parameters()).dtype == torch.bfloat16


def test_own_sampling_is_read(copy) -> None:
    path = copy / "generation_config.json"
    path.write_text(json.dumps({"do_sample": True, "temperature": 0.6, "eos_token_id": [0, 7]}))
    found = load(Source.parse(f"hf:{copy},device=cpu"))
    assert found.sampling == {"temperature": 0.6, "top_p": None, "top_k": None}
    assert found.stops == (0, 2, 7)


def test_the_same_model_elsewhere_is_the_same(copy, loaded) -> None:
    found = load(Source.parse(f"hf:{copy},device=cpu"))
    assert found.weights == loaded(kind="gqa").weights
    weights = copy / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    assert load(Source.parse(f"hf:{copy},device=cpu")).weights != found.weights


def test_no_configuration(tmp_path) -> None:
    assert "holds no config.json; give one" in told(tmp_path)


def test_a_damaged_configuration(copy) -> None:
    (copy / "config.json").write_text("{")
    assert "its configuration cannot be loaded" in told(copy)


def test_no_weights(copy) -> None:
    (copy / "model.safetensors").unlink()
    assert "its weights cannot be loaded" in told(copy)


def test_damaged_weights(copy) -> None:
    weights = copy / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-500])
    message = told(copy)
    assert "its weights cannot be loaded" in message
    assert "check that the directory is whole" in message


def test_weights_of_another_model(copy) -> None:
    settings = json.loads((copy / "config.json").read_text())
    settings["num_hidden_layers"] = 3
    (copy / "config.json").write_text(json.dumps(settings))
    message = told(copy)
    assert "its weight files lack 9 of the tensors" in message
    assert "get them again, whole" in message


def test_no_tokenizer(copy) -> None:
    for path in copy.glob("token*"):
        path.unlink()
    assert "its tokenizer cannot be loaded" in told(copy)


def test_no_causal_language_model(tmp_path) -> None:
    import transformers

    transformers.BertConfig(architectures=["BertForMaskedLM"]).save_pretrained(tmp_path / "bert")
    message = told(tmp_path / "bert")
    assert "is no causal language model (BertForMaskedLM)" in message
    assert "ends in ForCausalLM" in message
    t5 = transformers.T5Config(architectures=["T5ForConditionalGeneration"])
    t5.save_pretrained(tmp_path / "t5")
    assert "is no causal language model" in told(tmp_path / "t5")


@pytest.mark.parametrize("name", ["MambaConfig", "Qwen3NextConfig"])
def test_a_running_state_is_refused(tmp_path, name) -> None:
    import transformers

    kind = name.removesuffix("Config") + "ForCausalLM"
    getattr(transformers, name)(architectures=[kind]).save_pretrained(tmp_path / "state")
    assert "carries a running state from token to token" in told(tmp_path / "state")


OWN_CODE = """
from transformers import LlamaConfig, LlamaForCausalLM


class OwnConfig(LlamaConfig):
    model_type = "unheard-of"


class OwnModel(LlamaForCausalLM):
    config_class = OwnConfig
"""


@pytest.fixture
def own_code(copy, tmp_path, monkeypatch):
    """A directory whose model is defined by a file in it."""
    import transformers.dynamic_module_utils as dynamic

    monkeypatch.setattr(dynamic, "HF_MODULES_CACHE", str(tmp_path / "modules"))
    monkeypatch.syspath_prepend(str(tmp_path / "modules"))
    settings = json.loads((copy / "config.json").read_text())
    settings |= {
        "model_type": "unheard-of",
        "architectures": ["OwnModel"],
        "auto_map": {"AutoConfig": "own.OwnConfig", "AutoModelForCausalLM": "own.OwnModel"},
    }
    (copy / "config.json").write_text(json.dumps(settings))
    (copy / "own.py").write_text(OWN_CODE)
    return copy


def test_code_of_its_own_is_not_run(own_code) -> None:
    (own_code / "own.py").write_text("raise SystemExit('this was run')")
    message = told(own_code)
    assert "needs code of its own, which is not run" in message
    assert "trust it, add ,remote_code=yes" in message
    assert told(own_code, ",remote_code=no") == message.replace(
        ",device=cpu", ",device=cpu,remote_code=no"
    )


def test_code_of_its_own_is_run_when_the_user_says_so(own_code, loaded) -> None:
    found = load(Source.parse(f"hf:{own_code},device=cpu,remote_code=yes"))
    assert type(found.model).__name__ == "OwnModel"
    assert found.weights != loaded(kind="gqa").weights
    before = found.weights
    (own_code / "own.py").write_text(OWN_CODE + "# another")
    assert load(Source.parse(f"hf:{own_code},device=cpu,remote_code=yes")).weights != before


def test_what_cannot_be_run_is_said_at_once(own_code) -> None:
    broken = (
        OWN_CODE + "\n    def forward(self, *_, **__):\n        raise KeyError('no\\nsuch op')\n"
    )
    (own_code / "own.py").write_text(broken)
    assert "it cannot be loaded" in told(own_code, ",remote_code=yes")


def test_numbers_that_are_not_finite_are_said_at_once(copy) -> None:
    from safetensors.torch import load_file, save_file

    weights = load_file(copy / "model.safetensors")
    weights["model.norm.weight"].fill_(float("nan"))
    save_file(weights, copy / "model.safetensors", {"format": "pt"})
    assert "gives no finite number in torch.float32" in told(copy)


def test_a_damaged_generation_config(copy) -> None:
    (copy / "generation_config.json").write_text("{")
    assert "its generation_config.json cannot be loaded" in told(copy)


def test_too_large_is_said_before_loading(copy, monkeypatch) -> None:
    monkeypatch.setattr(loading, "free_bytes", lambda device: 10_000)
    monkeypatch.setattr(loading, "_weights", None)
    message = told(copy)
    assert "0.0 GB are free on cpu" in message
    assert "dtype=bfloat16" in message
    assert "dtype=bfloat16, half" not in told(copy, ",dtype=bfloat16")


def test_no_such_device(saved) -> None:
    if torch.cuda.is_available():
        pytest.skip("there is one")
    with pytest.raises(ModelError, match=r"no device cuda:0 \(0 CUDA devices"):
        load(Source.parse(f"hf:{saved(kind='gqa')},device=cuda:0"))


def test_a_repository_that_cannot_be_had(monkeypatch) -> None:
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match="check the repository's name and revision"):
        load(Source.parse("hf:no-such-organisation/no-such-model,device=cpu"))


def test_no_token_that_ends_a_text(copy) -> None:
    settings = json.loads((copy / "tokenizer_config.json").read_text())
    settings.pop("eos_token")
    (copy / "tokenizer_config.json").write_text(json.dumps(settings))
    (copy / "generation_config.json").write_text("{}")
    (copy / "chat_template.jinja").write_text("{{ messages[0].content }}")
    config = json.loads((copy / "config.json").read_text())
    config["eos_token_id"] = None
    (copy / "config.json").write_text(json.dumps(config))
    assert "names an end-of-text token" in told(copy)


def test_a_hub_that_cannot_be_reached_is_told_of_once_not_at_every_attempt():
    from mores.models.hf.description import quietly

    connecting = logging.getLogger("huggingface_hub.utils._http")
    logging.getLogger("huggingface_hub").setLevel(logging.WARNING)
    with quietly():
        assert not connecting.isEnabledFor(logging.WARNING)
    assert connecting.isEnabledFor(logging.WARNING)
