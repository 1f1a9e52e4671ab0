import subprocess
import sys

import pytest

from mores.errors import ModelError
from mores.models.hf import source as source_module
from mores.models.hf.source import Source, need_extra
from mores.models.registry import resolve


def test_a_repository() -> None:
    found = Source.parse("hf:org/Name-7B@v1.2,dtype=bf16,device=cuda:1")
    assert (found.name, found.local, found.revision) == ("org/Name-7B", False, "v1.2")
    assert (found.dtype, found.device, found.label) == ("bfloat16", "cuda:1", "org/Name-7B")


def test_options_of_vllm() -> None:
    found = Source.parse("vllm:org/m@main,context=8192,gpus=2,remote_code=yes")
    assert (found.kind, found.context, found.gpus, found.remote_code) == ("vllm", 8192, 2, True)
    assert not Source.parse("hf:org/m").remote_code


def test_a_directory(tmp_path) -> None:
    folder = tmp_path / "my@model"
    folder.mkdir()
    found = Source.parse(f"hf:{folder},dtype=float32")
    assert (found.name, found.local, found.revision) == (str(folder), True, None)
    assert found.label == "my@model"


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("hf:", "names no model"),
        ("hf:./nowhere", "there is no directory './nowhere'"),
        ("hf:/no/such/model", "there is no directory '/no/such/model'"),
        ("hf:a b", "neither a directory nor the name of a repository"),
        ("hf:org/m,dtype=int3", "dtype=int3; allowed: float32"),
        ("hf:org/m,dtype=float", "did you mean 'float16'|did you mean 'float32'"),
        ("hf:org/m,device=tpu", "use cpu, cuda or cuda:N"),
        ("hf:org/m,speed=9", "allowed: dtype=…, device=…, remote_code=…"),
        ("hf:org/m,remote_code=maybe", "use yes or no"),
        ("hf:org/m,gpus=2", "allowed: dtype=…, device=…"),
        ("vllm:org/m,device=cpu", "allowed: dtype=…, context=…, gpus=…, remote_code=…"),
        ("vllm:org/m,gpus=0", "use a whole number, 1 or more"),
        ("vllm:", "write vllm:REPO_OR_PATH"),
    ],
)
def test_what_cannot_be_meant(spec: str, says: str) -> None:
    with pytest.raises(ModelError, match=says):
        Source.parse(spec)


def test_a_directory_has_no_revision(tmp_path) -> None:
    with pytest.raises(ModelError, match="a directory has no revisions; leave out @main"):
        Source.parse(f"hf:{tmp_path}@main")


def test_without_the_extra_it_says_what_to_install(monkeypatch) -> None:
    monkeypatch.setattr(source_module, "find_spec", lambda name: None)
    with pytest.raises(
        ModelError, match=r"needs torch and transformers.*pip install 'mores\[hf\]'"
    ):
        need_extra("hf:org/m")
    with pytest.raises(ModelError, match=r"mores\[hf\]"):
        resolve("hf:org/m")


def test_naming_a_model_loads_nothing(tmp_path) -> None:
    code = (
        "import sys\n"
        "from importlib.util import find_spec\n"
        "import mores.models.hf.model, mores.models.hf.scoring\n"
        "from mores.models.registry import resolve\n"
        f"if find_spec('torch') and find_spec('transformers'): resolve('hf:{tmp_path}')\n"
        "print([m for m in ('torch', 'transformers', 'tokenizers') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
